"""Enrolled templates of one kind on disk, each under a key of its own person.

    file            content                                              NAME: SHA-256, in hex, of
    NAME            "EGT2", nonce 12, AES-256-GCM of (instant, template)    the names' salt and the
    keys/NAME       "EGK2", nonce 12, AES-256-GCM of (data key, who)        registration

`who` is the registration, the instant the whole second of enrolment. The first is sealed under
the person's data key and bound to kind and registration, the second under the registry's key and
bound to the kind. A stolen folder tells neither who is enrolled nor what they look like; a file
moved to another person or to another kind is refused.

Whoever is removed loses the key first: its file is written over, then unlinked, so that neither
the folder, nor a copy of the templates made earlier, nor what the disk still holds of both opens
again. What no program can promise is flash that keeps a written-over block, or a copy somebody
made of `keys/`: keep copies of the templates without it, and export (egate.registry.bundle) to
move people.

While a registry changes its key (egate.registry.rekeying) there are two, and so two names of one
person. The newer seals; what is not under it yet is still read under the older.

This store does not know what is in a template, nor whether a permit names it: compare
digest(template) with the permit's.

Source: research/mrz_qr.md section 6 (a permit carries 16 bytes of the template's SHA-256);
research/fleet_ops.md 2.3 (erasing is dropping a key, tried on raw files); NIST SP 800-38D 8.2
(96-bit nonce); RFC 5869 (keys from the registry's key).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
import os
from pathlib import Path
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from egate.registry.durable import sync, unfinished, wipe, write_durably

LONGEST_WHO: Final = 128  # bytes of a registration; a permit's has 32 characters
MAGIC: Final = b"EGT2"
KEY_MAGIC: Final = b"EGK2"
NONCE: Final = 12
TAG: Final = 16
INSTANT: Final = 8
DATA_KEY: Final = 32
KEYS: Final = "keys"
MOVING: Final = "moving"  # while some are under one key and some under another
LONGEST_KEY: Final = len(KEY_MAGIC) + NONCE + DATA_KEY + LONGEST_WHO + TAG
MOST_TRIED: Final = 16
NAME: Final = re.compile(r"[0-9a-f]{64}")


class Kind(StrEnum):
    """What a store holds of people."""

    FACE = "face"
    FINGER = "finger"


# Bytes of one record: 128 numbers of four bytes are 512; two fingers have up to 4102.
LIMITS: Final = {Kind.FACE: 4096, Kind.FINGER: 4102}


class TemplateError(Exception):
    """A template could not be kept or given; the message names no person."""


class TemplateMissing(TemplateError):
    """Nobody with this registration is enrolled here."""


class TemplateSpoilt(TemplateError):
    """The file is no template of this person under this registry's key; nothing of it is used."""


class TemplateStoreFailed(TemplateError):
    """The disk refused; what stood under this registration before still stands."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who has a template here, and since when (whole seconds of the Unix epoch)."""

    registration: str = field(repr=False)
    since_utc_s: int


def digest(template: bytes) -> bytes:
    """Return the 16 bytes by which a permit names its template."""
    return sha256(template).digest()[:16]


class _Under:
    """One registry key: what it calls people, and what opens the keys that it wraps."""

    def __init__(self, registry_key: bytes, kind: Kind) -> None:
        self._salt = _derived(registry_key, f"egate {kind} names")
        self.cipher = AESGCM(_derived(registry_key, f"egate {kind} keys"))

    def name(self, registration: str) -> str:
        return sha256(self._salt + registration.encode()).hexdigest()


class TemplateStore:
    """The templates of one kind in one folder, made when the first is put; `random` gives nonces.

    `registry_keys`: the first seals and opens; one behind it only opens. Where root enrols, the
    files belong to whoever owns the folder: the host that reads them.
    """

    def __init__(
        self,
        folder: Path,
        kind: Kind,
        registry_keys: Sequence[bytes],
        random: Callable[[int], bytes],
    ) -> None:
        self._folder = folder
        self._kind = kind
        self._under = tuple(_Under(key, kind) for key in registry_keys)
        self._random = random

    def put(self, registration: str, template: bytes, at_utc_s: int = 0) -> None:
        """Keep this template, in place of an older one; it is on disk when this returns.

        Raises:
            ValueError: the template is empty or longer than its kind's limit, or the
                registration is no text of 1 to LONGEST_WHO bytes; nothing was changed.
            TemplateStoreFailed: what stood there before still stands.
        """
        limit = LIMITS[self._kind]
        if not 0 < len(template) <= limit:
            raise ValueError(f"a template of {len(template)} bytes, 1 to {limit} are allowed")
        if not 0 < len(registration.encode()) <= LONGEST_WHO:
            raise ValueError(f"a registration has 1 to {LONGEST_WHO} bytes")
        name = self._under[0].name(registration)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / KEYS).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise TemplateStoreFailed(f"cannot write a template: {error.strerror}") from None
        try:
            data_key = self._key_of(registration, self._under[0])
        except (TemplateMissing, TemplateSpoilt):
            data_key = self._random(DATA_KEY)
            cipher, content = self._under[0].cipher, data_key + registration.encode()
            key = self._sealed(cipher, KEY_MAGIC, content, name)
            self._write(self._folder / KEYS / name, key)
        content = at_utc_s.to_bytes(INSTANT, "big") + template
        sealed = self._sealed(AESGCM(data_key), MAGIC, content, registration)
        self._write(self._folder / name, sealed)
        if older := [under.name(registration) for under in self._under[1:]]:
            self._wipe_all(older)

    def get(self, registration: str) -> bytes:
        """Return the template of this registration.

        Raises:
            TemplateMissing, TemplateSpoilt, TemplateStoreFailed: there is none to use.
        """
        return self._content(registration)[INSTANT:]

    def since_utc_s(self, registration: str) -> int:
        """Return when it was enrolled; raises as `get`."""
        return int.from_bytes(self._content(registration)[:INSTANT], "big")

    def has(self, registration: str) -> bool:
        """Say whether a key or a template of this registration stands here, spoilt or not."""
        names = [under.name(registration) for under in self._under]
        folders = (self._folder / KEYS, self._folder)
        return any((folder / name).exists() for folder in folders for name in names)

    def enrolled(self) -> Iterator[Enrolled]:
        """Yield everybody who can be read here, in the order of their names' digests.

        Raises:
            TemplateStoreFailed: the folder cannot be read.
        """
        found = (self._enrolled(name) for name in self.names())
        return (one for one in found if one is not None)

    def unreadable(self) -> int:
        """Return how many entries do not open; one that is being removed is none any more.

        Raises:
            TemplateStoreFailed: the folder cannot be read.
        """
        shut = [name for name in self.names() if self._enrolled(name) is None]
        return sum(not self._is_wiped(name) for name in shut)

    def is_ours(self) -> bool:
        """Say whether nobody is enrolled here, or somebody whom this registry's key opens.

        Under another key everybody looks as if they were not enrolled, and so do some to a program
        that knows the former key only while it is being changed.

        Raises:
            TemplateStoreFailed: the folder cannot be read.
        """
        if len(self._under) == 1 and (self._folder / MOVING).exists():
            return False
        names = self.names()[:MOST_TRIED]
        return not names or any(self._opens(name) for name in names)

    def others(self, registration: str, below: Callable[[int], int]) -> Iterator[bytes]:
        """Yield other people's templates, whoever can be read, from a place that `below` draws.

        Raises:
            TemplateStoreFailed: the folder cannot be read.
        """
        names = self.names()
        first = below(len(names)) if names else 0
        for name in (*names[first:], *names[:first]):
            try:
                other = self._opened_key(name)[DATA_KEY:].decode()
                if other != registration:
                    yield self.get(other)
            except (TemplateMissing, TemplateSpoilt):
                continue

    def names(self) -> tuple[str, ...]:
        """Return the file name of everybody for whom a key stands here, spoilt ones too.

        Raises:
            TemplateStoreFailed: the folder cannot be read.
        """
        try:
            with os.scandir(self._folder / KEYS) as found:
                return tuple(sorted(one.name for one in found if NAME.fullmatch(one.name)))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise TemplateStoreFailed(f"cannot read the templates: {error.strerror}") from None

    def remove(self, registration: str) -> None:
        """Forget this registration, its key first; repeatable.

        Raises:
            TemplateStoreFailed: the template may still stand.
        """
        for under in self._under:
            self._wipe_all([under.name(registration)])

    def move_under_the_first(self) -> int:
        """Seal everybody anew under the first key, one by one; return how many there are.

        Each has a new key of their own. Whatever is under no name of the first key afterwards is
        written over. Where it stops, everybody still opens under one key or the other, and the
        next call goes on.

        Raises:
            TemplateSpoilt: somebody opens under neither key; what is left stays as it is.
            TemplateStoreFailed: the disk refused.
        """
        first = self._under[0]
        if not self.names():
            return 0
        self._write(self._folder / MOVING, b"")
        for name in self.names():
            if self._is_wiped(name):
                self._wipe_all([name])
                continue
            registration = self._opened_key(name)[DATA_KEY:].decode()
            if name == first.name(registration):
                continue
            with suppress(TemplateMissing):  # a key whose template never came, or is gone again
                content = self._content(registration)
                self.put(registration, content[INSTANT:], int.from_bytes(content[:INSTANT], "big"))
            self._wipe_all([name])
        kept = set(self.names())
        self._wipe_all(sorted(self._other_files(kept)))
        self._wipe_all([MOVING])
        return len(kept)

    def _other_files(self, kept: set[str]) -> set[str]:
        """Return the names of ours, finished or not, that are none of these."""
        found: set[str] = set()
        for folder in (self._folder / KEYS, self._folder):
            paths = folder.iterdir() if folder.exists() else ()
            found |= {one.stem for one in paths if NAME.fullmatch(one.stem)}
        return found - kept

    def _wipe_all(self, names: Sequence[str]) -> None:
        """Write over what stands under these names, keys first, and take the names away."""
        try:
            for folder in (self._folder / KEYS, self._folder):
                for name in names:
                    wipe(folder / name)
                    wipe(unfinished(folder / name))
                if folder.exists():
                    sync(folder)
        except OSError as error:
            raise TemplateStoreFailed(f"cannot remove a template: {error.strerror}") from None

    def _enrolled(self, name: str) -> Enrolled | None:
        try:
            registration = self._opened_key(name)[DATA_KEY:].decode()
            return Enrolled(registration, self.since_utc_s(registration))
        except (TemplateMissing, TemplateSpoilt):
            return None

    def _is_wiped(self, name: str) -> bool:
        """Say whether a key was written over and kept its name: whoever did it was stopped."""
        try:
            with (self._folder / KEYS / name).open("rb") as file:
                return not file.read(LONGEST_KEY).strip(b"\0")
        except OSError:
            return False

    def _opens(self, name: str) -> bool:
        try:
            self._opened_key(name)
        except (TemplateMissing, TemplateSpoilt):
            return False
        return True

    def _content(self, registration: str) -> bytes:
        """Return instant and template, under an older key only while none is under the newer.

        The newer is asked again: between the two looks it may have been moved there.
        """
        first, *older = self._under
        for under in (first, *older):
            with suppress(TemplateMissing):
                return self._content_under(registration, under)
        return self._content_under(registration, first)

    def _content_under(self, registration: str, under: _Under) -> bytes:
        data_key = self._key_of(registration, under)
        path = self._folder / under.name(registration)
        stored = _stored(path, MAGIC, INSTANT + LIMITS[self._kind])
        return self._opened(AESGCM(data_key), stored, registration)

    def _key_of(self, registration: str, under: _Under) -> bytes:
        opened = self._opened_key(under.name(registration))
        if opened[DATA_KEY:] != registration.encode():
            raise TemplateSpoilt("a key is another person's")
        return opened[:DATA_KEY]

    def _opened_key(self, name: str) -> bytes:
        """Return data key and registration."""
        stored = _stored(self._folder / KEYS / name, KEY_MAGIC, DATA_KEY + LONGEST_WHO)
        for under in self._under[:-1]:
            with suppress(TemplateSpoilt):
                return self._opened(under.cipher, stored, name)
        return self._opened(self._under[-1].cipher, stored, name)

    def _sealed(self, cipher: AESGCM, magic: bytes, content: bytes, bound_to: str) -> bytes:
        nonce = self._random(NONCE)
        return magic + nonce + cipher.encrypt(nonce, content, self._bound(magic, bound_to))

    def _opened(self, cipher: AESGCM, stored: bytes, bound_to: str) -> bytes:
        magic, nonce = stored[: len(MAGIC)], stored[len(MAGIC) : len(MAGIC) + NONCE]
        try:
            return cipher.decrypt(nonce, stored[len(MAGIC) + NONCE :], self._bound(magic, bound_to))
        except InvalidTag:
            what = "a template was changed, moved or sealed under another key"
            raise TemplateSpoilt(what) from None

    def _bound(self, magic: bytes, bound_to: str) -> bytes:
        return magic + self._kind.encode() + b"\0" + bound_to.encode()

    def _write(self, path: Path, content: bytes) -> None:
        try:
            write_durably(path, content)
            owner = self._folder.stat()
            if os.geteuid() == 0:
                for one in (path.parent, path):
                    os.chown(one, owner.st_uid, owner.st_gid)
        except OSError as error:
            raise TemplateStoreFailed(f"cannot write a template: {error.strerror}") from None


def _stored(path: Path, magic: bytes, most: int) -> bytes:
    """Return what a file holds, its length and first bytes as they must be."""
    longest = len(magic) + NONCE + most + TAG
    try:
        with path.open("rb") as file:
            stored = file.read(longest + 1)
    except FileNotFoundError:
        raise TemplateMissing("no template is enrolled") from None
    except OSError as error:
        raise TemplateStoreFailed(f"cannot read a template: {error.strerror}") from None
    if not stored.startswith(magic) or not len(magic) + NONCE + TAG < len(stored) <= longest:
        raise TemplateSpoilt(f"a file of {len(stored)} bytes is no template")
    return stored


def _derived(registry_key: bytes, purpose: str) -> bytes:
    if len(registry_key) != 32:
        raise ValueError(f"a registry key of {len(registry_key)} bytes, 32 are needed")
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(registry_key)
