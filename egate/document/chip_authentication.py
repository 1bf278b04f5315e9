"""Chip authentication: the chip agrees new session keys with a static key that is signed in DG14.

    3DES     MSE:Set KAT  91 our key[, 84 key id]
    AES      MSE:Set AT   80 protocol[, 84 key id], then GENERAL AUTHENTICATE 7C { 80 our key }
    both     a new channel from the shared secret, its counter 0

Nothing is proven by the chip's "9000": only a chip that holds the private key can answer on the
new channel. And nothing is proven about the document but by a DG14 that passive authentication
found unaltered.

Source: ICAO 9303-11, 6.2; BSI TR-03110-1, 3.4 (version 1) and TR-03110-3, A.4 and B.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from egate.document.agreement_key import read_agreement_key
from egate.document.dialogue import ChipError, Dialogue, ask
from egate.document.domain_parameters import CurveGroup, Draw, Group, KeyRefused
from egate.document.key_derivation import session_keys
from egate.document.pace import DYNAMIC, encode_oid
from egate.document.secure_messaging import Channel
from egate.document.security_infos import (
    BSI,
    Agreement,
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    SecurityInfos,
)
from egate.document.symmetric import Cipher
from egate.wire import tlv
from egate.wire.apdu import SHORT_LE, Command, Response, Sw
from egate.wire.errors import FrameError

STEP: Final = "chip authentication"
VERSION: Final = 1
MOST_KEYS: Final = 4  # looked at: real chips have one or two, and each costs what its chip likes
MSE: Final = 0x22
KEY_AGREEMENT, AUTHENTICATION = 0xA6, 0xA4  # P2 of MSE:Set KAT and MSE:Set AT
OUR_KEY, KEY_ID, PROTOCOL = 0x91, 0x84, 0x80
_CIPHERS: Final = {
    "1": Cipher.TRIPLE_DES,
    "2": Cipher.AES_128,
    "3": Cipher.AES_192,
    "4": Cipher.AES_256,
}
_OLD_PROTOCOLS: Final = {Agreement.DH: f"{BSI}.3.1.1", Agreement.ECDH: f"{BSI}.3.2.1"}


@dataclass(frozen=True, slots=True)
class ChipKey:
    """A static key of the chip, and how it is used."""

    oid: str
    cipher: Cipher
    group: Group
    public: bytes
    key_id: int | None = None

    def __str__(self) -> str:
        """Name it for evidence, such as `aes-128 brainpoolP256r1`."""
        return f"{self.cipher.value} {self.group.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Agreed:
    """The new channel, which is yet to be tried, and our key compressed, by which we are named."""

    channel: Channel
    our_key: bytes


def is_listed(infos: SecurityInfos) -> bool:
    """Say whether these infos (of DG14) say that the chip does chip authentication."""
    kinds = (ChipAuthenticationInfo, ChipAuthenticationPublicKeyInfo)
    return any(isinstance(info, kinds) for info in infos)


def chip_keys(infos: SecurityInfos) -> tuple[ChipKey, ...]:
    """Return the keys that can be used, the strongest first; what is not spoken is left out.

    Of the keys listed, no more than MOST_KEYS are looked at.
    A key that no ChipAuthenticationInfo speaks of is used with 3DES, as the first edition did.
    """
    spoken = [info for info in infos if isinstance(info, ChipAuthenticationInfo)]
    listed = [info for info in infos if isinstance(info, ChipAuthenticationPublicKeyInfo)]
    found: list[ChipKey] = []
    for info in listed[:MOST_KEYS]:
        found += _keys_of(info, _uses_of(info, spoken))
    found.sort(key=_strength, reverse=True)
    return tuple(found)


def authenticate_chip(chosen: ChipKey, draw: Draw) -> Dialogue[Agreed]:
    """Agree new keys on the channel there is; return what was agreed.

    Raises:
        ChipError: `refused`; the old channel is still the one in force.
    """
    own = chosen.group.pair(chosen.group.private(draw))
    if chosen.cipher is Cipher.TRIPLE_DES:
        data = tlv.encode(OUR_KEY, own.public) + _key_reference(chosen)
        yield from ask(STEP, Command(0x00, MSE, 0x41, KEY_AGREEMENT, data))
    else:
        data = tlv.encode(PROTOCOL, encode_oid(chosen.oid)) + _key_reference(chosen)
        yield from ask(STEP, Command(0x00, MSE, 0x41, AUTHENTICATION, data))
        sent = tlv.encode(DYNAMIC, tlv.encode(0x80, own.public))
        yield from ask(STEP, Command(0x00, 0x86, 0x00, 0x00, sent, SHORT_LE))
    try:
        secret = own.agree(chosen.public)
    except KeyRefused as error:
        raise ChipError(STEP, reason="key_refused") from error
    return Agreed(Channel(session_keys(secret, chosen.cipher)), chosen.group.compress(own.public))


@dataclass(slots=True, repr=False)
class ChipAuthenticationChip:
    """The chip's part: its static keys and their private halves.

    `terminal_key` is the terminal's last one, compressed; empty before.
    """

    keys: tuple[tuple[ChipKey, int], ...]
    terminal_key: bytes = b""
    _chosen: tuple[ChipKey, int] | None = None

    def select(self, command: Command) -> tuple[Response, Channel | None]:
        """Answer MSE:Set KAT, with the new channel, or MSE:Set AT, without."""
        try:
            items = tlv.decode_all(command.data, max_items=8)
        except FrameError:
            return Response(b"", Sw.INCORRECT_DATA), None
        self._chosen = self._named(tlv.find(items, PROTOCOL), tlv.find(items, KEY_ID))
        if self._chosen is None:
            return Response(b"", Sw.REFERENCED_DATA_NOT_FOUND), None
        if command.p2 == KEY_AGREEMENT:
            return self._agree(tlv.find(items, OUR_KEY) or b"", b"")
        return Response(b"", Sw.OK), None

    def authenticate(self, command: Command) -> tuple[Response, Channel | None]:
        """Answer GENERAL AUTHENTICATE, with the new channel."""
        try:
            items = tlv.decode_all(tlv.decode_one(command.data, DYNAMIC), max_items=8)
        except FrameError:
            return Response(b"", Sw.INCORRECT_DATA), None
        return self._agree(tlv.find(items, 0x80) or b"", tlv.encode(DYNAMIC, b""))

    def _named(self, protocol: bytes | None, key_id: bytes | None) -> tuple[ChipKey, int] | None:
        wanted = int.from_bytes(key_id) if key_id is not None else None
        for key, private in self.keys:
            is_old = protocol is None and key.cipher is Cipher.TRIPLE_DES
            if (is_old or encode_oid(key.oid) == protocol) and wanted == key.key_id:
                return key, private
        return None

    def _agree(self, theirs: bytes, answer: bytes) -> tuple[Response, Channel | None]:
        chosen, self._chosen = self._chosen, None
        if chosen is None:
            return Response(b"", Sw.CONDITIONS_OF_USE_NOT_SATISFIED), None
        key, private = chosen
        try:
            secret = key.group.pair(private).agree(theirs)
        except KeyRefused:
            return Response(b"", Sw.INCORRECT_DATA), None
        self.terminal_key = key.group.compress(theirs)
        return Response(answer, Sw.OK), Channel(session_keys(secret, key.cipher))


def _uses_of(
    key: ChipAuthenticationPublicKeyInfo, spoken: Iterable[ChipAuthenticationInfo]
) -> list[tuple[str, int | None]]:
    """Return protocol and key id of every use of a key; without an id, a key is for any."""
    same = [info for info in spoken if info.agreement is key.agreement]
    if not same:
        return [(_OLD_PROTOCOLS[key.agreement], key.key_id)]
    return [
        (info.protocol, key.key_id if key.key_id is not None else info.key_id)
        for info in same
        if info.version == VERSION
        and (info.key_id == key.key_id or None in {info.key_id, key.key_id})
    ]


def _keys_of(
    info: ChipAuthenticationPublicKeyInfo, uses: list[tuple[str, int | None]]
) -> list[ChipKey]:
    try:
        group, public = read_agreement_key(info.public_key)
    except KeyRefused:
        return []
    if isinstance(group, CurveGroup) is not (info.agreement is Agreement.ECDH):
        return []
    return [
        ChipKey(oid, _CIPHERS[oid.rpartition(".")[2]], group, public, key_id)
        for oid, key_id in uses
    ]


def _strength(key: ChipKey) -> tuple[bool, bool, int, int]:
    return (
        key.cipher is not Cipher.TRIPLE_DES,
        isinstance(key.group, CurveGroup),
        key.cipher.key_bytes,
        key.group.prime.bit_length(),
    )


def _key_reference(key: ChipKey) -> bytes:
    if key.key_id is None:
        return b""
    return tlv.encode(KEY_ID, key.key_id.to_bytes(max(1, (key.key_id.bit_length() + 7) // 8)))
