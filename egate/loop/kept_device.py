"""A device that a host keeps open for as long as it runs, and tells of when it is lost and back.

Source: DESIGN section 2 (a device host owns one blocking device).
"""

from collections.abc import Callable
from typing import Final, Generic, Protocol, TypeVar

from egate.loop.device_host import BodyLink
from egate.loop.messages import DeviceName
from egate.ports.errors import DeviceError

REOPENS_AFTER_S: Final = (0.1, 0.2, 0.5, 1.0)


class Closable(Protocol):
    """What a device has in common."""

    def close(self) -> None:
        """Give it back."""


D = TypeVar("D", bound=Closable)


class Kept(Generic[D]):
    """A device that is kept open: lost, it is opened again, less and less often."""

    def __init__(
        self, name: DeviceName, open_it: Callable[[], D], clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._open_it = open_it
        self._clock = clock
        self._device: D | None = None
        self._failures = 0
        self._not_before_s = 0.0

    def get(self, link: BodyLink) -> D | None:
        """Return the device; None while it is not to be had."""
        if self._device is None and self._clock() >= self._not_before_s:
            try:
                self._device = self._open_it()
            except DeviceError as error:
                self.lost(link, error)
            else:
                link.device_is(self._name, present=True)
        return self._device

    def well(self) -> None:
        """Note that it has just done its work."""
        self._failures = 0

    def lost(self, link: BodyLink, error: DeviceError) -> None:
        """Close it, say so, and wait a little before it is opened again."""
        self.close()
        self._failures += 1
        after_s = REOPENS_AFTER_S[min(self._failures, len(REOPENS_AFTER_S)) - 1]
        self._not_before_s = self._clock() + after_s
        link.device_is(self._name, present=False, what=error.what[:256])

    def close(self) -> None:
        """Close it, if it is open."""
        device, self._device = self._device, None
        if device is not None:
            device.close()
