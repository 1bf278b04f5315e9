"""The simulated sensor, driven through every command by pyfingerprint, which knows nothing of us.

What pyfingerprint has no command for is asked in bytes. Its known defects are shown too: they are
why it decides no entry.

Source: research/hardware.md 2.1 to 2.3.
"""

import ast
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest

from egate.wire.zfm import (
    IMAGE_HEIGHT,
    IMAGE_WIDTH,
    NO_ADDRESS,
    SHAPES,
    Ack,
    Code,
    Command,
    Kind,
    Op,
    Packet,
    ack_of,
    command_payload,
    decode,
    encode,
    image_bytes,
    in_packets,
)
from simulators.fingerprint_zfm import ReplyFaults, Sensor
from simulators.fingers import Touch, alike, captured, combined
from tests.bench_finger.peer import Said, Step, asked
from tests.drivers.finger_bench import (
    DECOY,
    IMPOSTOR,
    PASSES,
    RECORDED,
    SIZE,
    TRAVELLER,
    FingerBench,
    template,
)

needs_pyfingerprint = pytest.mark.skipif(
    find_spec("pyfingerprint") is None,
    reason="pyfingerprint is not installed: run .ci/setup, requirements-dev.txt has it",
)
Ask = Callable[..., list[Said]]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[FingerBench]:
    bench = FingerBench(tmp_path / "sensor")
    bench.sensor.finger = TRAVELLER
    yield bench
    bench.close()


@pytest.fixture
def ask(bench: FingerBench) -> Ask:
    def asking(*steps: Step, within_s: float = 60.0) -> list[Said]:
        return asked(str(bench.path), steps, within_s)

    return asking


def values(said: list[Said]) -> list[Any]:
    """Return what steps returned, all of which did."""
    assert [one.error for one in said] == [""] * len(said)
    return [one.value for one in said]


@needs_pyfingerprint
def test_pyfingerprint_enrols_finds_and_deletes(bench: FingerBench, ask: Ask) -> None:
    said = values(
        ask(
            ["verifyPassword"],
            ["getSystemParameters"],
            ["readImage"],
            ["convertImage", 1],
            ["readImage"],
            ["convertImage", 2],
            ["compareCharacteristics"],
            ["createTemplate"],
            ["storeTemplate", 7, 1],
            ["getTemplateCount"],
            ["getTemplateIndex", 0],
            ["readImage"],
            ["convertImage", 1],
            ["searchTemplate"],
            ["loadTemplate", 7, 2],
            ["compareCharacteristics"],
            ["deleteTemplate", 7, 1],
            ["searchTemplate"],
            ["clearDatabase"],
            ["getTemplateCount"],
        )
    )
    assert said[:2] == [True, [0b100, 9, 1000, 3, NO_ADDRESS, 2, 6]]
    assert said[2:6] == [True, True, True, True]
    assert said[6] >= PASSES
    assert said[7:10] == [True, 7, 1]
    assert [page for page, there in enumerate(said[10]) if there] == [7]
    assert said[13][0] == 7
    assert min(said[13][1], said[15]) >= PASSES
    assert said[16:] == [True, [-1, -1], True, 0]
    assert bench.sensor.library == {}


@needs_pyfingerprint
def test_pyfingerprint_moves_templates(bench: FingerBench, ask: Ask) -> None:
    enrolled = list(template(TRAVELLER).data)
    said = values(
        ask(
            ["readImage"],
            ["convertImage", 1],
            ["uploadCharacteristics", 2, enrolled],
            ["compareCharacteristics"],
            ["downloadCharacteristics", 2],
            ["generateRandomNumber"],
        )
    )
    assert said[2] is True
    assert said[3] == alike(bench.sensor._buffers[1], bytes(enrolled)) >= PASSES
    assert said[4] == enrolled
    assert 0 <= said[5] < 2**32


@needs_pyfingerprint
def test_pyfingerprint_fetches_a_picture(tmp_path: Path) -> None:
    bench = FingerBench(tmp_path / "sensor", baud=115200)  # it fetches too slowly for more
    bench.sensor.finger = TRAVELLER
    path = tmp_path / "finger.bmp"
    values(asked(str(bench.path), [["readImage"], ["downloadImage", str(path)]], 60.0))
    bench.close()
    from PIL import Image

    with Image.open(path) as picture:
        assert picture.size == (256, 288)
        shades = set(picture.convert("L").tobytes())
    assert len(shades) > 1


@needs_pyfingerprint
def test_pyfingerprint_sets_a_sensor_up(bench: FingerBench, ask: Ask) -> None:
    said = values(
        ask(
            ["setBaudRate", 115200],
            ["setSecurityLevel", 5],
            ["setMaxPacketSize", 32],
            ["setSystemParameter", 5, 4],
            ["getBaudRate"],
            ["getSecurityLevel"],
            ["getStorageCapacity"],
            ["setPassword", 0xC0FFEE],
            ["verifyPassword"],
            ["setAddress", 0xA1B2],
            ["verifyPassword"],
        )
    )
    assert said == [None, None, None, True, 115200, 4, 1000, True, True, True, True]
    sensor = bench.sensor
    assert (sensor.packet_bytes, sensor.password, sensor.address) == (32, 0xC0FFEE, 0xA1B2)


@needs_pyfingerprint
def test_pyfingerprint_asks_for_the_packet_size_that_was_set(bench: FingerBench, ask: Ask) -> None:
    for size in (32, 64, 128, 256):
        bench.sensor.packet_bytes = size
        assert values(ask(["getMaxPacketSize"])) == [size]


@needs_pyfingerprint
def test_every_command_of_pyfingerprint_is_driven_here() -> None:
    """What it can is asked of itself, what is driven is read off the steps of this file."""
    from pyfingerprint.pyfingerprint import PyFingerprint

    commands = {name for name in vars(PyFingerprint) if not name.startswith("_")}
    written = ast.walk(ast.parse(Path(__file__).read_text()))
    steps = {
        one.elts[0].value
        for one in written
        if isinstance(one, ast.List) and one.elts and isinstance(one.elts[0], ast.Constant)
    }
    assert len(commands) == 27
    assert commands - steps == set()


@needs_pyfingerprint
def test_pyfingerprint_hears_why_a_finger_cannot_be_taken(bench: FingerBench, ask: Ask) -> None:
    heard = {}
    for touch in Touch:
        bench.sensor.touch = touch
        heard[touch] = ask(["readImage"], ["convertImage", 1])[1].error
    assert heard == {
        Touch.CLEAN: "",
        Touch.DRY: "Exception: Unknown error 0x4",
        Touch.WET: "Exception: Unknown error 0x5",
        Touch.SMEARED: "Exception: The image is too messy",
        Touch.TIP: "Exception: The image contains too few feature points",
    }
    bench.sensor.finger = None
    assert values(ask(["readImage"])) == [False]


@needs_pyfingerprint
def test_a_recorded_answer_gives_an_impostor_a_score_with_pyfingerprint(
    bench: FingerBench, ask: Ask
) -> None:
    bench.sensor.finger = IMPOSTOR
    bench.sensor.faults = ReplyFaults(only=Op.MATCH, replay=RECORDED)
    claimed = list(template(TRAVELLER).data)
    said = ask(
        ["readImage"],
        ["convertImage", 1],
        ["uploadCharacteristics", 2, claimed],
        ["compareCharacteristics"],
    )
    assert values(said)[-1] == 200


@needs_pyfingerprint
def test_pyfingerprint_takes_another_sensors_answer_and_waits_long_for_a_mute_one(
    bench: FingerBench, ask: Ask
) -> None:
    bench.sensor.faults = ReplyFaults(foreign=1)
    assert values(ask(["readImage"])) == [True]
    bench.sensor.faults = ReplyFaults()
    bench.sensor.faults.line.mute = True
    assert ask(["readImage"], within_s=2.0) == []  # it would be 24 s


class Asker:
    """Asks a sensor in bytes, without a line."""

    def __init__(self, *, finger: int | None = None, password: int = 0) -> None:
        self.sensor = Sensor(Random(3), finger=finger, password=password)

    def raw(self, data: bytes) -> bytes:
        return b"".join(burst.data for burst in self.sensor.feed(data))

    def ask(self, op: Op, parameters: bytes = b"") -> Ack:
        payload = command_payload(Command(op, parameters))
        packet, rest = decode(self.raw(encode(Packet(self.sensor.address, Kind.COMMAND, payload))))
        assert packet is not None
        assert rest == b""
        return ack_of(op, packet.payload)

    def code(self, op: Op, parameters: bytes = b"") -> Code:
        return self.ask(op, parameters).code


def test_every_operation_is_answered_in_its_shape() -> None:
    asker = Asker(finger=TRAVELLER)
    for op in Op:
        if op not in {Op.UP_CHAR, Op.UP_IMAGE}:  # data comes after their answers
            asker.ask(op, bytes(SHAPES[op].parameters))
    assert [op for op in Op if op not in asker.sensor.asked] == [Op.UP_CHAR, Op.UP_IMAGE]


@pytest.mark.parametrize(
    ("op", "parameters", "code"),
    [
        (Op.IMG_2_TZ, "01", Code.NO_VALID_IMAGE),
        (Op.REG_MODEL, "", Code.CANNOT_COMBINE),
        (Op.MATCH, "", Code.NO_MATCH),
        (Op.SEARCH, "01 0000 03E8", Code.NOT_FOUND),
        (Op.FAST_SEARCH, "01 0000 03E8", Code.NOT_FOUND),
        (Op.STORE, "01 03E8", Code.BAD_PAGE),
        (Op.STORE, "01 0000", Code.BAD_TEMPLATE),
        (Op.LOAD_CHAR, "01 03E8", Code.BAD_PAGE),
        (Op.LOAD_CHAR, "01 0000", Code.BAD_TEMPLATE),
        (Op.UP_CHAR, "01", Code.UPLOAD_FAILED),
        (Op.DOWN_CHAR, "03", Code.CANNOT_RECEIVE_DATA),
        (Op.UP_IMAGE, "", Code.IMAGE_UPLOAD_FAILED),
        (Op.DELETE, "03E8 0001", Code.DELETE_FAILED),
        (Op.SET_SYS_PARA, "04 0D", Code.BAD_REGISTER),
        (Op.SET_SYS_PARA, "07 01", Code.BAD_REGISTER),
        (Op.WRITE_NOTEPAD, "10" + "00" * 32, Code.BAD_NOTEPAD_PAGE),
        (Op.READ_NOTEPAD, "10", Code.BAD_NOTEPAD_PAGE),
        (Op.READ_INDEX, "04", Code.BAD_PAGE),
        (Op.VFY_PWD, "00000001", Code.WRONG_PASSWORD),
        (Op.GEN_IMG, "", Code.NO_FINGER),
        (Op.HANDSHAKE, "", Code.OK),
        (Op.HANDSHAKE_R503, "", Code.HANDSHAKE),
    ],
)
def test_what_cannot_be_done_is_told_by_its_code(op: Op, parameters: str, code: Code) -> None:
    assert Asker().code(op, bytes.fromhex(parameters)) is code


def test_the_notepad_and_the_light_keep_what_they_are_given() -> None:
    asker = Asker()
    asker.ask(Op.WRITE_NOTEPAD, b"\x03" + b"n" * 32)
    asker.ask(Op.AURA_LED, b"\x01\x02\x03\x04")
    asker.sensor.power_up()
    assert asker.ask(Op.READ_NOTEPAD, b"\x03").result == b"n" * 32
    assert asker.sensor.led == b"\x01\x02\x03\x04"


def test_with_a_password_nothing_is_done_before_it_was_given_nor_after_a_power_cycle() -> None:
    asker = Asker(password=5, finger=TRAVELLER)
    given = (5).to_bytes(4)
    assert asker.code(Op.GEN_IMG) is Code.PASSWORD_NEEDED
    assert [asker.code(Op.VFY_PWD, given), asker.code(Op.GEN_IMG)] == [Code.OK, Code.OK]
    assert [burst.data for burst in asker.sensor.power_up()] == [b"\x55"]
    assert asker.code(Op.GEN_IMG) is Code.PASSWORD_NEEDED
    assert asker.code(Op.VFY_PWD, given) is Code.OK
    assert asker.code(Op.IMG_2_TZ, b"\x01") is Code.NO_VALID_IMAGE  # the image is gone too


def test_what_is_for_another_address_is_not_heard_and_nonsense_is_told() -> None:
    asker = Asker()
    assert asker.raw(encode(Packet(1, Kind.COMMAND, b"\x01"))) == b""
    wrong = bytearray(encode(Packet(NO_ADDRESS, Kind.COMMAND, b"\x01")))
    wrong[-1] ^= 1
    assert decode(asker.raw(bytes(wrong)))[0] == Packet(NO_ADDRESS, Kind.ACK, b"\x01")
    assert decode(asker.raw(encode(Packet(NO_ADDRESS, Kind.COMMAND, b"\x7f"))))[0] == Packet(
        NO_ADDRESS, Kind.ACK, b"\x01"
    )
    assert asker.code(Op.GEN_IMG) is Code.NO_FINGER


@pytest.mark.parametrize("spoilt", ["a packet short", "a packet too many", "a bit flipped"])
def test_an_upload_that_does_not_come_whole_changes_nothing_and_nothing_is_said(
    spoilt: str,
) -> None:
    asker = Asker()
    before, after = captured(1, Random(1), SIZE), captured(2, Random(2), SIZE)
    pieces = [encode(packet) for packet in in_packets(after, 128, NO_ADDRESS)]
    whole = [encode(packet) for packet in in_packets(before, 128, NO_ADDRESS)]
    asker.ask(Op.DOWN_CHAR, b"\x02")
    assert asker.raw(b"".join(whole)) == b""
    if spoilt == "a packet short":
        del pieces[0]
    if spoilt == "a packet too many":
        pieces.insert(0, pieces[0])
    if spoilt == "a bit flipped":
        pieces[1] = pieces[1][:20] + bytes([pieces[1][20] ^ 1]) + pieces[1][21:]
    asker.ask(Op.DOWN_CHAR, b"\x02")
    assert asker.raw(b"".join(pieces)) == b""
    assert asker.sensor._buffers[2] == before


def test_a_picture_goes_both_ways_and_one_from_outside_is_nobodys_finger() -> None:
    asker = Asker(finger=TRAVELLER)
    asker.sensor.packet_bytes = 256
    asker.ask(Op.GEN_IMG)
    came = asker.raw(encode(Packet(NO_ADDRESS, Kind.COMMAND, bytes([Op.UP_IMAGE]))))
    content, kind = b"", Kind.ACK
    while came:
        packet, came = decode(came)
        assert packet is not None
        kind, content = packet.kind, content + packet.payload * (packet.kind is not Kind.ACK)
    assert (kind, len(content)) == (Kind.LAST, image_bytes(IMAGE_WIDTH, IMAGE_HEIGHT))
    asker.ask(Op.DOWN_IMAGE)
    asker.raw(b"".join(encode(one) for one in in_packets(content, 256, NO_ADDRESS)))
    assert asker.sensor._image == content
    assert asker.code(Op.IMG_2_TZ, b"\x01") is Code.FEW_POINTS


def test_captures_of_a_finger_are_alike_and_those_of_two_are_not() -> None:
    draw = Random(5)
    for size in (128, SIZE):
        own = combined(*(captured(TRAVELLER, draw, size) for _ in range(2)))
        assert len(own) == size
        assert all(alike(captured(TRAVELLER, draw, size), own) >= PASSES for _ in range(50))
        others = [captured(finger, draw, size) for finger in range(DECOY, 400)]
        assert max(alike(other, own) for other in others) < PASSES / 2
    assert alike(b"\0" * SIZE, own) == alike(b"\x03\x01\xff", own) == 0
