"""The officer's and the technician's words: every state, trouble, check and line, in plain English.

The traveller's words are elsewhere and in five languages. A word that has no row here would be
shown as its name with spaces; a test holds every table to its enumeration.

Source: research/domain.md 2.2 and 2.3.
"""

from egate.domain.check import Check, Outcome
from egate.domain.decision import Ruling
from egate.domain.lane_part import Input, Output
from egate.domain.lane_state import LaneState as S
from egate.domain.lane_state import Trouble as T  # noqa: N817  # as egate.lane.table

STATES: dict[S, str] = {
    S.BOOT: "Starting",
    S.OUT_OF_SERVICE: "Out of service",
    S.CLOSED: "Closed",
    S.READY: "Ready",
    S.READING: "Reading the token",
    S.ENTRY_DECIDED: "Token accepted",
    S.ENTRY_RELEASED: "Entry released",
    S.ENTERING: "Walking in",
    S.VERIFYING: "Looking at the traveller",
    S.DECIDED: "Admitted",
    S.EXIT_RELEASED: "Exit released",
    S.LEAVING: "Walking out",
    S.CLEARING: "Making sure nobody is left",
    S.TURNED_AWAY: "Turned away",
    S.REFERRED: "Waits for an officer",
    S.RETURNING: "Walking back",
    S.EXCEPTION: "Exception",
    S.EMERGENCY: "Emergency: way free",
    S.MAINTENANCE: "Maintenance",
}

TROUBLES: dict[T, str] = {
    T.DOCUMENT_WRONGLY_PLACED: "The document lies wrongly",
    T.CHIP_UNREADABLE: "The chip could not be read",
    T.CHIP_FORGED: "The document's data or chip is not genuine",
    T.TOKEN_REFUSED: "The permit or document is not accepted here",
    T.IDENTITY_CARD_CODE_SHOWN: "An identity card's code was shown instead of a permit",
    T.VISIBLE_SEAL_SHOWN: "A document's printed seal was shown instead of a permit",
    T.NO_PERMIT_SHOWN: "A code was shown that is no permit",
    T.NOT_ELIGIBLE: "Not eligible for this lane",
    T.FACE_NOT_CAPTURED: "No usable picture of the face",
    T.FACE_MISMATCH: "The face is not that of the holder",
    T.PRESENTATION_ATTACK: "Signs of a picture, screen or mask before the camera",
    T.FINGER_MISMATCH: "The finger is not that of the holder",
    T.FINGER_NOT_CAPTURED: "No usable fingerprint",
    T.WATCH_LIST_HIT: "Hold: see the instructions for this lane",
    T.TAILGATING: "Somebody followed through the door",
    T.TWO_PERSONS: "More than one person in the chamber",
    T.NOBODY_ENTERED: "Nobody walked in",
    T.NOBODY_LEFT: "Nobody walked out",
    T.TURNED_BACK: "The traveller turned back",
    T.WRONG_DIRECTION: "Somebody came the wrong way",
    T.LEFT_OBJECT: "Something was left in the chamber",
    T.DOCUMENT_LEFT: "A document was left in the reader",
    T.DWELL_TOO_LONG: "Somebody is inside for too long",
    T.DOOR_BLOCKED: "A door is blocked",
    T.DOOR_FORCED: "A door was forced",
    T.DOOR_HELD_OPEN: "A door is held open",
    T.DOOR_NOT_FOLLOWING: "A door does not follow its lock",
    T.CONTACTS_DISAGREE: "The contacts of a door disagree",
    T.OBSTACLE_HIT: "A door hit an obstacle",
    T.SENSOR_BLIND: "A sensor sees nothing",
    T.OCCUPANCY_CHANGED: "The number of persons inside changed",
    T.OCCUPIED_AT_BOOT: "Somebody or something was inside at the start",
    T.TAMPER: "A housing was opened",
    T.ON_BATTERY: "Running on battery",
    T.NETWORK_LOST: "No network",
    T.CENTRE_LOST: "The centre does not answer",
    T.OFFICER_ABSENT: "No officer is attached",
    T.EMERGENCY_OPEN: "The emergency loop is open",
    T.DEVICE_LOST: "A device is lost",
    T.CLOCK_NOT_SYNCHRONISED: "The clock is not synchronised",
    T.STORAGE_FULL: "The disk is full",
    T.JOURNAL_LATE: "The journal is late",
    T.SELF_TEST_FAILED: "The self-test failed",
    T.GUARD_REFUSED: "The guard refused a release",
    T.LANE_ERROR: "An error of the lane's program",
}

RULINGS: dict[Ruling, str] = {
    Ruling.ADMIT: "admit",
    Ruling.REFER: "ask an officer",
    Ruling.HOLD: "hold for an officer",
}

OUTCOMES: dict[Outcome, str] = {
    Outcome.PASSED: "yes",
    Outcome.FAILED: "NO",
    Outcome.INCONCLUSIVE: "cannot tell",
    Outcome.NOT_APPLICABLE: "does not apply",
    Outcome.NOT_DONE: "not looked at",
}

INPUTS: dict[Input, tuple[str, str]] = {  # active, and not active
    Input.ENTRY_CLOSED: ("entry leaf closed", "entry leaf open"),
    Input.ENTRY_LOCKED: ("entry locked", "entry unlocked"),
    Input.EXIT_CLOSED: ("exit leaf closed", "exit leaf open"),
    Input.EXIT_LOCKED: ("exit locked", "exit unlocked"),
    Input.ENTRY_BEAM_CLEAR: ("entry beam clear", "entry beam broken"),
    Input.EXIT_BEAM_CLEAR: ("exit beam clear", "exit beam broken"),
    Input.CHAMBER_EMPTY: ("chamber empty", "chamber occupied"),
    Input.CHAMBER_SINGLE: ("one person counted", "not one person"),
    Input.EMERGENCY_CLEAR: ("no emergency", "EMERGENCY"),
}

OUTPUTS: dict[Output, str] = {
    Output.ENTRY_RELEASE: "entry release",
    Output.EXIT_RELEASE: "exit release",
    Output.ENTRY_GO: "entry arrow",
    Output.EXIT_GO: "exit arrow",
    Output.STOP: "red cross",
    Output.SOUNDER: "sounder",
    Output.ALIVE: "renewal of the safety relay",
}

NO_REFERENCE: dict[str, str] = {  # by what was brought; why there is no picture to compare with
    "permit": "The permit brings measures of the face and no picture: "
    "compare with the document in the traveller's hand.",
    "document": "The portrait of the chip has not come: "
    "compare with the one that is printed in the document.",
    "": "There is no picture to compare with: ask for the document in the traveller's hand.",
}

SHORT = {"mrz": "MRZ", "pace": "PACE", "com": "EF.COM", "chip mrz": "chip's MRZ"}


def question(check: Check) -> str:
    """Return a check as an officer reads it.

    >>> question(Check.FACE_IS_THE_HOLDER), question(Check.MRZ_IS_READABLE)
    ('Face is the holder', 'MRZ is readable')
    """
    words = plain(check)
    first, _, rest = words.partition(" ")
    return f"{SHORT.get(first, first.capitalize())} {rest}".replace(" mrz ", " MRZ ")


def plain(name: str) -> str:
    """Return a name of ours with spaces.

    >>> plain("too_dark")
    'too dark'
    """
    return name.replace("_", " ")


def evidence_words(evidence: dict[str, str | int | float]) -> str:
    """Return what a finding rests on, on one line, figures to three places.

    >>> evidence_words({"score": 0.71234, "threshold": 0.4})
    'score 0.712, threshold 0.4'
    """
    return ", ".join(
        f"{plain(name)} {round(value, 3) if isinstance(value, float) else value}"
        for name, value in evidence.items()
    )
