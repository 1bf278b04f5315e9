"""Where people are enrolled: a gate or a desk, its registry, its camera and its sensor.

A device that a running gate holds is not free: opening it raises DeviceLost.

Source: DESIGN section 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from egate.profile.settings import HardwareProfile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from egate.domain.face_limits import FaceLimits
    from egate.domain.finger import TemplateFormat
    from egate.ports.camera import Camera
    from egate.ports.fingerprint import FingerprintSensor
    from egate.references import RegistryPlace


@dataclass(frozen=True, slots=True)
class EnrolmentPlace:
    """A profile, and where its gate keeps its data."""

    profile: HardwareProfile
    data: Path

    @property
    def site(self) -> str:
        """The crossing that permits are for."""
        return self.profile.gate.site

    @property
    def registry(self) -> RegistryPlace:
        """Where it keeps whom it has enrolled."""
        from egate.compose.setup import registry_place

        return registry_place(self.profile, self.data)

    def face_limits(self) -> FaceLimits:
        """Return what a frame of a face must hold here; raises SetupRefused."""
        from egate.loop.files import GateFiles

        return GateFiles(self.profile.files, self.data).policy().face_quality

    def finger_limits(self) -> Mapping[TemplateFormat, int]:
        """Return from which score on a finger passes here; raises SetupRefused."""
        from egate.loop.files import GateFiles

        return GateFiles(self.profile.files, self.data).policy().finger_accept_at

    def camera(self) -> Camera:
        """Open the camera; raises DeviceLost."""
        from egate.compose.technician import open_camera

        return open_camera(self.profile)

    def fingerprint(self) -> FingerprintSensor:
        """Open the sensor; raises SetupRefused where the profile has none, and DeviceError."""
        from egate.compose.hosts import open_fingerprint

        return open_fingerprint(self.profile, self.data)
