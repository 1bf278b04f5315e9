"""A door that a technician lets go in maintenance is written down with what answered."""

import asyncio
from dataclasses import replace
from pathlib import Path

from egate.domain.effect import Lock, Purpose, Release, Signal
from egate.domain.lane_event import DeviceBack, InputChanged, LaneEvent
from egate.domain.lane_part import Door, Input, Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.lane import Step
from egate.loop.lane_loop import LaneLoop
from tests.loop.gate import Gate
from tests.loop.parts import until


class InMaintenance:
    """A lane that lets the exit go by hand once the board is there, and locks it when it opens."""

    def __init__(self, for_s: float) -> None:
        self.for_s = for_s

    def start(self) -> Step:
        return Step(LaneState.MAINTENANCE, ())

    def handle(self, event: LaneEvent) -> Step:
        effects: tuple[Release | Lock, ...] = ()
        match event:
            case DeviceBack(device="board"):
                forced = Purpose.FORCED_BY_TECHNICIAN
                effects = (Release(Door.EXIT, forced, self.for_s),)
            case InputChanged(line=Input.EXIT_CLOSED, active=False):
                effects = (Lock(Door.EXIT),)
            case _:
                pass
        return Step(LaneState.MAINTENANCE, effects)


class WithALamp(InMaintenance):
    """A lane that lights the red cross by hand, which its state has lit anyhow."""

    def handle(self, event: LaneEvent) -> Step:
        is_back = isinstance(event, DeviceBack) and event.device == "board"
        effects = (Signal(Output.STOP, active=True, for_s=self.for_s),) if is_back else ()
        return Step(LaneState.MAINTENANCE, effects)


def forced(folder: Path, for_s: float, *answers: Input) -> list[dict[str, object]]:
    gate = Gate(folder, Shape.TURNSTILE, TimeLimits())
    parts = replace(gate.parts, lane=InMaintenance(for_s))

    async def main() -> None:
        lane = LaneLoop(parts)
        running = asyncio.get_running_loop().create_task(lane.run())
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        for line in answers:
            gate.board.change(line, active=False)
        await until(lambda: len(gate.journal.facts(EntryKind.FORCED)) == 2)
        lane.stop()
        await running

    asyncio.run(main())
    return [dict(facts) for facts in gate.journal.facts(EntryKind.FORCED)]


def test_a_forced_release_is_written_down_with_the_lines_that_answered(tmp_path: Path) -> None:
    begun, ended = forced(tmp_path, 5.0, Input.EXIT_LOCKED, Input.EXIT_CLOSED)
    assert begun == {"output": "exit_release", "active": True, "by": "maintenance"}
    assert {"after_s.exit_locked", "after_s.exit_closed", "for_s"} <= ended.keys()
    assert ended["active"] is False


def test_one_that_nothing_answered_says_so_at_its_bound(tmp_path: Path) -> None:
    _, ended = forced(tmp_path, 0.05)
    assert ended["unanswered"] is True
    assert float(str(ended["for_s"])) >= 0.05


def test_a_lamp_that_stays_lit_by_its_state_was_driven_by_hand_no_longer_than_its_bound(
    tmp_path: Path,
) -> None:
    gate = Gate(tmp_path, Shape.TURNSTILE, TimeLimits())
    parts = replace(gate.parts, lane=WithALamp(0.05))

    async def main() -> None:
        lane = LaneLoop(parts)
        running = asyncio.get_running_loop().create_task(lane.run())
        await until(lambda: len(gate.journal.facts(EntryKind.FORCED)) == 2)
        assert Output.STOP in gate.board.active()
        lane.stop()
        await running

    asyncio.run(main())
    begun, ended = gate.journal.facts(EntryKind.FORCED)
    assert (begun["output"], begun["active"], ended["active"]) == ("stop", True, False)
    assert "unanswered" not in ended  # a lamp has no line


class BeforeTheBoard(InMaintenance):
    """A lane that wants both driven while no board is open yet."""

    def start(self) -> Step:
        release = Release(Door.EXIT, Purpose.FORCED_BY_TECHNICIAN, self.for_s)
        signal = Signal(Output.STOP, active=True, for_s=self.for_s)
        return Step(LaneState.MAINTENANCE, (release, signal))

    def handle(self, _event: LaneEvent) -> Step:
        return Step(LaneState.MAINTENANCE, ())


def test_what_no_board_takes_is_written_down_as_ended(tmp_path: Path) -> None:
    gate = Gate(tmp_path, Shape.TURNSTILE, TimeLimits())
    parts = replace(gate.parts, lane=BeforeTheBoard(5.0))

    async def main() -> None:
        lane = LaneLoop(parts)
        running = asyncio.get_running_loop().create_task(lane.run())
        await until(lambda: len(gate.journal.facts(EntryKind.FORCED)) == 4)
        lane.stop()
        await running

    asyncio.run(main())
    told = [(one["output"], one["active"]) for one in gate.journal.facts(EntryKind.FORCED)]
    assert told == [
        ("exit_release", True), ("exit_release", False), ("stop", True), ("stop", False),
    ]  # fmt: skip
    notes = [one["what"] for one in gate.journal.facts(EntryKind.NOTE)]
    assert "no board to drive stop" in notes
