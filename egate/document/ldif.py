"""LDIF, as the directory of ICAO (PKD) hands out lists, country by country.

    dn: cn=...,o=ml,c=FR,dc=data,...
    pkdMasterListContent:: MIMB1mIGCSqGSIb3DQEHAqCD
     AdZSMIMB1k0CAQMx...                            a line goes on after a blank

Values in base64 are given with their attribute's name, options (`;binary`) taken off; values as
text, comments and the rest are passed over. A file of the PKD has some 100 MB: it is read line by
line, and a value that cannot be read is given as None, so that it can be counted.

Source: RFC 2849; ICAO 9303-12 section 5 (PKD); research/emrtd.md 3.2.
"""

from base64 import b64decode
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

MAX_VALUE: Final = 16_777_216  # bytes; a master list has about a million
MAX_LINE: Final = 4 * MAX_VALUE // 3 + 128
_NAMES: Final = 64


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an attribute; `content` None when it could not be read."""

    attribute: str
    content: bytes | None = field(repr=False)


def values(lines: Iterable[bytes], skipping: frozenset[str] = frozenset()) -> Iterator[Value]:
    """Give every value in base64; those of attributes in `skipping` without content.

    Args:
        lines: of at most MAX_LINE bytes; a longer one may come in parts.
        skipping: names in lower case. They are told, and not decoded.
    """
    for name, parts in _whole(lines):
        if name in skipping or sum(map(len, parts)) > MAX_LINE:
            yield Value(name, None)
            continue
        try:
            yield Value(name, b64decode(b"".join(parts), validate=True))
        except binascii.Error:
            yield Value(name, None)


def _whole(lines: Iterable[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Give the attributes with a value in base64, folded lines put together."""
    name, parts, size = "", [], 0
    for line in lines:
        text = line.rstrip(b"\r\n")
        if line.startswith(b" "):
            if name and size <= MAX_LINE:
                parts.append(text[1:])
                size += len(text)
            continue
        if name:
            yield name, parts
        name, value = _begun(text)
        parts, size = [value], len(value)
    if name:
        yield name, parts


def _begun(text: bytes) -> tuple[str, bytes]:
    """Return the attribute that begins in this line and its value; no name when none does."""
    name, marks, value = text.partition(b"::")
    plain = name.partition(b";")[0]
    if not marks or not 1 <= len(plain) <= _NAMES or not plain.isascii() or b":" in name:
        return "", b""
    return plain.decode("ascii").lower(), value.strip()
