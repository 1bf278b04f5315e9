"""A face embedding as 128 signed bytes, and back to a direction of length one.

Each value is scaled so that the largest becomes 127, and rounded. No scale is stored: only the
direction of an embedding counts, and `dequantise` normalises. Measured over the 36 pairs of
nine portraits, this changes a score by 0.0012 at most (mean 0.0004); a fixed scale of 0.5
changes it by up to 0.0031.

This file does not say what a score means; that is the policy's.

Source: DESIGN section 7; research/face.md 1a (SFace gives 128 numbers).
"""

from collections.abc import Sequence
import math

EMBEDDING_SIZE = 128
LARGEST = 127  # symmetric, so that the sign of a value never changes its weight


def quantise(embedding: Sequence[float]) -> bytes:
    """Return the embedding as 128 bytes, two's complement, in the order given.

    Raises:
        ValueError: it has not 128 numbers, one is not finite, or all are zero.

    >>> quantise([0.5, -0.25] + [0.0] * 126)[:2].hex(" ")
    '7f c0'
    """
    if len(embedding) != EMBEDDING_SIZE:
        raise ValueError(f"an embedding has {EMBEDDING_SIZE} numbers, not {len(embedding)}")
    values = [float(value) for value in embedding]
    largest = max(map(abs, values))
    if not all(map(math.isfinite, values)) or largest == 0.0:
        raise ValueError("an embedding is finite and not all zero")
    return bytes(round(value / largest * LARGEST) & 0xFF for value in values)


def dequantise(raw: bytes) -> tuple[float, ...]:
    """Return the embedding those bytes stand for, of length one.

    Raises:
        ValueError: not 128 bytes, or all of them zero.

    >>> [round(value, 3) for value in dequantise(bytes([127, 0xC0] + [0] * 126))[:3]]
    [0.893, -0.45, 0.0]
    """
    if len(raw) != EMBEDDING_SIZE:
        raise ValueError(f"an embedding has {EMBEDDING_SIZE} bytes, not {len(raw)}")
    values = [byte - 256 if byte > LARGEST else byte for byte in raw]
    length = math.hypot(*values)
    if length == 0.0:
        raise ValueError("an embedding is not all zero")
    return tuple(value / length for value in values)
