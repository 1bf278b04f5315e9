"""The fingerprint sensor of a soak: who lays down which finger, and what the real checks say of it.

Scores are those of the bench's made-up fingers, findings, decision and trouble those of the gate's
own inspection under the shipped policy. What a host does about a wire that lies is said here, as
its tests have it: a mute sensor is lost, an answer before the question is garbled, a sensor that
says "match" to everything finds the decoy too.

Source: issue 5, items 3 and 5; egate/loop/fingerprint_body.py.
"""

from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Final
from zlib import crc32

from egate.domain.check import Finding, Outcome
from egate.domain.decision import Decision, Subject
from egate.domain.finger import FingerReason, TemplateFormat
from egate.domain.finger_measures import FingerMeasures
from egate.inspection.decide import decide
from egate.inspection.finger_checks import after, examine_finger, mismatch_in, unanswered
from egate.inspection.policy import load
from simulators.fingers import alike, captured
from tests.soak.world import Finger, Traveller

POLICY: Final = load(files("egate.inspection").joinpath("policy.toml").read_text())
PASSES_AT: Final = POLICY.finger_accept_at[TemplateFormat.ZFM]
SIZE: Final = 128
FACE: Final = tuple(
    Finding(check, Outcome.PASSED, "as seen", {"measure": 1})
    for check in POLICY.required[Subject.TRAVELLER]
    if "finger" not in check
)
WIRE: Final = {
    Finger.MUTE: FingerReason.SENSOR_LOST,
    Finger.REPLAYED: FingerReason.SENSOR_GARBLED,
    Finger.FORGED: FingerReason.DECOY_MATCHED,
    Finger.DRY: FingerReason.TOO_DRY,
    Finger.ABSENT: FingerReason.NO_FINGER,
}


@dataclass(frozen=True, slots=True)
class Try:
    """One try at the sensor: what was measured, and whether the holder's own finger lay there."""

    measures: FingerMeasures
    is_own: bool


def tried(presenter: Traveller, there: Traveller | None, attempt: int, noise: Random) -> Try:
    """Have whoever stands there lay down a finger; it is compared with the presenter's."""
    if there is None:
        return Try(FingerMeasures(FingerReason.NO_FINGER), is_own=False)
    how = there.finger or Finger.OWN
    if how in WIRE:
        decoys = 1 if how is Finger.FORGED else 0
        return Try(FingerMeasures(WIRE[how], TemplateFormat.ZFM, None, decoys), is_own=False)
    is_wrong = how is Finger.WRONG or (how is Finger.WRONG_FIRST and attempt == 1)
    live = captured(_number(there.name, "wrong" if is_wrong else ""), noise, SIZE)
    enrolled = captured(_number(presenter.name), noise, SIZE)
    decoy = captured(_number(presenter.name, "decoy"), noise, SIZE)
    if alike(live, decoy) >= PASSES_AT:
        return Try(FingerMeasures(FingerReason.DECOY_MATCHED, TemplateFormat.ZFM, None, 1), False)
    measures = FingerMeasures(FingerReason.OK, TemplateFormat.ZFM, alike(live, enrolled), 1)
    return Try(measures, is_own=there is presenter and not is_wrong)


def answers_within_s(presenter: Traveller, for_s: float, why: str) -> tuple[float, float]:
    """Return when the host answers, at the soonest and at the latest; `why` it has no sensor."""
    if why:
        return (0.0, 0.0) if why == "sensor_lost" else (for_s, for_s)
    waits = {Finger.ABSENT: (for_s - 0.5, for_s - 0.3), Finger.MUTE: (1.5, 1.6)}
    return waits.get(presenter.finger or Finger.OWN, (0.6, 3.0))


def weighed(
    passage: int, mismatch: Finding | None, measures: FingerMeasures | str
) -> tuple[Decision, Finding | None]:
    """Return the decision after a try, and the mismatch to keep; a text is why no answer came."""
    match measures:
        case str():
            found = unanswered(measures)
        case FingerMeasures():
            found = examine_finger(measures, POLICY)
    found = after(mismatch, found)
    return decide(passage, Subject.TRAVELLER, (*FACE, *found), POLICY), mismatch_in(found)


def _number(name: str, which: str = "") -> int:
    return crc32(f"{name}{which}".encode())
