"""The decoder's process: right pixels from good pictures, a refusal in time from all others."""

from collections.abc import Iterator
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import sys
import time

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from egate.domain.token import MAX_PORTRAIT
from egate.loop.decoder import DECODES_WITHIN_S, STARTS_WITHIN_S, Decoder
from egate.loop.host_silence import CAMERA_OPENS_S
from egate.vision.portrait import UNREADABLE, PortraitRefused, Refusal, decode_portrait
from tests.vision.pictures import (
    codestream,
    encoded,
    every_kind,
    grey,
    jpeg_of_many_scans,
    scene,
    slow_codestream,
    within,
)

READY = "sys.stdout.buffer.write(b'\\x06'); sys.stdout.flush();"
GOOD = encoded(scene(), ".jpg")


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    opened = Decoder(time.monotonic)
    yield opened
    opened.close()


def refusal(decoder: Decoder, raw: bytes) -> Refusal:
    with pytest.raises(PortraitRefused) as caught:
        decoder.decode(raw)
    return caught.value.reason


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "jp2", "j2k"])
def test_another_process_sees_the_same_picture(decoder: Decoder, kind: str) -> None:
    for picture in (scene(), grey(scene())):
        raw = every_kind(picture)[kind]
        assert np.array_equal(decoder.decode(raw), decode_portrait(raw))


def test_the_largest_portrait_has_memory_and_time_enough(decoder: Decoder) -> None:
    raw = within(scene(1200, 1600), 150_000)
    assert len(raw) > 100_000
    assert decoder.decode(raw).shape == (1600, 1200, 3)


@pytest.mark.parametrize("kind", ["jpeg", "jp2", "j2k"])
def test_a_portrait_cut_anywhere_is_refused_and_the_next_one_is_decoded(
    decoder: Decoder, kind: str
) -> None:
    raw = every_kind(scene())[kind]
    assert refusal(decoder, raw[: len(raw) * 5 // 8]) is Refusal.NO_PICTURE
    assert decoder.decode(raw).shape == (120, 90, 3)


GREEDY = {
    "gigabytes of precincts": codestream(1400, 1400, bytes(100), precinct=0),
    "many tiles, one there": codestream(1400, 1400, bytes(10), tile_side=8),
}
# Without memory the library gives up or dies, as it comes; a busy machine may be too slow for it.
REFUSED_IN_TIME = {Refusal.NO_PICTURE, Refusal.DECODER_DIED, Refusal.TOO_SLOW}
SLOW = {
    "coding passes without end": slow_codestream(1400, 1400, 80),
    "thousands of scans": jpeg_of_many_scans(8_000, 1400),
}


@pytest.mark.parametrize("what", GREEDY)
def test_a_portrait_that_wants_all_memory_is_refused_in_time(decoder: Decoder, what: str) -> None:
    began_s = time.monotonic()
    assert refusal(decoder, GREEDY[what]) in REFUSED_IN_TIME
    assert time.monotonic() - began_s < STARTS_WITHIN_S + DECODES_WITHIN_S
    assert decoder.decode(GOOD).shape == (120, 90, 3)


@pytest.mark.parametrize("what", SLOW)
def test_a_portrait_that_takes_too_long_is_dropped_at_the_deadline(
    decoder: Decoder, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(SLOW[what]) <= MAX_PORTRAIT
    with monkeypatch.context() as sooner:
        sooner.setattr("egate.loop.decoder.DECODES_WITHIN_S", 0.1)
        assert refusal(decoder, SLOW[what]) is Refusal.TOO_SLOW
    assert decoder.decode(GOOD).shape == (120, 90, 3)


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["jpeg", "progressive", "jp2", "j2k"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
)
def test_a_spoilt_portrait_is_a_picture_or_refused(
    decoder: Decoder, kind: str, spoils: list[tuple[float, int]]
) -> None:
    raw = bytearray(every_kind(scene())[kind])
    for where, value in spoils:
        raw[int(where * len(raw))] = value
    reason: Refusal | None = None
    try:
        decoder.decode(bytes(raw))
    except PortraitRefused as refused:
        reason = refused.reason
    assert reason is None or reason in UNREADABLE


def python(program: str) -> Decoder:
    """Return a decoder whose process is this program."""
    return Decoder(time.monotonic, (sys.executable, "-S", "-c", f"import sys, os; {program}"))


@pytest.mark.parametrize(
    "program",
    [
        "",
        "sys.stdout.buffer.write(b'no'); sys.stdout.flush()",
        f"{READY} os.kill(os.getpid(), 11)",
        f"{READY} sys.stdin.buffer.read(); os.kill(os.getpid(), 11)",
        f"{READY} sys.stdin.buffer.read(); sys.stdout.buffer.write(bytes(1000))",
        f"{READY} sys.stdin.buffer.read(); sys.stdout.buffer.write(b'x' * 1000000)",
        f"{READY} sys.stdin.buffer.read(); sys.stdout.buffer.write(b'hello')",
    ],
    ids=["ends", "not ready", "dies", "dies late", "too little", "too much", "odd word"],
)
def test_a_process_that_does_not_answer_as_it_should_is_a_refusal(program: str) -> None:
    decoder = python(program)
    assert refusal(decoder, GOOD) is Refusal.DECODER_DIED
    decoder.close()


def test_a_process_that_cannot_be_started_is_a_refusal() -> None:
    assert refusal(Decoder(time.monotonic, ("/nowhere/python",)), GOOD) is Refusal.DECODER_DIED


@pytest.mark.parametrize("program", ["sys.stdin.read(1)", f"{READY} sys.stdin.read(1)"])
def test_a_process_that_hangs_is_killed_at_the_deadline(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("STARTS_WITHIN_S", "DECODES_WITHIN_S"):
        monkeypatch.setattr(f"egate.loop.decoder.{limit}", 0.3)
    decoder = python(f"{program}; import signal; signal.pause()")
    decoder.prepare()
    assert decoder._spare is not None
    hanging = decoder._spare._process
    assert refusal(decoder, GOOD) is Refusal.TOO_SLOW
    assert hanging.returncode == -9
    decoder.close()


def test_what_is_over_a_bound_never_reaches_a_process() -> None:
    decoder = Decoder(time.monotonic, ("/nowhere/python",))
    assert refusal(decoder, b"\xff\xd8\xff" + bytes(150_000)) is Refusal.TOO_LARGE
    assert refusal(decoder, codestream(2000, 2000, b"")) is Refusal.TOO_MANY_PIXELS


@dataclass
class Limits:
    """What the kernel holds a waiting process to: soft limits by their names in proc(5)."""

    text: str

    def of(self, name: str) -> str:
        line = next(line for line in self.text.splitlines() if line.startswith(name))
        return line.removeprefix(name).split()[0]


def test_a_process_that_waits_can_open_nothing_and_start_nothing() -> None:
    decoder = Decoder(time.monotonic)
    decoder.prepare()
    assert decoder._spare is not None
    assert decoder._spare._line.recv(1) == b"\x06"
    limits = Limits(Path(f"/proc/{decoder._spare._process.pid}/limits").read_text())
    for name in ("Max open files", "Max processes", "Max file size", "Max core file size"):
        assert limits.of(name) == "0"
    assert 1 <= int(limits.of("Max cpu time")) <= 10
    assert int(limits.of("Max address space")) < 1024**3
    decoder.close()


def test_a_process_ends_by_itself_when_its_host_is_gone() -> None:
    decoder = Decoder(time.monotonic)
    decoder.prepare()
    assert decoder._spare is not None
    decoder._spare._line.close()
    assert decoder._spare._process.wait(STARTS_WITHIN_S) is not None
    decoder.close()


def test_a_process_that_died_waiting_is_replaced_before_the_next_portrait() -> None:
    decoder = Decoder(time.monotonic)
    decoder.prepare()
    assert decoder._spare is not None
    pid = decoder._spare._process.pid
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert decoder.decode(GOOD).shape == scene().shape
    decoder.close()


def test_the_longest_decoding_does_not_make_the_host_look_dead() -> None:
    assert STARTS_WITHIN_S + DECODES_WITHIN_S <= CAMERA_OPENS_S


def test_closing_twice_leaves_no_process() -> None:
    decoder = Decoder(time.monotonic)
    decoder.prepare()
    assert decoder._spare is not None
    pid = decoder._spare._process.pid
    decoder.close()
    decoder.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
