"""Card verifiable certificates: what a chip believes about who may read fingers and irises.

    7F21 { 7F4E { 5F29 00, 42 authority, 7F49 { 06 scheme, key }, 5F20 holder,
                  7F4C { 06 kind of terminal, 53 role and rights }, 5F25 from, 5F24 to[, 65] },
           5F37 signature over 7F4E }
    RSA key    81 modulus, 82 exponent
    EC key     86 point; a CVCA's curve is spelled out: 81 p, 82 a, 83 b, 84 G, 85 r, 86, 87 f
    chain      a CVCA signs its next key (a link) and document verifiers, those sign terminals

A curve is spelled out by who begins a chain; everybody below is on the same one. It is taken only
if it is one of curves.py. Rights are what the whole chain grants. Dates are days, both included.
Extensions are under the signature and otherwise not looked at.

Source: ICAO 9303-12, 7.2.2 and 7.2.3; 9303-11, 7.1.4 (validation) and 9.4; BSI TR-03110-3,
A.7.3 (schemes) and C.1 to C.4; 9303-11, K.1 (rights).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from egate.document import curves
from egate.document.curves import Curve, Parameters
from egate.document.lds import LdsError
from egate.document.security_infos import BSI, dotted
from egate.document.signatures import (
    AlgorithmRefused,
    EcKey,
    PublicKey,
    RsaKey,
    Scheme,
    ec_key,
    is_signature,
    rsa_key,
)
from egate.wire import tlv
from egate.wire.errors import FrameError
from egate.wire.tlv import Tlv

MAX_CERTIFICATE: Final = 4096
MAX_REFERENCE: Final = 16  # country, mnemonic of nine, number of five
CERTIFICATE, BODY, SIGNATURE, KEY, TEMPLATE = 0x7F21, 0x7F4E, 0x5F37, 0x7F49, 0x7F4C
AUTHORITY, HOLDER = 0x42, 0x5F20
BODY_TAGS: Final = (0x5F29, AUTHORITY, KEY, HOLDER, TEMPLATE, 0x5F25, 0x5F24)
EXTENSIONS: Final = 0x65
RSA_TAGS: Final = (0x06, 0x81, 0x82)
POINT_TAGS: Final = (0x06, 0x86)
CURVE_TAGS: Final = (0x06, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87)
INSPECTION_SYSTEM: Final = "0.4.0.127.0.7.3.1.2.1"  # id-IS
RIGHTS: Final = 0x3F
FINGERS, IRISES = 0x01, 0x02  # of the rights: DG3, DG4

SCHEMES: Final[Mapping[str, Scheme]] = MappingProxyType(
    {
        f"{BSI}.2.1.1": Scheme("rsa", "sha1"),
        f"{BSI}.2.1.2": Scheme("rsa", "sha256"),
        f"{BSI}.2.1.3": Scheme("rsa-pss", "sha1", "sha1", 20),
        f"{BSI}.2.1.4": Scheme("rsa-pss", "sha256", "sha256", 32),
        f"{BSI}.2.1.5": Scheme("rsa", "sha512"),
        f"{BSI}.2.1.6": Scheme("rsa-pss", "sha512", "sha512", 64),
        f"{BSI}.2.2.1": Scheme("ecdsa", "sha1"),
        f"{BSI}.2.2.2": Scheme("ecdsa", "sha224"),
        f"{BSI}.2.2.3": Scheme("ecdsa", "sha256"),
        f"{BSI}.2.2.4": Scheme("ecdsa", "sha384"),
        f"{BSI}.2.2.5": Scheme("ecdsa", "sha512"),
    }
)


class CvcRefused(Exception):
    """This certificate cannot be used; `reason` is a code.

    Of the certificate alone: malformed, bad_reference, bad_date, not_an_inspection_system,
    unknown_scheme, unknown_curve, bad_key, bad_key_size. Of its place in a chain:
    another_authority, not_its_to_sign, no_curve, curve_spelled_out, signature_does_not_verify,
    expired, not_self_signed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no certificate: {reason}")
        self.reason = reason


class Role(IntEnum):
    """What a holder is; the two highest bits of the template."""

    TERMINAL = 0
    FOREIGN_VERIFIER = 1
    DOMESTIC_VERIFIER = 2
    CVCA = 3


VERIFIERS: Final = frozenset({Role.FOREIGN_VERIFIER, Role.DOMESTIC_VERIFIER})
_SIGNS: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.CVCA: VERIFIERS | {Role.CVCA},
        Role.DOMESTIC_VERIFIER: frozenset({Role.TERMINAL}),
        Role.FOREIGN_VERIFIER: frozenset({Role.TERMINAL}),
        Role.TERMINAL: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class CvCertificate:
    """A certificate, read but not believed.

    `key` is None where the curve is the issuer's: then `point` is the key.
    """

    body: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    authority: str
    holder: str
    scheme: Scheme
    key: PublicKey | None
    point: bytes = field(repr=False)
    role: Role
    rights: int
    effective: date
    expires: date

    @property
    def signed(self) -> bytes:
        """Body and signature, as a chip is given them."""
        return self.body + tlv.encode(SIGNATURE, self.signature)

    @property
    def is_self_signed(self) -> bool:
        """Whether it says that its holder signed it."""
        return self.authority == self.holder


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate was accepted of; `rights` are what the whole chain grants."""

    reference: str
    scheme: Scheme
    key: PublicKey
    role: Role
    rights: int
    effective: date
    expires: date

    def has_signed(self, signature: bytes, message: bytes) -> bool:
        """Tell whether the holder made this signature."""
        if isinstance(self.key, EcKey):
            size = (int(self.key.curve.slow.order).bit_length() + 7) // 8
            if len(signature) != 2 * size:  # plain, and in no other way
                return False
        return is_signature(self.key, self.scheme, signature, message)


def decode(raw: bytes) -> CvCertificate:
    """Return the certificate that is the whole of `raw`, with its outermost tag.

    Raises:
        CvcRefused: it is none.
    """
    if len(raw) > MAX_CERTIFICATE:
        raise CvcRefused("malformed")
    try:
        return decode_signed(tlv.decode_one(raw, CERTIFICATE))
    except FrameError as error:
        raise CvcRefused("malformed") from error


def decode_signed(raw: bytes) -> CvCertificate:
    """Return the certificate of body and signature, as a chip is given them.

    Raises:
        CvcRefused: it is none.
    """
    try:
        outer = tlv.decode_all(raw[: MAX_CERTIFICATE + 1], max_items=2)
        body, signature = _values(outer, (BODY, SIGNATURE))
        return _certificate(tlv.encode(BODY, body), body, signature)
    except (FrameError, LdsError) as error:
        raise CvcRefused("malformed") from error
    except AlgorithmRefused as refusal:
        raise CvcRefused(refusal.reason) from None


def begin(certificate: CvCertificate) -> Holder:
    """Return the holder of a self-signed certificate, for a chip to trust in from its making.

    Raises:
        CvcRefused: not_self_signed, no_curve, signature_does_not_verify.
    """
    if certificate.role is not Role.CVCA or not certificate.is_self_signed:
        raise CvcRefused("not_self_signed")
    if certificate.key is None:
        raise CvcRefused("no_curve")
    holder = _holder(certificate, certificate.key, certificate.rights)
    if not _is_signed(certificate, holder):
        raise CvcRefused("signature_does_not_verify")
    return holder


def accept(certificate: CvCertificate, issuer: Holder, today: date) -> Holder:
    """Return the holder of a certificate that this issuer signed.

    A link certificate may be expired: it is how a chip that lay in a drawer comes to know the
    newer keys. Its rights are its own, everybody else's are no more than the issuer's.

    Raises:
        CvcRefused: with a reason of its place in the chain.
    """
    if certificate.authority != issuer.reference:
        raise CvcRefused("another_authority")
    if certificate.role not in _SIGNS[issuer.role]:
        raise CvcRefused("not_its_to_sign")
    if not _is_signed(certificate, issuer):
        raise CvcRefused("signature_does_not_verify")
    is_link = certificate.role is Role.CVCA
    if not is_link and certificate.expires < today:
        raise CvcRefused("expired")
    rights = certificate.rights if is_link else certificate.rights & issuer.rights
    return _holder(certificate, _key_below(certificate, issuer), rights)


def _is_signed(certificate: CvCertificate, by: Holder) -> bool:
    try:
        return by.has_signed(certificate.signature, certificate.body)
    except AlgorithmRefused:
        return False


def _key_below(certificate: CvCertificate, issuer: Holder) -> PublicKey:
    """Return the key: with its own curve for a CVCA that has one, else on the issuer's."""
    key = certificate.key
    if isinstance(key, EcKey) and certificate.role is not Role.CVCA:
        raise CvcRefused("curve_spelled_out")
    if key is not None:
        return key
    if isinstance(issuer.key, RsaKey):
        raise CvcRefused("no_curve")
    try:
        return ec_key(issuer.key.curve, certificate.point)
    except AlgorithmRefused as refusal:
        raise CvcRefused(refusal.reason) from None


def _holder(certificate: CvCertificate, key: PublicKey, rights: int) -> Holder:
    return Holder(
        certificate.holder,
        certificate.scheme,
        key,
        certificate.role,
        rights,
        certificate.effective,
        certificate.expires,
    )


# ---- reading


def _certificate(whole: bytes, body: bytes, signature: bytes) -> CvCertificate:
    items = tlv.decode_all(body, max_items=len(BODY_TAGS) + 1)
    if len(items) > len(BODY_TAGS) and items[-1].tag == EXTENSIONS:
        items = items[:-1]
    profile, authority, public, holder, template, effective, expires = _values(items, BODY_TAGS)
    if profile != b"\x00":
        raise CvcRefused("malformed")
    scheme, key, point = _public_key(public)
    role, rights = _role_and_rights(template)
    days = _day(effective), _day(expires)
    if days[1] < days[0]:
        raise CvcRefused("bad_date")
    return CvCertificate(
        whole, signature, reference(authority), reference(holder), scheme, key, point, role,
        rights, *days,
    )  # fmt: skip


def reference(raw: bytes) -> str:
    """Return who is meant, as a text.

    Raises:
        CvcRefused: bad_reference.
    """
    if not 1 <= len(raw) <= MAX_REFERENCE:
        raise CvcRefused("bad_reference")
    return raw.decode("latin-1")


def _public_key(raw: bytes) -> tuple[Scheme, PublicKey | None, bytes]:
    """Return scheme, key where it is whole, and point where it lacks the curve."""
    items = tlv.decode_all(raw, max_items=len(CURVE_TAGS))
    tags = tuple(item.tag for item in items)
    scheme = SCHEMES.get(dotted(items[0].value, "key")) if tags[:1] == (0x06,) else None
    if scheme is None:
        raise CvcRefused("unknown_scheme")
    parts = [item.value for item in items[1:]]
    if scheme.kind != "ecdsa" and tags == RSA_TAGS:
        return scheme, rsa_key(int.from_bytes(parts[0]), int.from_bytes(parts[1])), b""
    if scheme.kind == "ecdsa" and tags == POINT_TAGS:
        return scheme, None, parts[0]
    if scheme.kind == "ecdsa" and tags in {CURVE_TAGS, CURVE_TAGS[:-1]}:
        return scheme, ec_key(_curve(parts), parts[5]), b""
    raise CvcRefused("malformed")


def _curve(parts: list[bytes]) -> Curve:
    """Return the curve that is spelled out; the cofactor may be left out."""
    p, a, b, base, order, _, *cofactor = parts
    spelled = Parameters(
        p=int.from_bytes(p),
        a=int.from_bytes(a),
        b=int.from_bytes(b),
        base=base,
        order=int.from_bytes(order),
        cofactor=int.from_bytes(cofactor[0]) if cofactor else 0,
    )
    curve = curves.find(spelled)
    if curve is None:
        raise CvcRefused("unknown_curve")
    return curve


def _role_and_rights(raw: bytes) -> tuple[Role, int]:
    kind, granted = _values(tlv.decode_all(raw, max_items=2), (0x06, 0x53))
    if dotted(kind, "template") != INSPECTION_SYSTEM:
        raise CvcRefused("not_an_inspection_system")
    if len(granted) != 1:
        raise CvcRefused("malformed")
    return Role(granted[0] >> 6), granted[0] & RIGHTS


def _day(raw: bytes) -> date:
    """Return a day from six digits, a byte each: YYMMDD of this century."""
    if len(raw) != 6 or max(raw) > 9:
        raise CvcRefused("bad_date")
    year, month, day = (10 * raw[at] + raw[at + 1] for at in (0, 2, 4))
    try:
        return date(2000 + year, month, day)
    except ValueError:
        raise CvcRefused("bad_date") from None


def _values(items: tuple[Tlv, ...], tags: tuple[int, ...]) -> tuple[bytes, ...]:
    """Return the values of exactly these data objects, in this order."""
    if tuple(item.tag for item in items) != tags:
        raise CvcRefused("malformed")
    return tuple(item.value for item in items)
