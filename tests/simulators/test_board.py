"""The simulated board: what a pigpio daemon answers, drives and reports."""

import asyncio
from collections.abc import Callable

import pytest

from egate.domain.lane_part import Door, Input, Output, Shape
from egate.wire import pigpio
from egate.wire.pigpio import Code, Command, Report
from simulators.board import Board, Wired, serve
from simulators.plant import Body, Edge, Plant

BEAM, SINGLE = Wired(5), Wired(6, high=False)
RELEASE, ALIVE = Wired(17, high=False), Wired(18)


def wired() -> Board:
    plant = Plant(Shape.TURNSTILE)
    return Board(
        plant,
        {Input.EXIT_BEAM_CLEAR: BEAM, Input.CHAMBER_SINGLE: SINGLE},
        {Output.EXIT_RELEASE: RELEASE, Output.ALIVE: ALIVE},
        plant.step,
    )


def ask(board: Board, code: int, p1: int = 0, p2: int = 0) -> int:
    return board.answer(Command(code, p1, p2), lambda _raw: None).result


def test_a_write_latches_the_level_before_the_pin_drives() -> None:
    board = wired()
    assert ask(board, Code.WRITE, RELEASE.pin, 1) == 0
    assert list(board.plant.edges) == []
    assert ask(board, Code.MODEG, RELEASE.pin) == pigpio.OUTPUT


def test_an_active_low_pin_made_an_output_first_pulses_as_on_a_real_board() -> None:
    board = wired()
    ask(board, Code.MODES, RELEASE.pin, pigpio.OUTPUT)
    ask(board, Code.WRITE, RELEASE.pin, 1)
    assert [(edge.part, edge.on) for edge in board.plant.edges] == [
        (Output.EXIT_RELEASE, True),
        (Output.EXIT_RELEASE, False),
    ]


def test_a_floating_pin_energises_nothing() -> None:
    board = wired()
    ask(board, Code.WRITE, ALIVE.pin, 1)
    ask(board, Code.WRITE, RELEASE.pin, 0)
    assert board.plant.released(Door.EXIT)
    ask(board, Code.MODES, RELEASE.pin, pigpio.INPUT)
    assert not board.plant.released(Door.EXIT)


def test_pins_read_what_the_sensors_give_them_by_polarity() -> None:
    board = wired()
    assert ask(board, Code.READ, BEAM.pin) == 1
    assert ask(board, Code.READ, SINGLE.pin) == 1
    board.plant.bodies.append(Body(1.0, 0.3))
    board.live(0.005)
    assert ask(board, Code.READ, BEAM.pin) == 0
    board.plant.bodies[0].x_m = 0.5
    board.live(0.005)
    assert ask(board, Code.BR1) == 1 << BEAM.pin


def test_an_unwired_pin_reads_its_pull() -> None:
    board = wired()
    assert ask(board, Code.READ, 3) == 0
    ask(board, Code.PUD, 3, pigpio.PULL_UP)
    assert ask(board, Code.READ, 3) == 1


@pytest.mark.parametrize(
    ("code", "p1", "p2", "error"),
    [
        (Code.WRITE, 54, 1, pigpio.BAD_GPIO),
        (Code.WRITE, 17, 2, pigpio.BAD_LEVEL),
        (Code.MODES, 17, 8, pigpio.BAD_MODE),
        (Code.PUD, 17, 3, pigpio.BAD_PULL),
        (Code.FG, 40, 100, pigpio.BAD_USER_GPIO),
        (Code.FG, 17, 300_001, pigpio.BAD_FILTER),
        (Code.NB, 0, 1, pigpio.BAD_HANDLE),
        (86, 0, 0, pigpio.UNKNOWN_COMMAND),
    ],
)
def test_what_it_cannot_do_is_answered_by_number(code: int, p1: int, p2: int, error: int) -> None:
    assert ask(wired(), code, p1, p2) == error


def test_only_the_watched_pins_are_reported_outputs_too() -> None:
    board, told = wired(), list[bytes]()
    handle = board.answer(Command(Code.NOIB), told.append).result
    ask(board, Code.NB, handle, 1 << BEAM.pin | 1 << ALIVE.pin)
    ask(board, Code.WRITE, ALIVE.pin, 1)
    board.plant.bodies.append(Body(0.5, 0.3))
    board.live(0.005)
    board.plant.bodies[0].x_m = 1.0
    board.live(0.005)
    ask(board, Code.NC, handle)
    ask(board, Code.WRITE, ALIVE.pin, 0)
    assert [pigpio.decode_report(raw, n)[0] for n, raw in enumerate(told)] == [
        Report(0, 0, 0, 1 << BEAM.pin | 1 << SINGLE.pin | 1 << ALIVE.pin),
        Report(1, 0, 0, 1 << SINGLE.pin | 1 << ALIVE.pin),
    ]


def test_the_glitch_filter_passes_only_what_stays() -> None:
    board, told, later = wired(), list[bytes](), list[Callable[[], None]]()
    clock = iter(range(1000))
    board.tick = lambda: next(clock)
    board.later = lambda _after_s, act: later.append(act)
    handle = board.answer(Command(Code.NOIB), told.append).result
    ask(board, Code.NB, handle, 1 << BEAM.pin)
    ask(board, Code.FG, BEAM.pin, 2000)
    board.plant.bodies.append(Body(1.0, 0.3))
    for _ in range(2):
        board.live(0.005)
        board.plant.bodies[0].x_m = 0.0
    for act in later:
        act()
    assert told == []


def test_a_loss_of_power_forgets_every_pin() -> None:
    board = wired()
    ask(board, Code.WRITE, ALIVE.pin, 1)
    ask(board, Code.WRITE, RELEASE.pin, 0)
    board.plant.faults.power_lost = True
    board.live(0.005)
    board.plant.faults.power_lost = False
    board.plant.edges.clear()
    for _ in range(100):
        board.live(0.005)
    assert Edge(board.plant.at_s, Door.EXIT, on=True) not in board.plant.edges
    assert board.pins[RELEASE.pin].mode == pigpio.INPUT


def test_over_tcp_commands_may_come_dripped_or_together_and_nonsense_is_hung_up() -> None:
    async def talk() -> tuple[bytes, bytes]:
        server = await serve(wired(), "127.0.0.1", 0)
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            first = pigpio.encode(Command(Code.HWVER))
            second = pigpio.encode(Command(Code.READ, BEAM.pin))
            for octet in first:
                writer.write(bytes([octet]))
                await writer.drain()
            writer.write(second + second)
            heard = await reader.readexactly(48)
            writer.write(b"GET / HTTP/1.1\r\n")
            try:
                rest = await reader.read()
            except ConnectionResetError:
                rest = b""
            writer.close()
        server.close()
        return heard, rest

    heard, rest = asyncio.run(talk())
    assert heard[12:16] == (0xC03111).to_bytes(4, "little")
    assert heard[16:32] == heard[32:48]
    assert rest == b""
