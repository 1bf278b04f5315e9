"""A small PKI of who may read fingers and irises: an authority, its link, verifiers, terminals.

A case says what is odd about a certificate and nothing else, as in pki.py, whose keys from names
these are: they protect nothing. The state is Utopia.

Source: ICAO 9303-12, 7.2.2 and 7.2.3 (certificates); BSI TR-03110-3, A.7.3 and C.1.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from asn1crypto import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from egate.document import card_verifiable_certificates as cvc
from egate.document.card_verifiable_certificates import (
    FINGERS,
    INSPECTION_SYSTEM,
    IRISES,
    SCHEMES,
    CvCertificate,
    Role,
    decode,
)
from egate.document.curves import parameters_of
from egate.document.pace import encode_oid
from egate.document.signatures import Scheme
from egate.document.terminal_authentication import Terminal
from egate.wire.tlv import encode
from simulators import pki
from simulators.pki import BY_NAME, NOW_S, YEAR_S, How, Identity

EC: Final = How("brainpoolP256r1", plain=True)
RSA: Final = How("rsa-2048", pss=True)
WAYS: Final = {
    "ecdsa sha224 brainpoolP224r1": How("brainpoolP224r1", "sha224", plain=True),
    "ecdsa sha256 brainpoolP256r1": EC,
    "ecdsa sha384 brainpoolP320r1": How("brainpoolP320r1", "sha384", plain=True),
    "ecdsa sha512 secp521r1": How("secp521r1", "sha512", plain=True),
    "rsa-pss sha256": RSA,
    "rsa-pss sha512": How("rsa-2048", "sha512", pss=True, salt_bytes=64),
    "rsa sha256": How("rsa-2048"),
}
BOTH: Final = FINGERS | IRISES


@dataclass(frozen=True, slots=True)
class Wish:
    """What should stand in a certificate; the defaults make an authority's."""

    holder: str
    how: How = EC
    role: Role = Role.CVCA
    rights: int = BOTH
    from_s: float = NOW_S - 2 * YEAR_S
    to_s: float = NOW_S + YEAR_S
    kind: str = INSPECTION_SYSTEM
    authority: str = ""  # instead of the issuer's name
    spells_curve: bool | None = None  # None: as its role should
    more: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class Keeper:
    """A certificate and the key it is about."""

    raw: bytes
    wish: Wish
    key_name: str

    @property
    def certificate(self) -> CvCertificate:
        """The certificate, as chip and gate read it."""
        return decode(self.raw)

    def sign(self, message: bytes) -> bytes:
        """Sign with the key, as the certificate says."""
        return pki.sign(Identity(b"", self.wish.how, self.key_name, x509.Name.build({})), message)


@dataclass(frozen=True, slots=True)
class Verifiers:
    """A state's authority over terminals; the same seed is the same authority, with its keys."""

    how: How = EC
    seed: str = "Utopia"
    now_s: float = NOW_S
    rights: int = field(default=BOTH)

    @property
    def authority(self) -> Keeper:
        """Whom its chips trust from their making."""
        return self.certify(Wish("UTCVCAEG00001", self.how, rights=self.rights))

    @property
    def link(self) -> Keeper:
        """The authority's next key, vouched for by the first."""
        return self.certify(Wish("UTCVCAEG00002", self.how, rights=self.rights), self.authority)

    def verifier(self, by: Keeper | None = None, **odd: Any) -> Keeper:  # noqa: ANN401  # fields of Wish
        """Return a document verifier; `odd` are fields of Wish."""
        usual: dict[str, Any] = {
            "holder": "UTDVEG00001",
            "how": self.how,
            "role": Role.DOMESTIC_VERIFIER,
        }
        return self.certify(Wish(**(usual | odd)), by or self.authority)

    def terminal(self, by: Keeper | None = None, **odd: Any) -> Keeper:  # noqa: ANN401  # fields of Wish
        """Return a terminal; `odd` are fields of Wish."""
        usual: dict[str, Any] = {
            "holder": "UTGATEEG00001",
            "how": self.how,
            "role": Role.TERMINAL,
        }
        return self.certify(Wish(**(usual | odd)), by or self.verifier())

    def certify(self, wish: Wish, by: Keeper | None = None) -> Keeper:
        """Make the certificate wished for; `by` None signs it with its own key."""
        itself = Keeper(b"", wish, f"{self.seed} {wish.holder}")
        issuer = by or itself
        body = encode(cvc.BODY, _body(itself, issuer))
        signature = encode(cvc.SIGNATURE, issuer.sign(body))
        return Keeper(encode(cvc.CERTIFICATE, body + signature), wish, itself.key_name)


def terminal_of(
    *keepers: Keeper, sign: Callable[[bytes], bytes] | None = None, holder: str = ""
) -> Terminal:
    """Return who the last of these is to a chip, with the certificates of all."""
    last = keepers[-1]
    certificates = tuple(one.certificate for one in keepers)
    return Terminal(holder or last.wish.holder, certificates, sign or last.sign)


def usual_terminal(verifiers: Verifiers = Verifiers()) -> Terminal:
    """Return a terminal that may read fingers and irises, with the certificates it needs."""
    verifier = verifiers.verifier()
    return terminal_of(verifier, verifiers.terminal(verifier))


def day_of(at_s: float) -> date:
    """Return the day of an instant."""
    return datetime.fromtimestamp(at_s, UTC).date()


def _body(itself: Keeper, issuer: Keeper) -> bytes:
    wish = itself.wish
    authority = wish.authority or issuer.wish.holder
    template = encode(0x06, encode_oid(wish.kind)) + encode(0x53, _role_and_rights(wish))
    return b"".join(
        (
            encode(0x5F29, b"\x00"),
            encode(cvc.AUTHORITY, authority.encode("latin-1")),
            encode(cvc.KEY, _key(itself)),
            encode(cvc.HOLDER, wish.holder.encode("latin-1")),
            encode(cvc.TEMPLATE, template),
            encode(0x5F25, _digits(wish.from_s)),
            encode(0x5F24, _digits(wish.to_s)),
            encode(cvc.EXTENSIONS, wish.more) if wish.more else b"",
        )
    )


def _role_and_rights(wish: Wish) -> bytes:
    return bytes([wish.role << 6 | wish.rights])


def _digits(at_s: float) -> bytes:
    return bytes(int(digit) for digit in f"{day_of(at_s):%y%m%d}")


def _key(keeper: Keeper) -> bytes:
    how, wish = keeper.wish.how, keeper.wish
    oid = encode(0x06, encode_oid(_scheme_oid(how)))
    key = pki.private_key(keeper.key_name, how.key)
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return oid + encode(0x81, _unsigned(numbers.n)) + encode(0x82, _unsigned(numbers.e))
    point = bytes(pki.public_key_info(keeper.key_name, how)["public_key"])
    is_spelled = wish.role is Role.CVCA if wish.spells_curve is None else wish.spells_curve
    if not is_spelled:
        return oid + encode(0x86, point)
    known = parameters_of(BY_NAME[how.key])
    numbers_ = (known.p, known.a, known.b)
    parts = [
        encode(tag, _unsigned(one)) for tag, one in zip((0x81, 0x82, 0x83), numbers_, strict=True)
    ]
    parts += [encode(0x84, known.base), encode(0x85, _unsigned(known.order))]
    parts += [encode(0x86, point), encode(0x87, b"\x01")]
    return oid + b"".join(parts)


def _scheme_oid(how: How) -> str:
    kind = "ecdsa" if not how.key.startswith("rsa") else "rsa-pss" if how.pss else "rsa"
    pss = (how.hash, how.salt_bytes) if how.pss else ("", 0)
    wanted = Scheme(kind, how.hash, *pss)
    return next(oid for oid, scheme in SCHEMES.items() if scheme == wanted)


def _unsigned(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8)
