"""BER-TLV, the language a chip's files and answers are written in, both directions.

    tag       1..3 bytes as they stand, first byte first: 61, 5F1F, 7F61, 7F4E
    length    00..7F, or 81..84 and that many bytes; longer than needed is read, never written
    value     that many bytes

Not read: the indefinite length (80), tag 00 (the end of one), tags of four bytes. What is inside
a value is the caller's business, and so is how deep it goes: nothing here calls itself.

Source: ISO/IEC 7816-4:2013, 5.2.2 (BER-TLV data objects); ICAO 9303-10, 4.6.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from egate.wire.errors import FrameError

MAX_LENGTH: Final = 65_536
MAX_ITEMS: Final = 256
_TAG_BYTES: Final = 3
_LENGTH_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Tlv:
    """One data object; `tag` is its bytes as one number (0x7F61)."""

    tag: int
    value: bytes

    def __repr__(self) -> str:
        """Give tag and size only: the value may be personal data."""
        return f"Tlv({self.tag:#x}, {len(self.value)} bytes)"


def encode(tag: int, value: bytes) -> bytes:
    """Return the bytes of one data object, its length as short as can be.

    Raises:
        FrameError: no such tag can be written.

    >>> encode(0x5F1F, b"AB").hex()
    '5f1f024142'
    """
    raw_tag = tag.to_bytes(max(1, (tag.bit_length() + 7) // 8)) if tag > 0 else b""
    if len(raw_tag) > _TAG_BYTES or _tag_size(raw_tag) != len(raw_tag):
        raise FrameError(f"{tag:#x} is no tag")
    return raw_tag + _encode_length(len(value)) + value


def decode(buffer: bytes, max_length: int = MAX_LENGTH) -> tuple[Tlv | None, bytes]:
    """Take one data object off the front; return it and the rest, or (None, buffer) for more.

    Raises:
        FrameError: no data object begins like this, or its value is longer than `max_length`.
    """
    size = _head(buffer, max_length)
    if size is None or len(buffer) < sum(size):
        return None, buffer
    start, length = size
    tag = int.from_bytes(buffer[: _tag_size(buffer)])
    return Tlv(tag, buffer[start : start + length]), buffer[start + length :]


def whole_size(buffer: bytes, max_length: int = MAX_LENGTH) -> int | None:
    """Return how many bytes the data object at the front has, head included; None for more.

    Raises:
        FrameError: as `decode`.

    >>> whole_size(bytes.fromhex("61 5B 5F1F"))
    93
    """
    size = _head(buffer, max_length)
    return sum(size) if size is not None else None


def decode_all(value: bytes, *, max_items: int = MAX_ITEMS) -> tuple[Tlv, ...]:
    """Return the data objects that are the whole of `value`, one level deep.

    Raises:
        FrameError: it ends inside one, or holds more than `max_items`.
    """
    items: list[Tlv] = []
    rest = value
    while rest:
        if len(items) == max_items:
            raise FrameError(f"more than {max_items} data objects")
        item, rest = decode(rest, max_length=len(rest))
        if item is None:
            raise FrameError(f"the last of {len(items) + 1} data objects is cut short")
        items.append(item)
    return tuple(items)


def decode_one(value: bytes, tag: int, max_length: int = MAX_LENGTH) -> bytes:
    """Return the value of the one data object `tag` that is the whole of `value`.

    Raises:
        FrameError: it is cut short, another one, or followed by something.
    """
    item, rest = decode(value, max_length)
    if item is None:
        raise FrameError(f"{tag:#x} is cut short after {len(value)} bytes")
    if item.tag != tag:
        raise FrameError(f"{item.tag:#x} stands where {tag:#x} should")
    if rest:
        raise FrameError(f"{len(rest)} bytes follow {tag:#x}")
    return item.value


def find(items: Iterable[Tlv], tag: int) -> bytes | None:
    """Return the value of the first data object `tag`; None when there is none."""
    return next((item.value for item in items if item.tag == tag), None)


def _head(buffer: bytes, max_length: int) -> tuple[int, int] | None:
    """Return where the value begins and how long it is; None when more bytes are needed."""
    tag_size = _tag_size(buffer)
    if tag_size is None or len(buffer) <= tag_size:
        return None
    first = buffer[tag_size]
    start = tag_size + 1 + (first & 0x7F if first & 0x80 else 0)
    if first == 0x80 or start - tag_size - 1 > _LENGTH_BYTES:
        raise FrameError(f"length byte {first:#04x}")
    if len(buffer) < start:
        return None
    length = int.from_bytes(buffer[tag_size + 1 : start]) if first & 0x80 else first
    if length > max_length:
        raise FrameError(f"a value of {length} bytes, {max_length} are allowed")
    return start, length


def _tag_size(buffer: bytes) -> int | None:
    """Return how many bytes the tag at the front has; None when more are needed."""
    if not buffer:
        return None
    if buffer[0] == 0:
        raise FrameError("tag 0x00")
    if buffer[0] & 0x1F != 0x1F:
        return 1
    for size in range(2, _TAG_BYTES + 1):
        if len(buffer) < size:
            return None
        if not buffer[size - 1] & 0x80:
            return size
    raise FrameError(f"a tag of more than {_TAG_BYTES} bytes")


def _encode_length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    raw = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([0x80 | len(raw)]) + raw
