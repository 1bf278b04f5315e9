"""Personal fields, sealed so that a day of them can be forgotten by dropping one key.

    day key        256 random bits, only in the key file, one for each UTC day
      wraps        passage key, 256 random bits, never on disk in clear (RFC 3394)
        seals      the personal fields of one record (AES-256-GCM), bound to the record's place

The tree of the journal covers the sealed form, so it still verifies when the key is gone.
What flash memory keeps of an old key file is outside our reach: put the file on a volume
that is itself encrypted.

Source: research/fleet_ops.md 2.3; NIST SP 800-38D (GCM); RFC 3394 (AES key wrap).
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import fcntl
import json
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from egate.domain.record import Entry, EntryKind
from egate.journal.key_file import KeyFileError, Random, open_lock, read_private, write_atomically

KEY_BYTES = 32
NONCE_BYTES = 12


class Erased(Exception):
    """The key of that day is gone, and with it the personal fields."""


class EnvelopeError(Exception):
    """The envelope was changed, or belongs to another record."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Personal fields as they stand on disk; `day` names the key that wraps `wrapped_key`."""

    day: str
    wrapped_key: bytes
    nonce: bytes
    box: bytes


def day_of(at_utc_s: float) -> str:
    """Return the UTC day of an instant, which is the name of its key.

    >>> day_of(0.0)
    '1970-01-01'
    """
    return datetime.fromtimestamp(at_utc_s, UTC).date().isoformat()


class DayKeys:
    """The day keys in their file, shared safely with whoever erases a day meanwhile.

    A lock file beside it orders the writers; a key once dropped is never written back.
    """

    def __init__(self, path: Path, random: Random) -> None:
        self._path = path
        self._random = random
        self._keys: dict[str, bytes] = {}
        self._seen: tuple[int, int, int] | None = None

    def days(self) -> tuple[str, ...]:
        """Return the days that can still be opened, oldest first.

        Raises:
            KeyFileError: the file is there and unusable.
        """
        return tuple(sorted(self._read()))

    def key(self, day: str) -> bytes | None:
        """Return the key of that day, or None when it is gone or never was.

        Raises:
            KeyFileError: the file is there and unusable.
        """
        return self._read().get(day)

    def key_or_new(self, day: str) -> bytes:
        """Return the key of that day; a new one is on disk before this returns.

        Raises:
            KeyFileError: there is no key and none could be made durable.
        """
        known = self.key(day)
        if known is not None:
            return known
        with self._writing() as keys:
            keys.setdefault(day, self._random(KEY_BYTES))
        return self._read()[day]

    def erase(self, day: str) -> bool:
        """Drop the key of that day; say whether there was one.

        Raises:
            KeyFileError: nothing was erased.
        """
        with self._writing() as keys:
            return keys.pop(day, None) is not None

    @contextmanager
    def _writing(self) -> Iterator[dict[str, bytes]]:
        with _locked(self._path):
            self._seen = None
            keys = dict(self._read())
            before = dict(keys)
            yield keys
            if keys != before:
                write_atomically(self._path, _encode_keys(keys))

    def _read(self) -> Mapping[str, bytes]:
        seen = _identity(self._path)
        if seen is None:
            self._keys = {}
        elif seen != self._seen:
            self._keys = _decode_keys(read_private(self._path), self._path.name)
        self._seen = seen
        return self._keys


class Sealer:
    """Seals the personal fields of records, one key a passage."""

    def __init__(self, day_keys: DayKeys, random: Random) -> None:
        self._day_keys = day_keys
        self._random = random
        self._passage: int | None = None
        self._key: tuple[str, bytes, bytes] | None = None

    def seal(self, entry: Entry, place: str) -> Envelope | None:
        """Seal the entry's personal fields to their place; None when it has none.

        Raises:
            KeyFileError: the key of the day could not be made durable.
        """
        envelope = self._sealed(entry, place) if entry.personal else None
        if entry.kind is EntryKind.PASSAGE_ENDED:
            self._passage = self._key = None
        return envelope

    def _sealed(self, entry: Entry, place: str) -> Envelope:
        if self._key is None or entry.passage is None or entry.passage != self._passage:
            self._passage, self._key = entry.passage, self._new_key(day_of(entry.at_utc_s))
        day, key, wrapped = self._key
        nonce = self._random(NONCE_BYTES)
        fields = json.dumps(dict(entry.personal), sort_keys=True).encode()
        return Envelope(day, wrapped, nonce, AESGCM(key).encrypt(nonce, fields, place.encode()))

    def _new_key(self, day: str) -> tuple[str, bytes, bytes]:
        key = self._random(KEY_BYTES)
        return day, key, aes_key_wrap(self._day_keys.key_or_new(day), key)


def unseal(envelope: Envelope, day_keys: DayKeys, place: str) -> Mapping[str, str]:
    """Open an envelope at the place it was sealed to.

    Raises:
        Erased: the key of its day is gone.
        EnvelopeError: it was changed or moved.
        KeyFileError: the key file is unusable.
    """
    day_key = day_keys.key(envelope.day)
    if day_key is None:
        raise Erased(f"the key of {envelope.day} is gone")
    try:
        key = aes_key_unwrap(day_key, envelope.wrapped_key)
    except InvalidUnwrap as error:  # sealed under a key of the same day that was erased
        raise Erased(f"the key of {envelope.day} is gone") from error
    try:
        fields = AESGCM(key).decrypt(envelope.nonce, envelope.box, place.encode())
    except InvalidTag as error:
        raise EnvelopeError("the sealed fields are not as they were written here") from error
    opened: Mapping[str, str] = json.loads(fields)
    return opened


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        lock = open_lock(path)
    except OSError as error:
        raise KeyFileError(f"{path.name}.lock: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error
    return found.st_ino, found.st_mtime_ns, found.st_size


def _encode_keys(keys: Mapping[str, bytes]) -> bytes:
    named = {day: b64encode(key).decode() for day, key in sorted(keys.items())}
    return json.dumps({"format": 1, "day_keys": named}, indent=1).encode() + b"\n"


def _decode_keys(content: bytes, name: str) -> dict[str, bytes]:
    try:
        held = json.loads(content)
        keys = {day: b64decode(key, validate=True) for day, key in held["day_keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause is left out: a decoder's message could quote a key.
        raise KeyFileError(f"{name} holds no day keys") from None
    if held.get("format") != 1 or any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeyFileError(f"{name} holds no day keys of a form this version knows")
    return keys
