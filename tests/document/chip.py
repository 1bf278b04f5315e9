"""A chip for the tests of a reading: files, access control and proofs, answering in-process.

What it computes is egate.document's chip side; what can be odd about it are its fields.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from egate.document.active_authentication import ActiveAuthenticationChip
from egate.document.basic_access_control import BasicAccessControlChip
from egate.document.chip_authentication import ChipAuthenticationChip, ChipKey
from egate.document.chip_side import PaceChip
from egate.document.domain_parameters import GROUPS
from egate.document.lds import CARD_ACCESS, CARD_SECURITY, COM, DATA_GROUPS, SOD
from egate.document.mrz_key import MrzKey
from egate.document.pace import Offer, Password, encode_oid
from egate.document.secure_messaging import Channel, ChannelBroken
from egate.document.security_infos import BSI
from egate.document.symmetric import Cipher
from egate.wire import tlv
from egate.wire.apdu import SHORT_LE, Command, Response, Sw
from simulators import pki

ZONE = MrzKey("L898902C", "690806", "940623")
CAN = "123456"
FILE_NOT_FOUND = Response(b"", Sw.FILE_NOT_FOUND)
DENIED = Response(b"", Sw.SECURITY_STATUS_NOT_SATISFIED)
REFUSED = Response(b"", Sw.INSTRUCTION_NOT_SUPPORTED)
SIGNER = pki.document_signer(pki.country_signer())
Change = Callable[[Command, Response], Response]


@dataclass
class Chip:
    """One chip; `change` is the last thing an answer passes, `change_plain` the last before SM."""

    application: dict[int, bytes]
    master: dict[int, bytes] = field(default_factory=dict)
    pace: PaceChip | None = None
    basic: BasicAccessControlChip | None = None
    chip_keys: ChipAuthenticationChip | None = None
    signing: ActiveAuthenticationChip | None = None
    most_extended: int = 65_536  # of one answer; 0 when it knows no extended length
    tells_bare: bool = True  # that a command is too long for it
    most_plain: int = 65_536  # of one READ BINARY
    has_short_ids: bool = True
    takes_overlong_reads: bool = True
    selects_master_file: int = Sw.OK
    change: Change = lambda _, response: response
    change_plain: Change = lambda _, response: response
    heard: list[Command] = field(default_factory=list)
    channel: Channel | None = None
    _in_application: bool = False
    _current: bytes | None = None

    def __call__(self, command: Command) -> Response:
        self.heard.append(command)
        return self.change(command, self._answer(command))

    def _answer(self, command: Command) -> Response:
        if command.is_extended and (command.le or 0) > self.most_extended and self.tells_bare:
            return Response(b"", Sw.WRONG_LENGTH)
        channel = self.channel
        if channel is None:
            return self._carry_out(command)
        try:
            plain = channel.open_command(command)
            return channel.seal_response(self.change_plain(plain, self._carry_out(plain)))
        except ChannelBroken:
            self.channel = None
            return Response(b"", Sw.SECURE_MESSAGING_OBJECTS_INCORRECT)

    def _carry_out(self, command: Command) -> Response:
        if command.ins == 0xA4:
            return self._select(command)
        if command.ins in {0xB0, 0xB1}:
            return self._read(command)
        if command.ins in {0x82, 0x84} and self.basic:
            return self._basic(self.basic, command)
        if command.ins in {0x22, 0x86}:
            return self._agree(command)
        if command.ins == 0x88 and self.signing and self._is_open:
            return Response(self.signing.sign(command.data, token_bytes), Sw.OK)
        return REFUSED

    def _basic(self, basic: BasicAccessControlChip, command: Command) -> Response:
        if command.ins == 0x84:
            return basic.challenge()
        return self._open(basic.authenticate(command))

    def _agree(self, command: Command) -> Response:
        part = self.pace if self.channel is None else self.chip_keys
        if part is None:
            return REFUSED
        answered = part.authenticate(command) if command.ins == 0x86 else part.select(command)
        return self._open(answered if isinstance(answered, tuple) else (answered, None))

    def _open(self, answered: tuple[Response, Channel | None]) -> Response:
        response, channel = answered
        self.channel = channel or self.channel
        return response

    @property
    def _is_open(self) -> bool:
        return self.channel is not None or (self.basic is None and self.pace is None)

    def _select(self, command: Command) -> Response:
        if command.p1 == 0x00:
            self._in_application = self._in_application and self.selects_master_file != Sw.OK
            return Response(b"", self.selects_master_file)
        if command.p1 == 0x04:
            self._in_application = True
            return Response(b"", Sw.OK)
        return self._enter(command.data[-1])

    def _enter(self, short_id: int) -> Response:
        files = self.application if self._in_application else self.master
        if short_id not in files:
            return FILE_NOT_FOUND
        if not self._is_open and (self._in_application or short_id != CARD_ACCESS.short_id):
            return DENIED
        self._current = files[short_id]
        return Response(b"", Sw.OK)

    def _read(self, command: Command) -> Response:
        offset = command.p1 << 8 | command.p2
        if command.ins == 0xB1:
            offset = int.from_bytes(tlv.decode_one(command.data, 0x54))
        elif command.p1 & 0x80:
            if not self.has_short_ids:
                return Response(b"", Sw.INCORRECT_P1_P2)
            entered = self._enter(command.p1 & 0x1F)
            if entered.sw != Sw.OK:
                return entered
            offset = command.p2
        return self._part(offset, command)

    def _part(self, offset: int, command: Command) -> Response:
        le = (command.le or 0) - (4 if command.ins == 0xB1 else 0)
        if self._current is None or offset >= len(self._current):
            return Response(b"", Sw.OFFSET_OUTSIDE_FILE)
        part = self._current[offset : offset + le]
        is_too_long = len(part) < le and not self.takes_overlong_reads
        if le > self.most_plain or is_too_long:
            return Response(b"", Sw.WRONG_LENGTH)
        if command.ins == 0xB1:
            part = tlv.encode(0x53, part)
        return Response(part, Sw.OK if len(part) == le or le >= SHORT_LE else Sw.END_OF_FILE)


def info(oid: str, *parts: bytes) -> bytes:
    return tlv.encode(0x30, tlv.encode(0x06, encode_oid(oid)) + b"".join(parts))


def number(value: int) -> bytes:
    return tlv.encode(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def pace_info(offer: Offer) -> bytes:
    return info(offer.oid, number(2), number(offer.parameter_id))


def spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


CHIP_KEY = ec.derive_private_key(4711, ec.BrainpoolP256R1())
SIGNING_KEY = rsa.generate_private_key(65537, 2048)
DG1 = tlv.encode(0x61, tlv.encode(0x5F1F, b"P<UTO" + b"<" * 83))
PLAIN_GROUPS = {
    1: DG1,
    2: tlv.encode(0x75, bytes(range(256)) * 71),
    11: tlv.encode(0x6B, bytes(200)),
    12: tlv.encode(0x6C, bytes(60)),
}
DG15 = tlv.encode(0x6F, spki(SIGNING_KEY))


def data_group_14(*more: bytes) -> bytes:
    infos = (
        info(f"{BSI}.1.2", spki(CHIP_KEY)),
        info(f"{BSI}.3.2.4", number(1)),
        *more,
    )
    return tlv.encode(0x6E, tlv.encode(0x31, b"".join(infos)))


def com(numbers: list[int], version: bytes = b"0107") -> bytes:
    tags = bytes(DATA_GROUPS[number].tag for number in numbers)
    inner = tlv.encode(0x5F01, version) + tlv.encode(0x5F36, b"040000") + tlv.encode(0x5C, tags)
    return tlv.encode(COM.tag, inner)


def application(data_groups: dict[int, bytes]) -> dict[int, bytes]:
    return {
        **data_groups,
        SOD.short_id: pki.security_object(SIGNER, data_groups),
        COM.short_id: com(sorted(data_groups)),
    }


def basic_chip(**odd: object) -> Chip:
    """A chip with basic access control, chip authentication and active authentication."""
    groups = {**PLAIN_GROUPS, 14: data_group_14(), 15: DG15}
    return proving(
        Chip(application(groups), basic=BasicAccessControlChip(ZONE.key_seed, token_bytes)), odd
    )


def pace_chip(*offers: Offer, **odd: object) -> Chip:
    """A chip with PACE beside all that; it has basic access control, too."""
    listed = tuple(pace_info(offer) for offer in offers)
    groups = {**PLAIN_GROUPS, 14: data_group_14(*listed), 15: DG15}
    passwords = {1: Password.from_mrz(ZONE).secret, 2: Password.from_can(CAN).secret}
    keys = tlv.encode(0x31, info(f"{BSI}.1.2", spki(CHIP_KEY)))
    chip = Chip(
        application(groups),
        {
            CARD_ACCESS.short_id: tlv.encode(0x31, b"".join(listed)),
            CARD_SECURITY.short_id: pki.signed_data(SIGNER, "0.4.0.127.0.7.3.2.1", keys),
        },
        PaceChip(offers, passwords, token_bytes, static_key=4711),
        BasicAccessControlChip(ZONE.key_seed, token_bytes),
    )
    return proving(chip, odd)


def proving(chip: Chip, odd: dict[str, object]) -> Chip:
    group = GROUPS[13]
    key = ChipKey(f"{BSI}.3.2.4", Cipher.AES_256, group, group.public(4711))
    chip.chip_keys = ChipAuthenticationChip(((key, 4711),))
    chip.signing = ActiveAuthenticationChip(SIGNING_KEY)
    for name, value in odd.items():
        setattr(chip, name, value)
    return chip
