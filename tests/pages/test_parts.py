"""The parts of the pages without a socket: people, sessions, the day, plots."""

from collections.abc import Callable
from contextlib import suppress
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
import pytest

from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lane_view import LaneView
from egate.pages.day import Day, Ending
from egate.pages.hub import STALE_AFTER_S, Hub
from egate.pages.people import People, PeopleRefused, Person, Role, read_people
from egate.pages.plot import bars, line
from egate.pages.sessions import IDLE_S, MOST_SESSIONS, Keeping, Session, Sessions
from egate.ports.lane_link import OfficerLine, TechnicianLine
from egate.wire.errors import FrameError
from egate.wire.pictures import decode, encode

NAMED = {"name": "A", "roles": ["officer"], "key_sha256": "0" * 64}


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Nowhere:
    """A link to no lane."""

    name = "gate"

    async def watch(self, on_shown: object, on_health: object = None) -> None:
        raise AssertionError(on_shown, on_health)

    def attach(self, officer: str, on_decision: object) -> OfficerLine:
        raise AssertionError(officer, on_decision)

    def serve(self, technician: str, on_told: object) -> TechnicianLine:
        raise AssertionError(technician, on_told)


def shows(hub: Hub, at_s: float, state: LaneState, passage: int | None = None) -> None:
    trouble = Trouble.FACE_MISMATCH if state is LaneState.REFERRED else None
    hub.shown(hub.lanes["gate"], LaneView(at_s, state, passage, trouble))


@pytest.mark.parametrize(
    "people",
    [
        [], {}, {"people": 1}, {"people": [1]}, {"people": [{}]},
        {"people": [NAMED | {"name": ""}]}, {"people": [NAMED | {"name": "a\nb"}]},
        {"people": [NAMED | {"name": "x" * 65}]}, {"people": [NAMED | {"roles": "officer"}]},
        {"people": [NAMED | {"roles": ["king"]}]}, {"people": [NAMED | {"roles": [{}]}]},
        {"people": [NAMED | {"key_sha256": "0" * 63}]}, {"people": [NAMED | {"key_sha256": ""}]},
        {"people": [NAMED | {"key": "x"}]}, {"people": [NAMED, NAMED]},
        {"people": [NAMED | {"name": str(n)} for n in range(201)]},
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_people_is_refused(people: object) -> None:
    with pytest.raises(PeopleRefused):
        read_people(json.dumps(people))


@pytest.mark.parametrize("text", ["", "{", "[" * 5000, "x" * 70_000])
def test_what_is_no_file_of_people_is_refused(text: str) -> None:
    with pytest.raises(PeopleRefused):
        read_people(text)


def test_everybody_is_a_traveller_and_nobody_is_more_by_saying_nothing() -> None:
    (person,) = read_people(json.dumps({"people": [NAMED]})).known
    assert person.roles == {Role.TRAVELLER, Role.OFFICER}
    assert Person().roles == {Role.TRAVELLER}
    assert read_people(json.dumps({"people": [NAMED]})).by_certificate("") is None


def test_a_session_ends_when_it_is_idle_and_others_take_its_place() -> None:
    time, ended = Time(), list[str]()
    draws = iter(range(10_000))
    sessions = Sessions(time, lambda size: next(draws).to_bytes(size, "big"))
    sessions.on_ended = lambda session: ended.append(session.person.name)
    all_of_them = [sessions.begin(Person(str(n))) for n in range(MOST_SESSIONS)]
    assert sessions.begin(Person("one more")) is None
    first = all_of_them[0]
    assert first is not None
    assert repr(first) == "Session(0)"
    time.now_s += IDLE_S
    assert sessions.of(first.key) is first
    time.now_s += 1
    assert sessions.begin(Person("one more")) is not None
    assert ended == [str(n) for n in range(1, MOST_SESSIONS)]
    time.now_s += IDLE_S + 1
    assert sessions.of(first.key) is None


def drawn() -> Callable[[int], bytes]:
    draws = iter(range(10_000))
    return lambda size: next(draws).to_bytes(size, "big")


def begun(sessions: Sessions, person: Person) -> Session:
    session = sessions.begin(person)
    assert session is not None
    return session


def test_a_session_outlives_a_restart_with_the_roles_of_today_and_not_its_person(
    tmp_path: Path,
) -> None:
    time, path = Time(), tmp_path / "sessions.json"
    everyone = frozenset(Role)
    before = People((Person("A", everyone, "0" * 64), Person("B", everyone, "1" * 64)))
    first = Sessions(time, drawn(), keeping=Keeping(path, before))
    stays, goes = (begun(first, one) for one in before.known)
    after = People((Person("A", frozenset({Role.AUDITOR}), "0" * 64),))
    for _again in range(2):  # the second restart keeps whom nobody asked for in between
        again = Sessions(time, drawn(), keeping=Keeping(path, after))
        again.expire()
    back = again.of(stays.key)
    assert back is not None
    assert (back.proof, back.person) == (stays.proof, after.known[0])
    assert again.of(stays.key) is back
    assert again.has(back)
    assert again.of(goes.key) is None
    assert again.of("") is again.of("x") is None
    again.end(back)
    assert Sessions(time, drawn(), keeping=Keeping(path, after)).of(stays.key) is None


def test_what_is_kept_of_sessions_is_for_their_process_alone_and_signs_nobody_in(
    tmp_path: Path,
) -> None:
    time, path = Time(), tmp_path / "sessions.json"
    people = People((Person("A", frozenset(Role), "0" * 64),))
    session = begun(Sessions(time, drawn(), keeping=Keeping(path, people)), people.known[0])
    kept = path.read_text()
    assert session.key not in kept
    assert session.proof not in kept
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [path]
    digest = json.loads(kept)["sessions"][0]["key_sha256"]
    again = Sessions(time, drawn(), keeping=Keeping(path, people))
    assert again.of(digest) is None


@pytest.mark.parametrize(
    "spoilt",
    ["", "[]", '{"sessions": 3}', '{"sessions": [{"name": "A"}]}', "{" * 70_000, "\0" * 9],
)
def test_a_file_that_keeps_no_sessions_signs_nobody_in_and_is_replaced(
    tmp_path: Path, spoilt: str
) -> None:
    path = tmp_path / "sessions.json"
    path.write_text(spoilt)
    people = People((Person("A", frozenset(Role), "0" * 64),))
    sessions = Sessions(Time(), drawn(), keeping=Keeping(path, people))
    begun(sessions, people.known[0])
    assert json.loads(path.read_text())["sessions"][0]["name"] == "A"


@pytest.mark.parametrize("passed_s", [IDLE_S + 1, -1.0])
def test_an_idle_session_and_one_of_another_boot_do_not_come_back(
    tmp_path: Path, passed_s: float
) -> None:
    time, path = Time(), tmp_path / "sessions.json"
    people = People((Person("A", frozenset(Role), "0" * 64),))
    session = begun(Sessions(time, drawn(), keeping=Keeping(path, people)), people.known[0])
    time.now_s += passed_s
    assert Sessions(time, drawn(), keeping=Keeping(path, people)).of(session.key) is None


def test_a_lane_is_closed_when_its_state_is_older_than_two_seconds() -> None:
    time = Time()
    hub = Hub((Nowhere(),), time)
    lane = hub.lanes["gate"]
    assert lane.state(time.now_s) is LaneState.CLOSED
    shows(hub, time.now_s, LaneState.READY)
    assert lane.state(time.now_s + STALE_AFTER_S) is LaneState.READY
    assert lane.state(time.now_s + STALE_AFTER_S + 0.01) is LaneState.CLOSED


def test_a_day_counts_how_passages_ended_and_how_long_crossings_took() -> None:
    time, utc = Time(), Time()
    utc.now_s = 3600.0 * 100 + 10
    hub = Hub((Nowhere(),), time)
    day = Day(hub, utc)
    for at_s, state, passage in (
        (0.0, LaneState.READY, None),
        (1.0, LaneState.READING, 1), (7.0, LaneState.LEAVING, 1), (9.0, LaneState.READY, None),
        (10.0, LaneState.READING, 2), (11.0, LaneState.TURNED_AWAY, 2),
        (12.0, LaneState.READING, 3), (14.0, LaneState.REFERRED, 3),
        (20.0, LaneState.RETURNING, 3), (25.0, LaneState.READY, None),
    ):  # fmt: skip
        shows(hub, at_s, state, passage)
    hours = day.hours("gate")
    assert len(hours) == 24
    assert hours[-1].began_utc_s == 3600 * 100
    assert hours[-1].endings == {
        Ending.CROSSED: 1, Ending.TURNED_AWAY: 1, Ending.LET_BACK: 1,
    }  # fmt: skip
    assert (hours[-1].called, hours[-1].median_s) == (1, 8.0)
    assert [event.trouble for event in day.events("gate")] == [Trouble.FACE_MISMATCH]
    utc.now_s += 24 * 3600
    assert not any(hour.endings for hour in day.hours("gate"))


def test_plots_stay_in_their_box_and_break_where_nothing_is_known() -> None:
    assert bars([]) == ()
    assert all(0 <= bar.y <= 60 and bar.height <= 60 for bar in bars([0, 3, 9, 1]))
    drawn = line([None, 2.0, 4.0, None, 1.0])
    assert drawn.points == ("60.0,30.0 120.0,0.0", "240.0,45.0")
    assert drawn.highest == 4.0
    assert line([None]).points == ()


@given(st.binary(max_size=200))
def test_whatever_comes_as_a_picture_is_one_or_is_refused(datagram: bytes) -> None:
    with suppress(FrameError):
        assert encode(decode(datagram)) == datagram


@given(st.text(max_size=200))
def test_whatever_stands_in_a_file_of_people_is_people_or_is_refused(text: str) -> None:
    with pytest.raises(PeopleRefused):
        read_people(text)
