"""The checks of readers and lights: there, quiet, and with a person answering as they should.

    EG-S201 scanner opens        EG-S202 it is quiet        EG-S203 it reads the test code
    EG-S211 page reader opens    EG-S212 it is quiet        EG-S213 it reads the specimen page
    EG-S221 card reader opens    EG-S222 its slot answers   EG-S223 it talks to a test card
    EG-S231 light greets                                    EG-S232 it shines in its colours
    EG-S204 ... 206, 214 ... 216, 241 ... cameras      egate/selftest/camera_checks.py
    EG-S251 ... fingerprint      egate/selftest/finger_checks.py

Scanner and page reader never say that they are there, so without a person only their line is seen.
Nothing of what was read leaves a check: it is compared, and forgotten.

Source: research/mrz_qr.md section 7 (what these readers send); ISO/IEC 7816-4, 7.5.3 (GET CHALLENGE
is answered by any card, if only with a refusal).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from egate.ports.card_reader import CardGone, CardMute
from egate.ports.code_reader import CodeFrame
from egate.ports.errors import DeviceGarbled, DeviceLost
from egate.ports.mrz_reader import MrzFrame, MrzUnsure
from egate.profile.settings import MrzCameraSettings, QrCameraSettings
from egate.selftest.check import Answer, Check, Measured, Outcome, Reason
from egate.selftest.closed_lane import ClosedLane
from egate.selftest.not_asked import where, with_person
from egate.selftest.person import Wish
from egate.selftest.runner import TooLate, in_thread

Checks = Iterator[Check[ClosedLane]]
Heard = CodeFrame | MrzFrame | MrzUnsure | None

TEST_CODE: Final = "EGATE-TEST-5E8A21C7"
TEST_PAGE: Final = (  # of the specimen in ICAO 9303 part 4, appendix B
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
SENT_S: Final = 0.3  # between the first byte and the last
SEEN_S: Final = 4.0  # between the first look at it and the last
EMPTY_S: Final = 1.0
SLOT_MS: Final = 200.0
CARD_S: Final = 3.0
APDU_MS: Final = 1000.0
FROZEN: Final = "frozen"  # how a driver's words begin when the pictures stopped changing
LOCKED: Final = "exclusively lock"  # pyserial's, of a line that another program holds
NO_LIGHT: Final = "no light greeted"  # how a driver's words begin when nothing was heard at all
NO_SUCH_NAME: Final = "none of "  # how a driver's words begin when no reader has the name
NO_READERS: Final = "smart card reader"  # PC/SC's, when there is none at all
GET_CHALLENGE: Final = bytes.fromhex("0084000008")
COLOURS: Final = (
    (Wish.IS_LIGHT_RED, (255, 0, 0)),
    (Wish.IS_LIGHT_GREEN, (0, 255, 0)),
    (Wish.IS_LIGHT_BLUE, (0, 0, 255)),
)

OPENS = Reason("opens", Outcome.PASSED)
REPEATS = Reason("repeats", Outcome.FAILED)
HELD = Reason("held", Outcome.FAILED)
QUIET = Reason("quiet", Outcome.PASSED)
SPEAKS = Reason("speaks", Outcome.FAILED)
READS = Reason("reads", Outcome.PASSED)
NOTHING_READ = Reason("nothing_read", Outcome.FAILED)
MISREAD = Reason("misread", Outcome.FAILED)
UNSURE = Reason("unsure", Outcome.FAILED)
BROKEN_FRAME = Reason("broken_frame", Outcome.FAILED)
READS_SLOWLY = Reason("reads_slowly", Outcome.FAILED)
LOST_MEANWHILE = Reason("lost_meanwhile", Outcome.FAILED)
NO_SERVICE = Reason("no_service", Outcome.FAILED)
NO_SUCH_READER = Reason("no_such_reader", Outcome.FAILED)
SLOT_ANSWERS = Reason("slot_answers", Outcome.PASSED)
SLOT_SLOW = Reason("slot_slow", Outcome.FAILED)
TALKS = Reason("talks", Outcome.PASSED)
NO_CARD = Reason("no_card", Outcome.FAILED)
CARD_MUTE = Reason("card_mute", Outcome.FAILED)
CARD_LEAVES = Reason("card_leaves", Outcome.FAILED)
CARD_GARBLED = Reason("card_garbled", Outcome.FAILED)
CARD_SLOW = Reason("card_slow", Outcome.FAILED)
CARD_STAYS = Reason("card_stays", Outcome.FAILED)
GREETS = Reason("greets", Outcome.PASSED)
NO_GREETING = Reason("no_greeting", Outcome.FAILED)
STRANGE = Reason("strange", Outcome.FAILED)
SHINES = Reason("shines", Outcome.PASSED)
WRONG_COLOUR = Reason("wrong_colour", Outcome.FAILED)
UNANSWERED = Reason("unanswered", Outcome.NOT_DONE)

READING: Final = (READS, NOTHING_READ, MISREAD, BROKEN_FRAME, READS_SLOWLY, LOST_MEANWHILE)


def scanner_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of the scanner's line; what it reads: `reads_code`."""
    yield from _of_a_reader(lane, "scanner", "EG-S20", lane.scanner)


def page_reader_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of the page reader's line; what it reads: `reads_page`."""
    for check in _of_a_reader(lane, "mrz_reader", "EG-S21", lane.mrz_reader):
        yield where(lane.openers.mrz_reader is not None, check)


def card_and_light_checks(lane: ClosedLane) -> Checks:
    """Yield the checks of the card reader and of the light."""
    for check in _of_cards(lane):
        yield where(lane.openers.card_reader is not None, check)
    greets = Check("EG-S231", "light", (GREETS, NO_GREETING, STRANGE, HELD), _greets, limit_s=10.0)
    shines = Check(
        "EG-S232", "light", (SHINES, WRONG_COLOUR, UNANSWERED), _shines, ("EG-S231",),
        limit_s=10.0 + 3 * lane.paces.answers_s,
    )  # fmt: skip
    for check in (greets, with_person(lane, shines)):
        yield where(lane.openers.light is not None, check)


def reads_code(lane: ClosedLane, needs: str) -> Check[ClosedLane]:
    """Return the check that the scanner reads the test code; `needs` is asked before it."""
    check = Check(
        "EG-S203", "scanner", READING, _reads_code, (needs,), ("read",),
        limit_s=10.0 + 2 * lane.paces.answers_s,
    )  # fmt: skip
    return with_person(lane, check)


def reads_page(lane: ClosedLane, needs: str) -> Check[ClosedLane]:
    """Return the check that the page reader reads the specimen page; `needs` as above."""
    check = Check(
        "EG-S213", "mrz_reader", (*READING, UNSURE), _reads_page, (needs,), ("read",),
        limit_s=10.0 + 2 * lane.paces.answers_s,
    )  # fmt: skip
    return with_person(lane, check)


def _of_a_reader(lane: ClosedLane, name: str, ids: str, take: Callable[[], object]) -> Checks:
    yield Check(f"{ids}1", name, (OPENS, REPEATS, HELD), _opens(take), limit_s=10.0)
    yield Check(
        f"{ids}2", name, (QUIET, SPEAKS, LOST_MEANWHILE), _is_quiet(name), (f"{ids}1",),
        limit_s=10.0 + lane.paces.watches_s,
    )  # fmt: skip


def _of_cards(lane: ClosedLane) -> Checks:
    name = "card_reader"
    opening = (OPENS, NO_SERVICE, NO_SUCH_READER)
    yield Check("EG-S221", name, opening, _knows_reader, limit_s=10.0)
    yield Check(
        "EG-S222", name, (SLOT_ANSWERS, SLOT_SLOW), _slot, ("EG-S221",), ("slot",), limit_s=5.0
    )
    talking = (TALKS, NO_CARD, CARD_MUTE, CARD_LEAVES, CARD_GARBLED, CARD_SLOW, CARD_STAYS)
    yield with_person(lane, Check(
        "EG-S223", name, talking, _talks, ("EG-S222",), ("apdu",),
        limit_s=15.0 + 2 * lane.paces.answers_s,
    ))  # fmt: skip


def _opens(take: Callable[[], object]) -> Callable[[ClosedLane], Answer]:
    def ask(_lane: ClosedLane) -> Answer:
        try:
            take()
        except DeviceLost as lost:
            if repeats(lost):
                return Answer(REPEATS)
            if LOCKED in lost.what:
                return Answer(HELD)
            raise
        return Answer(OPENS)

    return ask


def _knows_reader(lane: ClosedLane) -> Answer:
    """Open the reader; tell a service that does not run from one without such a reader."""
    try:
        lane.card_reader()
    except DeviceLost as lost:
        if lost.what.startswith(NO_SUCH_NAME) or NO_READERS in lost.what:
            return Answer(NO_SUCH_READER)
        return Answer(NO_SERVICE)
    return Answer(OPENS)


def repeats(lost: DeviceLost) -> bool:
    """Say whether a camera was lost because its pictures stopped changing."""
    return lost.what.startswith(FROZEN)


def _is_quiet(name: str) -> Callable[[ClosedLane], Answer]:
    """Listen while nothing is shown: who speaks now has something before it, or a bad cable."""

    def ask(lane: ClosedLane) -> Answer:
        reader = lane.scanner() if name == "scanner" else lane.mrz_reader()
        try:
            heard = reader.read(lane.paces.watches_s)
        except DeviceGarbled:
            return Answer(SPEAKS)
        except DeviceLost:
            lane.put_down(name)
            return Answer(LOST_MEANWHILE)
        return Answer(QUIET if heard is None else SPEAKS)

    return ask


@dataclass(frozen=True, slots=True)
class Piece:
    """What a person shows to a reader: how it is heard, what it says, how long that may take."""

    wish: Wish
    name: str
    hear: Callable[[], Heard]
    is_right: Callable[[Heard], bool]
    most_s: float


def _reads_code(lane: ClosedLane) -> Answer:
    scanner, is_camera = lane.scanner(), isinstance(lane.profile.devices.scanner, QrCameraSettings)
    piece = Piece(
        Wish.SHOW_CODE,
        "scanner",
        lambda: scanner.read(0.2),
        lambda heard: isinstance(heard, CodeFrame) and heard.text == TEST_CODE,
        SEEN_S if is_camera else SENT_S,
    )
    return _read(lane, piece)


def _reads_page(lane: ClosedLane) -> Answer:
    pages, settings = lane.mrz_reader(), lane.profile.devices.mrz_reader
    if isinstance(settings, MrzCameraSettings):
        pages.read(EMPTY_S)  # the empty window, before a page lies in it
    piece = Piece(
        Wish.LAY_PAGE,
        "mrz_reader",
        lambda: pages.read(0.2),
        lambda heard: isinstance(heard, MrzFrame) and heard.lines == TEST_PAGE,
        SEEN_S if isinstance(settings, MrzCameraSettings) else SENT_S,
    )
    return _read(lane, piece)


def _read(lane: ClosedLane, piece: Piece) -> Answer:
    """Have a test piece shown and compare what the reader says with it."""
    heard: list[Heard] = []

    def until() -> bool:
        said = piece.hear()
        heard.extend([] if said is None else [said])
        return bool(heard)

    try:
        lane.have_done(piece.wish, piece.name, until)
    except DeviceGarbled:
        return Answer(BROKEN_FRAME)
    except DeviceLost:
        lane.put_down(piece.name)
        return Answer(LOST_MEANWHILE)
    if not heard or heard[0] is None:
        return Answer(NOTHING_READ)
    if isinstance(heard[0], MrzUnsure):
        return Answer(UNSURE)
    if not piece.is_right(heard[0]):
        return Answer(MISREAD)
    took_s = round(heard[0].ended_at_s - heard[0].began_at_s, 3)
    read = Measured("read", took_s, "s", at_most=piece.most_s)
    return Answer(READS if read.is_within else READS_SLOWLY, measured=(read,))


def _slot(lane: ClosedLane) -> Answer:
    reader, began_s = lane.card_reader(), lane.now_s()
    reader.wait_for_card(0.0)
    slot = Measured("slot", round((lane.now_s() - began_s) * 1000, 1), "ms", at_most=SLOT_MS)
    return Answer(SLOT_ANSWERS if slot.is_within else SLOT_SLOW, measured=(slot,))


def _talks(lane: ClosedLane) -> Answer:
    """Power a card up and have one answer of it; a card may hold that for ever."""
    reader = lane.card_reader()
    if not lane.have_done(Wish.LAY_CARD, "card_reader", lambda: reader.wait_for_card(0.1)):
        return Answer(NO_CARD)
    try:
        answer = in_thread(lambda: _one_answer(lane), CARD_S)
    except TooLate:
        lane.leave_behind("card_reader")  # closing it would wait for the card as long
        return Answer(CARD_MUTE)
    if answer.reason is not TALKS:
        return answer
    gone = lane.have_done(Wish.TAKE_CARD, "card_reader", lambda: reader.wait_for_removal(0.1))
    return answer if gone else Answer(CARD_STAYS)


def _one_answer(lane: ClosedLane) -> Answer:
    try:
        card = lane.card_reader().connect()
        began_s = lane.now_s()
        card.transmit(GET_CHALLENGE)
        apdu = Measured("apdu", round((lane.now_s() - began_s) * 1000, 1), "ms", at_most=APDU_MS)
        card.close()
    except CardMute:
        return Answer(CARD_MUTE)
    except CardGone:
        return Answer(CARD_LEAVES)
    except DeviceGarbled:
        return Answer(CARD_GARBLED)
    return Answer(TALKS if apdu.is_within else CARD_SLOW, measured=(apdu,))


def _greets(lane: ClosedLane) -> Answer:
    try:
        lane.light()
    except DeviceLost as lost:
        if lost.what.startswith(NO_LIGHT):
            return Answer(NO_GREETING)
        if LOCKED in lost.what:
            return Answer(HELD)
        raise
    except DeviceGarbled:
        return Answer(STRANGE)
    return Answer(GREETS)


def _shines(lane: ClosedLane) -> Answer:
    light = lane.light()
    for wish, rgb in COLOURS:
        light.shine(rgb)
        seen = lane.ask(wish, "light")
        light.shine((0, 0, 0))
        if seen is not True:
            return Answer(UNANSWERED if seen is None else WRONG_COLOUR)
    return Answer(SHINES)
