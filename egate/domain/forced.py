"""An output driven by hand: for how long, and which line of its door answered, after what time.

Who drove it is the recorder's to know. A pulse is told twice: when the output is about to be
driven, so that nothing moves unrecorded, and when it rests again. A line answers by changing for
the first time while the output is driven; a lamp has none.

Source: DESIGN section 3, invariant 10; issue 5, item 7.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from egate.domain.lane_part import DOOR_CONTACTS, DOOR_RELEASE, Input, Output
from egate.domain.record import Fact

ANSWERS: Mapping[Output, tuple[Input, ...]] = {
    release: DOOR_CONTACTS[door] for door, release in DOOR_RELEASE.items()
}


@dataclass(frozen=True, slots=True)
class Pulse:
    """One driving of one output; `for_s` is None while it lasts, `answered` in seconds after it."""

    output: Output
    at_s: float
    for_s: float | None = None
    answered: Mapping[Input, float] = field(default_factory=dict, hash=False)


def facts_of_pulse(pulse: Pulse, by: str) -> dict[str, Fact]:
    """Return what the journal keeps of a pulse.

    >>> facts_of_pulse(Pulse(Output.EXIT_RELEASE, 5.0, 1.2, {Input.EXIT_LOCKED: 0.04}), "self-test")
    {'output': 'exit_release', 'active': False, 'by': 'self-test', 'for_s': 1.2, \
'after_s.exit_locked': 0.04}
    """
    facts: dict[str, Fact] = {"output": pulse.output.value, "active": pulse.for_s is None, "by": by}
    if pulse.for_s is None:
        return facts
    facts["for_s"] = round(pulse.for_s, 3)
    facts |= {f"after_s.{line}": round(after_s, 3) for line, after_s in pulse.answered.items()}
    if pulse.output in ANSWERS and not pulse.answered:
        facts["unanswered"] = True
    return facts


class Pulses:
    """The outputs that are driven by hand now."""

    def __init__(self, told: Callable[[Pulse], None]) -> None:
        self._told = told
        self._since: dict[Output, float] = {}
        self._answered: dict[Output, dict[Input, float]] = {}

    def begins(self, output: Output, at_s: float) -> None:
        """Tell that it is about to be driven; one that is driven already goes on."""
        if output not in self._since:
            self._told(Pulse(output, at_s))
            self._since[output], self._answered[output] = at_s, {}

    def heard(self, line: Input, at_s: float) -> None:
        """Take in that a line changed."""
        for output, since_s in self._since.items():
            if line in ANSWERS.get(output, ()):
                self._answered[output].setdefault(line, max(0.0, at_s - since_s))

    def ends(self, output: Output, at_s: float) -> None:
        """Tell that it rests again, if it was driven."""
        since_s = self._since.pop(output, None)
        if since_s is not None:
            answered = self._answered.pop(output)
            self._told(Pulse(output, since_s, max(0.0, at_s - since_s), answered))

    def all_end(self, at_s: float) -> None:
        """Tell that every output rests."""
        for output in tuple(self._since):
            self.ends(output, at_s)
