"""Which parts of a gate are counted, and after how much each wants service, by its profile."""

from egate.domain.service import FITTED_OR_NOT, ServiceLimits, parts_of
from egate.profile.settings import HardwareProfile


def counted_parts(profile: HardwareProfile) -> tuple[str, ...]:
    """Return the parts of this gate that are counted, in the order they are told."""
    devices = profile.devices
    fitted = tuple(name for name in FITTED_OR_NOT if getattr(devices, name) is not None)
    return parts_of(profile.gate.shape, fitted)


def service_limits(profile: HardwareProfile) -> ServiceLimits:
    """Return after how much each part wants service."""
    return ServiceLimits(**profile.service_after.model_dump())
