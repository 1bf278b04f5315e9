"""The messages between the lane process, its device hosts and its consoles, as bytes and back.

    frame = length (4 bytes, big endian, 2..262,144)  JSON object (UTF-8, `kind` says which)

Sans-I/O: no socket here. Every field is typed, bounded and checked on arrival, an unknown key is
refused, and a refusal names kinds of faults, never content: a token's claims pass through here.
Deadlines are absolute seconds on CLOCK_MONOTONIC, which all processes of one machine share. It is
some 550 lines, a class for each kind: the list is closed, and is one place.

Source: DESIGN section 2 (length-prefixed messages); research/hardware.md section 6.
"""

from collections.abc import Mapping
from datetime import date
import struct
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)

from egate.domain.check import Finding
from egate.domain.chip_times import ChipTimes
from egate.domain.decision import Ruling, Stage
from egate.domain.effect import Prompt
from egate.domain.face_measures import FaceMeasures
from egate.domain.finger_measures import FingerMeasures
from egate.domain.head_turn import Turn
from egate.domain.lane_event import Order
from egate.domain.lane_part import Door, Input, Output
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.language import Language
from egate.domain.self_checked import Checked
from egate.domain.service import PARTS, PartSeen, Tally, Want
from egate.domain.token import Permit, Reference, TravelDocument

MAX_FRAME = 262_144  # a portrait of MAX_PORTRAIT bytes has 200,000 characters
MAX_FINDINGS = 64  # a document has some forty
MAX_EVIDENCE = 16
MAX_TEXT = 256  # of a finding: the names of every use a certificate can have are 133 characters
MAX_WHOLE = 2**53  # the whole numbers JSON keeps everywhere; a longer one is no measure of ours
HEADER = struct.Struct(">I")


class MessageRefused(Exception):
    """What came is no message, and no more bytes can make it one; close the line."""


def _bounded_finding(finding: Finding) -> Finding:
    texts = [finding.reason, *finding.evidence]
    texts += [value for value in finding.evidence.values() if isinstance(value, str)]
    if len(finding.evidence) > MAX_EVIDENCE or any(len(text) > MAX_TEXT for text in texts):
        raise ValueError("a finding is longer than its bounds")
    whole = (value for value in finding.evidence.values() if isinstance(value, int))
    if any(abs(value) >= MAX_WHOLE for value in whole):
        raise ValueError("a finding measures what none can")
    return finding


def _bounded_permit(permit: Permit) -> Permit:
    texts = (permit.issuer_key, permit.registration, permit.document_kind, permit.crossing)
    if any(len(text) > 128 for text in texts) or not 1 <= len(permit.nonce) <= 64:
        raise ValueError("a permit is longer than its bounds")
    if max(abs(permit.valid_from_s), abs(permit.valid_to_s)) >= 2**64:  # CBOR has none beyond
        raise ValueError("a permit says what none can")
    return permit


def _bounded_measures(measures: FaceMeasures) -> FaceMeasures:
    if not all(0 <= count < MAX_WHOLE for count in (measures.frames, measures.faces_seen)):
        raise ValueError("a look counts what none can")
    layers = [one.layer for one in measures.layers]
    if len(set(layers)) != len(layers):
        raise ValueError("a look weighs a layer twice")
    if any(one.score is not None and not 0 <= one.score <= 1 for one in measures.layers):
        raise ValueError("a layer scores what none can")
    return measures


def _bounded_finger(measures: FingerMeasures) -> FingerMeasures:
    if measures.score is not None and not 0 <= measures.score < MAX_WHOLE:
        raise ValueError("a finger scores what none can")
    if not 0 <= measures.decoys < MAX_WHOLE:
        raise ValueError("a finger was compared with what cannot be")
    return measures


def _bounded_document(document: TravelDocument) -> TravelDocument:
    texts = (document.issuer, document.document_code, document.document_number)
    if any(len(text) > 32 for text in texts):
        raise ValueError("a document is longer than its bounds")
    last_day = document.last_day
    is_day = last_day is None or 1 <= last_day <= date.max.toordinal()
    if len(document.identity) != 16 or not is_day:
        raise ValueError("a document says what none can")
    return document


def _bounded_part(told: PartSeen) -> PartSeen:
    if told.part not in PARTS or len(told.due) > len(Want):
        raise ValueError("nobody counts such a part")
    if not all(_is_a_count(one) for one in (told.since, told.life)):
        raise ValueError("a part counts what none can")
    return told


def _is_a_count(tally: Tally) -> bool:
    counts = (tally.cycles, tally.errors, tally.retries, tally.returns, tally.on_s)
    return all(0 <= count < MAX_WHOLE for count in counts)


def _bounded_check(check: Checked) -> Checked:
    texts = [check.id, check.device, check.outcome, check.reason, *check.values]
    texts += [value for value in check.values.values() if isinstance(value, str)]
    if len(check.values) > MAX_EVIDENCE or any(len(text) > MAX_TEXT for text in texts):
        raise ValueError("a check is longer than its bounds")
    whole = (value for value in check.values.values() if isinstance(value, int))
    if any(abs(value) >= MAX_WHOLE for value in whole) or not 0 <= check.took_s < MAX_WHOLE:
        raise ValueError("a check measures what none can")
    return check


def _finding_fields(finding: Finding) -> Mapping[str, object]:
    return {
        "check": finding.check.value,
        "outcome": finding.outcome.value,
        "reason": finding.reason,
        "evidence": dict(finding.evidence),
    }


Instant = Annotated[float, Field(ge=0)]
Number = Annotated[int, Field(ge=0, lt=MAX_WHOLE)]
Word = Annotated[str, Field(min_length=1, max_length=64)]
Words = Annotated[str, Field(max_length=256)]
Why = Annotated[str, Field(min_length=1, max_length=256)]
HostName = Literal["scanner", "vision", "document", "fingerprint"]
DeviceName = Literal["scanner", "camera", "light", "mrz_reader", "card_reader", "fingerprint"]
Findings = Annotated[
    tuple[
        Annotated[Finding, AfterValidator(_bounded_finding), PlainSerializer(_finding_fields)], ...
    ],
    Field(max_length=MAX_FINDINGS),
]
BoundedPermit = Annotated[Permit, AfterValidator(_bounded_permit)]
BoundedDocument = Annotated[TravelDocument, AfterValidator(_bounded_document)]


class _Fields(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        ser_json_bytes="base64",
        val_json_bytes="base64",
        hide_input_in_errors=True,
    )


class Hello(_Fields):
    """A device host's first message: which one it is."""

    kind: Literal["hello"] = "hello"
    host: HostName
    pid: Annotated[int, Field(ge=1)]
    software: Word


class Welcome(_Fields):
    """The lane took the host; what it reported before counts no more."""

    kind: Literal["welcome"] = "welcome"


class Beat(_Fields):
    """The sender's main loop runs."""

    kind: Literal["beat"] = "beat"


class DeviceIs(_Fields):
    """A device of this host is there, or gone and why (a technician's words)."""

    kind: Literal["device_is"] = "device_is"
    device: DeviceName
    present: bool
    what: Words = ""


class TokenRead(_Fields):
    """A token was presented; without a permit nothing on it could be believed."""

    kind: Literal["token_read"] = "token_read"
    began_at_s: Instant
    ended_at_s: Instant
    findings: Findings
    permit: BoundedPermit | None = Field(default=None, repr=False)


class DocumentShown(_Fields):
    """A printed zone was read: a document is before the reader. Nothing of it is here."""

    kind: Literal["document_shown"] = "document_shown"
    began_at_s: Instant
    ended_at_s: Instant
    findings: Findings


class ReadDocument(_Fields):
    """Read the chip of the document that was shown, until `deadline_at_s`."""

    kind: Literal["read_document"] = "read_document"
    request: Number
    passage: Number
    deadline_at_s: Instant


class DocumentRead(_Fields):
    """What came of it; without a document nothing on the chip could be believed."""

    kind: Literal["document_read"] = "document_read"
    request: Number
    passage: Number
    findings: Findings
    times: ChipTimes
    document: BoundedDocument | None = Field(default=None, repr=False)


class MeasureFace(_Fields):
    """Look at the traveller until `deadline_at_s` and compare with this reference.

    `registration` and `nonce` tie a sealed face or a template to its permit; a portrait has none.
    """

    kind: Literal["measure_face"] = "measure_face"
    request: Number
    passage: Number
    attempt: Number
    deadline_at_s: Instant
    registration: Annotated[str, Field(max_length=128, repr=False)]
    nonce: Annotated[bytes, Field(max_length=64, repr=False)]
    reference: Reference = Field(repr=False)


class ExpectFace(_Fields):
    """This reference will be asked for in this passage: open it while the traveller walks in."""

    kind: Literal["expect_face"] = "expect_face"
    passage: Number
    registration: Annotated[str, Field(max_length=128, repr=False)]
    nonce: Annotated[bytes, Field(max_length=64, repr=False)]
    reference: Reference = Field(repr=False)


class FaceMeasured(_Fields):
    """What the look of this request gave."""

    kind: Literal["face_measured"] = "face_measured"
    request: Number
    passage: Number
    measures: Annotated[FaceMeasures, AfterValidator(_bounded_measures)]


class ExpectFinger(_Fields):
    """This holder was admitted to the entry: tell whether they are to lay down a finger inside."""

    kind: Literal["expect_finger"] = "expect_finger"
    passage: Number
    registration: Annotated[str, Field(max_length=128, repr=False)]


class FingerExpected(_Fields):
    """Whether a finger of this holder is to be compared, or the face alone suffices."""

    kind: Literal["finger_expected"] = "finger_expected"
    passage: Number
    is_wanted: bool


class MeasureFinger(_Fields):
    """Take the traveller's finger until `deadline_at_s`; compare it with this registration's."""

    kind: Literal["measure_finger"] = "measure_finger"
    request: Number
    passage: Number
    attempt: Number
    deadline_at_s: Instant
    registration: Annotated[str, Field(max_length=128, repr=False)]


class FingerMeasured(_Fields):
    """What the finger of this request gave."""

    kind: Literal["finger_measured"] = "finger_measured"
    request: Number
    passage: Number
    measures: Annotated[FingerMeasures, AfterValidator(_bounded_finger)]


class TurnAsked(_Fields):
    """The look of this request goes on, and the traveller is to look this way meanwhile."""

    kind: Literal["turn_asked"] = "turn_asked"
    request: Number
    passage: Number
    turn: Turn


class Forget(_Fields):
    """The passage is over: stop measuring and wipe what belongs to it."""

    kind: Literal["forget"] = "forget"
    passage: Number


class Attach(_Fields):
    """A console's first message: an identified officer watches the lane."""

    kind: Literal["attach"] = "attach"
    officer: Word


class Watch(_Fields):
    """A page's first message: it wants the states and may ask for nothing."""

    kind: Literal["watch"] = "watch"


class GiveOrder(_Fields):
    """The attached officer's order, with the passage that is on the officer's screen."""

    kind: Literal["give_order"] = "give_order"
    order: Order
    passage: Number
    reason: Words = ""


class Acknowledge(_Fields):
    """The attached officer has seen this alarm; it is written down and changes nothing else."""

    kind: Literal["acknowledge"] = "acknowledge"
    trouble: Trouble
    passage: Number | None = None


class Serve(_Fields):
    """A technician's page's first message: an identified technician works at the lane."""

    kind: Literal["serve"] = "serve"
    technician: Word


class SetMaintenance(_Fields):
    """The technician wants the lane in maintenance, or out of it."""

    kind: Literal["set_maintenance"] = "set_maintenance"
    request: Number
    is_on: bool
    reason: Why


class ForceOutput(_Fields):
    """The technician wants one output driven by hand: for a bounded time, in maintenance only."""

    kind: Literal["force_output"] = "force_output"
    request: Number
    output: Output
    active: bool
    reason: Why


class RunChecks(_Fields):
    """The technician wants the checks that move nothing asked: one by its id, or all."""

    kind: Literal["run_checks"] = "run_checks"
    request: Number
    only: Annotated[str, Field(max_length=64)] = ""


class Answered(_Fields):
    """What came of a technician's request: every condition that did not hold; none, it was done."""

    kind: Literal["answered"] = "answered"
    request: Number
    against: Annotated[tuple[Word, ...], Field(max_length=16)] = ()


class OutputFelt(_Fields):
    """What an output driven by hand did: the board took it, a line of its door changed, it ended.

    `after_ms` since it was asked for.
    """

    kind: Literal["output_felt"] = "output_felt"
    request: Number
    felt: Literal["driven", "line", "ended"]
    after_ms: Instant
    line: Input | None = None
    active: bool | None = None


class CheckDone(_Fields):
    """One check of a technician's self-test is done."""

    kind: Literal["check_done"] = "check_done"
    request: Number
    number: Number
    in_all: Number
    check: Annotated[Checked, AfterValidator(_bounded_check)]


class DecisionShown(_Fields):
    """What one stage of the running passage came to: to consoles only, never to a page."""

    kind: Literal["decision_shown"] = "decision_shown"
    passage: Number
    stage: Stage
    ruling: Ruling
    findings: Findings


class StateShown(_Fields):
    """How the lane stands: sent at every change and once a second to consoles and pages.

    `lamps` are the lit ones, `doors` the released ones, `missing` the lost devices, `failing` the
    checks of the self-test that keep the lane from opening, each with its reason. `active` are the
    inputs that prove what their names say, `unknown` those of which nothing is known; a change of
    nothing but these waits for the next health round, so that a contact that bounces floods
    nobody. `language` is the one that the token of the running passage speaks for.
    """

    kind: Literal["state_shown"] = "state_shown"
    at_s: Instant
    state: LaneState
    passage: Number | None
    trouble: Trouble | None
    prompt: Prompt | None
    lamps: tuple[Output, ...]
    doors: tuple[Door, ...]
    missing: tuple[Word, ...]
    active: tuple[Input, ...] = ()
    unknown: tuple[Input, ...] = ()
    language: Language | None = None
    failing: tuple[Word, ...] = ()


class HealthShown(_Fields):
    """How late the lane's loop was over the last `over_s`, and what its parts have done.

    Sent once a second, to pages only. `turns` are the health rounds, time limits and input edges
    that were turned to; each part is told since its last service and for its life.
    """

    kind: Literal["health_shown"] = "health_shown"
    at_s: Instant
    over_s: Instant
    turns: Number
    late_p50_ms: Instant
    late_p99_ms: Instant
    late_max_ms: Instant
    parts: Annotated[
        tuple[Annotated[PartSeen, AfterValidator(_bounded_part)], ...],
        Field(max_length=len(PARTS)),
    ]


Message = (
    Hello
    | Welcome
    | Beat
    | DeviceIs
    | TokenRead
    | DocumentShown
    | ReadDocument
    | DocumentRead
    | ExpectFace
    | MeasureFace
    | FaceMeasured
    | ExpectFinger
    | FingerExpected
    | MeasureFinger
    | FingerMeasured
    | TurnAsked
    | Forget
    | Attach
    | Watch
    | GiveOrder
    | Acknowledge
    | Serve
    | SetMaintenance
    | ForceOutput
    | RunChecks
    | Answered
    | OutputFelt
    | CheckDone
    | DecisionShown
    | StateShown
    | HealthShown
)

_ADAPTER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


def encode(message: Message) -> bytes:
    r"""Return the frame of this message.

    Raises:
        MessageRefused: it is longer than a frame may be.

    >>> encode(Beat())
    b'\x00\x00\x00\x0f{"kind":"beat"}'
    """
    body = message.model_dump_json().encode()
    if len(body) > MAX_FRAME:
        raise MessageRefused(f"a {message.kind} of {len(body)} bytes is longer than {MAX_FRAME}")
    return HEADER.pack(len(body)) + body


def decode(buffer: bytes) -> tuple[Message | None, bytes]:
    """Take one message off the front of `buffer`; return it and the rest.

    Returns (None, buffer) when more bytes are needed.

    Raises:
        MessageRefused: the length is out of bounds, or the body is no message of ours.
    """
    if len(buffer) < HEADER.size:
        return None, buffer
    (length,) = HEADER.unpack_from(buffer)
    if not 2 <= length <= MAX_FRAME:
        raise MessageRefused(f"a length of {length} is outside 2..{MAX_FRAME}")
    end = HEADER.size + length
    if len(buffer) < end:
        return None, buffer
    try:
        message = _ADAPTER.validate_json(buffer[HEADER.size : end])
    except ValidationError as error:
        kinds = sorted({fault["type"] for fault in error.errors(include_input=False)})
        raise MessageRefused(f"{length} bytes are no message: {', '.join(kinds)}") from None
    return message, buffer[end:]
