"""A scenario: who comes to the gate, what breaks meanwhile, what the officer does, how it must end.

One TOML file each, in simulators/scenarios; copy one to make another. The comment at its head tells
what happens, and the bench's page shows it. Every key:

    title = "Somebody shows another's permit"    what the table says
    in_demo = true                               among the travellers of the short demo
    is_attack = true                             one of those who want to deceive the gate
    token = "chip"                               what the lane must be able to read; or "qr"
    [[people]]                                   in the order in which they come
    face = "person_1"                            whose face (simulators.faces.PERSONS)
    habit = "normal"                             simulators.people.Habit
    permit = "valid"                             or one of PERMITS
    permit_of = "person_2"                       whose face the permit binds; own if left out
    finger = "own"                               enrolled with a finger: which of FINGERS comes
    document = "valid"                           instead of a permit: one of DOCUMENTS
    document_of = "person_2"                     whose face was signed into it; own if left out
    [[faults]]
    at = "verifying"                             when the lane is first seen in this state
    fault = "camera_frozen"                      one of FAULTS
    for_s = 3.0                                  then it is mended
    [[officer]]
    at = "referred"                              whenever the lane is seen in this state
    does = ["let_back"]                          in this order, one of ACTIONS
    after_s = 1.0                                a person takes time
    [expect]                                     [expect.turnstile] overrides for a turnstile,
                                                 [expect.host] where the gate compares fingers
    endings = ["face_mismatch"]                  how each passage ended, in order
    people = ["back"]                            how each person left, in order: through or back
    reasons = ["face_is_the_holder failed"]      each must stand in the record of the passages
    saw = ["out_of_service"]                     lane states that must have been seen
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile, zip_longest
from pathlib import Path
import tomllib
from typing import Any

from egate.domain.lane_part import Shape
from egate.domain.lane_state import LaneState
from simulators import document_reader
from simulators.fingers import Touch
from simulators.people import Habit, Way

FOLDER = Path(__file__).with_name("scenarios")
LARGEST = 16_384
PERMITS = frozenset(
    {
        "valid",
        "expired",
        "not_yet_valid",
        "wrong_site",
        "wrong_direction",
        "forged",
        "revoked",
        "used",
        "identity_card_code",  # the code of an identity card, by mistake
        "morph",  # valid; its face was made of permit_of's and the traveller's own
        "none",
    }
)
DOCUMENTS = frozenset(  # simulators.passport_office says of each what it is
    {
        "valid",
        "identity_card",
        "chip_mapping",
        "older",
        "contact_card",
        "jp2_portrait",
        "j2k_portrait",
        "grey_portrait",
        "altered_portrait",
        "cloned_chip",
        "substituted_signer",
        "expired",
        "revoked_signer",
        "page_of_another",
        "pace_refused",
        "mute_chip",
        "pulled_off",
        "misprint",
        "no_chip",
    }
)
FINGERS = frozenset(
    {"own", "wrong", "wrong_first", *(touch.value for touch in Touch if touch is not Touch.CLEAN)}
)
FAULTS = document_reader.FAULTS | {
    "finger_sensor_mute",
    "finger_answer_replayed",
    "scanner_unplugged",
    "camera_frozen",
    "light_unplugged",
    "entry_jammed",
    "exit_jammed",
    "emergency_open",
}
ACTIONS = frozenset(
    {
        "admit",
        "let_back",
        "clear",
        "reset_emergency",
        "tell_to_leave",
        "clear_luggage",
        "close_emergency_loop",
    }
)


class ScenarioRefused(Exception):
    """A scenario file says something that no scenario can mean; the text says what and where."""


class Token(StrEnum):
    """What travellers bring, so what a lane must be able to read."""

    QR = "qr"
    CHIP = "chip"


@dataclass(frozen=True, slots=True)
class Comer:
    """One person of a scenario: `document` is "" for who comes with a permit or with nothing.

    `token_of` is whose face the permit or the document is bound to. `finger` is "" for who is not
    enrolled with one.
    """

    face: str
    habit: Habit
    permit: str
    document: str
    token_of: str
    finger: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks when the lane is first seen in a state, and for how long."""

    at: LaneState
    fault: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Duty:
    """What the officer does whenever the lane is seen in a state."""

    at: LaneState
    does: tuple[str, ...]
    after_s: float


@dataclass(frozen=True, slots=True)
class Expected:
    """How it must end."""

    endings: tuple[str, ...]
    people: tuple[Way, ...]
    reasons: tuple[str, ...] = ()
    saw: tuple[LaneState, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file, read and checked."""

    name: str
    title: str
    in_demo: bool
    is_attack: bool
    token: Token
    people: tuple[Comer, ...]
    faults: tuple[Fault, ...]
    officer: tuple[Duty, ...]
    expected: Mapping[Shape, Expected]
    about: str = ""
    at_host: Expected | None = None  # of a mantrap whose own machine compares fingers

    @property
    def names(self) -> tuple[str, ...]:
        """What its people are called, in order."""
        return tuple(f"{self.name}-{place}" for place in range(len(self.people)))

    def expects(self, shape: Shape, *, at_host: bool) -> Expected:
        """Return how it must end in such a lane; `at_host` says who compares its fingers."""
        own = self.at_host if at_host and shape is Shape.MANTRAP else None
        return own or self.expected[shape]


def load(path: Path) -> Scenario:
    """Read one scenario.

    Raises:
        ScenarioRefused: the file cannot be read, or a key or value has no meaning.
    """
    try:
        raw = path.read_bytes()[: LARGEST + 1]
        if len(raw) > LARGEST:
            raise ScenarioRefused(f"{path.name}: longer than {LARGEST} bytes")
        text = raw.decode()
        return _scenario(path.stem, _about(text), tomllib.loads(text))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioRefused(f"{path.name}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ScenarioRefused(f"{path.name}: {type(error).__name__} {error}") from error


def load_all(wanted: Callable[[Scenario], bool] = lambda _: True) -> tuple[Scenario, ...]:
    """Read every scenario that ships and is wanted, in the order of their file names."""
    return tuple(filter(wanted, (load(path) for path in sorted(FOLDER.glob("*.toml")))))


def in_turns(scenarios: Iterable[Scenario], tokens: Collection[Token]) -> tuple[Scenario, ...]:
    """Return those that need one of these tokens: one of each in turn, as long as there are any."""
    kept = list(scenarios)
    queues = [[one for one in kept if one.token is token] for token in tokens]
    rounds = zip_longest(*queues)
    return tuple(one for each in rounds for one in each if one is not None)


def _about(text: str) -> str:
    r"""Return the comment at the head of a file, on one line.

    >>> _about("# Walks in,\n# and out.\ntitle = 1\n# Not this.\n")
    'Walks in, and out.'
    """
    head = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.lstrip("# ") for line in head)


def _scenario(name: str, about: str, table: dict[str, Any]) -> Scenario:
    expect = table.pop("expect")
    differs, at_host = expect.pop("turnstile", {}), expect.pop("host", {})
    scenario = Scenario(
        name=name,
        title=str(table.pop("title")),
        in_demo=bool(table.pop("in_demo", False)),
        is_attack=bool(table.pop("is_attack", False)),
        token=Token(table.pop("token", Token.QR)),
        people=tuple(_comer(each) for each in table.pop("people")),
        faults=tuple(_fault(each) for each in table.pop("faults", [])),
        officer=tuple(_duty(each) for each in table.pop("officer", [])),
        expected={
            Shape.MANTRAP: _expected(expect),
            Shape.TURNSTILE: _expected({**expect, **differs}),
        },
        at_host=_expected({**expect, **at_host}),
        about=about,
    )
    _nothing_left(table)
    if scenario.token is Token.QR and any(comer.document for comer in scenario.people):
        raise ValueError('a document needs token = "chip"')
    return scenario


def _comer(table: dict[str, Any]) -> Comer:
    face, habit = str(table.pop("face")), Habit(table.pop("habit", "normal"))
    if "document" in table:
        document = _one_of(DOCUMENTS, table.pop("document"))
        comer = Comer(face, habit, "none", document, str(table.pop("document_of", face)))
    else:
        permit = _one_of(PERMITS, table.pop("permit", "valid"))
        finger = _one_of(FINGERS, table.pop("finger")) if "finger" in table else ""
        comer = Comer(face, habit, permit, "", str(table.pop("permit_of", face)), finger)
    _nothing_left(table)
    return comer


def _fault(table: dict[str, Any]) -> Fault:
    fault = Fault(
        LaneState(table.pop("at")),
        _one_of(FAULTS, table.pop("fault")),
        float(table.pop("for_s")),
    )
    _nothing_left(table)
    return fault


def _duty(table: dict[str, Any]) -> Duty:
    does = tuple(_one_of(ACTIONS, each) for each in table.pop("does"))
    duty = Duty(LaneState(table.pop("at")), does, float(table.pop("after_s", 1.0)))
    _nothing_left(table)
    return duty


def _expected(table: dict[str, Any]) -> Expected:
    table = dict(table)
    expected = Expected(
        endings=tuple(str(each) for each in table.pop("endings")),
        people=tuple(Way(each) for each in table.pop("people")),
        reasons=tuple(str(each) for each in table.pop("reasons", [])),
        saw=tuple(LaneState(each) for each in table.pop("saw", [])),
    )
    _nothing_left(table)
    return expected


def _one_of(known: frozenset[str], name: str) -> str:
    if name not in known:
        raise ValueError(f"{name!r} is none of {', '.join(sorted(known))}")
    return name


def _nothing_left(table: dict[str, Any]) -> None:
    if table:
        raise ValueError(f"unknown key {next(iter(table))!r}")
