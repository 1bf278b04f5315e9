"""One document at the reader: read whole, taken away, swapped, mute, too slow; never two in one.

The chips are the simulators', behind a reader that the test plays; through the real pcscd the same
session is tried in tests/corpus.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from secrets import token_bytes

import pytest

from egate.document import mrz
from egate.document.reading_result import Access, Plan
from egate.domain.check import Check, Outcome
from egate.loop.card_session import CardSession, Examined, SessionParts
from egate.ports.card_reader import Card, CardGone, CardMute
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost
from egate.wire.apdu import Command, Response
from simulators.card_chip import Chip
from simulators.document_factory import PASSPORT, Description, Document, Issuer, issue
from tests.simulators.inspected import store_of

ISSUER = Issuer()
DOCUMENT = issue(Description(), ISSUER)
OTHER = issue(replace(Description(), seed="2", portrait=Description().portrait + b"2"), ISSUER)
DEADLINE_S = 10.0
Break = Callable[[int], DeviceError | None]


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class PlayedCard:
    """A Card over a simulated chip; `breaks` says what goes wrong at which command."""

    chip: Chip
    clock: Clock
    breaks: Break = lambda _: None
    session: int = 1
    answer_to_reset: bytes = b""
    is_contactless: bool = True
    has_extended_length: bool = True
    sent: int = 0
    longest: int = 0
    is_closed: bool = False

    def transmit(self, command: bytes) -> bytes:
        assert not self.is_closed
        self.sent += 1
        self.clock.now_s += 0.01
        if error := self.breaks(self.sent):
            raise error
        said = self.chip.answer(command)
        assert said is not None
        self.longest = max(self.longest, len(said))
        return said

    def close(self) -> None:
        self.is_closed = True


@dataclass
class PlayedReader:
    """A CardReader that plays a list: a card to connect to, or what connecting raises."""

    clock: Clock
    plays: list[PlayedCard | DeviceError] = field(default_factory=list)
    stays: bool = False
    gone: bool = False

    def wait_for_card(self, timeout_s: float) -> bool:
        if self.gone:
            raise DeviceLost("card reader", "unplugged")
        if self.plays:
            return True
        self.clock.now_s += timeout_s
        return False

    def wait_for_removal(self, timeout_s: float) -> bool:
        self.clock.now_s += timeout_s
        return not self.stays

    def connect(self) -> Card:
        play = self.plays.pop(0)
        if isinstance(play, DeviceError):
            raise play
        return play

    def close(self) -> None:
        """Nothing to give back."""


def card(clock: Clock, document: Document = DOCUMENT, breaks: Break = lambda _: None) -> PlayedCard:
    return PlayedCard(Chip(document, token_bytes), clock, breaks)


def leaves_at(command: int) -> Break:
    return lambda sent: CardGone("card reader", "it left") if sent == command else None


def examined(reader: PlayedReader, access: Access | None = None, **parts: object) -> Examined:
    """Inspect what the reader plays with the first document's page."""
    made = SessionParts(
        store=store_of(ISSUER),
        clock=reader.clock,
        utc_s=lambda: ISSUER.now_s,
        draw=token_bytes,
        plan=Plan(data_groups=frozenset({1, 2})),
    )
    session = CardSession(reader, replace(made, **parts))  # type: ignore[arg-type]  # fields by name
    printed = mrz.read(DOCUMENT.printed)
    access = access or Access(mrz=DOCUMENT.key)
    return session.inspect(printed, access, reader.clock() + DEADLINE_S)


def whole(result: Examined) -> tuple[Outcome, str]:
    told = result.inspected.told(Check.CHIP_WAS_READ_WHOLE)
    return told.outcome, told.reason


def test_a_document_is_read_whole_and_every_check_is_answered() -> None:
    clock = Clock()
    played = card(clock)
    result = examined(PlayedReader(clock, [played]))
    wrong = {Outcome.FAILED, Outcome.INCONCLUSIVE, Outcome.NOT_DONE}
    assert [one.check for one in result.inspected.findings if one.outcome in wrong] == []
    assert played.is_closed
    document = result.inspected.document
    assert document is not None
    assert document.portrait is not None
    assert document.portrait.picture == Description().portrait
    assert result.reading is not None
    assert set(result.reading.data_groups) == {1, 2, 14}
    numbers = [value for one in result.inspected.findings for value in one.evidence.values()]
    assert len(Description().portrait) not in numbers  # by which a document could be known again


@pytest.mark.parametrize(
    ("expiry", "last_day"),
    [
        ("310415", date(2031, 4, 15).toordinal()),
        ("<<<<<<", None),
        ("310231", date.min.toordinal()),
        ("999999", date.min.toordinal()),
    ],
    ids=["a day", "without an end", "a day that never was", "a month that never was"],
)
def test_only_a_zone_of_fillers_has_no_end(expiry: str, last_day: int | None) -> None:
    clock = Clock()
    zone = replace(PASSPORT, expiry_date=expiry)
    document = issue(replace(Description(), mrz=zone), ISSUER)
    result = examined(PlayedReader(clock, [card(clock, document)]), Access(mrz=document.key))
    assert result.inspected.document is not None
    assert result.inspected.document.last_day == last_day


def test_the_seconds_of_each_step_are_told_and_sum_up() -> None:
    clock = Clock()
    began_s = clock()
    times = examined(PlayedReader(clock, [card(clock)])).times
    spent = [times.card_s, times.access_s, times.files_s, times.proofs_s, times.portrait_s]
    assert sum(spent) == pytest.approx(clock() - began_s)
    assert min(times.access_s, times.files_s, times.proofs_s, times.portrait_s) > 0.0
    assert times.own_s == pytest.approx(0.0, abs=1e-6)  # this clock runs in transmit only


def test_no_card_in_time_is_void() -> None:
    reader = PlayedReader(Clock())
    result = examined(reader, card_within_s=2.0)
    assert whole(result) == (Outcome.INCONCLUSIVE, "no_card")
    assert reader.clock() == pytest.approx(102.0)
    told = result.inspected.told(Check.SECURITY_OBJECT_IS_SIGNED)
    assert (told.outcome, told.reason) == (Outcome.NOT_DONE, "not_read")
    assert result.inspected.document is None
    assert result.times.card_s == pytest.approx(2.0)
    assert result.times.own_s == pytest.approx(0.0)


@pytest.mark.parametrize("command", [1, 2, 6, 9])
def test_a_card_that_leaves_and_comes_back_is_read_from_the_beginning(command: int) -> None:
    clock = Clock()
    reader = PlayedReader(clock, [card(clock, breaks=leaves_at(command)), card(clock)])
    result = examined(reader)
    assert whole(result) == (Outcome.PASSED, "whole")
    assert result.inspected.document is not None


def test_a_card_that_leaves_for_good_is_void() -> None:
    clock = Clock()
    result = examined(PlayedReader(clock, [card(clock, breaks=leaves_at(8))]))
    assert whole(result) == (Outcome.INCONCLUSIVE, "card_left")
    assert result.inspected.document is None
    assert result.reading is None


def test_another_card_in_its_place_is_never_mixed_with_it() -> None:
    clock = Clock()
    reader = PlayedReader(clock, [card(clock, breaks=leaves_at(8)), card(clock, OTHER)])
    result = examined(reader)
    document = result.inspected.document
    assert document is not None
    assert document.portrait is not None
    assert document.portrait.picture == Description().portrait + b"2"


def test_a_mute_card_that_is_turned_over_is_read() -> None:
    clock = Clock()
    mute = CardMute("card reader", "no answer")
    assert whole(examined(PlayedReader(clock, [mute, card(clock)]))) == (Outcome.PASSED, "whole")


def test_a_mute_card_that_stays_is_void() -> None:
    clock = Clock()
    reader = PlayedReader(clock, [CardMute("card reader", "no answer"), card(clock)], stays=True)
    assert whole(examined(reader)) == (Outcome.INCONCLUSIVE, "card_mute")


def test_a_garbled_answer_is_void() -> None:
    clock = Clock()

    def garbles(sent: int) -> DeviceError | None:
        return DeviceGarbled("card reader", "1 byte") if sent == 3 else None

    reader = PlayedReader(clock, [card(clock, breaks=garbles)], stays=True)
    assert whole(examined(reader)) == (Outcome.INCONCLUSIVE, "card_garbled")


def test_a_document_that_takes_too_long_is_void() -> None:
    clock = Clock()
    played = card(clock)

    def slow(_: int) -> None:
        clock.now_s += 3.0

    played.breaks = slow
    result = examined(PlayedReader(clock, [played]))
    assert whole(result) == (Outcome.INCONCLUSIVE, "too_slow")
    assert played.sent == 4
    assert played.is_closed


def test_a_reader_that_is_gone_is_raised() -> None:
    with pytest.raises(DeviceLost):
        examined(PlayedReader(Clock(), gone=True))


def test_a_zone_with_a_wrong_digit_costs_the_chip_no_try() -> None:
    clock = Clock()
    first, second = DOCUMENT.printed
    digit = "0" if second[9] != "0" else "1"
    printed = mrz.read((first, second[:9] + digit + second[10:]))
    reader = PlayedReader(clock, [card(clock)])
    parts = SessionParts(store_of(ISSUER), clock, lambda: ISSUER.now_s, token_bytes)
    assert printed.mrz is not None
    result = CardSession(reader, parts).inspect(printed, Access(mrz=printed.mrz.key), clock() + 9)
    assert whole(result) == (Outcome.INCONCLUSIVE, "zone_in_doubt")
    assert len(reader.plays) == 1
    told = result.inspected.told(Check.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT)
    assert told.outcome is Outcome.FAILED


def test_nothing_shown_opens_no_chip() -> None:
    clock = Clock()
    result = examined(PlayedReader(clock, [card(clock)]), Access())
    assert whole(result) == (Outcome.INCONCLUSIVE, "zone_in_doubt")


def test_a_contact_card_is_asked_for_short_answers_only() -> None:
    clock = Clock()
    played = card(clock)
    played.has_extended_length = False
    assert whole(examined(PlayedReader(clock, [played]))) == (Outcome.PASSED, "whole")
    assert played.longest <= 258


def test_life_is_shown_before_each_command_and_each_look() -> None:
    clock = Clock()
    alive: list[float] = []
    played = card(clock)
    examined(PlayedReader(clock, [played]), alive=lambda: alive.append(clock()))
    assert len(alive) >= played.sent


def test_every_exchange_is_told_with_its_seconds() -> None:
    clock = Clock()
    told: list[float] = []

    def exchanged(_command: Command, _response: Response, seconds: float) -> None:
        told.append(seconds)

    played = card(clock)
    examined(PlayedReader(clock, [played]), exchanged=exchanged)
    assert len(told) == played.sent
    assert sum(told) == pytest.approx(0.01 * played.sent)
