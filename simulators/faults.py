"""Every fault that the bench can show, in one table: what it is called, how it comes and goes.

A fault is a field of a simulator; so each row can be put in and mended at any moment, and says for
itself whether it is in, whoever put it there (simulators/switches.py). The bench's page has a
switch for each row, and `make faults` holds the self-test to them (tests/faults/table.py has what
must be said of each).

    name    what is wrong, in words; `key` is the same as one word
    part    the device or piece of the lane that is broken
    fits    whether this bench has what would break

Source: DESIGN section 4 (faults are fields of a simulator).
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, Output, Shape, inputs_of
from egate.wire.zfm import NO_ADDRESS, Code, Op
from simulators.bench import RECORDED_MATCH, SENSORS, Bench
from simulators.document_reader import PULLED_AT_BYTE
from simulators.fingerprint_zfm import ReplyFaults
from simulators.fingers import Touch
from simulators.mrz_page import Lying
from simulators.serial_line import Faults
from simulators.switches import (
    Fault,
    Look,
    a_field,
    among,
    answers,
    burn_green,
    has_sensor,
    is_green_burnt,
    is_out,
    line_at,
    plug,
    pulled,
    radio,
    reads_documents,
    spoilt,
    stuck,
    thing,
    valued,
)

BLINKS_S: Final = 0.06
BOUNCES_S: Final = 0.01
SLOW_BOARD_S: Final = 0.012  # for each answer: nine lines are 0.1 s
SLOW_DOOR: Final = 7.0  # times as long
LATE_S: Final = 0.75
SLOW_CAMERA_S: Final = 0.2
SLOW_EYE_S: Final = 0.25
SLOW_CARD_S: Final = 1.2
FAR_CARD_MS: Final = 1500.0
SLOW_FIELD_KBIT_S: Final = 0.05
SLOW_SENSOR_S: Final = 0.55
LEAVES_AT_BYTE: Final = 4
ANOTHER: Final = 77  # address, or password
THING_M: Final = 0.3
IN_DOORWAY_M: Final = 0.06


def faults(shape: Shape) -> tuple[Fault, ...]:
    """Return every fault of a bench of this shape, whatever devices it has."""
    lane = (*_of_the_board(shape), *_of_the_inputs(shape), *_of_the_doors(shape))
    return (*lane, *_of_the_readers(), *_of_the_eyes(), *_of_the_finger_sensor())


def faults_of(bench: Bench) -> tuple[Fault, ...]:
    """Return every fault of this bench, with the devices that it has."""
    return tuple(fault for fault in faults(bench.shape) if fault.fits(bench))


def _of_the_board(shape: Shape) -> Iterator[Fault]:
    board = partial(a_field, part="board")
    yield board("board mute", path="board.mute")
    yield board("board garbled", path="board.garbled")
    yield board("board hangs up", path="board.drops_line")
    yield board("board dead", path="plant.faults.board_dead")
    yield board("power lost", path="plant.faults.power_lost")
    yield board("board slow", path="board.slow_s", value=SLOW_BOARD_S)
    yield board("board tells no edges", path="board.swallows_reports")
    for output in (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP, Output.SOUNDER):
        if shape is Shape.MANTRAP or output is not Output.ENTRY_GO:
            yield among(f"{output} burnt", "lamps and sounder", "burnt", output)


def _of_the_inputs(shape: Shape) -> Iterator[Fault]:
    for line in inputs_of(shape):
        yield valued(f"{line} chatters", "chattering inputs", "chattering", line, BLINKS_S)
    for line in inputs_of(shape):
        yield valued(f"{line} bounces", "bouncing inputs", "bouncing", line, BOUNCES_S)
    emergency, chamber = "emergency loop", "chamber"
    yield a_field("emergency pressed", part=emergency, path="plant.emergency_open")
    yield stuck("emergency wire broken", emergency, Input.EMERGENCY_CLEAR, active=False)
    yield stuck("emergency input stuck", emergency, Input.EMERGENCY_CLEAR, active=True)
    yield among("emergency input sticks once open", emergency, "latching", Input.EMERGENCY_CLEAR)
    yield stuck("mat stuck free", chamber, Input.CHAMBER_EMPTY, active=True)
    yield stuck("mat stuck trodden", chamber, Input.CHAMBER_EMPTY, active=False)
    yield stuck("counter counts nobody", chamber, Input.CHAMBER_SINGLE, active=False)
    yield stuck("counter counts a ghost", chamber, Input.CHAMBER_SINGLE, active=True)
    yield among("mat sticks once trodden", chamber, "latching", Input.CHAMBER_EMPTY)
    yield among("counter sticks once it counted", chamber, "latching", Input.CHAMBER_SINGLE)
    yield thing("luggage inside", chamber, lambda bench: bench.plant.length_m / 2, THING_M)


def _of_the_doors(shape: Shape) -> Iterator[Fault]:
    for door in Door:
        if door is Door.EXIT or shape is Shape.MANTRAP:
            yield from _of_a_door(door)
    relay = partial(a_field, part="safety relay")
    yield relay("safety relay dead", path="plant.faults.relay_dead")
    yield relay("safety relay welded", path="plant.faults.relay_welded")
    yield among("ALIVE wire broken", "safety relay", "burnt", Output.ALIVE)
    if shape is Shape.MANTRAP:
        yield relay("releases crossed", path="plant.faults.crossed")


def _of_a_door(door: Door) -> Iterator[Fault]:
    part = f"{door} door"
    closed, locked = DOOR_CONTACTS[door]
    yield stuck(f"{closed} broken", part, closed, active=False)
    yield stuck(f"{closed} stuck", part, closed, active=True)
    yield stuck(f"{locked} broken", part, locked, active=False)
    yield stuck(f"{locked} stuck", part, locked, active=True)
    yield stuck(f"{door} contacts dead", part, closed, locked, active=False)
    beam = DOOR_BEAM[door]
    yield stuck(f"{beam} blind", part, beam, active=False)
    yield stuck(f"{beam} stuck", part, beam, active=True)
    yield among(f"{beam} sticks once broken", part, "latching", beam)
    yield thing(
        f"luggage in the {door}", part, lambda bench: bench.plant.leaves[door].x_m, IN_DOORWAY_M
    )
    for name, kind in (
        ("forced", "forced"),
        ("jammed shut", "jammed"),
        ("jams open", "jams_open"),
        ("bolt sticks", "bolt_stuck"),
        ("bolt stays out", "bolt_stays_out"),
        ("relay welded", "welded"),
        ("not reached by the emergency loop", "not_freed"),
    ):
        yield among(f"{door} {name}", part, kind, door)
    yield valued(f"{door} slow", part, "slow", door, SLOW_DOOR)
    yield valued(f"{door} opens late", part, "late", door, LATE_S)
    yield among(f"{door} relay dead", part, "burnt", Output(f"{door}_release"))


def _of_the_readers() -> Iterator[Fault]:
    yield from _of_a_reader("scanner", "scanner", 0.02, lambda bench: bench.scanner is not None)
    yield from _of_an_eye("code camera", "code_camera", "dark")
    yield from _of_a_reader(
        "pages",
        "documents.line",
        0.006,
        lambda bench: bench.documents is not None and bench.page_camera is None,
    )
    yield from _of_an_eye("page camera", "page_camera", "black")
    lying = partial(a_field, part="page camera", path="page_camera.lying")
    yield lying("page camera without its lamp", value=Lying(light=0.3))
    yield lying("page camera sees a lamp in the laminate", value=Lying(glare=1.0))
    yield Fault(
        "pcscd gone",
        "card reader",
        lambda bench, on: bench.set_fault("card_reader_gone", on=on),
        lambda bench: bench.documents is not None and bench.documents.is_without_service,
        reads_documents,
    )
    yield radio("card mute", mute=True)
    yield radio("card says nothing", empty=True)
    yield radio("card garbled", garbled=True)
    yield radio("card slow", slow_s=SLOW_CARD_S)
    yield radio("card far away", apdu_ms=FAR_CARD_MS)
    yield radio("card on a slow line", kbit_s=SLOW_FIELD_KBIT_S)
    yield pulled("card leaves", LEAVES_AT_BYTE)
    yield pulled("card pulled off", PULLED_AT_BYTE)


def _of_the_eyes() -> Iterator[Fault]:
    yield Fault("light unplugged", "light", plug("light"), is_out("light"))
    yield spoilt("light mute", "light", "light", mute=True)
    yield spoilt("light garbled", "light", "light", flipped_bit=3)
    yield spoilt("light speaks without end", "light", "light", hostile_length=600)
    yield spoilt("light says all twice", "light", "light", duplicate=True)
    yield spoilt("light waits", "light", "light", slow_s=0.3)
    yield Fault("light without green", "light", burn_green, is_green_burnt)
    camera = partial(a_field, part="camera")
    yield camera("camera hangs up", path="camera.drops_line")
    yield camera("camera mute", path="camera.mute")
    yield camera("camera garbled", path="camera.garbled")
    yield camera("camera frozen", path="camera.frozen")
    yield camera("camera slow", path="camera.slow_s", value=SLOW_CAMERA_S)
    yield camera("lens covered", path="camera.black")
    yield camera("lamp in the lens", path="camera.glaring")
    yield camera("lens out of focus", path="camera.blurred")


def _of_the_finger_sensor() -> Iterator[Fault]:
    yield Fault(
        "finger sensor unplugged",
        "finger sensor",
        plug("sensor_line"),
        is_out("sensor_line"),
        has_sensor,
    )
    for name, how in (
        ("mute", ReplyFaults(line=Faults(mute=True))),
        ("dies in its answer", ReplyFaults(cut_to=7)),
        ("garbled", ReplyFaults(line=Faults(garbled=True))),
        ("flips a bit", ReplyFaults(line=Faults(flipped_bit=100))),
        ("says all twice", ReplyFaults(line=Faults(duplicate=True))),
        ("sends slowly", ReplyFaults(line=Faults(slow_byte_s=0.1))),
        ("has its answers replayed", ReplyFaults(replay=RECORDED_MATCH)),
        ("answers as another", ReplyFaults(foreign=ANOTHER)),
        ("says a false length", ReplyFaults(length=200)),
        ("loses power when asked", ReplyFaults(restarts=True)),
        ("refuses", ReplyFaults(code=Code.RECEIVE_ERROR)),
        ("blind", ReplyFaults(only=Op.GEN_IMG, code=Code.NO_FINGER)),
        ("slow", ReplyFaults(line=Faults(slow_s=SLOW_SENSOR_S))),
        ("sends noise first", ReplyFaults(line=Faults(noise=bytes(3), hostile_length=600))),
    ):
        yield answers(f"finger sensor {name}", how)
    yield answers("finger answer replayed", ReplyFaults(only=Op.MATCH, replay=RECORDED_MATCH))
    sensor = partial(a_field, part="finger sensor")
    yield sensor("finger sensor locked", path="sensor.password", value=ANOTHER)
    yield sensor(
        "finger sensor readdressed",
        path="sensor.address",
        value=ANOTHER,
        sound=lambda _: NO_ADDRESS,
    )
    yield sensor(
        "finger sensor repacked",
        path="sensor.packet_bytes",
        value=64,
        sound=lambda bench: SENSORS[bench.finger]["packet_bytes"],
    )
    lies = partial(a_field, part="every finger", path="sensor.every_touch", sound=lambda _: None)
    for touch in Touch:
        if touch is not Touch.CLEAN:
            yield lies(f"finger {touch}", value=touch)


def _of_a_reader(name: str, line: str, byte_s: float, fits: Look) -> Iterator[Fault]:
    """Yield what can be wrong with a reader on a serial line, at the end of this path."""
    part = {"scanner": "code scanner", "pages": "page reader"}[name]
    yield Fault(f"{name} unplugged", part, plug(line), is_out(line), fits)
    says = partial(spoilt, part=part, path=line, fits=fits)
    yield says(f"{name} mute", mute=True)
    yield says(f"{name} garbled", garbled=True)
    yield says(f"{name} flips a bit", flipped_bit=40)
    yield says(f"{name} sends without end", hostile_length=6000)
    yield says(f"{name} drops its line", drops_line_s=0.5)
    yield says(f"{name} sends noise first", noise=b"\x00\xff\x07")
    yield says(f"{name} sends slowly", slow_byte_s=byte_s)
    yield says(f"{name} says all twice", duplicate=True)
    yield says(f"{name} waits", slow_s=0.5)

    def speaks(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        line_at(bench, line).speaker.faults.babbles = on
        if on:
            bench.start(line_at(bench, line).babble())

    def is_heard(bench: Bench) -> bool:
        return line_at(bench, line).speaker.faults.babbles

    yield Fault(f"{name} speaks unasked", part, speaks, is_heard, fits)


def _of_an_eye(name: str, path: str, covered: str) -> Iterator[Fault]:
    """Yield what can be wrong with a camera that reads, in place of a reader on a serial line."""
    eye = partial(a_field, part=name)
    yield eye(f"{name} hangs up", path=f"{path}.drops_line")
    yield eye(f"{name} mute", path=f"{path}.mute")
    yield eye(f"{name} garbled", path=f"{path}.garbled")
    yield eye(f"{name} frozen", path=f"{path}.frozen")
    yield eye(f"{name} slow", path=f"{path}.slow_s", value=SLOW_EYE_S)
    yield eye(f"{name} covered", path=f"{path}.{covered}")
    yield eye(f"{name} dazzled", path=f"{path}.glaring")
    yield eye(f"{name} out of focus", path=f"{path}.blurred")
