"""Enrolled face templates on disk, each sealed under the gate's data key.

    file name   SHA-256, in hex, of the names' salt and the registration
    content     "EGT1", nonce (12 bytes), AES-256-GCM of the template (tag last)

The names' salt and the contents' key are drawn from the data key, so a stolen folder tells
neither who is enrolled nor what they look like. The file name is authenticated with the content:
a template moved to another person's name is refused. This store does not know what is in a
template, nor whether a permit names it: compare digest(template) with the permit's.

Source: research/mrz_qr.md section 6 (a permit carries 16 bytes of the template's SHA-256);
NIST SP 800-38D 8.2 (96-bit nonce); RFC 5869 (keys from the data key).
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from egate.registry.durable import sync, unfinished, write_durably

LIMIT: Final = 4096  # bytes of one template; 128 numbers of four bytes are 512
MAGIC: Final = b"EGT1"
NONCE: Final = 12
SEALED_LIMIT: Final = len(MAGIC) + NONCE + LIMIT + 16


class TemplateError(Exception):
    """A template could not be kept or given; the message names no person."""


class TemplateMissing(TemplateError):
    """Nobody with this registration is enrolled here."""


class TemplateSpoilt(TemplateError):
    """The file is no template of this person under this gate's key; nothing of it may be used."""


class TemplateStoreFailed(TemplateError):
    """The disk refused; what stood under this registration before still stands."""


def digest(template: bytes) -> bytes:
    """Return the 16 bytes by which a permit names its template."""
    return sha256(template).digest()[:16]


class TemplateStore:
    """The templates in one folder, which is made when the first is put; `random` gives nonces."""

    def __init__(self, folder: Path, data_key: bytes, random: Callable[[int], bytes]) -> None:
        self._folder = folder
        self._salt = _derived(data_key, b"egate template names")
        self._cipher = AESGCM(_derived(data_key, b"egate template contents"))
        self._random = random

    def put(self, registration: str, template: bytes) -> None:
        """Keep this template, in place of an older one; it is on disk when this returns.

        Raises:
            ValueError: the template is empty or longer than LIMIT; nothing was changed.
            TemplateStoreFailed: what stood there before still stands.
        """
        if not 0 < len(template) <= LIMIT:
            raise ValueError(f"a template of {len(template)} bytes, 1 to {LIMIT} are allowed")
        path = self._path(registration)
        nonce = self._random(NONCE)
        sealed = self._cipher.encrypt(nonce, template, MAGIC + path.name.encode())
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(path, MAGIC + nonce + sealed)
        except OSError as error:
            raise TemplateStoreFailed(f"cannot write a template: {error.strerror}") from None

    def get(self, registration: str) -> bytes:
        """Return the template of this registration.

        Raises:
            TemplateMissing, TemplateSpoilt, TemplateStoreFailed: there is none to use.
        """
        path = self._path(registration)
        try:
            with path.open("rb") as file:
                stored = file.read(SEALED_LIMIT + 1)
        except FileNotFoundError:
            raise TemplateMissing("no template is enrolled") from None
        except OSError as error:
            raise TemplateStoreFailed(f"cannot read a template: {error.strerror}") from None
        nonce, sealed = stored[len(MAGIC) : len(MAGIC) + NONCE], stored[len(MAGIC) + NONCE :]
        if not stored.startswith(MAGIC) or len(stored) > SEALED_LIMIT or len(sealed) <= 16:
            raise TemplateSpoilt(f"a file of {len(stored)} bytes is no template")
        try:
            return self._cipher.decrypt(nonce, sealed, MAGIC + path.name.encode())
        except InvalidTag:
            raise TemplateSpoilt(
                "a template was changed, moved or sealed to another gate"
            ) from None

    def remove(self, registration: str) -> None:
        """Forget this registration; repeatable.

        Raises:
            TemplateStoreFailed: the template may still stand.
        """
        path = self._path(registration)
        try:
            for one in (path, unfinished(path)):
                one.unlink(missing_ok=True)
            if self._folder.exists():
                sync(self._folder)
        except OSError as error:
            raise TemplateStoreFailed(f"cannot remove a template: {error.strerror}") from None

    def _path(self, registration: str) -> Path:
        return self._folder / sha256(self._salt + registration.encode()).hexdigest()


def _derived(data_key: bytes, purpose: bytes) -> bytes:
    if len(data_key) != 32:
        raise ValueError(f"a data key of {len(data_key)} bytes, 32 are needed")
    return HKDF(SHA256(), length=32, salt=None, info=purpose).derive(data_key)
