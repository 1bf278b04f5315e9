"""The corpus sees when a check is taken out: each is made to say yes, and its cases deviate.

MUTATIONS: what is taken out, what stands in its place, and the cases that must notice.
"""

from typing import Any

import pytest

from egate.domain.check import Check, Finding, Outcome
from tests.corpus.carried_out import deviations, in_process
from tests.corpus.cases import CASES

YES = {"by": "nobody"}


def says(check: Check, reason: str) -> Any:  # noqa: ANN401  # in the place of any check
    """Return a check that always passes."""
    return lambda *_args, **_more: Finding(check, Outcome.PASSED, reason, YES)


def always(answer: object) -> Any:  # noqa: ANN401  # in the place of any question
    """Return a question that is always answered so."""
    return lambda *_args, **_more: answer


MUTATIONS: dict[str, tuple[str, Any, tuple[str, ...]]] = {
    "the hashes of data groups": (
        "egate.document.passive_authentication._unaltered",
        says(Check.DATA_GROUPS_ARE_UNALTERED, "hashes_match"),
        ("DG1 altered", "DG2 altered", "DG14 altered, and the chip holds the forger's key"),
    ),
    "what must be there": (
        "egate.document.passive_authentication._none_missing",
        says(Check.NO_DATA_GROUP_IS_MISSING, "all_read"),
        ("DG2 stripped", "DG15 stripped", "DG1 signed by nobody"),
    ),
    "the signature over the hashes": (
        "egate.document.cms.is_signature",
        always(answer=True),
        ("a signature that is none",),
    ),
    "the country signer's signature": (
        "egate.document.certificates.Certificate.is_signed_by",
        always(answer=True),
        ("a substituted signer", "another state's country signer held, of the same name"),
    ),
    "revocation": (
        "egate.document.document_signer_checks._is_listed",
        always(answer=False),
        ("a revoked signer", "a revoked country signer"),
    ),
    "how old a revocation list is": (
        "egate.document.document_signer_checks.why_not_current",
        always(""),
        ("a revocation list that is old", "a revocation list of next week"),
    ),
    "the signer's state": (
        "egate.document.issuing_state._is_of",
        always(answer=True),
        ("a document of one state, signed by another",),
    ),
    "the page beside the chip": (
        "egate.document.mrz_agreement.compare",
        says(Check.CHIP_MRZ_IS_THE_PRINTED_ONE, "lines_agree"),
        ("a chip of another name", "a chip of another number opens by the page all the same"),
    ),
    "EF.CardAccess beside DG14": (
        "egate.document.reading.compare_card_access",
        says(Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED, "same"),
        ("EF.CardAccess is not there", "EF.CardAccess offers weaker PACE than was signed"),
    ),
    "an end after a failure of PACE": (
        "egate.document.reading.DocumentReading._pace_fails",
        always(None),
        ("PACE refused at step 0", "PACE with another password", "EF.CardAccess is garbage"),
    ),
    "the MAC of an answer": (
        "egate.document.secure_messaging.is_same",
        always(answer=True),
        ("secure messaging: wrong_mac, at EF.SOD", "secure messaging breaks at DG2"),
    ),
    "active authentication": (
        "egate.document.active_authentication.judge",
        says(Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY, "signed_the_challenge"),
        (
            "another challenge signed, RSA",
            "a cloned older passport without the key of active authentication, RSA",
        ),
    ),
    "the mapping key": (
        "egate.document.pace.holds_key_of",
        always(answer=True),
        ("a cloned chip without the key of chip authentication mapping",),
    ),
    "whose the chip's keys are": (
        "egate.document.inspected._is_of_a_signed_key",
        always(answer=True),
        (
            "DG15 altered, and the chip holds the forger's key",
            "EF.CardSecurity with the forger's key",
        ),
    ),
    "a doubtful page": (
        "egate.loop.card_session._is_in_doubt",
        always(answer=False),
        ("a number misread", "a birth date's digit misread"),
    ),
    "the size of a picture": (
        "egate.document.portrait.picture_size",
        always((8, 8)),
        ("a JPEG that announces 65535 x 65535", "a codestream of 2^32 x 2^32"),
    ),
    "the clock": (
        "egate.inspection.document_checks._in_force",
        says(Check.DOCUMENT_IS_IN_FORCE, "in_force"),
        ("a day too late", "a clock that went back"),
    ),
}


@pytest.mark.parametrize(("place", "instead", "cases"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_check_that_is_taken_out_is_missed(
    place: str, instead: object, cases: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, instead)
    assert [name for name in cases if not deviations(CASES[name], in_process(CASES[name]))] == []
