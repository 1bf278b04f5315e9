"""What the self-test must say of every fault that the simulators can show.

    found      id and reason with a person beside the gate, whose eyes tell two faults apart that
               look alike on the lines
    alone      the same without one; empty where only a person's deed shows it
    wire       what is run in the quick form of the proof: the checks of this wire

A row is right when exactly this check failed, with this reason, and no other check did. How a
fault is put in stands in simulators/faults.py, by the same name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from egate.domain.lane_part import DOOR_BEAM, DOOR_CONTACTS, Door, Input, Output, Shape, inputs_of
import simulators.faults
from simulators.fingers import Touch
import simulators.switches

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
NOTHING: Final[Found] = ("", "")  # of `alone`: only a person's deed shows it


@dataclass(frozen=True, slots=True)
class Fault:
    """One row; `name` is also that of the row of the simulators, unless `put_in` is."""

    name: str
    wire: str
    found: Found
    alone: Found | None = None  # the same
    put_in: str = ""
    reader: str = ""  # what pcscd is asked for instead: nothing is broken, only called otherwise
    fails_secured: bool = False  # both doors do, in the plant and in the profile
    also: tuple[Found, ...] = ()  # what two faults that look alike on the lines both show

    def of_the_simulators(self, shape: Shape) -> simulators.switches.Fault | None:
        """Return the row that says how it comes and goes; None where no simulator is broken."""
        if self.reader:
            return None
        wanted = self.put_in or self.name
        return next(one for one in simulators.faults.faults(shape) if one.name == wanted)

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


def _of_the_board(shape: Shape) -> Iterator[Fault]:
    board = partial(Fault, wire="board")
    yield board("board mute", found=("EG-S101", "silent"))
    yield board("board garbled", found=("EG-S101", GARBLED))
    yield board("board hangs up", found=("EG-S101", LOST))
    yield board("board dead", found=("EG-S101", LOST))
    yield board("power lost", found=("EG-S101", LOST))
    yield board("board slow", found=("EG-S102", "slow"))
    yield board("board tells no edges", found=("EG-S103", "edges_missing"))
    for output in (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP, Output.SOUNDER):
        if shape is Shape.TURNSTILE and output is Output.ENTRY_GO:
            continue
        yield board(f"{output} burnt", found=(f"EG-S190.{output}", "denied"), alone=NOTHING)


def _of_the_lines(shape: Shape) -> Iterator[Fault]:
    board = partial(Fault, wire="board")
    for line in inputs_of(shape):
        yield board(f"{line} chatters", found=(f"EG-S110.{line}", "chatters"))
    yield board("emergency pressed", found=("EG-S120", "open"))
    yield board("emergency wire broken", found=("EG-S120", "wire"))
    yield board("emergency input stuck", found=("EG-S182", "not_opened"), alone=NOTHING)
    yield board("mat stuck free", found=("EG-S181", "mat_not_trodden"), alone=NOTHING)
    yield board("mat stuck trodden", found=("EG-S160", "mat_stuck"), alone=("EG-S160", "not_empty"))
    yield board("counter counts nobody", found=("EG-S181", "not_counted"), alone=NOTHING)
    yield board(
        "counter counts a ghost",
        found=("EG-S160", "counter_stuck"),
        alone=("EG-S160", "contradict"),
    )
    yield board("mat sticks once trodden", found=("EG-S181", "not_left"), alone=NOTHING)
    yield board("counter sticks once it counted", found=("EG-S181", "not_left"), alone=NOTHING)
    yield board("emergency input sticks once open", found=("EG-S182", "not_closed"), alone=NOTHING)
    yield board("luggage inside", found=("EG-S160", "something_in"), alone=("EG-S160", "not_empty"))


def _of_the_doors(shape: Shape) -> Iterator[Fault]:
    for door in Door:
        if door is Door.EXIT or shape is Shape.MANTRAP:
            yield from _of_a_contact(door)
            yield from _of_a_door(door, fails_free=door is Door.ENTRY)
    dark = partial(
        Fault,
        wire="board",
        found=("EG-S131", "lamp_dark"),
        alone=("EG-S140.entry", "not_locked")
        if shape is Shape.MANTRAP
        else ("EG-S170.exit", "relay_stays_off"),
    )
    yield dark("safety relay dead")
    yield dark("ALIVE wire broken")
    yield Fault("safety relay welded", "board", ("EG-S171", "holds_unfed"))
    if shape is Shape.MANTRAP:
        yield Fault(
            "releases crossed",
            "board",
            found=("EG-S140.entry", "relay_stays_off"),
            also=(("EG-S140.exit", "relay_stays_on"),),
        )
        yield Fault(
            "releases crossed of doors that fail alike",
            "board",
            found=("EG-S170.entry", "other_door_moved"),
            also=(("EG-S170.exit", "other_door_moved"),),
            fails_secured=True,
            put_in="releases crossed",
        )


def _of_a_contact(door: Door) -> Iterator[Fault]:
    closed, locked = DOOR_CONTACTS[door]
    beam = DOOR_BEAM[door]
    board, rest, moves = partial(Fault, wire="board"), f"EG-S140.{door}", f"EG-S170.{door}"
    yield board(f"{closed} broken", found=(rest, "leaf_contact_open"))
    yield board(
        f"{closed} stuck", found=(moves, "leaf_contact_stuck"), alone=(moves, "leaf_did_not_open")
    )
    yield board(f"{locked} broken", found=(rest, "bolt_contact"), alone=(rest, "not_locked"))
    yield board(f"{door} contacts dead", found=(rest, "contacts_dead"), alone=(rest, "stands_open"))
    yield board(f"{beam} sticks once broken", found=(f"EG-S180.{door}", "not_whole"), alone=NOTHING)
    yield board(
        f"{door} not reached by the emergency loop",
        found=("EG-S182", "doors_not_freed"),
        alone=NOTHING,
    )
    yield board(f"{locked} stuck", found=(moves, "bolt_contact_stuck"))
    yield board(
        f"{beam} blind", found=(f"EG-S150.{door}", "blind"), alone=(f"EG-S150.{door}", "blocked")
    )
    yield board(f"{beam} stuck", found=(f"EG-S180.{door}", "not_broken"), alone=NOTHING)
    yield board(
        f"luggage in the {door}",
        found=(f"EG-S150.{door}", "stood_in"),
        alone=(f"EG-S150.{door}", "blocked"),
    )


def _of_a_door(door: Door, *, fails_free: bool) -> Iterator[Fault]:
    board, rest, moves = partial(Fault, wire="board"), f"EG-S140.{door}", f"EG-S170.{door}"
    yield board(f"{door} forced", found=(rest, "stands_open"))
    yield board(
        f"{door} jammed shut", found=(moves, "leaf_jammed"), alone=(moves, "leaf_did_not_open")
    )
    yield board(f"{door} jams open", found=(moves, "does_not_close"))
    yield board(f"{door} opens late", found=(moves, "opens_slowly"))
    yield board(f"{door} slow", found=(moves, "closes_slowly"))
    yield board(f"{door} bolt sticks", found=(rest, "bolt_out"), alone=(rest, "not_locked"))
    yield board(f"{door} bolt stays out", found=(moves, "does_not_lock"))
    on, off = "relay_stays_on", "relay_stays_off"
    yield board(f"{door} relay welded", found=(moves, on) if fails_free else (rest, on))
    yield board(f"{door} relay dead", found=(rest, off) if fails_free else (moves, off))


def _of_the_devices() -> Iterator[Fault]:
    yield from _of_a_reader("scanner", "EG-S20")
    yield from _of_a_reader("pages", "EG-S21")
    light, camera = partial(Fault, wire="light"), partial(Fault, wire="camera")
    yield light("light unplugged", found=("EG-S231", LOST))
    yield light("light mute", found=("EG-S231", "no_greeting"))
    yield light("light garbled", found=("EG-S231", "strange"))
    for name in ("speaks without end", "says all twice", "waits"):
        yield light(f"light {name}", found=NOTHING)  # no fault
    yield light("light without green", found=("EG-S232", "wrong_colour"), alone=NOTHING)
    yield camera("camera hangs up", found=("EG-S241", LOST))
    yield camera("camera mute", found=("EG-S241", LOST))
    yield camera("camera garbled", found=("EG-S241", LOST))
    yield camera("camera frozen", found=("EG-S241", "repeats"))
    yield camera("camera slow", found=("EG-S242", "slow"))
    yield camera("lens covered", found=("EG-S243", "dark"))
    yield camera("lamp in the lens", found=("EG-S243", "bright"))
    yield camera("lens out of focus", found=("EG-S244", "blurred"), alone=NOTHING)


def _of_the_cards() -> Iterator[Fault]:
    card = partial(Fault, wire="cards")
    yield card("pcscd gone", found=("EG-S221", "no_service"))
    yield card(
        "card reader unplugged", found=("EG-S221", "no_such_reader"), reader="Another reader*"
    )
    for name, reason in (
        ("card mute", "card_mute"),
        ("card says nothing", "card_mute"),
        ("card garbled", "card_garbled"),
        ("card leaves", "card_leaves"),
        ("card slow", "card_slow"),
        ("card far away", "card_slow"),
        ("card on a slow line", "card_slow"),
    ):
        yield card(name, found=("EG-S223", reason), alone=NOTHING)


def _of_the_finger_sensor() -> Iterator[Fault]:
    for name, reason in (
        ("unplugged", LOST),
        ("mute", "silent"),
        ("dies in its answer", "breaks_off"),
        ("garbled", GARBLED),
        ("flips a bit", GARBLED),
        ("says all twice", GARBLED),
        ("sends slowly", "breaks_off"),
        ("has its answers replayed", GARBLED),
        ("answers as another", GARBLED),
        ("says a false length", "breaks_off"),
        ("loses power when asked", GARBLED),
        ("refuses", "device_refused"),
        ("locked", "wrong_password"),
        ("readdressed", "silent"),
        ("repacked", "other_packets"),
    ):
        yield Fault(f"finger sensor {name}", "finger", ("EG-S251", reason))
    yield Fault("finger sensor blind", "finger", ("EG-S253", "sees_nothing"), NOTHING)
    yield Fault("finger sensor slow", "finger", ("EG-S252", "slow"))
    yield Fault("finger sensor sends noise first", "finger", NOTHING)  # it is passed over
    for touch, reason in (
        (Touch.DRY, "too_dry"),
        (Touch.WET, "too_wet"),
        (Touch.SMEARED, "smeared"),
        (Touch.TIP, "too_few_points"),
    ):
        yield Fault(f"finger {touch}", "finger", ("EG-S253", reason), NOTHING)


def _of_the_reading_cameras() -> Iterator[Fault]:
    """Yield the faults of a scanner and a page reader that are cameras."""
    for eye, wire, ids in (
        ("code camera", "code_camera", "EG-S20"),
        ("page camera", "page_camera", "EG-S21"),
    ):
        for name, check, reason in (
            ("hangs up", "1", LOST),
            ("mute", "1", LOST),
            ("garbled", "1", LOST),
            ("frozen", "1", "repeats"),
            ("slow", "4", "slow"),
            ("covered", "5", "dark"),
            ("dazzled", "5", "bright"),
        ):
            yield Fault(f"{eye} {name}", wire, (f"{ids}{check}", reason))
        yield Fault(f"{eye} out of focus", wire, (f"{ids}6", "blurred"), NOTHING)
    pages = partial(Fault, wire="page_camera", alone=NOTHING)
    yield pages("page camera without its lamp", found=("EG-S216", "dim"))
    yield pages("page camera sees a lamp in the laminate", found=("EG-S213", "unsure"))


def _of_a_reader(wire: str, ids: str) -> Iterator[Fault]:
    reader = partial(Fault, wire=wire)
    yield reader(f"{wire} unplugged", found=(f"{ids}1", LOST))
    for name, reason in (
        ("mute", "nothing_read"),
        ("garbled", "broken_frame"),
        ("flips a bit", "misread"),
        ("sends without end", "broken_frame"),
        ("drops its line", "lost_meanwhile"),
        ("sends noise first", "broken_frame"),
        ("sends slowly", "reads_slowly"),
    ):
        yield reader(f"{wire} {name}", found=(f"{ids}3", reason), alone=NOTHING)
    for name in ("says all twice", "waits"):
        yield reader(f"{wire} {name}", found=NOTHING)  # no fault
    yield reader(f"{wire} speaks unasked", found=(f"{ids}2", "speaks"))
