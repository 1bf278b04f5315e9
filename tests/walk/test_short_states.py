"""A host is lost in a state that lasts a millisecond: the journal is held up, so that it lasts.

In one process, with the real lane and inspection (tests/loop/gate.py); the states that
last are struck on the bench (test_processes_die.py).
"""

from collections.abc import Callable

import pytest

from egate.domain.check import Check
from egate.domain.lane_part import Output
from egate.domain.lane_state import LaneState
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.loop.messages import StateShown
from tests.loop.documents import an_answer, answers, reasons, shows_a_document
from tests.loop.gate import Gate
from tests.loop.parts import Peer, document_host, token, until

PATIENT = TimeLimits(decided_s=10.0)
BRIEF = TimeLimits(decided_s=10.0, turned_away_s=0.3)
CARDS = "card_reader"  # what a lane misses of its document host
HOSTS = pytest.mark.parametrize("host", ["scanner", "vision"])
WAYS = pytest.mark.parametrize("dies", [Peer.close, Peer.fall_silent], ids=["gone", "silent"])


def missing(gate: Gate) -> tuple[str, ...]:
    shown = [message for message in gate.page.received if isinstance(message, StateShown)]
    return shown[-1].missing if shown else ()


async def holds_up(gate: Gate, state: LaneState) -> None:
    """Let the journal write nothing until it is told to, once it holds that the lane stands here.

    A record that is held up too early holds up the look for used tokens behind it.
    """
    await until(lambda: state in [facts["state"] for facts in gate.journal.facts(EntryKind.STATE)])
    gate.journal.one_at_a_time = True
    gate.journal.on_disk.clear()


async def is_lost(gate: Gate, host: str, dies: Callable[[Peer], None]) -> None:
    """Lose this host, and wait until the lane has taken notice."""
    peers = {"scanner": gate.scanner, "vision": gate.vision, CARDS: gate.document}
    dies(peers[host])
    await until(lambda: host in missing(gate), f"{host} missing")


async def is_written(gate: Gate, host: str) -> None:
    """Let the journal write again; the loss must stand in it by name."""
    gate.journal.one_at_a_time = False
    gate.journal.on_disk.set()
    gone = (host, False)
    await until(
        lambda: gone in [(f["device"], f["present"]) for f in gate.journal.facts(EntryKind.DEVICE)]
    )


@HOSTS
@WAYS
def test_without_eyes_nobody_whose_token_is_being_read_is_let_in(
    run_gate: Callable[..., Gate], host: str, dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await holds_up(gate, LaneState.READY)
        gate.scanner.say(token().model_copy(update={"began_at_s": 0.0, "ended_at_s": 1.0}))
        await until(lambda: EntryKind.NOTE in [entry.kind for entry in gate.journal.writing])
        gate.scanner.say(token())
        await gate.stands(LaneState.READING)
        await is_lost(gate, host, dies)
        assert gate.state() is {"scanner": LaneState.READING, "vision": LaneState.TURNED_AWAY}[host]
        await is_written(gate, host)
        if host == "scanner":
            await gate.stands(LaneState.ENTRY_RELEASED)
        else:
            assert Output.ENTRY_RELEASE not in gate.board.active()

    run_gate(case, limits=PATIENT)


@HOSTS
@WAYS
def test_without_eyes_nobody_whose_token_was_admitted_is_let_in(
    run_gate: Callable[..., Gate], host: str, dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await holds_up(gate, LaneState.READY)
        gate.scanner.say(token())
        await gate.stands(LaneState.ENTRY_DECIDED)
        await gate.is_writing(EntryKind.DECISION)
        await is_lost(gate, host, dies)
        await is_written(gate, host)
        if host == "scanner":
            await gate.stands(LaneState.ENTRY_RELEASED)
        else:
            await gate.stands(LaneState.TURNED_AWAY)
            assert Output.ENTRY_RELEASE not in gate.board.active()

    run_gate(case, limits=PATIENT)


@HOSTS
@WAYS
def test_one_who_was_admitted_walks_out_whichever_host_is_lost(
    run_gate: Callable[..., Gate], host: str, dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        await holds_up(gate, LaneState.VERIFYING)
        gate.looks()
        await gate.stands(LaneState.DECIDED)
        await gate.is_writing(EntryKind.DECISION)
        await is_lost(gate, host, dies)
        assert Output.EXIT_RELEASE not in gate.board.active()
        await is_written(gate, host)
        await gate.walks_out()
        await gate.stands(LaneState.OUT_OF_SERVICE)

    run_gate(case, limits=PATIENT)


# ---- with a document -------------------------------------------------------------------------


@WAYS
def test_a_chip_whose_reader_is_lost_lets_nobody_in_before_or_after_that_is_written(
    run_gate: Callable[..., Gate], dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await holds_up(gate, LaneState.READY)
        await shows_a_document(gate)
        await is_lost(gate, CARDS, dies)
        await gate.stands(LaneState.TURNED_AWAY)
        await is_written(gate, CARDS)
        gate.document = await document_host(gate.socket)
        await gate.stands(LaneState.READY)

    gate = run_gate(case, limits=BRIEF, takes_documents=True)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven
    assert reasons(gate).startswith("chip_was_read_whole: reader_lost")


def test_a_newer_document_host_does_not_answer_for_the_one_it_replaced(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        asked = gate.asked_for_chips()[-1]
        gate.document = await document_host(gate.socket)
        await gate.stands(LaneState.TURNED_AWAY)
        gate.document.say(an_answer(asked))
        await until(lambda: any("late or foreign" in note for note in gate.notes()))
        await gate.stands(LaneState.READY)

    gate = run_gate(case, limits=BRIEF, takes_documents=True)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven


@WAYS
@pytest.mark.parametrize("host", ["scanner", "vision", CARDS])
def test_a_chip_that_was_read_counts_although_its_reader_is_lost_then_but_not_without_eyes(
    run_gate: Callable[..., Gate], host: str, dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        await holds_up(gate, LaneState.READING)
        answers(gate)
        await gate.stands(LaneState.ENTRY_DECIDED)
        await gate.is_writing(EntryKind.DECISION)
        await is_lost(gate, host, dies)
        await is_written(gate, host)
        is_let_in = host != "vision"
        await gate.stands(LaneState.ENTRY_RELEASED if is_let_in else LaneState.TURNED_AWAY)
        if is_let_in:
            await until(lambda: Output.ENTRY_RELEASE in gate.board.active())

    gate = run_gate(case, limits=PATIENT, takes_documents=True)
    assert ((Output.ENTRY_RELEASE, True) in gate.board.driven) == (host != "vision")


@WAYS
def test_without_eyes_a_chip_that_is_being_read_opens_nothing_whatever_it_says_later(
    run_gate: Callable[..., Gate], dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        await is_lost(gate, "vision", dies)
        await gate.stands(LaneState.TURNED_AWAY)
        answers(gate)
        await until(lambda: Check.CHIP_IS_GENUINE.value in str(gate.journal.entries))
        assert gate.state() is LaneState.TURNED_AWAY

    gate = run_gate(case, takes_documents=True)
    assert (Output.ENTRY_RELEASE, True) not in gate.board.driven


@WAYS
def test_one_who_was_admitted_walks_out_although_the_document_host_is_lost(
    run_gate: Callable[..., Gate], dies: Callable[[Peer], None]
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate)
        await gate.is_let_in()
        await holds_up(gate, LaneState.VERIFYING)
        gate.looks()
        await gate.stands(LaneState.DECIDED)
        await gate.is_writing(EntryKind.DECISION)
        await is_lost(gate, CARDS, dies)
        await is_written(gate, CARDS)
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    run_gate(case, limits=PATIENT, takes_documents=True)
