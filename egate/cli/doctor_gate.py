"""What the doctor is told about the gate's own files, read by the rooms whose files they are.

It decides nothing. A refusal is told without its cure: the doctor has its own, in both languages.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
import time

from egate.loop import counter_file
from egate.loop.files import GateFiles, SetupRefused
from egate.profile.load import find, load
from egate.profile.problem import ProfileRefused
from egate.profile.settings import HardwareProfile
from egate.selftest.host import (
    CountedState,
    Gate,
    Host,
    JournalState,
    ListState,
    RegistryKeyState,
    TrustState,
    Unusable,
)

NO_END_UTC_S = 4_102_444_800.0  # 2100-01-01
MAX_AGE_S = 180 * 86_400.0  # of master and deviation lists, as `egate trust check` has it


def with_gate(host: Host, name: str) -> Host:
    """Return the host with the gate of this profile, or with what is wrong with the profile.

    Raises:
        ProfileNotFound, OSError: there is no profile to read.
    """
    try:
        profile = load(find(name))
    except ProfileRefused as refusal:
        return replace(host, profile=name, problems=tuple(map(str, refusal.problems)))
    return replace(host, profile=name, gate=gate_of(profile, host.data, host.utc_s))


def gate_of(profile: HardwareProfile, data: Path, utc_s: Callable[[], float] = time.time) -> Gate:
    """Return the gate of a profile, with its data in this folder."""
    held = GateFiles(profile.files, data)

    def issuers() -> ListState:
        with _unusable():
            told = held.issuers()
        keys = tuple((one.not_before_utc_s, one.not_after_utc_s) for one in told.keys.values())
        return ListState(told.version, told.issued_at_utc_s, told.expires_at_utc_s, keys)

    def revoked() -> ListState:
        with _unusable():
            told = held.revoked()
        if told is None:
            raise Unusable(f"{profile.files.revoked}: no such file")
        until_utc_s = told.issued_at_utc_s + told.max_age_s
        return ListState(told.version, told.issued_at_utc_s, until_utc_s)

    def policy() -> str:
        with _unusable():
            return held.policy().version

    def gate_key() -> None:
        with _unusable():
            held.gate_key()

    def versions() -> None:
        with _unusable():
            held.held()

    return Gate(
        profile=profile,
        data=data,
        issuers=issuers,
        revoked=revoked,
        policy=policy,
        gate_key=gate_key,
        held=versions,
        trust=cache(lambda: _trust(data / profile.files.trust, utc_s())),
        journal=cache(lambda: _journal(profile, data)),
        counted=lambda: _counted(data / counter_file.NAME),
        registry_key=lambda: _registry_key(data / profile.files.registry_key),
    )


@contextmanager
def _unusable() -> Iterator[None]:
    """Turn a refusal into what is wrong, without the cure behind its semicolon."""
    try:
        yield
    except SetupRefused as refusal:
        raise Unusable(str(refusal).rpartition("; ")[0]) from None


def _registry_key(path: Path) -> RegistryKeyState | None:
    """Say how the registry's key stands; the key itself is not told."""
    from egate.registry.registry_key import (
        RegistryKeyError,
        RegistryKeyHidden,
        RegistryKeyMissing,
        read_registry_keys,
    )
    from egate.registry.rekeying import is_interrupted

    try:
        keys = read_registry_keys(path, {})
    except RegistryKeyMissing:
        return None
    except RegistryKeyHidden:
        return RegistryKeyState(None, is_hidden=True)
    except RegistryKeyError as error:
        raise Unusable(str(error).rpartition("; ")[0] or str(error)) from None
    return RegistryKeyState(keys.current.made_at_utc_s, is_changing=is_interrupted(path, keys))


def _trust(folder: Path, now_utc_s: float) -> TrustState:
    """Prove the trust store again, and say how it stands."""
    from egate.registry.trust import TrustError, TrustFolder
    from egate.registry.trust_files import Kind
    from egate.registry.trust_health import faults_of, newest_list

    try:
        loaded = TrustFolder(folder).load(now_utc_s)
    except TrustError as error:
        raise Unusable(str(error)) from None
    lines = [
        (fault.reason, f"{fault.what} {fault.country}: {fault.reason.replace('_', ' ')}")
        for fault in faults_of(loaded, now_utc_s, MAX_AGE_S)
    ]
    newest = (newest_list(loaded, country) for country in loaded.store.by_country)
    ends = [one.next_utc_s for one in newest if one is not None and one.next_utc_s is not None]
    ages = [
        one.dated_utc_s + MAX_AGE_S
        for one in loaded.held
        if one.kind in (Kind.MASTER_LIST, Kind.DEVIATION_LIST)
    ]
    return TrustState(
        signers=len(loaded.store.country_signers),
        useless=tuple(line for reason, line in lines if not reason.endswith("_is_old")),
        old=tuple(line for reason, line in lines if reason.endswith("_is_old")),
        countries=tuple(
            (country, max(one.valid.to_utc_s or NO_END_UTC_S for one in signers))
            for country, signers in sorted(loaded.store.by_country.items())
        ),
        lists_until_utc_s=min([*ends, *ages], default=None),
    )


def _counted(path: Path) -> CountedState | None:
    """Return what the lane has counted; None before it wrote anything down."""
    if not path.exists():
        return None
    try:
        counted = counter_file.read_counters(path)
    except counter_file.CountersSpoilt as error:
        raise Unusable(f"{path}: {error}") from None
    return CountedState(counted.counters, counted.ticks)


def _journal(profile: HardwareProfile, data: Path) -> JournalState | None:
    """Prove the end of the journal with the key beside it, else with the one it names itself."""
    import apsw
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from egate.journal.database import in_words
    from egate.journal.key_file import KeyFileError, public_key
    from egate.journal.reader import JournalUnusable, read
    from egate.journal.verify import resume

    path = data / profile.files.journal
    if not path.exists():
        return None
    beside = (data / profile.files.journal_key).with_suffix(".pub")
    try:
        with read(path) as reader, reader.snapshot():
            own = reader.identity.public_key
            key = public_key(beside) if beside.exists() else Ed25519PublicKey.from_public_bytes(own)
            standing = resume(reader, key)
    except (JournalUnusable, KeyFileError) as error:
        raise Unusable(f"{path}: {error}") from None
    except apsw.Error as error:
        raise Unusable(f"{path}: {in_words(error)}") from None
    return JournalState(standing.tree.size, standing.latest_utc_s)
