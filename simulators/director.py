"""Leads scenarios through a bench gate, one after the other, and keeps what was seen.

It shows the lane who comes and breaks what a scenario breaks; with `by_script` it does what the
scenario's officer does too, else that is for a person at the gate's console.
"""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
import time
from typing import Any

from egate.domain.head_turn import Turn
from egate.domain.lane_state import LaneState
from simulators.bench import Bench, Compares
from simulators.fingers import Touch
from simulators.hand import LIES_FOR_A_PICTURE_S, LIES_S, Hand, finger_of
from simulators.lane_console import LaneConsole, Shown
from simulators.outcome import Outcome
from simulators.people import Left, traveller
from simulators.scenario import Comer, Duty, Fault, Scenario

READY_WITHIN_S = 30.0
SCENARIO_WITHIN_S = 120.0
CALLED_OFF = "called off"
ASKED = {"turn_head_left": Turn.LEFT, "turn_head_right": Turn.RIGHT}  # by what is shown


class Director:
    """Leads one scenario after the other and keeps what was seen."""

    def __init__(self, bench: Bench, seed: int, *, by_script: bool = True) -> None:
        self._bench = bench
        self.console = LaneConsole(
            bench.run_folder / "lane.sock", self.state_shown, attends=by_script
        )
        self.shown: Shown = {}
        self._seed = seed
        self._changed = asyncio.Event()
        self.outcome: Outcome | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_called_off = False
        bench.on_left = self._left

    def state_shown(self, shown: Shown) -> None:
        """Take in how the lane stands."""
        before = self.shown.get("state")
        self.shown = shown
        self._changed.set()
        self._bench.camera.ask(ASKED.get(str(shown.get("prompt")), Turn.AHEAD))
        outcome = self.outcome
        if outcome is None:
            return
        passage = shown.get("passage")
        if passage and passage not in outcome.passages:
            outcome.passages.append(passage)
        if shown["state"] != before:
            outcome.saw.append(shown["state"])
            self._act(outcome, LaneState(shown["state"]))

    async def until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait for a lane that can take anybody: a permit is taken without a document reader too.

        Raises:
            TimeoutError: it does not come.
        """
        await self._until(self._is_whole, within_s)

    async def play(
        self, scenario: Scenario, texts: Sequence[str], within_s: float | None = SCENARIO_WITHIN_S
    ) -> Outcome:
        """Let one scenario happen, from a ready lane to a ready lane.

        Without `within_s` there is no limit, and people come to whatever lane there is.
        """
        at_host = self._bench.finger is Compares.HOST
        outcome = Outcome(scenario, scenario.expects(self._bench.shape, at_host=at_host))
        self._is_called_off = False
        began_s = time.monotonic()
        try:
            if within_s is not None:
                await self.until_ready()
            began_s = time.monotonic()
            self.outcome = outcome
            self._act(outcome, LaneState.READY)
            if any(fault.at is LaneState.READY for fault in scenario.faults):
                await self._until(lambda: not self._is_whole(), READY_WITHIN_S)
                await self.until_ready()
            self._let_come(scenario, texts)
            await self._until(lambda: self._is_over(outcome), within_s)
        except TimeoutError:
            outcome.problem = f"the lane still stands in {self.shown.get('state', 'no state')}"
        outcome.took_s = time.monotonic() - began_s
        self.outcome = None
        for task in tuple(self._tasks):
            task.cancel()
        if self._is_called_off:
            outcome.problem = CALLED_OFF
            self._bench.walkway.lift_out()
        return outcome

    def call_off(self) -> None:
        """End the scenario that is going on; who has come is lifted out of the lane."""
        self._is_called_off = True
        self._changed.set()

    def attend(self, *, by_script: bool) -> None:
        """Let the script be the officer from now on, also of what waits for one; or no longer."""
        self.console.attend(attends=by_script)
        if by_script and self.outcome is not None and self.duty is not None:
            self._start(self._attend(self.duty))

    @property
    def duty(self) -> Duty | None:
        """What the scenario's officer would do where the lane stands now."""
        duties = self.outcome.scenario.officer if self.outcome is not None else ()
        return next((one for one in duties if one.at == self.shown.get("state")), None)

    def _let_come(self, scenario: Scenario, texts: Sequence[str]) -> None:
        # Each scenario draws its own people, so that it goes the same way whatever came before it.
        draw = Random(f"{self._seed} {scenario.name}")  # noqa: S311  # repeats itself on purpose
        comers = zip(scenario.names, scenario.people, texts, strict=True)
        for name, comer, text in comers:
            self._bench.walkway.add(
                traveller(
                    name,
                    draw,
                    token=text,
                    document=name if comer.document else "",
                    hand=_hand(comer, self._bench.finger),
                    faces=(comer.face,),
                    habit=comer.habit,
                )
            )

    def _is_whole(self) -> bool:
        return self.shown.get("state") == "ready" and not self.shown.get("missing")

    def _is_over(self, outcome: Outcome) -> bool:
        if self._is_called_off:
            return True
        gone = len(outcome.people) == len(outcome.scenario.people)
        return gone and self.shown.get("state") == "ready" and not self._tasks

    def _left(self, left: Left) -> None:
        if self.outcome is not None:
            self.outcome.people.append(left.way)
        self._changed.set()

    def _act(self, outcome: Outcome, state: LaneState) -> None:
        for fault in outcome.scenario.faults:
            if fault.at is state and outcome.saw.count(state) <= 1:
                self._start(self._break(fault))
        for duty in outcome.scenario.officer:
            if duty.at is state and self.console.attends:
                self._start(self._attend(duty))

    async def _break(self, fault: Fault) -> None:
        self._bench.set_fault(fault.fault, on=True)
        try:
            await asyncio.sleep(fault.for_s)
        finally:
            self._bench.set_fault(fault.fault, on=False)

    async def _attend(self, duty: Duty) -> None:
        """Do what an officer does, as long as the lane stands where it called for it."""
        for action in duty.does:
            await asyncio.sleep(duty.after_s)
            if self.shown.get("state") != duty.at:
                return
            self.do(action)

    def do(self, action: str) -> None:
        """Do one thing that an officer does, one of simulators.scenario.ACTIONS."""
        match action:
            case "tell_to_leave":
                self._bench.walkway.tell_to_leave()
            case "clear_luggage":
                self._bench.walkway.clear_luggage()
            case "close_emergency_loop":
                self._bench.set_fault("emergency_open", on=False)
            case order:
                self.console.order(order, self.shown.get("passage") or 0, "as the drill says")

    def _start(self, work: Any) -> None:  # noqa: ANN401  # any coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()

    async def _until(self, holds: Callable[[], object], within_s: float | None) -> None:
        async with asyncio.timeout(within_s):
            while not holds():
                self._changed.clear()
                await self._changed.wait()


def _hand(comer: Comer, compares: Compares) -> Hand | None:
    """Return the hand of somebody who is enrolled with a finger; the wrong one is nobody's."""
    own, nobodys = finger_of(comer.face), finger_of("nobody")
    lies_s = LIES_FOR_A_PICTURE_S if compares is Compares.HOST else LIES_S
    match comer.finger:
        case "":
            return None
        case "own":
            return Hand(own, lies_s=lies_s)
        case "wrong":
            return Hand(nobodys, lies_s=lies_s)
        case "wrong_first":
            return Hand(own, first=nobodys, lies_s=lies_s)
        case touch:
            return Hand(own, Touch(touch), lies_s=lies_s)
