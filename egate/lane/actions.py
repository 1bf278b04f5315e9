"""The actions of the state table: each changes the memory of the draft or asks for effects.

None releases a door but through Draft.release, where the guard stands.
"""

from collections.abc import Callable

from egate.domain.decision import Stage
from egate.domain.effect import (
    Alarm,
    Guide,
    Inspect,
    Limit,
    Note,
    Prompt,
    Purpose,
    RecordDecision,
    RecordOverride,
    RunSelfTest,
    Signal,
)
from egate.domain.lane_event import (
    Decided,
    LaneEvent,
    OfficerOrdered,
    OutputForced,
    SignalForced,
    TokenPresented,
    TravellerAsked,
)
from egate.domain.lane_part import Door
from egate.domain.lane_state import Trouble as T  # noqa: N817  # a long table wants one letter
from egate.lane.draft import Draft
from egate.lane.guard import against_by_hand

Action = Callable[[Draft, LaneEvent], None]
EMERGENCY_RENEWAL_S = 30.0
FORCED_RELEASE_S = 5.0
FORCED_SIGNAL_S = 2.0  # as long as an alarm sounds


def begin(draft: Draft, event: LaneEvent) -> None:
    """Start a passage."""
    assert isinstance(event, TokenPresented)
    draft.remember(passage=event.passage, trouble=None)


def await_durable(stage: Stage) -> Action:
    """Build the action that asks for this admission to be written down."""

    def act(draft: Draft, _event: LaneEvent) -> None:
        draft.remember(pending=stage)
        draft.ask(RecordDecision(draft.memory.passage, stage))

    return act


def override(draft: Draft, event: LaneEvent) -> None:
    """Let an officer's identity and reason stand in for the decision, once it is written down."""
    assert isinstance(event, OfficerOrdered)
    draft.remember(pending=Stage.TRAVELLER, trouble=None)
    draft.ask(RecordOverride(draft.memory.passage, Stage.TRAVELLER, event.officer, event.reason))


def let(door: Door, purpose: Purpose) -> Action:
    """Build the action that releases a door for this purpose."""

    def act(draft: Draft, _event: LaneEvent) -> None:
        limits = draft.settings.limits
        for_s = {
            Purpose.LET_IN: limits.entry_released_s + limits.entering_s,
            Purpose.LET_OUT: limits.exit_released_s + limits.leaving_s,
            Purpose.LET_BACK: limits.returning_s,
        }[purpose]
        draft.release(door, purpose, for_s + 1.0)

    return act


def lock(door: Door) -> Action:
    """Build the action that stops releasing a door."""
    return lambda draft, _event: draft.lock(door)


def lock_all(draft: Draft, _event: LaneEvent) -> None:
    """Stop releasing every door."""
    draft.lock_all()


def blame(trouble: T) -> Action:
    """Build the action that names what is wrong."""
    return lambda draft, _event: draft.remember(trouble=trouble)


def blame_decision(draft: Draft, event: LaneEvent) -> None:
    """Name what stands against admission."""
    assert isinstance(event, Decided)
    draft.remember(trouble=event.trouble or T.NOT_ELIGIBLE)


def blame_faulty_door(draft: Draft, _event: LaneEvent) -> None:
    """Name what is wrong with the door that is not believed."""
    draft.remember(trouble=min(trouble for _, trouble in draft.memory.faulty))


def blame_crowd(draft: Draft, _event: LaneEvent) -> None:
    """Tell a tailgater from two who came together."""
    draft.remember(trouble=T.TAILGATING if draft.memory.has_entered else T.TWO_PERSONS)


def note_entered(draft: Draft, _event: LaneEvent) -> None:
    """Remember that exactly one person was seen inside."""
    draft.remember(has_entered=True)


def note_behind(draft: Draft, _event: LaneEvent) -> None:
    """Take in one more sign of somebody behind, see Memory.behind."""
    draft.remember(behind=draft.memory.behind + 1)


def watch_the_zone(draft: Draft, _event: LaneEvent) -> None:
    """Begin to look for somebody behind."""
    draft.remember(behind=0)


def inspect_token(draft: Draft, _event: LaneEvent) -> None:
    """Ask the token's checks."""
    draft.ask(Inspect(draft.memory.passage, Stage.TOKEN, 1, draft.settings.limits.reading_s))


def inspect_traveller(draft: Draft, _event: LaneEvent) -> None:
    """Ask the traveller's checks, once more."""
    draft.remember(attempt=draft.memory.attempt + 1)
    limits, memory = draft.settings.limits, draft.memory
    for_s = limits.finger_try_s if memory.wants_finger else limits.face_try_s
    draft.ask(Inspect(memory.passage, Stage.TRAVELLER, memory.attempt, for_s))


def turn_to_finger(draft: Draft, _event: LaneEvent) -> None:
    """Count tries anew, and hint no more at the camera."""
    draft.remember(wants_finger=True, attempt=0)
    draft.stop_waiting(Limit.HINT)


def blame_uncaptured(draft: Draft, _event: LaneEvent) -> None:
    """Name what did not come in time."""
    wants_finger = draft.memory.wants_finger
    draft.remember(trouble=T.FINGER_NOT_CAPTURED if wants_finger else T.FACE_NOT_CAPTURED)


def force_output(draft: Draft, event: LaneEvent) -> None:
    """Drive one door by hand."""
    assert isinstance(event, OutputForced)
    if event.release:
        draft.release(event.door, Purpose.FORCED_BY_TECHNICIAN, FORCED_RELEASE_S)
    else:
        draft.lock(event.door)


def still_at_work(draft: Draft, _event: LaneEvent) -> None:
    """A technician is at work: the time after which maintenance ends by itself begins anew."""
    draft.wait(Limit.STATE, draft.settings.limits.maintenance_idle_s)


def force_signal(draft: Draft, event: LaneEvent) -> None:
    """Drive one lamp or the sounder by hand; it opens nothing."""
    assert isinstance(event, SignalForced)
    draft.ask(Signal(event.output, event.active, FORCED_SIGNAL_S))


def free_egress(draft: Draft, _event: LaneEvent) -> None:
    """Follow the wiring: release every door, and again before the bounded release ends."""
    for door in draft.settings.doors:
        draft.release(door, Purpose.FREE_EGRESS, EMERGENCY_RENEWAL_S + 5.0)
    draft.wait(Limit.STATE, EMERGENCY_RENEWAL_S)


def end(draft: Draft, _event: LaneEvent) -> None:
    """End the passage, if one runs."""
    draft.end_passage()


def guide(prompt: Prompt) -> Action:
    """Build the action that shows the traveller something."""
    return lambda draft, _event: draft.ask(Guide(prompt))


def guide_again(draft: Draft, event: LaneEvent) -> None:
    """Tell the traveller what to do before the next try."""
    assert isinstance(event, Decided)
    draft.ask(Guide(event.prompt or Prompt.LOOK_HERE_AGAIN))


def guide_on(draft: Draft, event: LaneEvent) -> None:
    """Show what a look asks for while it goes on, and no hint over it so soon."""
    assert isinstance(event, TravellerAsked)
    draft.ask(Guide(event.prompt))
    draft.wait(Limit.HINT, draft.settings.limits.hint_s)


def alarm_again(draft: Draft, _event: LaneEvent) -> None:
    """Sound the second alarm: somebody waits too long."""
    draft.ask(Alarm(T.DWELL_TOO_LONG))
    draft.wait(Limit.DWELL, draft.settings.limits.referred_dwell_s)


def want_as_set_up(draft: Draft, _event: LaneEvent) -> None:
    """After maintenance the lane is wanted open only where it opens by itself."""
    draft.remember(is_wanted=draft.settings.opens_by_itself)


def note_refused(draft: Draft, event: LaneEvent) -> None:
    """Write down that something was asked which the lane does not do as it stands."""
    asked = type(event).__name__
    if isinstance(event, OfficerOrdered):
        asked = f"the order {event.order}"
    memory = draft.memory
    against = against_by_hand(memory, draft.settings, event)
    what = f"{asked} is not taken now, in {memory.state}"
    draft.ask(Note(what, memory.passage or None, against=against))


def run_self_test(draft: Draft, _event: LaneEvent) -> None:
    """Ask for the self-test and believe nothing until it is done."""
    draft.remember(is_tested=False)
    draft.ask(RunSelfTest())


def call_officer(draft: Draft, _event: LaneEvent) -> None:
    """Call the officer; whatever was cleared counts no more."""
    draft.call_officer(draft.memory.trouble or T.NOT_ELIGIBLE)
    draft.remember(pending=None, cleared=frozenset())
    draft.wait(Limit.DWELL, draft.settings.limits.referred_dwell_s)


def turn_away(draft: Draft, event: LaneEvent) -> None:
    """Tell the officer why, keep the same face towards a traveller who can mend nothing."""
    draft.ask(Alarm(draft.memory.trouble or T.TOKEN_REFUSED))
    if isinstance(event, Decided) and event.prompt is not None:
        draft.ask(Guide(event.prompt))
    draft.remember(pending=None, cleared=frozenset())


def wait_for_exit(draft: Draft, _event: LaneEvent) -> None:
    """Start the time after which the traveller is told to go on."""
    draft.wait(Limit.EXIT_WARNING, draft.settings.limits.exit_warning_s)


def hint_later(draft: Draft, _event: LaneEvent) -> None:
    """Start the time after which the traveller is told again."""
    draft.wait(Limit.HINT, draft.settings.limits.hint_s)


def forget_trouble(draft: Draft, _event: LaneEvent) -> None:
    """Begin anew."""
    draft.remember(trouble=None)
