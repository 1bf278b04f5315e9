"""A reader of cards behind PC/SC: pcscd and its drivers, asked through pyscard.

PC/SC promises less than it seems to. No transmit has a time limit: a silent card holds it until
the card is taken out, and a slow USB reader holds pcscd itself. A card swapped between two of
pcscd's polls (0.4 s) is answered for under the old handle, so here the first failure ends a
session for good. pyscard's CardMonitor dies with pcscd: states are asked for, in turns of a
second, and a service that is gone is told as such; close, open again. A card that follows within
a poll on one that failed its reset is not seen by pcscd 1.9.9: it has to be taken out once more.

Neither pcscd nor pyscard follows up 61xx and 6Cxx, and T=0 cannot carry an extended APDU, nor the
Le of a command with data.

Source: PC/SC Workgroup specification, part 5; pcsclite API; ISO/IEC 7816-3, 12 (T=0);
research/emrtd.md 2.3; research/hardware.md 1.3 (measured).
"""

from collections.abc import Callable, Mapping
import contextlib
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final

from smartcard import scard

from egate.ports.card_reader import Card, CardGone, CardMute, CardReader
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.profile.settings import CardReaderSettings
from egate.wire.apdu import EXTENDED_LE, MORE_DATA_SW1, WRONG_LE_SW1, Command, decode_command
from egate.wire.errors import FrameError

DEVICE: Final = "card reader"
TURN_S: Final = 1.0  # how long pcscd is asked to wait at a time
MOST_FOLLOW_UPS: Final = 512  # 64 KiB in pieces of 128 bytes
BOTH: Final = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
GONE: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE
PCI: Final = {
    scard.SCARD_PROTOCOL_T0: scard.SCARD_PCI_T0,
    scard.SCARD_PROTOCOL_T1: scard.SCARD_PCI_T1,
}

# What is not here means that the reader is lost: close it and open it again.
ERRORS: Final[Mapping[int, type[DeviceError]]] = {
    scard.SCARD_W_REMOVED_CARD: CardGone,
    scard.SCARD_W_RESET_CARD: CardGone,
    scard.SCARD_W_UNPOWERED_CARD: CardGone,
    scard.SCARD_E_NO_SMARTCARD: CardGone,
    scard.SCARD_E_NOT_TRANSACTED: CardGone,
    scard.SCARD_W_UNRESPONSIVE_CARD: CardMute,
    scard.SCARD_E_SHARING_VIOLATION: DeviceRefused,
    scard.SCARD_E_PROTO_MISMATCH: DeviceRefused,
    scard.SCARD_W_UNSUPPORTED_CARD: DeviceRefused,
}


class PcscCard:
    """A Card behind a PC/SC handle; made by PcscReader.connect."""

    def __init__(self, session: int, handle: int, protocol: int) -> None:
        self.session = session
        self.answer_to_reset = b""
        self.has_broken_off = False
        self._handle = handle
        self._protocol = protocol
        self._is_over = False

    @property
    def is_contactless(self) -> bool:
        return self.answer_to_reset.startswith(b"\x80\x01", 2)  # PC/SC part 3, 3.1.3.2.3

    @property
    def has_extended_length(self) -> bool:
        return bool(self._protocol != scard.SCARD_PROTOCOL_T0)

    def hold(self) -> None:
        """Keep every other program from the card, and note what it said to power."""
        _require(scard.SCardBeginTransaction(self._handle))
        result, _, _, _, said = scard.SCardStatus(self._handle)
        _require(result)
        self.answer_to_reset = bytes(said)

    def transmit(self, command: bytes) -> bytes:
        if self._is_over:
            raise CardGone(DEVICE, "the session is over")
        carried = self._as_carried(command)
        try:
            return _whole_answer(self._exchange, carried)
        except DeviceError:
            self.break_off()
            raise

    def break_off(self) -> None:
        """End a session that went wrong; whoever connects next powers the card up anew."""
        self.has_broken_off = True
        self._end(scard.SCARD_LEAVE_CARD)  # unpowering a card that left confuses pcscd

    def close(self) -> None:
        if not self._is_over:
            self._end(scard.SCARD_UNPOWER_CARD)

    def restart(self) -> None:
        """Power the card up anew: it may hold the keys of a session that broke off."""
        exclusive, unpower = scard.SCARD_SHARE_EXCLUSIVE, scard.SCARD_UNPOWER_CARD
        result, self._protocol = scard.SCardReconnect(self._handle, exclusive, BOTH, unpower)
        _require(result)

    def _end(self, disposition: int) -> None:
        self._is_over = True
        scard.SCardEndTransaction(self._handle, disposition)
        scard.SCardDisconnect(self._handle, disposition)

    def _as_carried(self, command: bytes) -> Command:
        """Return the command as the line can carry it."""
        try:
            read = decode_command(command)
        except FrameError as error:
            raise DeviceRefused(DEVICE, str(error)) from error
        if self.has_extended_length:
            return read
        if read.is_extended:
            raise DeviceRefused(DEVICE, "T=0 carries no extended APDU")
        return replace(read, le=None) if read.data else read

    def _exchange(self, command: bytes) -> bytes:
        result, said = scard.SCardTransmit(self._handle, PCI[self._protocol], list(command))
        _require(result)
        if not said:
            raise CardGone(DEVICE, "it left without an answer")
        return bytes(said)


class PcscReader:
    """A CardReader over the slots whose names match one pattern."""

    def __init__(self, pattern: str, clock: Callable[[], float]) -> None:
        self._pattern = pattern
        self._clock = clock
        self._sessions = 0
        self._card: PcscCard | None = None
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _require(result)
        try:
            self._slots = self._matching_slots()
        except DeviceError:
            self.close()
            raise

    def wait_for_card(self, timeout_s: float) -> bool:
        return self._wait(lambda states: any(map(_has_card, states.values())), timeout_s)

    def wait_for_removal(self, timeout_s: float) -> bool:
        return self._wait(lambda states: not any(map(_has_card, states.values())), timeout_s)

    def connect(self) -> Card:
        has_broken_off = self._end_session()
        states = self._states({}, 0.0)
        slot = next((name for name, state in states.items() if _has_card(state)), None)
        if slot is None:
            raise CardGone(DEVICE, "there is no card")
        exclusive = scard.SCARD_SHARE_EXCLUSIVE
        result, handle, protocol = scard.SCardConnect(self._context, slot, exclusive, BOTH)
        _require(result)
        self._sessions += 1
        self._card = card = PcscCard(self._sessions, handle, protocol)
        try:
            if has_broken_off:
                card.restart()
            card.hold()
        except DeviceError:
            card.break_off()
            raise
        return card

    def close(self) -> None:
        self._end_session()
        with contextlib.suppress(TypeError):  # pyscard's word for a context that never was
            scard.SCardReleaseContext(self._context)

    def _end_session(self) -> bool:
        """End the session there may be; return whether the last one broke off."""
        if self._card is None:
            return False
        self._card.close()
        return self._card.has_broken_off

    def _matching_slots(self) -> tuple[str, ...]:
        result, names = scard.SCardListReaders(self._context, [])
        _require(result)
        slots = tuple(sorted(name for name in names if fnmatchcase(name, self._pattern)))
        if not slots:
            there = f"none of {len(names)} readers has a name like {self._pattern}"
            raise DeviceLost(DEVICE, f"{there}: there is {', '.join(sorted(names))}")
        return slots

    def _wait(self, is_so: Callable[[Mapping[str, int]], bool], timeout_s: float) -> bool:
        """Return True as soon as it is so, False when it is not so in time."""
        deadline_s = self._clock() + timeout_s
        states = self._states({}, 0.0)
        while not is_so(states):
            left_s = deadline_s - self._clock()
            if left_s <= 0:
                return False
            states = self._states(states, min(left_s, TURN_S))
        return True

    def _states(self, known: Mapping[str, int], timeout_s: float) -> dict[str, int]:
        """Return the state of each slot as soon as one is not as known, or after a while."""
        asked = [(slot, known.get(slot, scard.SCARD_STATE_UNAWARE)) for slot in self._slots]
        result, told = scard.SCardGetStatusChange(self._context, round(timeout_s * 1000), asked)
        if result != scard.SCARD_E_TIMEOUT:
            _require(result)
        states = {slot: state & ~scard.SCARD_STATE_CHANGED for slot, state, _ in told}
        if any(state & GONE for state in states.values()):
            raise DeviceLost(DEVICE, "the reader was unplugged")
        return states


def build(settings: CardReaderSettings, clock: Callable[[], float]) -> CardReader:
    """Open the reader the profile names; `clock` is monotonic.

    Raises:
        DeviceLost: pcscd does not run, or has no such reader.
    """
    return PcscReader(settings.reader, clock)


def _whole_answer(exchange: Callable[[bytes], bytes], command: Command) -> bytes:
    """Send a command and what its answer asks for: 6Cxx the right Le, once; 61xx the rest."""
    said = _with_right_le(exchange, command)
    data = b""
    for _ in range(MOST_FOLLOW_UPS):
        data += said[:-2]
        if len(said) < 2 or len(data) > EXTENDED_LE:
            raise DeviceGarbled(DEVICE, f"a response of {len(said)} bytes, {len(data)} before")
        if said[-2] != MORE_DATA_SW1:
            return data + said[-2:]
        said = _with_right_le(exchange, Command(0x00, 0xC0, 0x00, 0x00, le=said[-1] or 0x100))
    raise DeviceGarbled(DEVICE, "an answer that does not end")


def _with_right_le(exchange: Callable[[bytes], bytes], command: Command) -> bytes:
    said = exchange(command.encode())
    if len(said) != 2 or said[0] != WRONG_LE_SW1:
        return said
    return exchange(replace(command, le=said[1] or 0x100).encode())


def _has_card(state: int) -> bool:
    return bool(state & scard.SCARD_STATE_PRESENT)


def _require(result: int) -> None:
    """Return when PC/SC says that it was done.

    Raises:
        DeviceError: as ERRORS has it.
    """
    if result != scard.SCARD_S_SUCCESS:
        raise ERRORS.get(result, DeviceLost)(DEVICE, scard.SCardGetErrorMessage(result))
