"""A permit as text: what is read, what is refused and why, and that reading never breaks."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.check import Check, Outcome
from egate.domain.token import Permit, SealedFace, TemplateDigest, TravelDirection
from egate.permit import base45, cbor, claims, cose
from egate.permit.claims import ClaimsError
from egate.permit.issuers import Issuers, listed
from egate.permit.keys import key_id
from egate.permit.permit import MAX_CHARACTERS, PREFIX, PermitUnreadable, read, sign, unproven
from tests.permit.made import DAY_S, ISSUER, ISSUERS, KEY, NOW_S, OTHER_KEY, PERMIT, SEALED_PERMIT

TEXT = sign(PERMIT, KEY)
HEADER: dict[int, cbor.Value] = {cose.ALG: cose.ES256, cose.KID: key_id(KEY.public_key())}
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", fullmatch=True)
PERMITS = st.builds(
    replace,
    st.just(PERMIT),
    registration=NAMES,
    crossing=NAMES,
    document_kind=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}", fullmatch=True),
    document_digest=st.binary(min_size=16, max_size=16),
    direction=st.sampled_from(TravelDirection),
    valid_from_s=st.integers(0, 2**31),
    valid_to_s=st.integers(2**31 + 1, 2**32 - 1),
    nonce=st.binary(min_size=8, max_size=16),
    reference=st.builds(SealedFace, st.binary(min_size=176, max_size=176))
    | st.builds(TemplateDigest, st.binary(min_size=16, max_size=16)),
)


def reasons(text: str, issuers: Issuers = ISSUERS) -> tuple[str, str]:
    """Return why a text was not taken: of the reading, of the signature."""
    reading = read(text, issuers, NOW_S)
    readable, signed = reading.findings
    assert reading.permit is None
    assert (readable.check, signed.check) == (Check.PERMIT_IS_READABLE, Check.PERMIT_IS_SIGNED)
    assert {readable.outcome, signed.outcome} != {Outcome.PASSED}
    return readable.reason, signed.reason


def wrapped(raw: bytes) -> str:
    return PREFIX + base45.encode(raw)


@pytest.mark.parametrize("permit", [PERMIT, SEALED_PERMIT])
def test_a_signed_permit_is_read_back_whole(permit: Permit) -> None:
    reading = read(sign(permit, KEY), ISSUERS, NOW_S)
    assert reading.permit == permit
    assert [finding.outcome for finding in reading.findings] == [Outcome.PASSED, Outcome.PASSED]


@given(PERMITS)
def test_every_permit_within_its_bounds_is_read_back_whole(permit: Permit) -> None:
    text = sign(permit, KEY)
    assert read(text, ISSUERS, NOW_S).permit == permit
    assert len(text) <= MAX_CHARACTERS // 2 + 40


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "truncated"),
        ("BG1", "truncated"),
        ("BG1:", "truncated"),
        ("BG2:" + TEXT[4:], "not_a_permit"),
        ("https://example.org/BG1:", "not_a_permit"),
        ("012345678901||NGUYEN VAN A|01011990|Nam", "not_a_permit"),
        (TEXT + "\n", "hostile_characters"),
        ("BG1:\x1b[31m", "hostile_characters"),
        ("BG1:\u202e", "hostile_characters"),
        (TEXT.lower().replace("bg1:", "BG1:"), "hostile_characters"),
        ("BG1:'; DROP TABLE permits", "hostile_characters"),
        ("BG1:" + "A" * MAX_CHARACTERS, "oversized"),
        (TEXT + "BB8", "bad_structure"),
        (TEXT + TEXT[4:], "bad_structure"),
    ],
)
def test_what_is_no_permit_is_refused_with_its_reason(text: str, reason: str) -> None:
    assert reasons(text) == (reason, "unreadable")


def test_a_permit_cut_anywhere_is_called_truncated() -> None:
    assert {reasons(TEXT[:end])[0] for end in range(len(TEXT))} == {"truncated"}


@given(st.text(max_size=80) | st.text(base45.ALPHABET).map(PREFIX.__add__))
def test_reading_any_text_ends_in_findings(text: str) -> None:
    assert read(text, ISSUERS, NOW_S).permit is None


@given(st.binary(max_size=120))
def test_reading_any_bytes_in_base45_ends_in_findings(raw: bytes) -> None:
    assert read(wrapped(b"\xd2" + raw), ISSUERS, NOW_S).permit is None


@given(st.integers(0, 8 * len(base45.decode(TEXT[4:])) - 1))
def test_a_permit_with_one_flipped_bit_is_never_taken(bit: int) -> None:
    raw = bytearray(base45.decode(TEXT[4:]))
    raw[bit // 8] ^= 1 << bit % 8
    assert read(wrapped(bytes(raw)), ISSUERS, NOW_S).permit is None


def test_a_forged_signature_is_refused() -> None:
    forged = cose.sign(claims.encode(PERMIT), HEADER, OTHER_KEY)
    assert reasons(wrapped(forged)) == ("readable", "bad_signature")


def test_an_issuer_nobody_listed_is_refused() -> None:
    other = replace(PERMIT, issuer_key=key_id(OTHER_KEY.public_key()).hex())
    assert reasons(sign(other, OTHER_KEY)) == ("readable", "unknown_issuer_key")


@pytest.mark.parametrize(
    ("begin_s", "end_s", "reason"),
    [
        (NOW_S - 2, NOW_S, "issuer_key_expired"),
        (NOW_S + 1, NOW_S + 2, "issuer_key_not_yet_valid"),
    ],
)
def test_an_issuer_key_out_of_its_time_is_refused(begin_s: int, end_s: int, reason: str) -> None:
    lapsed = replace(ISSUER, not_before_utc_s=begin_s, not_after_utc_s=end_s)
    issuers = replace(ISSUERS, keys=listed([lapsed]))
    assert reasons(TEXT, issuers) == ("readable", reason)


@pytest.mark.parametrize(
    ("issuers", "reason"),
    [
        (replace(ISSUERS, expires_at_utc_s=NOW_S), "issuers_list_expired"),
        (replace(ISSUERS, issued_at_utc_s=NOW_S + 1), "issuers_list_not_yet_valid"),
    ],
)
def test_with_a_list_out_of_its_time_no_signature_is_proven(issuers: Issuers, reason: str) -> None:
    reading = read(TEXT, issuers, NOW_S)
    assert reading.permit is None
    assert reading.findings[1].outcome is Outcome.INCONCLUSIVE
    assert reading.findings[1].reason == reason


def test_while_keys_change_permits_of_both_are_taken() -> None:
    new = replace(ISSUER, public_key=OTHER_KEY.public_key(), not_before_utc_s=NOW_S - DAY_S)
    issuers = replace(ISSUERS, keys=listed([ISSUER, new]))
    of_new = replace(PERMIT, issuer_key=key_id(OTHER_KEY.public_key()).hex())
    assert read(TEXT, issuers, NOW_S).permit == PERMIT
    assert read(sign(of_new, OTHER_KEY), issuers, NOW_S).permit == of_new


@pytest.mark.parametrize(
    "header",
    [
        {},
        {cose.KID: HEADER[cose.KID]},  # no algorithm
        {cose.ALG: -8, cose.KID: HEADER[cose.KID]},  # EdDSA
        {cose.ALG: 5, cose.KID: HEADER[cose.KID]},  # HMAC: the public key as a secret
        {cose.ALG: cose.ES256},  # no key id
        {cose.ALG: cose.ES256, cose.KID: b"1234567"},
        {**HEADER, 2: [1]},  # critical
        {**HEADER, 33: b"a certificate of one's own"},
    ],
)
def test_a_header_that_says_anything_else_is_refused(header: dict[int, cbor.Value]) -> None:
    assert reasons(wrapped(cose.sign(claims.encode(PERMIT), header, KEY)))[0] == "bad_structure"


def test_an_unprotected_header_is_refused() -> None:
    message = cose.decode(base45.decode(TEXT[4:]))
    parts: list[cbor.Value] = [
        message.protected,
        {cose.ALG: cose.ES256},
        message.payload,
        message.signature,
    ]
    assert reasons(wrapped(b"\xd2" + cbor.encode(parts)))[0] == "bad_structure"


@pytest.mark.parametrize(
    "changed",
    [
        {2: "../../etc/passwd"},
        {2: "X" * 33},
        {2: ""},
        {2: b"LS-1"},
        {3: "a b"},
        {4: NOW_S - 2 * DAY_S},  # ends before it begins
        {4: 2**32},
        {5: -1},
        {7: bytes(7)},
        {7: bytes(17)},
        {8: {1: 2}},  # a claim we do not know
        {-65537: {1: "LP", 2: bytes(16), 3: 3, 5: bytes(16)}},
        {-65537: {1: "LP", 2: bytes(15), 3: 0, 5: bytes(16)}},
        {-65537: {1: "LP", 2: bytes(16), 3: 0, 5: bytes(15)}},
        {-65537: {1: "LP", 2: bytes(16), 3: 0, 4: bytes(175)}},
        {-65537: {1: "LP", 2: bytes(16), 3: 0, 4: bytes(176), 5: bytes(16)}},
        {-65537: {1: "LP", 2: bytes(16), 3: 0}},
        {-65537: 5},
    ],
)
def test_claims_out_of_their_bounds_are_refused_though_signed(
    changed: dict[int, cbor.Value],
) -> None:
    genuine = cbor.decode(claims.encode(PERMIT))
    assert isinstance(genuine, dict)
    text = wrapped(cose.sign(cbor.encode({**genuine, **changed}), HEADER, KEY))
    assert reasons(text) == ("bad_structure", "signed")


@pytest.mark.parametrize("claim", [2, 3, 4, 5, 7, -65537])
def test_a_missing_claim_is_refused_though_signed(claim: int) -> None:
    genuine = cbor.decode(claims.encode(PERMIT))
    assert isinstance(genuine, dict)
    del genuine[claim]
    text = wrapped(cose.sign(cbor.encode(genuine), HEADER, KEY))
    assert reasons(text) == ("bad_structure", "signed")


def test_nothing_of_the_holder_stands_in_findings_or_representations() -> None:
    reading = read(TEXT, ISSUERS, NOW_S)
    said = repr(reading) + repr(reading.permit) + str(reading.findings)
    for secret in (PERMIT.registration, PERMIT.nonce.hex(), str(PERMIT.nonce), TEXT):
        assert secret not in said


def test_an_issuer_cannot_sign_what_no_gate_would_read() -> None:
    with pytest.raises(ClaimsError, match="registration"):
        sign(replace(PERMIT, registration="a b"), KEY)
    with pytest.raises(ValueError, match="another issuer key"):
        sign(PERMIT, OTHER_KEY)


def test_claims_can_be_shown_without_proof_but_only_of_a_permit() -> None:
    assert unproven(TEXT) == PERMIT
    assert unproven(wrapped(cose.sign(claims.encode(PERMIT), HEADER, OTHER_KEY))) == PERMIT
    for text in ("BG1:BB8", wrapped(cose.sign(b"\xa0", HEADER, KEY))):
        with pytest.raises(PermitUnreadable, match="bad_structure"):
            unproven(text)
