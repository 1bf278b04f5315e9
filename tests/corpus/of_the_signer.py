"""Cases of who signed, of what state and when, and of what the gate knows about them.

Source: research/emrtd.md 6.2 (rules 8, 10, 12 and 13).
"""

from collections.abc import Callable
from dataclasses import replace
import hashlib

from egate.document import document_signer_checks
from egate.document.certificates import decode as certificate
from egate.document.deviation_list import Deviation, Fault
from egate.document.revocation_list import decode as revocation_list
from egate.document.trust_store import TrustStore
from egate.domain.check import Check
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from simulators import pki
from simulators.document_factory import Faults, Issuer, Signer
from simulators.pki import DAY_S, NOW_S, Wish
from tests.corpus.case import (
    Case,
    Gate,
    Kind,
    Told,
    each,
    failed,
    left_out,
    not_done,
    unsure,
)
from tests.corpus.groups import ALTERED, KEYS_UNPROVEN, NO_DOCUMENT
from tests.corpus.kinds import FULL, OLD_ALGORITHM, PASSPORT_KIND
from tests.simulators.inspected import store_of

C, T = Check, Trouble
RURITANIA = Issuer(seed="Ruritania")
NO_SIGNER: Told = NO_DOCUMENT | KEYS_UNPROVEN
UNTRUSTED: Told = NO_SIGNER | {C.COUNTRY_SIGNER_IS_IN_FORCE: not_done("no_country_signer")}

Knows = Callable[[Issuer], TrustStore]


def listing(*serials: int, **when: float) -> Knows:
    """Return a gate that has a revocation list with these serial numbers."""

    def knows(issuer: Issuer) -> TrustStore:
        by = issuer.country_signer
        raw = pki.revocation_list(by, serials, **when)  # type: ignore[arg-type]  # instants only
        return TrustStore([certificate(by.raw)], [revocation_list(raw)])

    return knows


def without_lists(issuer: Issuer) -> TrustStore:
    """Know the country signer, and nothing of whom it called back."""
    return TrustStore([certificate(issuer.country_signer.raw)])


def nobody(_: Issuer) -> TrustStore:
    """Know nobody."""
    return TrustStore()


def neighbours(_: Issuer) -> TrustStore:
    """Know another state of the same name, with its list."""
    return store_of(RURITANIA)


def country_signer_until(to_s: float) -> Knows:
    """Return a gate whose certificate of the country signer ends sooner."""

    def knows(issuer: Issuer) -> TrustStore:
        wish = Wish(how=issuer.how, key_name=f"{issuer.seed} country signer", to_s=to_s)
        lists = [revocation_list(issuer.revocation_list())]
        return TrustStore([certificate(pki.country_signer(wish).raw)], lists)

    return knows


def told_of(fault: Fault, data_group: int = 0, by: Signer = Signer.GENUINE) -> Knows:
    """Return a gate that was told of one fault of this signer's documents."""

    def knows(issuer: Issuer) -> TrustStore:
        known, signer = store_of(issuer), issuer.signer(by)
        digest = hashlib.sha256(signer.raw).digest()
        told = [Deviation(fault, data_group, digest=digest)]
        return TrustStore(known.country_signers, known.revocation_lists, told)

    return knows


def at(knows: Knows) -> Gate:
    """Return a gate that knows so much."""
    return Gate(store=knows)


def of_state(issuer: str, document_code: str = "P") -> Kind:
    """Return the passport of another state, or of another type, that Utopia signs."""
    zone = replace(FULL.mrz, issuer=issuer, document_code=document_code)
    return replace(PASSPORT_KIND, description=replace(FULL, mrz=zone))


STATE = C.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE
REVOKED = C.DOCUMENT_SIGNER_IS_NOT_REVOKED

SIGNERS = (
    Case(
        "a signature that is none",
        PASSPORT_KIND,
        NO_SIGNER | {C.SECURITY_OBJECT_IS_SIGNED: failed("signature_does_not_verify")},
        T.CHIP_FORGED,
        faults=Faults(has_spoilt_signature=True),
    ),
    Case(
        "a substituted signer",
        PASSPORT_KIND,
        UNTRUSTED | {C.DOCUMENT_SIGNER_IS_TRUSTED: failed("named_country_signer_did_not_sign")},
        T.CHIP_FORGED,
        faults=Faults(signer=Signer.SUBSTITUTED),
    ),
    Case(
        "a signer expired by now",
        PASSPORT_KIND,
        {C.DOCUMENT_SIGNER_IS_IN_FORCE: failed("expired")},
        faults=Faults(signer=Signer.EXPIRED),
    ),
    Case(
        "a signer that signed before its time",
        PASSPORT_KIND,
        {C.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: failed("not_yet_valid")},
        T.CHIP_FORGED,
        faults=Faults(signer=Signer.TOO_EARLY),
    ),
    Case(
        "a security object that tells no signing time",
        PASSPORT_KIND,
        {C.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: left_out("no_signing_time")},
        ruling=Ruling.ADMIT,
        faults=Faults(has_no_signing_time=True),
    ),
    Case(
        "a revoked signer",
        PASSPORT_KIND,
        {REVOKED: failed("document_signer_revoked")},
        T.TOKEN_REFUSED,
        faults=Faults(signer=Signer.REVOKED),
    ),
    Case(
        "a signer of lists",
        PASSPORT_KIND,
        {C.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS: failed("signer_for_another_purpose")},
        T.CHIP_FORGED,
        faults=Faults(signer=Signer.OF_LISTS),
    ),
    Case(
        "a signer whose certificate was left out",
        PASSPORT_KIND,
        NO_SIGNER
        | each(document_signer_checks.CHECKS[1:], not_done("no_document_signer"))
        | {
            C.SECURITY_OBJECT_IS_SIGNED: unsure("no_signer_certificate"),
            STATE: not_done("no_document_signer"),
        },
        faults=Faults(signer=Signer.LEFT_OUT),
    ),
)

STATES = (
    Case(
        "a document of one state, signed by another",
        of_state("D"),
        {STATE: failed("another_state")},
        T.CHIP_FORGED,
    ),
    Case("a state in no table", of_state("ZZZ"), {STATE: unsure("unknown_state")}),
    Case(
        "a type of document its signer does not list",
        of_state("UTO", "S"),
        {STATE: failed("document_type_not_listed")},
        T.CHIP_FORGED,
    ),
    Case("a diplomatic passport", of_state("UTO", "PD"), {}, ruling=Ruling.ADMIT),
)

WHAT_IS_KNOWN = (
    Case(
        "no country signer held",
        PASSPORT_KIND,
        UNTRUSTED
        | {
            C.DOCUMENT_SIGNER_IS_TRUSTED: unsure("no_country_signer_held"),
            REVOKED: unsure("no_revocation_list"),
        },
        T.NOT_ELIGIBLE,
        gate=at(nobody),
    ),
    Case(
        "another state's country signer held, of the same name",
        PASSPORT_KIND,
        UNTRUSTED | {C.DOCUMENT_SIGNER_IS_TRUSTED: failed("named_country_signer_did_not_sign")},
        T.CHIP_FORGED,
        gate=at(neighbours),
    ),
    Case(
        "a country signer that expired yesterday",
        PASSPORT_KIND,
        {C.COUNTRY_SIGNER_IS_IN_FORCE: failed("expired")},
        gate=at(country_signer_until(NOW_S - DAY_S)),
    ),
    Case(
        "no revocation list",
        PASSPORT_KIND,
        {REVOKED: unsure("no_revocation_list")},
        T.CENTRE_LOST,
        gate=at(without_lists),
    ),
    Case(
        "a revocation list that is old",
        PASSPORT_KIND,
        {REVOKED: unsure("revocation_list_is_old")},
        T.CENTRE_LOST,
        gate=at(listing(66, issued_s=NOW_S - 100 * DAY_S, next_s=NOW_S - 10 * DAY_S)),
    ),
    Case(
        "a revocation list of next week",
        PASSPORT_KIND,
        {REVOKED: unsure("revocation_list_not_yet_valid")},
        T.CENTRE_LOST,
        gate=at(listing(66, issued_s=NOW_S + 7 * DAY_S)),
    ),
    Case(
        "a revoked signer on an old list",
        PASSPORT_KIND,
        {REVOKED: failed("document_signer_revoked")},
        T.TOKEN_REFUSED,
        faults=Faults(signer=Signer.REVOKED),
        gate=at(listing(66, issued_s=NOW_S - 100 * DAY_S, next_s=NOW_S - 10 * DAY_S)),
    ),
    Case(
        "a revoked country signer",
        PASSPORT_KIND,
        {REVOKED: failed("country_signer_revoked")},
        T.TOKEN_REFUSED,
        gate=at(listing(1)),
    ),
    Case("a list without a name on it", PASSPORT_KIND, {}, ruling=Ruling.ADMIT, gate=at(listing())),
)

DEVIATIONS = (
    Case(
        "DG11 altered as its state has told",
        PASSPORT_KIND,
        NO_DOCUMENT | {C.DATA_GROUPS_ARE_UNALTERED: unsure("known_deviation")},
        faults=Faults(altered=frozenset({11})),
        gate=at(told_of(Fault.DATA_GROUP_HASH, 11)),
    ),
    Case(
        "DG2 altered where its state told of DG11",
        PASSPORT_KIND,
        ALTERED,
        T.CHIP_FORGED,
        faults=Faults(altered=frozenset({2})),
        gate=at(told_of(Fault.DATA_GROUP_HASH, 11)),
    ),
    Case(
        "DG11 altered where its state told of another signer",
        PASSPORT_KIND,
        ALTERED,
        T.CHIP_FORGED,
        faults=Faults(altered=frozenset({11})),
        gate=at(told_of(Fault.DATA_GROUP_HASH, 11, Signer.EXPIRED)),
    ),
    Case(
        "a signature that is none, as its state has told",
        PASSPORT_KIND,
        NO_SIGNER | {C.SECURITY_OBJECT_IS_SIGNED: unsure("known_deviation")},
        faults=Faults(has_spoilt_signature=True),
        gate=at(told_of(Fault.SECURITY_OBJECT_SIGNATURE)),
    ),
    Case(
        "a sound document of a signer with deviations",
        PASSPORT_KIND,
        {},
        ruling=Ruling.ADMIT,
        gate=at(told_of(Fault.DATA_GROUP_HASH, 11)),
    ),
)

ALGORITHMS = (
    Case(
        "SHA-1 over the files",
        replace(PASSPORT_KIND, description=replace(FULL, hash_name="sha1")),
        OLD_ALGORITHM,
    ),
    Case(
        "MD5 over the files",
        replace(PASSPORT_KIND, description=replace(FULL, hash_name="md5")),
        OLD_ALGORITHM
        | NO_SIGNER
        | {
            C.SECURITY_OBJECT_IS_SIGNED: unsure("hash_not_supported"),
            C.DATA_GROUPS_ARE_UNALTERED: unsure("hash_not_supported"),
        },
    ),
    Case(
        "a signer's key of RSA-1024",
        replace(PASSPORT_KIND, issuer=Issuer(pki.How("rsa-1024"))),
        OLD_ALGORITHM,
    ),
    Case(
        "a signer's key on P-192",
        replace(PASSPORT_KIND, issuer=Issuer(pki.How("secp192r1"))),
        OLD_ALGORITHM,
    ),
)
CASES = (*SIGNERS, *STATES, *WHAT_IS_KNOWN, *DEVIATIONS, *ALGORITHMS)
