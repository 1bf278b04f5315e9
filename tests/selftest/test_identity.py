"""Model and serial number of this computer and of each USB device behind a line of the profile."""

from pathlib import Path

import pytest

from egate.selftest.host import Host
from egate.selftest.identity import MOST, identities
from egate.selftest.report import About, Report
from tests.selftest.patient import Patient, made_in, patient_in

# Two devices of /dev that any machine has; the folders of sysfs are the test's own.
SCANNER, FINGER = "/dev/zero", "/dev/full"  # 1:5 and 1:7


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    (tmp_path / "made").mkdir()
    made_in(tmp_path / "made")
    return patient_in(tmp_path / "own", tmp_path / "made")


def plug_in(root: Path, name: str, behind: str, numbers: str, **says: str) -> None:
    """Let a line lead to a device, and that to a USB device that says this of itself."""
    line = root / "dev/egate" / name
    line.unlink()
    line.symlink_to(behind)
    usb = root / "sys/devices/platform/usb1/1-1" / name
    tty = usb / "1-1:1.0" / "ttyUSB0/tty/ttyUSB0"
    tty.mkdir(parents=True)
    (usb / "idVendor").write_text("0403\n")
    for file, text in says.items():
        (usb / file).write_text(text)
    char = root / "sys/dev/char" / numbers
    char.parent.mkdir(parents=True, exist_ok=True)
    char.symlink_to(tty)


def told(host: Host) -> tuple[tuple[str, str, str], ...]:
    return identities(host, host.the_gate.profile)


def test_each_usb_device_says_its_model_and_its_number(patient: Patient) -> None:
    plug_in(patient.root, "scanner", SCANNER, "1:5", product="Bar Code Scanner\n", serial="S-17\n")
    plug_in(patient.root, "finger", FINGER, "1:7", product="USB UART\n")
    assert told(patient.host) == (
        ("scanner", "model", "Bar Code Scanner"),
        ("scanner", "serial", "S-17"),
        ("fingerprint", "model", "USB UART"),
    )


def test_a_board_with_a_device_tree_says_its_own_and_a_pc_what_its_maker_wrote(
    patient: Patient,
) -> None:
    dmi, tree = (patient.root / name for name in ("sys/class/dmi/id", "proc/device-tree"))
    dmi.mkdir(parents=True)
    (dmi / "product_name").write_text("NUC\n")
    assert told(patient.host) == (("host", "model", "NUC"),)
    tree.mkdir(parents=True)
    (tree / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    (tree / "serial-number").write_bytes(b"10000000abcd1234\0")
    assert told(patient.host) == (
        ("host", "model", "Raspberry Pi 4 Model B Rev 1.4"),
        ("host", "serial", "10000000abcd1234"),
    )


def test_what_a_device_says_is_one_short_line_of_print(patient: Patient) -> None:
    hostile = "\x1b[31m<b>\n\x00" + "x" * 1000
    plug_in(patient.root, "scanner", SCANNER, "1:5", product=hostile)
    ((_, _, value),) = told(patient.host)
    assert value.startswith("[31m<b>x")
    assert len(value) == MOST


def test_what_is_no_device_on_a_network_or_without_a_profile_says_nothing(patient: Patient) -> None:
    patient.profile_says('devices.scanner.line = "run/absent"\n')
    (patient.root / "sys/dev/char").mkdir(parents=True)
    (patient.root / "sys/dev/char/1:3").symlink_to("1:3")  # a ring of links
    assert told(patient.host) == ()
    assert identities(patient.host, None) == ()


def test_the_reports_name_them(patient: Patient) -> None:
    from egate.selftest.as_html import as_html
    from egate.selftest.as_json import as_fields
    from egate.selftest.catalogue import read_catalogue

    plug_in(patient.root, "scanner", SCANNER, "1:5", serial="S-17")
    report = Report(About("doctor", 0.0, devices=told(patient.host)), ((),))
    page = as_html(report, read_catalogue("en"))
    assert "the scanner: serial number</th><td>S-17" in page
    fields = as_fields(report, read_catalogue("en"))
    assert fields["about"]["devices"] == [{"device": "scanner", "name": "serial", "value": "S-17"}]
