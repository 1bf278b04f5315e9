"""Residents are kept, listed, moved and forgotten whole; a damaged one names nobody."""

from contextlib import suppress
import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from egate.domain.finger import FingerTemplate, TemplateFormat
from egate.registry.bundle import MAX_BUNDLE, BundleRefused, open_bundle, seal
from egate.registry.finger_templates import FingerTemplatesSpoilt, pack, unpack
from egate.registry.registry_key import (
    CREDENTIAL,
    RegistryKey,
    RegistryKeyError,
    RegistryKeyMissing,
    RegistryKeys,
    make_registry_keys,
    read_registry_keys,
    replace_registry_keys,
    sole_writer,
)
from egate.registry.residents import Record, Residents
from egate.registry.templates import Kind, TemplateMissing

KEY = bytes(range(32))
NOW_S = 1_795_305_600
PHRASE = "a long enough phrase"
LAN = Record("VN-001", {Kind.FACE: b"face", Kind.FINGER: b"finger"}, {Kind.FACE: 7, Kind.FINGER: 9})
MINH = Record("VN-002", {Kind.FACE: b"another face"}, {Kind.FACE: 8})


def residents(folder: Path, key: bytes = KEY) -> Residents:
    folders = {Kind.FACE: folder / "faces", Kind.FINGER: folder / "fingers"}
    return Residents(folders, (key,), os.urandom)


def test_who_is_enrolled_with_what_and_since_when(tmp_path: Path) -> None:
    here = residents(tmp_path)
    assert here.listed().since_utc_s == {}
    here.put(LAN)
    here.put(MINH)
    told = here.listed()
    assert told.since_utc_s == {"VN-001": {Kind.FACE: 7, Kind.FINGER: 9}, "VN-002": {Kind.FACE: 8}}
    assert told.unreadable == 0
    assert here.get("VN-001") == LAN
    assert "VN-001" not in repr(told) + repr(LAN)


def test_a_finger_added_later_leaves_the_face_as_it_was(tmp_path: Path) -> None:
    here = residents(tmp_path)
    here.put(MINH)
    here.put(Record("VN-002", {Kind.FINGER: b"finger"}, {Kind.FINGER: 20}))
    assert here.get("VN-002").templates == {Kind.FACE: b"another face", Kind.FINGER: b"finger"}


def test_a_removed_resident_has_neither_face_nor_finger(tmp_path: Path) -> None:
    here = residents(tmp_path)
    here.put(LAN)
    assert here.remove("VN-001")
    assert not here.remove("VN-001")
    with pytest.raises(TemplateMissing):
        here.get("VN-001")


def test_another_key_reads_nobody_and_counts_them(tmp_path: Path) -> None:
    residents(tmp_path).put(LAN)
    told = residents(tmp_path, bytes(32)).listed()
    assert (told.since_utc_s, told.unreadable) == ({}, 2)


def test_a_bundle_brings_everybody_to_another_gate_and_names_nobody_on_its_way() -> None:
    sealed = seal((LAN, MINH), PHRASE, os.urandom)
    assert b"VN-001" not in sealed
    assert open_bundle(sealed, PHRASE) == (LAN, MINH)


def test_another_passphrase_and_any_change_open_nothing() -> None:
    sealed = seal((LAN,), PHRASE, os.urandom)
    with pytest.raises(BundleRefused, match="passphrase"):
        open_bundle(sealed, PHRASE + "!")
    for at in (0, 5, 21, 40, len(sealed) - 1):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(BundleRefused):
            open_bundle(changed, PHRASE)


@pytest.mark.parametrize("raw", [b"", b"EGB1", b"EGB1" + bytes(43), b"PK\3\4" + bytes(100)])
def test_what_is_no_bundle_is_refused_before_anything_is_worked_out(raw: bytes) -> None:
    with pytest.raises(BundleRefused, match="no bundle"):
        open_bundle(raw, "short")  # would be a ValueError, had it come so far


def test_a_bundle_has_a_largest_size() -> None:
    with pytest.raises(BundleRefused, match="no bundle"):
        open_bundle(b"EGB1" + bytes(MAX_BUNDLE), PHRASE)


@pytest.mark.parametrize("phrase", ["", "eleven char", "x" * 1025])
def test_a_passphrase_has_12_to_1024_characters(phrase: str) -> None:
    with pytest.raises(ValueError, match="12 to 1024"):
        seal((LAN,), phrase, os.urandom)


templates = st.lists(
    st.builds(FingerTemplate, st.sampled_from(TemplateFormat), st.binary(min_size=1, max_size=600)),
    min_size=1,
    max_size=2,
)


@given(templates)
def test_finger_templates_come_back_as_they_were(given_templates: list[FingerTemplate]) -> None:
    assert list(unpack(pack(given_templates))) == given_templates


@settings(max_examples=300)
@given(st.binary(max_size=40))
def test_any_other_bytes_are_spoilt_or_say_themselves(raw: bytes) -> None:
    with suppress(FingerTemplatesSpoilt):
        assert pack(unpack(raw)) == raw


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_fingers_are_kept(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 2"):
        pack([FingerTemplate(TemplateFormat.ZFM, b"x")] * count)


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "registry.key"
    with pytest.raises(RegistryKeyMissing):
        read_registry_keys(path, {})
    keys = make_registry_keys(path, {}, os.urandom, NOW_S)
    assert keys.current.made_at_utc_s == NOW_S
    assert make_registry_keys(path, {}, os.urandom, 7) == read_registry_keys(path, {}) == keys
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_others_may_read_and_one_that_is_none_are_refused_with_their_cure(
    tmp_path: Path,
) -> None:
    path = tmp_path / "registry.key"
    path.write_text("ab" * 32)
    path.chmod(0o640)
    with pytest.raises(RegistryKeyError, match="chmod 600"):
        read_registry_keys(path, {})
    path.chmod(0o600)
    spoilt = ("ab" * 32 + " ", "ab" * 32 + "\n\n", "ab" * 64, ("ab" * 32 + "\n") * 3)
    for text in ("", "ab" * 31, "zz" * 32, "ab" * 33, *spoilt):
        path.write_text(text)
        with pytest.raises(RegistryKeyError, match="64 hexadecimal") as refused:
            make_registry_keys(path, {}, os.urandom, NOW_S)
        assert text[:6] not in str(refused.value) or not text


def test_a_credential_stands_before_the_file(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / CREDENTIAL).write_text("cd" * 32)
    make_registry_keys(tmp_path / "registry.key", {}, os.urandom, NOW_S)
    environment = {"CREDENTIALS_DIRECTORY": str(credentials)}
    keys = read_registry_keys(tmp_path / "registry.key", environment)
    assert keys == RegistryKeys(RegistryKey(b"\xcd" * 32, None))


def test_two_keys_come_back_with_their_instants_and_no_repr_holds_one(tmp_path: Path) -> None:
    path = tmp_path / "registry.key"
    keys = RegistryKeys(RegistryKey(b"\xab" * 32, NOW_S), RegistryKey(b"\xcd" * 32, None))
    for written in (keys, RegistryKeys(keys.current)):
        replace_registry_keys(path, written)
        assert read_registry_keys(path, {}) == written
        assert path.stat().st_mode & 0o777 == 0o600
    assert keys.secrets == (b"\xab" * 32, b"\xcd" * 32)
    assert "ab" * 4 not in repr(keys)
    assert "cd" * 4 not in repr(keys)


def test_one_program_writes_to_a_registry_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "registry.lock"
    with sole_writer(lock), pytest.raises(RegistryKeyError, match="another"), sole_writer(lock):
        pytest.fail("two at once")
    with sole_writer(lock):
        pass
