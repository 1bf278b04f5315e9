"""`egate enrol` from nobody to a removed resident: what a person is told, and the exit codes."""

from collections.abc import Sequence
import json
import os
from pathlib import Path

import numpy as np
import pytest

from egate.cli import carry_out
from egate.cli.enrolled import NothingTaken, face_before
from egate.cli.enrolment_place import EnrolmentPlace
from egate.domain.embedding import quantise
from egate.domain.finger import (
    EnrolProgress,
    EnrolStep,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    TemplateFormat,
)
from egate.domain.record import Entry, EntryKind
from egate.journal.key_file import signing_key
from egate.journal.store import Place, SqliteJournal, open_journal
from egate.ports.camera import Frame
from egate.ports.errors import DeviceLost
from egate.ports.fingerprint import FingerprintSensor, Told
from egate.registry.finger_templates import unpack
from egate.registry.templates import Kind, digest
from simulators import faces
from tests.vision.limits import LIMITS
from tests.vision.test_capture import ScriptedEye

PICTURES = Path(__file__).parents[2] / ".bench" / "faces"
AT = ("--profile", "bench_mantrap", "--data", "gate")

needs_faces = pytest.mark.skipif(not PICTURES.is_dir(), reason="no bench portraits (make demo)")


class Sensor:
    """A sensor on which fingers are laid as listed: each is told, then given or refused."""

    def __init__(self, *fingers: bytes | FingerReason) -> None:
        self._fingers = list(fingers)
        self.scores = (91, 88)
        self.is_closed = False

    def enrol(self, _timeout_s: float, told: Told) -> FingerEnrolled:
        told(EnrolProgress(EnrolStep.PLACE, 1))
        given = self._fingers.pop(0)
        if isinstance(given, FingerReason):
            told(EnrolProgress(EnrolStep.AGAIN, 1, given))
            return FingerEnrolled(given, None, ())
        told(EnrolProgress(EnrolStep.TAKEN, 1))
        told(EnrolProgress(EnrolStep.LIFT, 1))
        return FingerEnrolled(
            FingerReason.OK, FingerTemplate(TemplateFormat.ZFM, given), self.scores
        )

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lay_down(monkeypatch: pytest.MonkeyPatch, *fingers: bytes | FingerReason) -> Sensor:
    sensor = Sensor(*fingers)
    monkeypatch.setattr(EnrolmentPlace, "fingerprint", lambda _place: sensor)
    return sensor


def enrol(who: str, *more: str) -> int:
    return carry_out(["enrol", "add", who, *AT, *more])


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, set[str]]:
    """Return with what everybody is enrolled, as `list --json` says."""
    capsys.readouterr()
    assert carry_out(["enrol", "list", *AT, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "egate.enrol.list/1"
    return {one.pop("registration"): set(one) for one in told["residents"]}


def stored_fingers(who: str) -> Sequence[FingerTemplate]:
    from egate.cli.enrol import _place

    record = _place("bench_mantrap", Path("gate")).registry.residents().get(who)
    return unpack(record.templates[Kind.FINGER])


def test_a_finger_is_enrolled_step_by_step_and_nobody_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sensor = lay_down(monkeypatch, b"first", b"second")
    assert enrol("LS-77", "--fingers", "2") == 0
    said = capsys.readouterr().out
    assert "finger 1 of 2, capture 1 of 3: lay the finger on the sensor" in said
    assert "finger 2 of 2, capture 1 of 3: lift the finger" in said
    assert "finger 2 of 2, capture 1 of 3: lay another finger on the sensor" in said
    assert "finger 2 of 2: taken; the captures are alike by 91 and 88, a gate asks for 60" in said
    assert "enrol a second person's" in said
    assert "LS-77" not in said
    assert sensor.is_closed
    assert [one.data for one in stored_fingers("LS-77")] == [b"first", b"second"]
    assert listed(capsys) == {"LS-77": {"finger"}}


def test_a_finger_that_cannot_be_taken_changes_nothing_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first", FingerReason.TOO_DRY)
    assert enrol("LS-77", "--fingers", "2") == 1
    said = capsys.readouterr()
    assert "too dry; breathe on the finger; again" in said.out
    assert said.err == (
        "egate: finger 2 of 2: too dry; breathe on the finger (nothing was changed)\n"
    )
    assert listed(capsys) == {}


def test_a_sensor_that_is_away_is_told_and_so_is_a_profile_without_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(_place: EnrolmentPlace) -> FingerprintSensor:
        raise DeviceLost("fingerprint", "run/fingerprint: No such file or directory")

    with monkeypatch.context() as patched:
        patched.setattr(EnrolmentPlace, "fingerprint", gone)
        assert enrol("LS-77", "--fingers", "1") == 3
    assert "No such file" in capsys.readouterr().err
    turnstile = ["--profile", "bench_turnstile", "--data", "gate", "--fingers", "1"]
    assert carry_out(["enrol", "add", "LS-77", *turnstile]) == 3
    assert "has no fingerprint sensor" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [(), ("--face", "a.jpg", "--camera"), ("--fingers", "1", "--permit", "slip"),
     ("--fingers", "3"), ("--camera", "--permit", "slip")],
)  # fmt: skip
def test_what_cannot_be_meant_is_wrong_usage(options: tuple[str, ...]) -> None:
    assert enrol("LS-77", *options) == 2


@pytest.mark.parametrize("who", ["", "LS 77", "x" * 33, "Läng"])
def test_a_registration_that_no_permit_can_have_is_wrong_usage(who: str) -> None:
    assert enrol(who, "--fingers", "1") == 2


def test_who_is_enrolled_is_replaced_only_on_demand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first", b"second")
    assert enrol("LS-77", "--fingers", "1") == 0
    assert enrol("LS-77", "--fingers", "1") == 1
    assert "finger: enrolled already" in capsys.readouterr().err
    assert enrol("LS-77", "--fingers", "1", "--replace") == 0
    assert [one.data for one in stored_fingers("LS-77")] == [b"second"]


def test_a_removed_resident_leaves_nothing_and_the_second_removal_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first")
    assert enrol("LS-77", "--fingers", "1") == 0
    assert carry_out(["enrol", "remove", "LS-77", *AT]) == 0
    assert [path for path in (folder / "gate" / "fingers").rglob("*") if path.is_file()] == []
    capsys.readouterr()
    assert carry_out(["enrol", "remove", "LS-77", *AT]) == 1
    assert "LS-77" not in capsys.readouterr().err


def test_people_move_to_another_gate_in_a_bundle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first", b"second")
    assert enrol("LS-77", "--fingers", "1") == enrol("LS-78", "--fingers", "1") == 0
    Path("phrase").write_text("a long enough phrase\n")
    phrase = ("--passphrase-file", "phrase")
    assert carry_out(["enrol", "export", "people.egb", *AT, *phrase]) == 0
    assert Path("people.egb").stat().st_mode & 0o777 == 0o600
    assert carry_out(["enrol", "export", "people.egb", *AT, *phrase]) == 3
    there = ("--profile", "bench_mantrap", "--data", "other_gate")
    assert carry_out(["enrol", "import", "people.egb", *there, *phrase]) == 0
    capsys.readouterr()
    assert carry_out(["enrol", "list", *there, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["residents"]) == 2
    assert carry_out(["enrol", "import", "people.egb", *there, *phrase]) == 1
    assert "2 were enrolled here already" in capsys.readouterr().err
    assert carry_out(["enrol", "import", "people.egb", *there, *phrase, "--replace"]) == 0
    one = ["enrol", "export", "one.egb", *AT, *phrase, "--only"]
    assert carry_out([*one, "LS-99"]) == 1
    assert carry_out([*one, "LS-78"]) == 0


def test_a_wrong_passphrase_a_short_one_and_a_damaged_bundle_bring_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first")
    assert enrol("LS-77", "--fingers", "1") == 0
    Path("phrase").write_text("a long enough phrase")
    Path("other").write_text("another long phrase")
    Path("short").write_text("short")
    bundle = ["enrol", "export", "people.egb", *AT, "--passphrase-file"]
    assert carry_out([*bundle, "short"]) == 2
    assert carry_out([*bundle, "phrase"]) == 0
    bring = ["enrol", "import", "people.egb", "--profile", "bench_mantrap", "--data", "other_gate"]
    assert carry_out([*bring, "--passphrase-file", "other"]) == 1
    assert "passphrase is another" in capsys.readouterr().err
    Path("people.egb").write_bytes(b"PK\3\4")
    assert carry_out([*bring, "--passphrase-file", "phrase"]) == 1
    Path("people.egb").unlink()
    assert carry_out([*bring, "--passphrase-file", "phrase"]) == 3
    assert not list(Path("other_gate").glob("*/keys/*"))


def test_a_damaged_entry_and_another_key_are_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first")
    assert enrol("LS-77", "--fingers", "1") == 0
    (key,) = (folder / "gate" / "fingers" / "keys").iterdir()
    key.write_bytes(b"spoilt")
    capsys.readouterr()
    assert carry_out(["enrol", "list", *AT]) == 1
    assert "1 entries do not open" in capsys.readouterr().err
    Path("phrase").write_text("a long enough phrase")
    export = ["enrol", "export", "people.egb", *AT, "--passphrase-file", "phrase"]
    assert carry_out(export) == 1
    assert not Path("people.egb").exists()


def test_without_a_key_nobody_is_listed_and_none_is_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert carry_out(["enrol", "list", *AT]) == 3
    assert "no registry key" in capsys.readouterr().err
    assert not Path("gate", "registry.key").exists()


@needs_faces
def test_a_face_is_enrolled_from_a_picture_and_its_permit_names_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = faces.enrolment_file(PICTURES, "person_1")
    assert carry_out(["permit", "keygen", "keys"]) == 0
    more = ("--face", str(picture), "--permit", "slip", "--document-number", "B1234567")
    assert enrol("LS-77", *more) == 0
    assert "QR version 9, 25.8 mm" in capsys.readouterr().out
    assert listed(capsys) == {"LS-77": {"face"}}
    assert carry_out(["permit", "verify", "slip.txt", "--site", "BENCH"]) == 0

    from egate.cli.enrol import _place
    from egate.permit.permit import unproven

    permit = unproven((folder / "slip.txt").read_text().strip())
    template = _place("bench_mantrap", folder / "gate").registry.store(Kind.FACE).get("LS-77")
    assert permit.registration == "LS-77"
    assert getattr(permit.reference, "digest", None) == digest(template)


@needs_faces
def test_an_enrolment_stands_when_its_permit_cannot_be_made_and_the_cure_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = faces.enrolment_file(PICTURES, "person_1")
    more = ("--face", str(picture), "--permit", "slip", "--document-number", "B1234567")
    assert enrol("LS-77", *more) == 3
    assert "no permit was made: egate permit issue --template-digest " in capsys.readouterr().err
    assert not (folder / "slip.txt").exists()
    assert listed(capsys) == {"LS-77": {"face"}}


class Camera:
    """A camera that shows thirty pictures a second, all alike."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def clock(self) -> float:
        return self.now_s

    def newest(self, after: int, timeout_s: float) -> Frame:
        assert timeout_s > 0
        self.now_s += 1 / 30
        return Frame(np.zeros((2, 2, 3), np.uint8), self.now_s, after + 1)

    def close(self) -> None:
        return


def test_a_face_is_the_mean_of_good_frames_before_the_camera(
    capsys: pytest.CaptureFixture[str],
) -> None:
    camera = Camera()
    template = face_before(camera, ScriptedEye(person=3), LIMITS, camera.clock)
    assert template == quantise([float(number == 3) for number in range(128)])
    assert capsys.readouterr().out == "face: taken\n"


def test_who_is_not_seen_in_time_is_told_what_to_do_and_not_enrolled(
    capsys: pytest.CaptureFixture[str],
) -> None:
    camera = Camera()
    with pytest.raises(NothingTaken, match="stand before the camera"):
        face_before(camera, ScriptedEye(faces=0), LIMITS, camera.clock)
    assert "face: no face is seen; stand before the camera (28 s left)" in capsys.readouterr().out


def test_what_is_no_picture_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("holder.jpg").write_bytes(b"no picture")
    assert enrol("LS-77", "--face", "holder.jpg") == 3
    assert "no JPEG or PNG" in capsys.readouterr().err


def test_a_new_key_keeps_everybody_and_is_told_with_what_is_to_be_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_down(monkeypatch, b"first", b"second")
    assert enrol("LS-77", "--fingers", "1") == enrol("LS-78", "--fingers", "1") == 0
    before = Path("gate/registry.key").read_text()
    capsys.readouterr()
    assert carry_out(["enrol", "rekey", *AT]) == 0
    said = capsys.readouterr().out
    assert "2 templates sealed anew" in said
    assert "systemctl restart egate-vision egate-fingerprint" in said
    assert "LS-7" not in said
    assert Path("gate/registry.key").read_text() != before
    assert listed(capsys) == {"LS-77": {"finger"}, "LS-78": {"finger"}}
    assert [one.data for one in stored_fingers("LS-78")] == [b"second"]
    assert carry_out(["enrol", "rekey", *AT, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["templates"]) == ("egate.enrol.rekey/1", 2)


def test_without_anybody_enrolled_there_is_no_key_to_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert carry_out(["enrol", "rekey", *AT]) == 3
    assert "there is no registry key" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scores", "status", "said"),
    [
        ((91, 60), 0, "a gate asks for 60: just enough, another finger may do better"),
        ((120, 90), 0, "a gate asks for 60: good"),
        ((91, 59), 1, "alike by 91 and 59, a gate asks for 60; wipe finger and sensor"),
    ],
)
def test_captures_are_held_against_what_a_gate_asks_for(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    scores: tuple[int, int],
    status: int,
    said: str,
) -> None:
    sensor = lay_down(monkeypatch, b"first")
    sensor.scores = scores
    assert enrol("LS-77", "--fingers", "1") == status
    told = capsys.readouterr()
    assert said in told.out + told.err
    assert bool(listed(capsys)) is (status == 0)


def searched(folder: Path) -> bytes:
    """Return every byte of every file, whatever it is for: SQLite's log and free pages too."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def with_a_gates_data(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> tuple[bytes, list[bytes], Path]:
    """Enrol somebody beside a journal that is being written; return what must not be found.

    That is the template, and each key file's content. The folder that is returned holds the very
    blocks of all files (hard links), as a disk does when their names are gone.
    """
    secret = os.urandom(300)
    lay_down(monkeypatch, secret, b"somebody else's")
    journal = journal_at(Path("gate"))
    assert enrol("LS-77", "--fingers", "1") == enrol("LS-78", "--fingers", "1") == 0
    journal.append([Entry(EntryKind.NOTE, 1.0, 2e9, 1, personal={"registration": "LS-77"})])
    name = _of("LS-77")
    sealed = [Path(f"gate/fingers{part}/{name}").read_bytes() for part in ("", "/keys")]
    blocks = folder / "blocks"
    for number, path in enumerate(p for p in Path("gate").rglob("*") if p.is_file()):
        blocks.mkdir(exist_ok=True)
        os.link(path, blocks / str(number))
    assert carry_out(["enrol", "remove", "LS-77", *AT]) == 0
    assert {path.suffix for path in Path("gate").glob("journal.sqlite*")} >= {".sqlite"}
    journal.close()
    return secret, sealed, blocks


def _of(who: str) -> str:
    from egate.cli.enrol import _place

    store = _place("bench_mantrap", Path("gate")).registry.store(Kind.FINGER)
    return store._under[0].name(who)


def journal_at(data: Path) -> SqliteJournal:
    data.mkdir(exist_ok=True)
    place = Place("lane-1", data / "journal.sqlite", data / "day_keys.json")
    key = signing_key(data / "journal.key", os.urandom)
    return open_journal(place, key, os.urandom, lambda: 2e9)


def test_after_a_removal_no_raw_file_of_the_gate_holds_anything_of_them(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    secret, sealed, blocks = with_a_gates_data(monkeypatch, folder)
    for place in (Path("gate"), blocks):
        raw = searched(place)
        assert secret[:16] not in raw
        assert b"LS-77" not in raw
        assert all(one[4:36] not in raw for one in sealed)


def test_the_search_finds_what_is_only_unlinked(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.setattr("egate.registry.templates.wipe", lambda path: path.unlink(missing_ok=True))
    _, sealed, blocks = with_a_gates_data(monkeypatch, folder)
    assert all(one[4:36] not in searched(Path("gate")) for one in sealed)
    assert all(one[4:36] in searched(blocks) for one in sealed)
