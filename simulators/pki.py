r"""A small document PKI: country signers, document signers, lists and what they sign.

Everything is built from parts, so that a case says what is odd about it and nothing else:

    >>> signer = country_signer()
    >>> document = document_signer(signer)
    >>> file = security_object(document, {1: b"\x61\x00", 2: b"\x75\x00"})

Keys come from their names: whoever knows the name has the key, always the same one, so they
protect nothing. The country is Utopia (UT; UTO in the MRZ).

Source: ICAO 9303-10, 4.6.2 (security object); 9303-12, 7.1 (certificates), 9 and 10 (lists).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
import hashlib
from typing import Any, Final

from asn1crypto import algos, core, crl, keys, x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
import ecdsa

from egate.document.certificates import Certificate, decode
from egate.document.curves import CURVES, parameters_of
from egate.document.signatures import HASHES

NOW_S: Final = 1_800_000_000
DAY_S: Final = 86_400
YEAR_S: Final = 365 * DAY_S
SIGNED_AT_S: Final = NOW_S - YEAR_S

SECURITY_OBJECT: Final = "2.23.136.1.1.1"
MASTER_LIST, MASTER_LIST_SIGNING = "2.23.136.1.1.2", "2.23.136.1.1.3"
DEVIATION_LIST, DEVIATION_LIST_SIGNING = "2.23.136.1.1.7", "2.23.136.1.1.8"
DOCUMENT_TYPES: Final = "2.23.136.1.1.6.2"

DATA_GROUPS: Final = {1: b"\x61\x03one", 2: b"\x75\x03two", 14: b"\x6e\x03key"}
EXPONENT: Final = 65_537
SMALL_PRIMES: Final = tuple(
    one for one in range(3, 2000, 2) if all(one % other for other in range(3, 45, 2) if other < one)
)
BY_NAME: Final = {curve.name: curve for curve in CURVES}


@dataclass(frozen=True, slots=True)
class How:
    """How something is signed: `key` is rsa-2048 or the name of a curve.

    `explicit` spells the curve out in the certificate; `plain` writes r || s.
    """

    key: str = "secp256r1"
    hash: str = "sha256"
    pss: bool = False
    salt_bytes: int = 32
    mask_hash: str = ""
    explicit: bool = False
    plain: bool = False


EC: Final = How()
RSA: Final = How("rsa-2048")
SEEN_IN_THE_WILD: Final = {
    "rsa sha1": How("rsa-2048", "sha1"),
    "rsa sha256": How("rsa-2048"),
    "rsa sha512": How("rsa-2048", "sha512"),
    "rsa-pss sha256": How("rsa-2048", pss=True),
    "rsa-pss sha256 salt 20": How("rsa-2048", pss=True, salt_bytes=20),
    "rsa-pss sha512": How("rsa-2048", "sha512", pss=True, salt_bytes=64),
    "rsa-pss sha256 mask sha1": How("rsa-2048", pss=True, mask_hash="sha1"),
    "ecdsa sha1 secp256r1": How("secp256r1", "sha1"),
    "ecdsa sha224 secp224r1": How("secp224r1", "sha224"),
    "ecdsa sha256 secp256r1 explicit": How("secp256r1", explicit=True),
    "ecdsa sha384 secp384r1": How("secp384r1", "sha384"),
    "ecdsa sha512 secp521r1 explicit": How("secp521r1", "sha512", explicit=True),
    "ecdsa sha224 brainpoolP224r1 explicit": How("brainpoolP224r1", "sha224", explicit=True),
    "ecdsa sha256 brainpoolP256r1 explicit": How("brainpoolP256r1", explicit=True),
    "ecdsa sha256 brainpoolP256r1 plain": How("brainpoolP256r1", plain=True),
    "ecdsa sha384 brainpoolP320r1": How("brainpoolP320r1", "sha384"),
    "ecdsa sha384 brainpoolP384r1 explicit": How("brainpoolP384r1", "sha384", explicit=True),
    "ecdsa sha512 brainpoolP512r1 explicit": How("brainpoolP512r1", "sha512", explicit=True),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What should stand in a certificate; the defaults make a country signer's."""

    common_name: str = "Utopia Country Signer"
    country: str = "UT"
    state: str = "UTO"
    serial: int = 1
    how: How = EC
    key_name: str = "country signer"
    from_s: float = NOW_S - 5 * YEAR_S
    to_s: float = NOW_S + 10 * YEAR_S
    is_ca: bool | None = True
    key_usage: frozenset[str] | None = frozenset({"key_cert_sign", "crl_sign"})
    purposes: tuple[str, ...] = ()
    document_types: tuple[str, ...] = ()
    key_used_from_to_s: tuple[float, float] | None = None
    more: tuple[tuple[str, bool, bytes], ...] = ()
    without_key_ids: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and the key it is about."""

    raw: bytes
    how: How
    key_name: str
    name: x509.Name = field(repr=False)

    @property
    def certificate(self) -> Certificate:
        """The certificate, as the gate reads it."""
        return decode(self.raw)


def country_signer(wish: Wish = Wish(), by: Identity | None = None) -> Identity:
    """Make a country signer's certificate, self-signed, or a link certificate `by` another."""
    return certify(wish, by)


def document_signer(by: Identity, **wishes: object) -> Identity:
    """Make a document signer's certificate; `wishes` are fields of Wish."""
    usual: dict[str, Any] = {
        "common_name": "Utopia Document Signer",
        "serial": 7,
        "how": by.how,
        "key_name": "document signer",
        "from_s": NOW_S - 2 * YEAR_S,
        "is_ca": None,
        "key_usage": frozenset({"digital_signature"}),
        "document_types": ("P", "ID"),
    }
    return certify(Wish(**(usual | wishes)), by)


def list_signer(by: Identity, purpose: str = MASTER_LIST_SIGNING, **wishes: object) -> Identity:
    """Make the certificate of one who signs master or deviation lists."""
    usual: dict[str, Any] = {
        "common_name": "Utopia List Signer",
        "serial": 9,
        "key_name": "list signer",
        "purposes": (purpose,),
        "document_types": (),
    }
    return document_signer(by, **(usual | wishes))


def certify(wish: Wish, by: Identity | None = None) -> Identity:
    """Make the certificate wished for; `by` None signs it with its own key."""
    name = x509.Name.build(
        {"country_name": wish.country, "common_name": wish.common_name},
        use_printable=wish.common_name.isascii(),
    )
    itself = Identity(b"", wish.how, wish.key_name, name)
    issuer = by or itself
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": wish.serial,
            "signature": algorithm(issuer.how),
            "issuer": issuer.name,
            "validity": {"not_before": time(wish.from_s), "not_after": time(wish.to_s)},
            "subject": name,
            "subject_public_key_info": public_key_info(wish.key_name, wish.how),
            "extensions": _extensions(wish, issuer),
        }
    )
    whole = x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": algorithm(issuer.how),
            "signature_value": sign(issuer, body.dump()),
        }
    )
    return Identity(whole.dump(), wish.how, wish.key_name, name)


@dataclass(frozen=True, slots=True)
class Wrapping:
    """What is odd about how something is signed; the defaults are as the standard has it."""

    digest: str = "sha256"
    signing_time_s: float | None = SIGNED_AT_S
    certificates: tuple[bytes, ...] | None = None
    by_key_id: bool = False
    without_attributes: bool = False
    attributes_type: str = ""
    message_digest: bytes = b""
    spoilt_signature: bool = False
    signs_by_key_type: bool = False


AS_USUAL: Final = Wrapping()


def security_object(
    by: Identity,
    data_groups: Mapping[int, bytes] = DATA_GROUPS,
    wrapping: Wrapping = AS_USUAL,
    *,
    hash_name: str = "sha256",
    content_type: str = SECURITY_OBJECT,
) -> bytes:
    """Make EF.SOD over these data groups."""
    listed = [(number, digest(hash_name, raw)) for number, raw in data_groups.items()]
    content = lds_security_object(listed, hash_name)
    return in_file(signed_data(by, content_type, content, wrapping))


def lds_security_object(listed: Sequence[tuple[int, bytes]], hash_name: str = "sha256") -> bytes:
    """Make what a security object signs; the numbers may be any, the hashes too."""
    hashes_ = b"".join(
        _tagged(0x30, core.Integer(number).dump() + core.OctetString(made).dump())
        for number, made in listed
    )
    algorithm_ = algos.DigestAlgorithm({"algorithm": hash_name}).dump()
    return _tagged(0x30, core.Integer(0).dump() + algorithm_ + _tagged(0x30, hashes_))


def in_file(signed: bytes) -> bytes:
    """Put signed data into EF.SOD."""
    return _tagged(0x77, signed)


def signed_data(
    by: Identity, content_type: str, content: bytes, wrapping: Wrapping = AS_USUAL
) -> bytes:
    """Wrap and sign content (CMS)."""
    return signed_by_all(
        [signer_info(by, content_type, content, wrapping)],
        content_type,
        content,
        wrapping.certificates if wrapping.certificates is not None else (by.raw,),
    )


def signed_by_all(
    signers: Sequence[bytes], content_type: str, content: bytes, certificates: Sequence[bytes]
) -> bytes:
    """Put SignerInfos around content."""
    inner = _tagged(
        0x30,
        core.ObjectIdentifier(content_type).dump()
        + _tagged(0xA0, core.OctetString(content).dump()),
    )
    digests = _tagged(0x31, algos.DigestAlgorithm({"algorithm": "sha256"}).dump())
    parts = core.Integer(3).dump() + digests + inner
    parts += _tagged(0xA0, b"".join(certificates)) if certificates else b""
    parts += _tagged(0x31, b"".join(signers))
    kind = core.ObjectIdentifier("1.2.840.113549.1.7.2").dump()
    return _tagged(0x30, kind + _tagged(0xA0, _tagged(0x30, parts)))


def signer_info(
    by: Identity, content_type: str, content: bytes, wrapping: Wrapping = AS_USUAL
) -> bytes:
    """Make one SignerInfo over content."""
    attributes = _attributes(content_type, content, wrapping)
    signed = content if wrapping.without_attributes else _tagged(0x31, attributes)
    signature = sign(by, signed)
    if wrapping.spoilt_signature:
        signature = signature[:-1] + bytes([signature[-1] ^ 1])
    parts = core.Integer(1).dump()
    if wrapping.by_key_id:
        parts += _tagged(0x80, by.certificate.extensions.key_id)
    else:
        body = x509.Certificate.load(by.raw)["tbs_certificate"]
        parts += _tagged(0x30, body["issuer"].dump() + body["serial_number"].dump())
    parts += algos.DigestAlgorithm({"algorithm": wrapping.digest}).dump()
    parts += b"" if wrapping.without_attributes else _tagged(0xA0, attributes)
    named = algorithm(by.how).dump()
    if wrapping.signs_by_key_type:
        named = _tagged(0x30, core.ObjectIdentifier("1.2.840.113549.1.1.1").dump() + b"\x05\x00")
    parts += named + core.OctetString(signature).dump()
    return _tagged(0x30, parts)


def master_list(
    by: Identity, certificates: Sequence[bytes], wrapping: Wrapping = AS_USUAL
) -> bytes:
    """Make a master list of these certificates."""
    content = _tagged(0x30, core.Integer(0).dump() + _tagged(0x31, b"".join(certificates)))
    return signed_data(by, MASTER_LIST, content, wrapping)


def revocation_list(  # noqa: PLR0913  # each is a field of a list
    by: Identity,
    serials: Sequence[int] = (),
    *,
    issued_s: float = NOW_S - 10 * DAY_S,
    next_s: float | None = NOW_S + 80 * DAY_S,
    number: int = 5,
    more: tuple[tuple[str, bool, bytes], ...] = (),
) -> bytes:
    """Make a revocation list that calls back these serial numbers."""
    key_id = _key_id(by.key_name, by.how)
    body = crl.TbsCertList(
        {
            "version": "v2",
            "signature": algorithm(by.how),
            "issuer": by.name,
            "this_update": time(issued_s),
            **({"next_update": time(next_s)} if next_s is not None else {}),
            **(
                {"revoked_certificates": [_called_back(one, issued_s) for one in serials]}
                if serials
                else {}
            ),
            "crl_extensions": [
                {
                    "extn_id": "authority_key_identifier",
                    "critical": False,
                    "extn_value": x509.AuthorityKeyIdentifier({"key_identifier": key_id}),
                },
                {"extn_id": "crl_number", "critical": False, "extn_value": core.Integer(number)},
                *(
                    {
                        "extn_id": oid,
                        "critical": critical,
                        "extn_value": core.ParsableOctetString(value),
                    }
                    for oid, critical, value in more
                ),
            ],
        }
    )
    return bytes(
        crl.CertificateList(
            {
                "tbs_cert_list": body,
                "signature_algorithm": algorithm(by.how),
                "signature": sign(by, body.dump()),
            }
        ).dump()
    )


def deviation_list(
    by: Identity,
    deviations: Sequence[tuple[bytes, str, bytes]],
    wrapping: Wrapping = AS_USUAL,
) -> bytes:
    """Make a deviation list of (DeviationDocuments' content, fault, parameters)."""
    each = b"".join(
        _tagged(
            0x30,
            _tagged(0x30, documents)
            + _tagged(
                0x31,
                _tagged(
                    0x30,
                    core.ObjectIdentifier(fault).dump()
                    + (_tagged(0xA0, parameters) if parameters else b""),
                ),
            ),
        )
        for documents, fault, parameters in deviations
    )
    content = _tagged(0x30, core.Integer(0).dump() + _tagged(0x31, each))
    return signed_data(by, DEVIATION_LIST, content, wrapping)


def by_digest(certificate: bytes) -> bytes:
    """Name a document signer in a deviation by its digest."""
    return _tagged(0x83, hashlib.sha256(certificate).digest())


def by_key_id(certificate: Certificate) -> bytes:
    """Name a document signer in a deviation by its key identifier."""
    return _tagged(0x82, certificate.extensions.key_id)


def by_serial(certificate: bytes) -> bytes:
    """Name a document signer in a deviation by issuer and serial number."""
    body = x509.Certificate.load(certificate)["tbs_certificate"]
    return _tagged(0xA1, body["issuer"].dump() + body["serial_number"].dump())


def algorithm(how: How) -> algos.SignedDigestAlgorithm:
    """Name a way of signing."""
    if not how.key.startswith("rsa"):
        arcs = {"sha1": 1, "sha224": 2, "sha256": 3, "sha384": 4, "sha512": 5}
        if how.plain:
            oid = f"0.4.0.127.0.7.1.1.4.1.{arcs[how.hash]}"
            raw = _tagged(0x30, core.ObjectIdentifier(oid).dump())
            return algos.SignedDigestAlgorithm.load(raw)
        return algos.SignedDigestAlgorithm({"algorithm": f"{how.hash}_ecdsa"})
    if not how.pss:
        return algos.SignedDigestAlgorithm(
            {"algorithm": f"{how.hash}_rsa", "parameters": core.Null()}
        )
    mask = how.mask_hash or how.hash
    return algos.SignedDigestAlgorithm(
        {
            "algorithm": "rsassa_pss",
            "parameters": algos.RSASSAPSSParams(
                {
                    "hash_algorithm": {"algorithm": how.hash},
                    "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask}},
                    "salt_length": how.salt_bytes,
                }
            ),
        }
    )


def sign(by: Identity, message: bytes) -> bytes:
    """Sign with the key of `by`, as it does."""
    how, key = by.how, private_key(by.key_name, by.how.key)
    if isinstance(key, rsa.RSAPrivateKey):
        mask = HASHES[how.mask_hash or how.hash]
        pss = padding.PSS(padding.MGF1(mask), how.salt_bytes)
        return key.sign(message, pss if how.pss else padding.PKCS1v15(), HASHES[how.hash])
    if isinstance(key, ec.EllipticCurvePrivateKey):
        made = key.sign(message, ec.ECDSA(HASHES[how.hash]))
    else:
        made = key.sign(
            message,
            hashfunc=getattr(hashlib, how.hash),
            sigencode=ecdsa.util.sigencode_der,
            allow_truncate=True,
        )
    if not how.plain:
        return bytes(made)
    numbers = algos.DSASignature.load(made)
    size = (BY_NAME[how.key].bits + 7) // 8
    return bytes(b"".join(numbers[name].native.to_bytes(size) for name in ("r", "s")))


@cache
def private_key(
    name: str, kind: str
) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ecdsa.SigningKey:
    """Return the key of this name: rsa-2048 and so on, or of the curve `kind` names."""
    if kind.startswith("rsa-"):
        return _rsa_key(name, int(kind.removeprefix("rsa-")))
    curve = BY_NAME[kind]
    order = int(curve.slow.order)
    number = drawn(f"{name} {kind}", order.bit_length() + 64) % (order - 1) + 1
    if curve.fast is not None:
        return ec.derive_private_key(number, curve.fast)
    return ecdsa.SigningKey.from_secret_exponent(number, curve.slow)


def public_key_info(name: str, how: How) -> keys.PublicKeyInfo:
    """Return the public key as a certificate has it."""
    key = private_key(name, how.key)
    if isinstance(key, rsa.RSAPrivateKey):
        raw = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return keys.PublicKeyInfo.load(raw)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        point = key.verifying_key.to_string("uncompressed")
    curve = BY_NAME[how.key]
    domain = spelled_out(how.key) if how.explicit else core.ObjectIdentifier(curve.oid).dump()
    kind = core.ObjectIdentifier("1.2.840.10045.2.1").dump()
    return keys.PublicKeyInfo.load(
        _tagged(0x30, _tagged(0x30, kind + domain) + core.OctetBitString(point).dump())
    )


def spelled_out(name: str, **changed: object) -> bytes:
    """Return the explicit parameters of a curve, some changed to what a test wants."""
    curve = BY_NAME[name]
    known, size = parameters_of(curve), (curve.bits + 7) // 8
    told: dict[str, Any] = {
        "p": known.p,
        "a": known.a,
        "b": known.b,
        "base": known.base,
        "order": known.order,
        "cofactor": 1,
    }
    told |= changed
    prime = core.ObjectIdentifier("1.2.840.10045.1.1").dump() + core.Integer(told["p"]).dump()
    ab = b"".join(core.OctetString(told[one].to_bytes(size)).dump() for one in ("a", "b"))
    seed = core.BitString((1, 0, 1, 1, 0, 0, 1, 0)).dump()
    cofactor = core.Integer(told["cofactor"]).dump() if told["cofactor"] is not None else b""
    return _tagged(
        0x30,
        core.Integer(1).dump()
        + _tagged(0x30, prime)
        + _tagged(0x30, ab + seed)
        + core.OctetString(told["base"]).dump()
        + core.Integer(told["order"]).dump()
        + cofactor,
    )


def time(at_s: float) -> x509.Time:
    """Return an instant as certificates write it."""
    return x509.Time({"utc_time": datetime.fromtimestamp(at_s, UTC)})


def _extensions(wish: Wish, issuer: Identity) -> list[dict[str, Any]]:
    ids = (
        []
        if wish.without_key_ids
        else [
            ("key_identifier", False, core.OctetString(_key_id(wish.key_name, wish.how))),
            (
                "authority_key_identifier",
                False,
                x509.AuthorityKeyIdentifier(
                    {"key_identifier": _key_id(issuer.key_name, issuer.how)}
                ),
            ),
        ]
    )
    state = x509.Name.build({"locality_name": wish.state}, use_printable=True)
    other = [x509.GeneralName("directory_name", state)]
    wanted: list[tuple[str, bool, Any]] = [*ids, ("subject_alt_name", False, other)]
    if wish.key_usage is not None:
        wanted.append(("key_usage", True, set(wish.key_usage)))
    if wish.is_ca is not None:
        wanted.append(("basic_constraints", True, {"ca": wish.is_ca}))
    if wish.purposes:
        wanted.append(("extended_key_usage", True, list(wish.purposes)))
    if wish.key_used_from_to_s is not None:
        begin, end = (datetime.fromtimestamp(one, UTC) for one in wish.key_used_from_to_s)
        wanted.append(("private_key_usage_period", False, {"not_before": begin, "not_after": end}))
    raw = [(oid, critical, core.ParsableOctetString(value)) for oid, critical, value in wish.more]
    if wish.document_types:
        types = b"".join(core.PrintableString(one).dump() for one in wish.document_types)
        listed = _tagged(0x30, core.Integer(0).dump() + _tagged(0x31, types))
        raw.append((DOCUMENT_TYPES, False, core.ParsableOctetString(listed)))
    return [
        {"extn_id": one, "critical": critical, "extn_value": value}
        for one, critical, value in [*wanted, *raw]
    ]


def _key_id(name: str, how: How) -> bytes:
    return hashlib.sha1(public_key_info(name, how).dump(), usedforsecurity=False).digest()


def _attributes(content_type: str, content: bytes, wrapping: Wrapping) -> bytes:
    """Return the signed attributes, without the tag of their set."""
    made = wrapping.message_digest or digest(wrapping.digest, content)
    wanted: list[tuple[str, bytes]] = [
        (
            "1.2.840.113549.1.9.3",
            core.ObjectIdentifier(wrapping.attributes_type or content_type).dump(),
        ),
        ("1.2.840.113549.1.9.4", core.OctetString(made).dump()),
    ]
    if wrapping.signing_time_s is not None:
        wanted.append(("1.2.840.113549.1.9.5", time(wrapping.signing_time_s).dump()))
    return b"".join(
        _tagged(0x30, core.ObjectIdentifier(kind).dump() + _tagged(0x31, value))
        for kind, value in wanted
    )


def _called_back(serial: int, at_s: float) -> dict[str, Any]:
    return {"user_certificate": serial, "revocation_date": time(at_s)}


def digest(name: str, raw: bytes) -> bytes:
    """Return a digest by the name of its hash."""
    return hashlib.new(name, raw).digest()


def _tagged(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + value


def drawn(of: str, bits: int) -> int:
    """Return a number of so many bits that comes from a text."""
    return int.from_bytes(hashlib.shake_256(of.encode()).digest((bits + 7) // 8)) >> -bits % 8


def _rsa_key(name: str, bits: int) -> rsa.RSAPrivateKey:
    p, q = (_prime(f"{name} {bits} {which}", bits // 2) for which in "pq")
    exponent = pow(EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(EXPONENT, p * q)
    parts = exponent % (p - 1), exponent % (q - 1), pow(q, -1, p)
    return rsa.RSAPrivateNumbers(p, q, exponent, *parts, public).private_key()


def _prime(of: str, bits: int) -> int:
    """Return the first prime from a drawn number on, its two highest bits set (FIPS 186-4, B.3)."""
    number = drawn(of, bits) | 3 << bits - 2 | 1
    while not _is_prime(number) or number % EXPONENT == 1:
        number += 2
    return number


def _is_prime(number: int) -> bool:
    """Say whether a large odd number is prime, as good as certainly (Miller and Rabin)."""
    if any(number % small == 0 for small in SMALL_PRIMES):
        return False
    twos = (number - 1 & 1 - number).bit_length() - 1
    for base in SMALL_PRIMES[:12]:
        power = pow(base, number >> twos, number)
        if power in {1, number - 1}:
            continue
        if all((power := power * power % number) != number - 1 for _ in range(twos - 1)):
            return False
    return True
