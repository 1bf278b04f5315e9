"""Public keys and signatures as certificates and security objects carry them.

    RSA      PKCS #1 v1.5, PSS with its own hash, mask hash and salt
    ECDSA    on the curves of curves.py; the signature as a SEQUENCE or plain r || s
    hashes   SHA-1 to SHA-512; whether SHA-1 may still be used is the policy's question

Keys are read from their bytes, never through a library's X.509 reader: real country signers
spell their curves out, which OpenSSL refuses. MD5 is not spoken. Signatures on curves OpenSSL
does not offer are verified by ecdsa, which is not constant time: there is no secret in it.

Source: ICAO 9303-12 section 4.4; RFC 8017; RFC 4055; RFC 5480; BSI TR-03111 4.2 and 5.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
import hashlib
from types import MappingProxyType
from typing import Final

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
import ecdsa

from egate.document.curves import BY_OID, Curve, Parameters, find

LEAST_RSA_BITS, MOST_RSA_BITS = 1024, 8192  # the longest in a master list has 6144
MOST_EXPONENT_BITS: Final = 32  # the longest in a master list has 17
MAX_KEY_BYTES: Final = 4096

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = MappingProxyType(
    {
        "sha1": hashes.SHA1(),  # noqa: S303  # documents of the 6th edition; the policy decides
        "sha224": hashes.SHA224(),
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
)
_HASH_OIDS: Final = {
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.4": "sha224",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_BY_DIGEST: Final = ""  # the hash is named elsewhere: by the signer's digest algorithm
_PSS_OID: Final = "1.2.840.113549.1.1.10"
_SCHEME_OIDS: Final = {
    "1.2.840.113549.1.1.1": ("rsa", _BY_DIGEST),
    "1.2.840.113549.1.1.4": ("rsa", "md5"),
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.2.840.113549.1.1.14": ("rsa", "sha224"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.2.1": ("ecdsa", _BY_DIGEST),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.1": ("ecdsa", "sha224"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
    "0.4.0.127.0.7.1.1.4.1.1": ("ecdsa", "sha1"),
    "0.4.0.127.0.7.1.1.4.1.2": ("ecdsa", "sha224"),
    "0.4.0.127.0.7.1.1.4.1.3": ("ecdsa", "sha256"),
    "0.4.0.127.0.7.1.1.4.1.4": ("ecdsa", "sha384"),
    "0.4.0.127.0.7.1.1.4.1.5": ("ecdsa", "sha512"),
}


class AlgorithmRefused(Exception):
    """This key or signature scheme cannot be used; `reason` is a code.

    unreadable_key, unknown_key_type, unknown_curve, bad_key, bad_key_size, unknown_scheme,
    bad_parameters, hash_not_supported.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"cannot be used: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RsaKey:
    """An RSA key."""

    key: rsa.RSAPublicKey

    @property
    def bits(self) -> int:
        """The size of the modulus."""
        return self.key.key_size


@dataclass(frozen=True, slots=True)
class EcKey:
    """A point on a known curve; `key` where OpenSSL knows the curve, `point` where it does not."""

    curve: Curve
    key: ec.EllipticCurvePublicKey | None
    point: ecdsa.ellipticcurve.PointJacobi | None

    @property
    def bits(self) -> int:
        """The size of the curve's field."""
        return self.curve.bits


PublicKey = RsaKey | EcKey


@dataclass(frozen=True, slots=True)
class Scheme:
    """How something was signed: kind is rsa, rsa-pss or ecdsa; the mask is PSS's."""

    kind: str
    hash: str
    mask_hash: str = ""
    salt_bytes: int = 0

    def __str__(self) -> str:
        """Name it for evidence, such as `sha256 rsa-pss`."""
        return f"{self.hash} {self.kind}"


def hash_name(algorithm: algos.DigestAlgorithm) -> str:
    """Return the name of a DigestAlgorithm (asn1crypto), `unknown` when it has none here."""
    return _HASH_OIDS.get(str(algorithm["algorithm"].dotted), "unknown")


def digest(name: str, message: bytes) -> bytes:
    """Return the digest of `message`.

    Raises:
        AlgorithmRefused: hash_not_supported.
    """
    if name not in HASHES:
        raise AlgorithmRefused("hash_not_supported")
    return hashlib.new(name, message).digest()


def scheme_of(algorithm: algos.SignedDigestAlgorithm, digest_name: str = "") -> Scheme:
    """Return the scheme a SignedDigestAlgorithm (asn1crypto) names.

    Args:
        algorithm: may be hostile.
        digest_name: the hash to use when the algorithm names a key type only.

    Raises:
        AlgorithmRefused: with its reason.
    """
    try:
        oid = str(algorithm["algorithm"].dotted)
        if oid == _PSS_OID:
            return _pss(algorithm["parameters"].dump())
    except AlgorithmRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise AlgorithmRefused("bad_parameters") from None
    if oid not in _SCHEME_OIDS:
        raise AlgorithmRefused("unknown_scheme")
    kind, hash_ = _SCHEME_OIDS[oid]
    return Scheme(kind, hash_ or digest_name)


@lru_cache(maxsize=64)
def read_key(public_key_info: bytes) -> PublicKey:
    """Return the key of a SubjectPublicKeyInfo.

    Raises:
        AlgorithmRefused: with its reason.
    """
    if len(public_key_info) > MAX_KEY_BYTES:
        raise AlgorithmRefused("unreadable_key")
    try:
        info = keys.PublicKeyInfo.load(public_key_info, strict=True)
        kind = info.algorithm
        if kind in ("rsa", "rsassa_pss"):
            numbers = info["public_key"].parsed
            modulus, exponent = numbers["modulus"].native, numbers["public_exponent"].native
        elif kind == "ec":
            curve, point = _curve_of(info), bytes(info["public_key"])
    except AlgorithmRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise AlgorithmRefused("unreadable_key") from None
    if kind in ("rsa", "rsassa_pss"):
        return rsa_key(modulus, exponent)
    if kind == "ec":
        return ec_key(curve, point)
    raise AlgorithmRefused("unknown_key_type")


def rsa_key(modulus: int, exponent: int) -> RsaKey:
    """Make an RSA key; a long exponent would cost the time of a private operation.

    Raises:
        AlgorithmRefused: bad_key, bad_key_size.
    """
    if modulus <= 0 or not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
        raise AlgorithmRefused("bad_key_size")
    if exponent < 3 or exponent.bit_length() > MOST_EXPONENT_BITS:
        raise AlgorithmRefused("bad_key")
    try:
        return RsaKey(rsa.RSAPublicNumbers(exponent, modulus).public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise AlgorithmRefused("bad_key") from None


def ec_key(curve: Curve, encoded: bytes) -> EcKey:
    """Make an EC key; the point must lie on the curve.

    Raises:
        AlgorithmRefused: bad_key.
    """
    try:
        if curve.fast is not None:
            key = ec.EllipticCurvePublicKey.from_encoded_point(curve.fast, encoded)
            return EcKey(curve, key, None)
        point = ecdsa.VerifyingKey.from_string(encoded, curve=curve.slow).pubkey.point
    except (ValueError, AssertionError, ecdsa.errors.MalformedPointError):
        raise AlgorithmRefused("bad_key") from None
    return EcKey(curve, None, point)


def key_in_words(key: PublicKey) -> str:
    """Name a key's kind and size for evidence, such as `brainpoolP256r1` or `rsa 4096`."""
    return f"rsa {key.bits}" if isinstance(key, RsaKey) else key.curve.name


def is_signature(key: PublicKey, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    """Tell whether `signature` is this key's over `message`.

    Raises:
        AlgorithmRefused: hash_not_supported; a scheme of the other kind of key is just no match.
    """
    if scheme.hash not in HASHES or (scheme.mask_hash or scheme.hash) not in HASHES:
        raise AlgorithmRefused("hash_not_supported")
    if isinstance(key, RsaKey):
        return scheme.kind != "ecdsa" and _rsa_verifies(key, scheme, signature, message)
    if scheme.kind != "ecdsa":
        return False
    numbers = _numbers(key.curve, signature)
    return numbers is not None and _ec_verifies(key, scheme.hash, numbers, message)


def _pss(raw: bytes) -> Scheme:
    """Read the parameters of PSS; what they leave out has the defaults of RFC 4055."""
    parameters = algos.RSASSAPSSParams.load(raw, strict=True)
    mask = parameters["mask_gen_algorithm"]
    salt = parameters["salt_length"].native
    if mask["algorithm"].native != "mgf1" or int(parameters["trailer_field"]) != 1:
        raise AlgorithmRefused("bad_parameters")
    if not 0 <= salt <= MOST_RSA_BITS // 8:
        raise AlgorithmRefused("bad_parameters")
    return Scheme(
        "rsa-pss", hash_name(parameters["hash_algorithm"]), hash_name(mask["parameters"]), salt
    )


def _curve_of(info: keys.PublicKeyInfo) -> Curve:
    """Return the curve of an EC key, named or spelled out."""
    chosen = info["algorithm"]["parameters"]
    if chosen.name == "named":
        curve = BY_OID.get(chosen.chosen.dotted)
    elif chosen.name == "specified":
        curve = find(_spelled(chosen.chosen))
    else:
        curve = None
    if curve is None:
        raise AlgorithmRefused("unknown_curve")
    return curve


def _spelled(domain: keys.SpecifiedECDomain) -> Parameters:
    """Read explicit parameters; a field of characteristic two has no curve here."""
    field = domain["field_id"]
    if field["field_type"].native != "prime_field":
        raise AlgorithmRefused("unknown_curve")
    cofactor = domain["cofactor"].native
    return Parameters(
        p=field["parameters"].native,
        a=int.from_bytes(domain["curve"]["a"].contents),
        b=int.from_bytes(domain["curve"]["b"].contents),
        base=bytes(domain["base"].contents),
        order=domain["order"].native,
        cofactor=cofactor if cofactor is not None else 0,
    )


def _rsa_verifies(key: RsaKey, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    """Verify PKCS #1 v1.5 or PSS, the latter with exactly the salt length it names."""
    hash_ = HASHES[scheme.hash]
    pad: padding.AsymmetricPadding = padding.PKCS1v15()
    if scheme.kind == "rsa-pss":
        if scheme.salt_bytes > key.bits // 8 - hash_.digest_size - 2:
            return False
        pad = padding.PSS(padding.MGF1(HASHES[scheme.mask_hash]), scheme.salt_bytes)
    try:
        key.key.verify(signature, message, pad, hash_)
    except (InvalidSignature, ValueError):
        return False
    return True


def _numbers(curve: Curve, signature: bytes) -> tuple[int, int] | None:
    """Return r and s of a signature written either way; None when it is neither."""
    try:
        parsed = algos.DSASignature.load(signature, strict=True)
        numbers = parsed["r"].native, parsed["s"].native
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        size = (int(curve.slow.order).bit_length() + 7) // 8
        if len(signature) != 2 * size:
            return None
        numbers = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    order = int(curve.slow.order)
    return numbers if 0 < numbers[0] < order and 0 < numbers[1] < order else None


def _ec_verifies(key: EcKey, hash_: str, numbers: tuple[int, int], message: bytes) -> bool:
    """Verify ECDSA, with OpenSSL where it knows the curve."""
    if key.key is not None:
        try:
            key.key.verify(encode_dss_signature(*numbers), message, ec.ECDSA(HASHES[hash_]))
        except InvalidSignature:
            return False
        return True
    made = hashlib.new(hash_, message).digest()
    order_bits = int(key.curve.slow.order).bit_length()
    shortened = int.from_bytes(made) >> max(0, 8 * len(made) - order_bits)
    public = ecdsa.ecdsa.Public_key(key.curve.slow.generator, key.point, verify=False)
    return bool(public.verifies(shortened, ecdsa.ecdsa.Signature(*numbers)))
