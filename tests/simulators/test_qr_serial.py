"""The simulated scanner sends what a real one would, at the pace of its line, or as its fault says.

Source: DESIGN section 4; egate/wire/code_frames.py for the framings.
"""

import asyncio
from collections.abc import Iterator
import os
from pathlib import Path
import socket
import time

import pytest
import serial

from egate.wire.code_frames import GM65_DONE, Framing, Terminator
from simulators.qr_serial import Scanner
from simulators.serial_line import WAIT_S, Burst, Cable, Faults, PtyLine

CR = Framing(Terminator.CR)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[PtyLine]:
    line = PtyLine(Scanner(CR), tmp_path / "scanner")
    yield line
    line.unplug()


def sent(scanner: Scanner) -> bytes:
    return b"".join(burst.data for burst in scanner.answer("BG1:6BF"))


def test_a_code_is_sent_as_the_scanner_is_set_up() -> None:
    assert sent(Scanner(CR)) == b"BG1:6BF\r"
    assert sent(Scanner(Framing(Terminator.CRLF, "]Q1"))) == b"]Q1BG1:6BF\r\n"
    assert sent(Scanner(Framing(Terminator.NONE), packed=True)) == b"\x02BG1:6BF\x03\x3d"


def test_each_fault_spoils_what_its_name_says() -> None:
    assert sent(Scanner(CR, faults=Faults(mute=True))) == b""
    assert sent(Scanner(CR, faults=Faults(garbled=True))) == b"BG1:\x07BF\r"
    assert sent(Scanner(CR, faults=Faults(duplicate=True))) == b"BG1:6BF\rBG1:6BF\r"
    assert sent(Scanner(CR, faults=Faults(flipped_bit=0))) == b"CG1:6BF\r"
    assert sent(Scanner(CR, faults=Faults(flipped_bit=-8))) == b"BG1:6BF\x0c"
    assert sent(Scanner(CR, faults=Faults(noise=GM65_DONE))) == GM65_DONE + b"BG1:6BF\r"
    assert sent(Scanner(CR, faults=Faults(hostile_length=3))) == b"AAABG1:6BF\r"
    assert sent(Scanner(CR, faults=Faults(drops_line_s=1.0))) == b"BG1:"


def test_a_slow_scanner_pauses_before_the_code_or_before_each_byte() -> None:
    assert Scanner(CR, faults=Faults(slow_s=2.0)).answer("A") == (Burst(2.0, b"A\r"),)
    assert Scanner(CR, faults=Faults(slow_byte_s=0.5)).answer("A") == (
        Burst(0.5, b"A"),
        Burst(0.5, b"\r"),
    )


def test_what_is_shown_comes_out_of_the_line(line: PtyLine, tmp_path: Path) -> None:
    path = tmp_path / "scanner"
    with serial.Serial(str(path), timeout=5.0) as gate:
        asyncio.run(line.show("BG1:6BF"))
        assert gate.read(8) == b"BG1:6BF\r"


def test_bytes_leave_no_faster_than_the_line_carries_them(tmp_path: Path) -> None:
    line = PtyLine(Scanner(CR), tmp_path / "scanner", baud=9600)
    began_s = time.monotonic()
    asyncio.run(line.show("A" * 191))
    assert time.monotonic() - began_s >= 0.2  # 192 bytes of ten bits
    line.unplug()


def test_what_nobody_fetches_is_lost_and_holds_nothing_up(line: PtyLine, tmp_path: Path) -> None:
    slave = os.open(tmp_path / "scanner", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    line.speaker.faults.hostile_length = 100_000
    line._bytes_a_s = 1e6
    asyncio.run(line.show("A"))
    assert 0 < len(os.read(slave, 200_000)) < 100_000
    os.close(slave)


def test_the_path_goes_with_the_plug_and_comes_back_with_it(line: PtyLine, tmp_path: Path) -> None:
    path = tmp_path / "scanner"
    with serial.Serial(str(path), timeout=5.0) as gate:
        line.unplug()
        line.unplug()
        assert not path.is_symlink()
        with pytest.raises(serial.SerialException):
            gate.read(1)
    line.replug()
    with serial.Serial(str(path), timeout=5.0) as gate:
        asyncio.run(line.show("BACK"))
        assert gate.read(5) == b"BACK\r"


def test_an_unplugged_scanner_forgets_what_it_was_sending(line: PtyLine, tmp_path: Path) -> None:
    async def replugged_half_way() -> None:
        shown = asyncio.create_task(line.show("A" * 50))
        await asyncio.sleep(0.05)
        line.replug()
        await asyncio.wait_for(shown, 5.0)

    line.speaker.faults.slow_byte_s = 0.01
    with serial.Serial(str(tmp_path / "scanner")):
        asyncio.run(replugged_half_way())
    with serial.Serial(str(tmp_path / "scanner"), timeout=0) as gate:
        assert gate.read(60) == b""


def test_a_dropped_line_is_lost_and_back_behind_the_same_path(
    line: PtyLine, tmp_path: Path
) -> None:
    line.speaker.faults.drops_line_s = 0.05
    with serial.Serial(str(tmp_path / "scanner"), timeout=5.0) as gate:
        asyncio.run(line.show("BG1:6BF"))
        with pytest.raises(serial.SerialException):
            gate.read(8)
    assert (tmp_path / "scanner").exists()


def test_a_plug_that_comes_out_while_it_is_listened_to_takes_no_other_line_with_it(
    tmp_path: Path,
) -> None:
    """The number of a closed end is soon another's: whoever waits there must not shut that one."""

    async def listens() -> bytes:
        cable = Cable(tmp_path / "sensor")
        hears = asyncio.create_task(cable.heard())
        await asyncio.sleep(0)
        cable.unplug()
        ours, theirs = socket.socketpair()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours)
            await asyncio.sleep(2 * WAIT_S)
            theirs.send(b"x")
            heard = await asyncio.wait_for(reader.read(1), 5)
            writer.close()
        assert not hears.done()
        hears.cancel()
        await asyncio.gather(hears, return_exceptions=True)
        return heard

    assert asyncio.run(listens()) == b"x"
