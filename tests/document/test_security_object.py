"""EF.SOD: which data groups it lists, and what is refused before anything of it is used."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.security_object import SecurityObjectRefused, decode
from simulators import pki
from simulators.pki import SECURITY_OBJECT

SIGNER = pki.document_signer(pki.country_signer())


def refusal(raw: bytes) -> str:
    with pytest.raises(SecurityObjectRefused) as caught:
        decode(raw)
    return caught.value.reason


def listing(content: bytes, content_type: str = SECURITY_OBJECT) -> bytes:
    return pki.in_file(pki.signed_data(SIGNER, content_type, content))


def test_a_security_object_lists_its_data_groups() -> None:
    read = decode(pki.security_object(SIGNER))
    assert (sorted(read.hashes), read.hash_name) == ([1, 2, 14], "sha256")
    assert not read.has_older_content_type


@pytest.mark.parametrize("older", ["1.3.27.1.1.1", "1.2.528.1.1006.1.20.1", "1.2.840.113549.1.7.1"])
def test_the_older_names_of_its_content_are_taken(older: str) -> None:
    assert decode(pki.security_object(SIGNER, content_type=older)).has_older_content_type


def test_a_master_list_in_its_place_is_refused() -> None:
    raw = pki.in_file(pki.master_list(SIGNER, []))
    assert refusal(raw) == "not_a_security_object"


def test_a_data_group_listed_twice_is_refused() -> None:
    assert (
        refusal(listing(pki.lds_security_object([(1, b"a"), (1, b"b")])))
        == "data_group_listed_twice"
    )


@pytest.mark.parametrize("number", [0, 17, -1, 2**40])
def test_a_data_group_that_there_is_not_is_refused(number: int) -> None:
    assert refusal(listing(pki.lds_security_object([(1, b"a"), (number, b"b")]))) == "unreadable"


@pytest.mark.parametrize("content", [b"", b"\x30\x00", pki.lds_security_object([]), bytes(60_000)])
def test_content_that_lists_nothing_is_refused(content: bytes) -> None:
    assert refusal(listing(content)) == "unreadable"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "unreadable"),
        (bytes(65_537), "too_long"),
        (b"\x77\x80\x00\x00", "unreadable"),
        (pki.security_object(SIGNER) + b"\0", "unreadable"),
        (pki.security_object(SIGNER)[:-1], "unreadable"),
        (pki.security_object(SIGNER)[4:], "unreadable"),
    ],
)
def test_what_is_no_security_object_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


@given(st.binary(max_size=200))
def test_whatever_the_content_it_is_read_or_refused(content: bytes) -> None:
    with suppress(SecurityObjectRefused):
        decode(listing(content))
