"""Files that hold keys: written whole or not at all, readable by their owner only.

The journal's signing key is Ed25519 in PEM (PKCS #8); its public half stands beside it with
the ending `.pub`, for whoever verifies the journal elsewhere.

Source: research/fleet_ops.md 2.3 and 2.4.
"""

from collections.abc import Callable
from contextlib import suppress
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

Random = Callable[[int], bytes]
MAX_KEY_FILE_BYTES = 1 << 20  # 18,000 day keys


class KeyFileError(Exception):
    """A key file cannot be read or written; `what` never shows its content."""


def signing_key(path: Path, random: Random) -> Ed25519PrivateKey:
    """Return the key in this file, made with `random` when there is no such file.

    Raises:
        KeyFileError: the file is there and unusable, or cannot be written.
    """
    if not path.exists():
        _write_key_pair(path, Ed25519PrivateKey.from_private_bytes(random(32)))
    try:
        key = load_pem_private_key(read_private(path), password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path.name} holds no private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path.name} holds no Ed25519 key")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key in this PEM file.

    Raises:
        KeyFileError: it cannot be read or is no Ed25519 public key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (ValueError, OSError) as error:
        raise KeyFileError(f"{path.name} holds no public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{path.name} holds no Ed25519 key")
    return key


def read_private(path: Path) -> bytes:
    """Return the content of a file that nobody but its owner may read.

    Raises:
        KeyFileError: it cannot be read, is too long, or others may read it.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise KeyFileError(f"{path.name} may be read by others; chmod it to 0600")
            content = file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"{path.name}: {error.strerror}") from error
    if len(content) > MAX_KEY_FILE_BYTES:
        raise KeyFileError(f"{path.name} is longer than {MAX_KEY_FILE_BYTES} bytes")
    return content


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace the file; once this returns the new content, and only it, is on disk.

    Raises:
        KeyFileError: the old file, if there was one, is untouched.
    """
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)  # left by a crash between creating and renaming
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            give_to_owner(file.fileno(), path.parent)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise KeyFileError(f"{path.name}: {error.strerror}") from error


def open_lock(path: Path) -> int:
    """Return the open lock file beside this one, made if absent; it is not locked yet.

    Raises:
        OSError: it cannot be made or opened.
    """
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        give_to_owner(lock, path.parent)
    except OSError:
        os.close(lock)
        raise
    return lock


def give_to_owner(descriptor: int, directory: Path) -> None:
    """Let a file that root makes be its directory's owner's: a technician locks no lane out.

    Raises:
        OSError: it cannot be given away.
    """
    if os.geteuid() == 0:
        owner = directory.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def sync_directory(directory: Path) -> None:
    """Make the names in this directory durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_key_pair(path: Path, key: Ed25519PrivateKey) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_atomically(path.with_suffix(".pub"), public, 0o644)
    write_atomically(path, private)
