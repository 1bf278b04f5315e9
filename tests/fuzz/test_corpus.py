"""What the fuzzer kept, what it begins with, and random bytes: all are read or refused in time."""

from hashlib import sha1

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from tests.fuzz.replay import CORPUS, fault, kept
from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

MOST_S = 2.0  # of processor time; the fuzzer calls 0.5 s slow, on a machine it has to itself
MOST_BYTES = 65_536
MOST_BYTES_OF_ALL = 1_500_000
KEPT = sorted(CORPUS.glob("*/*"))


def test_every_target_has_seeds_and_a_corpus_and_no_corpus_is_without_a_target() -> None:
    assert set(SEEDS) == set(TARGETS) == {file.parent.name for file in KEPT}


def test_the_corpus_is_small_and_named_by_its_content() -> None:
    sizes = {file: file.stat().st_size for file in KEPT}
    assert max(sizes.values()) <= MOST_BYTES
    assert sum(sizes.values()) <= MOST_BYTES_OF_ALL
    misnamed = [file for file in KEPT if file.name != sha1(file.read_bytes()).hexdigest()]
    assert misnamed == []


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_kept_is_read_or_refused_in_time(name: str) -> None:
    faults = {file.name: fault(name, file.read_bytes(), MOST_S) for file in kept(name)}
    assert {file: told for file, told in faults.items() if told} == {}


@pytest.mark.parametrize("name", TARGETS)
def test_what_the_fuzzer_begins_with_is_read_or_refused_in_time(name: str) -> None:
    seeds = list(SEEDS[name]())
    assert seeds
    assert [told for told in (fault(name, seed, MOST_S) for seed in seeds) if told] == []


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_bytes_are_read_or_refused_in_time(name: str, data: st.DataObject) -> None:
    raw = data.draw(st.binary(max_size=min(TARGETS[name].max_len, 512)))
    assert fault(name, raw, MOST_S) == ""


def test_a_fault_is_told_by_its_kind_and_place_and_never_by_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def spoilt(_: bytes) -> None:
        raise KeyError("ERIKSSON")

    broken = TARGETS["cbor"].__class__(spoilt, ())
    monkeypatch.setattr("tests.fuzz.replay.TARGETS", {"cbor": broken})
    told = fault("cbor", b"")
    assert told.startswith("KeyError at ")
    assert "ERIKSSON" not in told


def test_a_slow_input_is_a_fault() -> None:
    assert fault("cbor", b"\x00", most_s=-1.0).startswith("slow: ")
