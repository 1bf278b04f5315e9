"""What ARCHITECTURE.md repeats of the code: `python -m tests.documents` writes it there.

Only the table of states is made; the other tables have words of their own, so they are compared
(test_documents.py), not written.
"""

from collections.abc import Iterator
from pathlib import Path
import re
import sys

from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.lane.table import ENTER, MOVES, SENSED, STATE_LIMIT, Move

HOUSE = Path(__file__).parent.parent
ARCHITECTURE = HOUSE / "ARCHITECTURE.md"
STATES = re.compile(r"(<!-- states:[^\n]*-->\n).*?(<!-- /states -->)", re.DOTALL)


def states_table() -> str:
    """Return the table of states: shown, limit, where the limit leads, where all else leads."""
    head = "| state | shown | limit | when it ends | leads to |\n|---|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(_row(state))} |\n" for state in LaneState)


def with_states(text: str) -> str:
    """Return the document with the table of states as the code has it."""
    return STATES.sub(lambda found: found[1] + states_table() + found[2], text)


def _row(state: LaneState) -> tuple[str, ...]:
    entering = ENTER[state]
    limit = entering.limit and f"`{entering.limit}` {getattr(TimeLimits(), entering.limit):g}"
    moves = [move for move in MOVES if state in move.sources]
    ended = [move for move in moves if STATE_LIMIT in move.when]
    return (
        f"`{state}`",
        entering.prompt.value if entering.prompt else "as before",
        limit or "-",
        _targets(ended) or "-",
        "; ".join(_others(move for move in moves if STATE_LIMIT not in move.when)) or "-",
    )


def _others(moves: Iterator[Move]) -> Iterator[str]:
    """Yield one part for each kind of event: its name, then where it leads."""
    led: dict[str, list[Move]] = {}
    for move in moves:
        if move.target is not LaneState.EMERGENCY:
            led.setdefault(move.event, []).append(move)
    for event in sorted(led, key=lambda name: name != SENSED):
        yield f"*{event}* {_targets(led[event])}"


def _targets(moves: list[Move]) -> str:
    return ", ".join(dict.fromkeys(f"`{m.target}`" if m.target else "stays" for m in moves))


if __name__ == "__main__":
    ARCHITECTURE.write_text(with_states(ARCHITECTURE.read_text()))
    sys.exit(0)
