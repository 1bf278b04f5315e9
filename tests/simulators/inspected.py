"""A simulated document read and inspected in one process, as far as the document's rooms go."""

from secrets import token_bytes

from egate.document import mrz
from egate.document.certificates import decode as certificate
from egate.document.dialogue import run
from egate.document.inspected import inspect
from egate.document.reading import read_document
from egate.document.reading_result import Access, Plan, Reading
from egate.document.revocation_list import decode as revocation_list
from egate.document.trust_store import TrustStore
from egate.domain.check import Check
from simulators.card_chip import Chip
from simulators.direct import Direct
from simulators.document_factory import Description, Document, Faults, Issuer, issue

USUAL = Plan()
SOUND = Faults()
UTOPIA = Issuer()
Told = dict[Check, tuple[str, str]]


def store_of(issuer: Issuer) -> TrustStore:
    """Whom a gate trusts that knows this state."""
    lists = [revocation_list(issuer.revocation_list())]
    return TrustStore([certificate(issuer.country_signer.raw)], lists)


def reading_of(chip: Chip, plan: Plan = USUAL, access: Access | None = None) -> Reading:
    """Read a chip with what its page says."""
    document = chip.document
    return run(
        read_document(access or Access(document.key, document.can), plan, token_bytes),
        Direct(chip),
    )


def told_of(document: Document, reading: Reading) -> Told:
    """Every check of an inspection: outcome and reason."""
    issuer = document.issuer
    found = inspect(mrz.read(document.printed), reading, store_of(issuer), issuer.now_s)
    return {one.check: (one.outcome.value, one.reason) for one in found.findings}


def inspected(description: Description, faults: Faults = SOUND, issuer: Issuer = UTOPIA) -> Told:
    """Issue, read and examine a document."""
    document = issue(description, issuer, faults)
    return told_of(document, reading_of(Chip(document, token_bytes)))


def differing(told: Told, sound: Told) -> Told:
    """What is told of this document and not of the sound one."""
    return {check: said for check, said in told.items() if sound.get(check) != said}
