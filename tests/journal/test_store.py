"""The journal on disk: what is acknowledged stays, what is broken is put by, one writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
import os
from pathlib import Path
import random
import resource
import secrets
import shutil
import signal
import subprocess
import sys

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from egate.domain.lane_part import Direction
from egate.domain.record import Clearance, Entry, EntryKind
from egate.journal.database import why_unsound
from egate.journal.envelope import DayKeys, Erased, unseal
from egate.journal.reader import read
from egate.journal.store import Place, SqliteJournal, open_journal, place_of
from egate.journal.verify import Verdict, verify
from egate.ports.journal import Journal, JournalFailed

NOW_S = 1_795_305_600.0
Open = Callable[..., SqliteJournal]
Passage = Callable[[int], list[Entry]]
NOTE = Entry(EntryKind.NOTE, 1.0, NOW_S, facts={"what": "x"})


def _proven(place: Place, key: Ed25519PrivateKey) -> Verdict:
    with read(place.path) as reader:
        return verify(reader, key.public_key(), lambda _done, _total: None)


def test_it_is_the_journal_the_gate_asks_for(opened: Open) -> None:
    journal: Journal = opened()
    assert journal.latest_utc_s() == 0.0
    assert journal.append([]) == 0


def test_an_append_returns_the_last_number_and_all_of_it_is_read_back(
    opened: Open, place: Place, passage: Passage
) -> None:
    assert opened().append(passage(1)) == 4
    with read(place.path) as reader:
        found = list(reader.entries())
    assert [each.seq for each in found] == [1, 2, 3, 4]
    assert [each.entry for each in found] == [replace(each, personal={}) for each in passage(1)]


def test_every_record_and_checkpoint_is_proven(
    opened: Open, place: Place, passage: Passage, key: Ed25519PrivateKey
) -> None:
    journal = opened()
    for number in range(1, 6):
        journal.append(passage(number))
    journal.append([NOTE])
    verdict = _proven(place, key)
    assert verdict.fault is None
    assert (verdict.records, verdict.checkpoints, verdict.unsigned) == (21, 6, 1)
    assert verdict.clearances == 5


def test_a_checkpoint_is_written_after_so_many_records_and_at_the_end(
    opened: Open, place: Place, key: Ed25519PrivateKey
) -> None:
    journal = opened(replace(place, checkpoint_every=3))
    for _ in range(4):
        journal.append([NOTE])
    assert _proven(place, key).checkpoints == 2
    journal.close()
    journal.close()
    verdict = _proven(place, key)
    assert (verdict.checkpoints, verdict.unsigned) == (3, 0)


def test_it_goes_on_where_it_was(opened: Open, passage: Passage) -> None:
    first = opened()
    first.append(passage(7))
    epoch = first.identity.epoch
    first.close()
    again = opened()
    assert again.kept_aside is None
    assert again.identity.epoch == epoch
    assert again.next_passage() == 8
    assert again.next_passage() == 9
    assert again.latest_utc_s() == NOW_S + 7
    assert again.append([NOTE]) == 5


def test_a_used_token_stays_used_when_the_gate_restarts(opened: Open, passage: Passage) -> None:
    token = (7).to_bytes(16, "big")
    journal = opened()
    assert journal.last_clearance(token) is None
    journal.append(passage(7))
    journal.close()
    assert opened().last_clearance(token) == Clearance(token, Direction.ENTRY, NOW_S + 7)


def test_the_newest_clearance_of_a_token_counts(opened: Open) -> None:
    journal = opened()
    for at_utc_s, direction in ((NOW_S, Direction.ENTRY), (NOW_S + 9, Direction.EXIT)):
        used = Clearance(b"t" * 16, direction, at_utc_s)
        journal.append([replace(NOTE, clearance=used)])
    assert journal.last_clearance(b"t" * 16) == Clearance(b"t" * 16, Direction.EXIT, NOW_S + 9)


def test_a_second_writer_is_refused_and_a_reader_is_not(opened: Open, place: Place) -> None:
    first = opened()
    with pytest.raises(JournalFailed, match="another process writes this journal"):
        opened()
    with read(place.path) as reader:
        assert reader.size() == 0
        first.append([NOTE])
        assert reader.size() == 1


def test_a_reader_leaves_the_write_ahead_log_alone(opened: Open, place: Place) -> None:
    journal = opened()
    journal.append([NOTE])
    log = place.path.with_name("journal.sqlite-wal")
    before = log.read_bytes(), place.path.read_bytes()
    with read(place.path) as reader:
        assert reader.size() == 1
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "DELETE FROM entry"):
            with pytest.raises(apsw.Error):
                reader._connection.execute(statement).fetchall()
    assert (log.read_bytes(), place.path.read_bytes()) == before


def test_a_sqlite_that_can_corrupt_the_log_is_refused(
    opened: Open, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.40.1")
    with pytest.raises(JournalFailed, match="WAL-reset"):
        opened()
    assert not place.path.exists()


@pytest.mark.parametrize(
    ("version", "is_sound"),
    [
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.46.1", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.52.0", False),
        ("3.53.0", True),
    ],
)
def test_the_sound_releases_of_sqlite_are_known(version: str, is_sound: bool) -> None:
    assert (why_unsound(version) is None) is is_sound


def test_nothing_of_an_append_with_a_bad_fact_is_kept(
    opened: Open, place: Place, key: Ed25519PrivateKey
) -> None:
    journal = opened()
    bad = replace(NOTE, facts={"score": float("nan")})
    with pytest.raises(JournalFailed, match="not finite"):
        journal.append([NOTE, bad])
    assert journal.append([NOTE]) == 1
    assert _proven(place, key).records == 1


def test_a_closed_journal_writes_nothing(opened: Open) -> None:
    journal = opened()
    journal.close()
    with pytest.raises(JournalFailed, match="closed"):
        journal.append([NOTE])


def test_a_file_that_outgrows_its_limit_fails_whole_and_goes_on_later(
    opened: Open, place: Place, passage: Passage, key: Ed25519PrivateKey
) -> None:
    journal = opened()
    with _file_limit(120_000):
        acknowledged, what = _write_until_refused(journal, passage)
    assert acknowledged > 0
    assert what in ("I/O error", "the disk is full")
    assert journal.append([NOTE]) == acknowledged + 1
    assert _proven(place, key).fault is None


def test_a_full_disk_fails_whole_and_loses_nothing(
    opened: Open, tmp_path: Path, passage: Passage, key: Ed25519PrivateKey
) -> None:
    with _small_disk(tmp_path / "disk") as disk:
        place = Place("lane-1", disk / "journal.sqlite", tmp_path / "day_keys.json")
        journal = opened(place)
        acknowledged, what = _write_until_refused(journal, passage)
        verdict = _proven(place, key)
        assert acknowledged > 0
        assert what == "the disk is full"
        assert (verdict.fault, verdict.records) == (None, acknowledged)
        with suppress(JournalFailed):
            journal.close()


def test_no_acknowledged_record_is_lost_by_kill_9(
    place: Place, passage: Passage, key: Ed25519PrivateKey
) -> None:
    seeded = random.Random(20261122)  # a seed makes the moments repeatable
    acknowledged = 0
    for _ in range(15):
        acknowledged = _write_until_killed(place, key, passage, seeded.randrange(1, 25))
        with open_journal(place, key, secrets.token_bytes, lambda: NOW_S) as journal:
            assert journal.kept_aside is None
        verdict = _proven(place, key)
        assert verdict.fault is None
        assert verdict.records >= acknowledged
    assert acknowledged > 100


def test_a_passage_is_there_whole_or_not_at_all_after_kill_9(
    place: Place, passage: Passage, key: Ed25519PrivateKey
) -> None:
    _write_until_killed(place, key, passage, 5)
    with read(place.path) as reader:
        assert reader.size() % len(passage(1)) == 0


def test_an_erased_day_still_verifies_and_its_fields_are_in_no_file(
    opened: Open, place: Place, passage: Passage, key: Ed25519PrivateKey
) -> None:
    journal = opened()
    journal.append(passage(1))
    day_keys = DayKeys(place.day_keys, secrets.token_bytes)
    with read(place.path) as reader:
        sealed = next(reader.entries()).sealed
    assert sealed is not None
    at = place_of(journal.identity, 1)
    assert unseal(sealed, day_keys, at) == {"registration": "SPECIMEN-0001"}
    day_key = day_keys.key("2026-11-22")
    assert day_key is not None
    assert day_keys.erase("2026-11-22")
    with pytest.raises(Erased):
        unseal(sealed, day_keys, at)
    assert _proven(place, key).fault is None
    journal._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    for file in place.path.parent.iterdir():
        content = file.read_bytes()
        assert b"SPECIMEN" not in content
        assert day_key not in content


def test_a_day_erased_under_way_does_not_stop_the_gate(
    opened: Open, place: Place, passage: Passage
) -> None:
    journal = opened()
    journal.append(passage(1))
    DayKeys(place.day_keys, secrets.token_bytes).erase("2026-11-22")
    assert journal.append(passage(2)) == 8
    assert DayKeys(place.day_keys, secrets.token_bytes).days() == ("2026-11-22",)


def test_a_day_key_that_cannot_be_read_stops_the_gate_before_a_traveller_does(
    opened: Open, place: Place
) -> None:
    place.day_keys.touch(mode=0o600)
    with pytest.raises(JournalFailed, match="holds no day keys"):
        opened()


def _scribble(path: Path) -> None:
    path.write_bytes(b"not a database, " * 512)


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _damage_the_tail(path: Path) -> None:
    _change(path, "UPDATE entry SET record = replace(record, 'ending', 'endink') WHERE seq = 20")


def _forget_the_tail(path: Path) -> None:
    _change(path, "DELETE FROM entry WHERE seq > 18")


def _forge_a_checkpoint(path: Path) -> None:
    _change(path, "UPDATE checkpoint SET note = replace(note, 'lane', 'lame') WHERE size = 20")


def _come_from_the_future(path: Path) -> None:
    _change(path, "PRAGMA user_version = 99")


def _change(path: Path, statement: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(statement).fetchall()
    connection.close()


@pytest.mark.parametrize(
    "spoil",
    [
        _scribble,
        _truncate,
        _damage_the_tail,
        _forget_the_tail,
        _forge_a_checkpoint,
        _come_from_the_future,
    ],
)
def test_a_spoilt_journal_is_put_by_untouched_and_a_new_epoch_begins(
    spoil: Callable[[Path], None], opened: Open, place: Place, passage: Passage
) -> None:
    journal = opened()
    for number in range(1, 6):
        journal.append(passage(number))
    epoch = journal.identity.epoch
    journal.close()
    spoil(place.path)
    spoilt = place.path.read_bytes()
    fresh = opened()
    kept = fresh.kept_aside
    assert kept is not None
    assert kept.path.read_bytes() == spoilt
    assert kept.path.name.endswith(".20261122T000000Z")
    assert fresh.identity.epoch != epoch
    with read(place.path) as reader:
        first = next(reader.entries()).entry
    assert first.facts["what"] == "journal_kept_aside"
    assert first.facts["why"] == kept.why


def test_used_tokens_of_a_spoilt_journal_stay_used(
    opened: Open, place: Place, passage: Passage, key: Ed25519PrivateKey
) -> None:
    journal = opened()
    journal.append(passage(1))
    epoch = journal.identity.epoch
    journal.close()
    _change(place.path, "UPDATE entry SET record = '{}' WHERE seq = 2")
    fresh = opened()
    assert fresh.kept_aside is not None
    assert fresh.kept_aside.clearances == 1
    assert epoch in fresh.kept_aside.path.name
    assert fresh.last_clearance((1).to_bytes(16, "big")) is not None
    assert _proven(place, key).fault is None


def test_a_journal_whose_tokens_cannot_all_be_read_says_since_when_they_are_known(
    opened: Open, place: Place, passage: Passage
) -> None:
    journal = opened()
    journal.append(passage(1))
    assert journal.used_known_from_utc_s() == 0.0
    journal.close()
    _scribble(place.path)
    again = opened()
    assert again.used_known_from_utc_s() == NOW_S
    again.close()
    _change(place.path, "UPDATE entry SET leaf = x'00' WHERE seq = 1")
    assert opened().used_known_from_utc_s() == NOW_S


def test_a_journal_that_is_gone_is_no_first_run(
    opened: Open, place: Place, passage: Passage
) -> None:
    journal = opened()
    assert journal.used_known_from_utc_s() == 0.0
    journal.append(passage(1))
    journal.close()
    place.path.unlink()
    again = opened()
    assert again.kept_aside is not None
    assert again.kept_aside.why == "it is gone"
    assert again.used_known_from_utc_s() == NOW_S


def test_used_tokens_that_could_all_be_read_are_known_for_ever(
    opened: Open, place: Place, passage: Passage
) -> None:
    journal = opened()
    journal.append(passage(1))
    journal.close()
    _change(place.path, "UPDATE entry SET leaf = x'00' WHERE seq = 2")
    fresh = opened()
    assert fresh.kept_aside is not None
    assert fresh.used_known_from_utc_s() == 0.0


def test_another_gate_s_journal_is_put_by_and_nothing_is_taken_from_it(
    opened: Open, place: Place, passage: Passage
) -> None:
    journal = opened(replace(place, gate="lane-2"))
    journal.append(passage(1))
    journal.close()
    fresh = opened()
    assert fresh.kept_aside is not None
    assert fresh.kept_aside.why == "it belongs to another gate"
    assert fresh.last_clearance((1).to_bytes(16, "big")) is None


def test_a_journal_signed_with_another_key_is_put_by(opened: Open, passage: Passage) -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
    journal = opened(with_key=other)
    journal.append(passage(1))
    journal.close()
    fresh = opened()
    assert fresh.kept_aside is not None
    assert fresh.kept_aside.why == "it is signed with another key"


def test_two_files_put_by_in_the_same_second_have_two_names(opened: Open, place: Place) -> None:
    kept: list[Path] = []
    for _ in range(2):
        _scribble(place.path)
        journal = opened()
        assert journal.kept_aside is not None
        kept.append(journal.kept_aside.path)
        journal.close()
    assert len(set(kept)) == 2


def test_a_creation_that_was_cut_off_is_begun_again(opened: Open, place: Place) -> None:
    connection = apsw.Connection(str(place.path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.close()
    assert opened().kept_aside is None


def _write_until_killed(
    place: Place, key: Ed25519PrivateKey, passage: Passage, acknowledgements: int
) -> int:
    """Let a child write passages; kill it once so many are acknowledged; return the last."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            journal = open_journal(place, key, secrets.token_bytes, lambda: NOW_S)
            while True:
                seq = journal.append(passage(journal.next_passage()))
                os.write(into, seq.to_bytes(8, "big"))
        os._exit(1)
    os.close(into)
    with os.fdopen(out, "rb", buffering=0) as heard:
        said = b"".join(heard.read(8) or b"" for _ in range(acknowledgements))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said += heard.read()
    return int.from_bytes(said[-8:], "big")


def _write_until_refused(journal: SqliteJournal, passage: Passage) -> tuple[int, str]:
    """Return the last number that was acknowledged, and why no more were."""
    acknowledged = 0
    try:
        for number in range(1, 10_000):
            acknowledged = journal.append(passage(number))
    except JournalFailed as error:
        return acknowledged, error.what
    pytest.fail("the disk never filled")


@contextmanager
def _file_limit(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _small_disk(at: Path) -> Iterator[Path]:
    """Mount a megabyte of memory as a disk, where this process may."""
    at.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None or unmount is None:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(at)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        yield at
    finally:
        subprocess.run([unmount, "-l", str(at)], check=True)
