"""Every fault that the bench can show, in one table: what it is called, how it comes and goes.

A fault is a field of a simulator; so each row can be put in and mended at any moment, and says for
itself whether it is in, whoever put it there. The bench's page has a switch for each row, and
`make faults` holds the self-test to them (tests/faults/table.py has what must be said of each).

    name    what is wrong, in words; `key` is the same as one word
    part    the device or piece of the lane that is broken
    fits    whether this bench has what would break

Source: DESIGN section 4 (faults are fields of a simulator).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, Output, Shape, inputs_of
from egate.wire.zfm import Op
from simulators.bench import RECORDED_MATCH, Bench
from simulators.document_reader import PULLED_AT_BYTE
from simulators.fingerprint_zfm import ReplyFaults
from simulators.light_serial import Strip
from simulators.plant import Body
from simulators.serial_line import Faults, PtyLine

Switch = Callable[[Bench, bool], object]
Look = Callable[[Bench], bool]
BLINKS_S: Final = 0.06
SLOW_BOARD_S: Final = 0.012  # for each answer: nine lines are 0.1 s
SLOW_DOOR: Final = 7.0  # times as long
SLOW_CAMERA_S: Final = 0.2
SLOW_CARD_S: Final = 1.2
SLOW_SENSOR_S: Final = 0.55
LEAVES_AT_BYTE: Final = 4
GREEN: Final = 1  # by its place in red, green, blue
THING_M: Final = 0.3
IN_DOORWAY_M: Final = 0.06


@dataclass(frozen=True, slots=True)
class Fault:
    """One row."""

    name: str
    part: str
    switch: Switch
    is_in: Look
    fits: Look = lambda _bench: True

    @property
    def key(self) -> str:
        """The name as one word."""
        return self.name.replace(" ", "_")


def faults(shape: Shape) -> tuple[Fault, ...]:
    """Return every fault of a bench of this shape, whatever devices it has."""
    lane = (*_of_the_board(shape), *_of_the_inputs(shape), *_of_the_doors(shape))
    return (*lane, *_of_the_readers(), *_of_the_eyes(), *_of_the_finger_sensor())


def faults_of(bench: Bench) -> tuple[Fault, ...]:
    """Return every fault of this bench, with the devices that it has."""
    return tuple(fault for fault in faults(bench.shape) if fault.fits(bench))


def _of_the_board(shape: Shape) -> Iterator[Fault]:
    board = partial(_field, part="board")
    yield board("board mute", path="board.mute")
    yield board("board garbled", path="board.garbled")
    yield board("board hangs up", path="board.drops_line")
    yield board("board dead", path="plant.faults.board_dead")
    yield board("power lost", path="plant.faults.power_lost")
    yield board("board slow", path="board.slow_s", value=SLOW_BOARD_S)
    yield board("board tells no edges", path="board.swallows_reports")
    for output in (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP, Output.SOUNDER):
        if shape is Shape.MANTRAP or output is not Output.ENTRY_GO:
            yield _burnt(f"{output} burnt", "lamps and sounder", output)


def _of_the_inputs(shape: Shape) -> Iterator[Fault]:
    for line in inputs_of(shape):
        yield _chatters(line)
    emergency, chamber = "emergency loop", "chamber"
    yield _field("emergency pressed", part=emergency, path="plant.emergency_open")
    yield _stuck("emergency wire broken", emergency, Input.EMERGENCY_CLEAR, active=False)
    yield _stuck("emergency input stuck", emergency, Input.EMERGENCY_CLEAR, active=True)
    yield _stuck("mat stuck free", chamber, Input.CHAMBER_EMPTY, active=True)
    yield _stuck("mat stuck trodden", chamber, Input.CHAMBER_EMPTY, active=False)
    yield _stuck("counter counts nobody", chamber, Input.CHAMBER_SINGLE, active=False)
    yield _stuck("counter counts a ghost", chamber, Input.CHAMBER_SINGLE, active=True)
    yield _thing("luggage inside", chamber, lambda bench: bench.plant.length_m / 2, THING_M)


def _of_the_doors(shape: Shape) -> Iterator[Fault]:
    for door in Door:
        if door is Door.EXIT or shape is Shape.MANTRAP:
            yield from _of_a_door(door)
    relay = partial(_field, part="safety relay")
    yield relay("safety relay dead", path="plant.faults.relay_dead")
    yield relay("safety relay welded", path="plant.faults.relay_welded")


def _of_a_door(door: Door) -> Iterator[Fault]:
    part = f"{door} door"
    closed, locked = DOOR_CONTACTS[door]
    yield _stuck(f"{closed} broken", part, closed, active=False)
    yield _stuck(f"{closed} stuck", part, closed, active=True)
    yield _stuck(f"{locked} broken", part, locked, active=False)
    yield _stuck(f"{locked} stuck", part, locked, active=True)
    beam = DOOR_BEAM[door]
    yield _stuck(f"{beam} blind", part, beam, active=False)
    yield _stuck(f"{beam} stuck", part, beam, active=True)
    yield _thing(
        f"luggage in the {door}", part, lambda bench: bench.plant.leaves[door].x_m, IN_DOORWAY_M
    )
    for name, kind in (
        ("forced", "forced"),
        ("jammed shut", "jammed"),
        ("jams open", "jams_open"),
        ("bolt sticks", "bolt_stuck"),
        ("bolt stays out", "bolt_stays_out"),
        ("relay welded", "welded"),
    ):
        yield _among(f"{door} {name}", part, kind, door)
    yield _slow(f"{door} slow", part, door)
    yield _burnt(f"{door} relay dead", part, Output(f"{door}_release"))


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
    yield Fault(
        "pcscd gone",
        "card reader",
        lambda bench, on: bench.set_fault("card_reader_gone", on=on),
        lambda bench: bench.documents is not None and bench.documents.is_without_service,
        _reads_documents,
    )
    yield _radio("card mute", mute=True)
    yield _radio("card says nothing", empty=True)
    yield _radio("card garbled", garbled=True)
    yield _radio("card slow", slow_s=SLOW_CARD_S)
    yield _pulled("card leaves", LEAVES_AT_BYTE)
    yield _pulled("card pulled off", PULLED_AT_BYTE)


def _of_the_eyes() -> Iterator[Fault]:
    yield Fault("light unplugged", "light", _plug("light"), _is_out("light"))
    yield _spoilt("light mute", "light", "light", mute=True)
    yield _spoilt("light garbled", "light", "light", flipped_bit=3)
    yield Fault("light without green", "light", _burn_green, _is_green_burnt)
    camera = partial(_field, part="camera")
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
        _plug("sensor_line"),
        _is_out("sensor_line"),
        _has_sensor,
    )
    yield _answers("finger sensor mute", line=Faults(mute=True))
    yield _answers("finger sensor garbled", line=Faults(garbled=True))
    yield _answers("finger sensor slow", line=Faults(slow_s=SLOW_SENSOR_S))
    yield _answers("finger answer replayed", only=Op.MATCH, replay=RECORDED_MATCH)


def _of_a_reader(name: str, line: str, byte_s: float, fits: Look) -> Iterator[Fault]:
    """Yield what can be wrong with a reader on a serial line, at the end of this path."""
    part = {"scanner": "code scanner", "pages": "page reader"}[name]
    yield Fault(f"{name} unplugged", part, _plug(line), _is_out(line), fits)
    spoilt = partial(_spoilt, part=part, path=line, fits=fits)
    yield spoilt(f"{name} mute", mute=True)
    yield spoilt(f"{name} garbled", garbled=True)
    yield spoilt(f"{name} flips a bit", flipped_bit=40)
    yield spoilt(f"{name} sends without end", hostile_length=6000)
    yield spoilt(f"{name} drops its line", drops_line_s=0.5)
    yield spoilt(f"{name} sends slowly", slow_byte_s=byte_s)

    def speaks(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        _line(bench, line).speaker.faults.babbles = on
        if on:
            bench.start(_line(bench, line).babble())

    def is_heard(bench: Bench) -> bool:
        return _line(bench, line).speaker.faults.babbles

    yield Fault(f"{name} speaks unasked", part, speaks, is_heard, fits)


def _of_an_eye(name: str, path: str, covered: str) -> Iterator[Fault]:
    """Yield what can be wrong with a camera that reads, in place of a reader on a serial line."""

    def fits(bench: Bench) -> bool:
        return getattr(bench, path) is not None

    eye = partial(_field, part=name, fits=fits)
    yield eye(f"{name} hangs up", path=f"{path}.drops_line")
    yield eye(f"{name} mute", path=f"{path}.mute")
    yield eye(f"{name} garbled", path=f"{path}.garbled")
    yield eye(f"{name} frozen", path=f"{path}.frozen")
    yield eye(f"{name} covered", path=f"{path}.{covered}")


def _at(bench: Bench, path: str) -> object:
    """Return the part of the bench at the end of a dotted path."""
    part: object = bench
    for name in path.split("."):
        part = getattr(part, name)
    return part


def _line(bench: Bench, path: str) -> PtyLine:
    line = _at(bench, path)
    assert isinstance(line, PtyLine)
    return line


def _field(
    name: str, *, part: str, path: str, value: bool | float = True, fits: Look = lambda _: True
) -> Fault:
    """A field that has this value while the fault is in, and else False or nought."""
    above, _, last = path.rpartition(".")

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        setattr(_at(bench, above), last, value if on else type(value)())

    return Fault(name, part, switch, lambda bench: _at(bench, path) == value, fits)


def _among(name: str, part: str, kind: str, door: Door) -> Fault:
    """A door that stands among those of this kind of fault."""

    def broken(bench: Bench) -> set[Door]:
        found = getattr(bench.plant.faults, kind)
        assert isinstance(found, set)
        return found

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        (broken(bench).add if on else broken(bench).discard)(door)

    return Fault(name, part, switch, lambda bench: door in broken(bench))


def _burnt(name: str, part: str, output: Output) -> Fault:
    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        burnt = bench.plant.faults.burnt
        (burnt.add if on else burnt.discard)(output)

    return Fault(name, part, switch, lambda bench: output in bench.plant.faults.burnt)


def _slow(name: str, part: str, door: Door) -> Fault:
    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        bench.plant.faults.slow.pop(door, None)
        if on:
            bench.plant.faults.slow[door] = SLOW_DOOR

    return Fault(name, part, switch, lambda bench: door in bench.plant.faults.slow)


def _chatters(line: Input) -> Fault:
    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        bench.plant.faults.chattering.pop(line, None)
        if on:
            bench.plant.faults.chattering[line] = BLINKS_S

    return Fault(
        f"{line} chatters",
        "chattering inputs",
        switch,
        lambda bench: line in bench.plant.faults.chattering,
    )


def _stuck(name: str, part: str, line: Input, *, active: bool) -> Fault:
    """An input that stays at one level; it can only stay at one of the two."""

    def is_in(bench: Bench) -> bool:
        return bench.plant.faults.stuck.get(line) is active

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        if on:
            bench.plant.faults.stuck[line] = active
        elif is_in(bench):
            del bench.plant.faults.stuck[line]

    return Fault(name, part, switch, is_in)


def _thing(name: str, part: str, where: Callable[[Bench], float], depth_m: float) -> Fault:
    """Something stands there, which is no person: no head is counted."""

    def things(bench: Bench) -> list[Body]:
        return [
            body
            for body in bench.plant.bodies
            if not body.heads and (body.x_m, body.depth_m) == (where(bench), depth_m)
        ]

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        for body in things(bench):
            bench.plant.bodies.remove(body)
        if on:
            bench.plant.bodies.append(Body(where(bench), depth_m, heads=0))

    return Fault(name, part, switch, lambda bench: bool(things(bench)))


def _spoilt(
    name: str, part: str, path: str, fits: Look = lambda _: True, **values: bool | float
) -> Fault:
    """What leaves on a serial line is spoilt so."""

    def faults_at(bench: Bench) -> Faults:
        return _line(bench, path).speaker.faults

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        sound = Faults()
        for field, value in values.items():
            setattr(faults_at(bench), field, value if on else getattr(sound, field))

    def is_in(bench: Bench) -> bool:
        return all(getattr(faults_at(bench), field) == value for field, value in values.items())

    return Fault(name, part, switch, is_in, fits)


def _plug(path: str) -> Switch:
    """The plug at the end of this path comes out, or goes back in."""

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        line = _at(bench, path)
        getattr(line, "unplug" if on else "replug")()

    return switch


def _is_out(path: str) -> Look:
    return lambda bench: not getattr(_at(bench, path), "is_plugged")  # noqa: B009  # a cable or a line


def _burn_green(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
    _strip(bench).burnt = GREEN if on else None


def _is_green_burnt(bench: Bench) -> bool:
    return _strip(bench).burnt == GREEN


def _strip(bench: Bench) -> Strip:
    strip = bench.light.speaker
    assert isinstance(strip, Strip)
    return strip


def _reads_documents(bench: Bench) -> bool:
    return bench.documents is not None


def _has_sensor(bench: Bench) -> bool:
    return bench.sensor is not None


def _radio(name: str, **values: bool | float) -> Fault:
    """Cards in the field, and those in the slot, are reached so."""

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        assert bench.documents is not None
        for slot in bench.documents.slots:
            for field, value in values.items():
                setattr(slot.radio, field, value if on else type(value)())

    def is_in(bench: Bench) -> bool:
        assert bench.documents is not None
        radio = bench.documents.slots[0].radio
        return all(getattr(radio, field) == value for field, value in values.items())

    return Fault(name, "card reader", switch, is_in, _reads_documents)


def _pulled(name: str, at_byte: int) -> Fault:
    """Whatever card is laid down leaves after so many bytes."""

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        assert bench.documents is not None
        bench.documents.pull_at(at_byte if on else None)

    def is_in(bench: Bench) -> bool:
        return bench.documents is not None and bench.documents.pulled_at == at_byte

    return Fault(name, "card reader", switch, is_in, _reads_documents)


def _answers(name: str, **how: object) -> Fault:
    """The fingerprint sensor answers so; it can only answer in one way."""
    wrong = ReplyFaults(**how)  # type: ignore[arg-type]  # the fields of ReplyFaults by name

    def is_in(bench: Bench) -> bool:
        return bench.sensor is not None and bench.sensor.faults == wrong

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        assert bench.sensor is not None
        if on:
            bench.sensor.faults = wrong
        elif is_in(bench):
            bench.sensor.faults = ReplyFaults()

    return Fault(name, "finger sensor", switch, is_in, _has_sensor)
