"""How PACE makes a generator that only the two who know the password share.

    generic      both agree on a point or number H; generator = s G + H, or g^s H
    integrated   generator = f(R(s, t)), R a pseudo-random number of the two nonces and
                 f an encoding into the group, for primes of 3 modulo 4 (not secp224r1)
    R(s, t)      k0 = E(t, s); then x(i) = E(k(i-1), c1) and k(i) = E(k(i-1), c0), keys cut to size;
                 x(1) x(2) .. as one number, modulo the prime

Chip authentication mapping is the generic one; what it adds is in pace.py.

Source: ICAO 9303-11, 4.4.3.3 (mappings), appendix B.2 (point encoding), appendix H (examples).
"""

from typing import Final

from egate.document.domain_parameters import CurveGroup, Group, KeyRefused, PrimeGroup
from egate.document.symmetric import Cipher

# ICAO 9303-11, 4.4.3.3.2: c0 and c1 for a nonce of 128 bits, and of 256
CONSTANTS: Final = {
    16: (
        bytes.fromhex("a668892a7c41e3ca739f40b057d85904"),
        bytes.fromhex("a4e136ac725f738b01c1f60217c188ad"),
    ),
    32: (
        bytes.fromhex("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676"),
        bytes.fromhex("54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517"),
    ),
}
EXTRA_BITS: Final = 64  # of R(s, t) beyond the prime, so that it is even modulo it


def generic(group: Group, nonce: bytes, shared: bytes) -> Group:
    """Return the group mapped with the chip's nonce and what a pair shared with the chip's key.

    Raises:
        KeyRefused: the generator would be none.
    """
    exponent = int.from_bytes(nonce) % group.order
    if isinstance(group, PrimeGroup):
        number = group.power(exponent) * int.from_bytes(shared) % group.prime
        return group.with_generator(number)
    point = group.decode(shared)
    if exponent:
        point += group.decode(group.public(exponent))
    return group.with_generator(group.decode(group.encode(point)))


def integrated(group: Group, cipher: Cipher, nonce: bytes, terminal_nonce: bytes) -> Group:
    """Return the group mapped with the chip's nonce and the terminal's.

    Raises:
        KeyRefused: the mapping does not exist here, or the generator would be none.
    """
    number = pseudo_random(cipher, nonce, terminal_nonce, group.prime.bit_length()) % group.prime
    if isinstance(group, PrimeGroup):
        mapped = pow(number, (group.prime - 1) // group.order, group.prime)
        return group.with_generator(mapped)
    return group.with_generator(group.decode(group.encode_numbers(*encode_point(group, number))))


def pseudo_random(cipher: Cipher, nonce: bytes, terminal_nonce: bytes, prime_bits: int) -> int:
    """Return R(s, t), which is 64 bits or more above the prime.

    Raises:
        KeyRefused: the nonce has a length the standard gives no constants for.
    """
    if len(nonce) not in CONSTANTS or len(nonce) < cipher.key_bytes:
        raise KeyRefused(f"integrated mapping has no nonce of {len(nonce)} bytes")
    next_key, output = CONSTANTS[len(nonce)]
    key = cipher.encrypt(terminal_nonce, nonce)[: cipher.key_bytes]
    blocks = b""
    while 8 * len(blocks) < prime_bits + EXTRA_BITS:
        blocks += cipher.encrypt(key, output)
        key = cipher.encrypt(key, next_key)[: cipher.key_bytes]
    return int.from_bytes(blocks)


def encode_point(curve: CurveGroup, number: int) -> tuple[int, int]:
    """Return the point a field number stands for (appendix B.2, affine).

    Raises:
        KeyRefused: the prime is not 3 modulo 4, or the number is one of the few without a point.
    """
    p = curve.prime
    a, b = curve.coefficients
    if p % 4 != 3:
        raise KeyRefused(f"no point encoding on {curve.name}")
    alpha = -number * number % p
    beta = (alpha + alpha * alpha) % p
    if beta == 0:
        raise KeyRefused(f"a number without a point of {curve.name}")
    x2 = -b * (1 + beta) * pow(a * beta, -1, p) % p
    h2 = (x2**3 + a * x2 + b) % p
    root = pow(h2, p - 1 - (p + 1) // 4, p)
    if root * root * h2 % p == 1:
        return x2, root * h2 % p
    return alpha * x2 % p, root * number**3 * h2 % p
