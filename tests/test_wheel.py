"""What is delivered: built, installed in a clean environment, and run from another directory.

The clean environment has its own copy of egate and borrows the dependencies of this one, so
that no network is needed; the editable egate of this one is not on its path.
"""

from pathlib import Path
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest

HOUSE = Path(__file__).parent.parent
UNITS = {unit.name for unit in (HOUSE / "systemd").glob("egate*")}


def run(*words: str | Path, cwd: Path, code: int = 0) -> str:
    ran = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, as a release is built."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, HOUSE, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def clean(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone; return the environment."""
    place = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", "--without-pip", place / "venv", cwd=place)
    python = place / "venv/bin/python"
    install = ("install", "--quiet", "--no-deps", "--no-index", next(dist.glob("*.whl")))
    run(sys.executable, "-m", "pip", "--python", python, *install, cwd=place)
    site = Path(
        run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=place).strip()
    )
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "venv"


def top_folders(names: list[str]) -> set[str]:
    return {name.split("/")[0] for name in names}


def test_the_wheel_holds_what_runs_at_the_border_and_no_simulator(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    code = {folder for folder in top_folders(names) if not folder.startswith("egate-")}
    assert code == {"egate", "drivers", "hardware_profiles"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {Path(name).name for name in names} >= UNITS


def test_the_sdist_holds_the_whole_house(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as sdist:
        names = [name.split("/", 1)[1] for name in sdist.getnames()]
    assert {"simulators", "tests", "systemd", "Makefile", ".ci", "requirements.txt"} <= (
        top_folders(names)
    )
    assert not {".venv", ".git", ".bench"} & top_folders(names)


def test_the_installed_egate_is_the_one_from_the_wheel(clean: Path, tmp_path: Path) -> None:
    place = run(clean / "bin/python", "-c", "import egate; print(egate.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(clean)


def test_no_simulator_can_be_imported_where_the_wheel_is(clean: Path, tmp_path: Path) -> None:
    found = "import importlib.util as u; print(u.find_spec('simulators'), u.find_spec('tests'))"
    assert run(clean / "bin/python", "-c", found, cwd=tmp_path) == "None None\n"


def test_the_installed_command_runs_from_another_directory(clean: Path, tmp_path: Path) -> None:
    egate = clean / "bin/egate"
    assert "egate 0." in run(egate, "version", cwd=tmp_path)
    assert "profile" in run(egate, "--help", cwd=tmp_path)
    assert "pi_mantrap_gpio" in run(egate, "profile", "list", cwd=tmp_path)


def test_the_installed_command_checks_a_profile(clean: Path, tmp_path: Path) -> None:
    egate = clean / "bin/egate"
    run(egate, "profile", "check", "bench_turnstile", cwd=tmp_path)
    (tmp_path / "a.toml").write_text('extends = "bench_mantrap"\nlimit = 1\n')
    told = run(egate, "profile", "check", "a.toml", cwd=tmp_path, code=1)
    assert "a.toml:2: limit = 1: unknown key; did you mean limits?" in told


def test_the_units_are_installed_beside_the_command(clean: Path) -> None:
    assert {unit.name for unit in (clean / "share/egate/systemd").glob("egate*")} == UNITS


def test_the_installed_doctor_has_its_texts_and_the_lock(clean: Path, tmp_path: Path) -> None:
    words = ("doctor", "--only", "EG-H503", "--only", "EG-H502", "--lang")
    assert "Python 3." in run(clean / "bin/egate", *words, "en", cwd=tmp_path)
    assert "đúng là những gói mà egate" in run(clean / "bin/egate", *words, "vi", cwd=tmp_path)
