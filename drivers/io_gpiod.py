"""The lines of a lane through libgpiod 2: one request for all of them, straight to the kernel.

The kernel sets each output's first level together with its direction, so no output pulses while
it is opened, whatever its polarity; it debounces the inputs and stamps each edge. It does not
promise to rest the outputs when this program dies (a Pi does so only with strict_gpiod): that is
the safety relay's part.

Source: libgpiod 2 Python bindings (gpiod 2.5) as installed; research/hardware.md 0 and 1.2.
"""

from collections.abc import Iterable, Iterator, Mapping
import contextlib
from datetime import timedelta
import os
import select
import threading
import time
from typing import Final

import gpiod
from gpiod.line import Bias, Clock, Direction, Edge, Value

from drivers._io_lines import (
    BOARD,
    RELEASES,
    RENEW_S,
    locking_releases,
    resting_order,
    wait_for_the_relay,
)
from egate.domain.lane_part import Input, Output
from egate.ports.digital_io import DigitalIo, OnChange
from egate.ports.errors import DeviceLost, DeviceRefused
from egate.profile.settings import Board, Doors

BIAS: Final = {"up": Bias.PULL_UP, "down": Bias.PULL_DOWN, "none": Bias.DISABLED}
CONSUMER: Final = "egate"
Config = dict[Iterable[int | str] | int | str, gpiod.LineSettings | None]  # as gpiod takes it


def build(board: Board, doors: Doors) -> DigitalIo:
    """Request every line of the board at once; all outputs rest.

    Raises:
        DeviceError: there is no such chip, or a line of it is taken.
    """
    return GpiodIo(board, doors)


def line_settings(board: Board, locking: frozenset[Output]) -> Config:
    """Return what is asked of the kernel for each pin; only a lock held by power starts with it."""
    settings: Config = {
        wiring.pin: gpiod.LineSettings(
            direction=Direction.INPUT,
            edge_detection=Edge.BOTH,
            bias=BIAS[wiring.pull],
            active_low=wiring.active == "low",
            debounce_period=timedelta(milliseconds=board.debounce_ms),
            event_clock=Clock.MONOTONIC,
        )
        for wiring in board.inputs.values()
    }
    for output in resting_order(board.outputs):
        wired = board.outputs[output]
        settings[wired.pin] = gpiod.LineSettings(
            direction=Direction.OUTPUT,
            active_low=wired.energised == "low",
            output_value=Value.ACTIVE if output in locking else Value.INACTIVE,
        )
    return settings


class GpiodIo:
    """One request, one reading thread that only posts."""

    def __init__(self, board: Board, doors: Doors) -> None:
        self._locking = locking_releases(doors)
        self._pins = {output: wired.pin for output, wired in board.outputs.items()}
        self._lines = {wiring.pin: line for line, wiring in board.inputs.items()}
        self._energised: set[Output] = {*self._locking.intersection(board.outputs)}
        self._alive = False
        self._renewed_at_s: float | None = None
        self._trouble = ""
        self._one_at_a_time = threading.RLock()
        self._stop_r, self._stop_w = os.pipe()
        self._reader: threading.Thread | None = None
        self._closed = False
        try:
            with _translated():
                self._request = gpiod.request_lines(
                    board.line, consumer=CONSUMER, config=line_settings(board, self._locking)
                )
        except BaseException:
            os.close(self._stop_r)
            os.close(self._stop_w)
            raise

    def watch(self, on_change: OnChange) -> None:
        with self._operation():
            if self._reader is not None:
                raise DeviceRefused(BOARD, "the lines are watched already")
            self._reader = threading.Thread(target=self._read, args=(on_change,), daemon=True)
            self._reader.start()

    def levels(self) -> Mapping[Input, bool]:
        with self._operation():
            values = self._request.get_values(list(self._lines))
            return {line: bool(v) for line, v in zip(self._lines.values(), values, strict=True)}

    def set(self, output: Output, *, active: bool) -> None:
        with self._operation():
            self._energise(output, on=active != (output in self._locking))

    def renew(self) -> None:
        with self._operation():
            now_s = time.monotonic()
            if self._renewed_at_s is not None and now_s - self._renewed_at_s > RENEW_S:
                self._rest_what_lapsed()
            self._renewed_at_s, self._alive = now_s, not self._alive
            self._energise(Output.ALIVE, on=self._alive)

    def close(self) -> None:
        with self._one_at_a_time:
            if self._closed:
                return
            self._closed = True
            with contextlib.suppress(OSError):
                self._rest()
            os.write(self._stop_w, b"\0")
            if self._reader is not None:
                self._reader.join()
            self._request.release()
            os.close(self._stop_r)
            os.close(self._stop_w)

    def _rest(self) -> None:
        """Rest all, a lock last: not before the relay, which is fed no more, has let go."""
        locks = self._locking.intersection(self._pins)
        for output in resting_order(self._pins.keys() - locks):
            self._request.set_value(self._pins[output], Value.INACTIVE)
        if locks and self._renewed_at_s is not None:
            wait_for_the_relay()
        for output in locks:
            self._request.set_value(self._pins[output], Value.INACTIVE)

    def _energise(self, output: Output, *, on: bool) -> None:
        if output not in self._pins:
            raise DeviceRefused(BOARD, f"{output} is not wired")
        (self._energised.add if on else self._energised.discard)(output)
        self._request.set_value(self._pins[output], Value.ACTIVE if on else Value.INACTIVE)

    def _rest_what_lapsed(self) -> None:
        """The relay has let go by now; feeding it again must not pull a door open by itself."""
        lapsed = self._energised.intersection(RELEASES) - self._locking
        for output in lapsed:
            self._energise(output, on=False)
        if lapsed:
            raise DeviceLost(BOARD, f"renewed later than {RENEW_S} s; the releases were rested")

    def _read(self, on_change: OnChange) -> None:
        """Post each edge until the pipe says stop; a lost chip is told by the next renew()."""
        while True:
            ready, _, _ = select.select([self._request.fd, self._stop_r], [], [])
            if self._stop_r in ready:
                return
            try:
                events = self._request.read_edge_events()
            except OSError as error:
                self._trouble = f"the chip is gone: {error}"
                return
            for event in events:
                self._post(event, on_change)

    def _post(self, event: gpiod.EdgeEvent, on_change: OnChange) -> None:
        line = self._lines[event.line_offset]
        active = event.event_type is gpiod.EdgeEvent.Type.RISING_EDGE
        try:
            on_change(line, active, event.timestamp_ns / 1e9)
        except Exception as error:  # noqa: BLE001  # one raising callback must not end the inputs
            self._trouble = f"an edge was not told: {type(error).__name__}"

    @contextlib.contextmanager
    def _operation(self) -> Iterator[None]:
        with self._one_at_a_time, _translated():
            if self._closed:
                raise DeviceLost(BOARD, "the lines are closed")
            if self._trouble:
                raise DeviceLost(BOARD, self._trouble)
            yield


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn the kernel's errors into ours."""
    try:
        yield
    except (FileNotFoundError, PermissionError) as error:
        raise DeviceLost(BOARD, f"no such chip: {error}") from error
    except OSError as error:
        raise DeviceLost(BOARD, f"{type(error).__name__}: {error}") from error
    except (gpiod.RequestReleasedError, gpiod.ChipClosedError) as error:
        raise DeviceLost(BOARD, "the lines are closed") from error
