"""Scenarios 53 to 56 without a gate: what is looked at there, and the decision it comes to.

`python -m simulators demo --only 53_light_lost` and the like play them in real time.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Ruling
from egate.domain.effect import Prompt
from egate.domain.face_measures import (
    FaceMeasures,
    FaceReason,
    LayerReason,
    LayerScore,
    PadLayer,
)
from egate.domain.lane_part import Direction
from egate.domain.lane_state import Trouble
from egate.inspection.finger_checks import NOT_FITTED
from egate.inspection.policy import load
from egate.loop.inspector import SiteInspector
from egate.vision.capture import FaceCapture
from egate.vision.enrol import embedding_of_picture
from egate.vision.faces import Embedding, FaceEngine, Picture, match
from simulators.camera import Scene, render
from simulators.faces import enrolment_picture
from simulators.morph import CUT_POINTS, morph
from simulators.scenario import FOLDER
from simulators.scenario import load as load_scenario

POLICY = load(files("egate.inspection").joinpath("policy.toml").read_text())
INSPECTOR = SiteInspector(POLICY, "SITE", Direction.ENTRY, lambda: None)
P, R = PadLayer, LayerReason
LIVING = tuple(LayerScore(layer, 0.9, R.LIVING) for layer in (P.PERSISTENCE, P.MOTION))
LIT = (*LIVING, LayerScore(P.ACTIVE_LIGHT, 0.9, R.LIVING))


def decided(
    score: float, layers: Sequence[LayerScore] = LIT, *, is_portrait: bool = False
) -> Decision:
    measures = FaceMeasures(FaceReason.OK, score, 5, 1, 20.0, tuple(layers))
    return INSPECTOR.traveller(7, measures, NOT_FITTED, is_portrait=is_portrait)


def looked_at(engine: FaceEngine, live: dict[str, Picture], who: str) -> FaceCapture:
    """Return a look at ten pictures of one second of this scene."""
    capture = FaceCapture(engine, lambda: 0.0, POLICY.face_quality)
    for number, raw in enumerate(render(Scene((who,), 0.7), live)):
        picture = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
        capture.feed(np.asarray(picture, np.uint8), number * 0.1)
    return capture


def finding(decision: Decision, check: Check) -> Finding:
    return next(one for one in decision.findings if one.check is check)


@pytest.mark.parametrize(
    ("worn", "reason", "prompt"),
    [
        ("cloth", FaceReason.MOUTH_COVERED, Prompt.TAKE_OFF_MASK),
        ("shades", FaceReason.EYES_COVERED, Prompt.TAKE_OFF_GLASSES),
    ],
)
@pytest.mark.parametrize("person", ["person_2", "person_4"])
def test_what_is_worn_is_named_and_asked_to_be_taken_off(  # noqa: PLR0913, PLR0917  # two tables
    engine: FaceEngine,
    live: dict[str, Picture],
    enrolled: dict[str, Embedding],
    worn: str,
    reason: FaceReason,
    prompt: Prompt,
    person: str,
) -> None:
    measures = looked_at(engine, live, f"{worn}:{person}").measures(enrolled[person])
    decision = INSPECTOR.traveller(7, measures, NOT_FITTED, is_portrait=False)
    assert measures.reason is reason
    assert (decision.ruling, decision.may_retry) == (Ruling.REFER, True)
    assert INSPECTOR.prompt(decision) is prompt
    assert INSPECTOR.trouble(decision) is Trouble.FACE_NOT_CAPTURED


def test_a_look_whose_light_went_is_tried_again_and_told_nobody() -> None:
    lost = (*LIVING, LayerScore(P.ACTIVE_LIGHT, None, R.DEVICE_LOST))
    decision = decided(0.8, lost)
    live = finding(decision, Check.FACE_IS_LIVE)
    assert (live.outcome, live.reason) == (Outcome.INCONCLUSIVE, "active_light_device_lost")
    assert (decision.ruling, decision.may_retry) == (Ruling.REFER, True)
    assert INSPECTOR.prompt(decision) is None
    assert decided(0.8).ruling is Ruling.ADMIT


def morphed(folder: Path, engine: FaceEngine) -> Embedding:
    one, two = (enrolment_picture(folder, name) for name in ("person_2", "person_4"))
    made = morph(one, CUT_POINTS, two, CUT_POINTS)
    return embedding_of_picture(cv2.imencode(".png", made)[1].tobytes(), engine)


def test_a_face_of_two_matches_both_and_only_of_a_chip_does_an_officer_look(
    engine: FaceEngine,
    faces_folder: Path,
    live: dict[str, Picture],
    enrolled: dict[str, Embedding],
) -> None:
    face = morphed(faces_folder, engine)
    seen = looked_at(engine, live, "person_4").measures(face).score
    for score in (match(face, enrolled["person_2"]), match(face, enrolled["person_4"]), seen):
        assert score is not None
        assert POLICY.accept_at_score < score < 0.7
        admitted, of_a_chip = decided(score), decided(score, is_portrait=True)
        assert finding(admitted, Check.PORTRAIT_IS_OF_ONE_PERSON).reason == "no_portrait"
        portrait = finding(of_a_chip, Check.PORTRAIT_IS_OF_ONE_PERSON)
        assert portrait.reason == "less_alike_than_one_person"
        assert (admitted.ruling, of_a_chip.ruling) == (Ruling.ADMIT, Ruling.REFER)


@pytest.mark.parametrize(
    "name", ["53_light_lost", "54_face_covering", "55_dark_glasses", "56_morphed_permit"]
)
def test_the_scenarios_are_played_by_the_demonstration(name: str) -> None:
    assert load_scenario(FOLDER / f"{name}.toml").people
