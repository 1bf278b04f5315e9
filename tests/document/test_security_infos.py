"""SecurityInfos: the protocols and keys a chip tells, both of the standard's and hostile ones.

Source: ICAO 9303-11, appendix G.1 (EF.CardAccess of the worked example); BSI TR-03110-3, A.1.
"""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.lds import LdsError
from egate.document.security_infos import (
    DOMAIN_PARAMETERS,
    ActiveAuthenticationInfo,
    Agreement,
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    Cipher,
    OtherInfo,
    PaceDomainParameterInfo,
    PaceInfo,
    PaceMapping,
    TerminalAuthenticationInfo,
    dotted,
    read_card_access,
)
from egate.wire.tlv import encode

WORKED_EXAMPLE = bytes.fromhex("31143012060A04007F0007020204020202010202010D")
BSI = bytes.fromhex("04007F00070202")
PLAIN_SHA256 = bytes.fromhex("04007F00070101040103")
V1, V2 = b"\x02\x01\x01", b"\x02\x01\x02"
KEY = bytes.fromhex("30 81 03 02 01 05")  # a length longer than needed: raw must stay raw


def info(protocol: bytes, *parts: bytes) -> bytes:
    return encode(0x30, encode(0x06, protocol) + b"".join(parts))


def infos(*parts: bytes) -> bytes:
    return encode(0x31, b"".join(parts))


def reason(raw: bytes) -> str:
    with pytest.raises(LdsError) as error:
        read_card_access(raw)
    assert error.value.part == "EF.CardAccess"
    return error.value.reason


def test_the_worked_example_speaks_generic_mapping_on_a_brainpool_curve() -> None:
    (pace,) = read_card_access(WORKED_EXAMPLE)
    assert pace == PaceInfo(
        WORKED_EXAMPLE[2:],
        "0.4.0.127.0.7.2.2.4.2.2",
        PaceMapping.GENERIC,
        Agreement.ECDH,
        Cipher.AES_128,
        2,
        13,
    )
    assert DOMAIN_PARAMETERS[13] == "brainpoolP256r1"


def test_every_kind_of_info_is_told_in_the_order_of_the_file() -> None:
    parts = (
        info(BSI + b"\x04\x06\x04", V2, b"\x02\x01\x11"),
        info(BSI + b"\x04\x01", KEY, b"\x02\x01\x20"),
        info(BSI + b"\x03\x01\x01", V1),
        info(BSI + b"\x01\x02", KEY, b"\x02\x01\x07"),
        info(BSI + b"\x02", V1, b"\x30\x04\x04\x02\x01\x1c"),
        info(bytes.fromhex("678108010105"), V1, encode(0x06, PLAIN_SHA256)),
        info(BSI + b"\x05\x01", V1),
    )
    kinds = (
        PaceInfo, PaceDomainParameterInfo, ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo,
        TerminalAuthenticationInfo, ActiveAuthenticationInfo, OtherInfo,
    )  # fmt: skip
    told = read_card_access(infos(*parts))
    assert tuple(type(one) for one in told) == kinds
    assert tuple(one.raw for one in told) == parts


def test_keys_and_algorithms_are_raw_and_named() -> None:
    key, signature = read_card_access(
        infos(
            info(BSI + b"\x01\x02", KEY, b"\x02\x01\x07"),
            info(bytes.fromhex("678108010105"), V1, encode(0x06, PLAIN_SHA256)),
        )
    )
    assert isinstance(key, ChipAuthenticationPublicKeyInfo)
    assert (key.public_key, key.key_id, key.agreement) == (KEY, 7, Agreement.ECDH)
    assert isinstance(signature, ActiveAuthenticationInfo)
    assert signature.signature_algorithm == "0.4.0.127.0.7.1.1.4.1.3"


@pytest.mark.parametrize(
    "protocol", [b"\x04\x05\x02", b"\x04\x02\x09", b"\x04", b"\x03\x03\x01", b"\x01\x03"]
)
def test_a_variant_without_a_meaning_is_one_we_do_not_know(protocol: bytes) -> None:
    (other,) = read_card_access(infos(info(BSI + protocol, V2)))
    assert isinstance(other, OtherInfo)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "malformed"),
        (WORKED_EXAMPLE[:-1], "malformed"),
        (WORKED_EXAMPLE + b"\x00", "malformed"),
        (b"\x30" + WORKED_EXAMPLE[1:], "malformed"),
        (infos(b"\x31\x00"), "bad_structure"),
        (infos(b"\x30\x00"), "bad_structure"),
        (infos(info(BSI + b"\x04\x02\x02")), "bad_structure"),
        (infos(info(BSI + b"\x04\x02\x02", b"\x04\x01\x02")), "bad_structure"),
        (infos(info(BSI + b"\x04\x02\x02", b"\x02\x00")), "bad_structure"),
        (infos(info(BSI + b"\x04\x02\x02", b"\x02\x01\xff")), "bad_structure"),
        (infos(info(BSI + b"\x04\x02\x02", encode(0x02, bytes(17)))), "bad_structure"),
        (infos(info(BSI + b"\x01\x02", V1)), "bad_structure"),
        (infos(info(b"", V1)), "bad_structure"),
        (infos(info(BSI + b"\x84", V1)), "bad_structure"),
        (infos(info(bytes(33), V1)), "bad_structure"),
        (infos(encode(0x30, b"\x06\x02\x01")), "malformed"),
        (infos(*[info(b"\x2a", V1)] * 65), "too_many"),
        (infos(info(b"\x2a", encode(0x04, bytes(9000)))), "malformed"),
    ],
)
def test_one_broken_info_spoils_the_whole_file(raw: bytes, why: str) -> None:
    good = read_card_access(WORKED_EXAMPLE)
    assert len(good) == 1
    assert reason(raw) == why


@pytest.mark.parametrize(
    ("value", "oid"),
    [("678108010105", "2.23.136.1.1.5"), ("2A864886F70D", "1.2.840.113549"), ("00", "0.0"),
     ("883703", "2.999.3")],
)  # fmt: skip
def test_an_object_identifier_is_numbers_with_dots(value: str, oid: str) -> None:
    assert dotted(bytes.fromhex(value), "a test") == oid


@given(st.binary(max_size=60), st.integers(0, 21), st.integers(0, 255))
def test_a_spoilt_file_is_read_or_refused_with_the_typed_error(
    noise: bytes, at: int, byte: int
) -> None:
    spoilt = WORKED_EXAMPLE[:at] + bytes([byte]) + WORKED_EXAMPLE[at + 1 :]
    for raw in (noise, spoilt, infos(noise), infos(info(BSI + noise[:3], noise[3:]))):
        try:
            read_card_access(raw)
        except LdsError as error:
            assert error.part == "EF.CardAccess"  # noqa: PT017 - either outcome is right
