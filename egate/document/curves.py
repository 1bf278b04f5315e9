"""The elliptic curves travel documents are signed on, found by name or by explicit parameters.

    secp192r1 secp224r1 secp256r1 secp384r1 secp521r1
    brainpoolP192r1 brainpoolP224r1 brainpoolP256r1 brainpoolP320r1 brainpoolP384r1 brainpoolP512r1

Doc 9303-12 demands that certificates spell their curve out. Such parameters are taken only when
every one of them (p, a, b, the base point, its order and the cofactor) is that of one of these
curves; a seed says nothing about the group and is not compared. Nothing is guessed: leaving the
base point out of the comparison is how CVE-2020-0601 came about.

Source: SEC 2 v2; RFC 5639; RFC 5480; BSI TR-03111 4.1; ICAO 9303-12 section 4.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
import ecdsa


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve: `fast` does its arithmetic where OpenSSL offers it, `slow` anywhere."""

    name: str
    bits: int
    oid: str
    fast: ec.EllipticCurve | None
    slow: ecdsa.curves.Curve


@dataclass(frozen=True, slots=True)
class Parameters:
    """Explicit parameters as a certificate spells them; `cofactor` 0 when it is left out."""

    p: int
    a: int
    b: int
    base: bytes
    order: int
    cofactor: int


def _curve(slow: ecdsa.curves.Curve, name: str, fast: ec.EllipticCurve | None = None) -> Curve:
    oid = ".".join(str(arc) for arc in slow.oid)
    return Curve(name, int(slow.curve.p()).bit_length(), oid, fast, slow)


CURVES: Final = (
    _curve(ecdsa.NIST192p, "secp192r1", ec.SECP192R1()),
    _curve(ecdsa.NIST224p, "secp224r1", ec.SECP224R1()),
    _curve(ecdsa.NIST256p, "secp256r1", ec.SECP256R1()),
    _curve(ecdsa.NIST384p, "secp384r1", ec.SECP384R1()),
    _curve(ecdsa.NIST521p, "secp521r1", ec.SECP521R1()),
    _curve(ecdsa.BRAINPOOLP192r1, "brainpoolP192r1"),
    _curve(ecdsa.BRAINPOOLP224r1, "brainpoolP224r1"),
    _curve(ecdsa.BRAINPOOLP256r1, "brainpoolP256r1", ec.BrainpoolP256R1()),
    _curve(ecdsa.BRAINPOOLP320r1, "brainpoolP320r1"),
    _curve(ecdsa.BRAINPOOLP384r1, "brainpoolP384r1", ec.BrainpoolP384R1()),
    _curve(ecdsa.BRAINPOOLP512r1, "brainpoolP512r1", ec.BrainpoolP512R1()),
)
BY_OID: Final[Mapping[str, Curve]] = MappingProxyType({one.oid: one for one in CURVES})
_BY_PRIME: Final[Mapping[int, Curve]] = MappingProxyType(
    {int(one.slow.curve.p()): one for one in CURVES}
)


def parameters_of(curve: Curve) -> Parameters:
    """Return the parameters of a curve as a certificate may spell them out.

    >>> parameters_of(BY_OID["1.2.840.10045.3.1.7"]).base.hex()[:10]
    '046b17d1f2'
    """
    group, base = curve.slow.curve, curve.slow.generator
    size = (curve.bits + 7) // 8
    p = int(group.p())
    return Parameters(
        p=p,
        a=int(group.a()) % p,
        b=int(group.b()) % p,
        base=b"\x04" + int(base.x()).to_bytes(size) + int(base.y()).to_bytes(size),
        order=int(curve.slow.order),
        cofactor=1,
    )


def find(spelled: Parameters) -> Curve | None:
    """Return the curve that has exactly these parameters; None when there is none.

    The base point may be compressed; a cofactor may be left out, for order and p settle it.
    """
    curve = _BY_PRIME.get(spelled.p)
    if curve is None:
        return None
    known = parameters_of(curve)
    size = (curve.bits + 7) // 8
    x, is_odd = known.base[1 : 1 + size], known.base[-1] & 1
    same = (
        (spelled.a, spelled.b, spelled.order) == (known.a, known.b, known.order)
        and spelled.base
        in (known.base, bytes([2 + is_odd]) + x, bytes([6 + is_odd]) + known.base[1:])
        and spelled.cofactor in (0, 1)
    )
    return curve if same else None
