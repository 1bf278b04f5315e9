"""The technician beside the gate: what is asked of a person, and how a person answers.

A wish is either a question, answered yes or no, or something to do that the lines will show. Its
words are in the catalogues, under [words], by its own name; `{part}` in them is the door, line or
device it is about. Yes to a deed says that it is done, no that it cannot be done here.

Nobody is waited for inside a person: `answer` is asked again and again, so that the board goes on
being fed meanwhile.

Source: issue 5, item 6 (the person breaks the beam, treads on the mat, confirms lamps and sound).
"""

from enum import StrEnum
from typing import Final, Protocol


class Wish(StrEnum):
    """What is asked of a person; QUESTIONS want yes or no, the others a deed."""

    IS_RELAY_LAMP_LIT = "is_relay_lamp_lit"
    IS_BOLT_HOME = "is_bolt_home"
    IS_LEAF_OPEN = "is_leaf_open"
    IS_DOORWAY_EMPTY = "is_doorway_empty"
    IS_CHAMBER_EMPTY = "is_chamber_empty"
    IS_LAMP_LIT = "is_lamp_lit"
    IS_SOUNDING = "is_sounding"
    IS_LIGHT_RED = "is_light_red"
    IS_LIGHT_GREEN = "is_light_green"
    IS_LIGHT_BLUE = "is_light_blue"
    BREAK_BEAM = "break_beam"
    CLEAR_BEAM = "clear_beam"
    STEP_IN = "step_in"
    STEP_OUT = "step_out"
    STEP_IN_WITH_KEY = "step_in_with_key"
    PUSH_LEAF = "push_leaf"
    PRESS_EMERGENCY = "press_emergency"
    MEND_EMERGENCY = "mend_emergency"
    SHOW_CODE = "show_code"
    HOLD_CODE = "hold_code"
    STAND_AT_MARK = "stand_at_mark"
    LAY_PAGE = "lay_page"
    TAKE_PAGE = "take_page"
    LAY_CARD = "lay_card"
    TAKE_CARD = "take_card"
    LAY_FINGER = "lay_finger"


QUESTIONS: Final = frozenset(wish for wish in Wish if wish.value.startswith("is_"))
WITHIN_S: Final = 20.0  # to read a line, walk two steps and do it
SHOWS_WITHIN_S: Final = 1.5  # of a deed that is said to be done


class PersonLeft(Exception):
    """Nobody is at the terminal any more: its line is closed."""


class PersonCannot(Exception):
    """The person says that what was asked cannot be done here."""


class Person(Protocol):
    """Somebody at the gate."""

    def ask(self, wish: Wish, part: str, within_s: float) -> None:
        """Begin to ask this; what was asked before is over."""

    def answer(self) -> bool | None:
        """Return yes or no once it was given since `ask`; return at once.

        Raises:
            PersonLeft: there will never be an answer.
        """

    def thank(self) -> None:
        """Say that what was asked is over, answered or not."""
