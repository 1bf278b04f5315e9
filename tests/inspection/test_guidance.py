"""Every reason a traveller can do something about is told with a prompt of its own."""

from importlib.resources import files

import pytest

from egate.domain.decision import Decision, Subject
from egate.domain.effect import Prompt
from egate.domain.face_measures import FaceMeasures, FaceReason
from egate.inspection.decide import decide
from egate.inspection.face_checks import FAULTS, NO_REFERENCE, examine_face
from egate.inspection.guidance import PROMPTS, prompt_of
from egate.inspection.policy import load

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
HELPLESS = {FaceReason.OK, *FAULTS, *NO_REFERENCE}


def look(reason: FaceReason, score: float | None = None) -> Decision:
    measures = FaceMeasures(reason, score, frames=0, faces_seen=1, compute_ms=1.0)
    return decide(7, Subject.TRAVELLER, examine_face(measures, POLICY), POLICY)


def test_a_reason_has_a_prompt_or_the_traveller_is_helpless() -> None:
    assert set(PROMPTS) == set(FaceReason) - HELPLESS
    assert len(set(PROMPTS.values())) == len(PROMPTS)


@pytest.mark.parametrize("reason", sorted(set(FaceReason) - HELPLESS))
def test_what_was_in_the_way_is_what_the_traveller_is_told(reason: FaceReason) -> None:
    assert prompt_of(look(reason)) is PROMPTS[reason]


@pytest.mark.parametrize("reason", sorted(HELPLESS))
def test_nobody_is_told_to_mend_what_is_not_theirs(reason: FaceReason) -> None:
    measures = FaceMeasures(reason, 0.1, frames=5, faces_seen=1, compute_ms=1.0)
    findings = examine_face(measures, POLICY)
    assert prompt_of(decide(7, Subject.TRAVELLER, findings, POLICY)) is None


def test_a_score_on_too_few_frames_asks_to_keep_looking() -> None:
    assert prompt_of(look(FaceReason.OK, score=0.9)) is Prompt.KEEP_LOOKING
