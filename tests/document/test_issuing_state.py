"""A signer vouches for its own state's documents, of the kinds its certificate names."""

import pytest

from egate.document import mrz
from egate.document.issuing_state import compare
from egate.document.passive_authentication import prove
from egate.document.trust_store import TrustStore
from egate.domain.check import Outcome
from simulators import pki
from simulators.document_factory import PASSPORT

COUNTRY = pki.country_signer()
STORE = TrustStore([COUNTRY.certificate])
ZONE = mrz.read(mrz.encode(PASSPORT)).mrz


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ((), (Outcome.PASSED, "same_state")),
        (("P", "ID"), (Outcome.PASSED, "same_state")),
        (("P<",), (Outcome.PASSED, "same_state")),
        (("ID",), (Outcome.FAILED, "document_type_not_listed")),
        (("IDENTITY CARD",), (Outcome.FAILED, "document_type_not_listed")),
        (("<",), (Outcome.FAILED, "document_type_not_listed")),
    ],
)
def test_a_signer_that_names_kinds_of_documents_signs_no_other(
    types: tuple[str, ...], expected: tuple[Outcome, str]
) -> None:
    signer = pki.document_signer(COUNTRY, document_types=types)
    found = compare(ZONE, prove(pki.security_object(signer), STORE, pki.NOW_S))
    assert (found.outcome, found.reason) == expected
