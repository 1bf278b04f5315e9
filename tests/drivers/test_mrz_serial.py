"""The MRZ reader's driver keeps the MrzReader promises, whatever the reader does to it.

FAULTS is the fault table of DESIGN section 4, for a framing that silence ends and one with marks:
what is wrong; what the driver says then, within which time; and afterwards a clean zone is read.
What spoilt bytes do to each framing is proved in tests/wire, and what this driver shares with the
scanner's (the line: lost, found, owned, timed) in test_qr_serial.

Source: DESIGN section 4; research/mrz_qr.md section 7.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import threading
import time
from typing import Any

import pytest

from drivers.mrz_serial import MrzSerial, build
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost
from egate.ports.mrz_reader import MrzFrame, MrzReader
from egate.profile.settings import MrzSerialSettings
from egate.wire.mrz_lines import MrzFraming, MrzLanguage, encode
from simulators.mrz_serial import MrzReader as Simulated
from simulators.serial_line import Faults, PtyLine

pytestmark = pytest.mark.bench

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
SENSOR_ACK = bytes.fromhex("EF 01 FF FF FF FF 07 00 03 00 00 0A")  # a fingerprint sensor's
SAYS_NOTHING = None
SAYS_ANOTHER_TEXT = "another"

FAULTS: list[tuple[str, dict[str, Any], object, float]] = [
    ("mute", {"mute": True}, SAYS_NOTHING, 0.1),
    ("garbled", {"garbled": True}, DeviceGarbled, 1.0),
    ("slow to begin", {"slow_s": 0.1}, PASSPORT, 1.0),
    ("slow from byte to byte", {"slow_byte_s": 0.001}, PASSPORT, 2.0),
    ("sends twice", {"duplicate": True}, PASSPORT, 1.0),
    ("another device on the line", {"noise": SENSOR_ACK}, DeviceGarbled, 1.0),
    ("a bit flipped in a line", {"flipped_bit": 160}, SAYS_ANOTHER_TEXT, 1.0),
    ("hostile length", {"hostile_length": 1500}, DeviceGarbled, 1.0),
    ("drops the line", {"drops_line_s": 0.05}, DeviceLost, 1.0),
]
# Without an end mark of its own, two in a row are one that is too long: an error, and no guess.
TWICE_IS_TOO_LONG = {MrzFraming.CR_JOINED}


class Bench:
    """A reader, its line, and the driver on it."""

    def __init__(self, path: Path, framing: MrzFraming) -> None:
        self.path = path
        self.simulated = Simulated(framing)
        self.line = PtyLine(self.simulated, path, baud=921600)
        self.reader = self.opened()

    def opened(self) -> MrzReader:
        profile = MrzSerialSettings(
            driver="mrz_serial",
            line=str(self.path),
            baud=115200,
            framing=self.simulated.framing.value,
            idle_gap_ms=100,
        )
        return build(profile, time.monotonic)

    def reopened(self, within_s: float = 5.0) -> MrzReader:
        self.reader.close()
        deadline_s = time.monotonic() + within_s
        while not self.path.exists() and time.monotonic() < deadline_s:
            threading.Event().wait(0.005)
        self.reader = self.opened()
        return self.reader

    @contextmanager
    def showing(self, lines: tuple[str, ...]) -> Iterator[None]:
        shown = (self.line.show("\n".join(lines)),)
        thread = threading.Thread(target=asyncio.run, args=shown)
        thread.start()
        yield
        thread.join()

    def close(self) -> None:
        self.reader.close()
        self.line.unplug()


@pytest.fixture(params=list(MrzFraming))
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = Bench(tmp_path / "mrz", request.param)
    yield bench
    bench.close()


def said(reader: MrzReader, timeout_s: float) -> object:
    """What a read says: lines, None, or the type of its error."""
    try:
        frame = reader.read(timeout_s)
    except DeviceError as error:
        return type(error)
    return frame.lines if isinstance(frame, MrzFrame) else frame


def test_it_reads_a_passport_and_a_card(bench: Bench) -> None:
    reader: MrzReader = bench.reader
    assert isinstance(reader, MrzSerial)
    for zone in (PASSPORT, CARD):
        with bench.showing(zone):
            assert said(reader, 2.0) == zone


@pytest.mark.parametrize("bench", [MrzFraming.CR_JOINED, MrzFraming.DESKO], indirect=True)
@pytest.mark.parametrize(
    ("faults", "expected", "within_s"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_every_fault_is_told_in_time_and_a_clean_zone_is_read_after_it(
    bench: Bench, faults: dict[str, Any], expected: object, within_s: float
) -> None:
    for field, setting in faults.items():
        setattr(bench.simulated.faults, field, setting)
    if "duplicate" in faults and bench.simulated.framing in TWICE_IS_TOO_LONG:
        expected = DeviceGarbled
    began_s = time.monotonic()
    with bench.showing(PASSPORT):
        heard = said(bench.reader, within_s)
        took_s = time.monotonic() - began_s
    assert heard == expected or (expected == SAYS_ANOTHER_TEXT and isinstance(heard, tuple))
    assert took_s < within_s + 0.5
    assert (heard == PASSPORT) == (expected == PASSPORT)
    bench.simulated.faults = Faults()
    reader = bench.reopened() if heard is DeviceLost else bench.reader
    assert said(reader, 0.15) is None
    with bench.showing(CARD):
        assert said(reader, 2.0) == CARD


def test_a_document_that_stays_is_told_once(bench: Bench) -> None:
    for _ in range(2):
        with bench.showing(PASSPORT):
            pass
        said_now = said(bench.reader, 0.3)
    assert said_now is None


def test_no_error_shows_what_a_zone_said(bench: Bench) -> None:
    bench.simulated.faults.garbled = True
    with bench.showing(PASSPORT), pytest.raises(DeviceGarbled) as caught:
        bench.reader.read(1.0)
    assert "UTO" not in str(caught.value)
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


@pytest.mark.parametrize("framing", list(MrzFraming))
def test_a_line_of_9600_baud_splits_at_every_byte_and_gives_one_zone(framing: MrzFraming) -> None:
    wire = encode(PASSPORT, framing)
    for cut in range(1, len(wire)):
        line = ScriptedLine([(0.5, wire[:cut]), (0.6, wire[cut:])])
        reader = MrzSerial(line, MrzLanguage(framing), line.clock)
        frame = reader.read(2.0)
        assert frame == MrzFrame(PASSPORT, 0.5, frame.ended_at_s if frame else 0.0)
        assert reader.read(2.0) is None
