"""The registry's key: 32 bytes, as 64 hexadecimal digits in a file that only its owner reads.

On a gate systemd hands it to the hosts that need it and to nobody else (LoadCredential=, or
LoadCredentialEncrypted= where the machine can seal it); on a bench it lies with the gate's data.
A credential, where one is given, is the key: no file stands in for it.

Source: systemd.exec(5), LoadCredential; research/fleet_ops.md 2.3.
"""

from collections.abc import Callable, Mapping
import os
from pathlib import Path
import re
from typing import Final

from egate.registry.durable import write_durably

CREDENTIAL: Final = "egate-registry-key"
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
KEY_BYTES: Final = 32
TEXT: Final = re.compile(rb"[0-9a-f]{64}\n?")


class RegistryKeyError(Exception):
    """The registry's key cannot be had; the message names the file and its cure."""


class RegistryKeyMissing(RegistryKeyError):
    """There is none yet: nobody was ever enrolled here."""


def read_registry_key(path: Path, environment: Mapping[str, str]) -> bytes:
    """Return the key: of the credential where the unit has one, else of the file.

    Raises:
        RegistryKeyMissing: there is none.
        RegistryKeyError: it is no key, or others may read it.
    """
    folder = environment.get(CREDENTIALS, "")
    given = Path(folder) / CREDENTIAL
    where = given if folder and given.exists() else path
    try:
        with where.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(KEY_BYTES * 2 + 2)
    except FileNotFoundError:
        raise RegistryKeyMissing(f"{where}: there is no registry key") from None
    except OSError as error:
        raise RegistryKeyError(f"{where}: {error.strerror}") from None
    if where is path and mode & 0o077:
        raise RegistryKeyError(f"{where}: others may read it; chmod 600 {where}")
    if not TEXT.fullmatch(text):
        raise RegistryKeyError(f"{where}: it holds no registry key of 64 hexadecimal digits")
    return bytes.fromhex(text.decode())


def make_registry_key(
    path: Path, environment: Mapping[str, str], random: Callable[[int], bytes]
) -> bytes:
    """Return the key, made in the file when there is none.

    Raises:
        RegistryKeyError: it is there and unusable, or cannot be written.
    """
    try:
        return read_registry_key(path, environment)
    except RegistryKeyMissing:
        key = random(KEY_BYTES)
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        write_durably(path, key.hex().encode() + b"\n")
    except OSError as error:
        raise RegistryKeyError(f"{path}: {error.strerror}") from None
    return key
