"""One table for screen and lamps: total, without contradiction, and silent about persons."""

from itertools import product

import pytest

from egate.domain.effect import Prompt
from egate.domain.lane_part import Output, Shape
from egate.domain.lane_state import LaneState
from egate.domain.language import Language, language_of_permit, language_of_state
from egate.domain.signs import (
    SIGNS,
    STANDINGS,
    Chime,
    Cue,
    Meaning,
    Pictogram,
    lamps_in,
    prompt_in,
)
from egate.inspection.guidance import PAGE_PROMPTS, PROMPTS
from egate.lane.table import ENTER
from egate.loop.lamps import lit_in
from egate.pages.traveller.shown import SILENT, shown_of

EVERY_MOMENT = list(product(LaneState, (None, *Prompt)))
GO_LAMPS = {Output.ENTRY_GO, Output.EXIT_GO}
REFUSALS = (LaneState.TURNED_AWAY, LaneState.REFERRED, LaneState.EXCEPTION)
OUT_OF_USE = (LaneState.BOOT, LaneState.OUT_OF_SERVICE, LaneState.CLOSED, LaneState.MAINTENANCE)


def test_every_prompt_has_a_sign_and_every_state_stands_somewhere() -> None:
    assert SIGNS.keys() == {*Prompt, *Cue}
    assert STANDINGS.keys() == {*LaneState}
    assert {picture for sign in SIGNS.values() for picture in sign.pictures} == {*Pictogram}


def test_every_prompt_of_the_lane_and_of_every_reason_is_shown_in_the_state_that_gives_it() -> None:
    for state, entering in ENTER.items():
        if entering.prompt is not None:
            assert prompt_in(state, entering.prompt) is entering.prompt, state
    for prompt in PROMPTS.values():
        assert prompt_in(LaneState.VERIFYING, prompt) is prompt
    for prompt in PAGE_PROMPTS.values():
        assert prompt_in(LaneState.READING, prompt) is prompt


@pytest.mark.parametrize("shape", Shape)
def test_no_lamp_says_go_while_the_screen_says_anything_else_and_none_says_both(
    shape: Shape,
) -> None:
    says_go = {Meaning.GO, Meaning.FREE}
    for state, prompt in EVERY_MOMENT:
        lit = lit_in(state, prompt, shape)
        meaning = SIGNS[prompt_in(state, prompt)].meaning
        if Output.STOP in lit:
            assert not lit & GO_LAMPS, (state, prompt)
            assert meaning not in says_go, (state, prompt)
        if lit & GO_LAMPS:
            assert meaning in says_go | {Meaning.DO, Meaning.WAIT}, (state, prompt)
        if meaning in {Meaning.STOP, Meaning.SHUT}:
            assert lit == {Output.STOP}, (state, prompt)
        if meaning is Meaning.FREE:
            assert lit, (state, prompt)


def test_as_the_lane_really_asks_a_lit_go_lamp_and_a_green_screen_come_together() -> None:
    for state, entering in ENTER.items():
        prompt = entering.prompt
        lit = lamps_in(state, prompt)
        meaning = SIGNS[prompt_in(state, prompt)].meaning
        green = meaning in {Meaning.GO, Meaning.FREE}
        assert green == bool(lit & GO_LAMPS) or state is LaneState.READY, state


def test_every_refusal_looks_and_sounds_the_same_whatever_was_asked_before() -> None:
    looks = {
        (shown_of(state, prompt, None, takes_documents=True), lamps_in(state, prompt))
        for state in REFUSALS
        for prompt in (None, *Prompt)
    }
    assert len(looks) == 1
    ((shown, _lamps),) = looks
    assert SIGNS[shown.sign].meaning is Meaning.WAIT
    assert shown.part is None


def test_a_lane_out_of_use_says_closed_and_an_emergency_the_free_way_whatever_was_asked() -> None:
    for prompt in (None, *Prompt):
        assert {prompt_in(state, prompt) for state in OUT_OF_USE} == {Prompt.CLOSED}
        assert prompt_in(LaneState.EMERGENCY, prompt) is Prompt.FREE_WAY
    assert SILENT.facts == {"sign": "closed", "part": None, "language": None}


def test_an_event_for_a_screen_has_three_fields_and_no_room_for_more() -> None:
    for state, prompt in EVERY_MOMENT:
        shown = shown_of(state, prompt, Language.LAO, takes_documents=False)
        assert shown.facts.keys() == {"sign", "part", "language"}


def test_a_lane_without_a_document_reader_asks_for_the_code_alone() -> None:
    shown = shown_of(LaneState.READY, Prompt.PRESENT_TOKEN, None, takes_documents=False)
    assert shown.sign is Cue.PRESENT_CODE


def test_what_stops_somebody_is_heard_and_waiting_for_a_token_is_not() -> None:
    halting = {prompt for prompt, sign in SIGNS.items() if sign.chime is Chime.HALT}
    assert halting == {p for p, sign in SIGNS.items() if sign.meaning is Meaning.STOP}
    assert SIGNS[Prompt.PRESENT_TOKEN].chime is Chime.NONE


@pytest.mark.parametrize(
    ("issuer", "language"),
    [("VNM", "vi"), ("CHN", "zh"), ("LAO", "lo"), ("KHM", "km"), ("D", "en"), ("UTO", "en")],
)
def test_a_document_speaks_for_its_issuing_state(issuer: str, language: str) -> None:
    assert language_of_state(issuer) == language


@pytest.mark.parametrize(
    ("kind", "language"), [("LAO-pass", "lo"), ("KHM-1", "km"), ("LP", None), ("VNM", None)]
)
def test_a_permit_speaks_for_the_state_its_kind_begins_with(
    kind: str, language: str | None
) -> None:
    assert language_of_permit(kind) == language
