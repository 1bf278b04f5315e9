"""The output stage: bounded releases, renewal, lamps, and a board that goes and comes back."""

import asyncio
from collections.abc import Callable, Coroutine

from egate.domain.effect import Prompt
from egate.domain.lane_part import Door, Input, Output, Shape, inputs_of
from egate.domain.lane_state import LaneState
from egate.loop.output_stage import OutputStage
from tests.loop.parts import Board, until


class Told:
    """A BoardListener that keeps what it hears."""

    def __init__(self) -> None:
        self.levels: dict[Input, bool | None] = {}
        self.said: list[str] = []

    def input_is(self, line: Input, active: bool | None, _at_s: float) -> None:
        self.levels[line] = active

    def board_back(self) -> None:
        self.said.append("back")

    def board_lost(self, what: str) -> None:
        self.said.append(f"lost: {what}")

    def release_ended(self, door: Door) -> None:
        self.said.append(f"ended: {door}")


Case = Callable[[Board, Told, OutputStage], Coroutine[None, None, None]]


def staged(case: Case, shape: Shape = Shape.MANTRAP) -> tuple[Board, Told]:
    board, told = Board(), Told()

    async def main() -> None:
        stage = OutputStage(board.open, shape, asyncio.get_running_loop(), told)
        stage.open()
        await until(lambda: told.said)
        try:
            await case(board, told, stage)
        finally:
            board.answers.set()
            stage.close()

    asyncio.run(main())
    return board, told


def test_opening_tells_every_level_and_then_that_the_board_is_there() -> None:
    async def case(_board: Board, told: Told, _stage: OutputStage) -> None:
        assert told.said == ["back"]
        assert set(told.levels) == set(inputs_of(Shape.TURNSTILE))

    staged(case, Shape.TURNSTILE)


def test_opening_locks_every_door_with_power_before_a_level_is_read() -> None:
    async def case(board: Board, _told: Told, _stage: OutputStage) -> None:
        assert board.driven[:2] == [(Output.ENTRY_RELEASE, False), (Output.EXIT_RELEASE, False)]
        assert board.renewals == 1

    staged(case)


def test_a_release_is_dropped_at_its_bound_though_nobody_asks() -> None:
    async def case(board: Board, told: Told, stage: OutputStage) -> None:
        assert stage.release(Door.ENTRY, 0.05, lambda: None)
        assert stage.released == (Door.ENTRY,)
        await until(lambda: "ended: entry" in told.said)
        assert not stage.released
        await until(lambda: board.driven[-1] == (Output.ENTRY_RELEASE, False))

    staged(case)


def test_a_release_asked_again_lives_by_the_later_bound() -> None:
    async def case(_board: Board, told: Told, stage: OutputStage) -> None:
        stage.release(Door.EXIT, 0.03, lambda: None)
        stage.release(Door.EXIT, 60.0, lambda: None)
        stage.release(Door.ENTRY, 0.06, lambda: None)
        await until(lambda: "ended: entry" in told.said)
        assert stage.released == (Door.EXIT,)

    staged(case)


def test_a_locked_door_has_no_bound_left() -> None:
    async def case(board: Board, told: Told, stage: OutputStage) -> None:
        locked: list[bool] = []
        board.driven.clear()
        stage.release(Door.EXIT, 0.03, lambda: None)
        stage.lock(Door.EXIT, lambda: locked.append(True))
        stage.release(Door.ENTRY, 0.06, lambda: None)
        await until(lambda: "ended: entry" in told.said and locked)
        await until(lambda: (Output.ENTRY_RELEASE, False) in board.driven)
        assert board.driven.count((Output.EXIT_RELEASE, False)) == 1

    staged(case)


def test_closing_rests_what_was_released() -> None:
    async def case(_board: Board, _told: Told, stage: OutputStage) -> None:
        stage.release(Door.EXIT, 60.0, lambda: None)

    board, _ = staged(case)
    assert board.active() == set()
    assert board.closed == 1


def test_closing_while_the_board_is_being_opened_closes_it() -> None:
    board, told = Board(), Told()

    async def main() -> None:
        stage = OutputStage(board.open, Shape.MANTRAP, asyncio.get_running_loop(), told)
        stage.open()
        stage.close()

    asyncio.run(main())
    assert (board.opened, board.closed) == (1, 1)


def test_a_lost_board_makes_every_level_unknown_and_its_return_opens_no_door() -> None:
    async def case(board: Board, told: Told, stage: OutputStage) -> None:
        stage.release(Door.EXIT, 60.0, lambda: None)
        await until(lambda: Output.EXIT_RELEASE in board.active())
        board.gone = True
        stage.renew()
        await until(lambda: "lost: gone" in told.said)
        assert set(told.levels.values()) == {None}
        assert not stage.released
        assert not stage.release(Door.EXIT, 60.0, lambda: None)
        board.gone = False
        await until(lambda: told.said[-1] == "back")
        assert None not in told.levels.values()
        assert Output.EXIT_RELEASE not in board.active()

    staged(case)


def test_a_board_that_hangs_is_lost_and_the_loop_goes_on() -> None:
    async def case(board: Board, told: Told, stage: OutputStage) -> None:
        board.answers.clear()

        def lost() -> bool:
            stage.renew()
            return any("no answer" in said for said in told.said)

        await until(lost)
        board.answers.set()
        await until(lambda: told.said[-1] == "back")

    staged(case)


def test_an_edge_is_told_with_the_time_of_the_driver_and_an_older_level_is_not() -> None:
    async def case(board: Board, told: Told, _stage: OutputStage) -> None:
        board.change(Input.EXIT_CLOSED, False)
        await until(lambda: told.levels[Input.EXIT_CLOSED] is False)

    staged(case)


def test_lamps_follow_state_and_prompt() -> None:
    async def case(board: Board, _told: Told, stage: OutputStage) -> None:
        stage.show(LaneState.READY, Prompt.PRESENT_TOKEN)
        await until(lambda: board.active() == {Output.ENTRY_GO})
        stage.show(LaneState.ENTERING, Prompt.ONE_AT_A_TIME)
        await until(lambda: board.active() == {Output.STOP})
        stage.show(LaneState.EXIT_RELEASED, Prompt.WALK_OUT)
        await until(lambda: board.active() == {Output.EXIT_GO})

    staged(case)


def test_a_turnstile_lights_no_lamp_it_does_not_have() -> None:
    async def case(board: Board, _told: Told, stage: OutputStage) -> None:
        stage.show(LaneState.EMERGENCY, Prompt.FREE_WAY)
        await until(lambda: board.active() == {Output.EXIT_GO})
        assert stage.lit == (Output.EXIT_GO,)

    staged(case, Shape.TURNSTILE)


def test_a_board_that_is_not_there_at_first_is_waited_for() -> None:
    board, told = Board(), Told()
    board.gone = True

    async def main() -> None:
        stage = OutputStage(board.open, Shape.MANTRAP, asyncio.get_running_loop(), told)
        stage.open()
        await until(lambda: told.said == ["lost: gone"])
        board.gone = False
        await until(lambda: told.said[-1] == "back")
        stage.close()

    asyncio.run(main())
