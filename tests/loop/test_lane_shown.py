"""What a running lane shows to consoles and pages, and what it takes of alarms that were seen."""

from collections.abc import Callable

from egate.domain.check import Check
from egate.domain.decision import Ruling, Stage
from egate.domain.lane_event import Order
from egate.domain.lane_part import Input
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.loop.messages import Acknowledge, Attach, DecisionShown, GiveOrder, StateShown
from tests.loop.gate import Gate
from tests.loop.parts import NO_FACE, Peer, until


async def console(gate: Gate, officer: str = "officer-7") -> Peer:
    peer = await Peer().connect(gate.socket)
    peer.say(Attach(officer=officer))
    peer.beat()
    return peer


def told(peer: Peer) -> list[DecisionShown]:
    return [message for message in peer.received if isinstance(message, DecisionShown)]


def shown(gate: Gate) -> list[StateShown]:
    return [message for message in gate.page.received if isinstance(message, StateShown)]


def test_officers_are_told_what_a_passage_was_found_to_be_and_pages_are_not(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        early = await console(gate)
        await gate.walks_in()
        await until(lambda: told(early))
        assert (told(early)[0].stage, told(early)[0].ruling) == (Stage.TOKEN, Ruling.ADMIT)
        gate.looks(NO_FACE)
        await gate.stands(LaneState.REFERRED)
        await until(lambda: told(early)[-1].stage is Stage.TRAVELLER)
        assert Check.FACE_IS_THE_HOLDER in [one.check for one in told(early)[-1].findings]
        late = await console(gate, "officer-8")  # who comes while it lasts sees the same
        await until(lambda: len(told(late)) == 2)
        assert told(late)[-1] == told(early)[-1]
        assert not gate.page.got(DecisionShown)
        early.close()
        late.close()

    run_gate(case, limits=TimeLimits(face_try_s=0.1, verifying_s=2.0))


def test_who_attaches_after_a_passage_is_told_nothing_of_it(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        after = await console(gate)
        await until(lambda: after.got(StateShown))
        assert not told(after)
        after.close()

    run_gate(case)


def test_an_alarm_that_was_seen_is_written_down_with_the_name_apart_and_moves_nothing(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        peer = await console(gate)
        peer.say(Acknowledge(trouble=Trouble.DOOR_FORCED, passage=None))
        await until(lambda: "an officer saw an alarm" in gate.notes())
        await gate.stands(LaneState.READY)
        peer.close()

    gate = run_gate(case)
    noted = next(
        entry
        for entry in gate.journal.entries
        if entry.kind is EntryKind.NOTE and entry.facts["what"] == "an officer saw an alarm"
    )
    assert noted.personal == {"officer": "officer-7"}
    assert noted.facts == {"what": "an officer saw an alarm", "trouble": "door_forced"}


def test_levels_are_shown_and_a_contact_that_chatters_floods_nobody(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await until(lambda: Input.EXIT_BEAM_CLEAR in shown(gate)[-1].active)
        peer = await console(gate)
        peer.say(GiveOrder(order=Order.CLOSE_LANE, passage=0, reason="shift ends"))
        await gate.stands(LaneState.CLOSED)
        before = len(shown(gate))
        for _ in range(100):
            gate.moves((Input.EXIT_BEAM_CLEAR, False), (Input.EXIT_BEAM_CLEAR, True))
        gate.moves((Input.EXIT_BEAM_CLEAR, False))
        await until(lambda: Input.EXIT_BEAM_CLEAR not in shown(gate)[-1].active)
        assert len(shown(gate)) - before < 20
        gate.board.gone = True
        await until(lambda: Input.ENTRY_CLOSED in shown(gate)[-1].unknown)
        gate.board.gone = False
        peer.close()

    run_gate(case)
