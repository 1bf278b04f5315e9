"""A technician at a running lane: what is refused, by name; what is done, and written first."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from egate.domain.lane_event import Order
from egate.domain.lane_part import Input, Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.record import EntryKind
from egate.domain.self_checked import Checked
from egate.loop.messages import (
    Answered,
    Attach,
    CheckDone,
    ForceOutput,
    GiveOrder,
    OutputFelt,
    RunChecks,
    Serve,
    SetMaintenance,
)
from tests.loop.gate import Gate, running_gate
from tests.loop.parts import Peer, until

M = TypeVar("M")
WHY = "the bolt sticks"


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Gate]:
    return running_gate(tmp_path)


class Technician(Peer):
    """A technician's line to a lane."""

    def __init__(self, gate: Gate) -> None:
        super().__init__()
        self.gate = gate

    async def comes(self) -> "Technician":
        await self.connect(self.gate.socket)
        self.say(Serve(technician="technician-2"))
        return self

    async def asks(self, wish: SetMaintenance | ForceOutput | RunChecks) -> tuple[str, ...]:
        """Ask for something; return what stood against it."""
        self.say(wish)
        await until(lambda: self.answers(wish.request), f"an answer to {wish.kind}")
        return self.answers(wish.request)[0].against

    def answers(self, request: int) -> list[Answered]:
        return [one for one in self.heard(Answered) if one.request == request]

    def heard(self, kind: type[M]) -> list[M]:
        return [one for one in self.received if isinstance(one, kind)]

    def felt(self, request: int) -> list[tuple[str, str | None, bool | None]]:
        told = (one for one in self.heard(OutputFelt) if one.request == request)
        return [(one.felt, one.line and one.line.value, one.active) for one in told]


async def closed(gate: Gate) -> None:
    """Have an officer close the lane, and leave."""
    console = await Peer().connect(gate.socket)
    console.say(Attach(officer="officer-1"))
    console.say(GiveOrder(order=Order.CLOSE_LANE, passage=0, reason="service"))
    await gate.stands(LaneState.CLOSED)
    console.close()


async def in_maintenance(gate: Gate) -> Technician:
    await closed(gate)
    technician = await Technician(gate).comes()
    assert await technician.asks(SetMaintenance(request=1, is_on=True, reason=WHY)) == ()
    await gate.stands(LaneState.MAINTENANCE)
    return technician


def force(request: int, output: Output, *, active: bool = True) -> ForceOutput:
    return ForceOutput(request=request, output=output, active=active, reason=WHY)


def asked_for(gate: Gate) -> list[tuple[object, ...]]:
    """Return what the journal holds of technicians: what, which output, who and why."""
    return [
        (entry.facts.get("output"), entry.facts["what"], dict(entry.personal))
        for entry in gate.journal.entries
        if entry.kind is EntryKind.NOTE and "technician" in str(entry.facts["what"])
    ]


def test_a_lane_that_is_open_does_not_go_into_maintenance(run: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        technician = await Technician(gate).comes()
        told = await technician.asks(SetMaintenance(request=1, is_on=True, reason=WHY))
        assert told == ("state_can_be_left", "lane_closed")
        assert await technician.asks(force(2, Output.EXIT_RELEASE)) == ("in_maintenance",)
        assert await technician.asks(force(3, Output.SOUNDER)) == ("in_maintenance",)
        assert await technician.asks(RunChecks(request=4)) == ("in_maintenance",)
        technician.close()

    gate = run(case)
    assert not {(Output.EXIT_RELEASE, True), (Output.SOUNDER, True)} & {*gate.board.driven}


def test_somebody_inside_keeps_a_closed_lane_from_maintenance(run: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await closed(gate)
        gate.moves((Input.CHAMBER_EMPTY, False))
        technician = await Technician(gate).comes()
        told = await technician.asks(SetMaintenance(request=1, is_on=True, reason=WHY))
        assert told == ("chamber_empty",)
        technician.close()

    run(case)


def test_a_door_goes_for_a_pulse_is_felt_and_stands_in_the_journal_before(
    run: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        assert await technician.asks(force(2, Output.EXIT_RELEASE)) == ()
        await until(lambda: technician.felt(2) == [("driven", None, None)])
        assert Output.EXIT_RELEASE in gate.board.active()
        gate.moves((Input.EXIT_LOCKED, False), (Input.ENTRY_BEAM_CLEAR, True))
        await until(lambda: ("line", "exit_locked", False) in technician.felt(2))
        assert await technician.asks(force(3, Output.EXIT_RELEASE, active=False)) == ()
        gate.moves((Input.EXIT_LOCKED, True))
        await until(lambda: ("line", "exit_locked", True) in technician.felt(2))
        assert ("ended", None, None) in technician.felt(2)
        technician.close()

    gate = run(case)
    by = {"technician": "technician-2", "reason": WHY}
    assert asked_for(gate)[:2] == [
        (None, "a technician asks to enter maintenance", by),
        ("exit_release", "a technician asks for an output", by),
    ]
    kinds = [entry.kind for entry in gate.journal.entries]
    asked = next(place for place, one in enumerate(gate.journal.entries) if "output" in one.facts)
    assert asked < kinds.index(EntryKind.RELEASE)


def test_a_pulse_that_is_not_on_disk_is_not_given(run: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        gate.journal.fails = True
        assert await technician.asks(force(2, Output.EXIT_RELEASE)) == ("journal_present",)
        gate.journal.fails = False
        technician.close()

    gate = run(case)
    assert (Output.EXIT_RELEASE, True) not in gate.board.driven


def test_the_guard_says_by_name_what_stands_against_a_door(run: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        gate.moves((Input.ENTRY_LOCKED, False))
        assert await technician.asks(force(2, Output.EXIT_RELEASE)) == ("other_door_secured",)
        gate.moves((Input.ENTRY_LOCKED, True), (Input.CHAMBER_EMPTY, False))
        assert await technician.asks(force(3, Output.EXIT_RELEASE)) == ("chamber_empty",)
        gate.moves((Input.CHAMBER_EMPTY, True))
        assert await technician.asks(force(4, Output.ENTRY_RELEASE)) == ()
        assert await technician.asks(force(5, Output.EXIT_RELEASE)) == ("other_door_not_released",)
        technician.close()

    gate = run(case)
    assert (Output.EXIT_RELEASE, True) not in gate.board.driven


def test_a_release_that_ended_by_itself_lets_the_other_door_be_tried(
    run: Callable[..., Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egate.lane.actions.FORCED_RELEASE_S", 0.05)

    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        assert await technician.asks(force(2, Output.ENTRY_RELEASE)) == ()
        await until(lambda: ("ended", None, None) in technician.felt(2))
        assert await technician.asks(force(3, Output.EXIT_RELEASE)) == ()
        technician.close()

    run(case)


def test_a_lamp_is_lit_and_is_as_its_state_has_it_after(
    run: Callable[..., Gate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egate.lane.actions.FORCED_SIGNAL_S", 0.05)

    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        assert await technician.asks(force(2, Output.ENTRY_GO)) == ()
        await until(lambda: technician.felt(2) == [("driven", None, None), ("ended", None, None)])
        assert await technician.asks(force(3, Output.STOP, active=False)) == ()
        await until(lambda: ("ended", None, None) in technician.felt(3))
        assert await technician.asks(force(4, Output.SOUNDER)) == ()
        await until(lambda: ("ended", None, None) in technician.felt(4))
        assert gate.board.active() == {Output.STOP}
        technician.close()

    driven = run(case).board.driven
    lit = [one for one in driven if one[0] in (Output.ENTRY_GO, Output.SOUNDER)]
    assert lit[-4:] == [
        (Output.ENTRY_GO, True), (Output.ENTRY_GO, False),
        (Output.SOUNDER, True), (Output.SOUNDER, False),
    ]  # fmt: skip


def test_what_this_lane_has_not_and_the_relays_renewal_are_no_outputs_to_try(
    run: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        assert await technician.asks(force(2, Output.ALIVE)) == ("has_this_output",)
        assert await technician.asks(force(3, Output.ENTRY_RELEASE)) == ("has_this_output",)
        technician.close()

    run(case, Shape.TURNSTILE)


def test_leaving_maintenance_is_a_start_with_a_self_test(run: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        told = await technician.asks(SetMaintenance(request=9, is_on=False, reason="done"))
        assert told == ()
        await gate.stands(LaneState.READY)
        technician.close()

    gate = run(case)
    states = [facts["state"] for facts in gate.journal.facts(EntryKind.STATE)]
    assert states[states.index("maintenance") :] == ["maintenance", "boot", "closed", "ready"]


def checked(number: int) -> Checked:
    outcome = "failed" if number == 2 else "passed"
    return Checked(f"EG-S30{number}", "journal", outcome, "why", is_own=True, values={}, took_s=0.0)


def test_the_checks_are_told_one_by_one_and_a_run_is_written_down(run: Callable[..., Gate]) -> None:
    results = (checked(1), checked(2))

    async def case(gate: Gate) -> None:
        gate.checks = lambda only: tuple(one for one in results if only in ("", one.id))
        technician = await in_maintenance(gate)
        assert await technician.asks(RunChecks(request=5)) == ()
        await until(lambda: len(technician.heard(CheckDone)) == len(results))
        told = technician.heard(CheckDone)
        assert [(one.number, one.in_all, one.check) for one in told] == [
            (1, 2, results[0]),
            (2, 2, results[1]),
        ]
        assert await technician.asks(RunChecks(request=6, only="EG-S302")) == ()
        assert await technician.asks(RunChecks(request=7, only="EG-X999")) == ("has_this_check",)
        technician.close()

    gate = run(case)
    ran = [entry for entry in gate.journal.entries if "checks" in entry.facts]
    assert [(one.facts["checks"], one.facts["failed"]) for one in ran] == [
        (2, "EG-S302 why"),
        (1, "EG-S302 why"),
    ]
    assert [dict(one.personal) for one in ran] == [{"technician": "technician-2"}] * 2


def test_what_an_output_did_is_written_down_with_who_drove_it(run: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        technician = await in_maintenance(gate)
        assert await technician.asks(force(2, Output.EXIT_RELEASE)) == ()
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        gate.moves((Input.EXIT_LOCKED, False), (Input.EXIT_LOCKED, True))
        assert await technician.asks(force(3, Output.EXIT_RELEASE, active=False)) == ()
        await until(lambda: len(gate.journal.facts(EntryKind.FORCED)) == 2)
        technician.close()

    gate = run(case)
    begun, ended = (one for one in gate.journal.entries if one.kind is EntryKind.FORCED)
    assert {**begun.personal, **ended.personal} == {"technician": "technician-2"}
    assert begun.facts == {"output": "exit_release", "active": True, "by": "maintenance"}
    assert "after_s.exit_locked" in ended.facts
