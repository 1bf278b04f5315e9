"""One chip's session: files read whole, through whatever channel there is, within bounds.

    READ BINARY 00B0 (80 | short id) 00   the first part; the file is then the current one
    READ BINARY 00B0 offset               the others, up to offset 7FFF
    READ BINARY 00B1 0000 54 02 offset    above; answered as 53
    SELECT 00A4020C file id               where reading by short id is refused

How much a chip answers at once is learnt as it goes: it is asked for what the line carries, and
for less when it refuses. A refusal that comes through the channel costs nothing; a bare one ends
the channel, and the caller begins again with less (`learn_less`). 61xx and 6Cxx of the line are
followed up under the channel.

Source: ISO/IEC 7816-4:2013, 11.2.2 and 11.2.3 (READ BINARY), 11.1.1 (SELECT), 5.3.4 (61xx, 6Cxx);
ICAO 9303-10, 3.6 and 3.11; research/emrtd.md 1.4 and 5.2 (what real chips refuse).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from egate.document.dialogue import ChipError, Dialogue, T
from egate.document.lds import ElementaryFile
from egate.document.secure_messaging import Channel
from egate.wire import tlv
from egate.wire.apdu import (
    MORE_DATA_SW1,
    SHORT_LE,
    WRONG_LE_SW1,
    Command,
    Response,
    Sw,
)
from egate.wire.errors import FrameError

LADDER: Final = (32_768, 4_096, 1_024, SHORT_LE, 192)
"""Bytes of one answer, protection included: what is asked for, and then less and less."""

HEAD_BYTES: Final = 8  # tag and length of any file fit in
SHORT_ID: Final = 0x80
LAST_OFFSET: Final = 0x7FFF
OFFSET, DISCRETIONARY = 0x54, 0x53
DISCRETIONARY_HEAD_BYTES: Final = 4
GET_RESPONSE: Final = 0xC0
LENGTH_REFUSALS: Final = frozenset(
    {Sw.WRONG_LENGTH, Sw.OFFSET_OUTSIDE_FILE, Sw.NO_PRECISE_DIAGNOSIS, Sw.INCORRECT_P1_P2}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost at most; a file's own bound is in lds.py."""

    commands: int = 2_000
    answered_bytes: int = 1_048_576


@dataclass(frozen=True, slots=True)
class FileProgress:
    """So much of a file has come."""

    file: str
    read_bytes: int
    whole_bytes: int


Notice: TypeAlias = Callable[[FileProgress], None]


def is_length_refusal(sw: int) -> bool:
    """Say whether a status word may mean that too much was asked for at once."""
    return sw in LENGTH_REFUSALS or sw >> 8 == WRONG_LE_SW1


@dataclass(slots=True, repr=False)
class Session:
    """A chip, what is known of it, and what it has cost so far."""

    answer_bytes: int
    limits: Limits
    notice: Notice
    channel: Channel | None = None
    commands: int = 0
    answered_bytes: int = 0
    _refuses_more_than_there_is: bool = field(default=False, init=False)

    def send(self, command: Command) -> Dialogue[Response]:
        """Send one command through the channel, if there is one; return the chip's answer.

        Raises:
            ChannelBroken: as secure_messaging has it.
            ChipError: `too_many_commands`, `too_many_bytes`.
        """
        if self.channel is None:
            return (yield from self._transmit(command))
        protected = self.channel.protect(command)
        return self.channel.unprotect((yield from self._transmit(protected)))

    def speak(self, dialogue: Dialogue[T]) -> Dialogue[T]:
        """Carry out a dialogue through the channel; return what it returns."""
        try:
            command = next(dialogue)
            while True:
                response = yield from self.send(command)
                command = dialogue.send(response)
        except StopIteration as end:
            result: T = end.value
            return result

    def learn_less(self) -> bool:
        """Ask for less at once from now on; False when there is no less."""
        less = [size for size in LADDER if size < self.answer_bytes]
        if less:
            self.answer_bytes = less[0]
        return bool(less)

    def read_file(self, file: ElementaryFile) -> Dialogue[bytes]:
        """Return a file, from its tag to the last byte its length tells, nothing more.

        Raises:
            ChipError: `absent`, `denied`, `refused`, `malformed`, `wrong_tag`, `cut_short`, or
                `too_long`; the session goes on.
            ChannelBroken: it does not.
        """
        raw = yield from self._begin(file)
        size = _size(file, raw)
        while len(raw) < size:
            self.notice(FileProgress(file.name, len(raw), size))
            raw += yield from self._part(file, len(raw), size - len(raw))
        self.notice(FileProgress(file.name, size, size))
        return raw[:size]

    def read_start(self, file: ElementaryFile) -> Dialogue[bytes]:
        """Return a file that is no data object: as much as its limit.

        Raises:
            ChipError: `absent`, `denied` or `refused`; the session goes on.
            ChannelBroken: it does not.
        """
        response = Response(b"", Sw.FILE_NOT_FOUND)
        if file.short_id:
            by_short_id = Command(0x00, 0xB0, SHORT_ID | file.short_id, 0x00, le=file.limit)
            response = yield from self.send(by_short_id)
        if not _has_data(response):
            by_id = Command(0x00, 0xA4, 0x02, 0x0C, file.file_id.to_bytes(2))
            response = yield from self.send(by_id)
            if response.sw == Sw.OK:
                response = yield from self.send(Command(0x00, 0xB0, 0x00, 0x00, le=file.limit))
        if not _has_data(response):
            raise _refusal(file, response.sw)
        return response.data[: file.limit]

    @property
    def room(self) -> int:
        """How much of a file one answer can carry."""
        if self.channel is None:
            return self.answer_bytes
        return self.channel.plain_room(self.answer_bytes)

    @property
    def short_room(self) -> int:
        """How much a short answer can carry."""
        return SHORT_LE if self.channel is None else self.channel.plain_room(SHORT_LE)

    def _begin(self, file: ElementaryFile) -> Dialogue[bytes]:
        """Return the first part of a file and make it the current one."""
        response = yield from self._first(Command(0x00, 0xB0, SHORT_ID | file.short_id, 0x00))
        if not _has_data(response):
            by_id = Command(0x00, 0xA4, 0x02, 0x0C, file.file_id.to_bytes(2))
            selected = yield from self.send(by_id)
            if selected.sw != Sw.OK:
                raise _refusal(file, response.sw if _is_telling(response.sw) else selected.sw)
            response = yield from self._first(Command(0x00, 0xB0, 0x00, 0x00))
        if not _has_data(response):
            raise _refusal(file, response.sw)
        return response.data

    def _first(self, read: Command) -> Dialogue[Response]:
        """Read as much as one answer carries; where more than there is is refused, eight bytes."""
        if not self._refuses_more_than_there_is:
            before = self.answer_bytes
            response = yield from self.send(replace(read, le=self.room))
            while is_length_refusal(response.sw) and self.channel is None and self.learn_less():
                response = yield from self.send(replace(read, le=self.room))
            if not is_length_refusal(response.sw):
                return response
            self.answer_bytes = before  # it was not the size of the answer
            self._refuses_more_than_there_is = True
        return (yield from self.send(replace(read, le=HEAD_BYTES)))

    def _part(self, file: ElementaryFile, offset: int, rest: int) -> Dialogue[bytes]:
        """Return the next part of the current file."""
        response = yield from self._read_at(offset, rest)
        while is_length_refusal(response.sw) and self.learn_less():
            response = yield from self._read_at(offset, rest)
        if not _has_data(response):
            raise _refusal(file, response.sw, "cut_short")
        data = response.data
        if offset > LAST_OFFSET:
            data = _discretionary(file, data)
        return data[:rest]

    def _read_at(self, offset: int, rest: int) -> Dialogue[Response]:
        if offset <= LAST_OFFSET:
            return (
                yield from self.send(
                    Command(0x00, 0xB0, offset >> 8, offset & 0xFF, le=min(rest, self.room))
                )
            )
        at = tlv.encode(OFFSET, offset.to_bytes(2 if offset < 0x1_0000 else 3))
        room = max(1, self.room - DISCRETIONARY_HEAD_BYTES)
        le = min(rest, room) + DISCRETIONARY_HEAD_BYTES
        return (yield from self.send(Command(0x00, 0xB1, 0x00, 0x00, at, le)))

    def _transmit(self, command: Command) -> Dialogue[Response]:
        """Send bytes as they are; follow up what the line wants followed up."""
        response = yield from self._counted(command)
        if response.sw >> 8 == WRONG_LE_SW1:
            response = yield from self._counted(replace(command, le=response.sw & 0xFF or SHORT_LE))
        data = response.data
        while response.sw >> 8 == MORE_DATA_SW1:
            le = response.sw & 0xFF or SHORT_LE
            response = yield from self._counted(Command(0x00, GET_RESPONSE, 0x00, 0x00, le=le))
            data += response.data
        return Response(data, response.sw)

    def _counted(self, command: Command) -> Dialogue[Response]:
        self.commands += 1
        if self.commands > self.limits.commands:
            raise ChipError("the session", reason="too_many_commands")
        response = yield command
        self.answered_bytes += len(response.data)
        if self.answered_bytes > self.limits.answered_bytes:
            raise ChipError("the session", reason="too_many_bytes")
        return response


def _has_data(response: Response) -> bool:
    """Say whether a part came: a chip may warn that the file ended before the part did."""
    return response.sw in {Sw.OK, Sw.END_OF_FILE} and bool(response.data)


def _is_telling(sw: int) -> bool:
    return sw in {Sw.FILE_NOT_FOUND, Sw.SECURITY_STATUS_NOT_SATISFIED}


def _refusal(file: ElementaryFile, sw: int, otherwise: str = "refused") -> ChipError:
    reasons = {Sw.FILE_NOT_FOUND: "absent", Sw.SECURITY_STATUS_NOT_SATISFIED: "denied"}
    known = {word.value: reason for word, reason in reasons.items()}
    return ChipError(f"reading {file.name}", sw, known.get(sw, otherwise))


def _size(file: ElementaryFile, raw: bytes) -> int:
    """Return how long a file is that begins like this; its tag must be the file's own."""
    tag = file.tag.to_bytes(1)
    if not raw.startswith(tag):
        raise ChipError(f"reading {file.name}", reason="wrong_tag")
    try:
        size = tlv.whole_size(raw, max_length=1 << 32)
    except FrameError as error:
        raise ChipError(f"reading {file.name}", reason="malformed") from error
    if size is None:
        raise ChipError(f"reading {file.name}", reason="cut_short")
    if size > file.limit:
        raise ChipError(f"reading {file.name}", reason="too_long")
    return size


def _discretionary(file: ElementaryFile, data: bytes) -> bytes:
    try:
        return tlv.decode_one(data, DISCRETIONARY)
    except FrameError as error:
        raise ChipError(f"reading {file.name}", reason="malformed") from error
