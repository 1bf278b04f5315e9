"""What a screen is told of the lane: a sign, how far the passage has come, and a language.

That is all. Which trouble, which passage, whose face: a screen in a hall has no use for it, and
what is not sent cannot be shown. Two refusals are one and the same event.

Source: DESIGN section 8.
"""

from dataclasses import dataclass

from egate.domain.effect import Prompt
from egate.domain.lane_part import Shape
from egate.domain.lane_state import LaneState
from egate.domain.language import Language
from egate.domain.signs import STANDINGS, Cue, Part, prompt_in

PARTS: dict[Shape, tuple[Part, ...]] = {
    Shape.MANTRAP: (Part.TOKEN, Part.WAY_IN, Part.FACE, Part.WAY_OUT),
    Shape.TURNSTILE: (Part.TOKEN, Part.FACE, Part.WAY_OUT),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One event for a screen; `language` is that of the token, None while none is known."""

    sign: Prompt | Cue
    part: Part | None = None
    language: Language | None = None

    @property
    def facts(self) -> dict[str, str | None]:
        """The event as JSON has it."""
        return {"sign": self.sign, "part": self.part, "language": self.language}


SILENT = Shown(Prompt.CLOSED)


def shown_of(
    state: LaneState,
    prompt: Prompt | None,
    language: Language | None,
    *,
    takes_documents: bool,
) -> Shown:
    """Return what the screen of a lane in this state shows.

    >>> shown_of(LaneState.REFERRED, Prompt.COME_CLOSER, None, takes_documents=True).facts
    {'sign': <Prompt.WAIT_FOR_OFFICER: 'wait_for_officer'>, 'part': None, 'language': None}
    """
    sign: Prompt | Cue = prompt_in(state, prompt)
    if sign is Prompt.PRESENT_TOKEN and not takes_documents:
        sign = Cue.PRESENT_CODE
    return Shown(sign, STANDINGS[state].part, language)
