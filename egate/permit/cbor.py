"""The little of CBOR a permit may hold, read strictly: one encoding for one value.

Read here: unsigned and negative integers of 64 bits, byte strings, text, arrays and maps with
integer keys in ascending order of their bytes, at most four deep. Everything else is refused
before it becomes a value: indefinite lengths, longer heads than needed, doubled or unordered
keys, tags, floats, booleans, bytes left over. cbor2 writes; it does not read, because it turns
tags into dates, patterns and decimals before anybody can refuse them.

Source: RFC 8949 section 3 (heads) and 4.2.1 (core deterministic encoding).
"""

import cbor2

Value = int | bytes | str | list["Value"] | dict[int, "Value"]

MAX_DEPTH = 4
MAX_ITEMS = 32
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP = range(6)


class CborError(Exception):
    """These bytes are not in our subset; `reason` is `truncated` or `bad_structure`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encode(value: Value) -> bytes:
    """Return the one encoding of `value`."""
    return cbor2.dumps(value, canonical=True)


def decode(raw: bytes) -> Value:
    r"""Return the value that is the whole of `raw`.

    Raises:
        CborError: it ends early, or is not in the subset.

    >>> decode(bytes.fromhex("a2 01 43 010203 20 61 61"))
    {1: b'\x01\x02\x03', -1: 'a'}
    """
    value, end = _value(raw, 0, MAX_DEPTH)
    if end != len(raw):
        raise CborError("bad_structure")
    return value


def _value(raw: bytes, at: int, depth: int) -> tuple[Value, int]:
    """Read one value at `at`; return it and where the next begins."""
    kind, number, at = _head(raw, at)
    if kind == UNSIGNED:
        return number, at
    if kind == NEGATIVE:
        return -1 - number, at
    if kind in {BYTES, TEXT}:
        return _string(raw, at, number, is_text=kind == TEXT)
    if kind not in {ARRAY, MAP} or depth == 0 or number > MAX_ITEMS:
        raise CborError("bad_structure")
    return _array(raw, at, number, depth) if kind == ARRAY else _map(raw, at, number, depth)


def _head(raw: bytes, at: int) -> tuple[int, int, int]:
    """Read an initial byte and its argument; return kind, argument and the next place."""
    if at >= len(raw):
        raise CborError("truncated")
    kind, info = divmod(raw[at], 32)
    at += 1
    if info < 24:
        return kind, info, at
    if info > 27:
        raise CborError("bad_structure")
    size = 1 << (info - 24)
    if at + size > len(raw):
        raise CborError("truncated")
    number = int.from_bytes(raw[at : at + size])
    if number < (24 if size == 1 else 1 << (4 * size)):
        raise CborError("bad_structure")  # a shorter head would have done
    return kind, number, at + size


def _string(raw: bytes, at: int, size: int, *, is_text: bool) -> tuple[Value, int]:
    """Read `size` bytes, as they are or as UTF-8."""
    if at + size > len(raw):
        raise CborError("truncated")
    content = raw[at : at + size]
    if not is_text:
        return content, at + size
    try:
        return content.decode(), at + size
    except UnicodeDecodeError:
        raise CborError("bad_structure") from None


def _array(raw: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    """Read `count` values."""
    values: list[Value] = []
    for _ in range(count):
        value, at = _value(raw, at, depth - 1)
        values.append(value)
    return values, at


def _map(raw: bytes, at: int, count: int, depth: int) -> tuple[Value, int]:
    """Read `count` pairs of an integer key and a value; each key's bytes exceed the last's."""
    values: dict[int, Value] = {}
    last = b""
    for _ in range(count):
        start = at
        kind, number, at = _head(raw, at)
        if kind not in {UNSIGNED, NEGATIVE} or raw[start:at] <= last:
            raise CborError("bad_structure")
        last = raw[start:at]
        values[number if kind == UNSIGNED else -1 - number], at = _value(raw, at, depth - 1)
    return values, at
