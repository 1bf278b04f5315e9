"""What every drill on the bench is made of: something is struck, and what must hold after it.

Source: DESIGN section 3, rules 1, 5, 7, 8 and 9; research/hardware.md section 6.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import inf
import signal
from signal import Signals
import sys

import pytest

from egate.domain.record import EntryKind
from simulators import faces
from simulators.people import Person
from tests.walk.bench_gate import FACES, NAMES, BenchGate, LoopThread, Loss, Stage

KILL, STOP = signal.SIGKILL, signal.SIGSTOP
HOWS = pytest.mark.parametrize("how", [KILL, STOP], ids=["killed", "hung"])
# Deadlines for a machine that others share; `make bench` prints the figures (a host is to be
# back within 1 s), and -s shows those of this run.
BACK_WITHIN_S = 6.0
NOTICED_WITHIN_S = {KILL: 3.0, STOP: 4.0}


@contextmanager
def stage(gate: BenchGate) -> Iterator[Stage]:
    """Open a bench in a thread of its own; at the end write its figures down."""
    faces.obtain(FACES)
    thread = LoopThread()
    try:
        thread.carry_out(gate.open())
        yield Stage(thread, gate)
    finally:
        with suppress(AssertionError):
            thread.carry_out(gate.close())
        tell(gate)
        thread.close()


def tell(gate: BenchGate) -> None:
    """Write every death with its figures, for `pytest -s`."""
    lines = [f"{'process':8} {'how':8} {'in state':15} {'noticed':>8} {'died':>8} {'back':>8}"]
    for loss in gate.losses:
        after = (loss.lost_at_s - loss.at_s, loss.died_at_s - loss.at_s, loss.back_after_s)
        told = " ".join(f"{seconds:8.3f}" if 0 <= seconds < 100 else f"{'':8}" for seconds in after)
        lines.append(f"{loss.process:8} {loss.how:8} {loss.state:15} {told}")
    unsecured_s = gate.watch.unsecured_at_rest_s
    lines.append(f"two doors unsecured while a lane was dead: {unsecured_s:.2f} s")
    sys.stdout.write("\n" + "\n".join(lines) + "\n")


async def has_settled(gate: BenchGate, since_s: float, losses: list[Loss]) -> None:
    """What must hold after every drill."""
    await gate.empties()
    entries = gate.entries(since_s)
    for loss in losses:
        named = {
            entry.facts["device"]
            for entry in entries
            if entry.kind is EntryKind.DEVICE and not entry.facts["present"]
        }
        assert NAMES[loss.process] <= named
        assert loss.lost_at_s - loss.at_s < NOTICED_WITHIN_S[Signals[loss.how]], loss
        assert loss.back_after_s < BACK_WITHIN_S, loss
    stands_well(gate)


def stands_well(gate: BenchGate) -> None:
    """No door did what it may not, since the last look."""
    unbidden = gate.watch.unbidden(gate.entries(0.0))
    wrongs, gate.watch.wrongs = gate.watch.wrongs, set()
    gate.watch.let_go.clear()
    assert (wrongs, unbidden) == (set(), [])


async def dies(
    gate: BenchGate, state: str, host: str, how: Signals, waits: Person | None = None
) -> Loss:
    """Strike this host when the lane is in this state, at once if it is; wait until it is back.

    `waits`: who does not react to what they see until then. So the lane cannot run ahead of the
    drill while a host takes its time to come back, and nobody walks into an entry that shuts.
    """
    struck: list[Loss] = []
    happened = asyncio.Event()
    reacts_s = waits.reaction_s if waits else 0.0

    def strike() -> None:
        struck.append(gate.strike(host, how))
        if waits:
            waits.reaction_s = inf
        happened.set()

    if gate.state == state:
        strike()
    else:
        gate.at(state, strike)
    try:
        await asyncio.wait_for(happened.wait(), 30.0)
    except TimeoutError:
        gate.at(state, lambda: None)  # the next drill is not struck for this one
        raise AssertionError(f"{state} was not seen; the lane stands in {gate.state}") from None
    assert struck[0].state == state
    await gate.is_lost_and_back(struck[0])
    if waits:
        waits.reaction_s = reacts_s
    return struck[0]


async def dies_now(gate: BenchGate, host: str, how: Signals) -> Loss:
    """Strike this host in the state in which the lane stands; wait until it is back."""
    loss = gate.strike(host, how)
    await gate.is_lost_and_back(loss)
    return loss
