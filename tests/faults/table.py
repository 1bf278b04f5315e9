"""Every fault that a simulator can show, how it is made, and what the self-test must say of it.

    found      id and reason with a person beside the gate, whose eyes tell two faults apart that
               look alike on the lines
    alone      the same without one; empty where only a person's deed shows it
    wire       what is run in the quick form of the proof: the checks of this wire

A row is right when exactly this check failed, with this reason, and no other check did.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, Output, Shape, inputs_of
from egate.wire.zfm import Code, Op
from simulators.bench import RECORDED_MATCH, Bench
from simulators.fingerprint_zfm import ReplyFaults, Sensor
from simulators.fingers import Touch
from simulators.light_serial import Strip
from simulators.mrz_page import Lying
from simulators.plant import Body, Change
from simulators.serial_line import Cable, Faults, PtyLine

Break = Callable[[Bench], object]
BreakFinger = Callable[[Sensor, Cable], object]
Found = tuple[str, str]
WIRES: Final = {
    "board": "EG-S1",
    "scanner": "EG-S20",
    "pages": "EG-S21",
    "cards": "EG-S22",
    "light": "EG-S23",
    "camera": "EG-S24",
    "finger": "EG-S25",
    "code_camera": "EG-S20",
    "page_camera": "EG-S21",
}
DOOR_FAULTS: Final = ("forced", "jammed shut", "bolt sticks", "slow", "relay welded", "relay dead")
CONTACT_FAULTS: Final = ("closed broken", "closed stuck", "locked broken", "locked stuck")
BEAM_FAULTS: Final = ("blind", "stuck")
LOST, GARBLED = "device_lost", "device_garbled"
BLINKS_S: Final = 0.06
SLOW: Final = 0.012  # seconds for each answer of the board: nine lines are 0.1 s


@dataclass(frozen=True, slots=True)
class Fault:
    """One row."""

    name: str
    wire: str
    break_it: Break
    found: Found
    alone: Found | None = None  # the same
    on_finger: BreakFinger | None = None
    reader: str = ""  # what pcscd is asked for instead
    fails_secured: bool = False  # both doors do, in the plant and in the profile
    also: tuple[Found, ...] = ()  # what two faults that look alike on the lines both show

    def wanted(self, *, with_person: bool) -> tuple[Found, ...]:
        """Return what has to be said."""
        told = self.found if with_person or self.alone is None else self.alone
        return () if told == NOTHING else (told, *self.also)


def faults(shape: Shape) -> tuple[Fault, ...]:
    """Return every single fault of a bench of this shape."""
    lane = (*_of_the_board(shape), *_of_the_lines(shape), *_of_the_doors(shape))
    devices = (*_of_the_devices(), *_of_the_cards(), *_of_the_finger_sensor())
    return (*lane, *devices, *_of_the_reading_cameras())


def pairs() -> tuple[tuple[Fault, Fault], ...]:
    """Return pairs of faults of a mantrap: of its two doors, and of a beam and a door or beam."""
    named = {fault.name: fault for fault in faults(Shape.MANTRAP)}
    of_doors = [(f"entry {one}", f"exit {other}") for one in DOOR_FAULTS for other in DOOR_FAULTS]
    of_beams = [
        (f"{Input.ENTRY_BEAM_CLEAR} {one}", f"{Input.EXIT_BEAM_CLEAR} {one}") for one in BEAM_FAULTS
    ]
    mixed = [
        (f"{beam} {one}", f"{door} jammed shut")
        for beam in DOOR_BEAM.values()
        for one in BEAM_FAULTS
        for door in Door
    ]
    contacts = [
        (f"entry_{one}", f"exit_{other}") for one in CONTACT_FAULTS for other in CONTACT_FAULTS
    ]
    seen = [
        (f"{beam} {one}", f"{door}_{contact}")
        for beam, door in zip(DOOR_BEAM.values(), reversed(DOOR_BEAM), strict=True)
        for one in BEAM_FAULTS
        for contact in CONTACT_FAULTS
    ]
    every = (*of_doors, *of_beams, *mixed, *contacts, *seen)
    return tuple((named[one], named[other]) for one, other in every)


def _set(path: str, value: object) -> Break:
    """Set an attribute of the bench, or of something in it."""

    def acts(bench: Bench) -> None:
        *above, name = path.split(".")
        part: object = bench
        for one in above:
            part = getattr(part, one)
        setattr(part, name, value)

    return acts


NOTHING: Final[Found] = ("", "")  # of `alone`: only a person's deed shows it


def _of_the_board(shape: Shape) -> Iterator[Fault]:
    board = partial(Fault, wire="board")
    yield board("board mute", break_it=_set("board.mute", True), found=("EG-S101", "silent"))
    yield board("board garbled", break_it=_set("board.garbled", True), found=("EG-S101", GARBLED))
    yield board("board hangs up", break_it=_set("board.drops_line", True), found=("EG-S101", LOST))
    yield board(
        "board dead", break_it=_set("plant.faults.board_dead", True), found=("EG-S101", LOST)
    )
    yield board(
        "power lost", break_it=_set("plant.faults.power_lost", True), found=("EG-S101", LOST)
    )
    yield board("board slow", break_it=_set("board.slow_s", SLOW), found=("EG-S102", "slow"))
    yield board(
        "board tells no edges",
        break_it=_set("board.swallows_reports", True),
        found=("EG-S103", "edges_missing"),
    )
    for output in (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP, Output.SOUNDER):
        if shape is Shape.TURNSTILE and output is Output.ENTRY_GO:
            continue
        yield board(
            f"{output} burnt",
            break_it=_burns(output),
            found=(f"EG-S190.{output}", "denied"),
            alone=NOTHING,
        )


def _of_the_lines(shape: Shape) -> Iterator[Fault]:
    board = partial(Fault, wire="board")
    for line in inputs_of(shape):
        yield board(
            f"{line} chatters", break_it=_chatters(line), found=(f"EG-S110.{line}", "chatters")
        )
    yield board(
        "emergency pressed", break_it=_set("plant.emergency_open", True), found=("EG-S120", "open")
    )
    yield board(
        "emergency wire broken", break_it=_stuck(Input.EMERGENCY_CLEAR, False),
        found=("EG-S120", "wire"),
    )  # fmt: skip
    yield board(
        "emergency input stuck", break_it=_stuck(Input.EMERGENCY_CLEAR, True),
        found=("EG-S182", "not_opened"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "mat stuck free", break_it=_stuck(Input.CHAMBER_EMPTY, True),
        found=("EG-S181", "mat_not_trodden"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "mat stuck trodden", break_it=_stuck(Input.CHAMBER_EMPTY, False),
        found=("EG-S160", "mat_stuck"), alone=("EG-S160", "not_empty"),
    )  # fmt: skip
    yield board(
        "counter counts nobody", break_it=_stuck(Input.CHAMBER_SINGLE, False),
        found=("EG-S181", "not_counted"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "counter counts a ghost", break_it=_stuck(Input.CHAMBER_SINGLE, True),
        found=("EG-S160", "counter_stuck"), alone=("EG-S160", "contradict"),
    )  # fmt: skip
    yield board(
        "mat sticks once trodden", break_it=_latches(Input.CHAMBER_EMPTY),
        found=("EG-S181", "not_left"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "counter sticks once it counted", break_it=_latches(Input.CHAMBER_SINGLE),
        found=("EG-S181", "not_left"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "emergency input sticks once open", break_it=_latches(Input.EMERGENCY_CLEAR),
        found=("EG-S182", "not_closed"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "luggage inside", break_it=lambda bench: _stands(bench, bench.plant.length_m / 2),
        found=("EG-S160", "something_in"), alone=("EG-S160", "not_empty"),
    )  # fmt: skip


def _of_the_doors(shape: Shape) -> Iterator[Fault]:
    for door in Door:
        if door is Door.EXIT or shape is Shape.MANTRAP:
            yield from _of_a_contact(door)
            yield from _of_a_door(door, fails_free=door is Door.ENTRY)
    if shape is Shape.MANTRAP:
        yield Fault(
            "safety relay dead", "board", _set("plant.faults.relay_dead", True),
            found=("EG-S131", "lamp_dark"), alone=("EG-S140.entry", "not_locked"),
        )  # fmt: skip
    else:
        yield Fault(
            "safety relay dead", "board", _set("plant.faults.relay_dead", True),
            found=("EG-S131", "lamp_dark"), alone=("EG-S170.exit", "relay_stays_off"),
        )  # fmt: skip
    yield Fault(
        "safety relay welded", "board", _set("plant.faults.relay_welded", True),
        ("EG-S171", "holds_unfed"),
    )  # fmt: skip

    yield Fault(
        "ALIVE wire broken", "board", _burns(Output.ALIVE),
        found=("EG-S131", "lamp_dark"),
        alone=("EG-S140.entry", "not_locked")
        if shape is Shape.MANTRAP
        else ("EG-S170.exit", "relay_stays_off"),
    )  # fmt: skip
    if shape is Shape.MANTRAP:
        yield Fault(
            "releases crossed", "board", _set("plant.faults.crossed", True),
            found=("EG-S140.entry", "relay_stays_off"),
            also=(("EG-S140.exit", "relay_stays_on"),),
        )  # fmt: skip
        yield Fault(
            "releases crossed of doors that fail alike", "board",
            _set("plant.faults.crossed", True), found=("EG-S170.entry", "other_door_moved"),
            also=(("EG-S170.exit", "other_door_moved"),), fails_secured=True,
        )  # fmt: skip


def _of_a_contact(door: Door) -> Iterator[Fault]:
    closed, locked = DOOR_CONTACTS[door]
    beam = DOOR_BEAM[door]
    board, rest, moves = partial(Fault, wire="board"), f"EG-S140.{door}", f"EG-S170.{door}"
    yield board(
        f"{closed} broken", break_it=_stuck(closed, False), found=(rest, "leaf_contact_open")
    )
    yield board(
        f"{closed} stuck", break_it=_stuck(closed, True),
        found=(moves, "leaf_contact_stuck"), alone=(moves, "leaf_did_not_open"),
    )  # fmt: skip
    yield board(
        f"{locked} broken", break_it=_stuck(locked, False),
        found=(rest, "bolt_contact"), alone=(rest, "not_locked"),
    )  # fmt: skip
    yield board(
        f"{door} contacts dead", break_it=_stuck(closed, False, locked),
        found=(rest, "contacts_dead"), alone=(rest, "stands_open"),
    )  # fmt: skip
    yield board(
        f"{beam} sticks once broken", break_it=_latches(beam),
        found=(f"EG-S180.{door}", "not_whole"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        f"{door} not reached by the emergency loop", break_it=_among("not_freed", door),
        found=("EG-S182", "doors_not_freed"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        f"{locked} stuck", break_it=_stuck(locked, True), found=(moves, "bolt_contact_stuck")
    )
    yield board(
        f"{beam} blind", break_it=_stuck(beam, False),
        found=(f"EG-S150.{door}", "blind"), alone=(f"EG-S150.{door}", "blocked"),
    )  # fmt: skip
    yield board(
        f"{beam} stuck", break_it=_stuck(beam, True),
        found=(f"EG-S180.{door}", "not_broken"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        f"luggage in the {door}",
        break_it=lambda bench: _stands(bench, bench.plant.leaves[door].x_m, 0.06),
        found=(f"EG-S150.{door}", "stood_in"),
        alone=(f"EG-S150.{door}", "blocked"),
    )


def _of_a_door(door: Door, *, fails_free: bool) -> Iterator[Fault]:
    board, rest, moves = partial(Fault, wire="board"), f"EG-S140.{door}", f"EG-S170.{door}"
    yield board(f"{door} forced", break_it=_among("forced", door), found=(rest, "stands_open"))
    yield board(
        f"{door} jammed shut", break_it=_among("jammed", door),
        found=(moves, "leaf_jammed"), alone=(moves, "leaf_did_not_open"),
    )  # fmt: skip
    yield board(
        f"{door} jams open", break_it=_once_open(door, "jammed"), found=(moves, "does_not_close")
    )
    yield board(f"{door} opens late", break_it=_late(door), found=(moves, "opens_slowly"))
    yield board(f"{door} slow", break_it=_slow(door), found=(moves, "closes_slowly"))
    yield board(
        f"{door} bolt sticks", break_it=_among("bolt_stuck", door),
        found=(rest, "bolt_out"), alone=(rest, "not_locked"),
    )  # fmt: skip
    yield board(
        f"{door} bolt stays out", break_it=_once_open(door, "bolt_stuck"),
        found=(moves, "does_not_lock"),
    )  # fmt: skip
    on, off = "relay_stays_on", "relay_stays_off"
    yield board(
        f"{door} relay welded", break_it=_among("welded", door),
        found=(moves, on) if fails_free else (rest, on),
    )  # fmt: skip
    yield board(
        f"{door} relay dead",
        break_it=_burns(Output(f"{door}_release")),
        found=(rest, off) if fails_free else (moves, off),
    )


def _of_the_devices() -> Iterator[Fault]:
    yield from _of_a_reader("scanner", "scanner", "EG-S20", 0.02)
    yield from _of_a_reader("pages", "documents.line", "EG-S21", 0.006)
    yield Fault("light unplugged", "light", lambda b: b.light.unplug(), ("EG-S231", LOST))
    yield Fault("light mute", "light", _spoils("light", mute=True), ("EG-S231", "no_greeting"))
    yield Fault("light garbled", "light", _spoils("light", flipped_bit=3), ("EG-S231", "strange"))
    for name, spoilt in (
        ("speaks without end", {"hostile_length": 600}),
        ("says all twice", {"duplicate": True}),
        ("waits", {"slow_s": 0.3}),
    ):
        yield Fault(f"light {name}", "light", _spoils("light", **spoilt), NOTHING)  # no fault
    yield Fault(
        "light without green",
        "light",
        _without_green,
        found=("EG-S232", "wrong_colour"),
        alone=NOTHING,
    )
    camera = partial(Fault, wire="camera")
    yield camera(
        "camera hangs up", break_it=_set("camera.drops_line", True), found=("EG-S241", LOST)
    )
    yield camera("camera mute", break_it=_set("camera.mute", True), found=("EG-S241", LOST))
    yield camera("camera garbled", break_it=_set("camera.garbled", True), found=("EG-S241", LOST))
    yield camera(
        "camera frozen", break_it=_set("camera.frozen", True), found=("EG-S241", "repeats")
    )
    yield camera("camera slow", break_it=_set("camera.slow_s", 0.2), found=("EG-S242", "slow"))
    yield camera("lens covered", break_it=_set("camera.black", True), found=("EG-S243", "dark"))
    yield camera(
        "lamp in the lens", break_it=_set("camera.glaring", True), found=("EG-S243", "bright")
    )
    yield camera(
        "lens out of focus", break_it=_set("camera.blurred", True),
        found=("EG-S244", "blurred"), alone=NOTHING,
    )  # fmt: skip


def _of_the_cards() -> Iterator[Fault]:
    yield Fault("pcscd gone", "cards", _without_pcscd, ("EG-S221", "no_service"))
    yield Fault(
        "card reader unplugged", "cards", lambda _bench: None, ("EG-S221", "no_such_reader"),
        reader="Another reader*",
    )  # fmt: skip
    for name, radio, reason in (
        ("card mute", {"mute": True}, "card_mute"),
        ("card says nothing", {"empty": True}, "card_mute"),
        ("card garbled", {"garbled": True}, "card_garbled"),
        ("card leaves", {"removed_at_byte": 4}, "card_leaves"),
        ("card slow", {"slow_s": 1.2}, "card_slow"),
        ("card far away", {"apdu_ms": 1500.0}, "card_slow"),
        ("card on a slow line", {"kbit_s": 0.05}, "card_slow"),
    ):
        yield Fault(name, "cards", _radio(**radio), found=("EG-S223", reason), alone=NOTHING)


def _of_the_finger_sensor() -> Iterator[Fault]:
    def row(name: str, broken: BreakFinger, found: Found, alone: Found | None = None) -> Fault:
        return Fault(name, "finger", lambda _bench: None, found, alone, broken)

    yield row("finger sensor unplugged", lambda _, cable: cable.unplug(), ("EG-S251", LOST))
    for name, faults, reason in (
        ("mute", ReplyFaults(line=Faults(mute=True)), "silent"),
        ("dies in its answer", ReplyFaults(cut_to=7), "breaks_off"),
        ("garbled", ReplyFaults(line=Faults(garbled=True)), GARBLED),
        ("flips a bit", ReplyFaults(line=Faults(flipped_bit=100)), GARBLED),
        ("says all twice", ReplyFaults(line=Faults(duplicate=True)), GARBLED),
        ("sends slowly", ReplyFaults(line=Faults(slow_byte_s=0.1)), "breaks_off"),
        ("has its answers replayed", ReplyFaults(replay=RECORDED_MATCH), GARBLED),
        ("answers as another", ReplyFaults(foreign=7), GARBLED),
        ("says a false length", ReplyFaults(length=200), "breaks_off"),
        ("loses power when asked", ReplyFaults(restarts=True), GARBLED),
        ("refuses", ReplyFaults(code=Code.RECEIVE_ERROR), "device_refused"),
    ):
        yield row(f"finger sensor {name}", _replies(faults), ("EG-S251", reason))
    yield row("finger sensor locked", _is_set(password=77), ("EG-S251", "wrong_password"))
    yield row("finger sensor readdressed", _is_set(address=77), ("EG-S251", "silent"))
    yield row("finger sensor repacked", _is_set(packet_bytes=64), ("EG-S251", "other_packets"))
    sees = ReplyFaults(only=Op.GEN_IMG, code=Code.NO_FINGER)
    yield row("finger sensor blind", _replies(sees), ("EG-S253", "sees_nothing"), NOTHING)
    slow = ReplyFaults(line=Faults(slow_s=0.55))
    yield row("finger sensor slow", _replies(slow), ("EG-S252", "slow"))
    noisy = ReplyFaults(line=Faults(noise=bytes(3), hostile_length=600))
    yield row("finger sensor sends noise first", _replies(noisy), NOTHING)  # it is passed over
    for touch, reason in (
        (Touch.DRY, "too_dry"),
        (Touch.WET, "too_wet"),
        (Touch.SMEARED, "smeared"),
        (Touch.TIP, "too_few_points"),
    ):
        yield row(f"finger {touch}", _touched(touch), ("EG-S253", reason), NOTHING)


def _of_the_reading_cameras() -> Iterator[Fault]:
    """Yield the faults of a scanner and a page reader that are cameras."""
    for wire, ids, cover in (("code_camera", "EG-S20", "dark"), ("page_camera", "EG-S21", "black")):
        for name, field, value, told in (
            ("hangs up", "drops_line", True, ("1", LOST)),
            ("mute", "mute", True, ("1", LOST)),
            ("garbled", "garbled", True, ("1", LOST)),
            ("frozen", "frozen", True, ("1", "repeats")),
            ("slow", "slow_s", 0.25, ("4", "slow")),
            ("covered", cover, True, ("5", "dark")),
            ("dazzled", "glaring", True, ("5", "bright")),
            ("out of focus", "blurred", True, ("6", "blurred")),
        ):
            found, alone = (f"{ids}{told[0]}", told[1]), NOTHING if told[0] == "6" else None
            yield Fault(f"{wire} {name}", wire, _set(f"{wire}.{field}", value), found, alone)
    pages = partial(Fault, wire="page_camera", alone=NOTHING)
    for name, lying, found in (
        ("without its lamp", Lying(light=0.3), ("EG-S216", "dim")),
        ("sees a lamp in the laminate", Lying(glare=1.0), ("EG-S213", "unsure")),
    ):
        yield pages(f"page_camera {name}", break_it=_set("page_camera.lying", lying), found=found)


def _replies(faults: ReplyFaults) -> BreakFinger:
    return lambda sensor, _cable: setattr(sensor, "faults", faults)


def _is_set(**settings: int) -> BreakFinger:
    def breaks(sensor: Sensor, _cable: Cable) -> None:
        for name, value in settings.items():
            setattr(sensor, name, value)

    return breaks


def _touched(touch: Touch) -> BreakFinger:
    return lambda sensor, _cable: setattr(sensor, "touch", touch)


def _of_a_reader(wire: str, line: str, ids: str, byte_s: float) -> Iterator[Fault]:
    reader = partial(Fault, wire=wire)
    yield reader(
        f"{wire} unplugged", break_it=lambda b: _line(b, line).unplug(), found=(f"{ids}1", LOST)
    )
    for name, spoilt, reason in (
        ("mute", {"mute": True}, "nothing_read"),
        ("garbled", {"garbled": True}, "broken_frame"),
        ("flips a bit", {"flipped_bit": 40}, "misread"),
        ("sends without end", {"hostile_length": 6000}, "broken_frame"),
        ("drops its line", {"drops_line_s": 0.5}, "lost_meanwhile"),
        ("sends noise first", {"noise": b"\x00\xff\x07"}, "broken_frame"),
        ("sends slowly", {"slow_byte_s": byte_s}, "reads_slowly"),
    ):
        yield reader(
            f"{wire} {name}", break_it=_spoils(line, **spoilt),
            found=(f"{ids}3", reason), alone=NOTHING,
        )  # fmt: skip
    for name, spoilt in (("says all twice", {"duplicate": True}), ("waits", {"slow_s": 0.5})):
        yield reader(f"{wire} {name}", break_it=_spoils(line, **spoilt), found=NOTHING)  # no fault
    yield reader(
        f"{wire} speaks unasked",
        break_it=lambda b: _speaks(b, _line(b, line)),
        found=(f"{ids}2", "speaks"),
    )


def _chatters(line: Input) -> Break:
    def acts(bench: Bench) -> None:
        bench.plant.faults.chattering[line] = BLINKS_S

    return acts


def _latches(line: Input) -> Break:
    def acts(bench: Bench) -> None:
        bench.plant.faults.latching.add(line)

    return acts


def _stuck(line: Input, active: bool, *also: Input) -> Break:
    def acts(bench: Bench) -> None:
        bench.plant.faults.stuck.update(dict.fromkeys((line, *also), active))

    return acts


def _among(kind: str, door: Door) -> Break:
    def acts(bench: Bench) -> None:
        getattr(bench.plant.faults, kind).add(door)

    return acts


def _burns(output: Output) -> Break:
    def acts(bench: Bench) -> None:
        bench.plant.faults.burnt.add(output)

    return acts


def _slow(door: Door) -> Break:
    def acts(bench: Bench) -> None:
        bench.plant.faults.slow[door] = 7.0  # 0.1 s become 0.7, of 0.5 allowed

    return acts


def _late(door: Door) -> Break:
    def acts(bench: Bench) -> None:
        bench.plant.faults.late[door] = 0.75  # of 0.5 allowed

    return acts


def _stands(bench: Bench, x_m: float, depth_m: float = 0.3) -> None:
    """Put a thing there: no head is counted."""
    bench.plant.bodies.append(Body(x_m, depth_m, heads=0))


def _once_open(door: Door, kind: str) -> Break:
    """Break it once the leaf stands open."""

    def acts(bench: Bench) -> None:
        lives = bench.board.step

        def step(dt_s: float) -> list[Change]:
            if bench.plant.leaves[door].angle_deg > 80:
                getattr(bench.plant.faults, kind).add(door)
            return lives(dt_s)

        bench.board.step = step

    return acts


def _line(bench: Bench, path: str) -> PtyLine:
    part: object = bench
    for name in path.split("."):
        part = getattr(part, name)
    assert isinstance(part, PtyLine)
    return part


def _spoils(path: str, **faults: object) -> Break:
    def acts(bench: Bench) -> None:
        for name, value in faults.items():
            setattr(_line(bench, path).speaker.faults, name, value)

    return acts


def _speaks(bench: Bench, line: PtyLine) -> None:
    """Have something lie before the reader all the time."""

    async def speaks() -> None:
        while True:
            await line.show("something else")
            await asyncio.sleep(0.2)

    bench._start(speaks())


def _without_green(bench: Bench) -> None:
    strip = bench.light.speaker
    assert isinstance(strip, Strip)
    strip.burnt = 1


def _without_pcscd(bench: Bench) -> None:
    assert bench.documents is not None
    bench.documents._pcscd.kill()


def _radio(**faults: object) -> Break:
    def acts(bench: Bench) -> None:
        assert bench.documents is not None
        for name, value in faults.items():
            setattr(bench.documents.slots[0].radio, name, value)

    return acts
