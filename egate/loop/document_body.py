"""The document host's body: zones in, and the chip behind one when the lane asks for it.

    zone read        document_shown, with the zone's own findings; the zone itself stays here
    zone not read    document_shown, with what is wrong with the page
    read_document    the chip is opened with that zone, read, proven: document_read
    forget           that passage's zone is wiped; any is after `ZONE_LASTS_S`, or with the next

Both readers are kept open, and opened again when they are lost; each is told by itself. A chip
that holds a command for ever makes this body silent, and a silent host is replaced: that is the
deadline of one command (`APDU_WITHIN_S`).

Source: DESIGN section 2 (hostile bytes are parsed where there is no right to a door);
research/emrtd.md 6.2, rules 15, 18 and 21.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from egate.document import mrz
from egate.document.inspected import void
from egate.document.reading_result import Access
from egate.domain.check import Check, Finding, Outcome
from egate.domain.chip_times import ChipTimes
from egate.loop.card_session import CardSession, Examined, SessionParts
from egate.loop.device_host import MOST_GARBLED, Asked, BodyLink
from egate.loop.kept_device import Kept
from egate.loop.messages import DocumentRead, DocumentShown, Forget, ReadDocument
from egate.ports.card_reader import CardReader
from egate.ports.errors import DeviceError, DeviceGarbled
from egate.ports.mrz_reader import MrzReader, MrzUnsure

LISTENS_S: Final = 0.1
ASKED_WITHIN_S: Final = 0.1  # after a zone: a lane that is ready asks for the chip at once
APDU_WITHIN_S: Final = 5.0  # research/emrtd.md 6.2, rule 18
ZONE_LASTS_S: Final = 20.0  # longer than a lane waits for a token
MRZ_READER: Final = "mrz_reader"
CARD_READER: Final = "card_reader"
NOTHING: Final = mrz.read(())


@dataclass(frozen=True, slots=True)
class DocumentParts:
    """What the body is made of; the session's `alive` is the host's own."""

    open_zones: Callable[[], MrzReader]
    open_cards: Callable[[], CardReader]
    session: SessionParts


@dataclass(frozen=True, slots=True, repr=False)
class _Shown:
    """A zone that was read, and when; `passage` once a lane has asked for its chip."""

    printed: mrz.Reading
    at_s: float
    passage: int | None = None


class DocumentBody:
    """Reads zones all the time, and a chip when it is asked to."""

    def __init__(self, parts: DocumentParts) -> None:
        self._session = parts.session
        self._clock = parts.session.clock
        self._zones = Kept(MRZ_READER, parts.open_zones, self._clock)
        self._cards = Kept(CARD_READER, parts.open_cards, self._clock)
        self._shown: _Shown | None = None
        self._garbled = 0

    def run(self, link: BodyLink) -> None:
        try:
            while not link.is_stopping:
                has_shown = self._listen(link)
                self._look_after_cards(link)
                self._serve(link, link.asked(ASKED_WITHIN_S if has_shown else 0))
        finally:
            self._zones.close()
            self._cards.close()

    def _listen(self, link: BodyLink) -> bool:
        """Wait a little for a zone and tell of it; return whether one came."""
        reader = self._zones.get(link)
        if reader is None:
            link.pause(LISTENS_S)
            return False
        began_s = self._clock()
        try:
            frame = reader.read(LISTENS_S)
        except DeviceGarbled as error:
            self._garbled += 1
            if self._garbled >= MOST_GARBLED:
                self._garbled = 0
                self._zones.lost(link, error)
                return False
            self._show(link, _unread(Outcome.FAILED, "garbled"), began_s, self._clock())
            return True
        except DeviceError as error:
            self._zones.lost(link, error)
            return False
        self._zones.well()
        if frame is None:
            return False
        self._garbled = 0
        if isinstance(frame, MrzUnsure):  # a crumpled page, and a reader that is well
            printed = _unread(Outcome.INCONCLUSIVE, frame.reason)
            self._show(link, printed, frame.began_at_s, frame.ended_at_s)
        else:
            self._show(link, mrz.read(frame.lines), frame.began_at_s, frame.ended_at_s)
        return True

    def _show(self, link: BodyLink, printed: mrz.Reading, began_s: float, ended_s: float) -> None:
        self._shown = _Shown(printed, self._clock())
        link.say(DocumentShown(began_at_s=began_s, ended_at_s=ended_s, findings=printed.findings))

    def _look_after_cards(self, link: BodyLink) -> None:
        """Find out that the reader is gone before somebody needs it."""
        reader = self._cards.get(link)
        if reader is None:
            return
        try:
            reader.wait_for_card(0.0)
        except DeviceError as error:
            self._cards.lost(link, error)
        else:
            self._cards.well()

    def _serve(self, link: BodyLink, asked: Asked | None) -> None:
        shown = self._shown
        if shown is not None and self._clock() - shown.at_s > ZONE_LASTS_S:
            shown = None
        match asked:
            case Forget(passage=passage) if shown is not None and shown.passage == passage:
                shown = None  # one shown since belongs to the next passage
            case ReadDocument() if shown is not None:
                shown = replace(shown, passage=asked.passage)
        self._shown = shown
        if isinstance(asked, ReadDocument):
            printed = shown.printed if shown is not None else NOTHING
            examined = self._examined(link, printed, asked.deadline_at_s)
            link.say(
                DocumentRead(
                    request=asked.request,
                    passage=asked.passage,
                    findings=examined.inspected.findings,
                    times=examined.times,
                    document=examined.inspected.document,
                )
            )

    def _examined(self, link: BodyLink, printed: mrz.Reading, deadline_s: float) -> Examined:
        """Read the chip; what cannot be read is void, and says why."""
        reader = self._cards.get(link)
        if reader is None:
            return Examined(void(printed, "reader_lost"), ChipTimes())
        access = Access(mrz=printed.mrz.key if printed.mrz is not None else None)
        session = CardSession(reader, replace(self._session, alive=link.alive))
        try:
            return session.inspect(printed, access, deadline_s)
        except DeviceError as error:  # of the reader: what a card does is in the session's words
            self._cards.lost(link, error)
            return Examined(void(printed, "reader_lost"), ChipTimes())


def _unread(outcome: Outcome, reason: str) -> mrz.Reading:
    """Return the reading of a page of which no line is known."""
    unread = Finding(Check.MRZ_IS_READABLE, outcome, reason)
    return mrz.Reading(None, (), (unread, *NOTHING.findings[1:]))
