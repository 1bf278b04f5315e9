"""What devices say of themselves to the kernel, for the reports: model and serial number.

    /dev/egate/scanner   sys/dev/char/MAJOR:MINOR, then up to its USB device: product, serial
    this computer        proc/device-tree/model and serial-number, or else sys/class/dmi/id

No device is opened. A line on the network says nothing of itself, nor does an adapter to which its
maker gave no number.

Source: Linux, Documentation/ABI/stable/sysfs-bus-usb; Devicetree Specification 0.4, 2.3.1 and 3.2.
"""

from collections.abc import Iterator
import os
from pathlib import Path
import stat

from egate.profile.settings import HardwareProfile
from egate.selftest.host import Host
from egate.selftest.host_devices import NAMED, placed

MOST = 128  # characters of a name or a number

Identity = tuple[str, str, str]  # device, "model" or "serial", what it says


def identities(host: Host, profile: HardwareProfile | None) -> tuple[Identity, ...]:
    """Return what this computer and the devices of a profile say of themselves, in that order."""
    lines = {} if profile is None else _lines(profile)
    told = [("host", name, value) for name, value in _computer(host)]
    for device, line in lines.items():
        folder = _usb_folder(host, placed(host, line))
        told += [(device, name, value) for name, value in _usb(host, folder)]
    return tuple(told)


def _lines(profile: HardwareProfile) -> dict[str, str]:
    """Return the lines of a profile that lead to a device file, by device."""
    settings = {device: getattr(profile.devices, device) for device in NAMED}
    lines = {device: str(one.line) for device, one in settings.items() if one is not None}
    return {device: line for device, line in lines.items() if "://" not in line}


def _computer(host: Host) -> Iterator[tuple[str, str]]:
    """Give the model and the number of a board with a device tree, or of a PC."""
    for name, files in (
        ("model", ("proc/device-tree/model", "sys/class/dmi/id/product_name")),
        ("serial", ("proc/device-tree/serial-number", "sys/class/dmi/id/product_serial")),
    ):
        told = (_clean(host.text(file)) for file in files)
        if value := next(filter(None, told), ""):
            yield name, value


def _usb_folder(host: Host, path: Path) -> Path | None:
    """Return the folder of the USB device behind a device file, None where there is none."""
    try:
        status = path.stat()
        if not stat.S_ISCHR(status.st_mode):
            return None
        numbers = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
        folder = (host.root / "sys/dev/char" / numbers).resolve(strict=True)
        return next(one for one in (folder, *folder.parents) if (one / "idVendor").is_file())
    except (OSError, RuntimeError, StopIteration):
        return None


def _usb(host: Host, folder: Path | None) -> Iterator[tuple[str, str]]:
    for name, file in (("model", "product"), ("serial", "serial")):
        if folder is not None and (value := _clean(host.text(str(folder / file)))):
            yield name, value


def _clean(text: str | None) -> str:
    """Return one line of what can be printed; a device may say anything of itself."""
    return " ".join("".join(filter(str.isprintable, text or "")).split())[:MOST]
