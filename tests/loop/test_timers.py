"""Time limits by name: asking again replaces, stale ones are never delivered."""

import asyncio

from egate.domain.effect import Limit
from egate.loop.timers import Due, Timers
from tests.loop.parts import until


def test_a_limit_that_ran_out_is_delivered_once() -> None:
    async def main() -> None:
        due: list[Due] = []
        timers = Timers(asyncio.get_running_loop(), due.append)
        timers.ask(Limit.STATE, 0.0)
        await until(lambda: due)
        assert timers.is_current(due[0])
        assert not timers.is_current(due[0])

    asyncio.run(main())


def test_a_limit_cancelled_while_it_waits_in_the_queue_is_stale() -> None:
    async def main() -> None:
        due: list[Due] = []
        timers = Timers(asyncio.get_running_loop(), due.append)
        timers.ask(Limit.STATE, 0.0)
        await until(lambda: due)
        timers.cancel(Limit.STATE)
        assert not timers.is_current(due[0])

    asyncio.run(main())


def test_asking_again_makes_the_older_one_stale_and_leaves_other_names_alone() -> None:
    async def main() -> None:
        due: list[Due] = []
        timers = Timers(asyncio.get_running_loop(), due.append)
        timers.ask(Limit.STATE, 0.0)
        timers.ask(Limit.HINT, 0.0)
        await until(lambda: len(due) == 2)
        timers.ask(Limit.STATE, 0.0)
        await until(lambda: len(due) == 3)
        assert [timers.is_current(each) for each in due] == [False, True, True]

    asyncio.run(main())
