"""A registry changes its key whole, wherever it is killed, and nothing stays under the former one.

Every call that changes the disk is a place to stop: a child process carries out so many of them and
is then killed with SIGKILL, before the next. What it leaves is read anew, as a host would. Nobody
waits for the disk there: what a killed process has written the kernel still has.

Source: issue 5, item 4; egate/registry/rekeying.py.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
import os
from pathlib import Path
import shutil
import signal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
import pytest

from egate.domain.finger import FingerReason
from egate.loop.fingerprint_body import FingerRefused
from egate.references import RegistryPlace, finger_reader
from egate.registry.registry_key import (
    RegistryKeyError,
    RegistryKeys,
    read_registry_keys,
    replace_registry_keys,
)
from egate.registry.rekeying import is_interrupted
from egate.registry.residents import Record
from egate.registry.templates import MAGIC, NONCE, Kind, TemplateSpoilt, _derived

LAN = Record("VN-001", {Kind.FACE: b"face" * 9, Kind.FINGER: b"finger" * 9}, dict.fromkeys(Kind, 7))
MINH = Record("VN-002", {Kind.FACE: b"another face"}, {Kind.FACE: 8})
THU = Record("VN-003", {Kind.FINGER: b"another finger"}, {Kind.FINGER: 9})
PEOPLE = (LAN, MINH, THU)
CHANGES = ("fsync", "open", "link", "rename", "replace", "unlink")  # of the module os


def place(folder: Path) -> RegistryPlace:
    return RegistryPlace(folder / "faces", folder / "fingers", folder / "registry.key")


def enrolled(folder: Path) -> RegistryPlace:
    with place(folder).writing(make_key=True) as residents:
        for one in PEOPLE:
            residents.put(one)
    return place(folder)


def keys_of(folder: Path) -> RegistryKeys:
    return read_registry_keys(folder / "registry.key", {})


def everybody(folder: Path) -> list[Record]:
    residents = place(folder).residents()
    assert residents.listed().unreadable == 0
    return [residents.get(one.registration) for one in PEOPLE]


@contextmanager
def killed_after(changes: int) -> Iterator[None]:
    """Have this process killed before the next change of the disk after so many."""
    numbers = count()

    def counting(change: Callable[..., object], *args: object, **kwargs: object) -> object:
        if next(numbers) >= changes:
            os.kill(os.getpid(), signal.SIGKILL)
        return change(*args, **kwargs)

    for name in CHANGES:
        setattr(os, name, partial(counting, getattr(os, name)))
    yield


def in_a_child(work: Callable[[], object], changes: int) -> bool:
    """Do this in another process that is killed after so many changes; say whether it ended."""
    child = os.fork()
    if child == 0:
        with killed_after(changes):
            try:
                work()
            finally:
                os._exit(0)
    _, status = os.waitpid(child, 0)
    return not os.WIFSIGNALED(status)


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def opens_with(secret: bytes, folder: Path) -> list[str]:
    """Return what of all files here this registry key opens, tried on every byte of them."""
    found = []
    for kind in Kind:
        cipher = AESGCM(_derived(secret, f"egate {kind} keys"))
        for path in folder.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            try:
                bound = content[:4] + kind.encode() + b"\0" + path.name.encode()
                cipher.decrypt(content[4 : 4 + NONCE], content[4 + NONCE :], bound)
            except (InvalidTag, ValueError):
                continue
            found.append(path.name)
    return found


@pytest.fixture(scope="module")
def template_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("enrolled")
    enrolled(folder)
    return folder


@pytest.fixture
def never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def test_everybody_is_there_under_the_new_key_and_the_former_opens_nothing(tmp_path: Path) -> None:
    """Hard links stand for what a disk still holds: the very blocks, under no name of ours."""
    folder, disk, copy = tmp_path / "gate", tmp_path / "disk", tmp_path / "copy"
    enrolled(folder)
    before = keys_of(folder)
    assert len(opens_with(before.current.secret, folder)) == 4
    shutil.copytree(folder / "fingers", copy, ignore=shutil.ignore_patterns("keys"))
    disk.mkdir()
    for number, path in enumerate(path for path in folder.rglob("*") if path.is_file()):
        os.link(path, disk / str(number))
    assert place(folder).rekey() == 4

    after = keys_of(folder)
    assert everybody(folder) == list(PEOPLE)
    assert after.former is None
    assert after.current.secret != before.current.secret
    assert opens_with(before.current.secret, tmp_path) == []
    assert before.current.secret.hex().encode() not in raw(tmp_path)
    assert all(one.read_bytes().strip(b"\0") == b"" for one in disk.iterdir())
    assert not (folder / "fingers" / "moving").exists()
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == [
        "registry.key",
        "registry.lock",
    ]
    for new in (path for path in (folder / "fingers").iterdir() if path.is_file()):
        for old in copy.iterdir():  # a copy of a template brings nothing under the new key
            shutil.copy2(old, new)
            assert place(folder).residents().listed().unreadable


def test_the_search_for_what_the_former_key_opens_can_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are unlinked and not written over are found on the disk, and so is their key."""
    folder, disk = tmp_path / "gate", tmp_path / "disk"
    enrolled(folder)
    before = keys_of(folder).current.secret
    for path in (path for path in folder.rglob("*") if path.is_file()):
        (disk / path.parent.name).mkdir(parents=True, exist_ok=True)
        os.link(path, disk / path.parent.name / path.name)
    for room in ("durable", "templates"):
        forgets = partial(Path.unlink, missing_ok=True)
        monkeypatch.setattr(f"egate.registry.{room}.wipe", forgets)
    place(folder).rekey()
    assert opens_with(before, folder) == []
    assert len(opens_with(before, disk)) == 4
    assert before.hex().encode() in raw(disk)


@pytest.mark.usefixtures("never_waits")
def test_killed_before_any_change_of_the_disk_everybody_opens_and_it_goes_on(
    template_folder: Path, tmp_path: Path
) -> None:
    former = keys_of(template_folder).current.secret
    for changes in range(1000):
        folder = tmp_path / str(changes)
        shutil.copytree(template_folder, folder)
        has_ended = in_a_child(place(folder).rekey, changes)
        assert everybody(folder) == list(PEOPLE), changes
        assert place(folder).rekey() == 4
        assert everybody(folder) == list(PEOPLE), changes
        assert former.hex().encode() not in raw(folder), changes
        assert opens_with(former, folder) == [], changes
        shutil.rmtree(folder)
        if has_ended:
            break
    assert has_ended
    assert changes > 80  # fewer would be fewer places than there are writes


@pytest.mark.usefixtures("never_waits")
def test_killed_twice_it_goes_on_still(template_folder: Path, tmp_path: Path) -> None:
    for changes in range(5, 60, 11):
        folder = tmp_path / str(changes)
        shutil.copytree(template_folder, folder)
        for stop in (changes, changes):
            assert not in_a_child(place(folder).rekey, stop)
            assert everybody(folder) == list(PEOPLE)
        place(folder).rekey()
        assert everybody(folder) == list(PEOPLE)


def begun(folder: Path, changes: int = 40) -> RegistryKeys:
    """Have a change of the key stop when somebody was moved and somebody not; return the former."""
    enrolled(folder)
    former = keys_of(folder)
    assert not in_a_child(place(folder).rekey, changes)
    keys = keys_of(folder)
    assert keys.former == former.current
    assert is_interrupted(folder / "registry.key", keys)
    return former


def test_who_is_enrolled_anew_or_removed_while_it_stands_still_stays_so(tmp_path: Path) -> None:
    begun(tmp_path)
    newer = Record("VN-003", {Kind.FINGER: b"newer"}, {Kind.FINGER: 10})
    with place(tmp_path).writing() as residents:
        residents.put(newer)
        assert residents.remove("VN-001")
    place(tmp_path).rekey()
    residents = place(tmp_path).residents()
    assert residents.get("VN-003") == newer
    assert set(residents.listed().since_utc_s) == {"VN-002", "VN-003"}


@pytest.mark.usefixtures("never_waits")
def test_a_host_that_knows_only_the_former_key_never_says_that_somebody_has_no_finger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would let the face alone suffice. systemd hands a key out once, when a unit starts."""
    for changes in range(20, 80, 6):
        folder = tmp_path / str(changes)
        enrolled(folder)
        former = keys_of(folder)
        credentials = folder / "credentials"
        credentials.mkdir()
        (credentials / "egate-registry-key").write_bytes(former.current.line())
        in_a_child(place(folder).rekey, changes)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
        for who in ("VN-001", "VN-003"):
            with pytest.raises(FingerRefused) as refused:
                finger_reader(place(folder), lambda _: 0)(who)
            assert refused.value.reason is not FingerReason.TEMPLATE_MISSING
        monkeypatch.delenv("CREDENTIALS_DIRECTORY")


def test_a_damaged_entry_keeps_the_key_and_a_credential_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(tmp_path)
    one = next((tmp_path / "faces" / "keys").iterdir())
    kept, before = one.read_bytes(), keys_of(tmp_path)
    one.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(RegistryKeyError, match="1 entries do not open"):
        place(tmp_path).rekey()
    assert keys_of(tmp_path) == before
    one.write_bytes(kept)
    (tmp_path / "egate-registry-key").write_bytes(before.current.line())
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(RegistryKeyError, match="systemd"):
        place(tmp_path).rekey()
    assert keys_of(tmp_path) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_that_root_changes_stays_its_owners(tmp_path: Path) -> None:
    enrolled(tmp_path)
    os.chown(tmp_path / "registry.key", 61_234, 61_235)
    place(tmp_path).rekey()
    kept = (tmp_path / "registry.key").stat()
    assert (kept.st_uid, kept.st_gid, kept.st_mode & 0o777) == (61_234, 61_235, 0o600)


def test_what_is_damaged_on_the_way_stops_it_and_both_keys_stay(tmp_path: Path) -> None:
    enrolled(tmp_path)
    before = keys_of(tmp_path)
    both = RegistryKeys(before.current.__class__(b"n" * 32, 9), before.current)
    replace_registry_keys(tmp_path / "registry.key", both)
    one = next(path for path in (tmp_path / "faces").iterdir() if path.is_file())
    assert one.read_bytes().startswith(MAGIC)
    one.write_bytes(one.read_bytes()[:-1] + b"\0")
    with pytest.raises(TemplateSpoilt):
        place(tmp_path).rekey()
    assert keys_of(tmp_path) == both
