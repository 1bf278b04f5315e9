"""The systemd units: silent under `verify`, hardened, each with its own devices and nothing else.

`systemd-analyze verify` ends with 0 whatever it finds, so any output at all is a failure.
"""

from configparser import RawConfigParser
import os
from pathlib import Path
import shutil
import subprocess

import pytest

from egate.loop.unit_users import users
from egate.registry.registry_key import CREDENTIAL

UNITS = Path(__file__).parent.parent / "systemd"
ALWAYS = ("egate-lane", "egate-scanner", "egate-vision")
FITTED = ("egate-document", "egate-fingerprint", "egate-pages")  # only where there is such a thing
SERVICES = (*ALWAYS, *FITTED)
PROGRAM = "/opt/egate/bin/egate"
MOST_EXPOSED = "20"  # tenths: an exposure of 2.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
needs_sysusers = pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None or os.geteuid() != 0,
    reason="systemd-sysusers is not installed, or may not make users",
)


def service(name: str) -> dict[str, list[str]]:
    """Return the [Service] section; a key may stand there more than once."""
    found: dict[str, list[str]] = {}
    section = (UNITS / f"{name}.service").read_text().split("[Service]")[1].split("\n[")[0]
    for line in section.splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def runnable(tmp_path: Path) -> Path:
    """Return a copy of the units whose program exists on this machine."""
    for unit in UNITS.glob("egate*"):
        text = unit.read_text().replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_every_unit_has_its_service_and_the_target_wants_what_every_gate_has() -> None:
    parser = RawConfigParser()
    parser.read(UNITS / "egate.target")
    assert {path.stem for path in UNITS.glob("*.service")} == set(SERVICES)
    assert parser["Unit"]["Wants"].split() == [f"{name}.service" for name in ALWAYS]
    for name in FITTED:
        assert "WantedBy=egate.target" in (UNITS / f"{name}.service").read_text()


@needs_systemd
def test_verify_says_nothing_at_all(runnable: Path) -> None:
    units = [str(path) for path in sorted(runnable.iterdir())]
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout + ran.stderr).strip() == ""


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_is_hardened(name: str, runnable: Path) -> None:
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}",
         "--no-pager", str(runnable / f"{name}.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout.splitlines()[-1]


@needs_sysusers
def test_every_user_a_unit_names_is_made(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(UNITS / "sysusers.d" / "egate.conf")],
        capture_output=True,
        check=True,
    )
    users = (tmp_path / "etc/passwd").read_text()
    groups = (tmp_path / "etc/group").read_text()
    for name in SERVICES:
        settings = service(name)
        assert f"{settings['User'][0]}:" in users
        for group in (*settings["Group"], *settings.get("SupplementaryGroups", [])):
            assert f"{group}:" in groups


@pytest.mark.parametrize(
    ("name", "devices"),
    [
        ("egate-lane", ["char-gpiochip rw"]),
        ("egate-scanner", ["char-ttyACM rw", "char-ttyUSB rw", "char-video4linux rw"]),
        ("egate-vision", ["char-video4linux rw"]),
        ("egate-document", ["char-ttyACM rw", "char-ttyUSB rw"]),
        ("egate-fingerprint", ["char-ttyACM rw", "char-ttyUSB rw"]),
    ],
)
def test_a_process_reaches_its_own_device_and_no_network(name: str, devices: list[str]) -> None:
    settings = service(name)
    assert settings["DevicePolicy"] == ["closed"]
    assert settings["DeviceAllow"] == devices
    assert settings["PrivateNetwork"] == ["yes"]
    assert settings["RestrictAddressFamilies"] == ["AF_UNIX"]


def test_the_pages_reach_no_device_and_no_other_machine() -> None:
    settings = service("egate-pages")
    assert settings["DevicePolicy"] == ["closed"]
    assert "DeviceAllow" not in settings
    assert (settings["IPAddressDeny"], settings["IPAddressAllow"]) == (["any"], ["localhost"])
    assert "StateDirectory" not in settings


@pytest.mark.parametrize("name", SERVICES)
def test_a_process_that_dies_or_hangs_is_back_at_once_and_for_ever(name: str) -> None:
    settings = service(name)
    assert settings["Type"] == ["notify"]
    assert settings["Restart"] == ["always"]
    assert settings["RestartSec"] == ["100ms"]
    assert float(settings["WatchdogSec"][0]) <= 5
    assert (
        "StartLimitIntervalSec=0" in (UNITS / f"{name}.service").read_text().split("[Service]")[0]
    )


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_starts_the_installed_command_with_its_own_part(name: str) -> None:
    part = name.removeprefix("egate-")
    own = " --run-dir /run/egate" if part == "pages" else ""  # its own folder lies below
    assert service(name)["ExecStart"] == [
        f"{PROGRAM} host {part} --profile /etc/egate/profile.toml{own}"
    ]


def test_no_process_leaves_an_image_of_its_memory() -> None:
    assert all(service(name)["LimitCORE"] == ["0"] for name in SERVICES)


def test_only_one_process_is_in_the_group_of_the_doors() -> None:
    groups = {name: service(name).get("SupplementaryGroups", []) for name in SERVICES}
    assert [name for name, group in groups.items() if "gpio" in group] == ["egate-lane"]


def test_the_user_of_a_device_host_can_be_that_host_and_nobody_else() -> None:
    uids = {"egate-lane": 10, "egate-scanner": 11, "egate-vision": 12, "egate-document": 14}
    uids |= {"mallory": 13, "egate-fingerprint": 15, "egate-pages": 16}
    assert users(10, uids) == {
        "scanner": {10, 11},
        "vision": {10, 12},
        "document": {10, 14},
        "fingerprint": {10, 15},
        "console": {10, 16},
        "technician": {10, 16},
        "page": {10, 16},
    }


def test_the_registrys_key_goes_to_the_two_hosts_that_compare_and_to_nobody_else() -> None:
    given = [name for name in SERVICES if "LoadCredential" in service(name)]
    assert given == ["egate-vision", "egate-fingerprint"]
    assert {service(name)["LoadCredential"][0] for name in given} == {CREDENTIAL}
