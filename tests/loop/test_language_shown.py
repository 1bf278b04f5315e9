"""A page is told which language the token of the running passage speaks for, and never after."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from egate.domain.lane_state import LaneState
from egate.domain.language import Language
from egate.loop.messages import StateShown
from tests.loop.documents import DOCUMENT, answers, shows_a_document
from tests.loop.gate import Gate
from tests.loop.parts import PERMIT, token


def told(gate: Gate) -> list[tuple[LaneState, Language | None]]:
    """Return each state with its language, as they first came."""
    shown = [one for one in gate.page.received if isinstance(one, StateShown)]
    return list(dict.fromkeys((one.state, one.language) for one in shown))


@pytest.mark.parametrize(("kind", "language"), [("LAO-pass", Language.LAO), ("passport", None)])
def test_the_language_of_a_permit_lasts_as_long_as_its_passage(
    run_gate: Callable[..., Gate], kind: str, language: Language | None
) -> None:
    async def case(gate: Gate) -> None:
        gate.scanner.say(token(replace(PERMIT, document_kind=kind)))
        await gate.is_let_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    shown = told(run_gate(case))
    during = {one for state, one in shown if state is not LaneState.READY}
    assert during - {None} == ({language} if language else set())
    assert (LaneState.VERIFYING, language) in shown
    assert (LaneState.READY, None) in shown
    assert (LaneState.READY, Language.LAO) not in shown


@pytest.mark.parametrize(("issuer", "language"), [("CHN", Language.CHINESE), ("UTO", "en")])
def test_a_document_speaks_once_its_chip_is_believed(
    run_gate: Callable[..., Gate], issuer: str, language: str
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        await gate.stands(LaneState.READING)
        answers(gate, document=replace(DOCUMENT, issuer=issuer))
        await gate.is_let_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    shown = told(run_gate(case, takes_documents=True))
    assert (LaneState.READING, None) in shown
    assert (LaneState.VERIFYING, language) in shown


def test_a_document_that_is_not_believed_speaks_for_nobody(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await shows_a_document(gate)
        answers(gate, document=None)
        await gate.stands(LaneState.TURNED_AWAY)

    assert {language for _state, language in told(run_gate(case, takes_documents=True))} == {None}
