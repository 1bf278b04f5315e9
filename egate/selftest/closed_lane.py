"""A lane that is closed, and all its devices in the hands of one program: what the checks ask.

Devices are opened when the first check asks for them and closed by `begin` and `close`; what was
seen of the lines is kept for the checks that come later in the same round. While a person is
waited for the board goes on being fed; once another device is asked the board is put down.

It opens no file and knows no driver: `Openers` come from egate.compose.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Final, TypeVar

from egate.domain.forced import Pulse
from egate.domain.lane_part import SHAPE_DOORS, Door, Input, Shape
from egate.domain.limits import TimeLimits
from egate.lane import LaneSettings
from egate.ports.card_reader import CardReader
from egate.ports.code_reader import CodeReader
from egate.ports.digital_io import DigitalIo
from egate.ports.errors import DeviceLost
from egate.ports.fingerprint import FingerprintSensor
from egate.ports.light import Light
from egate.ports.mrz_reader import MrzReader
from egate.profile.settings import DoorWiring, HardwareProfile
from egate.selftest.board_in_hand import BoardInHand, Told
from egate.selftest.lines_seen import LinesSeen, Moved, is_secured
from egate.selftest.person import (
    QUESTIONS,
    SHOWS_WITHIN_S,
    WITHIN_S,
    Person,
    PersonCannot,
    Wish,
)

if TYPE_CHECKING:
    from egate.ports.camera import Camera  # brings numpy, which who only asks the lines needs not

LOOKS_EVERY_S: Final = 0.05
MOST_TICKS: Final = 20_000  # of one round: more than an hour at the board

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Openers:
    """How each device of the profile is opened; None where there is none.

    `pictures` are the lines of readers that are cameras, opened as cameras, by the device.
    """

    board: Callable[[], DigitalIo]
    scanner: Callable[[], CodeReader]
    camera: Callable[[], "Camera"]
    mrz_reader: Callable[[], MrzReader] | None = None
    card_reader: Callable[[], CardReader] | None = None
    light: Callable[[], Light] | None = None
    fingerprint: Callable[[], FingerprintSensor] | None = None
    pictures: Mapping[str, "Callable[[], Camera]"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paces:
    """How long it is looked. `lapses_s` is the longest a safety relay may hold without an edge."""

    lapses_s: float = 1.0
    watches_s: float = 1.0
    answers_s: float = WITHIN_S
    shows_s: float = SHOWS_WITHIN_S


@dataclass(slots=True)
class _Deed:
    """One wish while it is waited for: whether it shows, and what the person says meanwhile."""

    person: Person
    now_s: Callable[[], float]
    until: Callable[[], bool]
    is_question: bool
    shows: bool = False
    said_done_at_s: float | None = None

    def is_over(self, shows_within_s: float) -> bool:
        """Look once more; raise PersonCannot where it cannot be done."""
        self.shows = self.until()
        if self.shows or self.is_question:
            return self.shows
        said = self.person.answer()
        if said is False:
            raise PersonCannot
        if said and self.said_done_at_s is None:
            self.said_done_at_s = self.now_s()
        done_at_s = self.said_done_at_s
        return done_at_s is not None and self.now_s() - done_at_s >= shows_within_s


def _pictures_of(name: str) -> str:
    return f"pictures of {name}"


@dataclass(slots=True)
class ClosedLane:
    """What every check of the devices is asked about; `person` is None where nobody is asked.

    `record` is told of every output that is driven by hand, before it is and when it rests again;
    where it raises before, the output is not driven. `fed_late_s` says how late each feeding of
    this round was.
    """

    profile: HardwareProfile
    openers: Openers
    now_s: Callable[[], float]
    person: Person | None = None
    paces: Paces = Paces()
    board: BoardInHand | None = None
    board_lost: bool = False
    record: Callable[[Pulse], None] = lambda _pulse: None
    fed_late_s: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_TICKS))
    unfed: frozenset[Input] = frozenset()
    moved: dict[Door, Moved] = field(default_factory=dict)
    is_over: bool = False
    _seen: LinesSeen | None = None
    _open: dict[str, object] = field(default_factory=dict)

    @property
    def shape(self) -> Shape:
        """The shape of the lane."""
        return self.profile.gate.shape

    @property
    def doors(self) -> tuple[Door, ...]:
        """The doors of the lane."""
        return SHAPE_DOORS[self.shape]

    @property
    def free_doors(self) -> tuple[Door, ...]:
        """The doors that are free without power: the safety relay's letting go is seen at them."""
        return tuple(door for door in self.doors if self.wiring(door).fail == "free")

    @property
    def follow_s(self) -> float:
        """How long a door may take for each of its movements."""
        return self.profile.limits.door_follow_s

    def wiring(self, door: Door) -> DoorWiring:
        """Return what the profile says of a door."""
        wired = self.profile.doors.entry if door is Door.ENTRY else self.profile.doors.exit
        assert wired is not None
        return wired

    # The board.

    def take_board(self) -> BoardInHand:
        """Return the board, opened if it is not.

        Raises:
            DeviceError: it cannot be.
        """
        self._be_going_on("board")
        if self.board is None:
            told = Told(self.record, self.fed_late_s.append)
            self.board = BoardInHand(self.openers.board(), self._settings(), self.now_s, told)
        board = self.board
        if self.is_over:  # ended while it was opened
            self.put_board_down()
        self._be_going_on("board")
        return board

    def put_board_down(self) -> None:
        """Rest and close the board; repeatable."""
        board, self.board = self.board, None
        if board is not None:
            board.close()

    def seen(self) -> LinesSeen:
        """Return what was seen of the lines this round, looking if nobody has.

        Raises:
            DeviceError: the board is lost.
        """
        if self._seen is None:
            board = self.take_board()
            board.attend(
                self.follow_s, lambda: all(is_secured(board.levels, d) for d in self.doors)
            )
            board.edges.clear()
            board.attend(self.paces.watches_s)
            self._seen = LinesSeen(
                self.unfed, board.levels, dict(board.edges), self.paces.watches_s
            )
        return self._seen

    def at_rest(self) -> BoardInHand:
        """Return the board, fed, every door given time to come to rest."""
        board = self.take_board()
        board.attend(self.follow_s, lambda: self.is_secured(board))
        return board

    def is_secured(self, board: BoardInHand) -> bool:
        """Say whether every door is, by both of its contacts."""
        return all(is_secured(board.levels, door) for door in self.doors)

    # A person.

    def ask(self, wish: Wish, part: str) -> bool | None:
        """Return what a person answers, None without one or without an answer in time."""
        answers: list[bool] = []

        def answered() -> bool:
            said = self.person.answer() if self.person is not None else None
            if said is not None:
                answers.append(said)
            return bool(answers)

        self.have_done(wish, part, answered)
        return answers[-1] if answers else None

    def have_done(
        self, wish: Wish, part: str, until: Callable[[], bool], *, feeds: bool = True
    ) -> bool:
        """Ask a person to do something and wait until it shows.

        False when it did not in time, or not soon after the person said that it is done.

        Raises:
            PersonCannot: the person says that it cannot be done.
            PersonLeft: nobody is there any more.
        """
        if self.person is None:
            return False
        deed = _Deed(self.person, self.now_s, until, is_question=wish in QUESTIONS)
        self.person.ask(wish, part, self.paces.answers_s)
        try:
            self.wait(self.paces.answers_s, lambda: deed.is_over(self.paces.shows_s), feeds=feeds)
        finally:
            self.person.thank()
        return deed.shows

    def wait(
        self, for_s: float, until: Callable[[], bool] = lambda: False, *, feeds: bool = True
    ) -> bool:
        """Wait until it is so, the board fed meanwhile; False when it was not in time."""
        self._be_going_on("board")
        if self.board is not None:
            return self.board.attend(for_s, until, feeds=feeds)
        ends_at_s, pause = self.now_s() + for_s, Event()
        while not until():
            self._be_going_on("lane")
            if self.now_s() >= ends_at_s:
                return False
            pause.wait(LOOKS_EVERY_S)
        return True

    # The other devices.

    def scanner(self) -> CodeReader:
        """Return the scanner, opened if it is not."""
        self.put_down(_pictures_of("scanner"))
        return self._opened("scanner", self.openers.scanner)

    def mrz_reader(self) -> MrzReader:
        """Return the page reader, opened if it is not."""
        assert self.openers.mrz_reader is not None
        self.put_down(_pictures_of("mrz_reader"))
        return self._opened("mrz_reader", self.openers.mrz_reader)

    def card_reader(self) -> CardReader:
        """Return the card reader, opened if it is not."""
        assert self.openers.card_reader is not None
        return self._opened("card_reader", self.openers.card_reader)

    def light(self) -> Light:
        """Return the light, opened if it is not."""
        assert self.openers.light is not None
        return self._opened("light", self.openers.light)

    def fingerprint(self) -> FingerprintSensor:
        """Return the fingerprint sensor, opened if it is not."""
        assert self.openers.fingerprint is not None
        return self._opened("fingerprint", self.openers.fingerprint)

    def camera(self) -> "Camera":
        """Return the camera, opened if it is not."""
        return self._opened("camera", self.openers.camera)

    def pictures(self, name: str) -> "Camera":
        """Return the line of a reader that is a camera, opened as a camera's: one holds a line."""
        self.put_down(name)
        return self._opened(_pictures_of(name), self.openers.pictures[name])

    def put_down(self, name: str) -> None:
        """Close one device; repeatable."""
        held = self._open.pop(name, None)
        if held is not None:
            held.close()  # type: ignore[attr-defined]  # every port has it

    def leave_behind(self, name: str) -> None:
        """Forget one device without closing it: a thread that hangs in it ends with the process."""
        self._open.pop(name, None)

    def begin(self) -> None:
        """Begin a round: everything closed, nothing seen yet."""
        self.close()
        self.unfed, self._seen, self.board_lost = frozenset(), None, False
        self.moved.clear()
        self.fed_late_s.clear()

    def end(self) -> None:
        """Close every device for good: a check that was left behind opens none again."""
        self.is_over = True
        self.close()

    def close(self) -> None:
        """Close every device; repeatable."""
        self.put_board_down()
        for name in tuple(self._open):
            self.put_down(name)

    def _opened(self, name: str, opener: Callable[[], P]) -> P:
        self._be_going_on(name)
        self.put_board_down()
        if name not in self._open:
            self._open[name] = opener()
        return self._open[name]  # type: ignore[return-value]  # kept under its own name

    def _be_going_on(self, device: str) -> None:
        """Raise DeviceLost once the lane was ended."""
        if self.is_over:
            raise DeviceLost(device, "the self-test is over")

    def _settings(self) -> LaneSettings:
        pushed = (door for door in self.doors if self.wiring(door).opens == "by_hand")
        limits = TimeLimits(**self.profile.limits.model_dump())
        return LaneSettings(self.shape, limits, pushed=frozenset(pushed))
