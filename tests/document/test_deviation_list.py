"""Deviation lists: which faults of which document signers a state has told."""

from contextlib import suppress

from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document import cms
from egate.document.deviation_list import DeviationList, DeviationListRefused, Fault, decode
from simulators import pki

COUNTRY = pki.country_signer()
SIGNER = pki.list_signer(COUNTRY, pki.DEVIATION_LIST_SIGNING)
DOCUMENT = pki.document_signer(COUNTRY)
OTHER = pki.document_signer(COUNTRY, serial=8, key_name="another signer")
DG2 = core.Integer(2).dump()
WAYS = {
    "digest": pki.by_digest(DOCUMENT.raw),
    "key id": pki.by_key_id(DOCUMENT.certificate),
    "serial": pki.by_serial(DOCUMENT.raw),
}


def read(*deviations: tuple[bytes, str, bytes]) -> DeviationList:
    raw = pki.deviation_list(SIGNER, deviations)
    return decode(cms.decode(raw, len(raw)).content)


@pytest.mark.parametrize("way", WAYS)
def test_a_deviation_is_about_the_signer_it_names(way: str) -> None:
    (told,) = read((WAYS[way], Fault.DATA_GROUP_HASH, DG2)).deviations
    assert (told.fault, told.data_group) == (Fault.DATA_GROUP_HASH, 2)
    assert told.is_about(DOCUMENT.certificate)
    assert not told.is_about(OTHER.certificate)
    assert told.is_exact == (way == "digest")


def test_what_is_not_about_a_document_signer_or_not_known_is_counted_only() -> None:
    numbers = b"\xa5\x07" + core.PrintableString("12345").dump()
    told = read(
        (b"", Fault.SECURITY_OBJECT_SIGNATURE, b""),
        (WAYS["serial"] + numbers, Fault.SECURITY_OBJECT_SIGNATURE, b""),
        (WAYS["serial"], "2.23.136.1.1.7.3.1", b""),
        (WAYS["serial"], Fault.SECURITY_OBJECT_SIGNATURE, b""),
    )
    assert (len(told.deviations), told.unused) == (1, 3)


@pytest.mark.parametrize("content", [b"", b"\x30\x00", b"\x30\x80" * 500])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(DeviationListRefused):
        decode(content)


def test_a_fault_whose_number_is_too_long_to_look_at_is_refused() -> None:
    with pytest.raises(DeviationListRefused):
        read((WAYS["digest"], "1.2" + ".3" * 5000, b""))


@given(st.binary(max_size=300))
def test_whatever_the_bytes_a_list_is_read_or_refused(content: bytes) -> None:
    with suppress(DeviationListRefused):
        decode(content)
