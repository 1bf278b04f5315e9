"""PACE: a password opens the chip, and only who knows it can listen.

    MSE:Set AT                 80 protocol, 83 password (1 zone, 2 CAN)[, 84 domain parameters]
    GENERAL AUTHENTICATE       terminal 7C            chip 7C
      1 nonce                  nothing                80 nonce under the password
      2 mapping                81 key, or nonce t     82 key, or nothing
      3 key agreement          83 key                 84 key
      4 mutual authentication  85 token               86 token[, 87 and 88 whom it trusts]
                                                      [, 8A sealed authentication data]
    token                      MAC over 7F49 { 06 protocol, 86 or 84 the other's key of step 3 }

The chip's keys are looked at before use, and none may be the terminal's own. Whether another way
in may follow a failure is the caller's decision, never made here. With chip authentication
mapping the chip also proves that it holds a key of EF.CardSecurity: see `holds_key_of`.

Source: ICAO 9303-11, 4.4 (protocol), 9.2.2 (PACEInfo), appendices G, H and I (worked examples).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final

from egate.document.dialogue import ChipError, Dialogue, ask
from egate.document.domain_parameters import (
    CurveGroup,
    Draw,
    Group,
    KeyRefused,
    Pair,
    standardised,
)
from egate.document.key_derivation import PASSWORD, SessionKeys, derive, session_keys
from egate.document.mrz_key import MrzKey
from egate.document.pace_mapping import generic, integrated
from egate.document.secure_messaging import Channel
from egate.document.symmetric import Cipher, PaddingBroken, is_same, unpad
from egate.wire import tlv
from egate.wire.apdu import SHORT_LE, Command, Sw
from egate.wire.errors import FrameError
from egate.wire.tlv import Tlv

STEP: Final = "PACE"
DYNAMIC: Final = 0x7C  # dynamic authentication data, ISO/IEC 7816-4 table 59
TRUSTED: Final = (0x87, 0x88)  # references of the authorities, 9303-11, 4.4.3.5
MOST_NONCE_BYTES: Final = 64
CAN_REFERENCE, MRZ_REFERENCE = 2, 1  # 9303-11, 4.4.4.1
PROTOCOLS: Final = "0.4.0.127.0.7.2.2.4"  # id-PACE


class Mapping(Enum):
    """How the nonce becomes a generator; the value is its name in findings."""

    GENERIC = "generic"
    INTEGRATED = "integrated"
    CHIP_AUTHENTICATION = "chip_authentication"


_MAPPINGS: Final = {
    1: (Mapping.GENERIC, False),
    2: (Mapping.GENERIC, True),
    3: (Mapping.INTEGRATED, False),
    4: (Mapping.INTEGRATED, True),
    6: (Mapping.CHIP_AUTHENTICATION, True),
}
_CIPHERS: Final = {1: Cipher.TRIPLE_DES, 2: Cipher.AES_128, 3: Cipher.AES_192, 4: Cipher.AES_256}
_PREFERENCE: Final = (Mapping.CHIP_AUTHENTICATION, Mapping.GENERIC, Mapping.INTEGRATED)


@dataclass(frozen=True, slots=True)
class Offer:
    """One PACEInfo that can be spoken: the protocol and its group."""

    oid: str
    parameter_id: int
    mapping: Mapping
    cipher: Cipher
    group: Group

    def __str__(self) -> str:
        """Name it for evidence, such as `generic aes-128 brainpoolP256r1`."""
        return f"{self.mapping.value} {self.cipher.value} {self.group.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Password:
    """What the terminal was shown: which one it is, and its bytes."""

    reference: int
    secret: bytes

    @classmethod
    def from_mrz(cls, key: MrzKey) -> "Password":
        """Return the password of a printed zone."""
        return cls(MRZ_REFERENCE, key.password)

    @classmethod
    def from_can(cls, can: str) -> "Password":
        """Return the password of a card access number, the digits printed on a card."""
        return cls(CAN_REFERENCE, can.encode("latin-1"))


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """What PACE ended with; the last two are the evidence of chip authentication mapping.

    The keys of step 3 are compressed, as terminal authentication names chip and terminal by them;
    `trusted` is whom the chip says it trusts, the newest first.
    """

    channel: Channel
    offer: Offer
    chip: bytes
    our_key: bytes
    trusted: tuple[bytes, ...] = ()
    mapping_key: bytes = b""
    authentication_data: bytes = b""


def offer(oid: str, parameter_id: int | None) -> Offer | None:
    """Return what a PACEInfo offers; None when it is not spoken here."""
    family, _, rest = oid.rpartition(".")
    root, _, mapping_id = family.rpartition(".")
    if root != PROTOCOLS or not (mapping_id.isdigit() and rest.isdigit()):
        return None
    mapping, is_curve = _MAPPINGS.get(int(mapping_id), (None, False))
    cipher = _CIPHERS.get(int(rest))
    group = standardised(parameter_id) if parameter_id is not None else None
    if mapping is None or cipher is None or group is None or parameter_id is None:
        return None
    if is_curve is not isinstance(group, CurveGroup) or not _exists(mapping, cipher, group):
        return None
    return Offer(oid, parameter_id, mapping, cipher, group)


def best(offers: Iterable[Offer]) -> Offer | None:
    """Return the offer to take: the one that also authenticates the chip, then the strongest."""
    return min(
        offers,
        key=lambda one: (
            _PREFERENCE.index(one.mapping),
            not isinstance(one.group, CurveGroup),
            one.cipher is Cipher.TRIPLE_DES,
            -one.cipher.key_bytes,
            -one.group.order.bit_length(),
        ),
        default=None,
    )


def open_chip(
    chosen: Offer, password: Password, draw: Draw, *, is_ambiguous: bool = False
) -> Dialogue[Opened]:
    """Open the chip with a password; return the channel.

    `is_ambiguous`: the chip has several sets of domain parameters, so the one meant is named.

    Raises:
        ChipError: `refused`, `malformed`, `key_refused`, `key_reflected`, `password_refused`,
            `chip_not_authenticated`, or `authentication_data_missing`.
    """
    yield from ask(STEP, _select(chosen, password, is_ambiguous=is_ambiguous))
    answer = yield from _ask(b"")
    nonce = decrypt_nonce(chosen, password, _value(answer, 0x80))
    mapped, mapping_key = yield from _map(chosen, nonce, draw)
    own = mapped.pair(mapped.private(draw))
    theirs = yield from _swap(own, (0x83, 0x84))
    with _refusing_keys():
        keys = session_keys(own.agree(theirs), chosen.cipher)
    answer = yield from _authenticate(token(chosen, keys, theirs))
    if not is_same(tlv.find(answer, 0x86) or b"", token(chosen, keys, own.public)):
        raise ChipError(STEP, reason="chip_not_authenticated")
    data = b""
    if chosen.mapping is Mapping.CHIP_AUTHENTICATION:
        data = _open_data(keys, tlv.find(answer, 0x8A) or b"")
    told = tuple(item.value for item in answer if item.tag in TRUSTED)
    compressed = mapped.compress(theirs), mapped.compress(own.public)
    return Opened(Channel(keys), chosen, *compressed, told, mapping_key, data)


def holds_key_of(opened: Opened, chip_key: bytes) -> bool:
    """Say whether the chip proved that it holds the private half of `chip_key`.

    `chip_key` is a key of EF.CardSecurity, in the group PACE ran in; the proof is worth what the
    signature of that file is.
    """
    group = opened.offer.group
    number = int.from_bytes(opened.authentication_data)
    if opened.offer.mapping is not Mapping.CHIP_AUTHENTICATION or not 0 < number < group.order:
        return False
    try:
        return is_same(group.pair(number).shared(chip_key), opened.mapping_key)
    except KeyRefused:
        return False


def decrypt_nonce(chosen: Offer, password: Password, sealed: bytes) -> bytes:
    """Return the chip's nonce; another password gives another nonce, not an error.

    Raises:
        ChipError: `malformed`.
    """
    cipher = chosen.cipher
    if not 16 <= len(sealed) <= MOST_NONCE_BYTES or len(sealed) % cipher.block_bytes:
        raise ChipError(STEP, reason="malformed")
    return cipher.decrypt(derive(password.secret, PASSWORD, cipher), sealed)


def token(chosen: Offer, keys: SessionKeys, public: bytes) -> bytes:
    """Return the authentication token over a key of step 3."""
    tag = 0x86 if isinstance(chosen.group, CurveGroup) else 0x84
    named = tlv.encode(0x06, encode_oid(chosen.oid)) + tlv.encode(tag, public)
    return chosen.cipher.mac(keys.authentication, tlv.encode(0x7F49, named))


def data_start(keys: SessionKeys) -> bytes:
    """Return the start of CBC that chip authentication data is sealed with (9303-11, 4.4.3.5)."""
    return keys.cipher.encrypt(keys.encryption, b"\xff" * keys.cipher.block_bytes)


def encode_oid(dotted: str) -> bytes:
    """Return the bytes of an object identifier, without tag and length.

    >>> encode_oid("0.4.0.127.0.7.2.2.4.2.2").hex()
    '04007f00070202040202'
    """
    first, second, *arcs = (int(arc) for arc in dotted.split("."))
    encoded = b""
    for arc in (40 * first + second, *arcs):
        groups = [arc >> shift & 0x7F for shift in range(0, max(1, arc.bit_length()), 7)]
        encoded += bytes(group | 0x80 for group in groups[:0:-1]) + bytes(groups[:1])
    return encoded


def _exists(mapping: Mapping, cipher: Cipher, group: Group) -> bool:
    """Say whether the standard has this combination: no P-224 in IM, no 3DES in CAM."""
    if mapping is Mapping.INTEGRATED and isinstance(group, CurveGroup):
        return group.prime % 4 == 3
    return mapping is not Mapping.CHIP_AUTHENTICATION or cipher is not Cipher.TRIPLE_DES


def _select(chosen: Offer, password: Password, *, is_ambiguous: bool) -> Command:
    """Return MSE:Set AT; it has no Le, for some chips then refuse PACE."""
    data = tlv.encode(0x80, encode_oid(chosen.oid))
    data += tlv.encode(0x83, bytes((password.reference,)))
    if is_ambiguous:
        data += tlv.encode(0x84, bytes((chosen.parameter_id,)))
    return Command(0x00, 0x22, 0xC1, 0xA4, data)


def _map(chosen: Offer, nonce: bytes, draw: Draw) -> Dialogue[tuple[Group, bytes]]:
    """Agree on the mapped group; return it and the chip's mapping key, if there was one."""
    if chosen.mapping is Mapping.INTEGRATED:
        terminal_nonce = draw(chosen.cipher.key_bytes)
        yield from _ask(tlv.encode(0x81, terminal_nonce))
        with _refusing_keys():
            return integrated(chosen.group, chosen.cipher, nonce, terminal_nonce), b""
    own = chosen.group.pair(chosen.group.private(draw))
    theirs = yield from _swap(own, (0x81, 0x82))
    with _refusing_keys():
        return generic(chosen.group, nonce, own.shared(theirs)), theirs


def _swap(own: Pair, tags: tuple[int, int]) -> Dialogue[bytes]:
    """Send our public key; return the chip's, which was compared with ours and not looked at."""
    answer = yield from _ask(tlv.encode(tags[0], own.public))
    theirs = _value(answer, tags[1])
    if theirs.lstrip(b"\0") == own.public.lstrip(b"\0"):  # a number may come shortened
        raise ChipError(STEP, reason="key_reflected")
    return theirs


def _authenticate(own_token: bytes) -> Dialogue[tuple[Tlv, ...]]:
    """Send our token; return the chip's answer, when it took it."""
    command = _command(tlv.encode(0x85, own_token), cla=0x00)
    response = yield command
    if response.sw != Sw.OK:
        raise ChipError(STEP, response.sw, "password_refused")
    return _dynamic(response.data)


def _ask(data: bytes) -> Dialogue[tuple[Tlv, ...]]:
    """Carry out one step of the chain; return the data objects of the answer."""
    response = yield from ask(STEP, _command(data, cla=0x10))
    return _dynamic(response.data)


def _command(data: bytes, *, cla: int) -> Command:
    """Return GENERAL AUTHENTICATE; the class says whether more of the chain follows."""
    return Command(cla, 0x86, 0x00, 0x00, tlv.encode(DYNAMIC, data), SHORT_LE)


def _dynamic(data: bytes) -> tuple[Tlv, ...]:
    """Return what dynamic authentication data holds; an empty answer holds nothing."""
    try:
        return tlv.decode_all(tlv.decode_one(data, DYNAMIC), max_items=8) if data else ()
    except FrameError as error:
        raise ChipError(STEP, reason="malformed") from error


def _value(answer: tuple[Tlv, ...], tag: int) -> bytes:
    value = tlv.find(answer, tag)
    if value is None:
        raise ChipError(STEP, reason="malformed")
    return value


def _open_data(keys: SessionKeys, sealed: bytes) -> bytes:
    """Return the chip authentication data of the last step."""
    if not sealed or len(sealed) % keys.cipher.block_bytes:
        raise ChipError(STEP, reason="authentication_data_missing")
    try:
        return unpad(keys.cipher.decrypt(keys.encryption, sealed, data_start(keys)))
    except PaddingBroken as error:
        raise ChipError(STEP, reason="authentication_data_missing") from error


@contextmanager
def _refusing_keys() -> Iterator[None]:
    try:
        yield
    except KeyRefused as error:
        raise ChipError(STEP, reason="key_refused") from error
