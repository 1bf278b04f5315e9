"""`egate document read` through the real pcscd: every check told, nothing personal unasked.

Documents are the factory's, issued now. A card that hangs, and Ctrl-C, end the whole process, so
they are tried on a process of its own.
"""

from collections.abc import Callable
import json
import os
from pathlib import Path
import re
from secrets import token_bytes
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from egate.cli import carry_out
from egate.document.inspected import CHECKS
from egate.document.lds import COM, DATA_GROUPS
from egate.domain.check import Check
from simulators.card_chip import CONTACT_T1, Chip, Troubles
from simulators.data_groups import GREY_JPEG
from simulators.document_factory import (
    Description,
    Document,
    Faults,
    Issuer,
    identity_card,
    issue,
    traveller,
)
from simulators.private_pcscd import SOCKET_VARIABLE, PrivatePcscd
from simulators.vpcd import Slot

pytest.importorskip(
    "smartcard.scard", reason="NO PC/SC HERE: pyscard (the extra `cards`) is missing"
)

pytestmark = pytest.mark.bench

HOUSE = Path(__file__).parent.parent.parent
ISSUER = Issuer(now_s=int(time.time()))
PASSPORT = issue(Description(more=frozenset({11, 12, 16})), ISSUER)
CARD = issue(identity_card(), ISSUER)
WITHIN = ("--within", "5")
TRACED = re.compile(
    r" *\d+ +\d+\.\d ms  [0-9a-f]{2}( [0-9a-f]{2}){3}  Lc \d+ +Le (\d+|-) +> \d+ +[A-Z][^:]+"
    r"(:Set [^:]+)?: [0-9a-f]{4}( [a-z_]+)?"
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder whose trust store knows the issuer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    (tmp_path / "utopia.cer").write_bytes(ISSUER.country_signer.raw)
    (tmp_path / "utopia.crl").write_bytes(ISSUER.revocation_list())
    assert carry_out(["trust", "import", "utopia.cer", "utopia.crl"]) == 0
    return tmp_path


@pytest.fixture
def reader(slot: Slot, capsys: pytest.CaptureFixture[str]) -> Slot:
    """The slot, and nothing printed so far."""
    capsys.readouterr()
    return slot


def zone(document: Document) -> tuple[str, str]:
    return ("--mrz", "/".join(document.printed))


def read(slot: Slot, *words: str) -> int:
    return carry_out(["document", "read", "--reader", slot.name, *WITHIN, *words])


def inserted(slot: Slot, document: Document = PASSPORT, mute_at: int | None = None) -> Chip:
    chip = Chip(document, token_bytes, troubles=Troubles(mute_at=mute_at))
    slot.insert(chip)
    return chip


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert fields["schema"] == "egate.document.read/1"
    return fields


def outcomes(fields: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["check"]: (one["outcome"], one["reason"]) for one in fields["findings"]}


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was complained of: one line, and nothing beside it."""
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    return shown.err


def test_a_sound_passport_is_admitted_and_every_check_told(
    reader: Slot, capsys: pytest.CaptureFixture[str]
) -> None:
    inserted(reader)
    assert read(reader, *zone(PASSPORT), "--json") == 0
    fields = told(capsys)
    assert list(outcomes(fields)) == [*CHECKS, Check.DOCUMENT_IS_IN_FORCE]
    assert {outcome for outcome, _ in outcomes(fields).values()} == {"passed", "not_applicable"}
    assert (fields["passed"], fields["ruling"], fields["reasons"]) == (True, "admit", [])
    assert fields["left_out"] == [Check.DOCUMENT_WAS_NOT_JUST_USED]
    assert (fields["issuer"], fields["chip"]["is_contactless"]) == ("UTO", True)
    assert fields["trust"]["country_signers"] == 1
    on_chip = {number: DATA_GROUPS[number] for number in (1, 2, 11, 12, 14, 16)}
    sizes = {one.name: len(PASSPORT.application[one.file_id]) for one in on_chip.values()}
    assert sizes.items() <= fields["files"].items()
    assert fields["times"]["own_s"] <= sum(fields["times"].values())


def test_a_person_is_told_chip_times_files_and_ruling(
    reader: Slot, capsys: pytest.CaptureFixture[str]
) -> None:
    chip = Chip(PASSPORT, token_bytes, atr=CONTACT_T1)
    reader.insert(chip)
    assert read(reader, *zone(PASSPORT)) == 0
    shown = capsys.readouterr()
    com = len(PASSPORT.application[COM.file_id])
    for line in (
        "chip: contact, extended APDUs; ",
        "seconds: ",
        f"EF.COM {com}",
        "issuing state: UTO\n",
        "1 country signers, 1 revocation lists\n",
        "a gate would admit it, by policy ",
        "not asked here: document_was_not_just_used\n",
    ):
        assert line in shown.out
    assert shown.err == ""


WAYS = [
    ("--mrz", PASSPORT.printed[0], "--mrz", PASSPORT.printed[1]),
    ("--mrz-key", f"{PASSPORT.mrz.document_number},{PASSPORT.mrz.birth_date},310415"),
    ("--can", PASSPORT.can),
]


@pytest.mark.parametrize("way", WAYS, ids=["lines", "key", "can"])
def test_each_way_to_open_a_chip_opens_it(
    reader: Slot, capsys: pytest.CaptureFixture[str], way: tuple[str, ...]
) -> None:
    inserted(reader)
    assert read(reader, *way, "--json") == 0
    fields = told(capsys)
    is_compared = outcomes(fields)[Check.CHIP_MRZ_IS_THE_PRINTED_ONE][0] == "passed"
    assert is_compared == (way in WAYS[:1])
    assert (Check.MRZ_IS_READABLE in fields["left_out"]) == (not is_compared)


def test_a_gate_reads_less_than_all(reader: Slot, capsys: pytest.CaptureFixture[str]) -> None:
    inserted(reader)
    assert read(reader, *zone(PASSPORT), "--gate", "--json") == 0
    groups = {name for name in told(capsys)["files"] if name.startswith("DG")}
    assert groups == {"DG1", "DG2", "DG14"}


def of_the_zone(document: Document) -> set[str]:
    """What a printed zone tells of a person, each part."""
    mrz = document.mrz
    names = mrz.primary_identifier, mrz.secondary_identifier
    return {mrz.document_number, mrz.birth_date, mrz.expiry_date, *names}


PERSONAL = {
    "passport": (
        PASSPORT,
        {"ERIKSSON<<ANNA<MARIA", "19740812", "ZENITH<UTOPIA", "UTOPIA 1", "SPECIMEN<<1"},
    ),
    "card": (
        CARD,
        {"001090012345", "Vi Du Ngo Van", "24/07/1990", "1 Phố Ví Dụ, Zenith", "Cha Ví Dụ",
         "Mẹ Ví Dụ", "012345678"},
    ),
}  # fmt: skip
NEVER = {"2031-04-15", "left_days", GREY_JPEG.hex(), GREY_JPEG[:9].hex(" ")}


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize(("document", "words"), PERSONAL.values(), ids=PERSONAL)
def test_nothing_personal_is_shown_or_traced_unless_it_is_asked_for(
    reader: Slot,
    capsys: pytest.CaptureFixture[str],
    document: Document,
    words: set[str],
    form: tuple[str, ...],
) -> None:
    inserted(reader, document)
    assert read(reader, *zone(document), "--trace", "trace.txt", *form) in {0, 1}
    shown = capsys.readouterr()
    out = json.dumps(json.loads(shown.out), ensure_ascii=False) if form else shown.out
    everything = out + shown.err + Path("trace.txt").read_text()
    personal = {*of_the_zone(document), *words, *document.printed, document.can, *NEVER}
    assert len(everything) > 4000
    assert [word for word in personal if word in everything] == []


@pytest.mark.parametrize(("document", "words"), PERSONAL.values(), ids=PERSONAL)
def test_what_is_personal_is_shown_when_it_is_asked_for(
    reader: Slot, capsys: pytest.CaptureFixture[str], document: Document, words: set[str]
) -> None:
    inserted(reader, document)
    read(reader, *zone(document), "--show-personal", "--json")
    personal = told(capsys)["personal"]
    values = "\n".join(value for fields in personal.values() for value in fields.values())
    assert [word for word in of_the_zone(document) | words if word not in values] == []
    assert personal["portrait"] == {"kind": "jpeg", "width": "8", "height": "8"}
    assert read(reader, *zone(document), "--show-personal") in {0, 1}
    assert document.mrz.primary_identifier in capsys.readouterr().out


FORGED = [
    (Faults(altered=frozenset({1})), {Check.DATA_GROUPS_ARE_UNALTERED}),
    (Faults(has_spoilt_signature=True), {Check.SECURITY_OBJECT_IS_SIGNED}),
    (Faults(is_cloned=True), {Check.CHIP_IS_GENUINE}),
]


@pytest.mark.parametrize(("faults", "failed"), FORGED, ids=["altered", "unsigned", "cloned"])
def test_a_forged_document_fails_and_a_gate_would_refer_it(
    reader: Slot, capsys: pytest.CaptureFixture[str], faults: Faults, failed: set[Check]
) -> None:
    document = issue(Description(), ISSUER, faults)
    inserted(reader, document)
    assert read(reader, *zone(document), "--json") == 1
    fields = told(capsys)
    assert fields["ruling"] == "refer"
    assert failed <= {check for check, (told, _) in outcomes(fields).items() if told == "failed"}
    assert failed <= {reason.split(":")[0] for reason in fields["reasons"]}


def test_without_a_country_signer_nothing_of_the_signer_is_said_and_the_cure_is(
    reader: Slot, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    inserted(reader)
    assert read(reader, *zone(PASSPORT), "--store", "empty") == 1
    shown = capsys.readouterr().out
    assert "egate trust import" in shown
    assert "document_signer_is_trusted: " in shown


def test_another_page_does_not_open_the_chip_and_the_hint_says_so(
    reader: Slot, capsys: pytest.CaptureFixture[str]
) -> None:
    inserted(reader)
    other = issue(traveller(1, GREY_JPEG), ISSUER)
    assert read(reader, *zone(other)) == 1
    shown = capsys.readouterr().out
    assert "compare what was given with the page" in shown
    assert re.search(r"and \d+ checks that were not done", shown)


def test_the_trace_has_every_command_by_name_for_its_owner_only(
    reader: Slot, capsys: pytest.CaptureFixture[str]
) -> None:
    inserted(reader)
    assert read(reader, *zone(PASSPORT), "--trace", "trace.txt", "--json") == 0
    lines = Path("trace.txt").read_text().splitlines()
    assert len(lines) == told(capsys)["chip"]["commands"]
    assert [line for line in lines if not TRACED.fullmatch(line)] == []
    assert "READ BINARY SFI 1C" in lines[0]
    assert Path("trace.txt").stat().st_mode & 0o777 == 0o600
    assert read(reader, *zone(PASSPORT), "--trace", "trace.txt") == 3
    assert one_line(capsys) == "egate: trace.txt: File exists\n"


def test_the_files_are_written_as_they_were_read_for_their_owner_only(reader: Slot) -> None:
    inserted(reader)
    assert read(reader, *zone(PASSPORT), "--show-personal", "--out", "files") == 0
    for number in (1, 2, 11):
        path = Path("files") / f"DG{number}.bin"
        assert path.read_bytes() == PASSPORT.application[DATA_GROUPS[number].file_id]
        assert path.stat().st_mode & 0o777 == 0o600
    assert Path("files").stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_there_is_not_written_over_and_the_document_is_told_all_the_same(
    reader: Slot, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    inserted(reader)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "DG1.bin").write_bytes(b"mine")
    assert read(reader, *zone(PASSPORT), "--show-personal", "--out", "files") == 3
    shown = capsys.readouterr()
    assert "a gate would admit it" in shown.out
    assert shown.err == "egate: files/DG1.bin: File exists\n"
    assert (tmp_path / "files" / "DG1.bin").read_bytes() == b"mine"


USAGE = [
    ((), "one of --mrz, --mrz-key and --can"),
    (("--can", "12345"), "six digits"),
    (("--mrz", "P<UTO"), "here are lines of 5"),
    (("--can", "123456", "--out", "files"), "add --show-personal"),
    (("--can", "123456", "--reader", ""), "a name has 1 to 128 characters"),
]


@pytest.mark.parametrize(("words", "said"), USAGE)
def test_wrong_usage_is_one_line_and_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    capsys.readouterr()
    assert carry_out(["document", "read", *words]) == 2
    assert said in one_line(capsys)


def test_a_store_that_is_not_there_is_wrong_usage_and_a_spoilt_one_cannot_be_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert carry_out(["document", "read", "--can", "123456", "--store", "absent"]) == 2
    (tmp_path / "trust" / "manifest.json").write_text("{}")
    capsys.readouterr()
    assert carry_out(["document", "read", "--can", "123456"]) == 3
    assert "manifest.json is spoilt" in one_line(capsys)


@pytest.mark.usefixtures("pcscd")
def test_a_pattern_that_no_reader_has_names_the_readers_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert carry_out(["document", "read", "--can", "123456", "--reader", "Gate contact*"]) == 3
    assert "there is Gate NFC 00 00, Gate NFC 00 01; see with pcsc_scan" in one_line(capsys)


def test_without_a_card_one_line_says_so(reader: Slot, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(reader, *zone(PASSPORT), "--within", "1") == 3
    assert "no card came in time" in one_line(capsys)


def test_a_card_taken_away_in_the_middle_is_void(
    reader: Slot, capsys: pytest.CaptureFixture[str]
) -> None:
    reader.radio.removed_at_byte = PASSPORT.size // 2
    inserted(reader)
    assert read(reader, *zone(PASSPORT), "--within", "2") == 3
    assert "taken away before it was read" in one_line(capsys)


def when(is_so: Callable[[], bool], act: Callable[[], object]) -> threading.Thread:
    """Do something from another thread as soon as something is so."""

    def watch() -> None:
        deadline_s = time.monotonic() + 10.0
        while not is_so() and time.monotonic() < deadline_s:
            threading.Event().wait(0.005)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_pcscd_that_dies_in_the_middle_is_a_lost_reader(
    reader: Slot, pcscd: PrivatePcscd, capsys: pytest.CaptureFixture[str]
) -> None:
    reader.radio.slow_s = 0.05
    chip = inserted(reader)
    killer = when(lambda: chip.heard > 5, pcscd.kill)
    assert read(reader, *zone(PASSPORT)) == 3
    killer.join()
    pcscd.start()
    assert "egate: card reader: " in one_line(capsys)


def test_without_pyscard_the_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", None)
    monkeypatch.delitem(sys.modules, "drivers.card_pcsc", raising=False)
    capsys.readouterr()
    assert carry_out(["document", "read", "--can", "123456"]) == 3
    assert "install pyscard (egate's extra `cards`)" in one_line(capsys)


def started(*words: str, socket: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "egate", "document", "read", *words],
        env=os.environ | {"PYTHONPATH": str(HOUSE), SOCKET_VARIABLE: str(socket)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_a_pcscd_the_line_says_where_to_look(tmp_path: Path) -> None:
    with started("--can", "123456", socket=tmp_path / "nobody") as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count("\n")) == (3, "", 1)
    assert "see with pcsc_scan whether pcscd runs" in err


def test_a_card_that_says_nothing_more_is_left_behind_at_the_limit(
    reader: Slot, pcscd: PrivatePcscd
) -> None:
    inserted(reader, mute_at=8)
    words = (*zone(PASSPORT), "--reader", reader.name, "--within", "1", "--trace", "trace.txt")
    began_s = time.monotonic()
    with started(*words, socket=pcscd.socket) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count("\n")) == (3, "", 1)
    assert "no answer any more (reading EF.SOD)" in err
    assert 6.0 <= time.monotonic() - began_s < 15.0
    assert Path("trace.txt").read_text().endswith("no answer any more: reading EF.SOD\n")


def test_ctrl_c_ends_a_reading_that_hangs_with_one_line(reader: Slot, pcscd: PrivatePcscd) -> None:
    chip = inserted(reader, mute_at=8)
    words = (*zone(PASSPORT), "--reader", reader.name)
    with started(*words, socket=pcscd.socket) as process:
        when(lambda: chip.heard >= 8, lambda: process.send_signal(signal.SIGINT)).join()
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out) == (3, "")
    assert err == "egate: interrupted; nothing of the reading counts\n"
