"""The folder an issuer keeps: four keys, the signed lists, and how they are read and written.

    issuer.key     signs permits            issuers.json   whose permits gates take
    issuers.key    signs both lists         issuers.pub    for gates: checks the lists
    gate.key       for gates: opens faces   gate.pub       seals faces
    revoked.json   revoked permits

A real issuer keeps issuers.key and issuer.key on machines of their own; gates get the two
lists, issuers.pub and gate.key. Private keys are created with mode 0600 and nothing that is
there is overwritten; a list is replaced in one step.

Source: DESIGN section 7 (registry); profile settings `[files]` has the same names.
"""

from collections.abc import Callable
from dataclasses import dataclass
import os
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from egate.domain.revocation import Revoked
from egate.permit import issuers as issuers_list
from egate.permit import keys
from egate.permit import revoked as revoked_list
from egate.permit.issuers import MAX_KEYS, IssuerKey, Issuers
from egate.permit.signed_list import MAX_CHARACTERS, ListRefused

Key = TypeVar("Key")

DAY_S = 86_400
REVOKED_MAX_AGE_S = 30 * DAY_S
MAX_KEY_CHARACTERS = 4096
NAMES = (
    "issuer.key",
    "issuers.key",
    "issuers.pub",
    "gate.key",
    "gate.pub",
    "issuers.json",
    "revoked.json",
)


class FolderError(Exception):
    """Something in the folder is missing, in the way or not what it should be, in words."""


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """One issuer's folder."""

    path: Path

    def create(self, issuer: str, now_utc_s: int, days: int) -> Issuers:
        """Make all keys and both lists; the issuer's key and the list last `days`.

        Raises:
            FolderError: one of the files is there already; none was touched.
        """
        there = [name for name in NAMES if (self.path / name).exists()]
        if there:
            raise FolderError(f"{self.path}: {', '.join(there)} is there already; nothing written")
        self.path.mkdir(parents=True, exist_ok=True)
        issuer_key = ec.generate_private_key(ec.SECP256R1())
        list_key, gate_key = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        end_utc_s = now_utc_s + days * DAY_S
        listed = issuers_list.listed(
            [IssuerKey(issuer, issuer_key.public_key(), now_utc_s, end_utc_s)]
        )
        issuers = Issuers(1, now_utc_s, end_utc_s, listed)
        revoked = Revoked(1, now_utc_s, REVOKED_MAX_AGE_S, frozenset())
        for name, key in (
            ("issuer.key", issuer_key),
            ("issuers.key", list_key),
            ("gate.key", gate_key),
        ):
            write_new(self.path / name, keys.private_pem(key).encode(), mode=0o600)
        write_new(self.path / "issuers.pub", keys.public_pem(list_key.public_key()).encode())
        write_new(self.path / "gate.pub", keys.public_pem(gate_key.public_key()).encode())
        self._replace("issuers.json", issuers_list.write(issuers, list_key))
        self._replace("revoked.json", revoked_list.write(revoked, list_key))
        return issuers

    def issuer_key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key that signs permits."""
        return self._key("issuer.key", keys.read_issuer_key)

    def gate_public_key(self) -> X25519PublicKey:
        """Return the key that faces are sealed to."""
        return self._key("gate.pub", keys.read_gate_public_key)

    def issuers(self, now_utc_s: float) -> Issuers:
        """Return the list of issuers in force now."""
        public_key = self._key("issuers.pub", keys.read_list_public_key)
        try:
            return issuers_list.load(self._list("issuers.json"), public_key, now_utc_s)
        except ListRefused as error:
            raise FolderError(f"{self.path / 'issuers.json'}: {error}") from error

    def revoked(self) -> Revoked:
        """Return the list of revoked permits, whatever its age."""
        public_key = self._key("issuers.pub", keys.read_list_public_key)
        try:
            return revoked_list.load(self._list("revoked.json"), public_key)
        except ListRefused as error:
            raise FolderError(f"{self.path / 'revoked.json'}: {error}") from error

    def renew(self, now_utc_s: int, days: int, *, new_key: bool) -> tuple[Issuers, Revoked]:
        """Sign both lists again with the next version; the issuers' list lasts `days` more.

        With `new_key` permits are signed with a key of its own from now on. The old key moves
        to issuer-KEYID.key and stays listed until it expires, so that its permits are taken.
        """
        list_key = self._key("issuers.key", keys.read_list_key)
        public_key = self._key("issuers.pub", keys.read_list_public_key)
        try:
            old = issuers_list.read(self._list("issuers.json"), public_key)
        except ListRefused as error:
            raise FolderError(f"{self.path / 'issuers.json'}: {error}") from error
        end_utc_s = now_utc_s + days * DAY_S
        listed = [key for key in old.keys.values() if now_utc_s < key.not_after_utc_s]
        if len(listed) + new_key > MAX_KEYS:
            raise FolderError(f"{MAX_KEYS} issuer's keys are in force; wait until one expires")
        if new_key:
            name = next(iter(old.keys.values())).name
            public = self._change_issuer_key().public_key()
            listed.append(IssuerKey(name, public, now_utc_s, end_utc_s))
        if not listed:
            raise FolderError("every issuer's key has expired; add --new-key")
        issuers = Issuers(old.version + 1, now_utc_s, end_utc_s, issuers_list.listed(listed))
        self._replace("issuers.json", issuers_list.write(issuers, list_key))
        return issuers, self.revoke(frozenset(), now_utc_s)

    def revoke(self, digests: frozenset[bytes], now_utc_s: int) -> Revoked:
        """Add permits to the revoked ones; the list gets the next version and starts anew."""
        list_key = self._key("issuers.key", keys.read_list_key)
        old = self.revoked()
        new = Revoked(old.version + 1, now_utc_s, old.max_age_s, old.digests | digests)
        self._replace("revoked.json", revoked_list.write(new, list_key))
        return new

    def _change_issuer_key(self) -> ec.EllipticCurvePrivateKey:
        """Put the issuer's key aside under its key id, and a new one in its place."""
        aside = f"issuer-{keys.key_id(self.issuer_key().public_key()).hex()}.key"
        (self.path / "issuer.key").rename(self.path / aside)
        key = ec.generate_private_key(ec.SECP256R1())
        write_new(self.path / "issuer.key", keys.private_pem(key).encode(), mode=0o600)
        return key

    def _key(self, name: str, read: Callable[[str], Key]) -> Key:
        """Read one key file."""
        try:
            return read(read_text(self.path / name, MAX_KEY_CHARACTERS))
        except keys.KeyRefused as error:
            raise FolderError(f"{self.path / name}: {error}") from error

    def _list(self, name: str) -> str:
        return read_text(self.path / name, MAX_CHARACTERS)

    def _replace(self, name: str, text: str) -> None:
        """Put a list in its place in one step: a reader sees the old one or the new one."""
        beside = self.path / f".{name}.new"
        beside.unlink(missing_ok=True)
        write_new(beside, text.encode())
        beside.replace(self.path / name)


def read_text(path: Path, most: int) -> str:
    """Return the text of a file of at most `most` bytes.

    Raises:
        FolderError: it cannot be read, is larger, or is no UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(most + 1)
        text = raw.decode()
    except OSError as error:
        raise FolderError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise FolderError(f"{path}: is no text") from error
    if len(raw) > most:
        raise FolderError(f"{path}: is larger than {most} bytes")
    return text


def write_new(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that must not be there yet, and bring it to the disk.

    Raises:
        FolderError: it is there already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FolderError(f"{path}: {error.strerror}") from error
