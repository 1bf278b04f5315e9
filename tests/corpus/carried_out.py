"""A case carried out: the gate's own session reads the chip, the gate's own rooms weigh it.

The session, the checks and the policy are those of a gate; only the reader differs, and the one
who takes a silent card away. Random numbers come from seeds, so that a case is the same each time.

Source: DESIGN section 5.3; research/emrtd.md section 8 (order at the gate).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files

from egate.document import mrz
from egate.document.inspected import Inspected
from egate.document.reading_result import Access
from egate.domain.check import Check, Finding
from egate.domain.decision import Decision, Ruling, Subject
from egate.domain.lane_part import Direction
from egate.domain.lane_state import Trouble
from egate.domain.record import Clearance
from egate.inspection.decide import decide
from egate.inspection.document_checks import Moment, examine_document
from egate.inspection.policy import Policy, load
from egate.inspection.trouble import trouble_of
from egate.loop.card_session import CardSession, SessionParts
from egate.ports.card_reader import CardReader
from simulators.card_chip import Chip, seeded
from simulators.document_factory import Document, issue
from tests.corpus.case import Case, Told
from tests.corpus.direct_reader import DirectReader
from tests.corpus.kinds import SOUND

POLICIES = {
    name: load(files("egate.inspection").joinpath(name).read_text())
    for name in ("policy.toml", "policy_bench.toml")
}
OF_DOCUMENTS_IN_FORCE = (Check.DOCUMENT_IS_IN_FORCE, Check.DOCUMENT_WAS_NOT_JUST_USED)
CARD_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a case; `rulings` and `troubles` by policy."""

    findings: tuple[Finding, ...]
    told: Told
    rulings: dict[str, Ruling]
    troubles: dict[str, Trouble | None]


def document_of(case: Case) -> Document:
    """Return the document of a case as it is laid down."""
    return case.changed(issue(case.of.description, case.of.issuer, case.faults))


def chip_of(case: Case, document: Document) -> Chip:
    """Return the chip of a case."""
    manner = case.manner or case.of.manner
    return Chip(document, seeded(1), replace(manner), replace(case.troubles), atr=case.of.atr)


def in_process(case: Case) -> Judged:
    """Carry a case out without a reader."""
    document = document_of(case)
    reader = DirectReader(chip_of(case, document) if case.chip else None, replace(case.line))
    return judged(case, inspected(case, document, reader, reader.clock))


def inspected(
    case: Case,
    document: Document,
    reader: CardReader,
    clock: Callable[[], float],
    alive: Callable[[], None] = lambda: None,
) -> Inspected:
    """Have a session read and examine the document in a reader."""
    gate = case.gate
    printed = mrz.read(case.lines(document.printed))
    parts = SessionParts(
        store=gate.store(case.of.issuer),
        clock=clock,
        utc_s=lambda: gate.now_s,
        draw=seeded(2),
        plan=gate.plan,
        card_within_s=min(CARD_WITHIN_S, gate.deadline_s),
        alive=alive,
    )
    key = printed.mrz.key if printed.mrz and not gate.has_can_only else None
    access = Access(key, document.can if gate.has_can_only else None)
    session = CardSession(reader, parts)
    return session.inspect(printed, access, clock() + gate.deadline_s).inspected


def judged(case: Case, found: Inspected) -> Judged:
    """Weigh what was found, by every policy that ships."""
    made = {name: _decision(case, found, policy) for name, policy in POLICIES.items()}
    findings = next(iter(made.values())).findings
    nobody_asked: Told = dict.fromkeys(OF_DOCUMENTS_IN_FORCE)
    return Judged(
        findings,
        nobody_asked | {one.check: (one.outcome, one.reason) for one in findings},
        {name: decision.ruling for name, decision in made.items()},
        {name: trouble_of(decision) for name, decision in made.items()},
    )


def expected(case: Case) -> Told:
    """Return all that has to be told of a case."""
    return SOUND | case.of.odd | case.odd


def deviations(case: Case, judged: Judged) -> list[str]:
    """Return a line for everything that is not as the case has it."""
    wanted = expected(case)
    told = [
        f"{check}: {_words(judged.told.get(check))}, not {_words(wanted.get(check))}"
        for check in Check
        if judged.told.get(check) != wanted.get(check)
    ]
    told += [
        f"{who}: {one}, not {case.ruling}"
        for who, one in judged.rulings.items()
        if one != case.ruling
    ]
    told += [
        f"{who}: {one}, not {case.trouble}"
        for who, one in judged.troubles.items()
        if one != case.trouble
    ]
    return told


def _words(said: tuple[object, str] | None) -> str:
    return "nothing" if said is None else " ".join(map(str, said))


def _decision(case: Case, found: Inspected, policy: Policy) -> Decision:
    findings: tuple[Finding, ...] = found.findings
    if found.document is not None:
        findings += examine_document(found.document, _moment(case, found.document.identity), policy)
    return decide(1, Subject.DOCUMENT, findings, policy)


def _moment(case: Case, identity: bytes) -> Moment:
    gate = case.gate
    last = None
    if gate.used_s_ago is not None:
        last = Clearance(identity, Direction.ENTRY, gate.now_s - gate.used_s_ago)
    today = datetime.fromtimestamp(gate.now_s, UTC).date().toordinal()
    return Moment(gate.now_s, gate.now_s + gate.clock_behind_s, today, last)
