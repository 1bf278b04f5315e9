"""The groups that keys are agreed in: standardised curves and primes, and one operation each.

    id      group                           id      group
    0       1024-bit prime, order 160       12      secp256r1 (P-256)
    1       2048-bit prime, order 224       13      brainpoolP256r1
    2       2048-bit prime, order 256       14      brainpoolP320r1
    8       secp192r1 (P-192)               15      secp384r1 (P-384)
    9       brainpoolP192r1                 16      brainpoolP384r1
    10      secp224r1 (P-224)               17      brainpoolP512r1
    11      brainpoolP224r1                 18      secp521r1 (P-521)

A group is a curve or a prime with its generator; mapping (pace_mapping.py) makes the same group
with another generator. Keys are bytes as they go to the chip: 04 x y, or a number of the prime's
length. A key is looked at before it is used: on the curve, or of the group's order.

What the cryptography package can do, it does, points of a mapped generator too: it tells their
first coordinate, and `_whole` finds the second. Points of the curves it does not have are
multiplied by the ecdsa package, and powers of numbers by Python, neither in constant time: those
keys serve one document and are thrown away.

Source: ICAO 9303-11, 9.5.1 (identifiers), 9.4.4 (key encoding), 7.1.4 (compression);
RFC 5114, 2.1-2.3; RFC 5639; SEC 1, 2.2.1 (the law of addition).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
import hashlib
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from ecdsa import ellipticcurve

from egate.document.curves import CURVES, Curve

Draw: TypeAlias = Callable[[int], bytes]
"""Return that many random bytes, never the same again."""

Point: TypeAlias = Any  # ecdsa.ellipticcurve.PointJacobi, which has no types
EXTRA_BITS: Final = 64  # drawn beyond the order, so that the bias of a private key is below 2^-64


class KeyRefused(ValueError):
    """A public key is not one of this group; nothing was computed with it."""


@dataclass(frozen=True, slots=True)
class CurveGroup:
    """An elliptic curve of prime order, with its own generator or a mapped one."""

    curve: Curve
    generator: Point
    is_mapped: bool = False

    @property
    def name(self) -> str:
        """What the curve is called."""
        return self.curve.name

    @property
    def order(self) -> int:
        """How many points it has."""
        return int(self.curve.slow.order)

    @property
    def prime(self) -> int:
        """The field its coordinates are of."""
        return int(self.curve.slow.curve.p())

    @property
    def coefficients(self) -> tuple[int, int]:
        """Its a and b, both as numbers of the field."""
        curve = self.curve.slow.curve
        return int(curve.a()) % self.prime, int(curve.b()) % self.prime

    @property
    def secret_bytes(self) -> int:
        """How long a coordinate is, and so a shared secret."""
        return (self.curve.bits + 7) // 8

    def private(self, draw: Draw) -> int:
        """Return a fresh private key."""
        return _private(self.order, draw)

    def pair(self, private: int) -> "CurvePair":
        """Return a private key and its public one, ready to agree with others."""
        if self.curve.fast is None:
            return CurvePair(self, private, self.encode(self.generator * private), None)
        fast = ec.derive_private_key(private, self.curve.fast)
        if not self.is_mapped:
            return CurvePair(self, private, _encode_fast(fast.public_key()), fast)
        return CurvePair(self, private, _whole(self, fast, self.encode(self.generator)), fast)

    def public(self, private: int) -> bytes:
        """Return the public key of a private one."""
        return self.pair(private).public

    def decode(self, public: bytes) -> Point:
        """Return the point of a public key.

        Raises:
            KeyRefused: it is not 04 x y, or not on the curve.
        """
        x, y = self.decode_numbers(public)
        curve = self.curve.slow.curve
        if len(public) != 1 + 2 * self.secret_bytes or public[0] != 4 or max(x, y) >= self.prime:
            raise KeyRefused(f"no point of {self.name}")
        if not curve.contains_point(x, y):
            raise KeyRefused(f"a point off {self.name}")
        return ellipticcurve.PointJacobi(curve, x, y, 1, self.order)

    def decode_numbers(self, public: bytes) -> tuple[int, int]:
        """Return the coordinates in a public key, which was not looked at."""
        size = self.secret_bytes
        return int.from_bytes(public[1 : 1 + size]), int.from_bytes(public[1 + size :])

    def encode(self, point: Point) -> bytes:
        """Return a point as a public key.

        Raises:
            KeyRefused: it is the point at infinity, which is no key.
        """
        if point == ellipticcurve.INFINITY:
            raise KeyRefused(f"the point at infinity of {self.name}")
        point = point.to_affine()
        return self.encode_numbers(int(point.x()), int(point.y()))

    def encode_numbers(self, x: int, y: int) -> bytes:
        """Return coordinates as a public key."""
        return b"\x04" + x.to_bytes(self.secret_bytes) + y.to_bytes(self.secret_bytes)

    def compress(self, public: bytes) -> bytes:
        """Return a public key as signatures are made over it: its first coordinate."""
        return public[1 : 1 + self.secret_bytes]

    def with_generator(self, point: Point) -> "CurveGroup":
        """Return the same curve with another generator."""
        return CurveGroup(self.curve, point, is_mapped=True)


@dataclass(frozen=True, slots=True, repr=False)
class CurvePair:
    """A private key and its public one; `fast` is the private one where OpenSSL has the curve."""

    group: CurveGroup
    private: int
    public: bytes
    fast: ec.EllipticCurvePrivateKey | None

    def agree(self, public: bytes) -> bytes:
        """Return the shared secret: the first coordinate of the shared point.

        Raises:
            KeyRefused: `public` is no point of the curve.
        """
        point = self.group.decode(public)
        if self.fast is None:
            return self.group.encode(point * self.private)[1 : 1 + self.group.secret_bytes]
        return self.fast.exchange(ec.ECDH(), _fast_key(self.fast.curve, public))

    def shared(self, public: bytes) -> bytes:
        """Return the shared point whole.

        Raises:
            KeyRefused: `public` is no point of the curve.
        """
        point = self.group.decode(public)
        if self.fast is None:
            return self.group.encode(point * self.private)
        return _whole(self.group, self.fast, public)


@dataclass(frozen=True, slots=True)
class PrimeGroup:
    """The numbers modulo a prime that a generator of prime order reaches, or a mapped one."""

    name: str
    prime: int
    generator: int
    order: int
    is_mapped: bool = False

    @property
    def secret_bytes(self) -> int:
        """How long a public key is, and so a shared secret."""
        return (self.prime.bit_length() + 7) // 8

    def private(self, draw: Draw) -> int:
        """Return a fresh private key."""
        return _private(self.order, draw)

    def pair(self, private: int) -> "PrimePair":
        """Return a private key and its public one, ready to agree with others."""
        return PrimePair(self, private, self.encode(self.power(private)))

    def public(self, private: int) -> bytes:
        """Return the public key of a private one."""
        return self.pair(private).public

    def power(self, exponent: int) -> int:
        """Return the generator to a power."""
        if self.is_mapped:
            return pow(self.generator, exponent, self.prime)
        ladder = _known_ladder(self.generator, self.prime, self.order.bit_length())
        return _climb(ladder, exponent % self.order, self.prime)

    def decode(self, public: bytes) -> int:
        """Return the number of a public key.

        Raises:
            KeyRefused: it is too long, 0, 1, -1, or not of the group's order.
        """
        return self.ladder(public)[0]

    def ladder(self, public: bytes) -> "Ladder":
        """Return the number of a public key, and powers of it.

        Raises:
            KeyRefused: as `decode`.
        """
        number = int.from_bytes(public)
        if len(public) > self.secret_bytes or not 1 < number < self.prime - 1:
            raise KeyRefused(f"no key of {self.name}")
        ladder = _ladder(number, self.prime, self.order.bit_length())
        is_order_known = self.order != self.prime - 1  # every number is of that one
        if is_order_known and _climb(ladder, self.order, self.prime) != 1:
            raise KeyRefused(f"a key outside the group of {self.name}")
        return ladder

    def encode(self, number: int) -> bytes:
        """Return a number as a public key, as long as the prime."""
        return number.to_bytes(self.secret_bytes)

    def compress(self, public: bytes) -> bytes:
        """Return a public key as signatures are made over it: the SHA-1 of what was sent."""
        return hashlib.sha1(public, usedforsecurity=False).digest()

    def with_generator(self, number: int) -> "PrimeGroup":
        """Return the same group with another generator: a power or product of its numbers.

        Raises:
            KeyRefused: it is 1, or 0, which generate nothing.
        """
        if number < 2:
            raise KeyRefused(f"no generator of {self.name}")
        return PrimeGroup(self.name, self.prime, number, self.order, is_mapped=True)


@dataclass(frozen=True, slots=True, repr=False)
class PrimePair:
    """A private key and its public one."""

    group: PrimeGroup
    private: int
    public: bytes

    def agree(self, public: bytes) -> bytes:
        """Return the shared secret.

        Raises:
            KeyRefused: `public` is not of the group.
        """
        group = self.group
        return group.encode(_climb(group.ladder(public), self.private % group.order, group.prime))

    def shared(self, public: bytes) -> bytes:
        """Return the shared number, which is the whole secret."""
        return self.agree(public)


Group: TypeAlias = CurveGroup | PrimeGroup
Pair: TypeAlias = CurvePair | PrimePair
Ladder: TypeAlias = tuple[int, ...]
"""A number to the powers 1, 16, 256 and so on, modulo a prime."""


def standardised(parameter_id: int) -> Group | None:
    """Return the group of a standardised identifier; None when there is none."""
    return GROUPS.get(parameter_id)


def on_curve(curve: Curve) -> CurveGroup:
    """Return the group of a curve and its own generator."""
    return CurveGroup(curve, curve.slow.generator)


def _private(order: int, draw: Draw) -> int:
    """Return a private key of 1..order-1 (FIPS 186-4, B.1.1 and B.4.1: extra random bits)."""
    drawn = int.from_bytes(draw((order.bit_length() + EXTRA_BITS + 7) // 8))
    return drawn % (order - 1) + 1


def _whole(group: CurveGroup, fast: ec.EllipticCurvePrivateKey, public: bytes) -> bytes:
    """Return the private key k times a point P, both coordinates.

    OpenSSL tells the first one only, and adding k G, the public key, settles the second: with
    k P = (x1, y1), k G = (x2, y2) and the first coordinate x3 of k (P + G), the law of addition
    says (y1 - y2)^2 = (x1 + x2 + x3) (x1 - x2)^2, and the curve says what y1^2 is.
    """
    point, base = group.decode(public), group.curve.slow.generator
    x2, y2 = group.decode_numbers(_encode_fast(fast.public_key()))
    if point.x() == base.x():  # P is G or -G
        return group.encode_numbers(x2, y2 if point.y() == base.y() else group.prime - y2)
    x1, x3 = (
        int.from_bytes(fast.exchange(ec.ECDH(), _fast_key(fast.curve, one)))
        for one in (public, group.encode(point + base))
    )
    a, b = group.coefficients
    doubled = x1**3 + a * x1 + b + y2**2 - (x1 + x2 + x3) * (x1 - x2) ** 2
    return group.encode_numbers(x1, doubled * pow(2 * y2, -1, group.prime) % group.prime)


def _fast_key(curve: ec.EllipticCurve, public: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, public)


def _ladder(number: int, prime: int, bits: int) -> Ladder:
    """Return the ladder of a number for exponents of so many bits."""
    rungs = [number]
    while 4 * len(rungs) < bits:
        rungs.append(pow(rungs[-1], 16, prime))
    return tuple(rungs)


@lru_cache(maxsize=8)
def _known_ladder(generator: int, prime: int, bits: int) -> Ladder:
    """Return the ladder of a generator that everybody knows."""
    return _ladder(generator, prime, bits)


def _climb(ladder: Ladder, exponent: int, prime: int) -> int:
    """Return a ladder's number to a power, by the digits of the exponent (Yao 1976).

    The squarings are the ladder's, so a second power of the same number costs a third.
    """
    by_digit = [1] * 16
    for rung in ladder:
        exponent, digit = divmod(exponent, 16)
        by_digit[digit] = by_digit[digit] * rung % prime
    so_far = power = 1
    for product in by_digit[:0:-1]:
        so_far = so_far * product % prime
        power = power * so_far % prime
    return power


def _encode_fast(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hex(text: str) -> int:
    return int(text.replace(" ", "").replace("\n", ""), 16)


# RFC 5114, 2.1 to 2.3
_PRIME_1024: Final = _hex(
    """B10B8F96 A080E01D DE92DE5E AE5D54EC 52C99FBC FB06A3C6 9A6A9DCA 52D23B61
       6073E286 75A23D18 9838EF1E 2EE652C0 13ECB4AE A9061123 24975C3C D49B83BF
       ACCBDD7D 90C4BD70 98488E9C 219A7372 4EFFD6FA E5644738 FAA31A4F F55BCCC0
       A151AF5F 0DC8B4BD 45BF37DF 365C1A65 E68CFDA7 6D4DA708 DF1FB2BC 2E4A4371"""
)
_GENERATOR_1024: Final = _hex(
    """A4D1CBD5 C3FD3412 6765A442 EFB99905 F8104DD2 58AC507F D6406CFF 14266D31
       266FEA1E 5C41564B 777E690F 5504F213 160217B4 B01B886A 5E91547F 9E2749F4
       D7FBD7D3 B9A92EE1 909D0D22 63F80A76 A6A24C08 7A091F53 1DBF0A01 69B6A28A
       D662A4D1 8E73AFA3 2D779D59 18D08BC8 858F4DCE F97C2A24 855E6EEB 22B3B2E5"""
)
_ORDER_160: Final = _hex("F518AA87 81A8DF27 8ABA4E7D 64B7CB9D 49462353")
_PRIME_2048_224: Final = _hex(
    """AD107E1E 9123A9D0 D660FAA7 9559C51F A20D64E5 683B9FD1 B54B1597 B61D0A75
       E6FA141D F95A56DB AF9A3C40 7BA1DF15 EB3D688A 309C180E 1DE6B85A 1274A0A6
       6D3F8152 AD6AC212 9037C9ED EFDA4DF8 D91E8FEF 55B7394B 7AD5B7D0 B6C12207
       C9F98D11 ED34DBF6 C6BA0B2C 8BBC27BE 6A00E0A0 B9C49708 B3BF8A31 70918836
       81286130 BC8985DB 1602E714 415D9330 278273C7 DE31EFDC 7310F712 1FD5A074
       15987D9A DC0A486D CDF93ACC 44328387 315D75E1 98C641A4 80CD86A1 B9E587E8
       BE60E69C C928B2B9 C52172E4 13042E9B 23F10B0E 16E79763 C9B53DCF 4BA80A29
       E3FB73C1 6B8E75B9 7EF363E2 FFA31F71 CF9DE538 4E71B81C 0AC4DFFE 0C10E64F"""
)
_GENERATOR_2048_224: Final = _hex(
    """AC4032EF 4F2D9AE3 9DF30B5C 8FFDAC50 6CDEBE7B 89998CAF 74866A08 CFE4FFE3
       A6824A4E 10B9A6F0 DD921F01 A70C4AFA AB739D77 00C29F52 C57DB17C 620A8652
       BE5E9001 A8D66AD7 C1766910 1999024A F4D02727 5AC1348B B8A762D0 521BC98A
       E2471504 22EA1ED4 09939D54 DA7460CD B5F6C6B2 50717CBE F180EB34 118E98D1
       19529A45 D6F83456 6E3025E3 16A330EF BB77A86F 0C1AB15B 051AE3D4 28C8F8AC
       B70A8137 150B8EEB 10E183ED D19963DD D9E263E4 770589EF 6AA21E7F 5F2FF381
       B539CCE3 409D13CD 566AFBB4 8D6C0191 81E1BCFE 94B30269 EDFE72FE 9B6AA4BD
       7B5A0F1C 71CFFF4C 19C418E1 F6EC0179 81BC087F 2A7065B3 84B890D3 191F2BFA"""
)
_ORDER_224: Final = _hex("801C0D34 C58D93FE 99717710 1F80535A 4738CEBC BF389A99 B36371EB")
_PRIME_2048_256: Final = _hex(
    """87A8E61D B4B6663C FFBBD19C 65195999 8CEEF608 660DD0F2 5D2CEED4 435E3B00
       E00DF8F1 D61957D4 FAF7DF45 61B2AA30 16C3D911 34096FAA 3BF4296D 830E9A7C
       209E0C64 97517ABD 5A8A9D30 6BCF67ED 91F9E672 5B4758C0 22E0B1EF 4275BF7B
       6C5BFC11 D45F9088 B941F54E B1E59BB8 BC39A0BF 12307F5C 4FDB70C5 81B23F76
       B63ACAE1 CAA6B790 2D525267 35488A0E F13C6D9A 51BFA4AB 3AD83477 96524D8E
       F6A167B5 A41825D9 67E144E5 14056425 1CCACB83 E6B486F6 B3CA3F79 71506026
       C0B857F6 89962856 DED4010A BD0BE621 C3A3960A 54E710C3 75F26375 D7014103
       A4B54330 C198AF12 6116D227 6E11715F 693877FA D7EF09CA DB094AE9 1E1A1597"""
)
_GENERATOR_2048_256: Final = _hex(
    """3FB32C9B 73134D0B 2E775066 60EDBD48 4CA7B18F 21EF2054 07F4793A 1A0BA125
       10DBC150 77BE463F FF4FED4A AC0BB555 BE3A6C1B 0C6B47B1 BC3773BF 7E8C6F62
       901228F8 C28CBB18 A55AE313 41000A65 0196F931 C77A57F2 DDF463E5 E9EC144B
       777DE62A AAB8A862 8AC376D2 82D6ED38 64E67982 428EBC83 1D14348F 6F2F9193
       B5045AF2 767164E1 DFC967C1 FB3F2E55 A4BD1BFF E83B9C80 D052B985 D182EA0A
       DB2A3B73 13D3FE14 C8484B1E 052588B9 B7D2BBD2 DF016199 ECD06E15 57CD0915
       B3353BBB 64E0EC37 7FD02837 0DF92B52 C7891428 CDC67EB6 184B523D 1DB246C3
       2F630784 90F00EF8 D647D148 D4795451 5E2327CF EF98C582 664B4C0F 6CC41659"""
)
_ORDER_256: Final = _hex("8CF83642 A709A097 B4479976 40129DA2 99B1A47D 1EB3750B A308B0FE 64F5FBD3")


def _named(name: str) -> CurveGroup:
    return on_curve(next(curve for curve in CURVES if curve.name == name))


GROUPS: Final[Mapping[int, Group]] = MappingProxyType(
    {
        0: PrimeGroup("modp-1024-160", _PRIME_1024, _GENERATOR_1024, _ORDER_160),
        1: PrimeGroup("modp-2048-224", _PRIME_2048_224, _GENERATOR_2048_224, _ORDER_224),
        2: PrimeGroup("modp-2048-256", _PRIME_2048_256, _GENERATOR_2048_256, _ORDER_256),
        8: _named("secp192r1"),
        9: _named("brainpoolP192r1"),
        10: _named("secp224r1"),
        11: _named("brainpoolP224r1"),
        12: _named("secp256r1"),
        13: _named("brainpoolP256r1"),
        14: _named("brainpoolP320r1"),
        15: _named("secp384r1"),
        16: _named("brainpoolP384r1"),
        17: _named("brainpoolP512r1"),
        18: _named("secp521r1"),
    }
)
