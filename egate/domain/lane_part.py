"""The parts of a lane that software can name: doors, input lines and output lines.

Every input is named for what its *active* level proves, and every one fails towards caution:
a broken wire reads as not closed, not locked, beam blocked, chamber not empty, emergency.

Source: DESIGN section 3; IEC 60839-11-1 Table 2 (monitored access points).
"""

from enum import StrEnum


class Door(StrEnum):
    """A door by its place in the passage; a turnstile has only an EXIT, its barrier."""

    ENTRY = "entry"
    EXIT = "exit"


class Input(StrEnum):
    """An input line; active means what the name says."""

    ENTRY_CLOSED = "entry_closed"
    ENTRY_LOCKED = "entry_locked"
    EXIT_CLOSED = "exit_closed"
    EXIT_LOCKED = "exit_locked"
    ENTRY_BEAM_CLEAR = "entry_beam_clear"
    EXIT_BEAM_CLEAR = "exit_beam_clear"
    CHAMBER_EMPTY = "chamber_empty"
    CHAMBER_SINGLE = "chamber_single"
    EMERGENCY_CLEAR = "emergency_clear"


class Output(StrEnum):
    """An output line; for the two releases active means "let one person through".

    ALIVE is the renewal line: an external safety relay cuts both releases when its
    edges stop, so that no output outlives the program that asked for it.
    """

    ENTRY_RELEASE = "entry_release"
    EXIT_RELEASE = "exit_release"
    ENTRY_GO = "entry_go"
    EXIT_GO = "exit_go"
    STOP = "stop"
    SOUNDER = "sounder"
    ALIVE = "alive"


class Shape(StrEnum):
    """The two lanes that ship: two doors with a chamber between, or one barrier."""

    MANTRAP = "mantrap"
    TURNSTILE = "turnstile"


class Direction(StrEnum):
    """The way a lane leads, seen from the country it belongs to."""

    ENTRY = "entry"
    EXIT = "exit"


DOOR_CONTACTS: dict[Door, tuple[Input, Input]] = {
    Door.ENTRY: (Input.ENTRY_CLOSED, Input.ENTRY_LOCKED),
    Door.EXIT: (Input.EXIT_CLOSED, Input.EXIT_LOCKED),
}
DOOR_BEAM: dict[Door, Input] = {
    Door.ENTRY: Input.ENTRY_BEAM_CLEAR,
    Door.EXIT: Input.EXIT_BEAM_CLEAR,
}
DOOR_RELEASE: dict[Door, Output] = {
    Door.ENTRY: Output.ENTRY_RELEASE,
    Door.EXIT: Output.EXIT_RELEASE,
}
RELEASED_DOOR: dict[Output, Door] = {output: door for door, output in DOOR_RELEASE.items()}
SHAPE_DOORS: dict[Shape, tuple[Door, ...]] = {
    Shape.MANTRAP: (Door.ENTRY, Door.EXIT),
    Shape.TURNSTILE: (Door.EXIT,),
}


def inputs_of(shape: Shape) -> tuple[Input, ...]:
    """Return the input lines a lane of this shape must have, in a fixed order."""
    absent = (
        ()
        if Door.ENTRY in SHAPE_DOORS[shape]
        else (*DOOR_CONTACTS[Door.ENTRY], Input.ENTRY_BEAM_CLEAR)
    )
    return tuple(line for line in Input if line not in absent)


def outputs_of(shape: Shape) -> tuple[Output, ...]:
    """Return the output lines a lane of this shape must have, in a fixed order."""
    absent = () if Door.ENTRY in SHAPE_DOORS[shape] else (Output.ENTRY_RELEASE, Output.ENTRY_GO)
    return tuple(line for line in Output if line not in absent)
