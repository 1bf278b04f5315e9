"""A passage as the lane lives it, and what it answers to everything else."""

from dataclasses import dataclass, replace

import pytest

from egate.domain.decision import Ruling, Stage
from egate.domain.effect import (
    Alarm,
    Await,
    Cancel,
    Effect,
    EndPassage,
    Guide,
    Inspect,
    Limit,
    Lock,
    Note,
    Prompt,
    Purpose,
    RecordDecision,
    RecordOverride,
    Release,
)
from egate.domain.lane_event import (
    Decided,
    DecisionDurable,
    DeviceBack,
    DeviceLost,
    FingerWanted,
    InputChanged,
    LaneEvent,
    LimitReached,
    MaintenanceEntered,
    MaintenanceLeft,
    OfficerOrdered,
    Order,
    SelfTestDone,
    TokenPresented,
    TravellerAsked,
)
from egate.domain.lane_part import Door, Input, Shape, inputs_of
from egate.domain.lane_state import LaneState, Trouble
from egate.lane import Lane, LaneSettings
from egate.lane.table import ENTER, MOVES, SENSED

I = Input  # noqa: E741  # one letter for nine lines


@dataclass
class Told:
    """A lane and everything it asked for since the last look."""

    lane: Lane

    def tell(self, *events: LaneEvent) -> list[Effect]:
        return [effect for event in events for effect in self.lane.handle(event).effects]

    def stands(self, state: LaneState) -> bool:
        return self.lane.state is state

    def sense(self, **levels: bool) -> list[Effect]:
        return self.tell(*(InputChanged(0.0, Input(line), on) for line, on in levels.items()))


def ready(shape: Shape = Shape.MANTRAP) -> Told:
    told = Told(Lane(LaneSettings(shape, officer_required=False, opens_by_itself=True)))
    told.lane.start()
    for line in inputs_of(shape):
        told.sense(**{line: line is not Input.CHAMBER_SINGLE})
    told.tell(SelfTestDone(0.0, passed=True))
    assert told.stands(LaneState.READY)
    return told


def verifying() -> Told:
    told = ready()
    told.tell(TokenPresented(0.0, 7), Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    told.tell(DecisionDurable(0.0, 7, Stage.TOKEN))
    told.sense(entry_locked=False, entry_closed=False, entry_beam_clear=False)
    told.sense(chamber_empty=False, chamber_single=True, entry_beam_clear=True)
    told.sense(entry_closed=True, entry_locked=True)
    assert told.stands(LaneState.VERIFYING)
    return told


def exit_released() -> Told:
    told = verifying()
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.ADMIT))
    told.tell(DecisionDurable(0.0, 7, Stage.TRAVELLER))
    assert told.stands(LaneState.EXIT_RELEASED)
    return told


def test_a_token_is_inspected_before_anything_moves() -> None:
    effects = ready().tell(TokenPresented(0.0, 7))
    assert Inspect(7, Stage.TOKEN, 1, 15.0) in effects
    assert not [effect for effect in effects if isinstance(effect, Release)]


def test_the_entry_opens_only_when_the_journal_has_the_decision() -> None:
    told = ready()
    told.tell(TokenPresented(0.0, 7))
    assert RecordDecision(7, Stage.TOKEN) in told.tell(Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    assert told.tell(DecisionDurable(0.0, 6, Stage.TOKEN)) != []  # a note: of another passage
    assert told.stands(LaneState.ENTRY_DECIDED)
    effects = told.tell(DecisionDurable(0.0, 7, Stage.TOKEN))
    assert effects[0] == Release(Door.ENTRY, Purpose.LET_IN, 21.0)


def test_a_decision_is_used_once() -> None:
    told = exit_released()
    told.sense(exit_locked=False, exit_closed=False, exit_beam_clear=False)
    told.sense(exit_beam_clear=True)
    told.tell(LimitReached(0.0, Limit.STATE))
    assert told.stands(LaneState.REFERRED)
    told.sense(exit_closed=True, exit_locked=True)
    effects = told.tell(DecisionDurable(0.0, 7, Stage.TRAVELLER))
    assert [type(effect) for effect in effects] == [Note]


def test_a_whole_passage_ends_ready_without_trouble() -> None:
    told = exit_released()
    told.sense(exit_locked=False, exit_closed=False, exit_beam_clear=False)
    told.sense(chamber_single=False, chamber_empty=True)
    assert Lock(Door.EXIT) in told.sense(exit_beam_clear=True)
    effects = told.sense(exit_closed=True, exit_locked=True)
    assert EndPassage(7, None) in effects
    assert told.stands(LaneState.READY)


def test_a_turnstile_verifies_in_front_of_its_one_barrier() -> None:
    told = ready(Shape.TURNSTILE)
    told.sense(chamber_empty=False, chamber_single=True)
    told.tell(TokenPresented(0.0, 7))
    effects = told.tell(Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    assert Inspect(7, Stage.TRAVELLER, 1, 10.0) in effects
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.ADMIT))
    effects = told.tell(DecisionDurable(0.0, 7, Stage.TRAVELLER))
    assert effects[0] == Release(Door.EXIT, Purpose.LET_OUT, 31.0)


@pytest.mark.parametrize("ruling", [Ruling.REFER, Ruling.HOLD])
def test_a_refused_traveller_is_referred_and_nothing_is_released(ruling: Ruling) -> None:
    told = verifying()
    effects = told.tell(Decided(0.0, 7, Stage.TRAVELLER, ruling, trouble=Trouble.FACE_MISMATCH))
    assert Alarm(Trouble.FACE_MISMATCH) in effects
    assert Guide(Prompt.WAIT_FOR_OFFICER) in effects
    assert told.lane.memory.released == frozenset()


def test_a_traveller_may_try_three_times_when_nothing_failed() -> None:
    told = verifying()
    retry = Decided(0.0, 7, Stage.TRAVELLER, Ruling.REFER, may_retry=True)
    assert Inspect(7, Stage.TRAVELLER, 2, 10.0) in told.tell(retry)
    assert Inspect(7, Stage.TRAVELLER, 3, 10.0) in told.tell(retry)
    told.tell(retry)
    assert told.stands(LaneState.REFERRED)


def test_a_traveller_is_told_what_to_do_before_the_next_try() -> None:
    told = verifying()
    retry = Decided(0.0, 7, Stage.TRAVELLER, Ruling.REFER, may_retry=True)
    masked = replace(retry, prompt=Prompt.TAKE_OFF_MASK)
    assert Guide(Prompt.TAKE_OFF_MASK) in told.tell(masked)
    assert Guide(Prompt.LOOK_HERE_AGAIN) in told.tell(retry)


def test_a_finger_is_asked_for_once_with_tries_of_its_own_and_no_word_of_the_camera() -> None:
    told = verifying()
    retry = Decided(0.0, 7, Stage.TRAVELLER, Ruling.REFER, may_retry=True)
    told.tell(retry)
    assert told.tell(FingerWanted(0.0, 6)) == []
    effects = told.tell(FingerWanted(0.0, 7))
    assert effects == [
        Cancel(Limit.HINT),
        Inspect(7, Stage.TRAVELLER, 1, 6.0),
        Guide(Prompt.PLACE_FINGER),
    ]
    assert told.tell(FingerWanted(0.0, 7)) == []
    assert told.tell(DeviceBack(0.0, "vision")) == []
    dry = replace(retry, prompt=Prompt.MOISTEN_FINGER)
    for attempt in (2, 3):
        assert told.tell(dry) == [
            Inspect(7, Stage.TRAVELLER, attempt, 6.0),
            Guide(Prompt.MOISTEN_FINGER),
        ]
    told.tell(replace(dry, trouble=Trouble.FINGER_NOT_CAPTURED))
    assert told.stands(LaneState.REFERRED)
    assert told.lane.memory.trouble is Trouble.FINGER_NOT_CAPTURED


def test_a_finger_that_never_came_in_time_is_not_the_faces_fault() -> None:
    told = verifying()
    told.tell(FingerWanted(0.0, 7), LimitReached(0.0, Limit.STATE))
    assert told.lane.memory.trouble is Trouble.FINGER_NOT_CAPTURED
    assert not told.lane.memory.cleared


def test_a_traveller_is_shown_what_a_look_asks_while_it_goes_on() -> None:
    told = verifying()
    effects = told.tell(TravellerAsked(0.0, 7, Prompt.TURN_HEAD_LEFT))
    assert effects == [Guide(Prompt.TURN_HEAD_LEFT), Await(Limit.HINT, 5.0)]
    assert told.tell(TravellerAsked(0.0, 6, Prompt.TURN_HEAD_RIGHT)) == []
    assert told.stands(LaneState.VERIFYING)
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.ADMIT))
    assert told.tell(TravellerAsked(0.0, 7, Prompt.TURN_HEAD_BACK)) == []


def test_an_answer_of_another_passage_changes_nothing() -> None:
    told = verifying()
    effects = told.tell(Decided(0.0, 6, Stage.TRAVELLER, Ruling.ADMIT))
    assert [type(effect) for effect in effects] == [Note]
    assert told.stands(LaneState.VERIFYING)


def test_a_time_limit_that_was_cancelled_changes_nothing() -> None:
    told = ready()
    assert told.tell(LimitReached(0.0, Limit.STATE)) == []


def test_a_tailgater_finds_the_way_back_open_and_the_token_unused() -> None:
    told = ready()
    told.tell(TokenPresented(0.0, 7), Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    told.tell(DecisionDurable(0.0, 7, Stage.TOKEN))
    told.sense(entry_locked=False, entry_closed=False, entry_beam_clear=False)
    told.sense(chamber_empty=False, chamber_single=True)
    told.sense(chamber_single=False)
    effects = told.tell(LimitReached(0.0, Limit.OCCUPANCY_SETTLES))
    assert told.stands(LaneState.RETURNING)
    assert told.lane.memory.trouble is Trouble.TAILGATING
    assert Release(Door.ENTRY, Purpose.LET_BACK, 21.0) in effects
    told.sense(chamber_empty=True, entry_beam_clear=True)
    effects = told.sense(entry_closed=True, entry_locked=True)
    assert EndPassage(7, Trouble.TAILGATING) in effects


def test_two_together_are_told_from_a_tailgater() -> None:
    told = ready()
    told.tell(TokenPresented(0.0, 7), Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    told.tell(DecisionDurable(0.0, 7, Stage.TOKEN))
    told.sense(entry_locked=False, entry_closed=False, entry_beam_clear=False, chamber_empty=False)
    told.tell(LimitReached(0.0, Limit.OCCUPANCY_SETTLES))
    assert told.lane.memory.trouble is Trouble.TWO_PERSONS


def leaving_a_turnstile() -> Told:
    told = ready(Shape.TURNSTILE)
    told.sense(chamber_empty=False, chamber_single=True)
    told.tell(TokenPresented(0.0, 7), Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.ADMIT))
    told.tell(DecisionDurable(0.0, 7, Stage.TRAVELLER))
    told.sense(exit_locked=False, exit_closed=False, exit_beam_clear=False)
    assert told.stands(LaneState.LEAVING)
    return told


def test_one_who_follows_through_a_barrier_when_the_beam_was_clear_is_a_tailgater() -> None:
    told = leaving_a_turnstile()
    assert Lock(Door.EXIT) in told.sense(exit_beam_clear=True)
    told.sense(exit_beam_clear=False)
    assert told.lane.memory.trouble is Trouble.TAILGATING


@pytest.mark.parametrize("order", [None, Order.LET_BACK])
def test_who_walks_through_while_the_barrier_is_closing_again_calls_the_officer(
    order: Order | None,
) -> None:
    told = ready(Shape.TURNSTILE)
    told.sense(chamber_empty=False, chamber_single=True)
    told.tell(TokenPresented(0.0, 7), Decided(0.0, 7, Stage.TOKEN, Ruling.ADMIT))
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.ADMIT))
    told.tell(DecisionDurable(0.0, 7, Stage.TRAVELLER))
    told.sense(exit_locked=False, exit_closed=False)
    told.tell(LimitReached(0.0, Limit.STATE))
    assert told.lane.memory.trouble is Trouble.NOBODY_LEFT
    if order:
        told.tell(OfficerOrdered(0.0, order, 7, "officer", "go back, please"))
    effects = told.sense(exit_beam_clear=False)
    assert Alarm(Trouble.TAILGATING) in effects
    assert told.stands(LaneState.EXCEPTION)


def test_two_who_break_the_beam_as_one_body_are_counted_in_the_zone() -> None:
    told = leaving_a_turnstile()
    told.sense(chamber_single=False, chamber_empty=True)
    told.sense(chamber_empty=False, chamber_single=True)
    effects = told.sense(chamber_single=False, chamber_empty=True)
    assert Alarm(Trouble.TAILGATING) in effects


def test_who_follows_past_a_bag_that_was_left_is_a_tailgater_all_the_same() -> None:
    told = leaving_a_turnstile()
    told.sense(chamber_single=False)
    told.sense(chamber_single=True)
    assert Alarm(Trouble.TAILGATING) in told.sense(chamber_single=False)


def test_a_bag_left_before_a_barrier_is_no_tailgater() -> None:
    told = leaving_a_turnstile()
    told.sense(chamber_single=False)
    told.sense(exit_beam_clear=True)
    told.tell(LimitReached(0.0, Limit.OCCUPANCY_SETTLES))
    told.sense(exit_closed=True, exit_locked=True)
    assert told.stands(LaneState.READY)


def test_the_next_in_line_may_step_up_while_the_first_one_leaves() -> None:
    told = leaving_a_turnstile()
    told.sense(chamber_single=False, chamber_empty=True)
    told.sense(chamber_empty=False, chamber_single=True)
    assert Lock(Door.EXIT) in told.sense(exit_beam_clear=True)
    told.sense(exit_closed=True, exit_locked=True)
    assert told.stands(LaneState.READY)


def test_a_second_body_revokes_an_open_exit() -> None:
    told = exit_released()
    told.sense(chamber_single=False)
    effects = told.tell(LimitReached(0.0, Limit.OCCUPANCY_SETTLES))
    assert Lock(Door.EXIT) in effects
    assert told.stands(LaneState.EXCEPTION)


def test_a_forced_entry_door_revokes_an_open_exit() -> None:
    told = exit_released()
    effects = told.sense(entry_locked=False)
    assert Lock(Door.EXIT) in effects


def test_an_open_emergency_loop_releases_every_door_and_stays_latched() -> None:
    told = verifying()
    effects = told.sense(emergency_clear=False)
    assert [effect.door for effect in effects if isinstance(effect, Release)] == list(Door)
    told.sense(emergency_clear=True)
    assert told.stands(LaneState.EMERGENCY)
    told.tell(OfficerOrdered(0.0, Order.RESET_EMERGENCY, 0, "officer", "drill over"))
    assert told.lane.memory.trouble is Trouble.OCCUPIED_AT_BOOT
    assert told.lane.memory.released == frozenset()


def test_an_officers_admission_is_written_down_before_it_opens() -> None:
    told = verifying()
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.REFER))
    order = OfficerOrdered(0.0, Order.ADMIT, 7, "officer", "known resident")
    assert RecordOverride(7, Stage.TRAVELLER, "officer", "known resident") in told.tell(order)
    assert told.lane.memory.released == frozenset()
    effects = told.tell(DecisionDurable(0.0, 7, Stage.TRAVELLER))
    assert isinstance(effects[0], Release)


@pytest.mark.parametrize(("officer", "reason"), [("officer", " "), ("", "known resident")])
def test_an_officer_without_a_name_or_a_reason_admits_nobody(officer: str, reason: str) -> None:
    told = verifying()
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.REFER))
    effects = told.tell(OfficerOrdered(0.0, Order.ADMIT, 7, officer, reason))
    assert effects == [Note("the order admit is not taken now, in referred", 7)]
    assert told.stands(LaneState.REFERRED)


def test_an_officers_order_for_another_passage_is_refused() -> None:
    told = verifying()
    told.tell(Decided(0.0, 7, Stage.TRAVELLER, Ruling.REFER))
    told.tell(OfficerOrdered(0.0, Order.ADMIT, 6, "officer", "mistaken"))
    assert told.stands(LaneState.REFERRED)


def test_a_camera_back_in_time_is_asked_again() -> None:
    told = verifying()
    told.tell(DeviceLost(0.0, "vision"))
    assert told.stands(LaneState.VERIFYING)
    effects = told.tell(DeviceBack(0.0, "vision"))
    assert Inspect(7, Stage.TRAVELLER, 2, 10.0) in effects


def test_a_lane_that_lost_its_scanner_is_out_of_service_and_comes_back_by_itself() -> None:
    told = ready()
    told.tell(DeviceLost(0.0, "scanner"))
    assert told.stands(LaneState.OUT_OF_SERVICE)
    told.tell(DeviceBack(0.0, "scanner"))
    assert told.stands(LaneState.BOOT)
    told.tell(SelfTestDone(0.0, passed=True))
    assert told.stands(LaneState.READY)


def test_a_lost_board_locks_and_knows_nothing() -> None:
    told = exit_released()
    assert Lock(Door.EXIT) in told.tell(DeviceLost(0.0, "board"))
    assert told.lane.memory.unknown == frozenset(Input)
    assert told.stands(LaneState.EXCEPTION)


def test_a_bolt_that_never_lets_go_is_not_believed() -> None:
    told = exit_released()
    told.sense(exit_closed=False)
    effects = told.tell(LimitReached(0.0, Limit.EXIT_DISAGREES))
    assert Alarm(Trouble.CONTACTS_DISAGREE) in effects
    told.sense(exit_closed=True)
    assert told.stands(LaneState.EXCEPTION)


def test_a_closed_contact_that_flickered_holds_the_lane_only_until_an_officer_looks() -> None:
    told = ready()
    told.sense(exit_closed=False)
    assert told.lane.memory.trouble is Trouble.DOOR_FORCED
    order = OfficerOrdered(0.0, Order.CLEAR, 0, "officer", "the leaf is shut")
    told.tell(order)
    assert told.stands(LaneState.EXCEPTION)
    told.sense(exit_closed=True)
    assert told.stands(LaneState.EXCEPTION)
    told.tell(order)
    assert told.stands(LaneState.READY)


def test_an_exit_that_flickered_does_not_keep_anybody_inside() -> None:
    told = verifying()
    told.sense(exit_closed=False)
    told.sense(exit_closed=True)
    assert told.stands(LaneState.EXCEPTION)
    effects = told.tell(OfficerOrdered(0.0, Order.LET_BACK, 7, "officer", "the leaf is shut"))
    assert Release(Door.ENTRY, Purpose.LET_BACK, 21.0) in effects


def test_a_boot_that_cannot_believe_a_bolt_calls_the_officer() -> None:
    told = ready()
    told.tell(DeviceLost(0.0, "scanner"))
    told.sense(exit_closed=False)
    told.sense(exit_closed=True)
    told.tell(DeviceBack(0.0, "scanner"), SelfTestDone(0.0, passed=True))
    assert told.stands(LaneState.BOOT)
    effects = told.tell(LimitReached(0.0, Limit.STATE))
    assert Alarm(Trouble.CONTACTS_DISAGREE) in effects
    told.tell(OfficerOrdered(0.0, Order.CLEAR, 0, "officer", "the leaf is shut"))
    assert told.stands(LaneState.READY)


def test_a_boot_after_maintenance_that_cannot_believe_a_bolt_calls_the_officer() -> None:
    told = ready()
    told.sense(exit_closed=False)
    told.tell(LimitReached(0.0, Limit.EXIT_DISAGREES))
    told.sense(exit_closed=True)
    told.tell(OfficerOrdered(0.0, Order.CLOSE_LANE, 0, "officer", "a technician comes"))
    told.tell(MaintenanceEntered(0.0), MaintenanceLeft(0.0), SelfTestDone(0.0, passed=True))
    assert told.stands(LaneState.BOOT)
    told.tell(LimitReached(0.0, Limit.STATE))
    told.tell(OfficerOrdered(0.0, Order.CLEAR, 0, "officer", "the leaf is shut"))
    assert told.stands(LaneState.READY)


def test_a_leaf_that_stays_open_behind_a_clear_doorway_is_held_open() -> None:
    told = exit_released()
    told.sense(exit_locked=False, exit_closed=False)
    effects = told.tell(LimitReached(0.0, Limit.STATE))
    assert Await(Limit.EXIT_FOLLOWS, 3.0) in effects
    effects = told.tell(LimitReached(0.0, Limit.EXIT_FOLLOWS))
    assert Alarm(Trouble.DOOR_HELD_OPEN) in effects
    assert told.stands(LaneState.EXCEPTION)


def test_luggage_left_holds_the_lane_until_an_officer_clears_it() -> None:
    told = exit_released()
    told.sense(exit_locked=False, exit_closed=False, exit_beam_clear=False, chamber_single=False)
    told.sense(exit_beam_clear=True)
    told.sense(exit_closed=True, exit_locked=True)
    told.tell(LimitReached(0.0, Limit.STATE))
    assert told.lane.memory.trouble is Trouble.LEFT_OBJECT
    order = OfficerOrdered(0.0, Order.CLEAR, 7, "officer", "bag returned")
    told.tell(order)
    assert told.stands(LaneState.EXCEPTION)
    told.sense(chamber_empty=True)
    told.tell(order)
    assert told.stands(LaneState.READY)


def booting(**levels: bool) -> Told:
    """A lane that was told, at its start, of one person inside, and these levels."""
    told = Told(Lane(LaneSettings(Shape.MANTRAP, officer_required=False, opens_by_itself=True)))
    told.lane.start()
    told.sense(**({line: line is not Input.CHAMBER_EMPTY for line in Input} | levels))
    return told


def test_a_boot_with_somebody_inside_calls_the_officer() -> None:
    told = booting()
    assert told.stands(LaneState.EXCEPTION)
    assert told.lane.memory.trouble is Trouble.OCCUPIED_AT_BOOT
    assert told.lane.memory.released == frozenset()


@pytest.mark.parametrize("doubt", [{"entry_locked": False}, {"chamber_empty": True}])
def test_a_boot_in_doubt_of_who_is_inside_or_what_is_locked_calls_the_officer(
    doubt: dict[str, bool],
) -> None:
    told = booting(**doubt)
    told.tell(LimitReached(0.0, Limit.STATE))
    assert told.lane.memory.trouble is Trouble.OCCUPIED_AT_BOOT


def test_somebody_inside_gets_out_also_while_the_self_test_cannot_pass() -> None:
    told = booting()
    effects = told.tell(OfficerOrdered(0.0, Order.LET_BACK, 0, "officer", "restarted"))
    assert Release(Door.ENTRY, Purpose.LET_BACK, 21.0) in effects
    told.sense(entry_locked=False, entry_closed=False, entry_beam_clear=False)
    told.sense(chamber_single=False, chamber_empty=True, entry_beam_clear=True)
    told.sense(entry_closed=True, entry_locked=True)
    assert told.stands(LaneState.BOOT)
    told.tell(SelfTestDone(0.0, passed=True))
    assert told.stands(LaneState.READY)


# The five questions, asked of the table ---------------------------------------------------


@pytest.mark.parametrize("state", LaneState)
def test_every_state_says_what_belongs_in_it_and_what_if_nothing_comes(state: LaneState) -> None:
    rows = [move for move in MOVES if state in move.sources]
    assert rows, "nothing leads out"
    assert state in ENTER, "what does being here mean?"
    waits_for_people = {LaneState.CLOSED, LaneState.READY, LaneState.REFERRED, LaneState.EXCEPTION}
    on_limit = [move for move in rows if move.event == LimitReached.__name__]
    is_timed = bool(ENTER[state].limit) or state is LaneState.EMERGENCY
    assert is_timed != (state in waits_for_people)
    assert bool(on_limit) == (state not in (LaneState.CLOSED, LaneState.READY))


@pytest.mark.parametrize("state", LaneState)
def test_every_state_is_reached_and_sensed(state: LaneState) -> None:
    assert [move for move in MOVES if move.target is state] or state is LaneState.BOOT
    sensed = [move for move in MOVES if state in move.sources and move.event == SENSED]
    assert sensed or state is LaneState.EMERGENCY  # latched: only a local reset leads out


def test_a_step_that_fails_inside_locks_everything_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = exit_released()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("egate.lane.draft.Draft.wait", broken)
    effects = told.sense(exit_beam_clear=False)
    monkeypatch.undo()
    assert Lock(Door.EXIT) in effects
    assert told.stands(LaneState.EXCEPTION)
    assert told.lane.memory.trouble is Trouble.LANE_ERROR


def test_who_laid_a_page_down_badly_is_told_how_and_the_officer_what_is_wrong() -> None:
    told = ready()
    told.tell(TokenPresented(0.0, 7))
    trouble, prompt = Trouble.DOCUMENT_WRONGLY_PLACED, Prompt.FLATTEN_DOCUMENT
    refused = Decided(0.0, 7, Stage.TOKEN, Ruling.REFER, trouble=trouble, prompt=prompt)
    effects = told.tell(refused)
    assert told.stands(LaneState.TURNED_AWAY)
    assert Alarm(trouble) in effects
    shown = [effect.prompt for effect in effects if isinstance(effect, Guide)]
    assert shown[-1] is prompt


def test_who_is_refused_for_anything_else_sees_the_same_as_everybody() -> None:
    told = ready()
    told.tell(TokenPresented(0.0, 7))
    effects = told.tell(Decided(0.0, 7, Stage.TOKEN, Ruling.REFER, trouble=Trouble.CHIP_FORGED))
    shown = [effect.prompt for effect in effects if isinstance(effect, Guide)]
    assert shown[-1] is Prompt.WAIT_FOR_OFFICER
