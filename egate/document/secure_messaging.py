"""Secure messaging: the channel after access control, both ends of it.

    command     CLA with bits 0C; data: 87 (01 and ciphertext) or, for an odd INS, 85 (ciphertext),
                97 (Le as it was asked), 8E (MAC)
    response    87 or 85, 99 (status word), 8E (MAC)
    MAC over    counter || header, padded || data objects, padded; a response has no header

The counter goes up by one before each command and each response. The first thing that does not
verify ends the channel: from then on it protects and gives out nothing. A bare status word from
the chip is such a thing, for only the MAC tells a chip from somebody between.

Source: ICAO 9303-11, 9.8 and appendix D.4; ISO/IEC 7816-4:2013, 10 and 5.4.1 (odd INS).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from egate.document.dialogue import ChipError
from egate.document.key_derivation import SessionKeys
from egate.document.symmetric import MAC_BYTES, Cipher, PaddingBroken, is_same, unpad
from egate.wire import tlv
from egate.wire.apdu import EXTENDED_LE, SHORT_DATA, SHORT_LE, Command, Response
from egate.wire.errors import FrameError

PROTECTED: Final = 0x0C  # ISO/IEC 7816-4 table 2: secure messaging, header authenticated
CRYPTOGRAM, CRYPTOGRAM_ODD, LE, STATUS, MAC = 0x87, 0x85, 0x97, 0x99, 0x8E
PADDED: Final = b"\x01"  # ISO/IEC 7816-4, 10.4: padding as method 2
STATUS_AND_MAC_BYTES: Final = 2 + 2 + 2 + MAC_BYTES
COMMAND_OBJECTS: Final = ((CRYPTOGRAM, CRYPTOGRAM_ODD), (LE,), (MAC,))
RESPONSE_OBJECTS: Final = ((CRYPTOGRAM, CRYPTOGRAM_ODD), (STATUS,), (MAC,))


class ChannelBroken(ChipError):
    """Something on the channel does not verify; the channel is closed and gave out nothing.

    `sw` is what the chip answered, unprotected; it may be anybody's.
    """

    def __init__(self, reason: str, sw: int | None = None) -> None:
        super().__init__("secure messaging", sw, reason)


class Channel:
    """One end of a channel, which both ends step alike: a command, its response, a command."""

    def __init__(self, keys: SessionKeys, counter: bytes | None = None) -> None:
        self._keys = keys
        self._cipher = keys.cipher
        self._counter = int.from_bytes(counter or b"")
        self._is_open = True
        self._ins = 0

    def __repr__(self) -> str:
        """Tell the cipher, never a key."""
        return f"Channel({self._cipher.value}, {'open' if self._is_open else 'closed'})"

    @property
    def cipher(self) -> Cipher:
        """What protects it."""
        return self._cipher

    @property
    def counter(self) -> bytes:
        """The send sequence counter as it stands."""
        return self._counter.to_bytes(self._cipher.block_bytes)

    @property
    def is_open(self) -> bool:
        """Whether everything verified so far."""
        return self._is_open

    def close(self) -> None:
        """Let nothing more through, and forget the keys; repeatable."""
        self._is_open = False
        self._keys = SessionKeys(self._cipher, b"", b"")

    def protect(self, command: Command) -> Command:
        """Return `command` as it goes to the chip (terminal's end).

        Raises:
            ChannelBroken: the channel is closed.
        """
        self._step(command.ins)
        objects = b""
        if command.data:
            objects = self._seal(command.data)
        if command.le is not None:
            objects += tlv.encode(LE, _encode_le(command.le))
        cla = command.cla | PROTECTED
        header = self._header(cla, command)
        data = objects + tlv.encode(MAC, self._mac(header, objects))
        le = self._outer_le(len(data), command.le)
        return Command(cla, command.ins, command.p1, command.p2, data, le)

    def unprotect(self, response: Response) -> Response:
        """Return what the chip said (terminal's end).

        Raises:
            ChannelBroken: the chip did not say it like this; the channel is closed.
        """
        with self._closed_unless_verified(response.sw):
            self._step(self._ins)
            if not response.data:
                raise ChannelBroken("unprotected_response", response.sw)
            objects = self._open(response.data, RESPONSE_OBJECTS, b"")
            if objects.get(STATUS) != response.sw.to_bytes(2):
                raise ChannelBroken("status_word_differs", response.sw)
            return Response(self._plain(objects), response.sw)

    def open_command(self, command: Command) -> Command:
        """Return what the terminal asked (chip's end).

        Raises:
            ChannelBroken: the terminal did not ask it like this; the channel is closed.
        """
        with self._closed_unless_verified():
            self._step(command.ins)
            if command.cla & PROTECTED != PROTECTED:
                raise ChannelBroken("unprotected_command")
            header = self._header(command.cla, command)
            objects = self._open(command.data, COMMAND_OBJECTS, header)
            plain = self._plain(objects)
            le = _decode_le(objects.get(LE))
            cla = command.cla & ~PROTECTED
            return Command(cla, command.ins, command.p1, command.p2, plain, le)

    def seal_response(self, response: Response) -> Response:
        """Return `response` as it goes to the terminal (chip's end).

        Raises:
            ChannelBroken: the channel is closed.
        """
        self._step(self._ins)
        objects = self._seal(response.data) if response.data else b""
        objects += tlv.encode(STATUS, response.sw.to_bytes(2))
        data = objects + tlv.encode(MAC, self._mac(b"", objects))
        return Response(data, response.sw)

    def plain_room(self, answer_bytes: int) -> int:
        """Return how much plain data a protected answer of `answer_bytes` can carry."""
        block = self._cipher.block_bytes
        room = answer_bytes - STATUS_AND_MAC_BYTES
        room -= 3 if room <= 0x81 else 4 if room <= 0x102 else 5  # tag, length, padding indicator
        return max(0, room // block * block - 1)

    @contextmanager
    def _closed_unless_verified(self, sw: int | None = None) -> Iterator[None]:
        """Close the channel on whatever goes wrong inside."""
        try:
            yield
        except (FrameError, PaddingBroken) as error:
            self.close()
            raise ChannelBroken("malformed", sw) from error
        except ChannelBroken:
            self.close()
            raise

    def _step(self, ins: int) -> None:
        """Count one message; a closed channel has none."""
        if not self._is_open:
            raise ChannelBroken("channel_is_closed")
        self._ins = ins
        self._counter = (self._counter + 1) % (1 << 8 * self._cipher.block_bytes)

    def _header(self, cla: int, command: Command) -> bytes:
        return self._cipher.pad(bytes((cla, command.ins, command.p1, command.p2)))

    def _mac(self, header: bytes, objects: bytes) -> bytes:
        message = self.counter + header + objects
        if self._cipher is not Cipher.TRIPLE_DES:  # whose MAC pads by itself
            message = self._cipher.pad(message)
        return self._cipher.mac(self._keys.authentication, message)

    def _iv(self) -> bytes:
        """Return the start of CBC: zero for 3DES, the encrypted counter for AES."""
        if self._cipher is Cipher.TRIPLE_DES:
            return bytes(self._cipher.block_bytes)
        return self._cipher.encrypt(self._keys.encryption, self.counter)

    def _seal(self, plain: bytes) -> bytes:
        sealed = self._cipher.encrypt(self._keys.encryption, self._cipher.pad(plain), self._iv())
        if self._ins & 1:
            return tlv.encode(CRYPTOGRAM_ODD, sealed)
        return tlv.encode(CRYPTOGRAM, PADDED + sealed)

    def _open(
        self, data: bytes, allowed: Iterable[tuple[int, ...]], header: bytes
    ) -> dict[int, bytes]:
        """Return the data objects by tag, once their order is the standard's and the MAC holds."""
        items = tlv.decode_all(data, max_items=3)
        _require_order([item.tag for item in items], allowed)
        mac = items[-1].value if items else b""
        authenticated = data[: -MAC_BYTES - 2]
        if len(mac) != MAC_BYTES or data[-MAC_BYTES - 2 : -MAC_BYTES] != bytes((MAC, MAC_BYTES)):
            raise ChannelBroken("mac_missing")
        if not is_same(mac, self._mac(header, authenticated)):
            raise ChannelBroken("mac_differs")
        return {item.tag: item.value for item in items}

    def _plain(self, objects: dict[int, bytes]) -> bytes:
        """Return the decrypted data, whose MAC was compared before."""
        sealed = objects.get(CRYPTOGRAM_ODD if self._ins & 1 else CRYPTOGRAM)
        if sealed is None:
            if CRYPTOGRAM in objects or CRYPTOGRAM_ODD in objects:
                raise ChannelBroken("malformed")
            return b""
        if not self._ins & 1:
            if not sealed.startswith(PADDED):
                raise ChannelBroken("malformed")
            sealed = sealed[1:]
        if not sealed or len(sealed) % self._cipher.block_bytes:
            raise ChannelBroken("malformed")
        return unpad(self._cipher.decrypt(self._keys.encryption, sealed, self._iv()))

    def _outer_le(self, data_bytes: int, le: int | None) -> int:
        """Return the Le of a protected command: "all", in the form its sizes need."""
        wanted = 0 if le in {None, SHORT_LE} else le
        fits = (wanted or 0) <= self.plain_room(SHORT_LE)
        return SHORT_LE if data_bytes <= SHORT_DATA and fits else EXTENDED_LE


def _require_order(tags: list[int], allowed: Iterable[tuple[int, ...]]) -> None:
    """Refuse objects that are foreign, out of order, or there twice."""
    places = [place for tag in tags for place, here in enumerate(allowed) if tag in here]
    if len(places) != len(tags) or places != sorted(set(places)):
        raise ChannelBroken("malformed")


def _encode_le(le: int) -> bytes:
    """Return what 97 holds: one byte up to 256, two above, where all zero is "all"."""
    return (le % SHORT_LE).to_bytes(1) if le <= SHORT_LE else (le % EXTENDED_LE).to_bytes(2)


def _decode_le(raw: bytes | None) -> int | None:
    match raw:
        case None:
            return None
        case bytes() if len(raw) == 1:
            return raw[0] or SHORT_LE
        case bytes() if len(raw) == 2:
            return int.from_bytes(raw) or EXTENDED_LE
        case _:
            raise ChannelBroken("malformed")
