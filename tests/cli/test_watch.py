"""`egate watch`: what is counted, what is shown, and what is said when no lane is there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import json
from pathlib import Path
import time

import pytest

from egate.cli import carry_out, watch
from egate.cli.watched import Watched
from egate.domain.effect import Prompt
from egate.domain.lane_part import Door, Input, Output
from egate.domain.lane_state import LaneState, Trouble
from egate.domain.lane_view import HealthView, LaneView
from egate.domain.service import PartSeen, Tally, Want
from egate.loop.hosts import Hosts
from egate.loop.messages import HealthShown, StateShown
from tests.loop.parts import ONE_USER

CLOSED_LINES = (Input.ENTRY_CLOSED, Input.EXIT_CLOSED)
READY = LaneView(
    10.0,
    LaneState.READY,
    prompt=Prompt.PRESENT_TOKEN,
    lamps=(Output.ENTRY_GO,),
    active=CLOSED_LINES,
)
INSIDE = replace(
    READY, at_s=11.5, state=LaneState.ENTRY_RELEASED, passage=7, doors=(Door.ENTRY,),
    prompt=Prompt.WALK_IN, active=(Input.EXIT_CLOSED,),
)  # fmt: skip
BROKEN = replace(
    INSIDE, at_s=12.0, state=LaneState.EXCEPTION, trouble=Trouble.DEVICE_LOST, doors=(),
    missing=("camera",), unknown=(Input.ENTRY_CLOSED,), failing=("EG-S101 no_answer",),
)  # fmt: skip
HEALTH = HealthView(
    11.5, 60.0, 300, 0.21, 3.0, 41.0,
    (
        PartSeen("exit", Tally(500_001, errors=1), Tally(700_000, errors=9), (Want.CYCLES,)),
        PartSeen("entry_release", Tally(1), Tally(1)),
        PartSeen("stop", Tally(3, on_s=5400.0), Tally(3, on_s=5400.0)),
        PartSeen("camera", Tally(2, 2, 1, 1), Tally(2, 2, 1, 1)),
    ),
)  # fmt: skip


def rows(*views: LaneView, now_s: float | None = None) -> dict[str, tuple[str, str]]:
    watched = Watched(0.0)
    for view in views:
        watched.take(view, view.at_s + 0.002)
    instant_s = views[-1].at_s if now_s is None else now_s
    return {what: (now, counted) for what, now, counted in watched.rows(instant_s)}


def test_a_lane_at_rest_is_shown_with_its_lines() -> None:
    told = rows(READY)
    assert told["lane"] == ("ready", "1 time")
    assert told["passage"] == ("none", "")
    assert told["screen"] == ("present_token", "")
    assert told["lamps"] == ("entry_go", "")
    assert told["line entry_closed"] == ("yes", "")
    assert told["devices"] == ("all there", "")
    assert told["self-test"] == ("passed", "")
    assert told["told"] == ("", "never late")
    assert "line entry_locked" not in told  # nothing was seen of such a line
    assert "door entry" not in told


def test_what_changes_is_counted_since_the_beginning() -> None:
    told = rows(READY, INSIDE, BROKEN, replace(INSIDE, at_s=12.5), replace(READY, at_s=13.0))
    assert told["lane"] == ("ready", "2 times")
    assert told["passage"] == ("none", "1 passage")
    assert told["door entry"] == ("held", "2 releases")
    assert told["line entry_closed"] == ("yes", "4 changes")
    assert told["devices"] == ("all there", "camera lost 1x")
    assert told["told"] == ("2.0 ms on the way at most", "late by 500 ms at most")


def test_trouble_is_shown_as_it_stands() -> None:
    told = rows(READY, BROKEN)
    assert told["lane"][0] == "exception, device_lost"
    assert told["devices"][0] == "missing: camera"
    assert told["line entry_closed"][0] == "unknown"
    assert told["self-test"][0] == "EG-S101 no_answer"


def test_parts_are_shown_with_what_they_have_done_and_want() -> None:
    watched = Watched(0.0)
    watched.take(INSIDE, 11.5)
    told = {what: (now, counted) for what, now, counted in watched.rows(11.6)}
    assert told["loop"] == ("not told yet", "")
    watched.health = HEALTH
    told = {what: (now, counted) for what, now, counted in watched.rows(11.6)}
    assert told["loop"] == ("late by 0.2 ms, 3.0 at p99, 41.0 at most", "300 turns in 60 s")
    assert told["part exit"] == (
        "wants service",
        "500001 cycles, 1 error since service (700000 ever); WANTS SERVICE: cycles",
    )
    assert told["output entry_release"] == ("driven", "1 cycle since service")
    assert told["output stop"] == ("rests", "3 cycles, 1.5 h since service")
    assert told["part camera"] == ("there", "2 cycles, 1 retry, 2 errors, 1 return since service")
    watched.take(BROKEN, 12.0)
    told = {what: (now, counted) for what, now, counted in watched.rows(12.0)}
    assert told["part camera"][0] == "missing"


def test_an_old_state_is_not_shown_as_if_it_were_one() -> None:
    assert rows(READY, now_s=11.9)["lane"][0] == "ready"
    assert rows(READY, now_s=12.1) == {"lane": ("not heard", "")}
    assert [*Watched(0.0).rows(1.0)] == [("lane", "not heard", "")]


class Nobody:
    """Who listens to hosts where there are none."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def test_a_running_lane_is_heard_over_its_socket(tmp_path: Path) -> None:
    async def case() -> Watched:
        hosts = Hosts(tmp_path / "lane.sock", ONE_USER, time.monotonic, Nobody())
        await hosts.open()
        hosts.show(
            StateShown(
                at_s=time.monotonic(), state=LaneState.CLOSED, passage=None, trouble=None,
                prompt=Prompt.CLOSED, lamps=(Output.STOP,), doors=(), missing=("scanner",),
                failing=("EG-S201 device_lost",),
            )
        )  # fmt: skip
        hosts.show_health(
            HealthShown(
                at_s=time.monotonic(), over_s=60.0, turns=300, late_p50_ms=0.21, late_p99_ms=3.0,
                late_max_ms=41.0, parts=HEALTH.parts,
            )
        )  # fmt: skip
        watched = Watched(time.monotonic())
        try:
            assert await watch._watch(tmp_path / "lane.sock", watched, is_live=False)
        finally:
            await hosts.close()
        return watched

    told = {what: now for what, now, _ in asyncio.run(case()).rows(time.monotonic())}
    assert told["lane"] == "closed"
    assert told["devices"] == "missing: scanner"
    assert told["self-test"] == "EG-S201 device_lost"
    assert told["loop"] == "late by 0.2 ms, 3.0 at p99, 41.0 at most"
    assert told["part exit"] == "wants service"


@pytest.mark.parametrize("option", ["--once", "--json"])
def test_where_no_lane_is_one_line_says_what_to_try(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watch, "HEARD_WITHIN_S", 0.2)
    assert carry_out(["watch", option, "--run-dir", str(tmp_path)]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"egate: no lane shows itself at {tmp_path}")
    assert "sudo -u egate-lane egate watch" in said.err


def test_one_state_in_json_has_the_names_of_the_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def heard(_socket: Path, watched: Watched, *, is_live: bool) -> bool:
        watched.take(BROKEN, BROKEN.at_s)
        watched.health = HEALTH
        return not is_live

    monkeypatch.setattr(watch, "_watch", heard)
    assert carry_out(["watch", "--json", "--run-dir", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "egate.watch/1"
    assert (told["view"]["state"], told["view"]["missing"]) == ("exception", ["camera"])
    assert (told["health"]["late_p99_ms"], told["health"]["parts"][0]["part"]) == (3.0, "exit")
