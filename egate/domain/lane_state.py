"""The states of a lane, and the words for what goes wrong in one.

Source: research/domain.md 2.2 (states) and 2.3 (exceptions a controller handles by name).
"""

from enum import StrEnum


class LaneState(StrEnum):
    """Where a lane stands; the state table in egate.lane says how it leaves each."""

    BOOT = "boot"
    OUT_OF_SERVICE = "out_of_service"
    CLOSED = "closed"
    READY = "ready"
    READING = "reading"
    ENTRY_DECIDED = "entry_decided"
    ENTRY_RELEASED = "entry_released"
    ENTERING = "entering"
    VERIFYING = "verifying"
    DECIDED = "decided"
    EXIT_RELEASED = "exit_released"
    LEAVING = "leaving"
    CLEARING = "clearing"
    TURNED_AWAY = "turned_away"
    REFERRED = "referred"
    RETURNING = "returning"
    EXCEPTION = "exception"
    EMERGENCY = "emergency"
    MAINTENANCE = "maintenance"


# Where a technician may take the lane over: it serves nobody.
MAY_BE_LEFT = frozenset({LaneState.CLOSED, LaneState.OUT_OF_SERVICE, LaneState.EXCEPTION})


class Trouble(StrEnum):
    """An exception by name: what an officer or technician is told."""

    DOCUMENT_WRONGLY_PLACED = "document_wrongly_placed"
    CHIP_UNREADABLE = "chip_unreadable"
    CHIP_FORGED = "chip_forged"
    TOKEN_REFUSED = "token_refused"  # noqa: S105  # a name, not a secret
    IDENTITY_CARD_CODE_SHOWN = "identity_card_code_shown"  # a permit is what is asked for
    VISIBLE_SEAL_SHOWN = "visible_seal_shown"
    NO_PERMIT_SHOWN = "no_permit_shown"
    NOT_ELIGIBLE = "not_eligible"
    FACE_NOT_CAPTURED = "face_not_captured"
    FACE_MISMATCH = "face_mismatch"
    PRESENTATION_ATTACK = "presentation_attack"
    FINGER_NOT_CAPTURED = "finger_not_captured"
    FINGER_MISMATCH = "finger_mismatch"
    WATCH_LIST_HIT = "watch_list_hit"
    TAILGATING = "tailgating"
    TWO_PERSONS = "two_persons"
    NOBODY_ENTERED = "nobody_entered"
    NOBODY_LEFT = "nobody_left"
    TURNED_BACK = "turned_back"
    WRONG_DIRECTION = "wrong_direction"
    LEFT_OBJECT = "left_object"
    DOCUMENT_LEFT = "document_left"
    DWELL_TOO_LONG = "dwell_too_long"
    DOOR_BLOCKED = "door_blocked"
    DOOR_FORCED = "door_forced"
    DOOR_HELD_OPEN = "door_held_open"
    DOOR_NOT_FOLLOWING = "door_not_following"
    CONTACTS_DISAGREE = "contacts_disagree"
    OBSTACLE_HIT = "obstacle_hit"
    SENSOR_BLIND = "sensor_blind"
    OCCUPANCY_CHANGED = "occupancy_changed"
    OCCUPIED_AT_BOOT = "occupied_at_boot"
    TAMPER = "tamper"
    ON_BATTERY = "on_battery"
    NETWORK_LOST = "network_lost"
    CENTRE_LOST = "centre_lost"
    OFFICER_ABSENT = "officer_absent"
    EMERGENCY_OPEN = "emergency_open"
    DEVICE_LOST = "device_lost"
    CLOCK_NOT_SYNCHRONISED = "clock_not_synchronised"
    STORAGE_FULL = "storage_full"
    JOURNAL_LATE = "journal_late"
    SELF_TEST_FAILED = "self_test_failed"
    GUARD_REFUSED = "guard_refused"
    LANE_ERROR = "lane_error"
    LANE_SILENT = "lane_silent"  # told by the pages: the lane itself cannot say so
