"""The scanner's driver keeps the CodeReader promises, whatever the scanner does to it.

FAULTS x MOMENTS is the fault table of DESIGN section 4: what is wrong, and when; what the reader
says then, within which time; and afterwards a clean code is read.

Source: DESIGN section 4; research/mrz_qr.md section 7; research/hardware.md 1.1.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import os
from pathlib import Path
import termios
import threading
import time
from typing import Any

import pytest

from drivers.qr_serial import QrSerial, build
from egate.ports.code_reader import CodeFrame, CodeReader
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost
from egate.profile.settings import QrSerialSettings as Settings
from egate.wire.code_frames import GM65_DONE, NEWLAND_DONE, Framing, Terminator
from simulators.qr_serial import Scanner
from simulators.serial_line import Faults, PtyLine

pytestmark = pytest.mark.bench

PERMIT = "BG1:" + "6BFOXN%TS3DH0YOJ58S S-W5HDC " * 14  # 396 characters, as long as a permit
SENSOR_ACK = bytes.fromhex("EF 01 FF FF FF FF 07 00 03 00 00 0A")  # a fingerprint sensor's
CR = Framing(Terminator.CR)
FRAMINGS = [Framing(terminator, prefix) for terminator in Terminator for prefix in ("", "Q", "]Q1")]

SAYS_NOTHING = None
SAYS_ANOTHER_TEXT = "another"

FAULTS: list[tuple[str, dict[str, Any], object, float]] = [
    ("mute", {"mute": True}, SAYS_NOTHING, 0.1),
    ("garbled", {"garbled": True}, DeviceGarbled, 0.5),
    ("slow to begin", {"slow_s": 0.1}, PERMIT, 1.0),
    ("slow from byte to byte", {"slow_byte_s": 0.0002}, PERMIT, 5.0),
    ("sends twice", {"duplicate": True}, PERMIT, 0.5),
    ("answers a command first", {"noise": GM65_DONE}, PERMIT, 0.5),
    ("answers in another dialect", {"noise": NEWLAND_DONE}, PERMIT, 0.5),
    ("another device on the line", {"noise": SENSOR_ACK}, DeviceGarbled, 0.5),
    ("a bit flipped in the code", {"flipped_bit": 803}, SAYS_ANOTHER_TEXT, 0.5),
    ("a bit flipped, packed", {"flipped_bit": 803, "packed": True}, DeviceGarbled, 0.5),
    ("a bit flipped in the terminator", {"flipped_bit": -2}, DeviceGarbled, 1.5),
    ("hostile length", {"hostile_length": 3000}, DeviceGarbled, 1.0),
    ("drops the line", {"drops_line_s": 0.05}, DeviceLost, 0.5),
]
MOMENTS = ["at the first code", "after a clean code", "while a clean code waits to be read"]


class Bench:
    """A scanner, its line, and the reader on it."""

    def __init__(self, path: Path, scanner: Scanner) -> None:
        self.path = path
        self.scanner = scanner
        self.line = PtyLine(scanner, path, baud=921600)  # eight times the profile: less to wait for
        self.reader = self.opened()

    def opened(self) -> CodeReader:
        framing = self.scanner.framing
        profile = Settings(
            driver="qr_serial",
            line=str(self.path),
            baud=115200,
            terminator=framing.terminator.value,
            code_id_prefix=framing.code_id_prefix,
        )
        return build(profile, time.monotonic)

    def reopened(self, within_s: float = 5.0) -> CodeReader:
        self.reader.close()
        deadline_s = time.monotonic() + within_s
        while not self.path.exists() and time.monotonic() < deadline_s:
            threading.Event().wait(0.005)
        self.reader = self.opened()
        return self.reader

    @contextmanager
    def showing(self, text: str) -> Iterator[None]:
        thread = threading.Thread(target=asyncio.run, args=(self.line.show(text),))
        thread.start()
        yield
        thread.join()

    def shown(self, text: str) -> None:
        asyncio.run(self.line.show(text))

    def close(self) -> None:
        self.reader.close()
        self.line.unplug()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "scanner", Scanner(CR))
    yield bench
    bench.close()


def said(reader: CodeReader, timeout_s: float) -> object:
    """What a read says: a text, None, or the type of its error."""
    try:
        frame = reader.read(timeout_s)
    except DeviceError as error:
        return type(error)
    return frame and frame.text


def set_to(scanner: Scanner, faults: dict[str, Any]) -> None:
    for field, setting in faults.items():
        setattr(scanner if field == "packed" else scanner.faults, field, setting)


def test_it_is_a_code_reader(bench: Bench) -> None:
    reader: CodeReader = bench.reader
    assert isinstance(reader, QrSerial)


@pytest.mark.parametrize("framing", FRAMINGS, ids=str)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_it_reads_every_framing(tmp_path: Path, framing: Framing, packed: bool) -> None:
    bench = Bench(
        tmp_path / "scanner", Scanner(framing, packed=packed, faults=Faults(noise=GM65_DONE))
    )
    with bench.showing(PERMIT):
        assert said(bench.reader, 5.0) == PERMIT
    bench.close()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    ("faults", "expected", "within_s"),
    [row[1:] for row in FAULTS],
    ids=[row[0] for row in FAULTS],
)
def test_every_fault_is_told_in_time_and_a_clean_code_is_read_after_it(
    bench: Bench, faults: dict[str, Any], expected: object, within_s: float, moment: str
) -> None:
    if moment != "at the first code":
        bench.shown("BEFORE")
    if moment == "after a clean code":
        assert said(bench.reader, 1.0) == "BEFORE"
    clean = replace(bench.scanner, faults=Faults())
    set_to(bench.scanner, faults)
    with bench.showing(PERMIT):
        if moment == "while a clean code waits to be read":
            assert said(bench.reader, 1.0) == "BEFORE"
        began_s = time.monotonic()
        heard = said(bench.reader, within_s)
        took_s = time.monotonic() - began_s
    assert heard == expected or (expected == SAYS_ANOTHER_TEXT and isinstance(heard, str))
    assert took_s < within_s + 0.5
    assert (heard == PERMIT) == (expected == PERMIT)
    bench.line.speaker = bench.scanner = clean
    reader = bench.reopened() if heard is DeviceLost else bench.reader
    bench.shown("CLEAN")
    assert said(reader, 2.0) == "CLEAN"


def test_a_babbling_line_is_garbled_and_a_code_comes_through_when_it_ends(bench: Bench) -> None:
    bench.scanner.faults.hostile_length = 9_000
    bench.line._bytes_a_s = 11_520  # more than the kernel holds: slow enough to be fetched
    with bench.showing("BABBLED"):
        heard = [said(bench.reader, 3.0) for _ in range(4)]
    assert heard == [DeviceGarbled] * 4
    bench.scanner.faults.hostile_length = 0
    bench.shown("CLEAN")
    assert said(bench.reader, 1.0) == "CLEAN"


def test_a_read_waits_no_longer_than_asked(bench: Bench) -> None:
    began_s = time.monotonic()
    assert bench.reader.read(0.2) is None
    assert 0.19 <= time.monotonic() - began_s < 0.7
    os.write(bench.line._cable._ends[0], b"HALF")
    assert bench.reader.read(0.2) is None
    assert time.monotonic() - began_s < 1.2


def test_a_read_of_no_time_takes_what_is_there(bench: Bench) -> None:
    bench.shown(PERMIT)
    assert said(bench.reader, 0.0) == PERMIT
    assert said(bench.reader, 0.0) is None


def test_a_code_tells_when_it_began_and_ended(bench: Bench) -> None:
    bench.scanner.faults.slow_byte_s = 0.01
    before_s = time.monotonic()
    with bench.showing("ABCDEFGHIJ"):
        frame = bench.reader.read(5.0)
    assert frame is not None
    assert before_s < frame.began_at_s < frame.ended_at_s < time.monotonic()
    assert frame.ended_at_s - frame.began_at_s >= 0.09


def test_unplugging_frees_a_waiting_read_at_once(bench: Bench) -> None:
    puller = threading.Timer(0.1, bench.line.unplug)
    puller.start()
    began_s = time.monotonic()
    with pytest.raises(DeviceLost):
        bench.reader.read(10.0)
    assert time.monotonic() - began_s < 1.0
    puller.join()


def test_a_lost_line_stays_lost_until_it_is_opened_again(bench: Bench) -> None:
    bench.line.replug()
    bench.shown("UNHEARD")
    assert [said(bench.reader, 0.1) for _ in range(3)] == [DeviceLost] * 3
    reader = bench.reopened()
    bench.shown("BACK")
    assert said(reader, 1.0) == "BACK"


def test_a_code_shown_before_the_line_was_opened_is_never_told(bench: Bench) -> None:
    bench.reader.close()
    bench.shown("STALE")
    assert said(bench.reopened(), 0.2) is None


def test_a_line_that_is_not_there_cannot_be_opened(bench: Bench) -> None:
    bench.line.unplug()
    with pytest.raises(DeviceLost, match="cannot open its line"):
        bench.opened()


def test_a_file_is_no_line(tmp_path: Path, bench: Bench) -> None:
    bench.path = tmp_path / "a file"
    bench.path.write_bytes(b"BG1:6BF\r")
    with pytest.raises(DeviceLost, match="cannot open its line"):
        bench.opened()


def test_a_line_has_one_owner(bench: Bench) -> None:
    with pytest.raises(DeviceLost, match="cannot open its line"):
        bench.opened()
    bench.shown("STILL MINE")
    assert said(bench.reader, 1.0) == "STILL MINE"


def test_it_closes_twice_and_then_reads_nothing(bench: Bench) -> None:
    bench.reader.close()
    bench.reader.close()
    assert said(bench.reader, 0.1) is DeviceLost


def test_it_closes_after_the_line_was_lost(bench: Bench) -> None:
    bench.line.unplug()
    bench.reader.close()
    assert said(bench.reader, 0.1) is DeviceLost


def test_the_line_runs_at_the_speed_of_the_profile(bench: Bench) -> None:
    gate = os.open(bench.path, os.O_RDONLY | os.O_NOCTTY)
    assert termios.tcgetattr(gate)[4:6] == [termios.B115200, termios.B115200]
    os.close(gate)


def test_no_error_shows_what_a_code_said(bench: Bench) -> None:
    bench.scanner.faults.garbled = True
    bench.shown(PERMIT)
    with pytest.raises(DeviceGarbled) as caught:
        bench.reader.read(1.0)
    assert "BG1" not in str(caught.value)
    assert caught.value.__cause__ is None


class ScriptedLine:
    """A line whose bytes come at scripted instants of its own clock."""

    def __init__(self, script: list[tuple[float, bytes]]) -> None:
        self.now_s = 0.0
        self._script = script

    def clock(self) -> float:
        return self.now_s

    def read(self, timeout_s: float) -> bytes:
        if self._script and self._script[0][0] <= self.now_s + timeout_s:
            at_s, data = self._script.pop(0)
            self.now_s = max(self.now_s, at_s)
            return data
        self.now_s += timeout_s + 0.001  # a wait takes a little longer than asked
        return b""

    def close(self) -> None: ...


def test_equal_codes_inside_two_seconds_are_one_and_later_they_are_two() -> None:
    script = [(at_s, b"A\r") for at_s in (0.0, 0.7, 1.9, 2.0)]
    line = ScriptedLine([*script, (2.1, b"B\r"), (2.2, b"A\r")])
    reader = QrSerial(line, CR, line.clock)
    told = [reader.read(1.0) for _ in range(6)]
    assert [frame for frame in told if frame] == [
        CodeFrame("A", 0.0, 0.0),
        CodeFrame("A", 2.0, 2.0),
        CodeFrame("B", 2.1, 2.1),
        CodeFrame("A", 2.2, 2.2),
    ]


def test_silence_ends_a_code_without_terminator_in_the_middle_of_a_long_wait() -> None:
    line = ScriptedLine([(0.5, b"A"), (0.55, b"B"), (0.8, b"C")])
    reader = QrSerial(line, Framing(Terminator.NONE, idle_gap_s=0.1), line.clock)
    first, second = reader.read(9.0), reader.read(9.0)
    assert first is not None
    assert first.text == "AB"
    assert first.ended_at_s == pytest.approx(0.65, abs=0.01)
    assert second is not None
    assert second.text == "C"
