"""What a person may do with an open bench and what is refused, beside a lane that only shows."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
import subprocess
import sys
import time

import pytest

from egate.domain.lane_part import Shape
from simulators.bench import Bench
from simulators.bench_page import Asked, BenchPage, Link
from simulators.cast import CastFailed
from simulators.director import Director
from simulators.gate_process import GateProcess
from simulators.play import NotNow, Play
from simulators.scenario import Scenario, load_all

SCENARIOS = load_all(lambda one: one.name in ("01_passes", "20_impostor"))


async def brings_nothing(scenario: Scenario) -> Sequence[str]:
    return ["" for _ in scenario.people]


async def brings_trouble(_scenario: Scenario) -> Sequence[str]:
    raise CastFailed("no key")


class Table:
    """An open bench without a gate: `shows` says what the lane would."""

    def __init__(
        self,
        folder: Path,
        brings: Callable[[Scenario], Awaitable[Sequence[str]]] = brings_nothing,
    ) -> None:
        self.bench = Bench(Shape.MANTRAP, folder, {"person_1": None, "person_3": None})  # type: ignore[dict-item]  # nobody looks
        log = folder / "gate.log"
        log.write_text("")
        gate = GateProcess(self.bench, folder, log)
        self.director = Director(self.bench, 1, by_script=False)
        self.play = Play(self.bench, gate, self.director, SCENARIOS, brings)
        self.log = log

    def shows(self, state: str, **more: object) -> None:
        facts: dict[str, object] = {
            "state": state,
            "missing": [],
            "prompt": None,
            "at_s": time.monotonic(),
        }
        self.director.state_shown(facts | more)


def played(table: Callable[[], Table], plays: Callable[[Table], Awaitable[None]]) -> None:
    async def main() -> None:
        one = table()
        await one.bench.open({})
        try:
            async with asyncio.timeout(20):
                await plays(one)
        finally:
            await one.play.close()
            await one.bench.close()

    asyncio.run(main())


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


@pytest.mark.bench
def test_one_scenario_walks_at_a_time_and_is_called_off(tmp_path: Path) -> None:
    async def plays(table: Table) -> None:
        play = table.play
        assert play.facts()["state"] == ""
        table.shows("ready")
        assert play.facts()["state"] == "ready"
        play.look()
        with pytest.raises(NotNow, match="Nobody walks"):
            play.call_off()
        with pytest.raises(NotNow, match="no such traveller"):
            play.walk("nobody")
        play.walk("01_passes")
        with pytest.raises(NotNow, match="“Resident 1 passes” is not over yet"):
            play.walk("20_impostor")
        await until(lambda: table.bench.walkway.people)
        assert play.facts()["walks"] == "01_passes"
        play.look()
        assert [line[1:] for line in play.facts()["diary"]] == [
            ("Traveller", "walks up to the gate")
        ]
        play.call_off()
        await until(lambda: not play.facts()["walks"])
        assert table.bench.walkway.people == []
        (ended,) = play.facts()["ended"]
        assert ended["expected"] == "completed; one through"
        assert ended["seen"] == "no passage; nobody left"
        assert ended["problem"] == "called off"
        play.walk("20_impostor")

    played(lambda: Table(tmp_path), plays)


@pytest.mark.bench
def test_who_is_called_off_before_they_came_does_not_come(tmp_path: Path) -> None:
    async def plays(table: Table) -> None:
        table.shows("ready")
        table.play.walk("01_passes")
        table.play.call_off()
        await until(lambda: not table.play.facts()["walks"])
        assert table.play.facts()["ended"][0]["problem"] == "called off"
        assert table.bench.walkway.people == []

    played(lambda: Table(tmp_path), plays)


@pytest.mark.bench
def test_what_the_lane_waits_for_is_said_unless_a_script_does_it(tmp_path: Path) -> None:
    async def plays(table: Table) -> None:
        table.shows("ready")
        assert table.play.facts()["waits_for"] == []
        table.shows("exception", trouble="device_lost")
        assert table.play.facts()["waits_for"] == ["At the console: Clear the exception"]
        table.play.walk("20_impostor")
        await until(lambda: table.bench.walkway.people)
        table.shows("referred", trouble="face_mismatch", passage=7)
        steps = ["Here: Tell them to leave", "At the console: Let back"]
        assert table.play.facts()["waits_for"] == steps
        table.play.do("tell_to_leave")
        with pytest.raises(NotNow):
            table.play.do("admit")
        table.play.attend(by_script=True)
        assert table.play.facts()["waits_for"] == []
        assert table.play.facts()["by_script"]
        table.shows("ready", at_s=time.monotonic() - 10)
        assert table.play.facts()["state"] == ""  # a lane that says nothing is not ready

    played(lambda: Table(tmp_path), plays)


@pytest.mark.bench
def test_what_cannot_be_issued_ends_the_scenario_and_says_so(tmp_path: Path) -> None:
    async def plays(table: Table) -> None:
        table.shows("ready")
        table.play.walk("01_passes")
        await until(lambda: table.play.facts()["ended"])
        assert "CastFailed" in table.play.facts()["ended"][0]["seen"]
        assert table.play.facts()["walks"] == ""

    played(lambda: Table(tmp_path, brings_trouble), plays)


@pytest.mark.bench
def test_a_process_of_the_gate_is_killed_and_no_other(tmp_path: Path) -> None:
    async def plays(table: Table) -> None:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            table.log.write_text(f'{{"event": "started", "child": "vision", "pid": {other.pid}}}\n')
            for name, how in (("lane", "kill"), ("vision", "love")):
                with pytest.raises(NotNow):
                    table.play.end_process(name, how)
            table.play.end_process("vision", "kill")
            assert other.wait(10) == -9
            table.play.end_process("vision", "kill")  # it has gone: nothing more to do

    played(lambda: Table(tmp_path), plays)


def test_a_gate_ends_with_the_bench_that_was_killed() -> None:
    """The bench starts something that would go on, says its number, and is killed."""
    code = (
        "import os, signal, subprocess, sys; from simulators.gate_process import "
        "_ends_with_the_bench as ends; "
        "told = subprocess.Popen(['sleep', '60'], preexec_fn=ends, stdout=sys.stdout); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=False)
    assert ran.returncode == -9  # and the pipe was closed by the last who held it, in good time


@pytest.mark.bench
def test_the_page_answers_only_under_its_own_address_and_to_its_own_page(tmp_path: Path) -> None:
    async def plays(table: Table) -> None:
        page = BenchPage(table.play, (Link("Screen", "http://gate.test/screen", ""),))
        await page.open("127.0.0.1")
        own = page.address.removeprefix("http://").rstrip("/")

        def status(method: str, path: str, body: bytes = b"", **headers: str) -> int:
            answer = page.answer(Asked(method, path, headers, body))
            assert answer is not None
            return answer.status

        deed = b'{"what": "switch", "key": "camera_frozen", "on": true}'
        assert status("GET", "/", host="elsewhere.test") == 403
        assert status("GET", "/", host=own) == 200
        assert status("GET", "/../bench.py", host=own) == 404
        assert status("POST", "/do", deed, host=own) == 403
        assert status("POST", "/do", deed, host=own, origin="http://elsewhere.test") == 403
        assert not table.bench.camera.frozen
        assert status("POST", "/do", deed, host=own, origin=f"http://{own}") == 200
        assert table.play.facts()["broken"] == ["camera_frozen"]
        assert (
            status("POST", "/do", b'{"what": "mend_all"}', host=own, origin=f"http://{own}") == 200
        )
        assert table.play.facts()["broken"] == []
        await page.close()

    played(lambda: Table(tmp_path), plays)


@pytest.mark.bench
@pytest.mark.parametrize(
    "sent", [b"GET\r\n\r\n", b"A" * 40_000, b"POST /do HTTP/1.1\r\ncontent-length: 9999999\r\n\r\n"]
)
def test_what_is_no_request_is_hung_up_on(tmp_path: Path, sent: bytes) -> None:
    async def plays(table: Table) -> None:
        page = BenchPage(table.play, ())
        await page.open("127.0.0.1")
        port = int(page.address.rstrip("/").rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await reader.readexactly(1)
        writer.close()
        await page.close()

    played(lambda: Table(tmp_path), plays)
