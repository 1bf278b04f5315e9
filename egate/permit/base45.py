"""Base45: bytes as text of the QR code's alphanumeric set, two bytes in three characters.

Strict: one text for one byte string; anything else is refused, never repaired.

Source: RFC 9285 sections 4 and 6 (a triplet over 65535 or a pair over 255 is refused).
"""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"  # RFC 9285 Table 1
VALUES = {character: value for value, character in enumerate(ALPHABET)}


class Base45Error(Exception):
    """This text is no base45; `reason` is a code, never the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encode(raw: bytes) -> str:
    """Return `raw` as base45.

    >>> encode(b"base-45")
    'UJCLQE7W581'
    """
    text = []
    for start in range(0, len(raw), 2):
        pair = raw[start : start + 2]
        rest = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            rest, value = divmod(rest, 45)
            text.append(ALPHABET[value])
    return "".join(text)


def decode(text: str) -> bytes:
    """Return the bytes that `text` stands for.

    Raises:
        Base45Error: `hostile_characters`; `truncated` (the last group is no whole one);
            `bad_structure` (a group over its largest number).

    >>> decode("QED8WEX0")
    b'ietf!'
    """
    try:
        values = [VALUES[character] for character in text]
    except KeyError:
        raise Base45Error("hostile_characters") from None
    if len(values) % 3 == 1:
        raise Base45Error("truncated")
    raw = bytearray()
    for start in range(0, len(values), 3):
        group = values[start : start + 3]
        number = sum(value * 45**place for place, value in enumerate(group))
        size = len(group) - 1
        if number >= 1 << (8 * size):
            raise Base45Error("bad_structure" if size == 2 else "truncated")
        raw += number.to_bytes(size)
    return bytes(raw)
