"""`egate doctor` as a technician types it: what it shows, what it writes, how it ends."""

import json
import os
from pathlib import Path
import shutil
from typing import Any
import xml.etree.ElementTree as ET

import pytest

from egate.cli import carry_out, doctor_host
from egate.cli.doctor_host import installed, kernel_clock, lock, run, software, space, this_host
from egate.selftest.doctor import DOCTOR
from egate.selftest.host_software import PIN

ONLY = ("--only", "EG-H606")
NOBODY = "no permit is taken"


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a gate's data, as the issuer's folder gives it."""
    monkeypatch.chdir(tmp_path)
    assert carry_out(["permit", "keygen", "keys"]) == 0
    data = tmp_path / "gate"
    data.mkdir(mode=0o750)
    for name in ("issuers.json", "issuers.pub", "revoked.json", "gate.key"):
        shutil.copy(tmp_path / "keys" / name, data)
    return data


def doctor(*words: str) -> int:
    return carry_out(["doctor", "--profile", "bench_mantrap", "--data", "gate", *words])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.usefixtures("gate")
def test_a_gate_that_is_right_ends_with_0_and_says_what_it_looked_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert doctor(*ONLY) == 0
    shown = capsys.readouterr().out
    assert "✓ passed: 6\n" in shown
    said = (
        "list of issuers: version 1 is in force for 365 more days (days left: 365 d, limit >= 14 d)"
    )
    assert f"  EG-H606  {said}" in shown
    assert shown.endswith("failed: 0, warnings: 0, not done: 0, passed: 6, not applicable: 0\n")


def test_a_fault_ends_with_1_and_stands_last_with_its_cure(
    gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (gate / "issuers.json").unlink()
    assert doctor(*ONLY, "--only", "EG-H607") == 1
    *_, heading, failed, cure, summary = capsys.readouterr().out.splitlines()
    assert heading == "✗ failed: 1"
    assert failed.strip() == f"EG-H606  list of issuers: {gate}/issuers.json is not there: {NOBODY}"
    assert cure.strip() == "→ bring it from the issuer's folder (egate permit keygen)"
    assert summary.startswith("failed: 1, warnings: 0, not done: 1")


def test_a_gate_has_its_profile_where_systemd_reads_it(
    gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gate / "profile.toml").write_text('extends = "bench_mantrap"\n')
    monkeypatch.setattr("egate.cli.doctor.PROFILE", gate / "profile.toml")
    assert carry_out(["doctor", "--data", "gate", *ONLY]) == 0


@pytest.mark.usefixtures("gate")
def test_vietnamese_is_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(*ONLY, "--lang", "vi") == 0
    assert "phiên bản 1 còn hiệu lực 365 ngày" in capsys.readouterr().out


def test_json_is_one_object_and_nothing_else(
    gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate.chmod(0o755)
    assert doctor("--only", "EG-H614", "--json") == 1
    found = told(capsys)
    assert (found["schema"], found["about"]["gate"]) == ("egate.doctor/1", "bench-mantrap")
    assert [one["id"] for one in found["checks"]] == ["EG-H601", "EG-H602", "EG-H614"]
    assert found["checks"][-1]["cure"] == f"sudo chmod 0750 {gate}"


@pytest.mark.usefixtures("gate")
def test_a_profile_with_mistakes_is_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.toml").write_text('extends = "bench_mantrap"\nlimit = 1\n')
    words = ["doctor", "--profile", "p.toml", "--data", "gate", "--only", "EG-H606", "--json"]
    assert carry_out(words) == 1
    outcomes = {one["id"]: one["outcome"] for one in told(capsys)["checks"]}
    assert (outcomes["EG-H601"], outcomes["EG-H606"]) == ("failed", "not_done")


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--profile", "bench_mantrip"], 3, "did you mean bench_mantrap"),
        (["--profile", "."], 3, ""),
        (["--only", "EG-H999"], 2, "no check is called EG-H999"),
        (["--lang", "fr"], 2, "no language fr; there are en, vi"),
        (["--verify", "r.html"], 2, "--key journal.pub"),
        (["--only", "EG-H601"], 3, "nothing was looked at to the end"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(
    words: list[str],
    code: int,
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("egate.cli.doctor.PROFILE", Path("/no/profile.toml"))
    assert carry_out(["doctor", *words]) == code
    complained = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert complaint in complained
    assert "Traceback" not in complained


def test_the_reports_are_written_and_the_page_is_signed_with_the_journals_key(
    gate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from egate.journal.key_file import signing_key

    signing_key(gate / "journal.key", os.urandom)
    written = ("--junit", "r.xml", "--html", "r.html", "--operator", "T. Tester")
    assert doctor(*ONLY, *written) == 0
    assert ET.fromstring((tmp_path / "r.xml").read_text()).tag == "testsuites"
    page = (tmp_path / "r.html").read_text()
    assert "T. Tester" in page
    proof = ["doctor", "--verify", "r.html", "--key", "gate/journal.pub"]
    assert carry_out(proof) == 0
    (tmp_path / "r.html").write_text(page.replace("T. Tester", "U. Tester"))
    assert carry_out(proof) == 1
    assert "it was altered after it was signed" in capsys.readouterr().out


@pytest.mark.usefixtures("gate")
def test_a_page_that_nobody_can_sign_says_so(tmp_path: Path) -> None:
    assert doctor(*ONLY, "--html", "r.html") == 0
    page = (tmp_path / "r.html").read_text()
    assert "Not signed" in page
    assert not (tmp_path / "gate/journal.key").exists()


@pytest.mark.usefixtures("gate")
def test_a_report_that_cannot_be_written_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(*ONLY, "--html", "no/r.html") == 3
    assert capsys.readouterr().err == "egate: no/r.html: No such file or directory\n"


def test_the_list_names_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["doctor", "--list", "--json"]) == 0
    assert [one["id"] for one in told(capsys)["checks"]] == [check.id for check in DOCTOR]


@pytest.mark.usefixtures("gate")
def test_the_gates_folder_is_as_it_was_when_the_doctor_has_gone(gate: Path) -> None:
    before = sorted(path.name for path in gate.iterdir())
    doctor()
    assert sorted(path.name for path in gate.iterdir()) == before


def test_this_computer_is_read_without_an_error(tmp_path: Path) -> None:
    host = this_host(tmp_path)
    clock = kernel_clock()
    assert clock is None or clock.largest_error_ms >= 0
    assert space(tmp_path / "not" / "there").free_bytes > 0
    assert host.text("proc/meminfo")
    assert host.number("proc/sys/kernel/pid_max")
    assert (host.text("proc/no"), host.number("proc/meminfo")) == (None, None)
    assert host.models("pages").is_dir()


def test_a_report_names_the_board_and_its_serial_number(tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 4\0")
    (tmp_path / "proc/device-tree/serial-number").write_text("10000000abcd\0")
    told = dict(software(this_host(tmp_path, root=tmp_path)))
    assert (told["board"], told["board serial"]) == ("Raspberry Pi 4", "10000000abcd")


def test_a_program_that_is_absent_silent_or_hangs_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(("no-such-program",)) is None
    assert run(("true",)) is None
    assert run(("uname",)) == "Linux\n"
    monkeypatch.setattr(doctor_host, "PROGRAM_S", 0.05)
    assert run(("tail", "-f", "/dev/null")) is None


def test_the_lock_is_the_one_of_this_egate_and_is_held_by_what_is_installed() -> None:
    pins = {name: version for name, version, _ in PIN.findall(lock())}
    assert pins["apsw"] == installed("apsw")
    assert len(pins) > 20
    assert installed("no-such-package") is None
