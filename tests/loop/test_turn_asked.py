"""A turn of the head that a look asks for is on the traveller's page while the look goes on."""

from collections.abc import Callable

import pytest

from egate.domain.effect import Prompt
from egate.domain.head_turn import Turn
from egate.domain.lane_state import LaneState
from egate.loop.messages import StateShown, TurnAsked
from tests.loop.gate import Gate
from tests.loop.parts import until


def prompts(gate: Gate) -> list[Prompt | None]:
    return [said.prompt for said in gate.page.received if isinstance(said, StateShown)]


def test_which_way_to_look_is_shown_and_the_answer_still_counts(
    run_gate: Callable[..., Gate],
) -> None:
    turns = (Turn.LEFT, Turn.AHEAD, Turn.RIGHT)
    shown = (Prompt.TURN_HEAD_LEFT, Prompt.TURN_HEAD_BACK, Prompt.TURN_HEAD_RIGHT)

    async def case(gate: Gate) -> None:
        await gate.walks_in()
        ask = gate.asked()[-1]
        for turn, prompt in zip(turns, shown, strict=True):
            gate.vision.say(TurnAsked(request=ask.request, passage=ask.passage, turn=turn))
            await until(lambda: prompts(gate)[-1] is prompt)  # noqa: B023  # awaited here
        gate.looks()
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    gate = run_gate(case)
    assert not any("dropped" in note for note in gate.notes())


@pytest.mark.parametrize("changes", [{"request": 1}, {"passage": 1}])
def test_a_turn_for_another_look_is_shown_to_nobody(
    run_gate: Callable[..., Gate], changes: dict[str, int]
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        ask = gate.asked()[-1]
        asked = TurnAsked(request=ask.request, passage=ask.passage, turn=Turn.LEFT)
        foreign = {key: getattr(ask, key) + more for key, more in changes.items()}
        gate.vision.say(asked.model_copy(update=foreign))
        gate.looks()
        gate.vision.say(asked)
        await gate.walks_out()
        await gate.stands(LaneState.READY)

    gate = run_gate(case)
    assert Prompt.TURN_HEAD_LEFT not in prompts(gate)
    assert sum("late or foreign" in note for note in gate.notes()) == 2
