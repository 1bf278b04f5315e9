"""The state table of the lane, as data: what belongs in each state, and where it leads.

Rules of this file:
- A row is (from, what happened, to, when, do). Rows are tried in order; the first that
  holds moves the lane. SENSED rows are tried after every event, until none holds.
- No row tests what the guard tests: a row that would release a door asks the guard.
- `do` says what leaving this way means; ENTER says what being in the new state means.
- Every state answers what if nothing comes: a STATE limit, or an officer's alarm (DWELL).

Source: research/domain.md 2.2 (states, limits, guidance) and 2.3 (exceptions).
"""

from dataclasses import dataclass

from egate.domain.decision import Ruling, Stage
from egate.domain.effect import (
    Limit,
    Prompt,
    Purpose,
)
from egate.domain.lane_event import (
    Decided,
    DecisionDurable,
    DeviceBack,
    FingerWanted,
    LimitReached,
    MaintenanceEntered,
    MaintenanceLeft,
    OfficerOrdered,
    Order,
    OutputForced,
    SelfTestDone,
    SignalForced,
    TokenPresented,
    TravellerAsked,
)
from egate.domain.lane_part import Door
from egate.domain.lane_state import MAY_BE_LEFT
from egate.domain.lane_state import LaneState as S
from egate.domain.lane_state import Trouble as T  # noqa: N817  # a long table wants one letter
from egate.lane.actions import (
    Action,
    alarm_again,
    await_durable,
    begin,
    blame,
    blame_crowd,
    blame_decision,
    blame_faulty_door,
    blame_uncaptured,
    call_officer,
    end,
    force_output,
    force_signal,
    forget_trouble,
    free_egress,
    guide,
    guide_again,
    guide_on,
    hint_later,
    inspect_token,
    inspect_traveller,
    let,
    lock,
    lock_all,
    note_behind,
    note_entered,
    override,
    run_self_test,
    still_at_work,
    turn_away,
    turn_to_finger,
    wait_for_exit,
    want_as_set_up,
    watch_the_zone,
)
from egate.lane.conditions import (
    Condition,
    asked_now,
    behind,
    blocked,
    board_missing,
    cannot_verify,
    clear,
    complete,
    decided,
    door_faulty,
    door_forced,
    door_suspect,
    doors_secured,
    durable,
    emergency,
    entered_before,
    eyes_back,
    finger_wanted,
    guard_allows,
    incomplete,
    inside,
    limit,
    locked_again,
    mantrap,
    may_retry,
    no_emergency,
    not_serving,
    not_tested,
    occupied,
    order,
    reasoned,
    released,
    rested,
    seen,
    serving,
    stands_open,
    tested,
    tries_left,
    troubled_by,
    turnstile,
    unlike,
    vacant,
)
from egate.lane.memory import (
    Occupancy,
)

SENSED = "sensed"


@dataclass(frozen=True, slots=True)
class Move:
    """One row: `target` None stays in the state and only does."""

    sources: tuple[S, ...]
    event: str
    target: S | None
    when: tuple[Condition, ...] = ()
    do: tuple[Action, ...] = ()


IDLE = (S.CLOSED, S.READY)
STANDING = (
    S.CLOSED, S.READY, S.READING, S.ENTRY_DECIDED, S.ENTRY_RELEASED, S.ENTERING, S.VERIFYING,
    S.DECIDED, S.EXIT_RELEASED, S.LEAVING, S.CLEARING, S.TURNED_AWAY, S.REFERRED, S.RETURNING,
)  # fmt: skip
OPENED = (S.ENTRY_RELEASED, S.ENTERING, S.EXIT_RELEASED, S.LEAVING, S.RETURNING, S.CLEARING)
ENCLOSED = (S.VERIFYING, S.DECIDED, S.REFERRED)
OUTSIDE = (S.READING, S.ENTRY_DECIDED)
EVERY = tuple(S)
NOT_ONE = (Occupancy.NOT_ONE, Occupancy.UNKNOWN)
LIMIT, ORDER, DECISION = LimitReached.__name__, OfficerOrdered.__name__, Decided.__name__
FINGER = FingerWanted.__name__
SELF_TEST, DURABLE, TOKEN = SelfTestDone.__name__, DecisionDurable.__name__, TokenPresented.__name__
STATE_LIMIT = limit(Limit.STATE)

MOVES: tuple[Move, ...] = (
    # Whatever the state: emergency first, then what cannot be trusted.
    Move(tuple(s for s in EVERY if s is not S.EMERGENCY), SENSED, S.EMERGENCY,
         (emergency,), (blame(T.EMERGENCY_OPEN),)),
    Move(STANDING, SENSED, S.EXCEPTION, (door_forced,), (blame(T.DOOR_FORCED),)),
    Move(tuple(s for s in (*OPENED, *ENCLOSED, S.TURNED_AWAY) if s is not S.RETURNING), SENSED,
         S.EXCEPTION, (door_faulty,), (blame_faulty_door,)),
    Move((*OPENED, *ENCLOSED), SENSED, S.EXCEPTION, (board_missing,), (blame(T.DEVICE_LOST),)),
    # Starting.
    Move((S.BOOT,), SELF_TEST, S.OUT_OF_SERVICE, (not_tested,), (blame(T.SELF_TEST_FAILED),)),
    Move((S.BOOT,), SENSED, S.CLOSED, (tested, rested, complete)),
    Move((S.BOOT,), SENSED, S.EXCEPTION, (mantrap, doors_secured, occupied),
         (blame(T.OCCUPIED_AT_BOOT),)),
    Move((S.BOOT,), LIMIT, S.EXCEPTION, (STATE_LIMIT, mantrap, occupied),
         (blame(T.OCCUPIED_AT_BOOT),)),
    Move((S.BOOT,), LIMIT, S.EXCEPTION, (STATE_LIMIT, tested, door_suspect),
         (blame(T.CONTACTS_DISAGREE),)),
    Move((S.BOOT,), LIMIT, S.OUT_OF_SERVICE, (STATE_LIMIT,), (blame(T.SELF_TEST_FAILED),)),
    Move((S.OUT_OF_SERVICE,), LIMIT, S.BOOT, (STATE_LIMIT,)),
    Move((S.OUT_OF_SERVICE,), SENSED, S.BOOT, (complete, troubled_by(T.DEVICE_LOST))),
    # Idle.
    Move(IDLE, SENSED, S.OUT_OF_SERVICE, (incomplete,), (blame(T.DEVICE_LOST),)),
    Move(tuple(MAY_BE_LEFT), MaintenanceEntered.__name__, S.MAINTENANCE,
         (vacant, not_serving)),
    Move((S.CLOSED,), SENSED, S.READY, (serving, rested)),
    Move((S.READY,), SENSED, S.CLOSED, (not_serving,)),
    Move((S.READY,), SENSED, S.CLEARING, (unlike(rested),)),
    Move((S.READY,), TOKEN, S.READING, (), (begin, inspect_token)),
    # The token.
    Move(OUTSIDE, SENSED, S.TURNED_AWAY, (cannot_verify,), (blame(T.DEVICE_LOST),)),
    Move((S.READING,), DECISION, S.ENTRY_DECIDED, (mantrap, decided(Stage.TOKEN, Ruling.ADMIT)),
         (await_durable(Stage.TOKEN),)),
    Move((S.READING,), DECISION, S.VERIFYING, (turnstile, decided(Stage.TOKEN, Ruling.ADMIT)),
         (inspect_traveller,)),
    Move((S.READING,), DECISION, S.TURNED_AWAY,
         (decided(Stage.TOKEN, Ruling.REFER, Ruling.HOLD),), (blame_decision,)),
    Move((S.READING,), LIMIT, S.TURNED_AWAY, (STATE_LIMIT,), (blame(T.TOKEN_REFUSED),)),
    Move((S.ENTRY_DECIDED,), DURABLE, S.ENTRY_RELEASED,
         (durable(Stage.TOKEN), guard_allows(Door.ENTRY, Purpose.LET_IN)),
         (let(Door.ENTRY, Purpose.LET_IN),)),
    Move((S.ENTRY_DECIDED,), DURABLE, S.TURNED_AWAY, (durable(Stage.TOKEN),),
         (blame(T.GUARD_REFUSED),)),
    Move((S.ENTRY_DECIDED,), LIMIT, S.TURNED_AWAY, (STATE_LIMIT,), (blame(T.JOURNAL_LATE),)),
    # Walking in.
    Move((S.ENTRY_RELEASED,), SENSED, S.ENTERING, (seen(Occupancy.ONE, Occupancy.NOT_ONE),)),
    Move((S.ENTRY_RELEASED,), SENSED, S.ENTERING, (blocked(Door.ENTRY),)),
    Move((S.ENTRY_RELEASED,), SENSED, S.CLEARING, (cannot_verify,),
         (lock(Door.ENTRY), blame(T.DEVICE_LOST))),
    Move((S.ENTRY_RELEASED,), LIMIT, S.CLEARING, (STATE_LIMIT,),
         (lock(Door.ENTRY), blame(T.NOBODY_ENTERED))),
    Move((S.ENTERING,), SENSED, S.RETURNING,
         (inside(Occupancy.NOT_ONE),), (blame_crowd, let(Door.ENTRY, Purpose.LET_BACK))),
    Move((S.ENTERING,), SENSED, None,
         (inside(Occupancy.ONE), unlike(entered_before)), (note_entered,)),
    Move((S.ENTERING,), SENSED, None,
         (seen(Occupancy.ONE), clear(Door.ENTRY), released(Door.ENTRY)), (lock(Door.ENTRY),)),
    Move((S.ENTERING,), SENSED, S.VERIFYING,
         (seen(Occupancy.ONE), clear(Door.ENTRY), locked_again(Door.ENTRY), doors_secured),
         (inspect_traveller,)),
    Move((S.ENTERING,), SENSED, S.CLEARING,
         (seen(Occupancy.NONE), clear(Door.ENTRY), entered_before),
         (lock(Door.ENTRY), blame(T.TURNED_BACK))),
    Move((S.ENTERING,), LIMIT, S.CLEARING, (STATE_LIMIT, seen(Occupancy.NONE), clear(Door.ENTRY)),
         (lock(Door.ENTRY), blame(T.NOBODY_ENTERED))),
    Move((S.ENTERING,), LIMIT, S.EXCEPTION, (STATE_LIMIT,), (blame(T.DOOR_BLOCKED),)),
    # The traveller.
    Move(ENCLOSED, SENSED, S.EXCEPTION, (mantrap, inside(Occupancy.NONE, *NOT_ONE)),
         (blame(T.OCCUPANCY_CHANGED),)),
    Move((S.VERIFYING, S.DECIDED), SENSED, S.CLEARING, (turnstile, inside(Occupancy.NONE)),
         (blame(T.TURNED_BACK),)),
    Move((S.REFERRED,), SENSED, S.CLEARING, (turnstile, inside(Occupancy.NONE))),
    Move((S.VERIFYING, S.DECIDED), SENSED, S.TURNED_AWAY, (turnstile, inside(*NOT_ONE)),
         (blame(T.TWO_PERSONS),)),
    Move((S.VERIFYING,), DECISION, S.DECIDED, (decided(Stage.TRAVELLER, Ruling.ADMIT),),
         (await_durable(Stage.TRAVELLER),)),
    Move((S.VERIFYING,), DECISION, None, (decided(Stage.TRAVELLER, Ruling.REFER), may_retry),
         (inspect_traveller, guide_again)),
    Move((S.VERIFYING,), DECISION, S.REFERRED,
         (decided(Stage.TRAVELLER, Ruling.REFER, Ruling.HOLD),), (blame_decision,)),
    Move((S.VERIFYING,), FINGER, None, (finger_wanted,),
         (turn_to_finger, inspect_traveller, guide(Prompt.PLACE_FINGER))),
    Move((S.VERIFYING,), DeviceBack.__name__, None, (eyes_back, tries_left), (inspect_traveller,)),
    Move((S.VERIFYING,), TravellerAsked.__name__, None, (asked_now,), (guide_on,)),
    Move((S.VERIFYING,), LIMIT, None, (limit(Limit.HINT),), (guide(Prompt.LOOK_HERE_AGAIN),)),
    Move((S.VERIFYING,), LIMIT, S.REFERRED, (STATE_LIMIT,), (blame_uncaptured,)),
    Move((S.DECIDED,), DURABLE, S.EXIT_RELEASED,
         (durable(Stage.TRAVELLER), guard_allows(Door.EXIT, Purpose.LET_OUT)),
         (let(Door.EXIT, Purpose.LET_OUT),)),
    Move((S.DECIDED,), DURABLE, S.REFERRED, (durable(Stage.TRAVELLER),), (blame(T.GUARD_REFUSED),)),
    Move((S.DECIDED,), LIMIT, S.REFERRED, (STATE_LIMIT,), (blame(T.JOURNAL_LATE),)),
    # Walking out.
    Move((S.EXIT_RELEASED,), SENSED, S.LEAVING, (blocked(Door.EXIT),)),
    Move((S.EXIT_RELEASED,), SENSED, S.LEAVING, (mantrap, inside(Occupancy.NONE))),
    Move((S.EXIT_RELEASED,), SENSED, S.CLEARING, (turnstile, inside(Occupancy.NONE)),
         (lock(Door.EXIT), blame(T.TURNED_BACK))),
    Move((S.EXIT_RELEASED,), SENSED, S.EXCEPTION, (inside(*NOT_ONE),),
         (blame(T.OCCUPANCY_CHANGED),)),
    Move((S.EXIT_RELEASED,), LIMIT, None, (limit(Limit.EXIT_WARNING),),
         (guide(Prompt.DO_NOT_STOP), guide(Prompt.WALK_OUT))),
    Move((S.EXIT_RELEASED,), LIMIT, S.REFERRED, (STATE_LIMIT,),
         (lock(Door.EXIT), blame(T.NOBODY_LEFT))),
    Move((S.LEAVING,), SENSED, None,
         (mantrap, clear(Door.EXIT), unlike(seen(Occupancy.ONE)), released(Door.EXIT)),
         (lock(Door.EXIT),)),
    Move((S.LEAVING,), SENSED, None, (turnstile, clear(Door.EXIT), released(Door.EXIT)),
         (lock(Door.EXIT),)),
    Move((S.LEAVING,), SENSED, S.EXCEPTION,
         (turnstile, blocked(Door.EXIT), locked_again(Door.EXIT)), (blame(T.TAILGATING),)),
    # Two who pass as one body: the beam stays broken, but the zone is left twice.
    Move((S.LEAVING,), SENSED, S.EXCEPTION,
         (turnstile, released(Door.EXIT), blocked(Door.EXIT), inside(Occupancy.NOT_ONE)),
         (blame(T.TAILGATING),)),
    Move((S.LEAVING,), SENSED, None,
         (turnstile, released(Door.EXIT), behind(0), unlike(seen(Occupancy.ONE))), (note_behind,)),
    Move((S.LEAVING,), SENSED, None,
         (turnstile, released(Door.EXIT), behind(1), seen(Occupancy.ONE)), (note_behind,)),
    Move((S.LEAVING,), SENSED, S.EXCEPTION,
         (turnstile, behind(2), blocked(Door.EXIT), unlike(seen(Occupancy.ONE))),
         (blame(T.TAILGATING),)),
    # Who walks through while the barrier is closing again goes on nobody's decision.
    Move((S.REFERRED, S.CLEARING), SENSED, S.EXCEPTION,
         (turnstile, blocked(Door.EXIT), stands_open(Door.EXIT)), (blame(T.TAILGATING),)),
    Move((S.LEAVING,), SENSED, S.CLEARING, (locked_again(Door.EXIT), doors_secured)),
    Move((S.LEAVING,), LIMIT, S.REFERRED,
         (STATE_LIMIT, mantrap, seen(Occupancy.ONE), clear(Door.EXIT)),
         (lock(Door.EXIT), blame(T.NOBODY_LEFT))),
    Move((S.LEAVING,), LIMIT, S.EXCEPTION, (STATE_LIMIT,), (blame(T.DOOR_BLOCKED),)),
    # Making sure that it is empty.
    Move((S.CLEARING,), SENSED, S.OUT_OF_SERVICE, (rested, incomplete),
         (end, blame(T.DEVICE_LOST))),
    Move((S.CLEARING,), SENSED, S.BOOT, (rested, not_tested)),
    Move((S.CLEARING,), SENSED, S.CLOSED, (rested, not_serving)),
    Move((S.CLEARING,), SENSED, S.READY, (rested,)),
    Move((S.CLEARING,), LIMIT, S.EXCEPTION, (STATE_LIMIT, doors_secured, seen(Occupancy.ONE)),
         (blame(T.WRONG_DIRECTION),)),
    Move((S.CLEARING,), LIMIT, S.EXCEPTION, (STATE_LIMIT, doors_secured), (blame(T.LEFT_OBJECT),)),
    Move((S.CLEARING,), LIMIT, S.EXCEPTION, (STATE_LIMIT,), (blame(T.DOOR_BLOCKED),)),
    Move((S.TURNED_AWAY,), LIMIT, S.CLEARING, (STATE_LIMIT,)),
    # An officer's turn.
    Move((S.REFERRED, S.EXCEPTION), ORDER, S.DECIDED,
         (order(Order.ADMIT), reasoned, inside(Occupancy.ONE), doors_secured, complete,
          lambda draft, _event: draft.memory.passage > 0), (override,)),
    Move((S.REFERRED,), ORDER, S.CLEARING, (order(Order.LET_BACK), turnstile)),
    Move((S.REFERRED, S.EXCEPTION), ORDER, S.RETURNING,
         (order(Order.LET_BACK), guard_allows(Door.ENTRY, Purpose.LET_BACK)),
         (let(Door.ENTRY, Purpose.LET_BACK),)),
    Move((S.REFERRED, S.EXCEPTION), LIMIT, None, (limit(Limit.DWELL),), (alarm_again,)),
    Move((S.EXCEPTION,), ORDER, S.CLEARING, (order(Order.CLEAR), rested)),
    Move((S.EXCEPTION,), SENSED, S.CLEARING,
         (troubled_by(T.DOOR_BLOCKED, T.DEVICE_LOST), rested, complete)),
    Move((S.RETURNING,), SENSED, S.CLEARING,
         (seen(Occupancy.NONE), clear(Door.ENTRY)), (lock(Door.ENTRY),)),
    Move((S.RETURNING,), LIMIT, S.EXCEPTION, (STATE_LIMIT,), (blame(T.DWELL_TOO_LONG),)),
    # Emergency and maintenance.
    Move((S.EMERGENCY,), LIMIT, None, (STATE_LIMIT,), (free_egress,)),
    Move((S.EMERGENCY,), ORDER, S.BOOT, (order(Order.RESET_EMERGENCY), no_emergency)),
    Move((S.MAINTENANCE,), OutputForced.__name__, None, (), (force_output, still_at_work)),
    Move((S.MAINTENANCE,), SignalForced.__name__, None, (), (force_signal, still_at_work)),
    Move((S.MAINTENANCE,), MaintenanceLeft.__name__, S.BOOT, (), (want_as_set_up,)),
    Move((S.MAINTENANCE,), LIMIT, S.BOOT, (STATE_LIMIT,), (want_as_set_up,)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entering:
    """What being in a state means: what is done, and how long it may last.

    `limit` is a field of TimeLimits for Limit.STATE, or empty where the state waits for an
    officer (DWELL sounds), for a traveller (READY) or for an order (CLOSED).
    """

    prompt: Prompt | None
    limit: str = ""
    do: tuple[Action, ...] = ()


ENTER: dict[S, Entering] = {
    S.BOOT: Entering(Prompt.CLOSED, "self_test_s", (lock_all, end, run_self_test)),
    S.OUT_OF_SERVICE: Entering(Prompt.CLOSED, "out_of_service_retry_s", (lock_all, end)),
    S.CLOSED: Entering(Prompt.CLOSED, "", (end, forget_trouble)),
    S.READY: Entering(Prompt.PRESENT_TOKEN, "", (end, forget_trouble)),
    S.READING: Entering(Prompt.HOLD_TOKEN_STILL, "reading_s"),
    S.ENTRY_DECIDED: Entering(None, "decided_s"),
    S.ENTRY_RELEASED: Entering(Prompt.WALK_IN, "entry_released_s"),
    S.ENTERING: Entering(Prompt.STEP_FORWARD, "entering_s"),
    S.VERIFYING: Entering(Prompt.LOOK_HERE, "verifying_s", (hint_later,)),
    S.DECIDED: Entering(Prompt.PLEASE_WAIT, "decided_s"),
    S.EXIT_RELEASED: Entering(Prompt.WALK_OUT, "exit_released_s", (wait_for_exit,)),
    S.LEAVING: Entering(Prompt.DO_NOT_STOP, "leaving_s", (watch_the_zone,)),
    S.CLEARING: Entering(None, "left_object_s", (lock_all,)),
    S.TURNED_AWAY: Entering(Prompt.WAIT_FOR_OFFICER, "turned_away_s", (lock_all, turn_away)),
    S.REFERRED: Entering(Prompt.WAIT_FOR_OFFICER, "", (lock_all, call_officer)),
    S.RETURNING: Entering(Prompt.STEP_BACK, "returning_s"),
    S.EXCEPTION: Entering(Prompt.WAIT_FOR_OFFICER, "", (lock_all, call_officer)),
    S.EMERGENCY: Entering(Prompt.FREE_WAY, "", (end, free_egress)),
    S.MAINTENANCE: Entering(Prompt.CLOSED, "maintenance_idle_s", (end,)),
}
