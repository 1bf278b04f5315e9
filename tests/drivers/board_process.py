"""A simulated board with its plant in a process of its own, ordered about over a pipe.

One JSON object a line: at start {"shape", "fail", "inputs", "outputs"} (name -> [pin, high]), then
orders; each is answered with one line. The clock is the machine's monotonic one in both processes.
"""

import asyncio
import json
import sys
import time

from egate.domain.lane_part import Door, Input, Output, Shape
from simulators.board import TICK_S, Board, Wired, serve
from simulators.plant import Body, Faults, Plant


class Orders:
    """What a test may do to the board and its plant."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.plant = board.plant

    def reset(self) -> None:
        """Mend everything, lose power for a moment, and let two seconds pass."""
        board, plant = self.board, self.plant
        board.mute = board.garbled = board.swallows_reports = board.drops_line = False
        board.slow_s = 0.0
        plant.faults, plant.emergency_open = Faults(), False
        plant.bodies.clear()
        board.forget()
        for _ in range(400):
            board.live(TICK_S)
        plant.edges.clear()

    def fault(self, name: str, value: object) -> None:
        setattr(self.board, name, value)

    def power(self, lost: bool) -> None:
        self.plant.faults.power_lost = lost

    def stand(self, x_m: float) -> float:
        self.plant.bodies.append(Body(x_m, 0.3))
        return time.monotonic()

    def nobody(self) -> None:
        self.plant.bodies.clear()

    def emergency(self, is_open: bool) -> None:
        self.plant.emergency_open = is_open

    def blink(self, line: str) -> float:
        """Turn one sensor's word round, now and not at the next tick; return when."""
        stuck = self.plant.faults.stuck
        stuck[Input(line)] = not self.plant.levels()[Input(line)]
        at_s = time.monotonic()
        self.board.live(TICK_S)
        return at_s

    def forget_edges(self) -> None:
        self.plant.edges.clear()

    def edges(self) -> list[tuple[str, bool]]:
        return [(str(edge.part), edge.on) for edge in self.plant.edges]

    def states(self) -> dict[str, bool]:
        """Say what has power after the safety relay, and which doors are released."""
        plant = self.plant
        lines = {str(output): plant.is_energised(output) for output in self.board.outputs}
        doors = {f"door {door}": plant.released(door) for door in plant.leaves}
        return {**lines, **doors, "fed": plant.is_fed}

    def watchers(self) -> int:
        return len(self.board.watchers)


async def main() -> None:
    start = json.loads(sys.stdin.readline())
    plant = Plant(Shape(start["shape"]), {Door(d): f for d, f in start["fail"].items()})
    board = Board(
        plant,
        {Input(name): Wired(*wired) for name, wired in start["inputs"].items()},
        {Output(name): Wired(*wired) for name, wired in start["outputs"].items()},
        plant.step,
    )
    server = await serve(board, "127.0.0.1", 0)
    orders = Orders(board)
    answer({"port": server.sockets[0].getsockname()[1]})
    pipe = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(pipe), sys.stdin
    )
    while line := await pipe.readline():
        name, *arguments = json.loads(line)
        answer(getattr(orders, name)(*arguments))


def answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
