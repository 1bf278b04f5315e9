"""Personal fields: sealed, bound to their place, and gone when their day is erased."""

from collections.abc import Callable
from dataclasses import replace
import os
from pathlib import Path
import secrets

import pytest

from egate.domain.record import Entry, EntryKind
from egate.journal.envelope import DayKeys, Envelope, EnvelopeError, Erased, Sealer, day_of, unseal
from egate.journal.key_file import KeyFileError, public_key, signing_key

AT_UTC_S = 1_795_305_600.0  # 2026-11-22
DAY = "2026-11-22"
SECRET = {"registration": "SPECIMEN-0001"}
PLACE = "egate/lane-1/0011223344556677/1"


def _entry(passage: int | None = 1, kind: EntryKind = EntryKind.PASSAGE_BEGAN) -> Entry:
    return Entry(kind, 0.0, AT_UTC_S, passage, personal=SECRET)


def _sealed(sealer: Sealer, entry: Entry) -> Envelope:
    envelope = sealer.seal(entry, PLACE)
    assert envelope is not None
    return envelope


@pytest.fixture
def keys(tmp_path: Path) -> DayKeys:
    return DayKeys(tmp_path / "day_keys.json", secrets.token_bytes)


@pytest.fixture
def sealer(keys: DayKeys) -> Sealer:
    return Sealer(keys, secrets.token_bytes)


def test_what_is_sealed_opens_at_its_place(keys: DayKeys, sealer: Sealer) -> None:
    envelope = _sealed(sealer, _entry())
    assert day_of(AT_UTC_S) == envelope.day == DAY
    assert unseal(envelope, keys, PLACE) == SECRET


def test_an_entry_without_personal_fields_makes_no_key(sealer: Sealer, tmp_path: Path) -> None:
    assert sealer.seal(replace(_entry(), personal={}), PLACE) is None
    assert list(tmp_path.iterdir()) == []


def test_an_envelope_moved_to_another_record_does_not_open(keys: DayKeys, sealer: Sealer) -> None:
    with pytest.raises(EnvelopeError):
        unseal(_sealed(sealer, _entry()), keys, PLACE + "1")


def test_a_changed_box_does_not_open(keys: DayKeys, sealer: Sealer) -> None:
    envelope = _sealed(sealer, _entry())
    box = bytes([envelope.box[0] ^ 1]) + envelope.box[1:]
    with pytest.raises(EnvelopeError):
        unseal(replace(envelope, box=box), keys, PLACE)


def test_one_passage_has_one_key_and_the_next_another(sealer: Sealer) -> None:
    first, again = _sealed(sealer, _entry()), _sealed(sealer, _entry())
    assert first.wrapped_key == again.wrapped_key
    assert first.nonce != again.nonce
    assert _sealed(sealer, _entry(passage=2)).wrapped_key != first.wrapped_key


def test_the_passage_key_is_forgotten_when_the_passage_ends(sealer: Sealer) -> None:
    first = _sealed(sealer, _entry())
    _sealed(sealer, _entry(kind=EntryKind.PASSAGE_ENDED))
    assert _sealed(sealer, _entry()).wrapped_key != first.wrapped_key


def test_an_erased_day_opens_no_more(keys: DayKeys, sealer: Sealer) -> None:
    envelope = _sealed(sealer, _entry())
    assert keys.erase(DAY)
    assert not keys.erase(DAY)
    with pytest.raises(Erased):
        unseal(envelope, keys, PLACE)


def test_a_day_begun_again_does_not_open_what_was_erased(keys: DayKeys, sealer: Sealer) -> None:
    envelope = _sealed(sealer, _entry())
    keys.erase(DAY)
    newer = _sealed(sealer, _entry(passage=2))
    assert unseal(newer, keys, PLACE) == SECRET
    with pytest.raises(Erased):
        unseal(envelope, keys, PLACE)


def test_a_day_erased_by_another_process_is_not_written_back(
    keys: DayKeys, sealer: Sealer, tmp_path: Path
) -> None:
    _sealed(sealer, _entry())
    old = keys.key(DAY)
    elsewhere = DayKeys(tmp_path / "day_keys.json", secrets.token_bytes)
    assert elsewhere.erase(DAY)
    keys.key_or_new("2026-11-23")
    assert keys.days() == ("2026-11-23",)
    assert keys.key_or_new(DAY) != old


def test_the_key_file_is_for_its_owner_only_and_leaves_nothing_beside_it(
    keys: DayKeys, tmp_path: Path
) -> None:
    keys.key_or_new(DAY)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["day_keys.json", "day_keys.json.lock"]
    assert (tmp_path / "day_keys.json").stat().st_mode & 0o777 == 0o600


def test_a_half_written_key_file_of_a_crash_is_passed_over(keys: DayKeys, tmp_path: Path) -> None:
    (tmp_path / "day_keys.json.new").write_bytes(b"{")
    keys.key_or_new(DAY)
    assert keys.days() == (DAY,)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"format":1,"day_keys":{"d":"AAAA"}}', '{"format":1,"day_keys":[]}'],
)
def test_a_damaged_key_file_is_refused_and_kept(
    content: str, keys: DayKeys, tmp_path: Path
) -> None:
    path = tmp_path / "day_keys.json"
    path.touch(mode=0o600)
    path.write_text(content)
    for use in (keys.days, lambda: keys.key_or_new(DAY), lambda: keys.erase(DAY)):
        with pytest.raises(KeyFileError, match="holds no day keys"):
            use()
    assert path.read_text() == content


def test_a_key_file_that_others_may_read_is_refused(keys: DayKeys, tmp_path: Path) -> None:
    keys.key_or_new(DAY)
    (tmp_path / "day_keys.json").chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod it to 0600"):
        DayKeys(tmp_path / "day_keys.json", secrets.token_bytes).days()


def test_a_key_that_cannot_be_written_is_an_error_and_the_old_ones_stay(
    keys: DayKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.key_or_new(DAY)
    monkeypatch.setattr(os, "fsync", _refuse(28))
    with pytest.raises(KeyFileError, match="No space left"):
        keys.key_or_new("2026-11-23")
    assert keys.days() == (DAY,)


def test_the_signing_key_is_made_once_with_its_public_half_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.key"
    made = signing_key(path, lambda length: b"\x05" * length)
    again = signing_key(path, secrets.token_bytes)
    assert made.private_bytes_raw() == again.private_bytes_raw() == b"\x05" * 32
    assert public_key(tmp_path / "journal.pub") == made.public_key()
    assert path.stat().st_mode & 0o777 == 0o600


def _refuse(number: int) -> Callable[[int], None]:
    def fsync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return fsync
