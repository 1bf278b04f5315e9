"""What a person may do with an open bench, and what there is to see; no browser is known here.

One traveller scenario at a time walks through the gate, by the same director as in the
demonstration. Its officer is a person at the gate's console, or, if asked for, the scenario's
script. Faults of the table (simulators/faults.py) come and go as they are switched; processes of
the gate are killed or frozen, and come back by the gate's own supervisor.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
import os
import signal
import time
from typing import Any, Final

from egate.domain.lane_part import outputs_of
from egate.domain.lane_state import LaneState
from simulators.bench import Bench, Compares
from simulators.cast import CastFailed
from simulators.diary import Diary, plain
from simulators.director import CALLED_OFF, Director
from simulators.faults import faults_of
from simulators.gate_process import GateProcess
from simulators.lane_console import Shown
from simulators.outcome import Outcome, judge, passage
from simulators.people import Way
from simulators.scenario import Scenario
from simulators.switches import Fault

Facts = dict[str, Any]
STARTS_WITHIN_S: Final = 120.0  # on a machine that has no time
OLD_S: Final = 2.5  # it says how it stands once a second
KEPT: Final = 12  # outcomes
HOWS: Final = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}
AT_THE_LANE: Final = {  # what an officer does without a console
    "tell_to_leave": "Tell them to leave",
    "clear_luggage": "Carry away what lies there",
    "close_emergency_loop": "Close the emergency loop",
}
AT_THE_CONSOLE: Final = {
    "admit": "Admit",
    "let_back": "Let back",
    "clear": "Clear the exception",
    "reset_emergency": "Reset the emergency",
}
COUNTED: Final = {1: "one", 2: "two"}
CALLS: Final = {
    LaneState.REFERRED: "Admit, or Let back",
    LaneState.EXCEPTION: "Clear the exception",
    LaneState.EMERGENCY: "Reset the emergency",
    LaneState.CLOSED: "Open the lane",
}


class NotNow(Exception):
    """What was asked for cannot be done now, or is nothing at all; the text is for a person."""


class Play:
    """One open bench; `brings` issues what the people of a scenario bring."""

    def __init__(
        self,
        bench: Bench,
        gate: GateProcess,
        director: Director,
        scenarios: Sequence[Scenario],
        brings: Callable[[Scenario], Awaitable[Sequence[str]]],
    ) -> None:
        self.bench = bench
        self.scenarios = {scenario.name: scenario for scenario in scenarios}
        self.faults = {fault.key: fault for fault in faults_of(bench)}
        self._gate = gate
        self._director = director
        self._brings = brings
        self._diary = Diary(bench)
        self._walking: asyncio.Task[None] | None = None
        self._walks: Scenario | None = None
        self._began_s = 0.0
        self._is_called_off = False
        self._ended: list[Facts] = []

    async def until_ready(self) -> None:
        """Wait until the lane is ready.

        Raises:
            TimeoutError: it is not in time.
        """
        await self._director.until_ready(STARTS_WITHIN_S)

    def look(self) -> None:
        """Write down what has changed since the last look."""
        since_s = time.monotonic() - self._began_s if self._walks else None
        self._diary.look(self._shown(), since_s)

    async def close(self) -> None:
        """End whatever walks."""
        if self._walking is not None:
            self._walking.cancel()
            with suppress(asyncio.CancelledError):
                await self._walking

    # What a person may do.

    def walk(self, name: str) -> None:
        """Send the people of this scenario."""
        scenario = self.scenarios.get(name)
        if scenario is None:
            raise NotNow("There is no such traveller.")
        if self._walks is not None:
            raise NotNow(f"Wait: “{self._walks.title}” is not over yet.")
        self._walks, self._began_s = scenario, time.monotonic()
        self._is_called_off = False
        self._diary.begin(scenario)
        self._walking = asyncio.get_running_loop().create_task(self._walk(scenario))

    def call_off(self) -> None:
        """End the scenario: whoever came for it is lifted out of the lane."""
        if self._walks is None:
            raise NotNow("Nobody walks.")
        self._is_called_off = True  # also of one whose people have not come yet
        self._director.call_off()

    def switch(self, key: str, *, on: bool) -> None:
        """Break something, or mend it."""
        fault = self.faults.get(key)
        if fault is None:
            raise NotNow("There is no such fault.")
        fault.switch(self.bench, on)

    def mend_all(self) -> None:
        """Mend whatever is broken."""
        for fault in self._broken():
            fault.switch(self.bench, False)  # noqa: FBT003  # a Switch

    def end_process(self, name: str, how: str) -> None:
        """Kill or freeze one process of the gate."""
        pid, number = self._gate.pids().get(name), HOWS.get(how)
        if pid is None or number is None:
            raise NotNow("The gate has no such process.")
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    def do(self, action: str) -> None:
        """Do what an officer does at the lane itself."""
        if action not in AT_THE_LANE:
            raise NotNow("Nobody can do that here.")
        self._director.do(action)

    def attend(self, *, by_script: bool) -> None:
        """Let the scenarios' officer do what is to be done, or leave it to the console."""
        if by_script is not self._director.console.attends:
            self._director.attend(by_script=by_script)

    # What there is to see.

    def processes(self) -> tuple[str, ...]:
        """Return the processes of the gate, by name."""
        return tuple(self._gate.pids())

    def facts(self) -> Facts:
        """Return how everything stands, as JSON takes it."""
        shown = self._shown()
        return {
            "state": shown.get("state", ""),
            "trouble": shown.get("trouble") or "",
            "prompt": shown.get("prompt") or "",
            "missing": list(shown.get("missing", ())),
            "lane": self._drawn(),
            "walks": self._walks.name if self._walks else "",
            "for_s": round(time.monotonic() - self._began_s) if self._walks else 0,
            "waits_for": self._waits_for(),
            "by_script": self._director.console.attends,
            "broken": [fault.key for fault in self._broken()],
            "page": self._diary.page,
            "diary": self._diary.lines,
            "ended": self._ended,
        }

    def _shown(self) -> Shown:
        """Return what the lane shows, or nothing when it has said nothing for too long."""
        shown = self._director.shown
        is_old = time.monotonic() - shown.get("at_s", 0.0) > OLD_S
        return {} if is_old else shown

    def _broken(self) -> list[Fault]:
        return [fault for fault in self.faults.values() if fault.is_in(self.bench)]

    def _drawn(self) -> Facts:
        plant = self.bench.plant
        return {
            "length_m": plant.length_m,
            "mark_m": self.bench.walkway.mark_m,
            "leaves": [
                [door, leaf.x_m, round(leaf.angle_deg), leaf.bolted]
                for door, leaf in plant.leaves.items()
            ],
            "bodies": [
                [round(body.x_m, 2), round(body.depth_m, 2), body.heads] for body in plant.bodies
            ],
            "lit": [output for output in outputs_of(plant.shape) if plant.is_energised(output)],
        }

    def _waits_for(self) -> list[str]:
        """Say what a person has to do for the lane to go on; nothing where a script does it."""
        state = self._shown().get("state", "")
        if self._director.console.attends and self._walks is not None:
            return []
        duty = self._director.duty
        if duty is not None:
            return [
                f"Here: {AT_THE_LANE[action]}"
                if action in AT_THE_LANE
                else f"At the console: {AT_THE_CONSOLE[action]}"
                for action in duty.does
            ]
        return [f"At the console: {CALLS[LaneState(state)]}"] if state in CALLS else []

    async def _walk(self, scenario: Scenario) -> None:
        try:
            texts = await self._brings(scenario)
            if self._is_called_off:
                self._keep(scenario, seen=_words((), ()), problem=CALLED_OFF)
                return
            outcome = await self._director.play(scenario, texts, None)
            self.look()
            told = [await passage(self._gate.journal, number) for number in outcome.passages]
            self._end(scenario, outcome, told)
        except (CastFailed, TimeoutError) as error:
            self._keep(
                scenario, seen=f"{type(error).__name__}: it could not be played", problem="!"
            )
        finally:
            self._walks = None

    def _end(self, scenario: Scenario, outcome: Outcome, told: list[Facts]) -> None:
        self._keep(
            scenario,
            seen=_words([str(each["ending"]) for each in told], outcome.people),
            problem=outcome.problem or judge(outcome, told),
            took_s=round(outcome.took_s, 1),
        )

    def _keep(self, scenario: Scenario, *, seen: str, problem: str, took_s: float = 0.0) -> None:
        ended = {
            "name": scenario.name,
            "title": scenario.title,
            "expected": expected_of(scenario, self.bench),
            "seen": seen,
            "problem": problem,
            "took_s": took_s,
        }
        self._ended = [ended, *self._ended][:KEPT]


def expected_of(scenario: Scenario, bench: Bench) -> str:
    """Return how a scenario must end here, in words."""
    expected = scenario.expects(bench.shape, at_host=bench.finger is Compares.HOST)
    return _words(expected.endings, expected.people)


def _words(endings: Sequence[str], ways: Sequence[Way]) -> str:
    """Return how it ended, in words.

    >>> _words(["token_refused"], [Way.BACK])
    'token refused; one back'
    >>> _words(["completed", "tailgating"], [Way.THROUGH, Way.BACK, Way.BACK])
    'completed, tailgating; one through, two back'
    """
    counts = {way: list(ways).count(way) for way in Way}
    left = [f"{COUNTED.get(count, count)} {way}" for way, count in counts.items() if count]
    ended = plain(", ".join(endings)) or "no passage"
    return f"{ended}; {', '.join(left) or 'nobody left'}"
