"""A finger on a sensor: what was taken of it, and how it compares with a traveller's template.

No picture is here, and a template only as sealed bytes with a name for their language. What a
score means is the policy's: each template format has a scale of its own, and the level a sensor
is set to decides nothing.

A comparison is always one of several in random order: the traveller's template and decoys, which
are other people's. A sensor that finds a decoy in this finger, or an answer that was recorded
earlier, cannot tell which is which, so what it says of the rest is not believed either.

Source: research/hardware.md 2.4 (the line is neither encrypted nor authenticated).
"""

from dataclasses import dataclass
from enum import StrEnum


class FingerReason(StrEnum):
    """How a look at a finger ended: OK, else what was in its way.

    From NO_FINGER to NOT_LIFTED the traveller can do something about it; the TEMPLATE and DECOY
    reasons concern what the live finger is compared with, DECOY_MATCHED a sensor that is not
    believed; the SENSOR reasons are faults, told by whoever caught the driver's error.
    """

    OK = "ok"
    NO_FINGER = "no_finger"
    TOO_DRY = "too_dry"
    TOO_WET = "too_wet"
    SMEARED = "smeared"
    TOO_FEW_POINTS = "too_few_points"
    CAPTURES_DIFFER = "captures_differ"
    NOT_LIFTED = "not_lifted"
    TEMPLATE_MISSING = "template_missing"
    TEMPLATE_UNFIT = "template_unfit"
    DECOY_MISSING = "decoy_missing"
    DECOY_UNFIT = "decoy_unfit"
    DECOY_MATCHED = "decoy_matched"
    SENSOR_LOST = "sensor_lost"
    SENSOR_GARBLED = "sensor_garbled"
    SENSOR_REFUSED = "sensor_refused"


class TemplateFormat(StrEnum):
    """Whose language a template is in: no sensor takes another family's."""

    ZFM = "zfm"  # ZFM-20, R30x, AS608 and kin; undocumented, of a length the profile says
    ISO_19794_2 = "iso_19794_2"  # minutiae, compared by the host


@dataclass(frozen=True, slots=True)
class FingerTemplate:
    """What one finger left when it was enrolled: personal data, so its repr holds none."""

    format: TemplateFormat
    data: bytes

    def __repr__(self) -> str:
        """Give format and length only."""
        return f"FingerTemplate({self.format}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class SensorIdentity:
    """What a sensor says of itself; `what` names it in words, without a secret.

    A sensor has no serial number of its own that it would tell: `system` is its model's.
    """

    what: str
    system: int
    address: int
    capacity: int
    level: int
    packet_bytes: int
    baud: int


@dataclass(frozen=True, slots=True)
class FingerCompared:
    """One comparison of the finger last captured.

    `score` is the traveller's template's, 0 or more on its format's scale, and there is one only
    with OK: every decoy failed. `decoys` counts the decoys that were compared before it ended.
    """

    reason: FingerReason
    score: int | None
    decoys: int

    def __post_init__(self) -> None:
        """Hold that a score and OK, after at least one decoy, go together."""
        assert (self.reason is FingerReason.OK) == (self.score is not None)
        assert self.score is None or self.decoys > 0


class EnrolStep(StrEnum):
    """What the person at an enrolment is to do, or just did."""

    PLACE = "place"  # put the finger on the sensor
    TAKEN = "taken"  # it was taken well
    AGAIN = "again"  # it was not; the reason says why, the same capture is tried again
    LIFT = "lift"  # take the finger away


@dataclass(frozen=True, slots=True)
class EnrolProgress:
    """One step of an enrolment: of which capture, 1 to 3, and with what reason."""

    step: EnrolStep
    capture: int
    reason: FingerReason = FingerReason.OK


@dataclass(frozen=True, slots=True)
class FingerEnrolled:
    """What three captures of one finger gave; a template only with OK.

    `scores` say how alike the captures are, on the format's scale: the second to the first, the
    third to both together. They are the quality to show; a low one is worth enrolling anew.
    """

    reason: FingerReason
    template: FingerTemplate | None
    scores: tuple[int, ...]

    def __post_init__(self) -> None:
        """Hold that a template and OK go together."""
        assert (self.reason is FingerReason.OK) == (self.template is not None)
