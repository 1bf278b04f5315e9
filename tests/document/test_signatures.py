"""Keys and signatures: every way seen in the wild verifies, nothing else does."""

from contextlib import suppress

from asn1crypto import algos, core, keys
from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.document.signatures import (
    AlgorithmRefused,
    Scheme,
    digest,
    is_signature,
    key_in_words,
    read_key,
    scheme_of,
)
from simulators import pki
from simulators.pki import How

MESSAGE = b"signed"


def identity(how: How) -> pki.Identity:
    return pki.country_signer(pki.Wish(how=how))


def refusal(public_key_info: bytes) -> str:
    with pytest.raises(AlgorithmRefused) as caught:
        read_key(public_key_info)
    return caught.value.reason


@pytest.mark.parametrize("how", pki.SEEN_IN_THE_WILD.values(), ids=pki.SEEN_IN_THE_WILD.keys())
def test_a_signature_verifies_over_its_own_message_only(how: How) -> None:
    by = identity(how)
    key, scheme = by.certificate.public_key(), scheme_of(pki.algorithm(how))
    signature = pki.sign(by, MESSAGE)
    spoilt = bytes([*signature[:-1], signature[-1] ^ 1])
    assert is_signature(key, scheme, signature, MESSAGE)
    assert not is_signature(key, scheme, signature, MESSAGE + b"!")
    assert not is_signature(key, scheme, spoilt, MESSAGE)
    assert not is_signature(key, scheme, b"", MESSAGE)


def test_a_salt_of_another_length_than_told_does_not_verify() -> None:
    by = identity(How("rsa-2048", pss=True))
    key, signature = by.certificate.public_key(), pki.sign(by, MESSAGE)
    assert is_signature(key, Scheme("rsa-pss", "sha256", "sha256", 32), signature, MESSAGE)
    for salt in (0, 20, 31, 33, 222, 223, 1024):
        assert not is_signature(
            key, Scheme("rsa-pss", "sha256", "sha256", salt), signature, MESSAGE
        )


def test_a_scheme_for_another_kind_of_key_is_no_match() -> None:
    rsa, curve = identity(pki.RSA), identity(pki.EC)
    by_rsa, by_curve = (pki.sign(one, MESSAGE) for one in (rsa, curve))
    assert not is_signature(
        rsa.certificate.public_key(), Scheme("ecdsa", "sha256"), by_rsa, MESSAGE
    )
    assert not is_signature(
        curve.certificate.public_key(), Scheme("rsa", "sha256"), by_curve, MESSAGE
    )


@pytest.mark.parametrize("name", ["secp256r1", "brainpoolP320r1"])
@pytest.mark.parametrize("r_and_s", [(0, 1), (1, 0), (0, 0), (-1, 1)])
def test_numbers_out_of_range_are_no_signature(name: str, r_and_s: tuple[int, int]) -> None:
    key = identity(How(name)).certificate.public_key()
    raw = algos.DSASignature({"r": r_and_s[0], "s": r_and_s[1]}).dump()
    assert not is_signature(key, Scheme("ecdsa", "sha256"), raw, MESSAGE)


def test_md5_is_not_spoken() -> None:
    by = identity(pki.RSA)
    md5 = scheme_of(algos.SignedDigestAlgorithm({"algorithm": "md5_rsa"}))
    assert md5 == Scheme("rsa", "md5")
    with pytest.raises(AlgorithmRefused, match="hash_not_supported"):
        is_signature(by.certificate.public_key(), md5, b"", MESSAGE)
    with pytest.raises(AlgorithmRefused, match="hash_not_supported"):
        digest("md5", MESSAGE)


def test_a_key_type_for_a_scheme_takes_the_hash_of_the_digest() -> None:
    named = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
    assert scheme_of(named, "sha384") == Scheme("rsa", "sha384")


def test_parameters_of_pss_left_out_are_those_of_the_rfc() -> None:
    empty = core.load(bytes.fromhex("300d06092a864886f70d01010a3000")).dump()
    told = scheme_of(algos.SignedDigestAlgorithm.load(empty))
    assert told == Scheme("rsa-pss", "sha1", "sha1", 20)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("300506032a0304", "unknown_scheme"),
        ("300b06092a864886f70d01010a", "bad_parameters"),  # PSS without parameters
        ("300f06092a864886f70d01010a3002a200", "bad_parameters"),
        ("3000", "bad_parameters"),
        ("301206092a864886f70d01010a3005a203020180", "bad_parameters"),  # salt -128
    ],
)
def test_a_scheme_that_is_not_known_is_refused_by_name(raw: str, reason: str) -> None:
    with pytest.raises(AlgorithmRefused) as caught:
        scheme_of(algos.SignedDigestAlgorithm.load(bytes.fromhex(raw)))
    assert caught.value.reason == reason


def spelled(**changed: object) -> bytes:
    """Return a key on secp256r1 with explicit parameters, some of them changed."""
    info = pki.public_key_info("a key", pki.EC)
    kind = core.ObjectIdentifier("1.2.840.10045.2.1").dump()
    domain = pki.spelled_out("secp256r1", **changed)
    algorithm = core.Sequence.load(b"\x30\x82" + len(kind + domain).to_bytes(2) + kind + domain)
    raw: bytes = algorithm.dump() + info["public_key"].dump()
    return b"\x30\x82" + len(raw).to_bytes(2) + raw


def test_a_key_on_a_spelled_out_curve_is_read_as_that_curve() -> None:
    assert key_in_words(read_key(spelled())) == "secp256r1"
    assert key_in_words(read_key(spelled(cofactor=None))) == "secp256r1"


@pytest.mark.parametrize(
    "changed", [{"a": 5}, {"order": 7}, {"base": b"\x04" + bytes(64)}, {"p": 23}]
)
def test_a_key_on_another_curve_is_refused_and_nothing_is_guessed(
    changed: dict[str, object],
) -> None:
    assert refusal(spelled(**changed)) == "unknown_curve"


def rsa_key(modulus: int, exponent: int) -> bytes:
    key = keys.RSAPublicKey({"modulus": modulus, "public_exponent": exponent})
    return bytes(keys.PublicKeyInfo.wrap(key, "rsa").dump())


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (rsa_key(2**511 + 1, 3), "bad_key_size"),
        (rsa_key(2**16_383 + 1, 3), "bad_key_size"),
        (rsa_key(-(2**2047) - 1, 3), "bad_key_size"),
        (rsa_key(2**2047 + 1, 2**2000 + 1), "bad_key"),
        (rsa_key(2**2047 + 1, 4), "bad_key"),
        (rsa_key(2**2047 + 1, -3), "bad_key"),
        (b"", "unreadable_key"),
        (b"\x30\x00", "unreadable_key"),
        (bytes(5000), "unreadable_key"),
    ],
)
def test_a_key_that_would_do_harm_is_refused(raw: bytes, reason: str) -> None:
    assert refusal(raw) == reason


@pytest.mark.parametrize("name", ["secp256r1", "brainpoolP320r1"])
def test_a_point_beside_its_curve_is_refused(name: str) -> None:
    info = pki.public_key_info("a key", How(name)).copy()
    point = bytes(info["public_key"])
    moved = core.OctetBitString(point[:-1] + bytes([point[-1] ^ 1])).dump()
    raw = info["algorithm"].dump() + moved
    assert (
        refusal(b"\x30" + (b"\x81" if len(raw) > 127 else b"") + bytes([len(raw)]) + raw)
        == "bad_key"
    )


@given(st.binary(max_size=200))
def test_whatever_the_bytes_a_key_is_read_or_refused(raw: bytes) -> None:
    with suppress(AlgorithmRefused):
        read_key(raw)
