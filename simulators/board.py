"""A board of digital pins that speaks pigpio's protocol over TCP, with the plant wired to it.

`Board.answer` is the pigpio daemon for the commands gpiozero uses; `serve` owns the socket and
lets the plant live in real time. Like a real board it keeps its outputs when a client dies (the
plant's safety relay does not), floats every pin that is no output, and passes edges on after the
glitch filter. Faults are fields: set one, look. Time this process did not get is not lived: a
starved simulator must not look like a hung gate.

Source: pigpio.c, gpioWrite (the level is latched before the pin becomes an output),
gpioNotifyBegin, gpioGlitchFilter; DESIGN section 4.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from egate.domain.lane_part import Input, Output
from egate.wire import pigpio
from egate.wire.errors import FrameError
from egate.wire.pigpio import Answer, Code, Command, Report
from simulators.plant import Change, Plant

TICK_S = 0.005
CATCH_UP_S = 0.1
HARDWARE = 0xC03111  # a Raspberry Pi 4B, 4 GB, revision 1.1
PIGPIO_VERSION = 79


@dataclass(frozen=True, slots=True)
class Wired:
    """Where a line is wired: its pin, and whether high means active (or energised)."""

    pin: int
    high: bool = True


@dataclass(slots=True)
class Pin:
    """One pin: its mode, what was latched for it as an output, its pull and its filter."""

    mode: int = pigpio.INPUT
    latch: int = 0
    pull: int = pigpio.PULL_OFF
    steady_us: int = 0
    changes: int = 0  # counted, so that a filter can tell a level that stayed
    outside: int | None = None  # the level a sensor gives it; None: nothing is wired to it

    @property
    def level(self) -> int:
        """Return what the pin reads."""
        if self.mode == pigpio.OUTPUT:
            return self.latch
        if self.outside is not None:
            return self.outside
        return int(self.pull == pigpio.PULL_UP)


@dataclass(slots=True)
class Watcher:
    """A connection that is sent reports for the pins of its mask."""

    send: Callable[[bytes], None]
    mask: int = 0
    seqno: int = 0


@dataclass(slots=True)
class Board:
    """The daemon's view of the pins, and the plant behind them.

    Faults: `mute` hears and says nothing, `garbled` answers noise, `slow_s` waits before each
    answer, `swallows_reports` answers but tells no edges, `drops_line` hangs up on everybody.
    A loss of power (plant.faults) hangs up and forgets the pins; a dead board too.
    """

    plant: Plant
    inputs: Mapping[Input, Wired]
    outputs: Mapping[Output, Wired]
    step: Callable[[float], list[Change]]
    mute: bool = False
    garbled: bool = False
    slow_s: float = 0.0
    swallows_reports: bool = False
    drops_line: bool = False
    pins: list[Pin] = field(default_factory=lambda: [Pin() for _ in range(pigpio.PINS)])
    watchers: dict[int, Watcher] = field(default_factory=dict)
    reported: int = 0
    later: Callable[[float, Callable[[], None]], object] = lambda _after_s, act: act()
    tick: Callable[[], int] = lambda: 0

    def __post_init__(self) -> None:
        for line, active in self.plant.levels().items():
            self._put(line, active=active)
        self.reported = self.levels()

    @property
    def is_gone(self) -> bool:
        """Say whether nobody can be connected."""
        faults = self.plant.faults
        return self.drops_line or faults.power_lost or faults.board_dead

    def levels(self) -> int:
        """Return the level of pins 0..31 as one word."""
        return sum(self.pins[pin].level << pin for pin in range(pigpio.REPORTED_PINS))

    def live(self, dt_s: float) -> None:
        """Let the plant live, then pass on what its sensors say."""
        changes = self.step(dt_s)
        if self.plant.faults.power_lost or self.plant.faults.board_dead:
            self.forget()
        for line, active in changes:
            pin = self._put(line, active=active)
            if pin is not None:
                self._settle(pin)

    def forget(self) -> None:
        """Lose power: every pin floats again, as after switching on."""
        for pin in self.pins:
            pin.mode, pin.latch, pin.pull, pin.steady_us = pigpio.INPUT, 0, pigpio.PULL_OFF, 0
        self._drive()

    def answer(self, command: Command, watch: Callable[[bytes], None]) -> Answer:
        """Return what the daemon answers; `watch` is where NOIB's reports would go."""
        result = self._obey(command, watch)
        return Answer(command.code, command.p1, command.p2, result)

    def _obey(self, command: Command, watch: Callable[[bytes], None]) -> int:
        if command.code in _ABOUT_A_PIN:
            if command.p1 >= pigpio.PINS:
                return pigpio.BAD_GPIO
            return _ABOUT_A_PIN[command.code](self, command.p1, command.p2)
        if command.code == Code.NOIB:
            handle = max(self.watchers, default=-1) + 1
            self.watchers[handle] = Watcher(watch)
            return handle
        if command.code in (Code.NB, Code.NP, Code.NC):
            return self._change_watch(command)
        facts: dict[int, int] = {
            Code.HWVER: HARDWARE,
            Code.PIGPV: PIGPIO_VERSION,
            Code.BR1: self.levels(),
            Code.TICK: self.tick(),
        }
        return facts.get(command.code, pigpio.UNKNOWN_COMMAND)

    def _change_watch(self, command: Command) -> int:
        watcher = self.watchers.get(command.p1)
        if watcher is None:
            return pigpio.BAD_HANDLE
        watcher.mask = command.p2 if command.code == Code.NB else 0
        if command.code == Code.NC:
            del self.watchers[command.p1]
        return 0

    def mode(self, pin: int, mode: int) -> int:
        """MODES: make it an input or an output; an output takes the level latched before."""
        if mode > 7:
            return pigpio.BAD_MODE
        self.pins[pin].mode = mode
        return self._moved(pin)

    def pull_up_down(self, pin: int, pull: int) -> int:
        """PUD: choose the pull resistor."""
        if pull > pigpio.PULL_UP:
            return pigpio.BAD_PULL
        self.pins[pin].pull = pull
        return self._moved(pin)

    def write(self, pin: int, level: int) -> int:
        """WRITE: latch the level, then make it an output."""
        if level > 1:
            return pigpio.BAD_LEVEL
        self.pins[pin].latch, self.pins[pin].mode = level, pigpio.OUTPUT
        return self._moved(pin)

    def glitch_filter(self, pin: int, steady_us: int) -> int:
        """FG: report a level only once it has been steady so long."""
        if pin >= pigpio.REPORTED_PINS:
            return pigpio.BAD_USER_GPIO
        if steady_us > pigpio.GLITCH_LIMIT_US:
            return pigpio.BAD_FILTER
        self.pins[pin].steady_us = steady_us
        return 0

    def _moved(self, pin: int) -> int:
        self._drive()
        if pin < pigpio.REPORTED_PINS:
            self._settle(pin)
        return 0

    def _drive(self) -> None:
        """Put the output pins on the plant's coils; a floating pin energises nothing."""
        for output, wired in self.outputs.items():
            pin = self.pins[wired.pin]
            driven = pin.mode == pigpio.OUTPUT
            self.plant.drive(output, energised=driven and bool(pin.latch) == wired.high)

    def _put(self, line: Input, *, active: bool) -> int | None:
        wired = self.inputs.get(line)
        if wired is None:
            return None
        self.pins[wired.pin].outside = int(active == wired.high)
        return wired.pin

    def _settle(self, pin: int) -> None:
        """Report this pin's level now, or after its filter if it is still the same then."""
        level, steady_us = self.pins[pin].level, self.pins[pin].steady_us
        self.pins[pin].changes = change = self.pins[pin].changes + 1
        if steady_us == 0:
            self._tell(pin, level)
            return

        def still() -> None:
            if self.pins[pin].changes == change:
                self._tell(pin, level)

        self.later(steady_us / 1e6, still)

    def _tell(self, pin: int, level: int) -> None:
        if (self.reported >> pin) & 1 == level:
            return
        self.reported ^= 1 << pin
        for watcher in self.watchers.values():
            if watcher.mask >> pin & 1:
                report = Report(watcher.seqno, 0, self.tick(), self.reported)
                watcher.seqno = (watcher.seqno + 1) % 2**16
                watcher.send(pigpio.encode(report))


_ABOUT_A_PIN: dict[int, Callable[[Board, int, int], int]] = {
    Code.MODES: Board.mode,
    Code.MODEG: lambda board, pin, _: board.pins[pin].mode,
    Code.PUD: Board.pull_up_down,
    Code.READ: lambda board, pin, _: board.pins[pin].level,
    Code.WRITE: Board.write,
    Code.FG: Board.glitch_filter,
}


class Connection(asyncio.Protocol):
    """One client: buffers, answers in order, hangs up on nonsense."""

    def __init__(self, board: Board, connections: set["Connection"]) -> None:
        self._board = board
        self._connections = connections
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        if self._board.is_gone:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's shape
        self._connections.discard(self)
        gone = [h for h, watcher in self._board.watchers.items() if watcher.send == self.report]
        for handle in gone:
            del self._board.watchers[handle]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        try:
            command, self._buffer = pigpio.decode_command(self._buffer)
            while command is not None:
                answer = self._board.answer(command, self.report)
                self._say(pigpio.encode(answer))
                command, self._buffer = pigpio.decode_command(self._buffer)
        except FrameError:
            self.hang_up()

    def report(self, raw: bytes) -> None:
        """Send one report, unless it is swallowed."""
        if not self._board.swallows_reports:
            self._say(raw)

    def hang_up(self) -> None:
        """Break the line."""
        if self._transport is not None:
            self._transport.abort()

    def _say(self, raw: bytes) -> None:
        board = self._board
        if board.mute or self._transport is None or self._transport.is_closing():
            return
        raw = bytes(octet ^ 0xA5 for octet in raw) if board.garbled else raw
        if board.slow_s:
            asyncio.get_running_loop().call_later(board.slow_s, self._transport.write, raw)
        else:
            self._transport.write(raw)


async def serve(board: Board, host: str, port: int) -> asyncio.Server:
    """Open the board's line and start its clock; both end when the server is closed."""
    loop = asyncio.get_running_loop()
    connections: set[Connection] = set()
    board.tick = lambda: int(loop.time() * 1e6) % 2**32
    board.later = loop.call_later
    server = await loop.create_server(lambda: Connection(board, connections), host, port)
    lived_to_s = loop.time()

    def beat() -> None:
        nonlocal lived_to_s
        if not server.is_serving():
            return
        now_s = loop.time()
        lived_to_s = max(lived_to_s, now_s - CATCH_UP_S)
        while lived_to_s + TICK_S <= now_s:
            lived_to_s += TICK_S
            board.live(TICK_S)
        if board.is_gone:
            for connection in tuple(connections):
                connection.hang_up()
        loop.call_later(TICK_S, beat)

    beat()
    return server
