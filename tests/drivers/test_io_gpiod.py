"""io_gpiod without a chip: what it asks of the kernel, and what it does with the answers.

The promises it shares with io_gpiozero are in test_digital_io.py, on a chip named there.
"""

import os
import threading
from types import SimpleNamespace
from typing import Any

import gpiod
from gpiod.line import Value
import pytest

from drivers import io_gpiod
from egate.domain.lane_part import Input, Output
from egate.ports.errors import DeviceLost
from egate.profile.settings import Board, Doors, DoorWiring, InputWiring, OutputWiring


def test_gpiod_is_asked_for_every_line_at_rest_in_one_request() -> None:
    board = Board(
        driver="io_gpiod",
        line="/dev/gpiochip0",
        debounce_ms=3,
        inputs={Input.EXIT_CLOSED: InputWiring(pin=5, active="low", pull="up")},
        outputs={
            Output.ALIVE: OutputWiring(pin=6, energised="high"),
            Output.EXIT_RELEASE: OutputWiring(pin=17, energised="low"),
        },
    )
    settings = {
        str(pin): str(one) for pin, one in io_gpiod.line_settings(board, frozenset()).items()
    }
    assert settings == {
        "5": "<LineSettings direction=Direction.INPUT edge_detection=Edge.BOTH bias=Bias.PULL_UP"
        " drive=Drive.PUSH_PULL active_low=True debounce_period=0:00:00.003000"
        " event_clock=Clock.MONOTONIC output_value=Value.INACTIVE>",
        "6": "<LineSettings direction=Direction.OUTPUT edge_detection=Edge.NONE bias=Bias.AS_IS"
        " drive=Drive.PUSH_PULL active_low=False debounce_period=0:00:00"
        " event_clock=Clock.MONOTONIC output_value=Value.INACTIVE>",
        "17": "<LineSettings direction=Direction.OUTPUT edge_detection=Edge.NONE bias=Bias.AS_IS"
        " drive=Drive.PUSH_PULL active_low=True debounce_period=0:00:00"
        " event_clock=Clock.MONOTONIC output_value=Value.INACTIVE>",
    }


class Lines:
    """A kernel's line request as gpiod gives it: values, and edges through a pipe."""

    def __init__(self, config: io_gpiod.Config) -> None:
        self.values = dict.fromkeys(config, Value.INACTIVE)
        self.edges: list[Any] = []
        self.written: list[tuple[int, bool]] = []
        self.fd, self.bell = os.pipe()

    def get_values(self, pins: list[int]) -> list[Value]:
        return [self.values[pin] for pin in pins]

    def set_value(self, pin: int, value: Value) -> None:
        self.written.append((pin, bool(value)))

    def read_edge_events(self) -> list[Any]:
        os.read(self.fd, 1)
        return [self.edges.pop(0)]

    def edge(self, pin: int, at_ns: int) -> None:
        rising = gpiod.EdgeEvent.Type.RISING_EDGE
        self.edges.append(SimpleNamespace(line_offset=pin, event_type=rising, timestamp_ns=at_ns))
        os.write(self.bell, b"1")

    def release(self) -> None:
        os.close(self.fd)
        os.close(self.bell)


def test_gpiod_asks_for_a_lock_that_holds_by_power_with_its_power() -> None:
    outputs = {Output.EXIT_RELEASE: OutputWiring(pin=17, energised="low")}
    board = Board(driver="io_gpiod", line="/dev/gpiochip0", inputs={}, outputs=outputs)
    asked = io_gpiod.line_settings(board, frozenset({Output.EXIT_RELEASE}))
    assert "output_value=Value.ACTIVE" in str(asked[17])


def test_gpiod_posts_edges_with_the_kernels_time_and_rests_a_lock_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests: list[Lines] = []

    def request_lines(_path: str, consumer: str, config: io_gpiod.Config) -> Lines:
        assert consumer == "egate"
        requests.append(Lines(config))
        return requests[0]

    monkeypatch.setattr(gpiod, "request_lines", request_lines)
    lines = io_gpiod.build(
        Board(
            driver="io_gpiod",
            line="/dev/gpiochip0",
            inputs={Input.EXIT_CLOSED: InputWiring(pin=5, active="high", pull="none")},
            outputs={
                Output.ALIVE: OutputWiring(pin=6, energised="high"),
                Output.EXIT_RELEASE: OutputWiring(pin=17, energised="high"),
            },
        ),
        Doors(exit=DoorWiring(fail="free")),
    )
    told: list[tuple[Input, bool, float]] = []
    posted = threading.Event()

    def post(line: Input, active: bool, at_s: float) -> None:
        told.append((line, active, at_s))
        posted.set()

    lines.watch(post)
    requests[0].edge(5, 1_500_000_000)
    assert posted.wait(timeout=2.0)
    assert told == [(Input.EXIT_CLOSED, True, 1.5)]
    assert lines.levels() == {Input.EXIT_CLOSED: False}
    lines.renew()
    lines.set(Output.EXIT_RELEASE, active=False)
    lines.close()
    lines.close()
    assert requests[0].written == [(6, True), (17, True), (6, False), (17, False)]


def test_gpiod_without_its_chip_is_lost() -> None:
    board = Board(driver="io_gpiod", line="/dev/gpiochip99", inputs={}, outputs={})
    with pytest.raises(DeviceLost, match="no such chip"):
        io_gpiod.build(board, Doors(exit=DoorWiring(fail="secured")))
