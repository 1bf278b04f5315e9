"""What every driver of a lane's lines promises, each against a board in another process.

Targets: `sim` is io_gpiozero with the real gpiozero and pigpio client over TCP to a simulated
board; `chip` is io_gpiod on a kernel gpiochip named in EGATE_TEST_GPIOCHIP (its first five lines
are driven, so nothing may hang on them) and is skipped where there is none.
"""

from collections.abc import Callable, Iterator
import contextlib
from dataclasses import dataclass
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any, Literal

import pytest

from drivers import io_gpiod, io_gpiozero
from egate.domain.lane_part import Door, Input, Output, Shape, inputs_of, outputs_of
from egate.ports.digital_io import DigitalIo
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.profile.settings import Board, Doors, DoorWiring, InputWiring, OutputWiring

ROOT = Path(__file__).parents[2]
Json = Any  # what json gives and takes
Level = Literal["high", "low"]
Fail = Literal["secured", "free"]
SHAPE = Shape.MANTRAP
BOUND_S = 0.75  # the driver gives up after 0.3 to 0.45 s; the rest is for a busy machine


def start(script: str, first: Json) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(script))],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(first) + "\n")
    process.stdin.flush()
    return process


def stop(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def wait_until(happened: Callable[[], bool], within_s: float) -> float:
    began_s, pause = time.monotonic(), threading.Event()
    while not happened():
        assert time.monotonic() - began_s < within_s, "it did not happen in time"
        pause.wait(0.005)
    return time.monotonic() - began_s


class SimulatedBoard:
    """The board's process; `order` asks it for something, and returns its answer."""

    def __init__(self, energised: Level, fail: Fail) -> None:
        self.doors = Doors(entry=DoorWiring(fail=fail), exit=DoorWiring(fail=fail))
        inputs = {
            line: InputWiring(
                pin=4 + number,
                active="low" if number % 2 else "high",
                pull=("up", "down", "none")[number % 3],
            )
            for number, line in enumerate(inputs_of(SHAPE))
        }
        outputs = {
            output: OutputWiring(pin=16 + number, energised=energised)
            for number, output in enumerate(outputs_of(SHAPE))
        }
        self.process = start(
            "board_process.py",
            {
                "shape": SHAPE,
                "fail": dict.fromkeys((Door.ENTRY, Door.EXIT), fail),
                "inputs": {k: (v.pin, v.active == "high") for k, v in inputs.items()},
                "outputs": {k: (v.pin, energised == "high") for k, v in outputs.items()},
            },
        )
        self.settings = Board(
            driver="io_gpiozero",
            factory="pigpio",
            line=f"tcp://127.0.0.1:{self._answer()['port']}",
            inputs=inputs,
            outputs=outputs,
        )

    def order(self, name: str, *arguments: Json) -> Json:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def open(self) -> DigitalIo:
        return io_gpiozero.build(self.settings, self.doors)

    def client(self) -> "subprocess.Popen[str]":
        settings = (self.settings.model_dump(mode="json"), self.doors.model_dump(mode="json"))
        client = start("client_process.py", settings)
        assert client.stdout is not None
        assert client.stdout.readline() == "held\n"
        return client

    def _answer(self) -> Json:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@dataclass
class Chip:
    """A kernel gpiochip on whose first lines nothing hangs."""

    settings: Board
    doors: Doors

    def open(self) -> DigitalIo:
        return io_gpiod.build(self.settings, self.doors)


@contextlib.contextmanager
def simulated(energised: Level, fail: Fail) -> Iterator[SimulatedBoard]:
    board = SimulatedBoard(energised, fail)
    try:
        yield board
    finally:
        stop(board.process)


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatedBoard]:
    with simulated("high", "secured") as board:
        yield board


@pytest.fixture
def board(process: SimulatedBoard) -> SimulatedBoard:
    process.order("reset")
    return process


@pytest.fixture
def lines(board: SimulatedBoard) -> Iterator[DigitalIo]:
    opened = board.open()
    yield opened
    opened.close()


def named_chip() -> Chip:
    if not list(Path("/dev").glob("gpiochip*")):
        pytest.skip("this kernel has no gpiochip")
    if "EGATE_TEST_GPIOCHIP" not in os.environ:
        pytest.skip("EGATE_TEST_GPIOCHIP names no gpiochip that may be driven")
    outputs = (Output.ENTRY_RELEASE, Output.EXIT_RELEASE, Output.ALIVE)
    return Chip(
        Board(
            driver="io_gpiod",
            line=os.environ["EGATE_TEST_GPIOCHIP"],
            inputs={
                Input.EXIT_CLOSED: InputWiring(pin=3, active="high", pull="none"),
                Input.EXIT_LOCKED: InputWiring(pin=4, active="low", pull="none"),
            },
            outputs={o: OutputWiring(pin=n, energised="high") for n, o in enumerate(outputs)},
        ),
        Doors(entry=DoorWiring(fail="secured"), exit=DoorWiring(fail="secured")),
    )


@pytest.fixture(params=["sim", "chip"])
def target(request: pytest.FixtureRequest, board: SimulatedBoard) -> SimulatedBoard | Chip:
    return named_chip() if request.param == "chip" else board


# ---- what every target promises ----------------------------------------------------------------


def test_every_line_of_the_profile_is_read_by_its_name(target: SimulatedBoard | Chip) -> None:
    lines = target.open()
    assert set(lines.levels()) == set(target.settings.inputs)
    lines.close()


def test_it_closes_twice_and_is_lost_afterwards(target: SimulatedBoard | Chip) -> None:
    lines = target.open()
    lines.close()
    lines.close()
    for ask in (lines.levels, lines.renew, lambda: lines.set(Output.EXIT_RELEASE, active=True)):
        with pytest.raises(DeviceLost, match="closed"):
            ask()


def test_it_opens_again_after_it_was_closed(target: SimulatedBoard | Chip) -> None:
    target.open().close()
    lines = target.open()
    lines.set(Output.EXIT_RELEASE, active=True)
    lines.renew()
    lines.close()


def test_a_renewal_that_comes_too_late_rests_the_releases_first(
    target: SimulatedBoard | Chip,
) -> None:
    lines = target.open()
    lines.renew()
    lines.set(Output.EXIT_RELEASE, active=True)
    threading.Event().wait(0.6)
    with pytest.raises(DeviceLost, match="renewed later"):
        lines.renew()
    if isinstance(target, SimulatedBoard):
        assert not target.order("states")["exit_release"]
    lines.close()


# ---- resting levels ----------------------------------------------------------------------------


@pytest.mark.parametrize("energised", ["high", "low"])
@pytest.mark.parametrize("fail", ["secured", "free"])
def test_no_door_moves_while_the_lines_are_opened_or_closed(energised: Level, fail: Fail) -> None:
    with simulated(energised, fail) as board:
        board.open().close()
        locks = {"entry_release", "exit_release"} if fail == "free" else set()
        assert {part for part, _ in board.order("edges")} == locks
        lines = board.open()
        states = board.order("states")
        assert not any(states[str(output)] for output in outputs_of(SHAPE))  # nothing feeds them
        assert states["door exit"] is (fail == "free")
        lines.renew()
        lines.set(Output.EXIT_RELEASE, active=False)
        assert not board.order("states")["door exit"]
        lines.set(Output.EXIT_RELEASE, active=True)
        assert board.order("states")["door exit"]
        lines.close()
        assert not board.order("states")["exit_release"]


def test_every_output_follows_what_is_set(board: SimulatedBoard, lines: DigitalIo) -> None:
    lines.renew()
    for output in outputs_of(SHAPE):
        if output is not Output.ALIVE:
            lines.set(output, active=True)
            assert board.order("states")[str(output)]
            lines.set(output, active=False)
            assert not board.order("states")[str(output)]


def test_renewals_keep_a_release_alive_and_nothing_else_does(
    board: SimulatedBoard, lines: DigitalIo
) -> None:
    lines.set(Output.ENTRY_RELEASE, active=True)
    assert not board.order("states")["door entry"]
    pause = threading.Event()
    for _ in range(8):
        lines.renew()
        pause.wait(0.15)
        assert board.order("states")["door entry"]
    assert wait_until(lambda: not board.order("states")["door entry"], within_s=2.0) < 1.2


# ---- edges -------------------------------------------------------------------------------------


def test_edges_come_with_their_line_level_and_time(board: SimulatedBoard, lines: DigitalIo) -> None:
    told: list[tuple[Input, bool, float]] = []
    lines.watch(lambda line, active, at_s: told.append((line, active, at_s)))
    began_s = board.order("stand", -0.15)
    wait_until(lambda: len(told) == 1, within_s=2.0)
    line, active, at_s = told[0]
    assert (line, active) == (Input.ENTRY_BEAM_CLEAR, False)
    assert began_s <= at_s <= time.monotonic()
    assert lines.levels()[Input.ENTRY_BEAM_CLEAR] is False
    board.order("nobody")
    wait_until(lambda: len(told) == 2, within_s=2.0)
    assert told[1][:2] == (Input.ENTRY_BEAM_CLEAR, True)


def test_levels_and_edges_agree_on_every_polarity_and_pull(
    board: SimulatedBoard, lines: DigitalIo
) -> None:
    known = dict(lines.levels())
    lines.watch(lambda line, active, _: known.__setitem__(line, active))
    assert [line for line, on in known.items() if not on] == [Input.CHAMBER_SINGLE]
    board.order("stand", 0.8)
    board.order("emergency", True)
    lines.renew()
    wait_until(lambda: known[Input.CHAMBER_SINGLE], within_s=2.0)
    wait_until(lambda: not known[Input.ENTRY_CLOSED], within_s=2.0)
    wait_until(lambda: dict(lines.levels()) == known, within_s=1.0)
    assert not known[Input.EMERGENCY_CLEAR]
    assert not known[Input.CHAMBER_EMPTY]


def test_a_change_shorter_than_the_debounce_time_is_not_told(board: SimulatedBoard) -> None:
    settings = board.settings.model_copy(update={"debounce_ms": 30})
    lines, told = io_gpiozero.build(settings, board.doors), []
    lines.watch(lambda line, active, _: told.append((line, active)))
    board.order("blink", Input.CHAMBER_SINGLE)
    board.order("blink", Input.CHAMBER_SINGLE)
    board.order("blink", Input.EMERGENCY_CLEAR)
    wait_until(lambda: bool(told), within_s=2.0)
    assert told == [(Input.EMERGENCY_CLEAR, False)]
    lines.close()


def test_a_raising_listener_does_not_end_the_edges_and_is_told_by_renew(
    board: SimulatedBoard, lines: DigitalIo
) -> None:
    told: list[Input] = []

    def listen(line: Input, _active: bool, _at_s: float) -> None:
        told.append(line)
        raise ZeroDivisionError

    lines.watch(listen)
    board.order("stand", -0.15)
    wait_until(lambda: len(told) == 1, within_s=2.0)
    board.order("nobody")
    wait_until(lambda: len(told) == 2, within_s=2.0)
    with pytest.raises(DeviceLost, match="ZeroDivisionError"):
        lines.renew()


# ---- a program that dies or hangs --------------------------------------------------------------


@pytest.mark.bench
def test_a_killed_program_leaves_its_door_locked_within_two_seconds(board: SimulatedBoard) -> None:
    client = board.client()
    assert board.order("states")["door exit"]
    client.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not board.order("states")["door exit"], within_s=2.0) < 2.0
    client.communicate()
    board.order("forget_edges")
    lines = board.open()
    lines.renew()
    assert ["exit", True] not in board.order("edges")
    assert not board.order("states")["door exit"]
    lines.close()


@pytest.mark.parametrize("energised", ["high", "low"])
@pytest.mark.parametrize("fail", ["secured", "free"])
def test_a_quick_restart_lets_no_door_go_behind_a_relay_that_still_holds(
    energised: Level, fail: Fail
) -> None:
    with simulated(energised, fail) as board:
        lines = board.open()
        lines.renew()
        board.order("forget_edges")
        again = board.open()  # as if the first had been killed just now
        assert board.order("states")["fed"]
        again.renew()
        assert [edge for edge in board.order("edges") if edge[1] and "exit" in edge[0]] == []
        assert not board.order("states")["door exit"]
        again.close()
        lines.close()


@pytest.mark.bench
def test_a_hung_program_loses_its_door_and_does_not_pull_it_open_when_it_wakes(
    board: SimulatedBoard,
) -> None:
    client = board.client()
    client.send_signal(signal.SIGSTOP)
    wait_until(lambda: not board.order("states")["door exit"], within_s=2.0)
    board.order("forget_edges")
    client.send_signal(signal.SIGCONT)
    said, _ = client.communicate(timeout=5)
    assert said.startswith("DeviceLost: renewed later")
    assert ["exit", True] not in board.order("edges")


# ---- faults ------------------------------------------------------------------------------------


def renew(lines: DigitalIo) -> None:
    lines.renew()


def until_it_raises(ask: Callable[[DigitalIo], object], lines: DigitalIo) -> None:
    """Ask again and again, as the loop does."""
    pause = threading.Event()
    for _ in range(10):
        ask(lines)
        pause.wait(0.05)


FAULTS: list[tuple[str, object, type[DeviceError]]] = [
    ("mute", True, DeviceLost),
    ("garbled", True, DeviceGarbled),
    ("slow_s", 0.4, DeviceLost),
    ("slow_s", 5.0, DeviceLost),
    ("drops_line", True, DeviceLost),
]
MOMENTS: dict[str, Callable[[DigitalIo], object]] = {
    "levels": lambda lines: lines.levels(),
    "renew": renew,
    "set": lambda lines: lines.set(Output.EXIT_RELEASE, active=True),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("fault", "value", "error"), FAULTS)
def test_a_faulty_board_is_a_typed_error_in_time_and_comes_back(
    board: SimulatedBoard, fault: str, value: object, error: type[DeviceError], moment: str
) -> None:
    lines = board.open()
    board.order("fault", fault, value)
    began_s = time.monotonic()
    with pytest.raises((error, DeviceLost)) as caught:
        until_it_raises(MOMENTS[moment], lines)
    assert time.monotonic() - began_s < 2 * BOUND_S
    assert isinstance(caught.value, error) or moment != "levels"
    lines.close()
    assert time.monotonic() - began_s < 3 * BOUND_S
    board.order("fault", fault, 0.0 if fault == "slow_s" else False)
    again = board.open()
    assert again.levels()[Input.EXIT_CLOSED]
    again.close()


@pytest.mark.parametrize(("fault", "value", "error"), FAULTS)
def test_a_faulty_board_cannot_be_opened_and_says_so_in_time(
    board: SimulatedBoard, fault: str, value: object, error: type[DeviceError]
) -> None:
    board.order("fault", fault, value)
    began_s = time.monotonic()
    with pytest.raises(error):
        board.open()
    assert time.monotonic() - began_s < io_gpiozero.OPEN_S + BOUND_S


def test_a_mute_board_is_lost_within_half_a_second(board: SimulatedBoard, lines: DigitalIo) -> None:
    board.order("fault", "mute", True)
    began_s = time.monotonic()
    with pytest.raises(DeviceLost, match="no answer in time"):
        lines.levels()
    assert time.monotonic() - began_s < 0.5


def test_a_board_that_dawdles_over_each_line_is_lost_before_all_are_read(
    board: SimulatedBoard, lines: DigitalIo
) -> None:
    board.order("fault", "slow_s", 0.1)
    began_s = time.monotonic()
    with pytest.raises(DeviceLost, match="no answer in time"):
        lines.levels()
    assert time.monotonic() - began_s < BOUND_S


def test_silent_reports_are_noticed_by_the_renewals(
    board: SimulatedBoard, lines: DigitalIo
) -> None:
    lines.renew()
    board.order("fault", "swallows_reports", True)
    began_s, pause = time.monotonic(), threading.Event()

    def lost() -> bool:
        pause.wait(0.1)
        try:
            lines.renew()
        except DeviceLost as error:
            return error.what == "edges are not reported any more"
        return False

    wait_until(lost, within_s=2.0)
    assert time.monotonic() - began_s < 1.0


def test_a_board_without_power_is_lost_and_its_return_opens_nothing(
    board: SimulatedBoard, lines: DigitalIo
) -> None:
    lines.renew()
    lines.set(Output.EXIT_RELEASE, active=True)
    board.order("power", True)
    with pytest.raises(DeviceLost):
        until_it_raises(renew, lines)
    lines.close()
    board.order("forget_edges")
    board.order("power", False)
    again = board.open()
    again.renew()
    assert ["exit", True] not in board.order("edges")
    again.close()


def test_closing_leaves_no_thread_and_no_watcher(board: SimulatedBoard) -> None:
    before = threading.active_count()
    for _ in range(3):
        lines = board.open()
        lines.watch(lambda *_: None)
        lines.close()
    assert threading.active_count() == before
    wait_until(lambda: board.order("watchers") == 0, within_s=1.0)


def test_nobody_at_the_address_is_lost_at_once(board: SimulatedBoard) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        line = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(DeviceLost, match="no connection"):
        io_gpiozero.build(board.settings.model_copy(update={"line": line}), board.doors)


# ---- profiles that cannot work -----------------------------------------------------------------


def test_an_active_low_output_on_lgpio_is_refused_by_name() -> None:
    board = Board(
        driver="io_gpiozero",
        factory="lgpio",
        line="/dev/gpiochip0",
        inputs={},
        outputs={Output.EXIT_RELEASE: OutputWiring(pin=17, energised="low")},
    )
    with pytest.raises(ValueError, match="exit_release"):
        io_gpiozero.build(board, Doors(exit=DoorWiring(fail="secured")))


def test_an_output_that_is_not_wired_is_refused(board: SimulatedBoard) -> None:
    settings = board.settings.model_copy(update={"outputs": {}})
    lines = io_gpiozero.build(settings, board.doors)
    with pytest.raises(DeviceRefused, match="sounder is not wired"):
        lines.set(Output.SOUNDER, active=True)
    lines.close()


def test_a_pin_that_the_board_does_not_have_is_refused(board: SimulatedBoard) -> None:
    outputs = {**board.settings.outputs, Output.STOP: OutputWiring(pin=45, energised="high")}
    with pytest.raises(DeviceRefused, match="45"):
        io_gpiozero.build(board.settings.model_copy(update={"outputs": outputs}), board.doors)
    board.open().close()
