"""The systemd units: silent under `verify`, hardened, each with its own devices and nothing else.

`systemd-analyze verify` ends with 0 whatever it finds, so any output at all is a failure.
"""

from configparser import RawConfigParser
from ctypes import CDLL, POINTER, byref, c_uint32, c_void_p, create_string_buffer
from ctypes.util import find_library
import os
from pathlib import Path
import shutil
import subprocess

import pytest

from egate.loop.unit_users import users
from egate.pages.kiosk import ANSWERS_WITHIN_S, ASKS_EVERY_S
from egate.registry.registry_key import CREDENTIAL

UNITS = Path(__file__).parent.parent / "systemd"
ALWAYS = ("egate-lane", "egate-scanner", "egate-vision")
FITTED = ("egate-document", "egate-fingerprint", "egate-pages")  # only where there is such a thing
SERVICES = (*ALWAYS, *FITTED)
SCREEN = "egate-screen"  # a browser and what shows it: no process of ours, and no part of the gate
PROGRAM = "/opt/egate/bin/egate"
MOST_EXPOSED = "20"  # tenths: an exposure of 2.0
SCREEN_EXPOSED = "30"  # it writes code while it runs, draws, sounds, and makes namespaces

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
        text = unit.read_text().replace(PROGRAM, "/bin/true").replace("/usr/bin/cage", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    return tmp_path


def test_every_unit_has_its_service_and_the_target_wants_what_every_gate_has() -> None:
    parser = RawConfigParser()
    parser.read(UNITS / "egate.target")
    assert {path.stem for path in UNITS.glob("*.service")} == {*SERVICES, SCREEN}
    assert parser["Unit"]["Wants"].split() == [f"{name}.service" for name in ALWAYS]
    for name in (*FITTED, SCREEN):
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
@pytest.mark.parametrize(
    ("name", "most"), [*((name, MOST_EXPOSED) for name in SERVICES), (SCREEN, SCREEN_EXPOSED)]
)
def test_a_unit_is_hardened(name: str, most: str, runnable: Path) -> None:
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={most}",
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
    for name in (*SERVICES, SCREEN):
        settings = service(name)
        assert f"{settings['User'][0]}:" in users
        for group in " ".join(settings["Group"] + settings.get("SupplementaryGroups", [])).split():
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


def test_the_screen_waits_for_the_pages_reaches_nothing_else_and_is_back_for_ever() -> None:
    unit = (UNITS / f"{SCREEN}.service").read_text().split("[Service]")[0]
    assert "After=egate-pages.service" in unit
    assert "Wants=egate-pages.service" in unit
    assert "StartLimitIntervalSec=0" in unit
    settings = service(SCREEN)
    kiosk = f"{PROGRAM} pages kiosk --profile /etc/egate/profile.toml"
    assert settings["ExecStart"] == [f"/usr/bin/cage -- {kiosk}"]  # without -s: no other console
    assert (settings["Type"], settings["Restart"]) == (["notify"], ["always"])
    assert float(settings["WatchdogSec"][0]) > ASKS_EVERY_S + ANSWERS_WITHIN_S
    assert (settings["IPAddressDeny"], settings["IPAddressAllow"]) == (["any"], ["localhost"])
    assert settings["DeviceAllow"] == ["char-drm rw", "char-alsa rw"]
    assert "egate" not in " ".join(settings["SupplementaryGroups"] + settings["Group"]).split()
    assert settings["User"] == [SCREEN]
    assert settings["RuntimeDirectory"] == [SCREEN]
    assert "StateDirectory" not in settings


def test_the_user_of_the_screen_may_say_nothing_to_the_lane() -> None:
    assert all(99 not in allowed for allowed in users(10, {"egate-lane": 10, SCREEN: 99}).values())


def test_the_screens_keys_are_those_that_choose_a_language_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = find_library("xkbcommon")
    if library is None:
        pytest.skip(
            "libxkbcommon is not installed (it comes with chromium): NO KEYS WERE LOOKED AT"
        )
    for fact in service(SCREEN)["Environment"][1].split():
        monkeypatch.setenv(*fact.split("="))
    monkeypatch.setenv("XKB_CONFIG_EXTRA_PATH", str(UNITS / "screen"))
    assert keys_of(CDLL(library)) == {*"12345l", "Tab", "Return", "space"}


def keys_of(xkb: CDLL) -> set[str]:
    """Return the names of all that can be pressed, by xkbcommon.h."""
    for name in ("xkb_context_new", "xkb_keymap_new_from_names"):
        getattr(xkb, name).restype = c_void_p
    context = c_void_p(xkb.xkb_context_new(0))
    keymap = c_void_p(xkb.xkb_keymap_new_from_names(context, None, 0))
    assert keymap.value
    symbols = POINTER(c_uint32)()
    named = create_string_buffer(64)
    found = set()
    for key in range(8, 256):
        for level in range(xkb.xkb_keymap_num_levels_for_key(keymap, key, 0)):
            held = xkb.xkb_keymap_key_get_syms_by_level(keymap, key, 0, level, byref(symbols))
            for place in range(held):
                xkb.xkb_keysym_get_name(symbols[place], named, len(named))
                found.add(named.value.decode())
    return found


def test_no_process_leaves_an_image_of_its_memory() -> None:
    assert all(service(name)["LimitCORE"] == ["0"] for name in (*SERVICES, SCREEN))


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
