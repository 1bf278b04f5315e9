"""Messages: vectors both ways, dripped and followed; what is hostile is refused by kind."""

import json
import struct

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Finding, Outcome
from egate.domain.chip_times import ChipTimes
from egate.domain.decision import Ruling, Stage
from egate.domain.effect import Prompt
from egate.domain.face_measures import (
    FaceMeasures,
    FaceReason,
    LayerReason,
    LayerScore,
    PadLayer,
)
from egate.domain.finger import FingerReason, TemplateFormat
from egate.domain.finger_measures import FingerMeasures
from egate.domain.head_turn import Turn
from egate.domain.lane_event import Order
from egate.domain.lane_part import Door, Input, Output
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.self_checked import Checked
from egate.domain.service import PartSeen, Tally, Want
from egate.domain.token import (
    MAX_PORTRAIT,
    Permit,
    Portrait,
    SealedFace,
    TemplateDigest,
    TravelDirection,
    TravelDocument,
)
from egate.loop.messages import (
    MAX_FRAME,
    Acknowledge,
    Answered,
    Attach,
    Beat,
    CheckDone,
    DecisionShown,
    DeviceIs,
    DocumentRead,
    DocumentShown,
    ExpectFace,
    ExpectFinger,
    FaceMeasured,
    FingerExpected,
    FingerMeasured,
    ForceOutput,
    Forget,
    GiveOrder,
    HealthShown,
    Hello,
    MeasureFace,
    MeasureFinger,
    Message,
    MessageRefused,
    OutputFelt,
    ReadDocument,
    RunChecks,
    Serve,
    SetMaintenance,
    StateShown,
    TokenRead,
    TurnAsked,
    Watch,
    Welcome,
    decode,
    encode,
)

PERMIT = Permit(
    issuer_key="key-1",
    registration="R-1",
    document_kind="passport",
    document_digest=bytes(range(16)),
    crossing="site-1",
    direction=TravelDirection.BOTH,
    valid_from_s=1,
    valid_to_s=2,
    nonce=b"\x00\xff" * 8,
    reference=SealedFace(b"\xfe" * 200),
)
SIGNED = Finding(Check.PERMIT_IS_SIGNED, Outcome.PASSED, "signed", {"key": "key-1", "age_s": 1.5})
NOT_LIVE = Finding(Check.FACE_IS_LIVE, Outcome.NOT_DONE, "no_detector")
TIMES = ChipTimes(0.2, 0.1, 0.05, 0.1, 0.3, 0.012)
DOCUMENT = TravelDocument(
    identity=bytes(range(16)),
    issuer="UTO",
    document_code="P",
    document_number="L898902C3",
    last_day=740_000,
    portrait=Portrait(b"\xff\xd8" * 20),
)
LAYERS = (
    LayerScore(PadLayer.MOTION, 0.75, LayerReason.LIVING),
    LayerScore(PadLayer.DEPTH, None, LayerReason.NOT_FITTED),
)
MEASURES = FaceMeasures(FaceReason.OK, 0.61, 4, 1, 55.5, LAYERS)

MESSAGES: tuple[Message, ...] = (
    Hello(host="vision", pid=12, software="0.1.0"),
    Welcome(),
    Beat(),
    DeviceIs(device="camera", present=False, what="no picture in 1.0 s"),
    TokenRead(began_at_s=1.25, ended_at_s=1.5, findings=(SIGNED, NOT_LIVE), permit=PERMIT),
    TokenRead(began_at_s=1.25, ended_at_s=1.5, findings=()),
    DocumentShown(began_at_s=1.25, ended_at_s=1.5, findings=(NOT_LIVE,)),
    ReadDocument(request=4, passage=7, deadline_at_s=9.5),
    DocumentRead(request=4, passage=7, findings=(NOT_LIVE,), times=TIMES, document=DOCUMENT),
    DocumentRead(request=4, passage=7, findings=(), times=ChipTimes()),
    MeasureFace(
        request=1, passage=7, attempt=1, deadline_at_s=10.5,
        registration="R-1", nonce=b"\xfb\xff", reference=TemplateDigest(b"\x01" * 16),
    ),
    MeasureFace(
        request=1, passage=7, attempt=1, deadline_at_s=10.5,
        registration="", nonce=b"", reference=Portrait(b"\xff\xd8\xff"),
    ),
    FaceMeasured(request=1, passage=7, measures=MEASURES),
    TurnAsked(request=1, passage=7, turn=Turn.LEFT),
    ExpectFace(passage=7, registration="", nonce=b"", reference=Portrait(b"\xff\xd8\xff")),
    ExpectFinger(passage=3, registration="R-1"),
    FingerExpected(passage=3, is_wanted=False),
    MeasureFinger(request=7, passage=3, attempt=1, deadline_at_s=12.5, registration="R-1"),
    FingerMeasured(
        request=7,
        passage=3,
        measures=FingerMeasures(FingerReason.OK, TemplateFormat.ZFM, 120, 1, 80.5),
    ),
    FingerMeasured(request=7, passage=3, measures=FingerMeasures(FingerReason.TOO_DRY)),
    Forget(passage=7),
    Attach(officer="officer-4"),
    Watch(),
    GiveOrder(order=Order.LET_BACK, passage=7, reason="lost document"),
    Acknowledge(trouble=Trouble.DOOR_FORCED, passage=7),
    Acknowledge(trouble=Trouble.DEVICE_LOST),
    Serve(technician="technician-2"),
    SetMaintenance(request=1, is_on=True, reason="yearly service"),
    ForceOutput(request=2, output=Output.EXIT_RELEASE, active=True, reason="the bolt sticks"),
    RunChecks(request=3),
    RunChecks(request=4, only="EG-S140.exit"),
    Answered(request=2, against=("chamber_empty", "other_door_secured")),
    OutputFelt(request=2, felt="driven", after_ms=3.5),
    OutputFelt(request=2, felt="line", after_ms=41.0, line=Input.EXIT_LOCKED, active=False),
    CheckDone(
        request=3, number=1, in_all=2,
        check=Checked("EG-S301", "journal", "passed", "writes", True, {"n": 2, "s": "x"}, 0.001),
    ),
    DecisionShown(
        passage=7, stage=Stage.TRAVELLER, ruling=Ruling.REFER, findings=(SIGNED, NOT_LIVE)
    ),
    StateShown(
        at_s=2.0, state=LaneState.READY, passage=None, trouble=None, prompt=Prompt.PRESENT_TOKEN,
        lamps=(Output.ENTRY_GO,), doors=(Door.ENTRY,), missing=("camera",),
        active=(Input.ENTRY_CLOSED,), unknown=(Input.CHAMBER_EMPTY,),
    ),
    HealthShown(
        at_s=2.0, over_s=60.0, turns=300, late_p50_ms=0.2, late_p99_ms=3.5, late_max_ms=41.0,
        parts=(PartSeen("exit", Tally(9, 1, 2, 3, 4.5), Tally(99), (Want.CYCLES, Want.ERRORS)),),
    ),
)  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_a_message_comes_back_as_it_was(message: Message) -> None:
    assert decode(encode(message)) == (message, b"")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_a_message_cut_anywhere_asks_for_more(message: Message) -> None:
    frame = encode(message)
    assert all(decode(frame[:cut]) == (None, frame[:cut]) for cut in range(len(frame)))


def test_messages_that_follow_each_other_are_taken_one_by_one() -> None:
    rest, taken = b"".join(map(encode, MESSAGES)), []
    while rest:
        message, rest = decode(rest)
        taken.append(message)
    assert tuple(taken) == MESSAGES


@pytest.mark.parametrize("length", [0, 1, MAX_FRAME + 1, 2**31, 2**32 - 1])
def test_a_hostile_length_is_refused_before_a_byte_of_it_came(length: int) -> None:
    with pytest.raises(MessageRefused, match="outside"):
        decode(struct.pack(">I", length))


def framed(fields: object) -> bytes:
    body = json.dumps(fields).encode()
    return struct.pack(">I", len(body)) + body


TOKEN = json.loads(encode(MESSAGES[4])[4:])
READ = json.loads(encode(MESSAGES[8])[4:])
SEEN = json.loads(encode(MESSAGES[12])[4:])
MOTION = SEEN["measures"]["layers"][0]
QUESTION = json.loads(encode(MESSAGES[11])[4:])
HEALTH = json.loads(encode(MESSAGES[-1])[4:])
PART = HEALTH["parts"][0]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "open_the_door"},
        {"kind": "beat", "extra": 1},
        {"kind": "hello", "host": "lane", "pid": 1, "software": "x"},
        {"kind": "hello", "host": "vision", "pid": "1", "software": "x"},
        {"kind": "forget", "passage": -1},
        {"kind": "forget", "passage": 2**53},
        {"kind": "attach", "officer": ""},
        {"kind": "give_order", "order": "admit", "passage": 1, "reason": "x" * 257},
        TOKEN | {"began_at_s": float("nan")},
        TOKEN | {"findings": TOKEN["findings"] * 33},
        TOKEN | {"findings": [TOKEN["findings"][0] | {"evidence": {}}]},
        TOKEN | {"findings": [TOKEN["findings"][0] | {"reason": "x" * 257}]},
        TOKEN | {"findings": [TOKEN["findings"][0] | {"evidence": {"n": 2**53}}]},
        TOKEN | {"findings": [TOKEN["findings"][0] | {"evidence": {"n": -(10**400)}}]},
        TOKEN | {"permit": TOKEN["permit"] | {"valid_to_s": 10**400}},
        TOKEN | {"permit": TOKEN["permit"] | {"nonce": ""}},
        TOKEN | {"permit": TOKEN["permit"] | {"reference": {"sealed": "!"}}},
        TOKEN | {"permit": TOKEN["permit"] | {"admit": True}},
        READ | {"document": READ["document"] | {"identity": "AAAA"}},
        READ | {"document": READ["document"] | {"last_day": 0}},
        READ | {"document": READ["document"] | {"document_number": "1" * 33}},
        READ | {"document": READ["document"] | {"portrait": {"picture": "AAAA" * 50_001}}},
        READ | {"document": READ["document"] | {"portrait": {"sealed": "AAAA"}}},
        READ | {"times": READ["times"] | {"card_s": "soon"}},
        SEEN | {"measures": SEEN["measures"] | {"frames": 10**400}},
        SEEN | {"measures": SEEN["measures"] | {"faces_seen": -1}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION, MOTION]}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION] * 100_000}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION | {"score": 1.01}]}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION | {"score": -0.01}]}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION | {"score": float("nan")}]}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION | {"reason": "x" * 65}]}},
        SEEN | {"measures": SEEN["measures"] | {"layers": [MOTION | {"layer": "smell"}]}},
        TOKEN | {"permit": TOKEN["permit"] | {"reference": {"picture": "_9j_"}}},
        QUESTION | {"reference": {"picture": ""}},
        QUESTION | {"reference": {"picture": "A" * (MAX_PORTRAIT * 4 // 3 + 4)}},
        QUESTION | {"reference": {"picture": "_9j_", "sealed": "_9j_"}},
        QUESTION | {"reference": {"picture": "_9j_", "digest": "_9j_"}},
        QUESTION | {"reference": {}},
        HEALTH | {"turns": -1},
        HEALTH | {"late_max_ms": float("inf")},
        HEALTH | {"parts": [PART] * 100},
        HEALTH | {"parts": [PART | {"part": "trapdoor"}]},
        HEALTH | {"parts": [PART | {"due": ["paint"]}]},
        HEALTH | {"parts": [PART | {"due": ["cycles"] * 100_000}]},
        HEALTH | {"parts": [PART | {"since": PART["since"] | {"cycles": -1}}]},
        HEALTH | {"parts": [PART | {"life": PART["life"] | {"errors": 2**53}}]},
        HEALTH | {"parts": [PART | {"life": PART["life"] | {"on_s": float("nan")}}]},
        ["beat"],
        None,
    ],
)
def test_what_does_not_belong_is_refused(fields: object) -> None:
    with pytest.raises(MessageRefused):
        decode(framed(fields))


def test_a_refusal_repeats_nothing_of_the_content() -> None:
    with pytest.raises(MessageRefused) as refusal:
        decode(framed(TOKEN | {"permit": {"registration": "SECRET"}, "SECRET": 1}))
    assert "SECRET" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_message_longer_than_a_frame_is_not_sent() -> None:
    sealed = SealedFace(b"x" * MAX_FRAME)
    with pytest.raises(MessageRefused, match="longer"):
        encode(MeasureFace(request=1, passage=1, attempt=1, deadline_at_s=1.0, registration="",
                           nonce=b"", reference=sealed))  # fmt: skip


@given(st.sampled_from([SealedFace, TemplateDigest, Portrait]), st.binary(min_size=1, max_size=32))
def test_a_reference_comes_back_as_its_own_kind(
    kind: type[SealedFace | TemplateDigest | Portrait], raw: bytes
) -> None:
    reference = kind(raw)
    question = MeasureFace(request=1, passage=1, attempt=1, deadline_at_s=1.0, registration="",
                           nonce=b"", reference=reference)  # fmt: skip
    message, _ = decode(encode(question))
    assert isinstance(message, MeasureFace)
    assert type(message.reference) is kind
    assert message.reference == reference


def test_the_largest_portrait_fits_a_message() -> None:
    question = MeasureFace(request=2**53 - 1, passage=2**53 - 1, attempt=2**53 - 1,
                           deadline_at_s=1e9 / 3, registration="\x01" * 128, nonce=bytes(64),
                           reference=Portrait(b"\xff" * MAX_PORTRAIT))  # fmt: skip
    assert decode(encode(question)) == (question, b"")


def test_no_repr_shows_what_a_token_says() -> None:
    shown = repr(MESSAGES) + repr(Portrait(b"SECRET"))
    assert not any(word in shown for word in ("R-1", "SECRET", "xd8"))


@given(st.binary(max_size=64))
def test_any_bytes_are_a_message_more_needed_or_refused(noise: bytes) -> None:
    try:
        message, rest = decode(noise)
    except MessageRefused:
        return
    assert message is None
    assert rest == noise
