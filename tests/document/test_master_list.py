"""Master lists: every certificate read or named, and who signed the list proven."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import certificates
from egate.document.list_signer import ListRefused, prove
from egate.document.master_list import MasterList, MasterListRefused, decode
from egate.document.trust_store import TrustStore
from simulators import pki
from tests.document.shared_data import shared

SIGNER = pki.list_signer(pki.country_signer())
OTHERS = [
    pki.country_signer(pki.Wish(country=country, key_name=country)).raw for country in ("AA", "BB")
]


def content(*raws: bytes) -> bytes:
    from egate.document import cms

    raw = pki.master_list(SIGNER, raws)
    return cms.decode(raw, len(raw)).content


def test_a_list_gives_its_certificates() -> None:
    read = decode(content(*OTHERS))
    assert [one.country for one in read.certificates] == ["AA", "BB"]
    assert read.unreadable == ()


def test_an_unreadable_certificate_is_named_and_the_others_serve() -> None:
    read = decode(content(OTHERS[0], b"\x30\x03\x02\x01\x01", OTHERS[1]))
    assert [one.country for one in read.certificates] == ["AA", "BB"]
    assert [(one.place, one.reason) for one in read.unreadable] == [(1, "unreadable")]


@pytest.mark.parametrize("raw", [b"", b"\x30\x00", b"\x30\x80" * 500])
def test_what_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(MasterListRefused):
        decode(raw)


def test_a_list_of_too_many_is_refused() -> None:
    with pytest.raises(MasterListRefused, match="too_many"):
        decode(content(*[b"\x30\x00"] * 4097))


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_list_is_read_or_refused(raw: bytes) -> None:
    with suppress(MasterListRefused):
        decode(raw)


GERMAN_LIST_AT_S = 1_780_000_000


def german() -> MasterList:
    folder = shared("emrtd") / "master_lists"
    pinned = certificates.decode((folder / "DE_ROOT_CA_CSCA07.cer").read_bytes())
    raw = next(folder.glob("DE_ML_*.ml")).read_bytes()
    return decode(prove(raw, TrustStore([pinned]), GERMAN_LIST_AT_S).content)


def test_every_certificate_of_the_german_list_is_read_and_its_key_is_usable() -> None:
    read = german()
    assert (len(read.certificates), read.unreadable) == (588, ())
    kinds = {type(one.public_key()).__name__ for one in read.certificates}
    assert kinds == {"RsaKey", "EcKey"}
    assert all(one.may_sign_certificates for one in read.certificates)


def test_every_self_signature_of_the_german_list_verifies() -> None:
    read = german()
    own = [
        one
        for one in read.certificates
        if one.is_self_issued and one.extensions.issuer_key_id in (b"", one.extensions.key_id)
    ]
    assert len(own) == 375
    assert [one.fingerprint for one in own if not one.is_signed_by(one.public_key())] == []


def test_the_german_list_is_worth_nothing_without_its_country_signer() -> None:
    raw = next((shared("emrtd") / "master_lists").glob("DE_ML_*.ml")).read_bytes()
    with pytest.raises(ListRefused, match="signer_not_pinned") as caught:
        prove(raw, TrustStore(), GERMAN_LIST_AT_S)
    assert caught.value.country == "DE"
