"""An enrolled template comes back whole to its own registration, and tells a thief nothing."""

from collections.abc import Callable
from hashlib import sha256
from itertools import count
import os
from pathlib import Path
import shutil

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from egate.registry.templates import (
    LIMITS,
    Kind,
    TemplateMissing,
    TemplateSpoilt,
    TemplateStore,
    TemplateStoreFailed,
    digest,
)

KEY = bytes(range(32))
FACE = bytes(range(256)) * 2


def counted() -> Callable[[int], bytes]:
    numbers = count()
    return lambda size: next(numbers).to_bytes(size, "big")


@pytest.fixture
def store(tmp_path: Path) -> TemplateStore:
    return TemplateStore(tmp_path / "templates", Kind.FACE, (KEY,), counted())


def files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


def only_file(tmp_path: Path) -> Path:
    (path,) = files(tmp_path / "templates")
    return path


def only_key(tmp_path: Path) -> Path:
    (path,) = files(tmp_path / "templates" / "keys")
    return path


def test_a_template_comes_back_as_it_was_put_also_in_another_process(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    assert store.get("VN-001") == FACE
    assert TemplateStore(tmp_path / "templates", Kind.FACE, (KEY,), counted()).get("VN-001") == FACE


@settings(deadline=None)  # every example waits for a disk
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=9),
        st.binary(min_size=1, max_size=LIMITS[Kind.FACE]),
        max_size=5,
    )
)
def test_each_registration_has_its_own(
    tmp_path_factory: pytest.TempPathFactory, templates: dict[str, bytes]
) -> None:
    store = TemplateStore(tmp_path_factory.mktemp("templates"), Kind.FACE, (KEY,), counted())
    for registration, template in templates.items():
        store.put(registration, template)
    assert {registration: store.get(registration) for registration in templates} == templates


def test_a_newer_template_takes_the_place_of_the_older(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    store.put("VN-001", b"newer")
    assert store.get("VN-001") == b"newer"
    only_file(tmp_path)


def test_the_digest_is_the_first_half_of_the_sha256() -> None:
    assert digest(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223"


def test_nobody_unknown_has_a_template(store: TemplateStore) -> None:
    with pytest.raises(TemplateMissing, match="no template is enrolled"):
        store.get("VN-002")


def test_a_removed_template_is_gone_and_may_be_removed_again(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.remove("VN-001")
    store.put("VN-001", FACE)
    store.remove("VN-001")
    store.remove("VN-001")
    with pytest.raises(TemplateMissing):
        store.get("VN-001")
    assert files(tmp_path / "templates") == files(tmp_path / "templates" / "keys") == []


def test_only_its_owner_may_read_a_file_and_it_tells_nothing(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    for path in (only_file(tmp_path), only_key(tmp_path)):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert len(path.name) == 64
        assert path.name != sha256(b"VN-001").hexdigest()
        assert FACE[:16] not in path.read_bytes()
        assert b"VN-001" not in path.read_bytes()


def test_the_same_template_is_never_sealed_to_the_same_bytes(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    first = only_file(tmp_path).read_bytes()
    store.put("VN-001", FACE)
    assert only_file(tmp_path).read_bytes() != first


@pytest.mark.parametrize("which", [only_file, only_key])
def test_any_flipped_byte_is_found(
    store: TemplateStore, tmp_path: Path, which: Callable[[Path], Path]
) -> None:
    store.put("VN-001", b"abc")
    path = which(tmp_path)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(TemplateSpoilt):
            store.get("VN-001")


@pytest.mark.parametrize("which", [only_file, only_key])
@pytest.mark.parametrize("size", [0, 3, 16, 31, 32, 34, 40, 100_000])
def test_a_cut_or_swollen_file_is_found(
    store: TemplateStore, tmp_path: Path, size: int, which: Callable[[Path], Path]
) -> None:
    store.put("VN-001", b"abc")
    path = which(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:size] + bytes(max(0, size - len(whole))))
    with pytest.raises(TemplateSpoilt):
        store.get("VN-001")


def test_a_template_moved_to_another_name_is_refused(store: TemplateStore, tmp_path: Path) -> None:
    store.put("VN-001", FACE)
    first = only_file(tmp_path)
    store.put("VN-002", b"another face")
    (second,) = set(files(tmp_path / "templates")) - {first}
    key, other_key = (first.parent / "keys" / one.name for one in (first, second))
    second.write_bytes(first.read_bytes())
    with pytest.raises(TemplateSpoilt):
        store.get("VN-002")
    other_key.write_bytes(key.read_bytes())
    with pytest.raises(TemplateSpoilt):
        store.get("VN-002")


def test_another_gate_finds_nothing_in_a_stolen_folder(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    with pytest.raises(TemplateMissing):
        TemplateStore(tmp_path / "templates", Kind.FACE, (bytes(32),), counted()).get("VN-001")


@pytest.mark.parametrize("template", [b"", bytes(LIMITS[Kind.FACE] + 1)])
def test_a_template_has_one_to_4096_bytes(store: TemplateStore, template: bytes) -> None:
    store.put("VN-001", FACE)
    with pytest.raises(ValueError, match="1 to 4096"):
        store.put("VN-001", template)
    assert store.get("VN-001") == FACE


def test_a_registry_key_has_32_bytes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 are needed"):
        TemplateStore(tmp_path, Kind.FACE, (b"short",), counted())


def test_what_a_power_cut_left_half_written_is_no_hindrance(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    only_file(tmp_path).with_suffix(".new").write_bytes(b"half")
    assert store.get("VN-001") == FACE
    store.put("VN-001", b"newer")
    assert store.get("VN-001") == b"newer"
    only_file(tmp_path).with_suffix(".new").write_bytes(b"half")
    store.remove("VN-001")
    assert files(tmp_path / "templates") == files(tmp_path / "templates" / "keys") == []


def test_a_folder_that_cannot_be_is_told_without_naming_anybody(tmp_path: Path) -> None:
    (tmp_path / "templates").write_bytes(b"a file where the folder should be")
    store = TemplateStore(tmp_path / "templates", Kind.FACE, (KEY,), os.urandom)
    for act in (lambda: store.put("VN-001", FACE), lambda: store.get("VN-001")):
        with pytest.raises(TemplateStoreFailed) as caught:
            act()
        assert "VN-001" not in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(TemplateStoreFailed):
        store.remove("VN-001")


def test_a_template_of_one_kind_is_none_of_another(store: TemplateStore, tmp_path: Path) -> None:
    store.put("VN-001", FACE)
    fingers = TemplateStore(tmp_path / "templates", Kind.FINGER, (KEY,), counted())
    with pytest.raises(TemplateMissing):
        fingers.get("VN-001")
    fingers.put("VN-001", b"a finger")
    face, finger = sorted(files(tmp_path / "templates"), key=lambda path: -path.stat().st_size)
    finger.write_bytes(face.read_bytes())
    (finger.parent / "keys" / finger.name).write_bytes(
        (face.parent / "keys" / face.name).read_bytes()
    )
    with pytest.raises(TemplateSpoilt):
        fingers.get("VN-001")


def test_a_key_without_its_template_is_nobody_and_the_next_enrolment_mends_it(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE)
    only_file(tmp_path).unlink()
    with pytest.raises(TemplateMissing):
        store.get("VN-001")
    store.put("VN-001", FACE)
    only_key(tmp_path).write_bytes(b"spoilt")
    with pytest.raises(TemplateSpoilt):
        store.get("VN-001")
    store.put("VN-001", b"newer")
    assert store.get("VN-001") == b"newer"


def test_everybody_enrolled_is_told_with_the_instant_and_the_spoilt_are_passed_over(
    store: TemplateStore, tmp_path: Path
) -> None:
    store.put("VN-001", FACE, 1_000)
    store.put("VN-002", b"another face", 2_000)
    store.put("VN-003", b"a third", 3_000)
    next(path for path in files(tmp_path / "templates") if path.stat().st_size == 47).unlink()
    told = {one.registration: one.since_utc_s for one in store.enrolled()}
    assert told == {"VN-001": 1_000, "VN-002": 2_000}
    assert len(store.names()) == 3
    assert "VN-001" not in repr(next(store.enrolled()))


def test_after_removal_neither_the_folder_nor_the_disk_nor_a_copy_of_the_templates_opens(
    tmp_path: Path,
) -> None:
    """Hard links stand for what a disk still holds: the very blocks, under no name of ours."""
    folder, disk, copy = tmp_path / "templates", tmp_path / "disk", tmp_path / "copy"
    store = TemplateStore(folder, Kind.FACE, (KEY,), os.urandom)
    store.put("VN-001", b"older than the one that is removed" + FACE)
    store.put("VN-002", b"somebody who stays")
    (first,) = (path for path in files(folder) if path.stat().st_size > 512)
    before = {path: path.read_bytes() for path in (first, folder / "keys" / first.name)}
    disk.mkdir()
    for number, path in enumerate(before):
        os.link(path, disk / str(number))
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("keys"))
    store.remove("VN-001")

    raw = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    sealed_key = before[folder / "keys" / first.name]
    assert all(sealed_key[at : at + 8] not in raw for at in range(4, len(sealed_key) - 8))
    assert all(path.read_bytes().strip(b"\0") == b"" for path in disk.iterdir())
    assert (copy / first.name).read_bytes() == before[first]  # a copy there is ...
    shutil.copy2(copy / first.name, folder / first.name)
    with pytest.raises(TemplateMissing):  # ... and nothing opens it, though the key is known
        TemplateStore(folder, Kind.FACE, (KEY,), os.urandom).get("VN-001")
    store.put("VN-001", b"enrolled anew")
    shutil.copy2(copy / first.name, folder / first.name)
    with pytest.raises(TemplateSpoilt):
        store.get("VN-001")
    assert store.get("VN-002") == b"somebody who stays"


@pytest.mark.parametrize("registration", ["", "x" * 129])
def test_a_registration_has_1_to_128_bytes(store: TemplateStore, registration: str) -> None:
    with pytest.raises(ValueError, match="1 to 128"):
        store.put(registration, FACE)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_root_enrols_belongs_to_the_host_that_owns_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir(mode=0o700)
    os.chown(folder, 61_234, 61_235)
    TemplateStore(folder, Kind.FACE, (KEY,), os.urandom).put("VN-001", FACE)
    made = (only_file(tmp_path), folder / "keys", only_key(tmp_path))
    assert {(path.stat().st_uid, path.stat().st_gid) for path in made} == {(61_234, 61_235)}
