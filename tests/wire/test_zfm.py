"""The fingerprint sensor's wire: vectors both ways, cut at every byte, followed, and hostile."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.wire.errors import FrameError
from egate.wire.zfm import (
    SHAPES,
    Ack,
    Code,
    Command,
    Kind,
    Op,
    Packet,
    SystemParameters,
    ack_of,
    ack_payload,
    after_noise,
    command_of,
    command_payload,
    decode,
    encode,
    in_packets,
    parameters_of,
    parameters_result,
)

ANY = 0xFFFFFFFF
VECTORS: list[tuple[Packet, str]] = [
    (Packet(ANY, Kind.COMMAND, b"\x13\0\0\0\0"), "EF01 FFFFFFFF 01 0007 13 00000000 001B"),
    (Packet(ANY, Kind.COMMAND, b"\x01"), "EF01 FFFFFFFF 01 0003 01 0005"),
    (Packet(ANY, Kind.ACK, b"\x00"), "EF01 FFFFFFFF 07 0003 00 000A"),
    (Packet(ANY, Kind.ACK, b"\x02"), "EF01 FFFFFFFF 07 0003 02 000C"),
    (Packet(1, Kind.ACK, b"\x00\x00\xc8"), "EF01 00000001 07 0005 00 00C8 00D4"),
    (Packet(ANY, Kind.LAST, b"\xff" * 32), "EF01 FFFFFFFF 08 0022" + "FF" * 32 + "200A"),
    (Packet(ANY, Kind.DATA, b"\xff" * 256), "EF01 FFFFFFFF 02 0102" + "FF" * 256 + "FF05"),
]


@pytest.mark.parametrize(("packet", "wire"), VECTORS, ids=repr)
def test_a_packet_is_its_bytes_both_ways(packet: Packet, wire: str) -> None:
    raw = bytes.fromhex(wire)
    assert encode(packet) == raw
    assert decode(raw) == (packet, b"")
    assert decode(raw + b"\xef") == (packet, b"\xef")
    for cut in range(len(raw)):
        assert decode(raw[:cut]) == (None, raw[:cut])


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        ("55", "no packet begins here"),
        ("EF02", "no packet begins here"),
        ("EF01 FFFFFFFF 07 FFFF", "a length of 65535"),
        ("EF01 FFFFFFFF 07 0103", "a length of 259"),
        ("EF01 FFFFFFFF 07 0002", "a length of 2"),
        ("EF01 FFFFFFFF 05 0003", "a packet of kind 05"),
        ("EF01 FFFFFFFF 07 0003 00 000B", "a wrong checksum"),
        ("EF01 FFFFFFFF 07 0003 01 000A", "a wrong checksum"),
    ],
)
def test_what_is_no_packet_is_refused_as_soon_as_it_can_be(wire: str, words: str) -> None:
    raw = bytes.fromhex(wire)
    with pytest.raises(FrameError, match=words):
        decode(raw)
    decode(raw[:-1])


@pytest.mark.parametrize(
    ("heard", "left"),
    [
        ("", ""),
        ("55", ""),
        ("55EF01FF", "EF01FF"),
        ("EFEF01", "EF01"),
        ("00EF", "EF"),
        ("EF55", ""),
    ],
)
def test_a_packet_is_looked_for_behind_noise(heard: str, left: str) -> None:
    assert after_noise(bytes.fromhex(heard)) == bytes.fromhex(left)


@pytest.mark.parametrize("op", Op)
def test_every_operation_has_its_shape_both_ways(op: Op) -> None:
    command = Command(op, bytes(range(SHAPES[op].parameters)))
    assert command_of(command_payload(command)) == command
    with pytest.raises(FrameError, match=f"{op.name} with"):
        command_of(command_payload(command) + b"\0")
    with pytest.raises(FrameError, match=f"{op.name} with"):
        ack_of(op, b"\0" * (SHAPES[op].result + 2))


@pytest.mark.parametrize("code", Code)
def test_every_confirmation_code_has_its_name_and_only_a_no_may_leave_its_result_out(
    code: Code,
) -> None:
    whole = Ack(code, b"\x00\xc8")
    assert ack_of(Op.MATCH, ack_payload(whole)) == whole
    if code is Code.OK:
        with pytest.raises(FrameError, match="MATCH with 0 bytes of result"):
            ack_of(Op.MATCH, ack_payload(Ack(code)))
    else:
        assert ack_of(Op.MATCH, ack_payload(Ack(code))) == Ack(code)


def test_an_operation_and_a_code_that_nobody_knows_are_refused() -> None:
    with pytest.raises(FrameError, match="an operation 7F"):
        command_of(b"\x7f")
    with pytest.raises(FrameError, match="a confirmation code 7F"):
        ack_of(Op.GEN_IMG, b"\x7f")


@pytest.mark.parametrize(
    ("count", "sizes"), [(512, [128] * 4), (513, [128] * 4 + [1]), (5, [5]), (128, [128])]
)
def test_content_is_cut_into_packets_of_which_the_last_says_so(
    count: int, sizes: list[int]
) -> None:
    packets = list(in_packets(b"\1" * count, 128, ANY))
    assert [len(packet.payload) for packet in packets] == sizes
    assert [packet.kind for packet in packets] == [Kind.DATA] * (len(sizes) - 1) + [Kind.LAST]


def test_the_parameters_of_a_sensor_are_their_bytes_both_ways() -> None:
    told = SystemParameters(4, 9, 1000, 3, ANY, 128, 57600)
    raw = bytes.fromhex("0004 0009 03E8 0003 FFFFFFFF 0002 0006")
    assert parameters_result(told) == raw
    assert parameters_of(raw) == told
    for wrong in ("0004 0006", "0002 0000", "0002 000D"):
        with pytest.raises(FrameError):
            parameters_of(raw[:12] + bytes.fromhex(wrong))


def test_no_repr_shows_what_a_packet_carries() -> None:
    assert repr(Packet(ANY, Kind.DATA, b"secret")) == "Packet(FFFFFFFF, DATA, 6 bytes)"


@given(st.binary(max_size=300) | st.binary(max_size=30).map(lambda tail: b"\xef\x01" + tail))
def test_any_bytes_are_a_packet_or_too_few_or_refused(data: bytes) -> None:
    try:
        packet, rest = decode(data)
    except FrameError:
        return
    assert rest == data if packet is None else encode(packet) + rest == data
