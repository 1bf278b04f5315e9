"""The files of a simulated chip: what is selected, and what of it may be read.

    master file     EF.DIR and EF.CardAccess for anybody, EF.CardSecurity once the chip is open
    application     nothing before the chip is open; then all but what is for terminals it let in

What an APDU asks for is found here; who may ask is told by the caller (`is_open`).

Source: ICAO 9303-10, 3.6 to 3.11; ISO/IEC 7816-4:2013, 11.1.1 (SELECT), 11.2.3 (READ BINARY).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from egate.document import lds
from egate.document.lds import (
    APPLICATION,
    CARD_ACCESS,
    CARD_SECURITY,
    COM,
    CVCA,
    DATA_GROUPS,
    DIR,
    SOD,
)
from egate.wire import tlv
from egate.wire.apdu import EXTENDED_LE, Command, Response, Sw
from egate.wire.errors import FrameError
from simulators.document_factory import Document

MASTER: Final = (DIR, CARD_ACCESS, CARD_SECURITY)
MRTD: Final = (COM, SOD, CVCA, *DATA_GROUPS.values())
FOR_ANYBODY: Final = frozenset({DIR.file_id, CARD_ACCESS.file_id})
BY_NAME, BY_FILE_ID, MASTER_FILE = 0x04, 0x02, 0x00  # P1 of SELECT
WANTS_NOTHING_BACK: Final = 0x0C  # P2 of SELECT
SHORT_ID: Final = 0x80  # P1 of READ BINARY B0
OFFSET, DISCRETIONARY = 0x54, 0x53
OK: Final = Response(b"", Sw.OK)


@dataclass(slots=True)
class Manner:
    """How a chip behaves where the standard, or practice, leaves it the choice.

    `most_bytes` is the longest answer it gives, protection included. To a read of more it gives
    what fits, or the status word `refuses_more`. Status words that are 9000 change nothing.
    """

    most_bytes: int = EXTENDED_LE
    refuses_more: int = Sw.OK
    has_extended_length: bool = True
    has_short_ids: bool = True
    has_odd_reads: bool = True
    warns_at_end: bool = False  # 6282 when less is left than was asked for
    refuses_more_than_is_left: bool = False  # 6700, where others give what is left
    refuses_le_on_select: bool = False
    select_master_file: int = Sw.OK
    select_by_file_id: int = Sw.OK
    card_access: int = Sw.OK
    tells_right_le: bool = False  # 6Cxx
    waits_for_get_response: bool = False  # 61xx
    tells_trusted_in_pace: bool = False  # beside EF.CVCA


@dataclass(slots=True, repr=False)
class Files:
    """What is selected, and the reading of it.

    `cvca` is EF.CVCA, which changes; `granted` are the files the terminal was let in to.
    """

    document: Document
    manner: Manner
    cvca: bytes = b""
    granted: frozenset[int] = frozenset()
    in_application: bool = False
    current: int | None = None

    def select(self, command: Command, *, is_open: bool) -> Response:
        """Answer SELECT."""
        if self.manner.refuses_le_on_select and command.le is not None:
            return Response(b"", Sw.WRONG_LENGTH)
        match command.p1, command.data:
            case (p1, name) if p1 == BY_NAME:
                return self._select_application(name, command)
            case (p1, data) if p1 == MASTER_FILE and data in {b"", lds.MASTER_FILE.to_bytes(2)}:
                return self._select_master_file()
            case (p1, data) if p1 == BY_FILE_ID and len(data) == 2:
                if self.manner.select_by_file_id != Sw.OK:
                    return Response(b"", self.manner.select_by_file_id)
                return self._enter(int.from_bytes(data), is_open=is_open)
        return Response(b"", Sw.INCORRECT_P1_P2)

    def read(self, command: Command, room: int, *, is_open: bool) -> Response:
        """Answer READ BINARY of either kind; `room` is what the answer can carry."""
        if command.ins == 0xB1:
            return self._read_odd(command, room, is_open=is_open)
        offset = command.p1 << 8 | command.p2
        if command.p1 & SHORT_ID:
            entered = self._enter_short(command.p1 & 0x1F, is_open=is_open)
            if entered.sw != Sw.OK:
                return entered
            offset = command.p2
        return self._part(offset, command.le or 0, room, is_open=is_open)

    def _read_odd(self, command: Command, room: int, *, is_open: bool) -> Response:
        if not self.manner.has_odd_reads:
            return Response(b"", Sw.INSTRUCTION_NOT_SUPPORTED)
        if short_id := command.p2 & 0x1F:
            entered = self._enter_short(short_id, is_open=is_open)
            if entered.sw != Sw.OK:
                return entered
        try:
            offset = int.from_bytes(tlv.decode_one(command.data, OFFSET))
        except FrameError:
            return Response(b"", Sw.INCORRECT_DATA)
        if (command.le or 0) > room and self.manner.refuses_more != Sw.OK:
            return Response(b"", self.manner.refuses_more)
        content = content_of(min(command.le or 0, room))
        part = self._part(offset, content, content, is_open=is_open)
        return Response(tlv.encode(DISCRETIONARY, part.data) if part.data else b"", part.sw)

    def _select_application(self, name: bytes, command: Command) -> Response:
        if name != APPLICATION:
            return Response(b"", Sw.FILE_NOT_FOUND)
        self.in_application, self.current = True, None
        if command.p2 & 0x0F == WANTS_NOTHING_BACK:
            return OK
        return Response(tlv.encode(0x6F, tlv.encode(0x84, APPLICATION)), Sw.OK)

    def _select_master_file(self) -> Response:
        if self.manner.select_master_file != Sw.OK:
            return Response(b"", self.manner.select_master_file)
        self.in_application, self.current = False, None
        return OK

    def _enter_short(self, short_id: int, *, is_open: bool) -> Response:
        if not self.manner.has_short_ids:
            return Response(b"", Sw.INCORRECT_P1_P2)
        known = MRTD if self.in_application else MASTER
        named = [file.file_id for file in known if file.short_id == short_id]
        return self._enter(named[0] if named else 0, is_open=is_open)

    def _enter(self, file_id: int, *, is_open: bool) -> Response:
        files = self._held()
        if (
            not self.in_application
            and file_id == CARD_ACCESS.file_id
            and self.manner.card_access != Sw.OK
        ):
            return Response(b"", self.manner.card_access)
        if file_id not in files:
            return Response(b"", Sw.FILE_NOT_FOUND)
        if not self._may_read(file_id, is_open=is_open):
            return Response(b"", Sw.SECURITY_STATUS_NOT_SATISFIED)
        self.current = file_id
        return OK

    def _may_read(self, file_id: int, *, is_open: bool) -> bool:
        if not self.in_application and file_id in FOR_ANYBODY:
            return True
        kept = self.document.denied - self.granted if self.in_application else frozenset()
        return is_open and file_id not in kept

    def _held(self) -> Mapping[int, bytes]:
        """Return the files where the chip stands."""
        if not self.in_application:
            return self.document.master
        cvca = {CVCA.file_id: self.cvca} if self.cvca else {}
        return {**self.document.application, **cvca}

    def _part(self, offset: int, wanted: int, room: int, *, is_open: bool) -> Response:
        if self.current is None:
            return Response(b"", Sw.COMMAND_NOT_ALLOWED)
        if not self._may_read(self.current, is_open=is_open):
            return Response(b"", Sw.SECURITY_STATUS_NOT_SATISFIED)
        left = self._held()[self.current][offset:]
        if not left:
            return Response(b"", Sw.OFFSET_OUTSIDE_FILE)
        if wanted > room and self.manner.refuses_more != Sw.OK:
            return Response(b"", self.manner.refuses_more)
        given = left[: min(wanted, room)]
        return self._at_end(given, is_short=len(given) < min(wanted, room))

    def _at_end(self, given: bytes, *, is_short: bool) -> Response:
        if is_short and self.manner.refuses_more_than_is_left:
            return Response(b"", Sw.WRONG_LENGTH)
        return Response(given, Sw.END_OF_FILE if is_short and self.manner.warns_at_end else Sw.OK)


def content_of(size: int) -> int:
    """Return how much fits into a data object of so many bytes, head included."""
    head = next(
        one for one, most in ((2, 0x81), (3, 0x102), (4, 0x10003), (5, size)) if size <= most
    )
    return max(0, size - head)
