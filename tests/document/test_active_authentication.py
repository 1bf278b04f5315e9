"""Active authentication: every hash, trailer and signature form, the reference chip, and clones."""

from collections.abc import Callable
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
)
import pytest

from egate.document import active_authentication
from egate.document.active_authentication import ActiveAuthenticationChip, judge, sign_challenge
from egate.document.data_group_15 import read_data_group_15
from egate.document.dialogue import ChipError, run
from egate.document.pace import encode_oid
from egate.document.security_infos import SecurityInfos, read_security_infos
from egate.domain.check import Outcome
from egate.wire import tlv
from egate.wire.apdu import Response, Sw
from tests.document.shared_data import shared

CHALLENGE = bytes.fromhex("F173589974BF40C6")
RSA = rsa.generate_private_key(65537, 2048)
HASHES = ["sha1", "sha224", "sha256", "sha384", "sha512"]


def info_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signing_with(oid: str) -> SecurityInfos:
    parts = [encode_oid("2.23.136.1.1.5"), encode_oid(oid)]
    first, last = (tlv.encode(0x06, part) for part in parts)
    one = tlv.encode(0x30, first + tlv.encode(0x02, b"\x01") + last)
    return read_security_infos(tlv.encode(0x31, one), "DG14")


def test_the_reference_chip_of_the_bsi_proves_its_key() -> None:
    folder = shared("emrtd") / "bsi_tr03105_5_reference"
    public = read_data_group_15((folder / "Datagroup15.bin").read_bytes())
    key = load_der_private_key((folder / "DG15_sk.pkcs8").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = ActiveAuthenticationChip(key, "sha1").sign(CHALLENGE, token_bytes)
    assert judge(public, (), CHALLENGE, signature).outcome is Outcome.PASSED


@pytest.mark.parametrize("bits", [1024, 2048])
@pytest.mark.parametrize("hash_name", HASHES)
def test_every_hash_of_an_rsa_signature_is_known_by_its_trailer(hash_name: str, bits: int) -> None:
    key = RSA if bits == 2048 else rsa.generate_private_key(65537, bits)
    signature = ActiveAuthenticationChip(key, hash_name).sign(CHALLENGE, token_bytes)
    finding = judge(info_of(key), (), CHALLENGE, signature)
    assert (finding.outcome, finding.reason) == (Outcome.PASSED, "signed_the_challenge")
    assert finding.evidence == {"key": f"rsa {bits}", "bits": bits, "hash": hash_name}


def test_sha1_may_have_the_long_trailer() -> None:
    chip = ActiveAuthenticationChip(RSA, "sha1", has_long_trailer=True)
    finding = judge(info_of(RSA), (), CHALLENGE, chip.sign(CHALLENGE, token_bytes))
    assert finding.outcome is Outcome.PASSED


def test_the_other_number_of_a_signature_is_the_same_signature() -> None:
    signature = ActiveAuthenticationChip(RSA).sign(CHALLENGE, token_bytes)
    modulus = RSA.public_key().public_numbers().n
    other = (modulus - int.from_bytes(signature)).to_bytes(256)
    assert judge(info_of(RSA), (), CHALLENGE, other).outcome is Outcome.PASSED


@pytest.mark.parametrize("is_plain", [True, False])
@pytest.mark.parametrize("hash_name", HASHES)
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.BrainpoolP384R1(), ec.SECP521R1()])
def test_an_ecdsa_signature_proves_the_key_in_both_forms(
    curve: ec.EllipticCurve, hash_name: str, *, is_plain: bool
) -> None:
    key = ec.generate_private_key(curve)
    chip = ActiveAuthenticationChip(key, hash_name, is_plain)
    signature = chip.sign(CHALLENGE, token_bytes)
    finding = judge(info_of(key), (), CHALLENGE, signature)
    assert finding.outcome is Outcome.PASSED
    assert finding.evidence["hash"] == hash_name


def test_the_hash_that_data_group_14_names_is_the_only_one() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    named = signing_with("0.4.0.127.0.7.1.1.4.1.3")
    for hash_name, outcome in (("sha256", Outcome.PASSED), ("sha512", Outcome.FAILED)):
        signature = ActiveAuthenticationChip(key, hash_name).sign(CHALLENGE, token_bytes)
        assert judge(info_of(key), named, CHALLENGE, signature).outcome is outcome


def test_a_signature_of_another_challenge_fails() -> None:
    for key, reason in (
        (RSA, "hash_differs"),
        (ec.generate_private_key(ec.SECP256R1()), "signature_differs"),
    ):
        signature = ActiveAuthenticationChip(key).sign(bytes(8), token_bytes)
        finding = judge(info_of(key), (), CHALLENGE, signature)
        assert (finding.outcome, finding.reason) == (Outcome.FAILED, reason)


def test_a_clone_with_another_key_fails() -> None:
    clone = ActiveAuthenticationChip(rsa.generate_private_key(65537, 2048))
    finding = judge(info_of(RSA), (), CHALLENGE, clone.sign(CHALLENGE, token_bytes))
    assert finding.outcome is Outcome.FAILED


def signed(message: bytes) -> bytes:
    numbers = RSA.private_numbers()
    return pow(int.from_bytes(message), numbers.d, numbers.public_numbers.n).to_bytes(256)


def padded(head: bytes, tail: bytes) -> bytes:
    return head + bytes(256 - len(head) - len(tail)) + tail


RSA_LIES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "nothing": (lambda _: b"", "signature_malformed"),
    "a byte too few": (lambda signature: signature[:-1], "signature_malformed"),
    "a byte too many": (lambda signature: b"\x00" + signature, "signature_malformed"),
    "zero": (lambda _: bytes(256), "signature_malformed"),
    "above the modulus": (lambda _: b"\xff" * 256, "signature_malformed"),
    "the challenge": (lambda _: bytes(248) + CHALLENGE, ""),
    "another trailer": (lambda _: signed(padded(b"\x6a", b"\x99\xcc")), "trailer_unknown"),
    "no trailer": (lambda _: signed(padded(b"\x6a", b"\x0c")), "trailer_unknown"),
    "another header": (lambda _: signed(padded(b"\x4b", b"\x34\xcc")), "signature_malformed"),
    "an empty hash": (lambda _: signed(padded(b"\x6a", b"\x34\xcc")), "hash_differs"),
}


@pytest.mark.parametrize("lie", RSA_LIES.values(), ids=RSA_LIES.keys())
def test_an_rsa_signature_that_is_none_fails(lie: tuple[Callable[[bytes], bytes], str]) -> None:
    change, reason = lie
    signature = change(ActiveAuthenticationChip(RSA).sign(CHALLENGE, token_bytes))
    finding = judge(info_of(RSA), (), CHALLENGE, signature)
    assert finding.outcome is Outcome.FAILED
    assert finding.reason == reason or not reason


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 1000])
def test_an_ecdsa_signature_that_is_none_fails(size: int) -> None:
    key = ec.derive_private_key(5, ec.SECP256R1())
    finding = judge(info_of(key), (), CHALLENGE, bytes(size))
    assert (finding.outcome, finding.reason) == (Outcome.FAILED, "signature_differs")


@pytest.mark.parametrize("key", [b"", b"\x30\x00", bytes(5000)])
def test_a_key_that_cannot_be_used_is_inconclusive(key: bytes) -> None:
    assert judge(key, (), CHALLENGE, bytes(128)).outcome is Outcome.INCONCLUSIVE
    assert active_authentication.signature_bytes(key) == 0


def test_a_refusal_ends_the_dialogue() -> None:
    with pytest.raises(ChipError, match="active authentication: refused"):
        run(sign_challenge(CHALLENGE, 128), lambda _: Response(b"", Sw.WRONG_LENGTH))


def test_a_signature_has_the_length_of_its_key() -> None:
    assert active_authentication.signature_bytes(info_of(RSA)) == 256
    key = ec.derive_private_key(5, ec.SECP256R1())
    assert active_authentication.signature_bytes(info_of(key)) == 73
