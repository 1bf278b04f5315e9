"""What an MRZ reader sends becomes lines, however it is cut, framed, interrupted or spoilt.

Source: research/mrz_qr.md section 7; the manuals named in egate/wire/mrz_lines.py.
"""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.errors import FrameError
from egate.wire.frames import Splitter
from egate.wire.mrz_lines import LIMIT, NONSENSE, MrzFraming, MrzLanguage, MrzLines, encode

TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
TD2_BYTES = (TD2[0].encode(), TD2[1].encode())
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
ZONES = [TD1, TD2, TD3]
CR_JOINED, DESKO, RTE6701, GENERIC = MrzFraming
SILENCE_S = 0.15
SENSOR_ACK = bytes.fromhex("EF 01 FF FF FF FF 07 00 03 00 00 0A")  # a fingerprint sensor's

Heard = MrzLines | FrameError


def told(heard: list[Heard]) -> list[tuple[str, ...]]:
    return [one.lines for one in heard if isinstance(one, MrzLines)]


def heard_of(framing: MrzFraming, wire: bytes, drip: int = 1) -> list[Heard]:
    splitter = Splitter(MrzLanguage(framing))
    heard: list[Heard] = []
    for start in range(0, len(wire), drip):
        heard += splitter.feed(wire[start : start + drip], at_s=start / 10_000)
    return heard + splitter.idle(at_s=9.0)


WIRES = [
    (CR_JOINED, TD3, "\r".join(TD3).encode()),
    (CR_JOINED, TD3, "\r".join(TD3).encode() + b"\r"),
    (CR_JOINED, TD1, "\r".join(TD1).encode() + b"\r\n"),
    (DESKO, TD3, b"\x1e\x02" + "\r".join(TD3).encode() + b"\r\x03\x1f"),
    (DESKO, TD1, b"\x02" + "\r".join(TD1).encode() + b"\r\x03"),
    (RTE6701, TD3, b"\x01\x5d\x00OU\x020\r" + "\r".join(TD3).encode() + b"\r\x03\x55"),
    (RTE6701, TD1, b"\x01\x60\x00OU\x020" + "\r".join(TD1).encode() + b"\r\x03\x0d"),
    (RTE6701, TD2, b"\x01\x5d\x00OU\x020\r%b________\r%b________\r\x03A" % TD2_BYTES),
    (RTE6701, TD3, b"\x01\x02\x03OU\x02\x03\r" + "\r".join(TD3).encode() + b"\r\x03\x03"),
    (GENERIC, TD3, "\r".join(TD3).encode() + b"\r\n"),
    (GENERIC, TD2, "\r\n".join(TD2).encode() + b"\r\n"),
    (GENERIC, TD3, "".join(TD3).encode()),
    (GENERIC, TD2, "".join(TD2).encode() + b"\r"),
    (GENERIC, TD1, "".join(TD1).encode() + b"\n"),
    (GENERIC, TD3, b"\x02" + "\r".join(TD3).encode() + b"\x03"),
    (GENERIC, TD3, b"\x01\x5d\x00OU\x02" + "\r".join(TD3).encode() + b"\r\x03A"),
]  # fmt: skip


@pytest.mark.parametrize(("framing", "lines", "wire"), WIRES)
def test_lines_come_out_of_every_framing_cut_at_every_byte(
    framing: MrzFraming, lines: tuple[str, ...], wire: bytes
) -> None:
    assert heard_of(framing, wire, drip=len(wire)) == heard_of(framing, wire, drip=4096)
    for cut in range(len(wire) + 1):
        splitter = Splitter(MrzLanguage(framing))
        heard = splitter.feed(wire[:cut], at_s=0.0) + splitter.feed(wire[cut:], at_s=0.1)
        assert told(heard + splitter.idle(at_s=5.0)) == [lines]
    assert told(heard_of(framing, wire)) == [lines]


@pytest.mark.parametrize("framing", list(MrzFraming))
@pytest.mark.parametrize("lines", ZONES)
def test_what_is_sent_is_heard_and_may_be_followed_by_another(
    framing: MrzFraming, lines: tuple[str, ...]
) -> None:
    splitter = Splitter(MrzLanguage(framing))
    first = splitter.feed(encode(lines, framing), at_s=0.0)
    second = splitter.feed(encode(TD3, framing), at_s=2.0)
    heard = first + second + splitter.idle(at_s=4.0)
    assert told(heard) == [lines, TD3]
    assert len(heard) == 2


@pytest.mark.parametrize("framing", [DESKO, RTE6701])
def test_frames_with_an_end_may_follow_at_once(framing: MrzFraming) -> None:
    assert told(heard_of(framing, encode(TD1, framing) + encode(TD3, framing))) == [TD1, TD3]


def test_what_the_reader_gave_is_not_repaired() -> None:
    odd = ("p<uto erikSS0N??ANNA<MARIA__<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F")
    for framing in MrzFraming:
        assert told(heard_of(framing, encode(odd, framing))) == [odd]


def test_only_what_fills_a_line_up_is_taken_off() -> None:
    wire = b"\x01\x5d\x00OU\x020\r\rP<UTO_ERIKSSON" + b"_" * 31 + b"\r\x03\x00"
    assert told(heard_of(RTE6701, wire)) == [("P<UTO_ERIKSSON",)]
    cut = ("P<UTO_ERIKSSON_",)
    assert told(heard_of(GENERIC, encode(cut, GENERIC))) == [cut]


SPOILT = [
    (CR_JOINED, "a bell", b"P<UTO\x07ERIKSSON\r"),
    (CR_JOINED, "too short for a line", b"P<UTO\r"),
    (CR_JOINED, "four lines", b"\r".join([b"A" * 20] * 4)),
    (CR_JOINED, "a line too long", b"A" * 45),
    (CR_JOINED, "letters of Viet Nam", "P<VNMNGÔ<<THỊ<VÍ<DỤ".encode()),
    (CR_JOINED, "far too long", b"A" * (LIMIT + 100)),
    (CR_JOINED, "a sensor's message", SENSOR_ACK),
    (DESKO, "cut short", b"\x1e\x02" + TD3[0].encode()),
    (DESKO, "without its beginning", TD3[0].encode() + b"\r\x03"),
    (DESKO, "nothing inside", b"\x1e\x02ABC\x03\x1f"),
    (DESKO, "a sensor's message", SENSOR_ACK),
    (DESKO, "never ended", b"\x02" + b"A" * (LIMIT + 10)),
    (RTE6701, "without its beginning", b"OU\x020\r" + TD3[0].encode()),
    (RTE6701, "of another device", b"\x01\x05\x00MU\x02" + TD3[0].encode() + b"\x03A"),
    (RTE6701, "its check byte missing", b"\x01\x05\x00OU\x020" + TD3[0].encode() + b"\r\x03"),
    (RTE6701, "cut short", b"\x01"),
    (GENERIC, "cut short", b"\x02" + TD3[0].encode()),
    (GENERIC, "a sensor's message", SENSOR_ACK),
    (GENERIC, "a long beginning", b"A" * 20 + b"\x02" + TD3[0].encode() + b"\x03"),
]


@pytest.mark.parametrize(("framing", "what", "wire"), SPOILT)
@pytest.mark.parametrize("drip", [1, 7, 4096])
def test_a_spoilt_frame_is_one_error_and_the_next_zone_is_read(
    framing: MrzFraming, what: str, wire: bytes, drip: int
) -> None:
    splitter = Splitter(MrzLanguage(framing))
    heard: list[Heard] = []
    for start in range(0, len(wire), drip):
        heard += splitter.feed(wire[start : start + drip], at_s=0.0)
    heard += splitter.idle(at_s=1.0)
    assert [type(one) for one in heard] == [FrameError], what
    assert not any(part in repr(heard) for part in ("ERIKSSON", "P<UTO"))
    clean = splitter.feed(encode(TD3, framing), at_s=2.0) + splitter.idle(at_s=3.0)
    assert told(clean) == [TD3]


def test_a_zone_tells_when_its_first_and_last_byte_came() -> None:
    splitter = Splitter(MrzLanguage(DESKO))
    wire = encode(TD3, DESKO)
    assert splitter.feed(wire[:40], at_s=3.0) == []
    (zone,) = splitter.feed(wire[40:], at_s=3.1)
    assert isinstance(zone, MrzLines)
    assert (zone.began_s, zone.ended_s) == (3.0, 3.1)


def test_a_zone_does_not_show_its_text() -> None:
    assert repr(MrzLines(TD3, 0.0, 0.0)) == "MrzLines(44, 44 characters)"


@pytest.mark.parametrize(
    "lines", [(), TD1 + TD1, ("short",), ("A" * 45,), ("P<UTO\x07AAA",), ("Ô" * 9,)]
)
def test_what_no_reader_sends_is_not_sent(lines: tuple[str, ...]) -> None:
    with pytest.raises(FrameError):
        encode(lines, CR_JOINED)


hostile = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b"\x01", b"\x02", b"\x03", b"\r", b"\x01\x00\x00OU\x02", SENSOR_ACK]),
    st.builds(lambda byte, count: bytes([byte]) * count, st.integers(0, 255), st.integers(0, 600)),
)


@given(
    st.lists(st.tuples(hostile, st.sampled_from([0.0, 0.05, 2.0])), max_size=6),
    st.sampled_from(MrzFraming),
)
def test_nothing_raises_memory_stays_bounded_and_a_clean_zone_is_read_afterwards(
    pieces: list[tuple[bytes, float]], framing: MrzFraming
) -> None:
    splitter = Splitter(MrzLanguage(framing))
    at_s = 0.0
    for data, gap_s in pieces:
        at_s += gap_s
        for one in splitter.feed(data, at_s):
            assert isinstance(one, FrameError) or 1 <= len(one.lines) <= 3
        assert len(splitter._pending) <= NONSENSE
    splitter.idle(at_s + 2 * SILENCE_S)  # sums of floats fall short of one
    clean = splitter.feed(encode(TD3, framing), at_s + 1.0) + splitter.idle(at_s + 2.0)
    assert told(clean) == [TD3]
