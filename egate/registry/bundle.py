"""Residents on their way to another gate: one file, sealed under a passphrase.

    "EGB1", salt 16, nonce 12, AES-256-GCM of a JSON object, its key scrypt(passphrase, salt)

    {"residents": [{"registration": "...",
                    "templates": {"face": {"since_utc_s": 0, "data": "base64"}}}]}

The cost of scrypt is fixed here and not in the file, so that no file can ask for more. The
passphrase goes another way than the file.

Source: RFC 7914 section 2 (scrypt; n = 2^16, r = 8 wants 64 MB and a fifth of a second);
NIST SP 800-38D.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
import json
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from egate.registry.residents import Record
from egate.registry.templates import LIMITS, LONGEST_WHO, Kind

MAGIC: Final = b"EGB1"
SALT: Final = 16
NONCE: Final = 12
HEAD: Final = len(MAGIC) + SALT + NONCE
TAG: Final = 16
MAX_BUNDLE: Final = 64 << 20
MOST_PEOPLE: Final = 10_000
LEAST_PASSPHRASE: Final = 12
LONGEST_PASSPHRASE: Final = 1024
MAX_UTC_S: Final = 1 << 40


class BundleRefused(Exception):
    """This file is no bundle, was changed, or the passphrase is another; nothing was taken."""


def seal(records: Sequence[Record], passphrase: str, random: Callable[[int], bytes]) -> bytes:
    """Return the bundle of these people.

    Raises:
        ValueError: too many people, or a passphrase that is too short or too long.
    """
    if len(records) > MOST_PEOPLE:
        raise ValueError(f"a bundle holds at most {MOST_PEOPLE} people")
    body = json.dumps({"residents": [_fields(one) for one in records]}).encode()
    salt, nonce = random(SALT), random(NONCE)
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, body, MAGIC + salt)


def open_bundle(raw: bytes, passphrase: str) -> tuple[Record, ...]:
    """Return the people in a bundle, all of them or none.

    Raises:
        BundleRefused: it is no bundle, was changed, or the passphrase is another.
        ValueError: a passphrase that is too short or too long.
    """
    if not raw.startswith(MAGIC) or not HEAD + TAG <= len(raw) <= MAX_BUNDLE:
        raise BundleRefused("it is no bundle of residents")
    salt, nonce = raw[len(MAGIC) : len(MAGIC) + SALT], raw[HEAD - NONCE : HEAD]
    try:
        body = AESGCM(_key(passphrase, salt)).decrypt(nonce, raw[HEAD:], MAGIC + salt)
    except InvalidTag:
        raise BundleRefused("the passphrase is another, or the file was changed") from None
    try:
        told = json.loads(body)["residents"]
        if len(told) > MOST_PEOPLE:
            raise BundleRefused(f"it holds more than {MOST_PEOPLE} people")
        return tuple(_record(one) for one in told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise BundleRefused("what is in it are no residents") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    if not LEAST_PASSPHRASE <= len(passphrase) <= LONGEST_PASSPHRASE:
        raise ValueError(f"a passphrase has {LEAST_PASSPHRASE} to {LONGEST_PASSPHRASE} characters")
    return Scrypt(salt=salt, length=32, n=1 << 16, r=8, p=1).derive(passphrase.encode())


def _fields(record: Record) -> dict[str, object]:
    return {
        "registration": record.registration,
        "templates": {
            kind.value: {
                "since_utc_s": record.since_utc_s[kind],
                "data": base64.b64encode(template).decode(),
            }
            for kind, template in record.templates.items()
        },
    }


def _record(fields: dict[str, object]) -> Record:
    """Read one person; anything that is not as `_fields` writes it raises one of the usual."""
    registration, templates = fields["registration"], fields["templates"]
    if not isinstance(registration, str) or not isinstance(templates, dict) or not templates:
        raise TypeError
    if not 0 < len(registration.encode()) <= LONGEST_WHO:
        raise ValueError
    data = {Kind(name): _template(Kind(name), one["data"]) for name, one in templates.items()}
    since = {Kind(name): _instant(one["since_utc_s"]) for name, one in templates.items()}
    return Record(registration, data, since)


def _template(kind: Kind, text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if not 0 < len(data) <= LIMITS[kind]:
        raise ValueError
    return data


def _instant(value: object) -> int:
    if type(value) is not int or not 0 <= value < MAX_UTC_S:
        raise TypeError
    return value
