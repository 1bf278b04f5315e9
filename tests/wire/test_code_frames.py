"""What a scanner sends becomes codes, however it is cut, framed, interrupted or spoilt.

Source: research/mrz_qr.md section 7; the manuals named in egate/wire/code_frames.py.
"""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.code_frames import (
    GM65_DONE,
    LIMIT,
    NEWLAND_DONE,
    STALLED_S,
    Code,
    Framing,
    Heard,
    Terminator,
    encode,
)
from egate.wire.errors import FrameError
from egate.wire.frames import Splitter

CR = Framing(Terminator.CR)
LF = Framing(Terminator.LF)
CRLF = Framing(Terminator.CRLF)
TAB = Framing(Terminator.TAB)
NONE = Framing(Terminator.NONE, idle_gap_s=0.1)
GM65 = Framing(Terminator.CR, code_id_prefix="Q")
AIM = Framing(Terminator.CRLF, code_id_prefix="]Q1")

VECTORS = [
    ("BG1:6BF", CR, False, b"BG1:6BF\r"),
    ("BG1:6BF", LF, False, b"BG1:6BF\n"),
    ("BG1:6BF", CRLF, False, b"BG1:6BF\r\n"),
    ("BG1:6BF", TAB, False, b"BG1:6BF\t"),
    ("BG1:6BF", NONE, False, b"BG1:6BF"),
    ("BG1:6BF", GM65, False, b"QBG1:6BF\r"),
    ("Q", GM65, False, b"QQ\r"),
    ("BG1:6BF", AIM, False, b"]Q1BG1:6BF\r\n"),
    ("1|a b|", CR, False, b"1|a b|\r"),
    ("Ngô", CR, False, b"Ng\xc3\xb4\r"),
    ("BG1:6BF", CR, True, b"\x02BG1:6BF\x03\x3d\r"),
    ("BG1:6Bv", CR, True, b"\x02BG1:6Bv\x03\x0d\r"),  # this check byte happens to be a CR
    ("AB", NONE, True, b"\x02AB\x03\x02"),
    ("AB", AIM, True, b"\x02]Q1AB\x03\x3f\r\n"),
]

ONE_WAY = [
    ("the identifier of AIM unasked for", CR, b"]Q1BG1:6BF\r", ["BG1:6BF"]),
    ("a prefix that was left out", GM65, b"BG1:6BF\r", ["BG1:6BF"]),
    ("a reply before the code", CR, GM65_DONE + b"BG1:6BF\r", ["BG1:6BF"]),
    ("two replies before the code", CR, GM65_DONE * 2 + b"BG1:6BF\r", ["BG1:6BF"]),
    ("a reply of the other family", CR, NEWLAND_DONE + b"BG1:6BF\r", ["BG1:6BF"]),
    ("a reply between two codes", LF, b"A\n" + GM65_DONE + b"B\n", ["A", "B"]),
    ("a reply and no code", CR, GM65_DONE, []),
    ("an invalid command answered", CR, bytes.fromhex("02000301006A61") + b"A\r", ["A"]),
    ("a reply before an unterminated code", NONE, GM65_DONE + b"BG1:6BF", ["BG1:6BF"]),
    ("packing without a check byte", CR, b"\x02BG1:6BF\x03\r", ["BG1:6BF"]),
    ("packing without check byte or terminator", NONE, b"\x02BG1:6BF\x03", ["BG1:6BF"]),
    ("a terminator the profile denies", NONE, b"BG1:6BF\r\n", ["BG1:6BF"]),
    ("nothing but terminators", CR, b"\r\r\n\t\r", []),
    ("Windows' Vietnamese", CR, "Ngô".encode("cp1258") + b"\r", ["Ngô"]),
]

SPOILT = [
    ("a bell", b"BG1:\x076BF\r"),
    ("a NUL", b"BG1:\x006BF\r"),
    ("a NUL in front", b"\x00BG1:6BF\r"),
    ("an escape", b"\x1b[2JBG1:6BF\r"),
    ("a lone line feed", b"BG1:6BF\nBG1:6BF\r"),
    ("an order of writing turned round", "BG1:\u202e6BF\r".encode()),
    ("broken UTF-8 that is no cp1258 either", b"BG1:\x8a6BF\r"),
    ("a wrong check byte", b"\x02BG1:6BF\x03\x55\r"),
    ("packing never closed", b"\x02BG1:6BF\r"),
    ("a reply with a wrong checksum", b"\x02\x00\x00\x01\x00\x33\x30BG1:6BF\r"),
    ("a reply after the code began", b"BG1" + GM65_DONE + b":6BF\r"),
    ("one byte too long", b"A" * (LIMIT + 1) + b"\r"),
    ("far too long", b"A" * (LIMIT + 500) + b"\r"),
    ("an identifier and no code", b"]Q1\r"),
]

DEVICE_NOISE = bytes.fromhex("EF 01 FF FF FF FF 07 00 03 00 00 0A")  # a fingerprint sensor's ack

printable = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="]"),
    min_size=1,
    max_size=400,
)
framings = st.builds(
    Framing, st.sampled_from(Terminator), st.sampled_from(["", "Q", "]Q1", "ab12"])
)


def told(heard: list[Heard]) -> list[str]:
    return [one.text for one in heard if isinstance(one, Code)]


def heard_of(splitter: Splitter[Code], data: bytes, drip: int = 1) -> list[Heard]:
    heard = []
    for start in range(0, len(data), drip):
        heard += splitter.feed(data[start : start + drip], at_s=start / 1000)
    return heard + splitter.idle(at_s=len(data) / 1000 + STALLED_S)


@pytest.mark.parametrize(("text", "framing", "packed", "wire"), VECTORS)
def test_a_code_and_its_bytes_belong_together(
    text: str, framing: Framing, packed: bool, wire: bytes
) -> None:
    assert encode(text, framing, packed=packed) == wire
    assert told(heard_of(Splitter(framing), wire, drip=len(wire))) == [text]


@pytest.mark.parametrize(
    ("text", "framing", "wire"), [(text, framing, wire) for text, framing, _, wire in VECTORS]
)
def test_a_code_may_be_cut_anywhere(text: str, framing: Framing, wire: bytes) -> None:
    for cut in range(len(wire)):
        splitter = Splitter(framing)
        heard = splitter.feed(wire[:cut], at_s=0.0)
        heard += splitter.feed(wire[cut:], at_s=0.01) + splitter.idle(at_s=5.0)
        assert told(heard) == [text]
    assert told(heard_of(Splitter(framing), wire)) == [text]


@pytest.mark.parametrize(("text", "framing", "packed", "wire"), VECTORS)
def test_a_code_may_be_followed_by_another(
    text: str, framing: Framing, packed: bool, wire: bytes
) -> None:
    splitter = Splitter(framing)
    first = splitter.feed(wire, at_s=0.0)
    second = splitter.feed(encode("next", framing, packed=packed), at_s=5.0)
    assert told(first + second + splitter.idle(at_s=10.0)) == [text, "next"]


@pytest.mark.parametrize(("what", "framing", "wire", "texts"), ONE_WAY)
@pytest.mark.parametrize("drip", [1, 2, 3, 4096])
def test_what_scanners_add_is_taken_off(
    what: str, framing: Framing, wire: bytes, texts: list[str], drip: int
) -> None:
    heard = heard_of(Splitter(framing), wire, drip)
    assert told(heard) == texts, what
    assert len(heard) == len(texts)


@pytest.mark.parametrize(("what", "wire"), SPOILT)
@pytest.mark.parametrize("drip", [1, 7, 4096])
def test_a_spoilt_frame_is_one_error_and_the_next_code_is_read(
    what: str, wire: bytes, drip: int
) -> None:
    splitter = Splitter(CR)
    heard = [
        one
        for start in range(0, len(wire), drip)
        for one in splitter.feed(wire[start : start + drip], at_s=0.0)
    ]
    assert [type(one) for one in heard] == [FrameError], what
    assert told(splitter.feed(b"NEXT\r", at_s=0.1)) == ["NEXT"]


@pytest.mark.parametrize(("what", "wire"), SPOILT)
def test_an_error_never_shows_what_the_code_said(what: str, wire: bytes) -> None:
    heard = heard_of(Splitter(CR), wire)
    assert "BG1" not in repr(heard), what
    assert "6BF" not in str(heard[0])


def test_a_code_does_not_show_its_text() -> None:
    assert "BG1" not in repr(Code("BG1:6BF", 0.0, 0.0))


def test_a_code_tells_when_its_first_and_last_byte_came() -> None:
    splitter = Splitter(CR)
    assert splitter.feed(b"\r", at_s=1.0) == []
    assert splitter.feed(GM65_DONE, at_s=2.0) == []
    assert splitter.feed(b"A", at_s=3.0) == []
    assert splitter.feed(b"B\r", at_s=3.5) == [Code("AB", 3.0, 3.5)]


def test_silence_ends_a_code_without_terminator_and_nothing_shorter_does() -> None:
    splitter = Splitter(NONE)
    assert splitter.silence_s is None
    assert splitter.feed(b"A", at_s=0.0) == []
    assert splitter.silence_s == 0.1
    assert splitter.feed(b"B", at_s=0.09) == []
    assert splitter.idle(at_s=0.18) == []
    assert splitter.idle(at_s=0.19) == [Code("AB", 0.0, 0.19)]
    assert splitter.silence_s is None


def test_bytes_after_a_silence_begin_a_new_code() -> None:
    splitter = Splitter(NONE)
    assert splitter.feed(b"A", at_s=0.0) == []
    assert told(splitter.feed(b"B", at_s=1.0)) == ["A"]
    assert told(splitter.idle(at_s=2.0)) == ["B"]


def test_half_a_frame_is_given_up_after_a_second_of_silence() -> None:
    splitter = Splitter(CR)
    assert splitter.feed(b"HALF", at_s=0.0) == []
    assert splitter.idle(at_s=0.99) == []
    late = splitter.feed(b"WHOLE\r", at_s=1.0)
    assert [type(one) for one in late] == [FrameError, Code]
    assert told(late) == ["WHOLE"]


def test_half_a_reply_is_given_up_too() -> None:
    assert [type(one) for one in heard_of(Splitter(NONE), GM65_DONE[:5])] == [FrameError]
    assert [type(one) for one in heard_of(Splitter(CR), b"\x02\x010000#")] == [FrameError]


def test_after_an_error_silence_ends_the_deafness() -> None:
    splitter = Splitter(NONE)
    assert [type(one) for one in splitter.feed(b"\x02AB\x03\x55", at_s=0.0)] == [FrameError]
    assert splitter.feed(b"TAIL", at_s=0.05) == []
    assert splitter.idle(at_s=0.2) == []
    assert splitter.feed(b"NEXT", at_s=0.3) == []
    assert told(splitter.idle(at_s=0.4)) == ["NEXT"]


def test_a_line_that_babbles_without_end_is_an_error_again_and_again() -> None:
    heard = heard_of(Splitter(CR), b"A" * 10 * LIMIT, drip=100)
    assert len(heard) == 9
    assert told(heard) == []


def test_another_devices_message_spoils_one_frame_only() -> None:
    splitter = Splitter(CR)
    assert [type(one) for one in splitter.feed(DEVICE_NOISE + b"A\r", at_s=0.0)] == [FrameError]
    assert told(splitter.feed(b"B\r", at_s=0.0)) == ["B"]


@pytest.mark.parametrize("text", ["", "a\rb", "a\x00", "A" * (LIMIT + 1), "ô" * (LIMIT // 2 + 1)])
def test_what_is_no_code_is_not_sent(text: str) -> None:
    with pytest.raises(FrameError):
        encode(text, CR)


def test_the_longest_code_passes() -> None:
    for packed in (False, True):
        wire = encode("A" * LIMIT, CRLF, packed=packed)
        assert told(Splitter(CRLF).feed(wire, at_s=0.0)) == ["A" * LIMIT]


@given(st.lists(printable, max_size=4), framings, st.booleans(), st.integers(1, 50))
def test_codes_come_out_as_they_went_in(
    texts: list[str], framing: Framing, packed: bool, drip: int
) -> None:
    splitter = Splitter(framing)
    heard: list[Heard] = []
    for number, text in enumerate(texts):
        wire = encode(text, framing, packed=packed)
        for start in range(0, len(wire), drip):
            heard += splitter.feed(wire[start : start + drip], at_s=number * 9.0 + start / 1e4)
    assert told(heard + splitter.idle(at_s=1e6)) == texts


hostile = st.one_of(
    st.binary(max_size=600),
    st.sampled_from([GM65_DONE, NEWLAND_DONE, b"\x02\x00\x00\xff", b"\x02\x01", b"\x03", b"\r"]),
    st.builds(lambda byte, count: bytes([byte]) * count, st.integers(0, 255), st.integers(0, 3000)),
)


@given(st.lists(st.tuples(hostile, st.sampled_from([0.0, 0.05, 2.0])), max_size=8), framings)
def test_nothing_raises_memory_stays_bounded_and_a_clean_code_is_read_afterwards(
    pieces: list[tuple[bytes, float]], framing: Framing
) -> None:
    splitter = Splitter(framing)
    at_s = 0.0
    for data, gap_s in pieces:
        at_s += gap_s
        for one in splitter.feed(data, at_s):
            assert isinstance(one, FrameError) or (one.text.isprintable() and one.text)
        assert len(splitter._pending) <= LIMIT + 3
    splitter.idle(at_s + STALLED_S)
    clean = splitter.feed(encode("CLEAN", framing), at_s + 2.0)
    assert told(clean + splitter.idle(at_s + 4.0)) == ["CLEAN"]
