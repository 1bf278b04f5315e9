"""The chip of a travel document: APDU in, APDU out, computed as a chip computes it.

    bytes     Chip.answer: a command as the reader sends it, 61xx and 6Cxx, the faults of a line
    channel   secure messaging, when access control or chip authentication opened one
    command   SELECT, READ BINARY; basic access control, PACE; chip, active and terminal
              authentication

It holds a Document of the factory and nothing of what a test expects of it. What it may choose is
in its Manner, what is wrong with it in its Troubles; both are fields to set, at any time. A plain
command ends the channel, and with it every right; so does a protected one that does not verify.

Source: ICAO 9303-11, 4 to 7 and 9.8; ISO/IEC 7816-4:2013; PC/SC part 3, 3.2.2.1.3 (UID).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Final

from egate.document.active_authentication import ActiveAuthenticationChip
from egate.document.basic_access_control import BasicAccessControlChip
from egate.document.card_verifiable_certificates import FINGERS, IRISES
from egate.document.chip_authentication import ChipAuthenticationChip
from egate.document.chip_side import PaceChip
from egate.document.domain_parameters import Draw
from egate.document.lds import DATA_GROUPS
from egate.document.pace import CAN_REFERENCE, DYNAMIC, MRZ_REFERENCE, Password
from egate.document.secure_messaging import MAC, PROTECTED, STATUS, Channel, ChannelBroken
from egate.document.terminal_authentication_chip import TerminalAuthenticationChip
from egate.wire import tlv
from egate.wire.apdu import (
    EXTENDED_LE,
    MORE_DATA_SW1,
    SHORT_LE,
    WRONG_LE_SW1,
    Command,
    Response,
    Sw,
    decode_command,
)
from egate.wire.errors import FrameError
from simulators.card_files import DISCRETIONARY, Files, Manner, content_of
from simulators.document_factory import Document

CONTACTLESS: Final = bytes.fromhex("3B 88 80 01 00 00 00 00 00 00 00 00 09")  # PC/SC part 3
CONTACT_T0: Final = bytes.fromhex("3B 65 00 00 45 47 41 54 45")
CONTACT_T1: Final = bytes.fromhex("3B 85 01 45 47 41 54 45 D6")
UID_COMMAND: Final = b"\xff\xca\x00\x00"
UID: Final = bytes.fromhex("08 45 47 54")  # 08: a random one, as documents have
GET_CHALLENGE, READ_ODD, GET_RESPONSE = 0x84, 0xB1, 0xC0
PACE_P1, CHIP_P1, TERMINAL_P1 = 0xC1, 0x41, 0x81  # P1 of MSE:Set
NAMES_ISSUER: Final = 0xB6  # P2 of MSE:Set
GRANTS: Final = {FINGERS: DATA_GROUPS[3].file_id, IRISES: DATA_GROUPS[4].file_id}
KNOWN_CLASSES: Final = frozenset({0x00, 0x10, PROTECTED, PROTECTED | 0x10})


class Messaging(Enum):
    """What can be wrong with a protected answer."""

    SOUND = "sound"
    WRONG_MAC = "wrong_mac"
    NO_MAC = "no_mac"
    NO_STATUS = "no_status"
    OTHER_STATUS = "other_status"  # outside another than inside
    ALTERED = "altered"  # a bit of the ciphertext
    PLAIN = "plain"  # not protected at all
    BARE = "bare"  # 9000 and nothing else
    REPLAYED = "replayed"  # the answer before
    CUT = "cut"


@dataclass(slots=True)
class Troubles:
    """What is wrong with the chip; nothing, unless told. Status words that are 9000 change nothing.

    Commands, protected answers and PACE's steps are counted from 1; step 0 is MSE:Set AT.
    """

    mute_at: int | None = None  # it hears this command and says nothing more
    status_at: tuple[int, int] | None = None  # a command, and the bare status word it gets
    pace_refused_at: int | None = None
    pace_refusal: int = Sw.AUTHENTICATION_FAILED
    pace_spoilt: int | None = None  # the tag of the object whose last bit is wrong
    has_other_password: bool = False
    basic_access: int = Sw.OK
    chip_authentication: int = Sw.OK
    active_authentication: int = Sw.OK
    terminal_authentication: int = Sw.OK  # what the terminal's signature gets
    challenge_bytes: int = 8  # of terminal authentication
    signs_wrongly: bool = False
    messaging: Messaging = Messaging.SOUND
    messaging_at: int = 1
    messaging_lasts: bool = False  # also every answer after it
    gives_at_most: int = EXTENDED_LE  # bytes of a file at a time, whatever was asked for
    never_ends: bool = False  # beyond the end of a file there is more, and more


class ChipSilent(Exception):
    """The chip said nothing, where a dialogue needed an answer."""


@dataclass(slots=True, repr=False)
class Chip:
    """One chip, fresh from the field: a Card for a slot, and an answerer for a dialogue."""

    document: Document
    draw: Draw
    manner: Manner = field(default_factory=Manner)
    troubles: Troubles = field(default_factory=Troubles)
    atr: bytes = CONTACTLESS
    heard: int = 0  # commands since the reset
    _files: Files = field(init=False)
    _basic: BasicAccessControlChip = field(init=False)
    _pace: PaceChip = field(init=False)
    _chip_keys: ChipAuthenticationChip = field(init=False)
    _terminals: TerminalAuthenticationChip = field(init=False)
    _identity: bytes = field(init=False)
    _channel: Channel | None = field(init=False)
    _next_channel: Channel | None = field(init=False)
    _protected: int = field(init=False)
    _last: Response = field(init=False)
    _pace_step: int | None = field(init=False)
    _waiting: Response | None = field(init=False)

    def __post_init__(self) -> None:
        document = self.document
        self._terminals = TerminalAuthenticationChip(document.trusted, document.made, self.draw)
        self.reset()

    def reset(self) -> None:
        """Lose power: no selection, no channel, nothing begun."""
        document, draw = self.document, self.draw
        secret = b"another" if self.troubles.has_other_password else b""
        passwords = {
            MRZ_REFERENCE: Password.from_mrz(document.key).secret + secret,
            CAN_REFERENCE: Password.from_can(document.can).secret + secret,
        }
        self.heard = self._protected = 0
        self._files = Files(document, self.manner)
        self._basic = BasicAccessControlChip(document.key.key_seed, draw)
        self._pace = PaceChip(document.pace, passwords, draw, static_key=document.mapping_key)
        if self.manner.tells_trusted_in_pace:
            named = (one.reference.encode("latin-1") for one in self._terminals.trusted)
            self._pace.trusted = tuple(named)
        self._chip_keys = ChipAuthenticationChip(document.chip_keys)
        self._waiting = self._pace_step = None
        self._last = Response(b"", Sw.OK)
        self._end_channel()

    def answer(self, command: bytes) -> bytes | None:
        """Return the response to the bytes of a command; None when it says nothing, ever."""
        self.heard += 1
        troubles = self.troubles
        if troubles.mute_at is not None and self.heard >= troubles.mute_at:
            return None
        if troubles.status_at is not None and self.heard == troubles.status_at[0]:
            return Response(b"", troubles.status_at[1]).encode()
        if command.startswith(UID_COMMAND):
            return UID + Sw.OK.to_bytes(2)
        try:
            asked = decode_command(command)
        except FrameError:
            return Sw.WRONG_LENGTH.to_bytes(2)
        return self._over_the_line(asked).encode()

    def respond(self, command: Command) -> Response:
        """Return the response to a command, for a dialogue in the same process.

        Raises:
            ChipSilent: it says nothing.
        """
        said = self.answer(command.encode())
        if said is None:
            raise ChipSilent
        return Response(said[:-2], int.from_bytes(said[-2:]))

    # ---- the line

    def _over_the_line(self, command: Command) -> Response:
        """Answer, in as many answers as the line wants it."""
        if command.ins == GET_RESPONSE:
            return self._give_waiting(command)
        self._waiting = None
        if command.is_extended and not self.manner.has_extended_length:
            return Response(b"", Sw.WRONG_LENGTH)
        response = self._through_the_channel(command)
        if not response.data:
            return response
        if self.manner.tells_right_le and not command.data and _is_less(response, command):
            return Response(b"", WRONG_LE_SW1 << 8 | len(response.data))
        if self.manner.waits_for_get_response and command.data:
            self._waiting = response
            return _more(response.data)
        return response

    def _give_waiting(self, command: Command) -> Response:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return Response(b"", Sw.CONDITIONS_OF_USE_NOT_SATISFIED)
        given, rest = waiting.data[: command.le], waiting.data[command.le or 0 :]
        if not rest:
            return waiting if given == waiting.data else Response(given, waiting.sw)
        self._waiting = Response(rest, waiting.sw)
        return Response(given, _more(rest).sw)

    # ---- the channel

    def _through_the_channel(self, command: Command) -> Response:
        if command.cla not in KNOWN_CLASSES:
            return Response(b"", Sw.CLASS_NOT_SUPPORTED)
        if command.cla & PROTECTED != PROTECTED:
            self._end_channel()
            return self._opening(self._carry_out(command, _most(command, self.manner)))
        channel = self._channel
        if channel is None:
            return Response(b"", Sw.SECURE_MESSAGING_NOT_SUPPORTED)
        try:
            plain = channel.open_command(command)
        except ChannelBroken:
            self._end_channel()
            return Response(b"", Sw.SECURE_MESSAGING_OBJECTS_INCORRECT)
        room = channel.plain_room(_most(command, self.manner))
        said = self._carry_out(plain, room)
        sealed = self._spoilt(channel.seal_response(said), said)
        return self._opening(sealed)

    def _opening(self, response: Response) -> Response:
        """Change over to the channel this command opened, if it did."""
        if self._next_channel is not None:
            self._channel, self._next_channel = self._next_channel, None
            self._terminals.forget()
            self._tell_files()
        return response

    def _end_channel(self) -> None:
        """Lose the channel, and with it the terminal: its key and what it was let in to."""
        self._channel = self._next_channel = None
        self._identity = self._chip_keys.terminal_key = self._pace.terminal_key = b""
        self._terminals.forget()
        self._tell_files()

    def _tell_files(self) -> None:
        """Let the files know what terminal authentication changed."""
        rights = self._terminals.rights or 0
        self._files.granted = frozenset(one for bit, one in GRANTS.items() if rights & bit)
        self._files.cvca = self._terminals.cvca_file if self._terminals.trusted else b""

    def _spoilt(self, sealed: Response, plain: Response) -> Response:
        """Return a protected answer with what is wrong with it."""
        self._protected += 1
        before, self._last = self._last, sealed
        troubles = self.troubles
        is_its_turn = self._protected == troubles.messaging_at or (
            troubles.messaging_lasts and self._protected > troubles.messaging_at
        )
        if not is_its_turn:
            return sealed
        if troubles.messaging is Messaging.REPLAYED:
            return before
        if troubles.messaging is Messaging.PLAIN:
            return plain
        return _SPOILS[troubles.messaging](sealed)

    # ---- the commands

    @property
    def _is_open(self) -> bool:
        """Whether the application may be read: some chips have no access control at all."""
        has_control = self.document.has_basic_access or self.document.pace
        return self._channel is not None or not has_control

    def _carry_out(self, command: Command, room: int) -> Response:
        obey = _COMMANDS.get(command.ins)
        if obey is None:
            return Response(b"", Sw.INSTRUCTION_NOT_SUPPORTED)
        return obey(self, command, room)

    def select(self, command: Command, _: int) -> Response:
        """Answer SELECT."""
        return self._files.select(command, is_open=self._is_open)

    def read(self, command: Command, room: int) -> Response:
        """Answer READ BINARY of either kind."""
        room = min(room, self.troubles.gives_at_most)
        response = self._files.read(command, room, is_open=self._is_open)
        if self.troubles.never_ends and response.sw == Sw.OFFSET_OUTSIDE_FILE:
            return _as_if_more(command, min(command.le or 0, room))
        return response

    def challenge_or_check(self, command: Command, _: int) -> Response:
        """Answer GET CHALLENGE and EXTERNAL AUTHENTICATE for whatever was begun."""
        if self._terminals.is_begun:
            return self._check_terminal(command)
        if not (self.document.has_basic_access and self._files.in_application):
            return Response(b"", Sw.INSTRUCTION_NOT_SUPPORTED)
        if command.ins == GET_CHALLENGE:
            return self._basic.challenge()
        if self.troubles.basic_access != Sw.OK:
            return Response(b"", self.troubles.basic_access)
        response, self._next_channel = self._basic.authenticate(command)
        self._identity = self.document.key.numbered
        return response

    def _check_terminal(self, command: Command) -> Response:
        if command.ins == GET_CHALLENGE:
            challenge = self._terminals.challenge()
            return Response(challenge.data[: self.troubles.challenge_bytes], challenge.sw)
        if self.troubles.terminal_authentication != Sw.OK:
            return Response(b"", self.troubles.terminal_authentication)
        key = self._chip_keys.terminal_key or self._pace.terminal_key
        response = self._terminals.authenticate(command, self._identity, key)
        self._tell_files()
        return response

    def verify(self, command: Command, _: int) -> Response:
        """Answer PSO:Verify Certificate."""
        if self._channel is None or not self.document.trusted:
            return Response(b"", Sw.FUNCTION_NOT_SUPPORTED)
        response = self._terminals.verify(command)
        self._tell_files()
        return response

    def choose(self, command: Command, _: int) -> Response:
        """Answer MSE:Set of PACE, of chip or of terminal authentication."""
        self._pace_step = None
        if command.p1 == PACE_P1 and self.document.pace:
            self._pace_step = 0
            if self.troubles.pace_refused_at == 0:
                return Response(b"", self.troubles.pace_refusal)
            return self._pace.select(command)
        if command.p1 == TERMINAL_P1 and self._channel and self.document.trusted:
            is_issuer = command.p2 == NAMES_ISSUER
            named = self._terminals.name_issuer if is_issuer else self._terminals.name_terminal
            return named(command)
        if command.p1 != CHIP_P1 or not self.document.chip_keys or not self._is_open:
            return Response(b"", Sw.FUNCTION_NOT_SUPPORTED)
        if self.troubles.chip_authentication != Sw.OK:
            return Response(b"", self.troubles.chip_authentication)
        response, self._next_channel = self._chip_keys.select(command)
        return response

    def agree(self, command: Command, _: int) -> Response:
        """Answer GENERAL AUTHENTICATE for whatever was chosen."""
        if self._pace_step is None:
            response, self._next_channel = self._chip_keys.authenticate(command)
            return response
        self._pace_step += 1
        if self._pace_step == self.troubles.pace_refused_at:
            return Response(b"", self.troubles.pace_refusal)
        response, self._next_channel = self._pace.authenticate(command)
        self._identity = self._pace.chip
        return _with_spoilt_object(response, self.troubles.pace_spoilt)

    def sign(self, command: Command, _: int) -> Response:
        """Answer INTERNAL AUTHENTICATE."""
        key = self.document.signing_key
        if key is None:
            return Response(b"", Sw.INSTRUCTION_NOT_SUPPORTED)
        if not self._is_open:
            return Response(b"", Sw.SECURITY_STATUS_NOT_SATISFIED)
        if self.troubles.active_authentication != Sw.OK:
            return Response(b"", self.troubles.active_authentication)
        challenge = bytes(8) if self.troubles.signs_wrongly else command.data
        signing = ActiveAuthenticationChip(key, self.document.signing_hash)
        return Response(signing.sign(challenge, self.draw), Sw.OK)


_COMMANDS: Final[Mapping[int, Callable[[Chip, Command, int], Response]]] = {
    0xA4: Chip.select,
    0xB0: Chip.read,
    0xB1: Chip.read,
    0x84: Chip.challenge_or_check,
    0x82: Chip.challenge_or_check,
    0x2A: Chip.verify,
    0x22: Chip.choose,
    0x86: Chip.agree,
    0x88: Chip.sign,
}


def seeded(seed: int) -> Draw:
    """Return a source of random bytes that is the same for the same seed."""
    return Random(seed).randbytes  # noqa: S311  # a simulated chip's keys protect nothing


def _as_if_more(command: Command, size: int) -> Response:
    """Return zeros, as whichever READ BINARY gives them."""
    if command.ins != READ_ODD:
        return Response(bytes(size), Sw.OK)
    return Response(tlv.encode(DISCRETIONARY, bytes(content_of(size))), Sw.OK)


def _most(command: Command, manner: Manner) -> int:
    """Return the longest answer to a command, protection included."""
    return min(manner.most_bytes, EXTENDED_LE if command.is_extended else SHORT_LE)


def _is_less(response: Response, command: Command) -> bool:
    return len(response.data) < min(command.le or 0, SHORT_LE)


def _more(data: bytes) -> Response:
    return Response(b"", MORE_DATA_SW1 << 8 | min(len(data), SHORT_LE) % SHORT_LE)


def _with_spoilt_object(response: Response, tag: int | None) -> Response:
    """Return an answer of PACE with the last bit of one object flipped."""
    if tag is None or response.sw != Sw.OK or not response.data:
        return response
    items = tlv.decode_all(tlv.decode_one(response.data, DYNAMIC))
    inside = b"".join(
        tlv.encode(item.tag, _flipped(item.value) if item.tag == tag else item.value)
        for item in items
    )
    return Response(tlv.encode(DYNAMIC, inside), response.sw)


def _flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1]) if value else value


def _without(tag: int) -> Callable[[Response], Response]:
    def left(sealed: Response) -> Response:
        items = (item for item in tlv.decode_all(sealed.data) if item.tag != tag)
        return Response(b"".join(tlv.encode(item.tag, item.value) for item in items), sealed.sw)

    return left


def _altered(sealed: Response) -> Response:
    """Flip the last bit of the first object: of the ciphertext, where there is one."""
    first, rest = tlv.decode(sealed.data)
    assert first is not None
    return Response(tlv.encode(first.tag, _flipped(first.value)) + rest, sealed.sw)


_SPOILS: Final[Mapping[Messaging, Callable[[Response], Response]]] = {
    Messaging.SOUND: lambda sealed: sealed,
    Messaging.WRONG_MAC: lambda sealed: Response(_flipped(sealed.data), sealed.sw),
    Messaging.NO_MAC: _without(MAC),
    Messaging.NO_STATUS: _without(STATUS),
    Messaging.OTHER_STATUS: lambda sealed: Response(sealed.data, Sw.END_OF_FILE),
    Messaging.ALTERED: _altered,
    Messaging.BARE: lambda sealed: Response(b"", sealed.sw),
    Messaging.CUT: lambda sealed: Response(sealed.data[:-1], sealed.sw),
}
