"""The registry's key: 32 bytes, as 64 hexadecimal digits in a file that only its owner reads.

    KEY [SECOND]      the key, and the second of the Unix epoch in which it was made
    KEY [SECOND]      only while it is being changed: the former one (egate.registry.rekeying)

On a gate systemd hands it to the hosts that need it and to nobody else (LoadCredential=, or
LoadCredentialEncrypted= where the machine can seal it); on a bench it lies with the gate's data.
A credential, where one is given, is the key: no file stands in for it.

Source: systemd.exec(5), LoadCredential; research/fleet_ops.md 2.3.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
import fcntl
import os
from pathlib import Path
import re
from typing import Final

from egate.registry.durable import write_durably, write_over_durably

CREDENTIAL: Final = "egate-registry-key"
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
KEY_BYTES: Final = 32
LINE: Final = rb"([0-9a-f]{64})(?: ([0-9]{1,12}))?\n?"
TEXT: Final = re.compile(LINE + b"(?:(?<=\n)" + LINE + b")?")
LONGEST: Final = 2 * (2 * KEY_BYTES + 1 + 12 + 1)


class RegistryKeyError(Exception):
    """The registry's key cannot be had; the message names the file and its cure."""


class RegistryKeyMissing(RegistryKeyError):
    """There is none yet: nobody was ever enrolled here."""


class RegistryKeyHidden(RegistryKeyError):
    """There may be one; this user is not let look."""


@dataclass(frozen=True, slots=True)
class RegistryKey:
    """One key; `made_at_utc_s` is None for one that does not say when it was made."""

    secret: bytes = field(repr=False)
    made_at_utc_s: int | None

    def line(self) -> bytes:
        """Return it as it stands in its file."""
        made_at = "" if self.made_at_utc_s is None else f" {self.made_at_utc_s}"
        return f"{self.secret.hex()}{made_at}\n".encode()


@dataclass(frozen=True, slots=True)
class RegistryKeys:
    """The key, and the former one while it is being changed."""

    current: RegistryKey
    former: RegistryKey | None = None

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """Return the key that seals, and behind it the one that only opens."""
        both = (self.current, self.former)
        return tuple(one.secret for one in both if one is not None)


def read_registry_keys(path: Path, environment: Mapping[str, str]) -> RegistryKeys:
    """Return the key: of the credential where the unit has one, else of the file.

    Raises:
        RegistryKeyMissing: there is none.
        RegistryKeyError: it is no key, or others may read it.
    """
    where = credential_in(environment) or path
    try:
        with where.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(LONGEST + 1)
    except FileNotFoundError:
        raise RegistryKeyMissing(f"{where}: there is no registry key") from None
    except PermissionError as error:
        raise RegistryKeyHidden(f"{where}: {error.strerror}") from None
    except OSError as error:
        raise RegistryKeyError(f"{where}: {error.strerror}") from None
    if where is path and mode & 0o077:
        raise RegistryKeyError(f"{where}: others may read it; chmod 600 {where}")
    found = TEXT.fullmatch(text)
    if found is None:
        raise RegistryKeyError(f"{where}: it holds no registry key of 64 hexadecimal digits")
    current, made_at, former, former_made_at = found.groups()
    return RegistryKeys(
        _key(current, made_at), None if former is None else _key(former, former_made_at)
    )


def make_registry_keys(
    path: Path, environment: Mapping[str, str], random: Callable[[int], bytes], now_utc_s: int
) -> RegistryKeys:
    """Return the key, made in the file when there is none.

    Raises:
        RegistryKeyError: it is there and unusable, or cannot be written.
    """
    try:
        return read_registry_keys(path, environment)
    except RegistryKeyMissing:
        keys = RegistryKeys(RegistryKey(random(KEY_BYTES), now_utc_s))
    with _told(path):
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        write_durably(path, keys.current.line())
    return keys


def replace_registry_keys(path: Path, keys: RegistryKeys) -> None:
    """Put these in place of the file's; what stood there is written over.

    Raises:
        RegistryKeyError: the old file stands, or the new one does and the old is not wiped yet.
    """
    both = (keys.current, keys.former)
    with _told(path):
        write_over_durably(path, b"".join(one.line() for one in both if one is not None))


def credential_in(environment: Mapping[str, str]) -> Path | None:
    """Return the credential that systemd gave this process, if it did."""
    folder = environment.get(CREDENTIALS, "")
    given = Path(folder) / CREDENTIAL
    return given if folder and given.exists() else None


@contextmanager
def sole_writer(lock: Path) -> Iterator[None]:
    """Be the only program that writes to a registry.

    Raises:
        RegistryKeyError: another one does, or this user may not.
    """
    with _told(lock):
        lock.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.geteuid() == 0:
            owner = lock.parent.stat()
            os.fchown(handle, owner.st_uid, owner.st_gid)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RegistryKeyError(f"{lock}: another `egate enrol` is at work; try again") from None
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RegistryKeyError(f"{path}: {error.strerror}") from None


def _key(digits: bytes, made_at: bytes | None) -> RegistryKey:
    secret = bytes.fromhex(digits.decode())
    return RegistryKey(secret, None if made_at is None else int(made_at))
