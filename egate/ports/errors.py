"""What a device may raise; drivers raise nothing else.

    DeviceError         a device could not do what was asked
     +-- DeviceLost     the line is gone or silent: close it, open it again
     +-- DeviceGarbled  it spoke nonsense: count it, then treat it as lost
     +-- DeviceRefused  it understood and said no

`what` never holds content read from a document, code or chip: lengths, names and codes only.
"""


class DeviceError(Exception):
    """A device could not do what was asked; nothing may be assumed of its state."""

    def __init__(self, device: str, what: str) -> None:
        super().__init__(f"{device}: {what}")
        self.device = device
        self.what = what


class DeviceLost(DeviceError):
    """The line is gone, or nothing was heard in time; close it and open it again."""


class DeviceGarbled(DeviceError):
    """What was heard is no message of this device; the line is still open."""


class DeviceRefused(DeviceError):
    """The device answered, and said no."""
