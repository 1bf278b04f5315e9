"""The lines of a lane through gpiozero: pigpio over TCP, or lgpio on a board's own chip.

The board keeps its outputs as they are when this program dies: only the safety relay behind
ALIVE rests the doors then. With lgpio an output that energises at low would be energised for a
moment while it is opened (measured, gpiozero PR 1177): such a profile is refused; use io_gpiod.
pigpio latches a level before the pin becomes an output, so there both polarities are safe.
ALIVE is also an echo: its edges come back as reports, so silent reports are noticed by renew().

Source: gpiozero 2.0.1 and pigpio 1.78 as installed; research/hardware.md 1.2 (each trap).
"""

from collections.abc import Callable, Iterator, Mapping
import contextlib
import struct
import threading
import time
from typing import Any, Final

from gpiozero import DigitalInputDevice, OutputDevice
from gpiozero.exc import GPIOZeroError

from drivers._io_lines import (
    BOARD,
    RELEASES,
    RENEW_S,
    locking_releases,
    resting_order,
    wait_for_the_relay,
)
from drivers._io_pigpio import PigpioBoard
from egate.domain.lane_part import Input, Output
from egate.ports.digital_io import DigitalIo, OnChange
from egate.ports.errors import DeviceError, DeviceLost, DeviceRefused
from egate.profile.settings import Board, Doors, InputWiring

OPEN_S: Final = 2.0
OPERATION_S: Final = 0.45
ECHO_S: Final = 0.35
PULL_UP: Final = {"up": True, "down": False, "none": None}
PULLED_ACTIVE: Final = {"up": "low", "down": "high"}  # what gpiozero calls active on such a pin


def build(board: Board, doors: Doors) -> DigitalIo:
    """Open the board's lines; all outputs rest, but a lock that holds by power has it.

    Raises:
        ValueError: the profile asks for what gpiozero cannot do safely.
        DeviceError: the board does not answer, speaks nonsense or refuses a pin.
    """
    if board.factory == "lgpio":
        for output, wiring in board.outputs.items():
            if wiring.energised == "low":
                raise ValueError(
                    f"outputs.{output}: lgpio energises an active-low output while opening it;"
                    " wire it active-high or use io_gpiod"
                )
        with _translated(PigpioBoard):
            return GpiozeroIo(board, doors, _LocalChip(board.line))
    host, _, port = board.line.removeprefix("tcp://").rpartition(":")
    if not board.line.startswith("tcp://") or not port.isdecimal():
        raise ValueError(f"line: {board.line} is no tcp://HOST:PORT")
    with _translated(PigpioBoard):
        held = PigpioBoard(host, int(port), OPEN_S)
    return GpiozeroIo(board, doors, held)


class GpiozeroIo:
    """Every line of a lane as a gpiozero device on one explicit pin factory."""

    def __init__(self, board: Board, doors: Doors, held: "PigpioBoard | _LocalChip") -> None:
        self._held = held
        self._locking = locking_releases(doors)
        self._energised: set[Output] = set()
        self._one_at_a_time = threading.RLock()
        self._outputs: dict[Output, Any] = {}
        self._inputs: dict[Input, Any] = {}
        self._reversed: set[Input] = set()
        self._alive = False
        self._renewed_at_s: float | None = None
        self._unechoed_since_s: float | None = None
        self._not_told = ""
        self._closed = False
        try:
            with self._operation(OPEN_S):
                self._open(board)
        except BaseException:
            self.close()
            raise

    def watch(self, on_change: OnChange) -> None:
        with self._operation(OPERATION_S):
            for line, device in self._inputs.items():
                device.when_activated = self._teller(on_change, line, device_active=True)
                device.when_deactivated = self._teller(on_change, line, device_active=False)

    def levels(self) -> Mapping[Input, bool]:
        with self._operation(OPERATION_S):
            return {
                line: bool(device.is_active) != (line in self._reversed)
                for line, device in self._inputs.items()
            }

    def set(self, output: Output, *, active: bool) -> None:
        with self._operation(OPERATION_S):
            self._energise(output, on=active != (output in self._locking))

    def renew(self) -> None:
        with self._operation(OPERATION_S):
            self._check_reports()
            now_s = time.monotonic()
            if self._renewed_at_s is not None and now_s - self._renewed_at_s > RENEW_S:
                self._rest_what_lapsed()
            self._alive = not self._alive
            self._renewed_at_s = now_s
            if self._held.echoes and self._unechoed_since_s is None:
                self._unechoed_since_s = now_s
            self._energise(Output.ALIVE, on=self._alive)

    def close(self) -> None:
        with self._one_at_a_time:
            if self._closed:
                return
            self._closed = True
            try:
                with _translated(self._held):
                    self._held.limit(OPERATION_S)
                    self._rest()
                    self._take_apart()
            except DeviceError:
                self._held.give_up()
                with contextlib.suppress(Exception):
                    self._take_apart()
            self._held.close()

    def _rest(self) -> None:
        """Rest all, a lock last: not before the relay, which is fed no more, has let go."""
        locks = self._locking.intersection(self._outputs)
        for output in resting_order(self._outputs.keys() - locks):
            self._outputs[output].off()
        if locks and self._renewed_at_s is not None:
            wait_for_the_relay()
            self._held.limit(OPERATION_S)
        for output in locks:
            self._outputs[output].off()

    def _take_apart(self) -> None:
        for output in resting_order(self._outputs):
            self._outputs[output].close()
        for device in self._inputs.values():
            device.close()
        self._held.factory.close()

    def _open(self, board: Board) -> None:
        factory = self._held.factory
        for output in resting_order(board.outputs):
            wiring = board.outputs[output]
            high = wiring.energised == "high"
            locks = output in self._locking
            self._outputs[output] = self._held.open_output(
                wiring.pin, energised_high=high, on=locks
            )
            if locks:
                self._energised.add(output)
        for line, wired in board.inputs.items():
            self._inputs[line] = _open_input(wired, board.debounce_ms, factory)
            if PULLED_ACTIVE.get(wired.pull, wired.active) != wired.active:
                self._reversed.add(line)
        if Output.ALIVE in board.outputs:
            self._held.hear(board.outputs[Output.ALIVE].pin, self._hear_alive)

    def _energise(self, output: Output, *, on: bool) -> None:
        device = self._outputs.get(output)
        if device is None:
            raise DeviceRefused(BOARD, f"{output} is not wired")
        (self._energised.add if on else self._energised.discard)(output)
        device.value = on

    def _rest_what_lapsed(self) -> None:
        """The relay has let go by now; feeding it again must not pull a door open by itself."""
        lapsed = self._energised.intersection(RELEASES) - self._locking
        for output in lapsed:
            self._energise(output, on=False)
        if lapsed:
            raise DeviceLost(BOARD, f"renewed later than {RENEW_S} s; the releases were rested")

    def _check_reports(self) -> None:
        if self._not_told:
            raise DeviceLost(BOARD, f"an edge was not told: {self._not_told}")
        since_s = self._unechoed_since_s
        if since_s is not None and time.monotonic() - since_s > ECHO_S:
            raise DeviceLost(BOARD, "edges are not reported any more")

    def _hear_alive(self, _pin: int, _level: int, _tick: int) -> None:
        self._unechoed_since_s = None

    def _teller(
        self, on_change: OnChange, line: Input, *, device_active: bool
    ) -> Callable[[], None]:
        active = device_active != (line in self._reversed)

        def tell() -> None:
            try:
                on_change(line, active, time.monotonic())
            except Exception as error:  # noqa: BLE001  # one raising callback kills every input
                self._not_told = type(error).__name__

        return tell

    @contextlib.contextmanager
    def _operation(self, for_s: float) -> Iterator[None]:
        with self._one_at_a_time, _translated(self._held):
            if self._closed:
                raise DeviceLost(BOARD, "the lines are closed")
            self._held.limit(for_s)
            yield


def _open_input(wired: InputWiring, debounce_ms: int, factory: Any) -> Any:  # noqa: ANN401  # gpiozero has no types
    return DigitalInputDevice(
        wired.pin,
        pull_up=PULL_UP[wired.pull],
        active_state=wired.active == "high" if wired.pull == "none" else None,
        bounce_time=debounce_ms / 1000 or None,
        pin_factory=factory,
    )


class _LocalChip:
    """gpiozero's lgpio factory on one gpiochip; lgpio makes a FIFO in LG_WD when imported."""

    refused: tuple[type[Exception], ...] = ()
    echoes = False

    def __init__(self, line: str) -> None:
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415  # needs a writable directory
        import lgpio  # type: ignore[import-untyped]  # noqa: PLC0415  # it has no types; the same

        number = line.removeprefix("/dev/gpiochip")
        if not number.isdecimal():
            raise ValueError(f"line: {line} is no /dev/gpiochipN")
        self.lost: tuple[type[Exception], ...] = (lgpio.error,)
        try:
            self.factory: Any = LGPIOFactory(chip=int(number))
        except lgpio.error as error:
            raise DeviceLost(BOARD, f"{line}: {error}") from error

    def limit(self, operation_s: float) -> None:
        """Do nothing: the kernel answers at once."""

    def open_output(self, pin: int, *, energised_high: bool, on: bool) -> Any:  # noqa: ANN401  # gpiozero has no types
        """Open one output; build() has refused those that energise at low."""
        return OutputDevice(
            pin, active_high=energised_high, initial_value=on, pin_factory=self.factory
        )

    def hear(self, pin: int, on_edge: Callable[[int, int, int], None]) -> None:
        """Do nothing: a local chip has no reports that could go missing."""

    def give_up(self) -> None:
        """Do nothing: there is no line to wait for."""

    def close(self) -> None:
        """Do nothing: the factory gave the chip back."""


@contextlib.contextmanager
def _translated(held: PigpioBoard | _LocalChip | type[PigpioBoard]) -> Iterator[None]:
    """Turn the vendors' exceptions into ours; their types stop here."""
    refused: tuple[type[Exception], ...] = (GPIOZeroError, *held.refused)
    lost: tuple[type[Exception], ...] = (OSError, struct.error, *held.lost)
    try:
        yield
    except refused as error:
        raise DeviceRefused(BOARD, f"{type(error).__name__}: {error}") from error
    except lost as error:
        raise DeviceLost(BOARD, f"{type(error).__name__}: {error}") from error
