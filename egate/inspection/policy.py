"""The policy: thresholds, required checks and what each outcome means, read from TOML.

Reading is strict and names every fault at once: a key that is missing, unknown, of the wrong
type or out of bounds. Some things no policy can say: the checks in ALWAYS_REQUIRED hold for
every gate, a failed check is never accepted, nor tried again but for RETRIED_WHEN_FAILED, an
inconclusive one never accepted, a face that is less alike than LEAST_ACCEPTED never taken for the
holder's; at least one layer of presentation attack detection is required, and all tries of a finger
together let no more strangers through than MOST_FALSE_ACCEPTS.
policy.toml and policy_bench.toml ship beside this file; opening one is the caller's.

Source: DESIGN section 3 (invariants 2 and 7) and section 6; research/face.md section 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import tomllib
from types import MappingProxyType
from typing import TypeVar

from egate.domain.check import Check, Outcome
from egate.domain.decision import Subject
from egate.domain.face_limits import FaceLimits
from egate.domain.face_measures import PadLayer
from egate.domain.finger import TemplateFormat

ALWAYS_REQUIRED: Mapping[Subject, frozenset[Check]] = MappingProxyType(
    {
        Subject.PERMIT: frozenset(
            {
                Check.PERMIT_IS_READABLE,
                Check.PERMIT_IS_SIGNED,
                Check.PERMIT_IS_IN_FORCE,
                Check.PERMIT_IS_FOR_THIS_SITE,
                Check.PERMIT_IS_FOR_THIS_DIRECTION,
                Check.PERMIT_IS_NOT_REVOKED,
                Check.PERMIT_IS_UNUSED,
            }
        ),
        Subject.DOCUMENT: frozenset(
            {
                Check.MRZ_IS_READABLE,
                Check.CHIP_WAS_READ_WHOLE,
                Check.SECURITY_OBJECT_IS_SIGNED,
                Check.DOCUMENT_SIGNER_IS_TRUSTED,
                Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS,
                Check.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE,
                Check.DATA_GROUPS_ARE_UNALTERED,
                Check.NO_DATA_GROUP_IS_UNLISTED,
                Check.NO_DATA_GROUP_IS_MISSING,
                Check.CHIP_MRZ_IS_THE_PRINTED_ONE,
                Check.DOCUMENT_HAS_A_PORTRAIT,
                Check.DOCUMENT_IS_IN_FORCE,
                Check.DOCUMENT_WAS_NOT_JUST_USED,
            }
        ),
        Subject.TRAVELLER: frozenset({Check.REFERENCE_FACE_IS_AVAILABLE, Check.FACE_IS_THE_HOLDER}),
    }
)


LEAST_ACCEPTED = 0.36  # one impostor in 900 (research/face.md 3b); a 0.043 is a slip of the pen

# What a traveller may do better though it failed: a finger that was not the one enrolled.
RETRIED_WHEN_FAILED = frozenset({Check.FINGER_IS_THE_HOLDER})

# Of all tries of one passage together; EU decision 2019/329 (research/domain.md, part 1).
MOST_FALSE_ACCEPTS = 0.0005
MOST_FINGERS = 2  # of one person; egate/registry/finger_templates.py keeps no more

LEAST_FINGER_SCORE = 47  # two synthetic fingers were alike by 46 (research/hardware.md 2.4)

# What each limit of a frame may be at all; the units are those of FaceLimits.
FACE_LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "second_face_share": (0.1, 1.0),
        "eye_distance_px": (24, 400),
        "yaw_deg": (5, 45),
        "pitch_deg": (5, 45),
        "roll_deg": (3, 45),
        "sharpness": (0, 5_000),
        "darkest": (0, 127),
        "brightest": (128, 255),
        "underexposed": (0, 1),
        "overexposed": (0, 1),
        "unevenness": (0, 1),
        "eyes_visible": (0, 1),
        "mouth_contrast": (0, 1),
        "eyes_open": (0, 1),
    }
)

T = TypeVar("T")


class Meaning(StrEnum):
    """What an outcome other than passed leads to."""

    REFER = "refer"
    HOLD = "hold"
    RETRY = "retry"
    ACCEPT_WITH_RECORD = "accept_with_record"


MEANINGS: Mapping[Outcome, frozenset[Meaning]] = MappingProxyType(
    {
        Outcome.FAILED: frozenset({Meaning.REFER, Meaning.HOLD}),
        Outcome.INCONCLUSIVE: frozenset({Meaning.REFER, Meaning.HOLD, Meaning.RETRY}),
        Outcome.NOT_DONE: frozenset(Meaning),
        Outcome.NOT_APPLICABLE: frozenset(Meaning),
    }
)


@dataclass(frozen=True, slots=True)
class Morphing:
    """How alike a portrait and its holder are: mean and standard deviation of cosines.

    A score that falls `refer_at` deviations or more short of the mean may be a morph's.
    """

    genuine_score: float
    genuine_spread: float
    refer_at: float


@dataclass(frozen=True, slots=True)
class LayerLimits:
    """A layer's score below `reject_below` fails it, one from `accept_from` on passes it."""

    reject_below: float
    accept_from: float


@dataclass(frozen=True, slots=True)
class LivenessPolicy:
    """What proves a living face: every required layer has passed, and no layer failed.

    A layer of `required_when_fitted` is required where the gate has the device for it. A turn of
    the head is asked for when only layers of `asks_turn_for` could not tell; never when empty.
    """

    required: frozenset[PadLayer]
    required_when_fitted: frozenset[PadLayer]
    asks_turn_for: frozenset[PadLayer]
    limits: Mapping[PadLayer, LayerLimits]


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, complete; scores are cosines (-1 to 1, higher is more alike)."""

    version: str
    accept_at_score: float
    refer_at_score: float
    least_frames: int
    liveness: LivenessPolicy
    face_tries: int
    finger_tries: int
    finger_accept_at: Mapping[TemplateFormat, int]
    finger_false_matches: Mapping[TemplateFormat, float]
    finger_false_accepts_at_most: float
    face_quality: FaceLimits
    morphing: Morphing
    cool_down_s: float
    clock_tolerance_s: float
    document_cool_down_s: float
    required: Mapping[Subject, tuple[Check, ...]]
    meanings: Mapping[tuple[Check, Outcome], Meaning]
    accepted_because: Mapping[Check, str]


class PolicyError(Exception):
    """This text is no policy; `faults` says why, one line a fault, each naming its key."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def load(text: str) -> Policy:
    """Read a policy.

    Raises:
        PolicyError: with every fault found.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError((f"not TOML: {error}",)) from None
    reader = _Reader(tables)
    policy = Policy(
        version=reader.text("version"),
        accept_at_score=reader.number("face.accept_at_score", LEAST_ACCEPTED, 1.0),
        refer_at_score=reader.number("face.refer_at_score", 0.0, 1.0),
        least_frames=reader.whole("face.least_frames", 1, 20),
        liveness=LivenessPolicy(
            required=reader.layers("liveness.required", least=1),
            required_when_fitted=reader.layers("liveness.required_when_fitted"),
            asks_turn_for=reader.layers("liveness.asks_turn_for"),
            limits=MappingProxyType(
                {layer: reader.limits(f"liveness_limits.{layer}") for layer in PadLayer}
            ),
        ),
        face_tries=reader.whole("tries.face", 1, 10),
        finger_tries=reader.whole("tries.finger", 1, 10),
        finger_accept_at=MappingProxyType(
            {
                one: reader.whole(f"finger.{one}_accept_at_score", LEAST_FINGER_SCORE, 65_535)
                for one in TemplateFormat
            }
        ),
        finger_false_matches=MappingProxyType(
            {
                one: reader.number(f"finger.{one}_false_matches", 1e-9, MOST_FALSE_ACCEPTS)
                for one in TemplateFormat
            }
        ),
        finger_false_accepts_at_most=reader.number(
            "finger.false_accepts_at_most", 1e-9, MOST_FALSE_ACCEPTS
        ),
        face_quality=reader.face_limits("face_quality"),
        morphing=Morphing(
            genuine_score=reader.number("morphing.genuine_score", 0.3, 1.0),
            genuine_spread=reader.number("morphing.genuine_spread", 0.01, 0.5),
            refer_at=reader.number("morphing.refer_at", 0.5, 10.0),
        ),
        cool_down_s=reader.number("permit.cool_down_s", 0, 86_400),
        clock_tolerance_s=reader.number("permit.clock_tolerance_s", 0, 60),
        document_cool_down_s=reader.number("document.cool_down_s", 0, 86_400),
        required=MappingProxyType({subject: reader.checks(subject) for subject in Subject}),
        meanings=MappingProxyType(
            {
                (check, outcome): meaning
                for outcome in MEANINGS
                for check, meaning in reader.meanings(outcome).items()
            }
        ),
        accepted_because=MappingProxyType(reader.reasons("accepted_because")),
    )
    faults = (*reader.faults, *reader.left_over(), *_contradictions(policy))
    if faults:
        raise PolicyError(faults)
    return policy


def _contradictions(policy: Policy) -> list[str]:
    """Return what each key alone allows but the policy as a whole does not."""
    faults = []
    if policy.refer_at_score > policy.accept_at_score:
        faults.append("face.refer_at_score: is above face.accept_at_score")
    liveness = policy.liveness
    if twice := sorted(liveness.required & liveness.required_when_fitted):
        faults.append(f"liveness.required_when_fitted: {', '.join(twice)} is required anyway")
    faults += [
        f"liveness.{key}: head_turn is asked only when others cannot tell"
        for key in ("required", "required_when_fitted", "asks_turn_for")
        if PadLayer.HEAD_TURN in getattr(liveness, key)
    ]
    faults += [
        f"finger.{one}_false_matches: {sum_of:g} in {policy.finger_tries} tries, more than "
        "finger.false_accepts_at_most"
        for one in TemplateFormat
        if (sum_of := false_accepts(policy, one)) > policy.finger_false_accepts_at_most
    ]
    always = {check for checks in ALWAYS_REQUIRED.values() for check in checks}
    accepted = {
        check
        for (check, _), meaning in policy.meanings.items()
        if meaning is Meaning.ACCEPT_WITH_RECORD
    }
    faults += [f"{check}: accept_with_record, but it must hold" for check in accepted & always]
    faults += [
        f"accepted_because.{check}: missing, or given without an accept_with_record"
        for check in accepted ^ set(policy.accepted_because)
    ]
    return sorted(faults)


def false_accepts(policy: Policy, of: TemplateFormat) -> float:
    """Return how often another's finger may pass in all tries of one passage, at the most.

    Each try is compared with every finger of the holder; the chances are added up, which is more
    than they come to.
    """
    return policy.finger_tries * MOST_FINGERS * policy.finger_false_matches[of]


class _Reader:
    """Hands out each key once, notes every fault, and knows what nobody asked for."""

    def __init__(self, tables: Mapping[str, object]) -> None:
        self.faults: list[str] = []
        self._values: dict[str, object] = {}
        for name, value in tables.items():
            if isinstance(value, dict):
                self._values |= {f"{name}.{key}": inner for key, inner in value.items()}
            else:
                self._values[name] = value

    def text(self, key: str) -> str:
        """Hand out a text of 1 to 64 characters."""
        value = self._take(key)
        if isinstance(value, str) and 1 <= len(value) <= 64:
            return value
        return self._fault(key, "must be text of 1 to 64 characters", "")

    def number(self, key: str, least: float, most: float) -> float:
        """Hand out a number within its bounds."""
        value = self._take(key)
        if (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and least <= value <= most
        ):
            return float(value)
        return self._fault(key, f"must be a number from {least} to {most}", least)

    def whole(self, key: str, least: int, most: int) -> int:
        """Hand out a whole number within its bounds."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        return self._fault(key, f"must be a whole number from {least} to {most}", least)

    def face_limits(self, table: str) -> FaceLimits:
        """Hand out what a frame of a face must hold."""
        bounds = FACE_LIMITS.items()
        return FaceLimits(**{key: self.number(f"{table}.{key}", *ends) for key, ends in bounds})

    def checks(self, subject: Subject) -> tuple[Check, ...]:
        """Hand out the required checks of a subject, those that always hold among them."""
        key = f"required.{subject}"
        value = self._take(key)
        names = value if isinstance(value, list) else []
        known = tuple(check for check in Check if check in names)
        if len(known) != len(names) or not names:
            return self._fault(key, "must be an array of checks, each named once", known)
        missing = ALWAYS_REQUIRED[subject] - set(known)
        if missing:
            self.faults.append(f"{key}: lacks {', '.join(sorted(missing))}")
        return known

    def layers(self, key: str, least: int = 0) -> frozenset[PadLayer]:
        """Hand out layers of presentation attack detection, each named once."""
        value = self._take(key)
        names = value if isinstance(value, list) else [None]
        known = frozenset(layer for layer in PadLayer if layer in names)
        if len(known) == len(names) >= least:
            return known
        return self._fault(key, "must be an array of layers, each named once", known)

    def limits(self, key: str) -> LayerLimits:
        """Hand out the two limits of a layer, the lower one first."""
        value = self._take(key)
        pair = value if isinstance(value, list) else []
        numbers = [float(one) for one in pair if type(one) in {int, float}]
        if len(numbers) == len(pair) == 2 and 0 < numbers[0] <= numbers[1] <= 1:
            return LayerLimits(*numbers)
        what = "must be two numbers above 0 and up to 1, the lower first"
        return self._fault(key, what, LayerLimits(1.0, 1.0))

    def meanings(self, outcome: Outcome) -> dict[Check, Meaning]:
        """Hand out what an outcome means, for every check."""
        table = f"when_{outcome}"
        default = self._meaning(f"{table}.default", MEANINGS[outcome])
        return {
            check: self._meaning(f"{table}.{check}", _allowed(check, outcome))
            if f"{table}.{check}" in self._values
            else default
            for check in Check
        }

    def reasons(self, table: str) -> dict[Check, str]:
        """Hand out a table of words by check."""
        named = [check for check in Check if f"{table}.{check}" in self._values]
        return {check: self._words(f"{table}.{check}") for check in named}

    def left_over(self) -> tuple[str, ...]:
        """Return a fault for every key that was not handed out."""
        return tuple(f"{key}: unknown key" for key in self._values)

    def _words(self, key: str) -> str:
        value = self._take(key)
        if isinstance(value, str) and 10 <= len(value) <= 300:
            return value
        return self._fault(key, "must be a reason in 10 to 300 characters", "")

    def _meaning(self, key: str, may_be: frozenset[Meaning]) -> Meaning:
        allowed = [meaning for meaning in Meaning if meaning in may_be]
        value = self._take(key)
        if isinstance(value, str) and value in allowed:
            return Meaning(value)
        return self._fault(key, f"must be one of {', '.join(allowed)}", Meaning.REFER)

    def _take(self, key: str) -> object:
        return self._values.pop(key, None)

    def _fault(self, key: str, what: str, instead: T) -> T:
        self.faults.append(f"{key}: {what}")
        return instead


def _allowed(check: Check, outcome: Outcome) -> frozenset[Meaning]:
    """Return what this outcome of this check may mean."""
    is_retried = outcome is Outcome.FAILED and check in RETRIED_WHEN_FAILED
    return MEANINGS[outcome] | ({Meaning.RETRY} if is_retried else frozenset())
