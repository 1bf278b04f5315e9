"""`egate calibrate` at the command line: what it refuses, writes, tells the journal, and what runs.

The rounds on the bench are of a turnstile's doors without a person: what a person adds is in
tests/selftest/test_calibration.py.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import shutil
import tempfile
from threading import Event
import time
import tomllib
from typing import Any

import pytest

from egate.cli import carry_out
from egate.cli.key_folder import KeyFolder
from egate.compose.lane import append_to_journal, gate_journal, lane_parts
from egate.compose.setup import only_one
from egate.domain.lane_part import Door, Shape
from egate.domain.record import Entry, EntryKind
from egate.journal.leaf import Recorded
from egate.journal.reader import read
from egate.loop.files import Places
from egate.ports.journal import JournalFailed
from egate.profile.calibrated import Figures
from egate.profile.digest import profile_sha256
from egate.profile.load import load, load_whole
from egate.profile.overlay import Calibrated, beside, write
from egate.profile.settings import HardwareProfile
from simulators.gate_process import GateProcess
from tests.faults.bench import FaultBench, suit_the_bench

READY_WITHIN_S = 60.0
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(autouse=True)
def suited(monkeypatch: pytest.MonkeyPatch) -> None:
    suit_the_bench(monkeypatch.setattr)


@pytest.fixture
def bench(gate_folder: Path) -> Iterator[FaultBench]:
    """A turnstile whose gate has its files and an empty journal."""
    with FaultBench(Shape.TURNSTILE, gate_folder) as opened:
        loaded = load(opened.bench.profile)
        lane_parts(loaded, Places(gate_folder, gate_folder / "run")).open_journal().close()
        yield opened


@pytest.fixture
def gate_folder(tmp_path: Path) -> Path:
    """A gate's data directory with the files it needs."""
    KeyFolder(tmp_path / "issuer").create("issuer", int(time.time()) - 3600, days=365)
    folder = tmp_path / "gate"
    folder.mkdir(mode=0o750)
    for name in ("issuers.json", "issuers.pub", "revoked.json", "gate.key"):
        shutil.copy(tmp_path / "issuer" / name, folder / name)
    return folder


@pytest.fixture
def run(bench: FaultBench, capsys: pytest.CaptureFixture[str]) -> Run:
    """Calibrate the bench's board; returns the exit code and what was said, as JSON."""
    return lambda *words: calibrate(bench, capsys, *words)


def calibrate(
    bench: FaultBench, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, dict[str, Any]]:
    where = ("--profile", str(bench.bench.profile), "--data", str(bench.folder))
    status = carry_out(["calibrate", *where, "--json", "--repeat", "3", *words])
    return status, json.loads(capsys.readouterr().out)


def written(bench: FaultBench) -> Path:
    return beside(bench.bench.profile)


def told(bench: FaultBench, kind: EntryKind) -> list[Recorded]:
    with read(bench.folder / "journal.sqlite") as journal:
        return [one for one in journal.entries() if one.entry.kind is kind]


def mine(folder: Path) -> Path:
    path = folder / "mine.toml"
    path.write_text('extends = "bench_mantrap"\n')
    return path


def test_a_shipped_profile_has_no_room_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["calibrate", "--profile", "bench_mantrap", "--operator", "Lan"]) == 2
    assert 'extends = "bench_mantrap"' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "  ", "L" * 65, "Lan\nMinh"])
def test_whoever_calibrates_says_who(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--profile", str(mine(tmp_path)), "--data", str(tmp_path))
    assert carry_out(["calibrate", *where, "--operator", name]) == 2
    assert "--operator" in capsys.readouterr().err


def test_a_device_of_which_nothing_can_be_calibrated_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--profile", str(mine(tmp_path)), "--data", str(tmp_path))
    assert carry_out(["calibrate", *where, "--dry-run", "--device", "fingerprint"]) == 2
    assert "board, camera" in capsys.readouterr().err.replace("\n", " ")


def test_without_a_terminal_nobody_can_be_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--profile", str(mine(tmp_path)), "--data", str(tmp_path))
    assert carry_out(["calibrate", *where, "--operator", "Lan", "--interactive"]) == 2
    assert "terminal" in capsys.readouterr().err


def test_it_lists_what_it_would_measure_of_one_device_or_of_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("calibrate", "--profile", str(mine(tmp_path)), "--data", str(tmp_path), "--list")
    assert carry_out([*words]) == 0
    assert "EG-C305.camera" in (every := capsys.readouterr().out)
    assert carry_out([*words, "--device", "board"]) == 0
    assert "EG-C301" in every
    assert "EG-C305.camera" not in capsys.readouterr().out


def test_beside_a_gate_that_runs_it_says_how_to_close_the_lane(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    where = ("--profile", str(mine(tmp_path)), "--data", str(tmp_path))
    with only_one("lane", tmp_path / "run"):
        assert carry_out(["calibrate", *where, "--dry-run"]) == 3
    assert "systemctl stop egate.target" in capsys.readouterr().err


@pytest.mark.bench
def test_a_dry_run_shows_the_values_and_writes_none(bench: FaultBench, run: Run) -> None:
    status, said = run("--dry-run", "--device", "board")
    assert (status, said["written"]) == (0, None)
    assert {one["key"] for one in said["values"]} == {
        "limits.door_follow_s", "limits.door_disagreement_s",
    }  # fmt: skip
    assert not written(bench).exists()
    assert told(bench, EntryKind.CALIBRATED) == []


@pytest.mark.bench
@pytest.mark.timeout(150)
def test_what_was_calibrated_is_written_told_and_run_with(
    bench: FaultBench, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.change(lambda made: made.plant.faults.slow.update({Door.EXIT: 3.0}))
    status, said = run("--operator", "Lan", "--device", "board")
    assert (status, said["schema"], said["written"]) == (
        0, "egate.calibrate/1", str(written(bench)),
    )  # fmt: skip
    after = {one["key"]: one["after"] for one in said["values"]}
    assert after["limits.door_follow_s"] >= 0.9  # 0.4 s and its margin

    table = tomllib.loads(written(bench).read_text())["limits"]["door_follow_s"]
    assert (table["operator"], table["before"], table["n"]) == ("Lan", 0.5, 3)
    assert table["identity"].startswith("tcp://127.0.0.1:")
    loaded = load_whole(bench.bench.profile)
    assert loaded.profile.limits.door_follow_s == after["limits.door_follow_s"]
    assert loaded.calibration is not None

    assert said["notes"][1].startswith("Written into the journal: 4 entries")
    entries = [one.entry.facts for one in told(bench, EntryKind.CALIBRATED)]
    assert {one["calibration_sha256"] for one in entries} == {loaded.calibration.sha256}
    assert {one["key"]: one["after"] for one in entries if "key" in one} == after
    assert {one["check"] for one in entries if "check" in one} == {"EG-C100", "EG-C101.exit"}

    assert carry_out(["profile", "show", str(bench.bench.profile)]) == 0
    assert "  # calibrated: 0.5 before; Lan, " in capsys.readouterr().out

    started = runs_until_ready(bench)
    assert started["calibration_sha256"] == loaded.calibration.sha256
    assert started["profile_sha256"] == profile_sha256(loaded.profile)
    assert started["profile_sha256"] != profile_sha256(loaded.plain)


def runs_until_ready(bench: FaultBench) -> dict[str, Any]:
    """Run the whole gate on the bench until its lane is ready; return what it says of itself."""
    bench.change(lambda made: made.plant.faults.slow.clear())
    gate = GateProcess(bench.bench, bench.folder, bench.folder / "gate.log")

    def is_ready() -> bool:
        return any(one.entry.facts["state"] == "ready" for one in told(bench, EntryKind.STATE))

    bench.do(gate.start())
    try:
        ends_at_s = time.monotonic() + READY_WITHIN_S
        while not is_ready() and time.monotonic() < ends_at_s:
            Event().wait(0.1)
        assert is_ready(), (bench.folder / "gate.log").read_text()[-2000:]
    finally:
        bench.do(gate.stop())
    return dict(told(bench, EntryKind.GATE_STARTED)[-1].entry.facts)


def calibrated_before(bench: FaultBench) -> dict[str, Any]:
    """Put a calibration of the camera there, as of another day; return what it says of it."""
    key, seen = ("devices", "camera", "frame_timeout_ms"), Figures("camera", 60, 33.4, 41.0, 52.0)
    at = datetime(2026, 11, 1, tzinfo=UTC)
    one = Calibrated(key, 1000, 500, seen, "Lan", at)
    written(bench).write_text(write((one,), load_whole(bench.bench.profile).written_for))
    return dict(tomllib.loads(written(bench).read_text())["devices"]["camera"])


@pytest.mark.bench
def test_cameras_that_read_codes_and_pages_are_timed_on_their_own_lines(
    gate_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with FaultBench(Shape.TURNSTILE, gate_folder, cameras=True) as bench:
        for device in ("scanner", "mrz_reader"):
            status, said = calibrate(bench, capsys, "--dry-run", "--device", device)
            assert status == 0, said
            (value,) = said["values"]
            assert value["key"] == f"devices.{device}.frame_timeout_ms"
            assert value["n"] == 60
            assert 20 < value["p50"] < 200, value
        page_camera = bench.bench.page_camera
        assert page_camera is not None
        page_camera.mute = True
        status, said = calibrate(bench, capsys, "--dry-run", "--device", "mrz_reader")
    assert (status, said["values"]) == (1, [])


@pytest.mark.bench
def test_a_device_by_itself_leaves_the_other_s_values_as_they_were(
    bench: FaultBench, run: Run
) -> None:
    before = calibrated_before(bench)
    status, _ = run("--operator", "Minh", "--device", "board")
    both = tomllib.loads(written(bench).read_text())
    assert status == 0
    assert both["devices"]["camera"] == before
    assert both["limits"].keys() == {"door_follow_s", "door_disagreement_s"}
    assert both["limits"]["door_follow_s"]["operator"] == "Minh"


@pytest.mark.bench
def test_a_fault_writes_nothing_and_leaves_what_is_there(bench: FaultBench, run: Run) -> None:
    calibrated_before(bench)
    before = written(bench).read_bytes()
    bench.change(lambda made: setattr(made.camera, "frozen", True))
    status, said = run("--operator", "Lan", "--device", "camera")
    failed = [one for one in said["checks"] if one["outcome"] == "failed"]
    assert (status, said["written"], said["values"]) == (1, None, [])
    assert [one["id"] for one in failed] == ["EG-S241"]
    assert failed[0]["cure"]
    assert written(bench).read_bytes() == before


@pytest.mark.bench
def test_one_that_was_changed_by_hand_keeps_the_gate_from_running_until_it_is_made_again(
    bench: FaultBench, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrated_before(bench)
    text = written(bench).read_text()
    written(bench).write_text(text.replace("after = 500", "after = 900"))
    where = ("--profile", str(bench.bench.profile), "--data", str(bench.folder))
    assert carry_out(["run", *where]) == 1
    said = capsys.readouterr().err
    assert "changed after it was written" in said
    assert "egate calibrate" in said
    assert run("--operator", "Lan", "--device", "board")[0] == 0
    replaced = load_whole(bench.bench.profile).calibration
    assert replaced is not None
    assert {one.key[0] for one in replaced.keys} == {"limits"}  # what was refused is gone


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_technician_s_root_leaves_the_journal_to_its_owner() -> None:
    nobody = 65534
    with tempfile.TemporaryDirectory() as name:  # below tmp_path no other user may look
        folder = Path(name)
        places = Places(folder, folder / "run")
        profile = load(mine(folder))
        journal = journal_of(profile, places)
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody, nobody)
        entry = Entry(EntryKind.CALIBRATED, 1.0, 2.0, facts={}, personal={"operator": "Lan"})
        append_to_journal(profile, places, [entry])
        owners = {path.name: path.stat().st_uid for path in folder.iterdir()}
        with read(journal) as kept:
            assert [one.entry.kind for one in kept.entries()] == [EntryKind.CALIBRATED]
    assert os.geteuid() == 0
    assert set(owners.values()) == {nobody}, owners
    assert "day_keys.json" in owners


def journal_of(profile: HardwareProfile, places: Places) -> Path:
    """Make a gate's journal; return its file."""
    places.prepare()
    gate_journal(profile, places).close()
    return places.data / profile.files.journal


def test_a_gate_without_a_journal_is_given_none(tmp_path: Path) -> None:
    with pytest.raises(JournalFailed, match="none yet"):
        append_to_journal(load(mine(tmp_path)), Places(tmp_path, tmp_path / "run"), [])
    assert {path.name for path in tmp_path.iterdir()} == {"mine.toml"}
