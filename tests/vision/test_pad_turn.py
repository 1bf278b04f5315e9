"""A head that goes where it was asked, in time and back, and everything else told apart from it."""

from collections.abc import Iterable

import pytest

from egate.domain.face_measures import LayerReason, LayerScore, PadLayer
from egate.domain.head_turn import TURNS, Turn, draw_turns
from egate.vision.faces import Face, FaceEngine, Picture, dominant
from egate.vision.pad_turn import WITHIN_S, Ended, HeadTurn
from egate.vision.presentation_attack import Challenge, LivenessLook
from simulators.heads import Presented, sequence
from tests.vision.limits import LIMITS
from tests.vision.presented import noise
from tests.vision.test_presentation_attack import WIDE

L, R, A = Turn.LEFT, Turn.RIGHT, Turn.AHEAD
FRAME_S = 0.1


def after(turns: tuple[Turn, ...], yaws: Iterable[float], carried_deg: float = 0.0) -> HeadTurn:
    """Return the turn after a second of looking ahead and these yaws, ten a second."""
    turn = HeadTurn(turns)
    for number in range(10):
        turn.feed(carried_deg, number * FRAME_S)
    turn.begin(1.0)
    for number, yaw_deg in enumerate(yaws, 1):
        turn.feed(carried_deg + yaw_deg, 1.0 + number * FRAME_S)
    return turn


def to(*sides_deg: float) -> list[float]:
    """Return a head that waits, goes to each of these in turn, and comes back after each."""
    return [yaw for side in sides_deg for yaw in [0.0] * 4 + [side] * 4 + [0.0] * 4]


@pytest.mark.parametrize(
    ("turns", "yaws", "ended", "answered"),
    [
        ((L, R), to(20, -20), Ended.FOLLOWED, 2),
        ((R, R), to(-12, -30), Ended.FOLLOWED, 2),
        ((L, R), to(20, 20), Ended.OTHER_WAY, 1),
        ((L, R), to(-20, 20), Ended.OTHER_WAY, 0),
        ((L, L), to(20), None, 1),
        ((L, R), [0.0] * 30, Ended.TOO_LATE, 0),
        ((L, R), [20.0] * 40, Ended.TOO_LATE, 0),
        ((L, R), [0.0, 20.0, 0.0, 0.0, -20.0, *[0.0] * 30], Ended.TOO_LATE, 0),
        ((L, R), [4.0, -4.0] * 20, Ended.TOO_LATE, 0),
    ],
)
@pytest.mark.parametrize("carried_deg", [0.0, 9.0])
def test_a_head_is_followed_from_how_it_is_carried(
    turns: tuple[Turn, ...],
    yaws: list[float],
    ended: Ended | None,
    answered: int,
    carried_deg: float,
) -> None:
    turn = after(turns, yaws, carried_deg)
    assert (turn.ended, turn.answered) == (ended, answered)
    assert turn.is_over is (ended is not None)


def test_what_is_asked_changes_with_the_head() -> None:
    asked = [after((L, R), to(20, -20)[:count]).asked for count in range(25)]
    assert [one for one, before in zip(asked, [A, *asked], strict=False) if one is not before] == [
        L, A, R, A, None,
    ]  # fmt: skip
    late = after((L, R), [0.0] * round(WITHIN_S / FRAME_S))
    assert late.asked is L


def test_of_two_turns_by_chance_one_recording_in_four_meets_both() -> None:
    sides = [(one, two) for one in (L, R) for two in (L, R)]
    met = [
        after((L, R), to(*(20 if side is L else -20 for side in own))).ended is Ended.FOLLOWED
        for own in sides
    ]
    assert met.count(True) == 1
    assert (TURNS, len(sides)) == (2, 4)


def test_every_pair_of_sides_is_drawn() -> None:
    pairs = (bytes((0, 0)), bytes((0, 1)), bytes((3, 2)), bytes((255, 1)))
    assert {draw_turns({TURNS: pair}.__getitem__) for pair in pairs} == {
        (L, L), (L, R), (R, L), (R, R),
    }  # fmt: skip


def look(*, is_unsure: bool) -> LivenessLook:
    asked = LivenessLook(challenge=Challenge((L, R), lambda _layers: is_unsure))
    for number in range(40):
        asked.feed(noise(1), WIDE, number * FRAME_S)
    return asked


def test_a_look_that_is_sure_asks_nothing_and_one_that_is_not_goes_on() -> None:
    sure, unsure = look(is_unsure=False), look(is_unsure=True)
    assert (sure.asks, sure.is_settled(4.0)) == (None, True)
    assert sure.scores()[-1] == LayerScore(PadLayer.HEAD_TURN, None, LayerReason.NOT_ASKED)
    late = LayerScore(PadLayer.HEAD_TURN, 0.4, LayerReason.DID_NOT_TURN)
    assert (unsure.asks, unsure.is_settled(4.0), unsure.scores()[-1]) == (None, True, late)
    unsure = LivenessLook(challenge=Challenge((L, R), lambda _layers: True))
    for number in range(20):
        unsure.feed(noise(1), WIDE, number * FRAME_S)
    assert (unsure.asks, unsure.is_settled(2.0)) == (L, False)
    assert unsure.scores()[-1].reason is LayerReason.TOO_FEW_FRAMES


@pytest.mark.parametrize(
    ("kind", "seed", "reasons"),
    [
        (Presented.LIVING, 4, {LayerReason.LIVING}),
        (Presented.PRINTED_PHOTO, 4, {LayerReason.DID_NOT_TURN}),
        (Presented.REPLAYED_VIDEO, 8, {LayerReason.TURNED_THE_OTHER_WAY}),
    ],
)
def test_a_living_head_does_as_it_is_asked_and_what_is_held_up_does_not(
    engine: FaceEngine,
    live: dict[str, Picture],
    kind: Presented,
    seed: int,
    reasons: set[LayerReason],
) -> None:
    look = LivenessLook(challenge=Challenge((R, L), lambda _layers: True))
    asks: list[tuple[float, Turn]] = []
    for picture, at_s in sequence(kind, live["person_3"], seed, None, 3.0, 10.0, asks=asks):
        face = dominant(engine.detect(picture), LIMITS)
        if isinstance(face, Face):
            look.feed(picture, face, at_s)
        if look.asks is not None and (not asks or asks[-1][1] is not look.asks):
            asks.append((at_s, look.asks))
        if look.is_settled(at_s):
            break
    assert look.scores()[-1].reason in reasons
