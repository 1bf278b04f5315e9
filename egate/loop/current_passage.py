"""What the loop holds of the one passage that runs: its token, findings and open question.

Personal data lives here and nowhere else in the lane process, and only until the passage ends.
"""

from dataclasses import dataclass, field

from egate.domain.check import Finding
from egate.domain.chip_times import ChipTimes
from egate.domain.decision import Decision, Stage, Subject
from egate.domain.face_measures import FaceMeasures
from egate.domain.language import Language, language_of_permit, language_of_state
from egate.domain.token import Permit, Reference, TravelDocument, token_digest


@dataclass(slots=True, repr=False)
class CurrentPassage:
    """One passage; `question` is the request that the host `asked` has still to answer."""

    number: int
    kind: Subject
    token_findings: tuple[Finding, ...]
    token_ended_at_s: float
    permit: Permit | None = None
    document: TravelDocument | None = None
    chip_times: ChipTimes | None = None
    admissions: dict[Stage, Decision] = field(default_factory=dict)
    face: FaceMeasures | None = None  # of the holder's, once a finger is wanted as well
    face_times_ms: tuple[float, float] = (0.0, 0.0)  # of that look, until they are written down
    is_finger_wanted: bool = True  # until the registry says that the face alone suffices
    finger_mismatch: Finding | None = None  # of an earlier try
    finger_wanted_at_s: float | None = None
    question: int | None = None
    asked: str = ""

    @property
    def token(self) -> bytes | None:
        """What this token is known by in the journal, None when nothing on it is believed."""
        if self.permit is not None:
            return token_digest(self.permit.nonce)
        return self.document.identity if self.document is not None else None

    @property
    def reference(self) -> Reference | None:
        """The face that the token brings, as it came."""
        if self.permit is not None:
            return self.permit.reference
        return self.document.portrait if self.document is not None else None

    @property
    def language(self) -> Language | None:
        """The language that the token speaks for, None while nothing on it is believed."""
        if self.document is not None:
            return language_of_state(self.document.issuer)
        return language_of_permit(self.permit.document_kind) if self.permit is not None else None

    def __repr__(self) -> str:
        """Give the number only."""
        return f"CurrentPassage({self.number})"
