"""What the loop asks of the inspection: one decision for the token, one for the traveller.

Pure; it binds the policy, the place and the list of revoked permits. Nothing here waits.

Source: DESIGN section 6.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from egate.domain.check import Check, Finding, Outcome
from egate.domain.decision import Decision, Subject
from egate.domain.effect import Prompt
from egate.domain.face_measures import FaceMeasures
from egate.domain.finger_measures import FingerMeasures
from egate.domain.lane_part import Direction
from egate.domain.lane_state import Trouble
from egate.domain.record import Clearance
from egate.domain.revocation import Revoked
from egate.domain.token import Permit, TravelDocument
from egate.inspection import document_checks, permit_checks
from egate.inspection.decide import decide
from egate.inspection.document_checks import Moment, examine_document
from egate.inspection.face_checks import examine_face
from egate.inspection.finger_checks import examine_finger, lacks_only_the_finger
from egate.inspection.guidance import prompt_of
from egate.inspection.morphing_check import examine_portrait
from egate.inspection.permit_checks import Circumstances, examine_permit
from egate.inspection.policy import Policy
from egate.inspection.trouble import trouble_of

USE = {
    Subject.PERMIT: Check.PERMIT_IS_UNUSED,
    Subject.DOCUMENT: Check.DOCUMENT_WAS_NOT_JUST_USED,
}
# Answered here, of a token that is believed: whatever a host says of them is left out.
OWN = frozenset({*permit_checks.CHECKS, *document_checks.CHECKS})


@dataclass(frozen=True, slots=True)
class Presented:
    """A token and what its reader found; `token` is None when nothing on it is believed."""

    kind: Subject
    token: Permit | TravelDocument | None
    findings: tuple[Finding, ...]

    def __repr__(self) -> str:
        """Say only how it was read: what a token says is personal data."""
        return f"Presented({self.kind if self.token else 'nothing believed'})"


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal and the clock say when a token is presented.

    `is_known` is False when the journal could not be asked for the last clearance; what was used
    before `used_known_from_utc_s` it may have lost.
    """

    now_utc_s: float
    clock_floor_utc_s: float
    last_clearance: Clearance | None
    used_known_from_utc_s: float
    is_known: bool


class Inspector(Protocol):
    """Who decides; SiteInspector at a gate."""

    @property
    def direction(self) -> Direction:
        """The way the lane leads."""

    def token(self, passage: int, presented: Presented, known: Known) -> Decision:
        """Weigh a token."""

    def traveller(
        self,
        passage: int,
        measures: FaceMeasures,
        finger: tuple[Finding, ...],
        *,
        is_portrait: bool,
    ) -> Decision:
        """Weigh one look at the traveller and what was found of the finger, or why nothing was.

        `is_portrait`: the face was compared with a chip's.
        """

    def finger(self, measures: FingerMeasures) -> tuple[Finding, ...]:
        """Answer the checks on a finger from one try at the sensor."""

    def wants_finger(self, decision: Decision) -> bool:
        """Say whether the finger is all that is still to be asked for."""

    def nobody_looked(self, passage: int, reason: str) -> Decision:
        """Weigh that no look came back; never an admission."""

    def trouble(self, decision: Decision) -> Trouble | None:
        """Name what stands against admission."""

    def prompt(self, decision: Decision) -> Prompt | None:
        """Say what the traveller can do before another try."""


@dataclass(frozen=True, slots=True)
class SiteInspector:
    """The inspection of one gate: its policy and its place.

    `revoked` returns the list of revoked permits as it stands now, None without one.
    """

    policy: Policy
    site: str
    direction: Direction
    revoked: Callable[[], Revoked | None]

    def token(self, passage: int, presented: Presented, known: Known) -> Decision:
        told = (one for one in presented.findings if one.check not in OWN)
        findings = (*told, *self._examined(presented.token, known))
        if not known.is_known:
            findings += (_nothing(USE[presented.kind], "journal_lost"),)
        return decide(passage, presented.kind, findings, self.policy)

    def _examined(self, token: Permit | TravelDocument | None, known: Known) -> tuple[Finding, ...]:
        """Answer the checks that need this place and this moment."""
        match token:
            case Permit():
                return examine_permit(token, self._circumstances(known), self.policy)
            case TravelDocument():
                return examine_document(token, _moment(known), self.policy)
            case None:
                return ()

    def _circumstances(self, known: Known) -> Circumstances:
        return Circumstances(
            site=self.site,
            direction=self.direction,
            now_utc_s=known.now_utc_s,
            clock_floor_utc_s=known.clock_floor_utc_s,
            revoked=self.revoked(),
            last_clearance=known.last_clearance,
            used_known_from_utc_s=known.used_known_from_utc_s,
        )

    def traveller(
        self,
        passage: int,
        measures: FaceMeasures,
        finger: tuple[Finding, ...],
        *,
        is_portrait: bool,
    ) -> Decision:
        findings = (
            examine_portrait(measures, self.policy, is_portrait=is_portrait),
            *examine_face(measures, self.policy),
            *finger,
        )
        return decide(passage, Subject.TRAVELLER, findings, self.policy)

    def finger(self, measures: FingerMeasures) -> tuple[Finding, ...]:
        return examine_finger(measures, self.policy)

    def wants_finger(self, decision: Decision) -> bool:
        return lacks_only_the_finger(decision)

    def nobody_looked(self, passage: int, reason: str) -> Decision:
        findings = (_nothing(Check.FACE_IS_THE_HOLDER, reason),)
        return decide(passage, Subject.TRAVELLER, findings, self.policy)

    def trouble(self, decision: Decision) -> Trouble | None:
        return trouble_of(decision)

    def prompt(self, decision: Decision) -> Prompt | None:
        return prompt_of(decision)


def _moment(known: Known) -> Moment:
    """Return when a document is presented; the day is that of the gate's own time zone."""
    today = datetime.fromtimestamp(known.now_utc_s, UTC).astimezone().date()
    return Moment(
        now_utc_s=known.now_utc_s,
        clock_floor_utc_s=known.clock_floor_utc_s,
        today=today.toordinal(),
        last_clearance=known.last_clearance,
    )


def _nothing(check: Check, reason: str) -> Finding:
    return Finding(check, Outcome.INCONCLUSIVE, reason)
