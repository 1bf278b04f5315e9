"""C40: the text of a visible digital seal, three characters in two bytes, both directions.

    a pair of bytes   1600 a + 40 b + c + 1, each of a, b, c a character's value
    values            3 a filler (the standard writes a space for it), 4..13 0-9, 14..39 A-Z
    end of the text   two characters left: a pair with c = 0
                      one character left:  FE, and the character's ASCII code plus one

The shifts to other characters (values 0, 1 and 2) are not spoken: a seal has no use for them.

Source: ICAO 9303-13, 2.2 and appendix (C40); ISO/IEC 16022, 5.2.5 and 5.2.7.
"""

from typing import Final

FILLER: Final = "<"
ALPHABET: Final = FILLER + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST: Final = 3  # the value of the first of them
_UNLATCH: Final = 0xFE
_PAD: Final = 0


class C40Error(Exception):
    """These bytes are no C40, or this text has none; what they hold is never shown."""


def encode(text: str) -> bytes:
    """Return a text of A-Z, 0-9 and fillers (or spaces) as C40.

    Raises:
        C40Error: it holds another character.

    >>> encode("VISA01").hex().upper()
    'DE515826'
    """
    values = [_value(character) for character in text.replace(" ", FILLER)]
    raw = bytearray()
    for at in range(0, len(values) - 1, 3):
        first, second, third = [*values[at : at + 3], _PAD][:3]
        raw += (1600 * first + 40 * second + third + 1).to_bytes(2)
    if len(values) % 3 == 1:
        last = text[-1].replace(FILLER, " ")
        raw += bytes((_UNLATCH, ord(last) + 1))
    return bytes(raw)


def decode(raw: bytes) -> str:
    """Return the text that C40 bytes are, spaces as fillers.

    Raises:
        C40Error: they are none.

    >>> decode(bytes.fromhex("DE515826"))
    'VISA01'
    """
    if len(raw) % 2:
        raise C40Error("an odd number of bytes")
    pairs = [raw[at : at + 2] for at in range(0, len(raw), 2)]
    text = "".join(_triple(pair) for pair in pairs[:-1])
    if any(len(_triple(pair)) != 3 for pair in pairs[:-1]):
        raise C40Error("a text that ends before its bytes do")
    return text + (_last(pairs[-1]) if pairs else "")


def encoded_bytes(characters: int) -> int:
    """Return how many bytes a text of so many characters takes.

    >>> [encoded_bytes(size) for size in (1, 2, 3, 4)]
    [2, 2, 2, 4]
    """
    return 2 * -(-characters // 3)


def _value(character: str) -> int:
    place = ALPHABET.find(character)
    if place < 0:
        raise C40Error("a character that a seal does not write")
    return place + _FIRST


def _last(pair: bytes) -> str:
    """Read the last pair, which may be a character by itself."""
    if pair[0] != _UNLATCH:
        return _triple(pair)
    character = chr(pair[1] - 1).replace(" ", FILLER) if pair[1] else ""
    if not character or character not in ALPHABET:
        raise C40Error("a character that a seal does not write")
    return character


def _triple(pair: bytes) -> str:
    """Read a pair: three characters, or two and a pad."""
    number = int.from_bytes(pair) - 1
    if not 0 <= number < 40 * 1600:
        raise C40Error("a pair of bytes that stands for nothing")
    values = [number // 1600, number // 40 % 40, number % 40]
    if values[2] == _PAD:
        del values[2]
    if any(value < _FIRST for value in values):
        raise C40Error("a shift to other characters")
    return "".join(ALPHABET[value - _FIRST] for value in values)
