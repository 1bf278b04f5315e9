"""What the self-test must say of every fault that a simulator can show.

    found      id and reason with a person beside the gate, whose eyes tell two faults apart that
               look alike on the lines
    alone      the same without one; empty where only a person's deed shows it
    wire       what is run in the quick form of the proof: the checks of this wire

A row is right when exactly this check failed, with this reason, and no other check did. How a
fault is put in stands in simulators/faults.py, by the same name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, Output, Shape, inputs_of
from simulators.bench import Bench
import simulators.faults
from simulators.fingers import Touch

Break = Callable[[Bench], object]
Found = tuple[str, str]
WIRES: Final = {
    "board": "EG-S1",
    "scanner": "EG-S20",
    "pages": "EG-S21",
    "cards": "EG-S22",
    "light": "EG-S23",
    "camera": "EG-S24",
    "finger": "EG-S25",
}
DOOR_FAULTS: Final = ("forced", "jammed shut", "bolt sticks", "slow", "relay welded", "relay dead")
BEAM_FAULTS: Final = ("blind", "stuck")
LOST, GARBLED = "device_lost", "device_garbled"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row; `name` is that of the simulators' table, where it is no fault of a hand."""

    name: str
    wire: str
    found: Found
    alone: Found | None = None  # the same
    by_hand: Break | None = None

    def break_it(self, bench: Bench) -> None:
        """Put it in."""
        if self.by_hand is not None:
            self.by_hand(bench)
        else:
            self.of_the_simulators(bench.shape).switch(bench, True)

    def of_the_simulators(self, shape: Shape) -> simulators.faults.Fault:
        """Return the row that says how it comes and goes."""
        return next(one for one in simulators.faults.faults(shape) if one.name == self.name)

    def wanted(self, *, with_person: bool) -> tuple[Found, ...]:
        """Return what has to be said."""
        told = self.found if with_person or self.alone is None else self.alone
        return () if told == NOTHING else (told,)


def faults(shape: Shape) -> tuple[Fault, ...]:
    """Return every single fault of a bench of this shape."""
    lane = (*_of_the_board(shape), *_of_the_lines(shape), *_of_the_doors(shape))
    return (*lane, *_of_the_devices(), *_of_the_finger_sensor())


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
    return tuple((named[one], named[other]) for one, other in (*of_doors, *of_beams, *mixed))


NOTHING: Final[Found] = ("", "")  # of `alone`: only a person's deed shows it


def _of_the_board(shape: Shape) -> Iterator[Fault]:
    board = partial(Fault, wire="board")
    yield board("board mute", found=("EG-S101", "silent"))
    yield board("board garbled", found=("EG-S101", GARBLED))
    yield board("board hangs up", found=("EG-S101", LOST))
    yield board("board dead", found=("EG-S101", LOST))
    yield board("power lost", found=("EG-S101", LOST))
    yield board("board slow", found=("EG-S102", "slow"))
    yield board(
        "board tells no edges",
        found=("EG-S103", "edges_missing"),
    )
    for output in (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP, Output.SOUNDER):
        if shape is Shape.TURNSTILE and output is Output.ENTRY_GO:
            continue
        yield board(
            f"{output} burnt",
            found=(f"EG-S190.{output}", "denied"),
            alone=NOTHING,
        )


def _of_the_lines(shape: Shape) -> Iterator[Fault]:
    board = partial(Fault, wire="board")
    for line in inputs_of(shape):
        yield board(f"{line} chatters", found=(f"EG-S110.{line}", "chatters"))
    yield board("emergency pressed", found=("EG-S120", "open"))
    yield board(
        "emergency wire broken",
        found=("EG-S120", "wire"),
    )  # fmt: skip
    yield board(
        "emergency input stuck",
        found=("EG-S182", "not_opened"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "mat stuck free",
        found=("EG-S181", "mat_not_trodden"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "mat stuck trodden",
        found=("EG-S160", "mat_stuck"), alone=("EG-S160", "not_empty"),
    )  # fmt: skip
    yield board(
        "counter counts nobody",
        found=("EG-S181", "not_counted"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        "counter counts a ghost",
        found=("EG-S160", "counter_stuck"), alone=("EG-S160", "contradict"),
    )  # fmt: skip
    yield board(
        "luggage inside",
        found=("EG-S160", "something_in"), alone=("EG-S160", "not_empty"),
    )  # fmt: skip


def _of_the_doors(shape: Shape) -> Iterator[Fault]:
    for door in Door:
        if door is Door.EXIT or shape is Shape.MANTRAP:
            yield from _of_a_contact(door)
            yield from _of_a_door(door, fails_free=door is Door.ENTRY)
    if shape is Shape.MANTRAP:
        yield Fault(
            "safety relay dead", "board",
            found=("EG-S131", "lamp_dark"), alone=("EG-S140.entry", "not_locked"),
        )  # fmt: skip
    else:
        yield Fault(
            "safety relay dead", "board",
            found=("EG-S131", "lamp_dark"), alone=("EG-S170.exit", "relay_stays_off"),
        )  # fmt: skip
    yield Fault(
        "safety relay welded", "board",
        ("EG-S171", "holds_unfed"),
    )  # fmt: skip


def _of_a_contact(door: Door) -> Iterator[Fault]:
    closed, locked = DOOR_CONTACTS[door]
    beam = DOOR_BEAM[door]
    board, rest, moves = partial(Fault, wire="board"), f"EG-S140.{door}", f"EG-S170.{door}"
    yield board(f"{closed} broken", found=(rest, "leaf_contact_open"))
    yield board(
        f"{closed} stuck",
        found=(moves, "leaf_contact_stuck"), alone=(moves, "leaf_did_not_open"),
    )  # fmt: skip
    yield board(
        f"{locked} broken",
        found=(rest, "bolt_contact"), alone=(rest, "not_locked"),
    )  # fmt: skip
    yield board(f"{locked} stuck", found=(moves, "bolt_contact_stuck"))
    yield board(
        f"{beam} blind",
        found=(f"EG-S150.{door}", "blind"), alone=(f"EG-S150.{door}", "blocked"),
    )  # fmt: skip
    yield board(
        f"{beam} stuck",
        found=(f"EG-S180.{door}", "not_broken"), alone=NOTHING,
    )  # fmt: skip
    yield board(
        f"luggage in the {door}",
        found=(f"EG-S150.{door}", "stood_in"),
        alone=(f"EG-S150.{door}", "blocked"),
    )


def _of_a_door(door: Door, *, fails_free: bool) -> Iterator[Fault]:
    board, rest, moves = partial(Fault, wire="board"), f"EG-S140.{door}", f"EG-S170.{door}"
    yield board(f"{door} forced", found=(rest, "stands_open"))
    yield board(
        f"{door} jammed shut",
        found=(moves, "leaf_jammed"), alone=(moves, "leaf_did_not_open"),
    )  # fmt: skip
    yield board(f"{door} jams open", found=(moves, "does_not_close"))
    yield board(f"{door} slow", found=(moves, "closes_slowly"))
    yield board(
        f"{door} bolt sticks",
        found=(rest, "bolt_out"), alone=(rest, "not_locked"),
    )  # fmt: skip
    yield board(
        f"{door} bolt stays out",
        found=(moves, "does_not_lock"),
    )  # fmt: skip
    on, off = "relay_stays_on", "relay_stays_off"
    yield board(
        f"{door} relay welded",
        found=(moves, on) if fails_free else (rest, on),
    )  # fmt: skip
    yield board(
        f"{door} relay dead",
        found=(rest, off) if fails_free else (moves, off),
    )


def _of_the_devices() -> Iterator[Fault]:
    yield from _of_a_reader("scanner", "EG-S20")
    yield from _of_a_reader("pages", "EG-S21")
    light, camera = partial(Fault, wire="light"), partial(Fault, wire="camera")
    yield light("light unplugged", found=("EG-S231", LOST))
    yield light("light mute", found=("EG-S231", "no_greeting"))
    yield light("light garbled", found=("EG-S231", "strange"))
    yield light("light without green", found=("EG-S232", "wrong_colour"), alone=NOTHING)
    yield camera("camera hangs up", found=("EG-S241", LOST))
    yield camera("camera mute", found=("EG-S241", LOST))
    yield camera("camera garbled", found=("EG-S241", LOST))
    yield camera("camera frozen", found=("EG-S241", "repeats"))
    yield camera("camera slow", found=("EG-S242", "slow"))
    yield camera("lens covered", found=("EG-S243", "dark"))
    yield camera("lamp in the lens", found=("EG-S243", "bright"))
    yield camera("lens out of focus", found=("EG-S244", "blurred"), alone=NOTHING)
    yield Fault("pcscd gone", "cards", ("EG-S221", LOST))
    for name, reason in (
        ("card mute", "card_mute"),
        ("card says nothing", "card_mute"),
        ("card garbled", "card_garbled"),
        ("card leaves", "card_leaves"),
        ("card slow", "card_slow"),
    ):
        yield Fault(name, "cards", found=("EG-S223", reason), alone=NOTHING)


def _of_the_finger_sensor() -> Iterator[Fault]:
    sensor = partial(Fault, wire="finger")
    yield sensor("finger sensor unplugged", found=("EG-S251", LOST))
    yield sensor("finger sensor mute", found=("EG-S251", LOST))
    yield sensor("finger sensor garbled", found=("EG-S251", GARBLED))
    yield sensor("finger sensor slow", found=("EG-S252", "slow"))
    for touch, reason in (
        (Touch.DRY, "too_dry"),
        (Touch.WET, "too_wet"),
        (Touch.SMEARED, "smeared"),
        (Touch.TIP, "too_few_points"),
    ):
        yield sensor(
            f"finger {touch}", found=("EG-S253", reason), alone=NOTHING, by_hand=_touched(touch)
        )


def _touched(touch: Touch) -> Break:
    """A finger lies there so: that is no fault of the sensor, and in no table but this."""

    def acts(bench: Bench) -> None:
        assert bench.sensor is not None
        bench.sensor.touch = touch

    return acts


def _of_a_reader(wire: str, ids: str) -> Iterator[Fault]:
    reader = partial(Fault, wire=wire)
    yield reader(f"{wire} unplugged", found=(f"{ids}1", LOST))
    for name, reason in (
        ("mute", "nothing_read"),
        ("garbled", "broken_frame"),
        ("flips a bit", "misread"),
        ("sends without end", "broken_frame"),
        ("drops its line", "lost_meanwhile"),
        ("sends slowly", "reads_slowly"),
    ):
        yield reader(f"{wire} {name}", found=(f"{ids}3", reason), alone=NOTHING)
    yield reader(f"{wire} speaks unasked", found=(f"{ids}2", "speaks"))
