"""Changing the registry's key: for a key that is old, or that somebody may have seen.

    1   the key's file: the new key, and the former one behind it
    2   everybody, one by one: sealed anew under the new key, then what lay under the former wiped
    3   the key's file: the new key alone

Wherever it stops, everybody opens under one of the keys that stand in the file, whoever reads it:
a host that is asked for a finger meanwhile finds it. Called again, it goes on. Afterwards neither
the former key nor anything that it opens is there any more; a copy of `keys/` that somebody made
before, and the former key with it, stay what they are.

Source: NIST SP 800-57 part 1, 5.3 (a key has an end); egate/registry/durable.py.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from egate.registry.durable import outgoing
from egate.registry.registry_key import (
    KEY_BYTES,
    RegistryKey,
    RegistryKeyError,
    RegistryKeys,
    read_registry_keys,
    replace_registry_keys,
)
from egate.registry.residents import Residents
from egate.registry.templates import Kind


def rekey(
    path: Path, folders: Mapping[Kind, Path], random: Callable[[int], bytes], now_utc_s: int
) -> int:
    """Give a registry a new key, or finish what was interrupted; return how many templates it has.

    Nobody else may write to it meanwhile (registry_key.sole_writer).

    Raises:
        RegistryKeyError: the key cannot be had or written, or somebody's entry does not open.
        TemplateError: it stopped on the way; everything still opens.
    """
    keys = read_registry_keys(path, {})
    if not is_interrupted(path, keys):
        _refuse_unreadable(path, Residents(folders, keys.secrets, random))
        keys = RegistryKeys(RegistryKey(random(KEY_BYTES), now_utc_s), keys.current)
        replace_registry_keys(path, keys)
    count = Residents(folders, keys.secrets, random).move_under_the_first_key()
    replace_registry_keys(path, RegistryKeys(keys.current))
    return count


def is_interrupted(path: Path, keys: RegistryKeys) -> bool:
    """Say whether a change of the key was begun and not finished."""
    old = outgoing(path)
    return keys.former is not None or (old.exists() and not old.samefile(path))


def _refuse_unreadable(path: Path, residents: Residents) -> None:
    if count := residents.listed().unreadable:
        what = f"{count} entries do not open; remove or enrol those people anew first"
        raise RegistryKeyError(f"{path}: the key stays: {what}")
