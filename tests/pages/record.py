"""Record what a lane shows during real passages: `python -m tests.pages.record`.

tests/pages/recorded/stream.json   every `state_shown` of a bench's lane, in its order: one
                                   traveller led through, one referred and let back, one turned
                                   away. Nothing personal is in them, and of time the order alone
"""

import json
from pathlib import Path
import sys
import tempfile
from typing import Any

from tests.walk.bench_gate import BenchGate
from tests.walk.drills import stage

RECORDED = Path(__file__).parent / "recorded" / "stream.json"
LEFT_OUT = {"kind", "at_s"}
UNHURRIED = {"turned_away_s": 2.0, "verifying_s": 60.0, "face_try_s": 20.0, "exit_released_s": 60.0}


async def passages(gate: BenchGate) -> list[dict[str, Any]]:
    """Let three people come; return what was shown meanwhile, each change once."""
    gate.shown.clear()
    gate.comes(gate.permit())
    await gate.sees("leaving")
    await gate.empties()
    gate.comes(gate.permit(), face="person_4")
    await gate.sees("referred")
    gate.order("let_back")
    await gate.empties()
    gate.comes("BG1:NO PERMIT AT ALL")
    await gate.sees("turned_away")
    for person in tuple(gate.bench.walkway.people):
        gate.bench.walkway.people.remove(person)
    await gate.until(gate.is_ready, 20.0, "ready again")
    shown = [{k: v for k, v in one.items() if k not in LEFT_OUT} for _at_s, one in gate.shown]
    return [one for place, one in enumerate(shown) if place == 0 or shown[place - 1] != one]


def main() -> int:
    """Record them; return the exit status."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stage(BenchGate(Path(folder), UNHURRIED)) as staged,
    ):
        told = staged.thread.carry_out(passages(staged.gate))
    RECORDED.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in told)
    RECORDED.write_text(f"[\n{lines}\n]\n")
    sys.stdout.write(f"{len(told)} changes of a lane: {RECORDED.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
