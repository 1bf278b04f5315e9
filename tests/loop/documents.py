"""What a document host says in the loop's tests: a page, and a chip whose every check passed."""

from datetime import UTC, datetime
from importlib.resources import files
import time

from egate.domain.check import Check, Finding, Outcome
from egate.domain.chip_times import ChipTimes
from egate.domain.decision import Subject
from egate.domain.record import EntryKind
from egate.domain.token import Portrait, TravelDocument
from egate.inspection.policy import load
from egate.loop.messages import DocumentRead, DocumentShown, ReadDocument
from tests.loop.gate import Gate
from tests.loop.parts import until

POLICY = load((files("egate.inspection") / "policy_bench.toml").read_text())
PORTRAIT = Portrait(b"\xff\xd8\xff picture")
DOCUMENT = TravelDocument(
    identity=bytes(range(16)),
    issuer="UTO",
    document_code="P",
    document_number="L898902C3",
    last_day=datetime.fromtimestamp(time.time(), UTC).toordinal() + 900,
    portrait=PORTRAIT,
)
TIMES = ChipTimes(0.2, 0.1, 0.05, 0.1, 0.3, 0.012)
LANES_OWN = {Check.DOCUMENT_IS_IN_FORCE, Check.DOCUMENT_WAS_NOT_JUST_USED}
PASSED = tuple(
    Finding(check, Outcome.PASSED, "as said", {"measure": 1})
    for check in POLICY.required[Subject.DOCUMENT]
    if check not in LANES_OWN
)
ZONE = Finding(Check.MRZ_IS_READABLE, Outcome.PASSED, "readable", {"layout": "TD3"})


def shown() -> DocumentShown:
    now_s = time.monotonic()
    return DocumentShown(began_at_s=now_s - 0.1, ended_at_s=now_s, findings=(ZONE,))


def an_answer(ask: ReadDocument) -> DocumentRead:
    """Answer this question: all is well."""
    return DocumentRead(
        request=ask.request, passage=ask.passage, findings=PASSED, times=TIMES, document=DOCUMENT
    )


def answers(gate: Gate, **changes: object) -> None:
    """Answer the newest question for a chip, with fields changed."""
    gate.document.say(an_answer(gate.asked_for_chips()[-1]).model_copy(update=changes))


async def shows_a_document(gate: Gate) -> None:
    before = len(gate.asked_for_chips())
    gate.document.say(shown())
    await until(lambda: len(gate.asked_for_chips()) > before)


def reasons(gate: Gate) -> str:
    return str(gate.journal.facts(EntryKind.DECISION)[-1]["reasons"])
