"""A console with ten busy lanes holds no more after a hundred events than before.

`make bench-pages` does the same for a minute and prints the figures.
"""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from egate.domain.lane_state import LaneState
from egate.pages.people import Role
from tests.pages.chromium import chromium, needs_chromium, opened, shot
from tests.pages.gate import KEYS, Served
from tests.pages.ten_lanes import LANES, Look, Traffic, frames, grown

LOOKS, EVENTS_A_LOOK = 6, 15
LEAK = """() => {
  const stream = new EventSource("/console/events");
  window.kept = [];
  stream.addEventListener("state", () => {
    for (let one = 0; one < 20; one += 1) kept.push(document.createElement("p"));
  });
}"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return frames(tmp_path_factory.mktemp("played"))


def test_what_is_played_is_what_a_lane_really_showed(played: list[dict[str, Any]]) -> None:
    shown = played
    states = {one["state"] for one in shown}
    assert {LaneState.LEAVING, LaneState.REFERRED, LaneState.TURNED_AWAY, LaneState.READY} <= states
    assert len({one["active"] for one in shown}) > 3
    assert len({one["passage"] for one in shown} - {None}) == 3


@needs_chromium
def test_ten_lanes_at_ten_changes_a_second_fill_no_memory_and_a_leak_is_noticed(
    tmp_path: Path, played: list[dict[str, Any]]
) -> None:
    with Served(tmp_path, lanes=LANES) as served, chromium() as browser:
        page = opened(browser, served, "/console", KEYS[Role.OFFICER])
        expect(page.locator(".tile")).to_have_count(LANES)
        expect(page.locator("#lane-facts")).to_contain_text("you are attached")
        traffic, look = Traffic(served, played), Look(page)
        traffic.start()

        def looked() -> list[str]:
            held = []
            for _look in range(LOOKS):
                until = look.heard + EVENTS_A_LOOK
                page.wait_for_function("until => heard >= until", arg=until)
                held.append(look.memory())
            return grown(held)

        page.wait_for_function("until => heard >= until", arg=len(played) // 2)  # all states once
        assert looked() == []
        shot(page, "console_ten_lanes")
        page.evaluate(LEAK)
        assert [one.split(":")[0] for one in looked() if one.startswith("nodes")] == ["nodes"]
        traffic.stop()
        assert traffic.sent >= 2 * LOOKS * EVENTS_A_LOOK
        page.context.close()
