"""What a lane counts of its parts, how late it turns to things, and what is told and kept of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from egate.compose.lane import lane_parts
from egate.domain.check import Check, Finding, Outcome
from egate.domain.lane_event import InputChanged
from egate.domain.lane_part import Input, Output, Shape
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lateness import LATE_MS, MOST, OVER_S, Lateness
from egate.domain.service import (
    DEFAULT_LIMITS,
    FITTED_OR_NOT,
    PARTS,
    Counter,
    ServiceLimits,
    Tally,
    Want,
    due,
    parts_of,
    seen,
)
from egate.loop.clock import Clock
from egate.loop.counter_file import (
    LARGEST,
    Counted,
    CountersSpoilt,
    as_bytes,
    from_bytes,
    read_counters,
)
from egate.loop.files import Places
from egate.loop.messages import (
    DeviceIs,
    DocumentShown,
    HealthShown,
    MeasureFace,
    MeasureFinger,
    Message,
    ReadDocument,
)
from egate.loop.upkeep import KEPT_EVERY_S, Upkeep, UpkeepParts
from egate.profile.load import find, load
from egate.profile.settings import ServiceAfter
from tests.loop.gate import Gate
from tests.loop.parts import MATCH, NO_FACE, PERMIT, Board, token, until

ALL = parts_of(Shape.MANTRAP, FITTED_OR_NOT)
Write = Callable[[], None]


class Kept:
    """An upkeep by itself: its clock, what it told, and the file it wrote."""

    def __init__(self, known: Counted | None = None, spoilt: str = "") -> None:
        self.now_s = 100.0
        self.told: list[HealthShown] = []
        self.written: list[bytes] = []
        self.put_by = 0
        self._known, self._spoilt = known or Counted(), spoilt
        parts = UpkeepParts(
            ALL, ServiceLimits(door_cycles=1000), self._read, self.written.append, self._put_by
        )
        clock = Clock(lambda: self.now_s, lambda: 1e9 + self.now_s)
        self.upkeep = Upkeep(parts, clock, lambda write, _failed: write(), self.told.append)

    def _read(self) -> Counted:
        if self._spoilt:
            raise CountersSpoilt(self._spoilt)
        return self._known

    def _put_by(self) -> None:
        self.put_by += 1

    def of(self, part: str) -> Tally:
        return self.upkeep.counters[part].total


class Hosts:
    """The way to the hosts, of which none is there where `is_away`."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away
        self.missed: list[str] = []

    def send(self, _host: str, _message: Message) -> bool:
        return not self.is_away

    def missed_deadline(self, host: str) -> None:
        self.missed.append(host)

    def tell_officers(self, decision: object) -> None:
        raise AssertionError(decision)

    def forget_decisions(self) -> None:
        raise AssertionError


def face(attempt: int) -> MeasureFace:
    return MeasureFace(
        request=1, passage=1, attempt=attempt, deadline_at_s=1.0, registration="", nonce=b"",
        reference=PERMIT.reference,
    )  # fmt: skip


def finger(attempt: int) -> MeasureFinger:
    return MeasureFinger(request=1, passage=1, attempt=attempt, deadline_at_s=1.0, registration="R")


def test_a_leaf_that_opens_is_a_cycle_and_one_found_open_is_none() -> None:
    kept = Kept()
    for active in (False, True, False, True, None, False, True, False):
        kept.upkeep.input_is(Input.EXIT_CLOSED, active)
    kept.upkeep.input_is(Input.EXIT_LOCKED, active=False)
    assert kept.of("exit") == Tally(cycles=2)
    assert kept.of("entry") == Tally()


def test_a_door_that_fails_is_the_one_whose_contacts_tell_of_it() -> None:
    kept = Kept()
    secured = dict.fromkeys(Input, True)
    for line, active in (secured | {Input.EXIT_LOCKED: False}).items():
        kept.upkeep.input_is(line, active)
    kept.upkeep.alarmed(Trouble.CONTACTS_DISAGREE)
    kept.upkeep.alarmed(Trouble.DOOR_FORCED)  # that is a person
    assert (kept.of("exit"), kept.of("entry")) == (Tally(errors=1), Tally())
    kept.upkeep.input_is(Input.EXIT_LOCKED, active=True)
    kept.upkeep.outputs_are(frozenset({Output.ENTRY_RELEASE}), 1.0)
    kept.upkeep.alarmed(Trouble.DOOR_NOT_FOLLOWING)
    assert (kept.of("exit").errors, kept.of("entry").errors) == (1, 1)


def test_outputs_count_how_often_and_how_long_they_were_on() -> None:
    kept = Kept()
    release, stop = Output.EXIT_RELEASE, Output.STOP
    for at_s, driven in ((10.0, {stop}), (12.5, {stop, release}), (13.0, {stop}), (20.0, set())):
        kept.upkeep.outputs_are(frozenset(driven), at_s)
    assert kept.of("stop") == Tally(cycles=1, on_s=10.0)
    assert kept.of("exit_release") == Tally(cycles=1, on_s=0.5)


def test_questions_are_counted_as_they_go_out_and_second_tries_as_retries() -> None:
    kept, hosts = Kept(), Hosts()
    way = kept.upkeep.hosts(hosts)
    for question in (face(1), face(2), finger(1), finger(2), finger(3)):
        assert way.send("", question)
    assert way.send("", ReadDocument(request=1, passage=1, deadline_at_s=1.0))
    assert kept.of("camera") == kept.of("light") == Tally(cycles=2, retries=1)
    assert kept.of("fingerprint") == Tally(cycles=3, retries=2)
    way.missed_deadline("document")
    assert kept.of("card_reader") == Tally(cycles=1, errors=1)
    assert hosts.missed == ["document"]
    assert not kept.upkeep.hosts(Hosts(is_away=True)).send("", face(1))
    assert kept.of("camera").cycles == 2  # nobody was there to look


def test_reads_that_came_to_nothing_are_retries() -> None:
    kept = Kept()
    for message in (token(), token(None)):
        kept.upkeep.heard(message)
    laid_wrongly = Finding(Check.MRZ_IS_READABLE, Outcome.INCONCLUSIVE, "too_blurred")
    shown = DocumentShown(began_at_s=1.0, ended_at_s=2.0, findings=(laid_wrongly,))
    kept.upkeep.heard(shown)
    kept.upkeep.heard(shown.model_copy(update={"findings": ()}))
    assert kept.of("scanner") == Tally(cycles=2, retries=1)
    assert kept.of("mrz_reader") == Tally(cycles=2, retries=1)


def test_a_coming_back_is_counted_and_the_first_coming_is_none() -> None:
    kept = Kept()
    kept.upkeep.came("camera")
    kept.upkeep.failed("camera")
    kept.upkeep.went("camera")
    kept.upkeep.came("camera")
    kept.upkeep.came("vision")  # no part of its own
    assert kept.of("camera") == Tally(errors=1, returns=1)


def test_counts_go_on_where_they_were_and_foreign_parts_are_kept() -> None:
    known = {"exit": Counter(Tally(cycles=7), Tally(cycles=5), 3.0), "light": Counter(Tally(9))}
    kept = Kept(Counted(known))
    kept.upkeep.input_is(Input.EXIT_CLOSED, active=True)
    kept.upkeep.input_is(Input.EXIT_CLOSED, active=False)
    kept.upkeep.keep()
    again = from_bytes(kept.written[-1])
    assert again.counters["exit"] == Counter(Tally(cycles=8), Tally(cycles=5), 3.0)
    assert again.counters["exit"].since == Tally(cycles=3)
    assert again.counters["light"] == Counter(Tally(9))


def test_a_spoilt_file_is_put_by_and_counting_begins_anew() -> None:
    kept = Kept(spoilt="it holds no counters")
    assert (kept.put_by, kept.upkeep.spoilt) == (1, "it holds no counters")
    assert {*kept.upkeep.counters.values()} == {Counter()}


def test_it_is_told_once_a_second_and_written_once_a_minute_while_nobody_is_inside() -> None:
    kept = Kept()
    for number in range(1, int(5 * KEPT_EVERY_S) + 1):
        kept.now_s = 100.0 + number / 5
        kept.upkeep.round(kept.now_s, is_idle=False)
    assert 59 <= len(kept.told) <= 61
    assert kept.written == []
    kept.upkeep.round(kept.now_s, is_idle=True)
    kept.upkeep.round(kept.now_s, is_idle=True)
    assert len(kept.written) == 1


def test_what_is_told_names_the_parts_that_want_service() -> None:
    kept = Kept(
        Counted({"entry": Counter(Tally(cycles=1001)), "exit": Counter(Tally(1001), Tally(1))})
    )
    kept.upkeep.round(100.0, is_idle=True)
    wants = {one.part: one.due for one in kept.told[-1].parts if one.due}
    assert wants == {"entry": (Want.CYCLES,)}
    assert [one.part for one in kept.told[-1].parts] == [*ALL]


def test_late_is_what_lies_between_an_edge_and_the_turning_to_it() -> None:
    kept = Kept()
    kept.now_s = 200.0
    for ago_s in (0.0, 0.004, 0.25):
        kept.upkeep.turned_to(InputChanged(kept.now_s - ago_s, Input.EXIT_CLOSED, active=True))
    kept.upkeep.round(kept.now_s - 0.001, is_idle=True)
    told = kept.told[-1]
    assert (told.turns, told.late_p50_ms, told.late_p99_ms) == (4, 1.0, 250.0)


def test_lateness_forgets_what_is_older_than_a_minute_and_tells_a_shorter_time_honestly() -> None:
    late = Lateness(0.0)
    late.note(0.0, 1.0)
    assert late.ticks(5.0, 0.0).max_ms == 1000.0
    assert late.ticks(5.0, 0.0).over_s == 5.0
    assert late.ticks(1.1 + OVER_S, 0.0).count == 0
    for number in range(MOST + 1):
        late.note(100.0 + number / 1000, 100.0 + number / 1000)
    assert late.ticks(100.0 + MOST / 1000, 0.0).over_s == round((MOST - 1) / 1000, 1)
    assert LATE_MS == 50.0


LIMITS: tuple[tuple[str, Tally, list[str]], ...] = (
    ("exit", Tally(cycles=500_000), []),
    ("exit", Tally(cycles=500_001), ["door_cycles"]),
    ("sounder", Tally(cycles=500_001, on_s=1e9), ["relay_cycles"]),
    ("entry_go", Tally(cycles=10**9, on_s=20_000 * 3600.0), []),
    ("entry_go", Tally(on_s=20_000 * 3600.0 + 400), ["lamp_hours"]),
    ("camera", Tally(cycles=3, errors=20), []),
    ("camera", Tally(cycles=3, errors=21), ["errors_per_1000"]),
    ("camera", Tally(cycles=10_000, errors=200), []),
    ("board", Tally(errors=21), ["errors_per_1000"]),
    ("scanner", Tally(2_000_001, errors=10**6), ["scans", "errors_per_1000"]),
)


@pytest.mark.parametrize(("part", "counted", "keys"), LIMITS)
def test_a_part_wants_service_beyond_its_limit_and_not_at_it(
    part: str, counted: Tally, keys: list[str]
) -> None:
    assert [one.key for one in due(part, counted, DEFAULT_LIMITS)] == keys
    told = seen({part: Counter(counted)}, DEFAULT_LIMITS)[0]
    assert len(told.due) == len(keys)


def test_a_service_lets_all_counts_begin_anew_and_keeps_what_was() -> None:
    worn = Counter(Tally(cycles=500_001, errors=99))
    after = worn.serviced(7.0)
    assert (after.since, after.total, after.serviced_at_utc_s) == (Tally(), worn.total, 7.0)
    assert replace(after, total=after.total.plus(Tally(1))).since == Tally(1)


def test_limits_left_out_of_a_profile_are_those_of_the_domain() -> None:
    assert ServiceLimits(**ServiceAfter().model_dump()) == DEFAULT_LIMITS


GOOD = as_bytes(Counted({part: Counter(Tally(1, 2, 3, 4, 5.5)) for part in PARTS}))


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", GOOD[:-1], GOOD.replace(b"5.5", b"NaN"), GOOD.replace(b":2", b":-2"),
        GOOD.replace(b":1,", b":1.5,"), GOOD.replace(b":1,", b":9007199254740993,"),
        GOOD.replace(b"counters/1", b"counters/2"), GOOD.replace(b"cycles", b"turns"),
        b"[" * 10_000, b" " * (LARGEST + 1),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_counters_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "counters.json"
    path.write_bytes(content)
    with pytest.raises(CountersSpoilt):
        read_counters(path)


def test_what_is_written_is_read_again_and_fits_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "counters.json"
    assert read_counters(path) == Counted()
    ticks = Lateness(0.0).ticks(1e9, 2e9)
    full = Counter(Tally(2**50, 2**50, 2**50, 2**50, 1e12 / 3), Tally(2**50, on_s=1e12 / 3), 2e9)
    whole = Counted(dict.fromkeys(PARTS, full), (ticks,) * 300)
    path.write_bytes(as_bytes(whole))
    again = read_counters(path)
    assert (again.counters, len(again.ticks)) == (whole.counters, 120)
    path.write_bytes(as_bytes(Counted({"exit": full})).replace(b'"exit"', b'"elsewhere"'))
    assert read_counters(path).counters == {}


def test_a_running_lane_counts_a_passage_and_writes_it_down_at_its_end(
    run_gate: Callable[..., Gate],
) -> None:
    files: list[bytes] = []

    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks(NO_FACE)
        await until(lambda: len(gate.asked()) == 2)
        gate.looks(MATCH)
        await gate.walks_out()
        await gate.stands(LaneState.READY)
        gate.vision.say(DeviceIs(device="camera", present=False, what="unplugged"))
        gate.vision.say(DeviceIs(device="camera", present=True))
        await until(lambda: health(gate) and _part(gate, "camera").returns == 1)

    gate = run_gate(case, upkeep=UpkeepParts(ALL, write=files.append))
    counters = from_bytes(files[-1]).counters
    cycles = {part: one.total.cycles for part, one in counters.items() if one.total.cycles}
    assert cycles.items() >= {
        "entry": 1, "exit": 1, "entry_release": 1, "exit_release": 1, "scanner": 1, "camera": 2,
    }.items()  # fmt: skip
    assert counters["camera"].total == Tally(2, errors=1, retries=1, returns=1)
    assert from_bytes(files[-1]).ticks[-1].count > 0
    assert health(gate)[-1].turns > 0


def test_a_gates_counters_outlive_its_lane_and_a_spoilt_file_is_kept_aside(tmp_path: Path) -> None:
    def lane() -> Upkeep:
        parts = lane_parts(load(find("bench_mantrap")), Places(tmp_path, tmp_path / "run")).upkeep
        clock = Clock(lambda: 1.0, lambda: 1e9)
        return Upkeep(parts, clock, lambda write, _failed: write(), lambda _shown: None)

    path = tmp_path / "counters.json"
    for life in range(1, 4):
        upkeep = lane()
        upkeep.heard(token())
        upkeep.keep()
        assert upkeep.counters["scanner"].total.cycles == life
    assert path.stat().st_mode & 0o777 == 0o640
    path.write_text("{}")
    assert lane().counters["scanner"].total.cycles == 0
    assert (tmp_path / "counters.json.spoilt").read_text() == "{}"
    assert not path.exists()


def test_what_cannot_be_written_is_the_journals_thread_to_survive(
    run_gate: Callable[..., Gate],
) -> None:
    def refuses(_content: bytes) -> None:
        raise OSError(28, "no space")

    async def case(gate: Gate) -> None:
        await gate.walks_in()
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    gate = run_gate(case, upkeep=UpkeepParts(ALL, write=refuses))
    assert gate.journal.is_closed


def test_a_lane_whose_board_is_lost_counts_it(run_gate: Callable[..., Gate]) -> None:
    async def case(gate: Gate) -> None:
        board: Board = gate.board
        board.gone = True
        await until(lambda: health(gate) and _part(gate, "board").errors == 1)
        board.gone = False
        await until(lambda: _part(gate, "board").returns == 1)

    run_gate(case, upkeep=UpkeepParts(ALL))


def health(gate: Gate) -> list[HealthShown]:
    return [message for message in gate.page.received if isinstance(message, HealthShown)]


def _part(gate: Gate, name: str) -> Tally:
    return next(one.since for one in health(gate)[-1].parts if one.part == name)
