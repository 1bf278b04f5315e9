"""What a traveller is told about a page: how it is to lie, and nothing about anything else."""

from importlib.resources import files

import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Subject
from egate.domain.effect import Prompt
from egate.domain.lane_state import Trouble
from egate.inspection.decide import decide
from egate.inspection.guidance import PAGE_PROMPTS, prompt_of
from egate.inspection.policy import load
from egate.inspection.trouble import trouble_of
from egate.vision.mrz_weigh import MrzReason

POLICY = load((files("egate.inspection") / "policy_bench.toml").read_text())
FAILED, UNSURE = Outcome.FAILED, Outcome.INCONCLUSIVE


def decision(*findings: Finding) -> Decision:
    return decide(7, Subject.DOCUMENT, findings, POLICY)


def page(outcome: Outcome, reason: str) -> Decision:
    return decision(Finding(Check.MRZ_IS_READABLE, outcome, reason))


@pytest.mark.parametrize(
    ("outcome", "reason", "prompt"),
    [
        (UNSURE, "no_zone", Prompt.TURN_DOCUMENT),
        (UNSURE, "glare", Prompt.LESS_LIGHT),
        (UNSURE, "too_dark", Prompt.MORE_LIGHT),
        (UNSURE, "unsure_character", Prompt.FLATTEN_DOCUMENT),
        (UNSURE, "too_small", Prompt.LAY_DOCUMENT_AGAIN),
        (FAILED, "garbled", Prompt.LAY_DOCUMENT_AGAIN),
    ],
)
def test_a_page_that_was_not_read_has_its_prompt_and_its_trouble(
    outcome: Outcome, reason: str, prompt: Prompt
) -> None:
    refused = page(outcome, reason)
    assert prompt_of(refused) is prompt
    assert trouble_of(refused) is Trouble.DOCUMENT_WRONGLY_PLACED


def test_every_reason_with_a_prompt_is_one_that_reading_a_page_gives() -> None:
    assert set(PAGE_PROMPTS) <= set(MrzReason)


def test_a_page_that_was_read_is_advised_on_never() -> None:
    read = Finding(Check.MRZ_IS_READABLE, Outcome.PASSED, "readable", {"layout": "TD3"})
    misprint = Finding(Check.MRZ_COMPOSITE_HAS_ITS_DIGIT, FAILED, "digit_differs")
    forged = Finding(Check.DATA_GROUPS_ARE_UNALTERED, FAILED, "hash_differs")
    assert prompt_of(decision(read, misprint)) is None
    assert prompt_of(decision(read, forged)) is None
