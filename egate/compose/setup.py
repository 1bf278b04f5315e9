"""What must be there before anything is built, and what several processes are built with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
from importlib import import_module
import os
from pathlib import Path
import time
from typing import TYPE_CHECKING, Final

from egate.loop.files import GateFiles, Places, SetupRefused

if TYPE_CHECKING:
    from egate.document.trust_store import TrustStore
    from egate.profile.settings import (
        HardwareProfile,
        MrzReaderSettings,
    )
    from egate.references import RegistryPlace

CARDS_CURE: Final = "install pyscard (egate's extra `cards`), and pcscd with libpcsclite1"
FINGERS_CURE: Final = "install nbis-py (egate's extra `fingers`; it has a wheel for x86-64 only)"
NO_FINGERPRINT: Final = "this profile has no fingerprint sensor"


def check_setup(profile: HardwareProfile, places: Places) -> None:
    """Find out before anything starts whether an operator's files are there and usable.

    Raises:
        SetupRefused: with the first that is not, and its cure.
    """
    places.prepare()
    gate_files = GateFiles(profile.files, places.data)
    gate_files.policy()
    gate_files.issuers_in_force(time.time())
    gate_files.revoked()
    gate_files.gate_key()
    if takes_documents(profile):
        trust_store(profile, places)


def check_card_library() -> None:
    """Find out whether cards can be read at all.

    Raises:
        SetupRefused: what is missing is not installed.
    """
    try:
        for name in ("smartcard", "smartcard.scard"):  # the package, and what it was built against
            import_module(name)
    except ImportError as error:
        raise SetupRefused(f"no card can be read: {error}", CARDS_CURE) from error


def check_finger_library(profile: HardwareProfile) -> None:
    """Find out whether this machine can compare fingers, where the profile wants it to.

    Raises:
        SetupRefused: what is missing is not installed.
    """
    named = profile.devices.fingerprint
    if named is None or named.driver != "fingerprint_nbis":
        return
    try:
        import_module("nbis")
    except ImportError as error:
        raise SetupRefused(f"no finger can be compared: {error}", FINGERS_CURE) from error


def takes_documents(profile: HardwareProfile) -> bool:
    """Say whether this gate reads travel documents: it has both readers, or neither."""
    return profile.devices.card_reader is not None


@contextmanager
def only_one(what: str, run: Path) -> Iterator[None]:
    """Hold the place of the one gate, or lane, that may run in this directory.

    Raises:
        SetupRefused: another one holds it, or the lock's file cannot be written.
    """
    path = run / f"{what}.lock"
    try:
        lock = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        cure = "choose another --run-dir, or mend its owner"
        raise SetupRefused(f"{path}: {error.strerror}", cure) from None
    try:
        if os.geteuid() == 0:  # a technician's run as root must not lock the lane's user out
            owner = run.stat()
            os.fchown(lock, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            cure = "stop it first, or choose another --run-dir"
            raise SetupRefused(f"{run}: another {what} runs here", cure) from None
        yield
    finally:
        os.close(lock)


def trust_store(profile: HardwareProfile, places: Places) -> TrustStore:
    """Load whom this gate trusts about documents.

    Raises:
        SetupRefused: the store cannot be used, or holds nobody.
    """
    from egate.registry.trust import TrustError, TrustFolder

    folder = places.data / profile.files.trust
    cure = f"egate trust import --store {folder} FILE..."
    try:
        loaded = TrustFolder(folder).load(time.time())
    except TrustError as error:
        raise SetupRefused(str(error), cure) from None
    if not loaded.store.country_signers:
        raise SetupRefused(f"{folder}: no country signer is held", cure)
    return loaded.store


def registry_place(profile: HardwareProfile, data: Path) -> RegistryPlace:
    """Return where this gate keeps whom it has enrolled."""
    from egate.references import RegistryPlace

    names = profile.files
    return RegistryPlace(data / names.templates, data / names.fingers, data / names.registry_key)


def quiet_opencv() -> None:
    """Keep OpenCV's and FFmpeg's own lines out of the log; call it before they are loaded.

    A camera that is away would write two of them a second. That it is away, and why, is told once.
    """
    for name, level in (("OPENCV_LOG_LEVEL", "ERROR"), ("OPENCV_FFMPEG_LOGLEVEL", "-8")):
        os.environ.setdefault(name, level)


def zones_below(data: Path, zones: MrzReaderSettings) -> MrzReaderSettings:
    """Return the settings with the paths of line and model below the data directory."""
    named = getattr(zones, "second_opinion", "")
    model = {"second_opinion": str(data / named)} if named else {}
    return zones.model_copy(update={"line": below(data, zones.line), **model})


def below(data: Path, line: str) -> str:
    """Return a line's path, a relative one below the data directory; an address as it is."""
    return line if "://" in line else str(data / line)
