"""COSE_Sign1 against signatures that others made.

Source of the vectors: RFC 8392 Appendix A.3, and the COSE working group's examples
ecdsa-sig-01, sign-fail-02 and sign-fail-06.
"""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from egate.permit.cbor import CborError, Value
from egate.permit.cose import ALG, ES256, KID, decode, sign


def p256(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())
    return numbers.public_key()


RFC_8392_KEY = p256(
    bytes.fromhex("c4f9160fc22682991c59c4d96e8accc2da3cc7b7a9bc197c7c1e1bc6d0c1dc61"),
    bytes.fromhex("feb11ca73b028a10cf77d58a2dfdf2a11eab8ffeeeaaeeb03097ffee9f3ef2fc"),
)
RFC_8392_A_3 = bytes.fromhex(
    "d28447a20319fde80126a05853a70175636f61703a2f2f61732e6578616d706c652e636f6d02656572696b"
    "77037818636f61703a2f2f6c696768742e6578616d706c652e636f6d04c11a5612aeb005c11a5610d9f006"
    "c11a5610d9f007420b7158408caad9ebd60e5f41cd683771e8a02cade07d894dd1cfaf3a23c6481546e78f"
    "ebc0c13e8f649096f347480db3e8c16cddc04116a3874cf0a4da2f4cb2d67c8eb0"
)
GROUP_KEY = p256(
    base64.urlsafe_b64decode("usWxHK2PmfnHKwXPS54m0kTcGJ90UiglWiGahtagnv8="),
    base64.urlsafe_b64decode("IBOL-C3BttVivg-lSreASjpkttcsz-1rb7btKLv8EX4="),
)
ECDSA_SIG_01 = bytes.fromhex(
    "d28445a201260300a10442313154546869732069732074686520636f6e74656e742e5840eae868ecc1768837"
    "66c5dc5ba5b8dca25dab3c2e56a551ce5705b793914348e172727f48461fabbba2e343492ddecac398368625"
    "0bc68e9f1a7a07d41225b59f"
)
SIGN_FAIL_02 = bytes.fromhex(  # a changed payload
    "d28443a10126a10442313154546869732069732074686520636f6e74656e742f5840eae868ecc176883766c5"
    "dc5ba5b8dca25dab3c2e56a551ce5705b793914348e19f43d6c6ba654472da301b645b293c9ba939295b97c4"
    "bdb847782bff384c5794"
)
SIGN_FAIL_06 = bytes.fromhex(  # something added to the protected header
    "d28445a201260300a10442313154546869732069732074686520636f6e74656e742e5840eae868ecc1768837"
    "66c5dc5ba5b8dca25dab3c2e56a551ce5705b793914348e19f43d6c6ba654472da301b645b293c9ba939295b"
    "97c4bdb847782bff384c5794"
)
OUR_KEY = ec.derive_private_key(7, ec.SECP256R1())


def test_the_token_of_the_cwt_standard_is_signed_by_its_key() -> None:
    message = decode(RFC_8392_A_3)
    assert message.is_signed_by(RFC_8392_KEY)
    assert not message.is_signed_by(GROUP_KEY)
    assert message.payload.startswith(b"\xa7\x01\x75coap://as.example.com")


def test_the_working_groups_example_is_signed_by_its_key() -> None:
    message = decode(ECDSA_SIG_01)
    assert message.is_signed_by(GROUP_KEY)
    assert message.header() == {1: ES256, 3: 0}
    assert message.payload == b"This is the content."


@pytest.mark.parametrize("raw", [SIGN_FAIL_02, SIGN_FAIL_06])
def test_the_working_groups_forgeries_are_not_signed(raw: bytes) -> None:
    assert not decode(raw).is_signed_by(GROUP_KEY)


def test_signing_twice_gives_the_same_message() -> None:
    header: dict[int, Value] = {ALG: ES256, KID: b"12345678"}
    message = sign(b"content", header, OUR_KEY)
    assert message == sign(b"content", header, OUR_KEY)
    assert decode(message).is_signed_by(OUR_KEY.public_key())


@pytest.mark.parametrize(
    "raw",
    [
        RFC_8392_A_3[1:],  # no tag
        b"\xd1" + RFC_8392_A_3[1:],  # the tag of a MAC
        b"\xd2\x83" + RFC_8392_A_3[2:],  # three parts
        RFC_8392_A_3 + b"\x00",
        bytes.fromhex("d2 84 40 a0 41 00 41 00"),  # a signature of one byte
    ],
)
def test_another_shape_is_refused(raw: bytes) -> None:
    with pytest.raises(CborError, match="bad_structure"):
        decode(raw)


def test_a_message_cut_anywhere_is_refused() -> None:
    for end in range(len(ECDSA_SIG_01)):
        with pytest.raises(CborError, match="truncated"):
            decode(ECDSA_SIG_01[:end])


def test_a_signature_of_zeroes_is_no_signature() -> None:
    assert not decode(ECDSA_SIG_01[:-64] + bytes(64)).is_signed_by(GROUP_KEY)
