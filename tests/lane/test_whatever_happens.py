"""Whatever happens in whatever order: a stateful test of the lane against lying sensors.

No world stands behind the events here; sensors, journal, officers and time limits say anything.
What must hold is what the lane itself can promise: one door at a time on what it was told.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from egate.domain.decision import Ruling, Stage
from egate.domain.effect import Effect, Limit, Note, Prompt, Purpose, Release
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
    OfficerAttached,
    OfficerDetached,
    OfficerOrdered,
    Order,
    OutputForced,
    SelfTestDone,
    SignalForced,
    TokenPresented,
    TravellerAsked,
)
from egate.domain.lane_part import DOOR_CONTACTS, Door, Input, Output, Shape
from egate.domain.lane_state import LaneState, Trouble
from egate.lane import Lane, LaneSettings

EVENTS: st.SearchStrategy[LaneEvent] = st.one_of(
    st.builds(
        InputChanged, st.just(0.0), st.sampled_from(Input), st.sampled_from([True, False, None])
    ),
    st.builds(TokenPresented, st.just(0.0), st.integers(1, 3)),
    st.builds(
        Decided,
        st.just(0.0),
        st.integers(1, 3),
        st.sampled_from(Stage),
        st.sampled_from(Ruling),
        st.booleans(),
    ),
    st.builds(FingerWanted, st.just(0.0), st.integers(1, 3)),
    st.builds(TravellerAsked, st.just(0.0), st.integers(1, 3), st.sampled_from(Prompt)),
    st.builds(DecisionDurable, st.just(0.0), st.integers(1, 3), st.sampled_from(Stage)),
    st.builds(LimitReached, st.just(0.0), st.sampled_from(Limit)),
    st.builds(DeviceLost, st.just(0.0), st.sampled_from(["board", "journal", "vision", "scanner"])),
    st.builds(DeviceBack, st.just(0.0), st.sampled_from(["board", "journal", "vision", "scanner"])),
    st.builds(SelfTestDone, st.just(0.0), st.booleans()),
    st.builds(
        OfficerOrdered,
        st.just(0.0),
        st.sampled_from(Order),
        st.integers(0, 3),
        st.just("officer"),
        st.just("reason"),
    ),
    st.builds(OutputForced, st.just(0.0), st.sampled_from(Door), st.booleans()),
    st.builds(SignalForced, st.just(0.0), st.sampled_from(Output), st.booleans()),
    st.sampled_from([OfficerAttached(0.0), OfficerDetached(0.0)]),
    st.sampled_from([MaintenanceEntered(0.0), MaintenanceLeft(0.0)]),
)


class AnyLane(RuleBasedStateMachine):
    """One lane, told anything; the good beginning makes the deep states common."""

    shape = Shape.MANTRAP

    def __init__(self) -> None:
        super().__init__()
        self.lane = Lane(LaneSettings(self.shape, officer_required=False, opens_by_itself=True))
        self.lane.start()
        self.passage = 0
        self.asked: set[tuple[int, Stage]] = set()
        for line in Input:
            self.tell(InputChanged(0.0, line, line is not Input.CHAMBER_SINGLE))
        self.tell(SelfTestDone(0.0, passed=True))

    def tell(self, event: LaneEvent) -> tuple[Effect, ...]:
        before = self.lane.memory
        step = self.lane.handle(event)
        for effect in step.effects:
            if isinstance(effect, Release):
                others = [door for door in self.lane.settings.doors if door is not effect.door]
                if effect.purpose is not Purpose.FREE_EGRESS:
                    for line in (line for door in others for line in DOOR_CONTACTS[door]):
                        assert line in before.active
                        assert line not in before.unknown
                if effect.purpose in (Purpose.LET_IN, Purpose.LET_OUT):
                    assert isinstance(event, DecisionDurable)
                    assert event.passage == before.passage
                    assert before.pending is event.stage
        return step.effects

    @rule(event=EVENTS)
    def anything_happens(self, event: LaneEvent) -> None:
        self.tell(event)

    @rule(ruling=st.sampled_from(Ruling))
    def what_was_asked_is_answered(self, ruling: Ruling) -> None:
        memory = self.lane.memory
        stage = Stage.TOKEN if memory.state is LaneState.READING else Stage.TRAVELLER
        self.tell(Decided(0.0, memory.passage, stage, ruling))
        if self.lane.memory.pending is not None:
            self.tell(DecisionDurable(0.0, memory.passage, stage))

    @rule()
    def somebody_walks_in(self) -> None:
        for line, level in (
            (Input.ENTRY_LOCKED, False),
            (Input.ENTRY_CLOSED, False),
            (Input.CHAMBER_EMPTY, False),
            (Input.CHAMBER_SINGLE, True),
            (Input.ENTRY_CLOSED, True),
            (Input.ENTRY_LOCKED, True),
        ):
            self.tell(InputChanged(0.0, line, level))

    @invariant()
    def two_doors_are_released_only_in_an_emergency(self) -> None:
        memory = self.lane.memory
        assert len(memory.released) < 2 or memory.state is LaneState.EMERGENCY

    @invariant()
    def a_locked_state_releases_nothing(self) -> None:
        memory = self.lane.memory
        if memory.state in (LaneState.READY, LaneState.VERIFYING, LaneState.REFERRED):
            assert not memory.released

    @invariant()
    def the_lane_never_fails_inside(self) -> None:
        assert self.lane.memory.trouble is not Trouble.LANE_ERROR


class AnyTurnstile(AnyLane):
    """The same with one barrier."""

    shape = Shape.TURNSTILE


AnyLane.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
AnyTurnstile.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAnyMantrap = AnyLane.TestCase
TestAnyTurnstile = AnyTurnstile.TestCase


def test_an_unasked_event_leaves_a_note_and_no_release() -> None:
    lane = Lane(LaneSettings(Shape.MANTRAP))
    lane.start()
    effects = lane.handle(OutputForced(0.0, Door.EXIT, release=True)).effects
    assert [type(effect) for effect in effects] == [Note]
