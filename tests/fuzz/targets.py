"""What hostile bytes reach: one name, one function of bytes, and the errors it may raise.

    a target   bytes -> None; whatever it raises beside `refuses` is a find, so is taking long
    layouts    where a signature or a MAC stands before the code of interest, the first byte says
               whether the rest is taken as it is, or is first sealed with a key the target
               knows: the hostile one may be who holds the keys

A target also holds what it read to what the room promises (what is written back is the same, a
reading is within its limits). Nothing here knows atheris: tests/fuzz/one.py runs a target under it,
tests/fuzz/test_corpus.py runs what was kept. It is one long table with what its rows call.

Source: ARCHITECTURE.md section 2 (the rooms and what they may raise); research/emrtd.md 6.2.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
import json
from random import Random
import time
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
import numpy as np
from numpy.typing import NDArray

from egate.document import (
    active_authentication,
    agreement_key,
    c40,
    certificates,
    chip_authentication,
    cms,
    country_signer,
    data_group_1,
    data_group_2,
    data_group_7,
    data_group_11,
    data_group_12,
    data_group_13,
    data_group_14,
    data_group_15,
    data_group_16,
    deviation_list,
    face_record,
    identity_card_code,
    ldif,
    lds,
    list_signer,
    master_list,
    mrz,
    mrz_agreement,
    mrz_dates,
    pace,
    passive_authentication,
    revocation_list,
    seal_checks,
    seal_content,
    security_infos,
    security_object,
    transliteration,
    visible_digital_seal,
)
from egate.document.c40 import C40Error
from egate.document.certificates import CertificateRefused
from egate.document.cms import CmsRefused
from egate.document.deviation_list import DeviationListRefused
from egate.document.dialogue import ChipError, run
from egate.document.domain_parameters import Draw, KeyRefused
from egate.document.face_record import Picture, PictureKind
from egate.document.file_reading import Limits
from egate.document.identity_card_code import CardCodeUnreadable
from egate.document.key_derivation import session_keys
from egate.document.lds import DATA_GROUPS, LdsError
from egate.document.list_signer import ListRefused
from egate.document.master_list import MasterListRefused
from egate.document.picture_size import picture_size
from egate.document.reading import CHECKS, DocumentReading
from egate.document.reading_result import Access, Plan
from egate.document.revocation_list import RevocationListRefused
from egate.document.seal_checks import SealSigners, Trust
from egate.document.secure_messaging import Channel, ChannelBroken
from egate.document.security_object import SecurityObjectRefused
from egate.document.symmetric import Cipher
from egate.document.trust_store import TrustStore
from egate.document.visible_digital_seal import SealUnreadable
from egate.inspection import presented_code
from egate.loop import messages
from egate.loop.messages import MessageRefused
from egate.permit import (
    base45,
    cbor,
    claims,
    cose,
    issuers,
    permit,
    resident_sticker,
    revoked,
    signed_list,
)
from egate.permit.base45 import Base45Error
from egate.permit.cbor import CborError
from egate.permit.claims import ClaimsError
from egate.permit.permit import PermitUnreadable
from egate.permit.resident_sticker import PatternRefused, StickerPattern, StickerUnreadable
from egate.permit.sealed_face import SealBroken, unseal
from egate.vision.codes import CodeFormat, PictureUnfit, find_codes
from egate.vision.faces import FaceEngine
from egate.vision.models import load_models
from egate.vision.mrz_network import MrzNetwork, load_network
from egate.vision.mrz_ocr import read_zone
from egate.vision.portrait import PortraitRefused, decode_portrait
from egate.wire import apdu, code_frames, mrz_lines, pigpio, tlv, zfm
from egate.wire.apdu import Command, Response, Sw
from egate.wire.errors import FrameError
from egate.wire.frames import Language, Splitter, T
from simulators import pki, seal_issuer
from simulators.card_chip import Chip, seeded
from simulators.document_factory import Description, Document, Issuer, identity_card, issue
from tests.permit import made

Run = Callable[[bytes], object]

SEEN_ON: Final = date(2026, 6, 1)
FEW: Final = Limits(commands=300, answered_bytes=131_072)
ISSUER: Final = Issuer()
STORE: Final = TrustStore(
    [ISSUER.country_signer.certificate], [revocation_list.decode(ISSUER.revocation_list())]
)
PASSPORT: Final = issue(Description())
CARD: Final = issue(identity_card(pace=(), chip_key=None, signing_key="secp256r1"))
SEAL_SIGNER: Final = seal_issuer.seal_signer(ISSUER.country_signer)
SEAL_TRUST: Final = Trust(SealSigners([SEAL_SIGNER.certificate]), STORE, pki.NOW_S)
PACE_OFFERS: Final = ("1.2", "2.2", "2.4", "3.2", "4.2", "6.2")


@dataclass(frozen=True, slots=True)
class Target:
    """One entry of the table; inputs of the fuzzer are at most `max_len` bytes."""

    run: Run
    refuses: tuple[type[Exception], ...] = ()
    max_len: int = 4096

    def __call__(self, data: bytes) -> None:
        """Let the room read these bytes; a refusal it promises is an answer, too."""
        with suppress(*self.refuses):
            self.run(data)


# ---- wires


def _tlv(data: bytes) -> None:
    tlv.whole_size(data)
    item, rest = tlv.decode(data)
    if item is not None:
        assert tlv.decode(tlv.encode(item.tag, item.value) + rest) == (item, rest)
    for one in tlv.decode_all(data):
        tlv.decode_one(one.value, one.tag)


def _apdu_command(data: bytes) -> None:
    command = apdu.decode_command(data)
    assert apdu.decode_command(command.encode()) == command


def _apdu_response(data: bytes) -> None:
    response = apdu.decode_response(data)
    assert response.encode() == data
    apdu.sw_name(response.sw)


def _code_frames(data: bytes) -> None:
    terminators = tuple(code_frames.Terminator)
    terminator = terminators[data[0] % len(terminators)] if data else terminators[0]
    framing = code_frames.Framing(terminator, "id" if data[:1] > b"\x7f" else "")
    for heard in _in_parts(framing, data[1:]):
        if isinstance(heard, code_frames.Code):
            assert 1 <= len(heard.text) <= code_frames.LIMIT
            assert code_frames.encode(heard.text, framing)


def _mrz_lines(data: bytes) -> None:
    framings = tuple(mrz_lines.MrzFraming)
    framing = framings[data[0] % len(framings)] if data else framings[0]
    for heard in _in_parts(mrz_lines.MrzLanguage(framing), data[1:]):
        if isinstance(heard, mrz_lines.MrzLines):
            assert mrz_lines.encode(heard.lines, framing)
            mrz.read(heard.lines)


def _in_parts(language: Language[T], data: bytes) -> Iterable[T | FrameError]:
    """Feed bytes in parts of up to sixteen, a silence after every fourth; yield what was heard."""
    splitter, at_s = Splitter(language), 0.0
    for at in range(0, len(data), 16):
        at_s += 10.0 if at % 64 == 48 else 0.001
        yield from splitter.feed(data[at : at + 16], at_s)
    yield from splitter.idle(at_s + 10.0)


def _pigpio(data: bytes) -> None:
    command, rest = pigpio.decode_command(data)
    if command is not None:
        assert pigpio.encode(command) + rest == data
        pigpio.decode_answer(rest, command)


def _pigpio_reports(data: bytes) -> None:
    seqno, report = 0, None
    while not seqno or report is not None:
        report, data = pigpio.decode_report(data, seqno)
        seqno += 1


def _zfm(data: bytes) -> None:
    """One byte of what was asked, then what a sensor says to it, noise and all."""
    op = list(zfm.Op)[data[0] % len(zfm.Op)] if data else zfm.Op.MATCH
    rest = zfm.after_noise(data[1:])
    while rest:
        packet, behind = zfm.decode(rest)
        if packet is None:
            return
        assert zfm.encode(packet) + behind == rest
        rest = zfm.after_noise(behind)
        if packet.kind is zfm.Kind.COMMAND:
            assert zfm.command_payload(zfm.command_of(packet.payload)) == packet.payload
            continue
        ack = zfm.ack_of(op, packet.payload)
        assert zfm.ack_payload(ack) == packet.payload
        if op is zfm.Op.READ_SYS_PARA and ack.result:
            zfm.parameters_of(ack.result)


# ---- the printed zone and the files of a chip


def _mrz(data: bytes) -> None:
    reading = mrz.read(mrz.split(data.decode("latin-1")))
    assert len(reading.findings) == 1 + len(mrz.DIGIT_CHECKS)
    if reading.mrz is not None:
        mrz_dates.birth_date(reading.mrz.birth_date, SEEN_ON)
        mrz_dates.expiry_date(reading.mrz.expiry_date, SEEN_ON)
        assert mrz.read(mrz.encode(reading.mrz)).mrz is not None
        assert reading.mrz.key.key_seed


def _mrz_agreement(data: bytes) -> None:
    one, _, other = data.decode("latin-1").partition("|")
    mrz_agreement.compare(mrz.read(mrz.split(one)), mrz.read(mrz.split(other)))


def _names(data: bytes) -> None:
    name, _, identifier = data.decode(errors="replace").partition("|")
    transliteration.transliterate(name)
    transliteration.spells(identifier, name)
    transliteration.spells(identifier, name, is_truncated=True)


def _unsigned_files(data: bytes) -> None:
    for read in (lds.read_com, lds.read_security_object, lds.read_card_security):
        with suppress(LdsError):
            read(data)
    lds.read_directory(data)


def _data_group_13(data: bytes) -> None:
    data_group_13.cccd_details(data_group_13.read_data_group_13(data))


def _data_group_14(data: bytes) -> None:
    """Agree with the key a reading would choose, with a chip that says yes to everything."""
    keys = chip_authentication.chip_keys(data_group_14.read_data_group_14(data))
    for one in keys[:1]:
        assert str(one)
        agreeing = chip_authentication.authenticate_chip(one, terminal_draw())
        with suppress(ChipError):
            run(agreeing, lambda _: Response(b"", Sw.OK))


def _data_group_15(data: bytes) -> None:
    key = data_group_15.read_data_group_15(data)
    size = active_authentication.signature_bytes(key)
    active_authentication.judge(key, (), bytes(8), bytes(size))


def _face_records(data: bytes) -> None:
    read = (face_record.decode_19794, face_record.decode_39794)[data[:1] > b"\x7f"]
    for picture in read(data[1:]):
        picture_size(picture)


def _picture_size(data: bytes) -> None:
    for kind in PictureKind:
        size = picture_size(Picture(kind, data, 0, 0))
        assert size is None or min(size) > 0


def _security_infos(data: bytes) -> None:
    infos = security_infos.read_card_access(data)
    listed = [info for info in infos if isinstance(info, security_infos.PaceInfo)]
    spoken = [pace.offer(info.protocol, info.parameter_id) for info in listed]
    pace.best(one for one in spoken if one is not None)
    chip_authentication.chip_keys(infos)


def _agreement_key(data: bytes) -> None:
    group, public = agreement_key.read_agreement_key(data)
    group.pair(group.private(terminal_draw())).agree(public)


# ---- who signed


def _certificate(data: bytes) -> None:
    _look_at(certificates.decode(certificates.without_armour(data)))


def _look_at(one: certificates.Certificate) -> None:
    country_signer.remarks(one, pki.NOW_S)
    STORE.chain(one)
    TrustStore([one]).chain(one)
    assert certificates.decode(one.raw) == one


def _revocation_list(data: bytes) -> None:
    one = revocation_list.decode(data)
    TrustStore([ISSUER.country_signer.certificate], [one]).lists_for(ISSUER.signer().certificate)
    STORE.chain_of_list(one)


def _cms(data: bytes) -> None:
    cms.signatures(cms.decode(data, security_object.MAX_SECURITY_OBJECT))


def _master_list(data: bytes) -> None:
    for one in master_list.decode(data).certificates:
        country_signer.remarks(one, pki.NOW_S)


def _deviation_list(data: bytes) -> None:
    for one in deviation_list.decode(data).deviations:
        one.is_about(ISSUER.signer().certificate)


def _list_signer(data: bytes) -> None:
    list_signer.prove(data, STORE, pki.NOW_S)


def _ldif(data: bytes) -> None:
    for value in ldif.values(data.splitlines(keepends=True), frozenset({"skipped"})):
        assert value.attribute


def _passive_authentication(data: bytes) -> None:
    files = {n: PASSPORT.application[DATA_GROUPS[n].file_id] for n in (1, 2, 14)}
    findings = passive_authentication.examine(data, files, STORE, pki.NOW_S)
    assert tuple(one.check for one in findings) == passive_authentication.CHECKS


# ---- what a chip proves, and the dialogues


def _active_authentication(data: bytes) -> None:
    """Take the rest as a signature, or as what an RSA key signed."""
    which, signature = data[:1], data[1:]
    name = ("rsa-2048", "secp256r1", "brainpoolP320r1")[which[0] % 3 if which else 0]
    key = pki.private_key("country signer", name)
    if which > b"\x7f" and isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        message = int.from_bytes(signature[:256].rjust(256, b"\x00"))
        signed = pow(message % numbers.public_numbers.n, numbers.d, numbers.public_numbers.n)
        signature = signed.to_bytes(256)
    public = pki.public_key_info("country signer", pki.How(name)).dump()
    active_authentication.judge(public, (), bytes(8), signature)


def _secure_messaging(data: bytes) -> None:
    """Take the rest as an answer, or as the objects of one whose MAC is right."""
    which, raw = data[:1], data[1:]
    cipher = Cipher.TRIPLE_DES if which[:1] < b"\x40" else Cipher.AES_128
    channel = Channel(session_keys(bytes(16), cipher))
    channel.protect(Command(0x00, 0xB1 if which and which[0] & 1 else 0xB0, 0x00, 0x00, le=256))
    response = apdu.decode_response(raw)
    if which and which[0] & 2:
        counter = (int.from_bytes(channel.counter) + 1).to_bytes(cipher.block_bytes)
        message = counter + response.data
        padded = message if cipher is Cipher.TRIPLE_DES else cipher.pad(message)
        mac = cipher.mac(session_keys(bytes(16), cipher).authentication, padded)
        response = replace(response, data=response.data + tlv.encode(0x8E, mac))
    try:
        channel.unprotect(response)
    except ChannelBroken:
        assert not channel.is_open
        raise


def _pace(data: bytes) -> None:
    """Take the rest as the chip's answers to one of the variants."""
    variant = PACE_OFFERS[data[0] % len(PACE_OFFERS)] if data else PACE_OFFERS[0]
    chosen = pace.offer(f"{pace.PROTOCOLS}.{variant}", 0 if variant[0] in "13" else 12)
    assert chosen is not None
    password = pace.Password.from_can("123456")
    opened = run(pace.open_chip(chosen, password, terminal_draw()), Script(data[1:]))
    pace.holds_key_of(opened, chosen.group.public(7))


def _reading(data: bytes) -> None:
    """Take everything as the chip's answers, one after another."""
    _read_whole(Script(data), Access(PASSPORT.key, PASSPORT.can))


def _reading_of_files(data: bytes) -> None:
    """Let a chip that keeps the standard hold the fuzzer's files: id, length, content."""
    files = dict(CARD.application)
    for file_id, content in _cut(data):
        files[0x0100 + file_id % 0x20] = content
    altered = replace(CARD, application=MappingProxyType(files))
    _read_whole(_chip(altered), Access(CARD.key))


def _reading_past_troubles(data: bytes) -> None:
    """Let a sound chip answer, but where the fuzzer has other bytes: command, length, answer."""
    chip, other = _chip(CARD), dict(_cut(data))
    heard = 0

    def answer(command: Command) -> Response:
        nonlocal heard
        heard += 1
        said = chip(command)
        return _response(other[heard], said.sw) if heard in other else said

    _read_whole(answer, Access(CARD.key))


def _read_whole(answer: Callable[[Command], Response], access: Access) -> None:
    """Read; whatever the chip did, there is a result, and it is within the limits."""
    plan = Plan(limits=FEW, basic_access_after_pace=True)
    asked = 0

    def counted(command: Command) -> Response:
        nonlocal asked
        asked += 1
        return answer(command)

    reading = run(DocumentReading(access, plan, terminal_draw()).dialogue(), counted)
    assert tuple(one.check for one in reading.findings) == CHECKS
    assert asked <= FEW.commands
    assert sum(len(raw) for raw in reading.files.values()) <= FEW.answered_bytes


class Script:
    """A chip that answers with what the fuzzer wrote: length (two bytes), data, status word."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def __call__(self, _: Command) -> Response:
        """Return the next answer; when there is none left, that nothing was found."""
        size = int.from_bytes(self._rest[:2])
        said, self._rest = self._rest[2 : 2 + size], self._rest[2 + size :]
        return _response(said, Sw.FILE_NOT_FOUND)


def _response(raw: bytes, otherwise: int) -> Response:
    """Return the response that `raw` is; `otherwise` when it has no status word."""
    return apdu.decode_response(raw) if len(raw) >= 2 else Response(b"", otherwise)


def _cut(data: bytes) -> Iterable[tuple[int, bytes]]:
    """Yield parts: which (one byte), length (two), content."""
    while len(data) >= 3:
        size = int.from_bytes(data[1:3])
        yield data[0], data[3 : 3 + size]
        data = data[3 + size :]


def _chip(document: Document) -> Callable[[Command], Response]:
    return Chip(document, seeded(2)).respond


def terminal_draw() -> Draw:
    """Return the terminal's random bytes, always the same: an input is to be repeatable."""
    return Random(1).randbytes


# ---- what other codes say


def _c40(data: bytes) -> None:
    text = c40.decode(data)
    assert c40.decode(c40.encode(text)) == text


def _visible_seal(data: bytes) -> None:
    """Take the rest as a seal, or as the features of one that its signer signed."""
    which, raw = data[:1], data[1:]
    if which > b"\x7f":
        of = tuple(seal_content.KINDS)[which[0] % len(seal_content.KINDS)]
        covered = seal_issuer.header(seal_issuer.Written(of=of)) + raw
        signature = seal_issuer.signature(SEAL_SIGNER, covered)
        raw = covered + seal_issuer.feature(seal_issuer.SIGNATURE, signature)
    inspected = seal_checks.inspect(raw, mrz.read(CARD.printed), SEAL_TRUST)
    assert tuple(one.check for one in inspected.findings) == seal_checks.CHECKS
    seal = visible_digital_seal.read(raw)
    assert raw.startswith(seal.covered)
    assert raw.endswith(seal.signature)


def _identity_card_code(data: bytes) -> None:
    code = identity_card_code.read(data.decode(errors="replace"))
    assert len(code.id_number) == 12
    identity_card_code.compare(code, mrz.read(CARD.printed))


def _resident_sticker(data: bytes) -> None:
    """Take the first line as a pattern, the rest as a sticker."""
    pattern, _, text = data.decode("latin-1").partition("\n")
    key = resident_sticker.read(text, StickerPattern.of(pattern))
    assert key.text in text
    assert len(key.digest) == 16


def _presented_code(data: bytes) -> None:
    text = data.decode(errors="replace")
    reading = presented_code.read_permit(text, made.ISSUERS, made.NOW_S, data)
    assert len(reading.findings) == 2
    if reading.permit is not None:
        assert presented_code.what_is(text, data) is presented_code.CodeKind.PERMIT


# ---- permits, lists and messages


def _permit(data: bytes) -> None:
    reading = permit.read(data.decode(errors="replace"), made.ISSUERS, made.NOW_S)
    assert len(reading.findings) == 2
    permit.unproven(data.decode("latin-1"))


def _permit_claims(data: bytes) -> None:
    """Take everything as claims a listed issuer signed."""
    header: dict[int, cbor.Value] = {
        cose.ALG: cose.ES256,
        cose.KID: bytes.fromhex(made.PERMIT.issuer_key),
    }
    text = permit.PREFIX + base45.encode(cose.sign(data, header, made.KEY))
    permit.read(text, made.ISSUERS, made.NOW_S)
    found = claims.decode(data, made.PERMIT.issuer_key)
    assert claims.encode(found) == data


def _sealed_face(data: bytes) -> None:
    unseal(replace(made.SEALED, sealed=data), made.GATE_KEY, b"")


def _base45(data: bytes) -> None:
    text = data.decode("latin-1")
    assert base45.encode(base45.decode(text)) == text


def _cbor(data: bytes) -> None:
    assert cbor.encode(cbor.decode(data)) == data


def _cose(data: bytes) -> None:
    message = cose.decode(data)
    message.is_signed_by(made.KEY.public_key())
    message.header()


def _signed_lists(data: bytes) -> None:
    """Take everything as a list, or as the inside of one that is signed."""
    text = data.decode("latin-1")
    for each in (text, *_signed(text)):
        for read in (issuers.read, revoked.load):
            with suppress(signed_list.ListRefused):
                read(each, made.LIST_KEY.public_key())


def _signed(text: str) -> list[str]:
    """Return the list whose body this is; nothing when nobody could sign it."""
    with suppress(ValueError, RecursionError):
        return [signed_list.write(json.loads(text), made.LIST_KEY)]
    return []


# ---- pictures


@cache
def _engine() -> FaceEngine:
    return FaceEngine(load_models())


@cache
def _strip_reader() -> MrzNetwork:
    return load_network()


def _shaped(data: bytes) -> NDArray[np.uint8]:
    """Return a picture of up to 256 x 256: two bytes are its size, one its samples, then pixels."""
    width, height, samples, *pixels = data.ljust(4, b"\x80")
    shape = (height + 1, width + 1) if samples % 2 else (height + 1, width + 1, 3)
    return np.resize(np.array(pixels, np.uint8), shape)


def _face_in_picture(data: bytes) -> None:
    picture = _shaped(data)
    picture = picture if picture.ndim == 3 else np.repeat(picture[:, :, None], 3, axis=2)
    for face in _engine().detect(picture):
        _engine().measure(picture, face)
        assert abs(float(np.linalg.norm(_engine().embed(picture, face))) - 1) < 1e-3


def _zone_in_picture(data: bytes) -> None:
    seen = read_zone(_shaped(data), _strip_reader(), clock=time.monotonic, budget_s=0.5)
    if seen.is_record:
        assert {len(line) for line in seen.lines} <= {30, 36, 44}


def _codes_in_picture(data: bytes) -> None:
    for found in find_codes(_shaped(data), frozenset(CodeFormat)).codes:
        assert repr(found).endswith("bytes)")


def _messages(data: bytes) -> None:
    message, rest = messages.decode(data)
    if message is not None:
        assert messages.decode(messages.encode(message) + rest) == (message, rest)


TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "tlv": Target(_tlv, (FrameError,)),
        "apdu_command": Target(_apdu_command, (FrameError,), 512),
        "apdu_response": Target(_apdu_response, (FrameError,), 512),
        "code_frames": Target(_code_frames),
        "mrz_lines": Target(_mrz_lines),
        "pigpio": Target(_pigpio, (FrameError,), 256),
        "pigpio_reports": Target(_pigpio_reports, (FrameError,), 256),
        "zfm": Target(_zfm, (FrameError,), 1024),
        "mrz": Target(_mrz, max_len=256),
        "mrz_agreement": Target(_mrz_agreement, max_len=256),
        "names": Target(_names, max_len=512),
        "unsigned_files": Target(_unsigned_files, (LdsError,), 1024),
        "data_group_1": Target(data_group_1.read_data_group_1, (LdsError,)),
        "data_group_2": Target(data_group_2.read_data_group_2, (LdsError,)),
        "data_group_7": Target(data_group_7.read_data_group_7, (LdsError,)),
        "data_group_11": Target(data_group_11.read_data_group_11, (LdsError,)),
        "data_group_12": Target(data_group_12.read_data_group_12, (LdsError,)),
        "data_group_13": Target(_data_group_13, (LdsError,)),
        "data_group_14": Target(_data_group_14, (LdsError,)),
        "data_group_15": Target(_data_group_15, (LdsError,)),
        "data_group_16": Target(data_group_16.read_data_group_16, (LdsError,)),
        "face_records": Target(_face_records, (LdsError,)),
        "picture_size": Target(_picture_size),
        "security_infos": Target(_security_infos, (LdsError,)),
        "agreement_key": Target(_agreement_key, (KeyRefused,)),
        "certificate": Target(_certificate, (CertificateRefused,)),
        "revocation_list": Target(_revocation_list, (RevocationListRefused,)),
        "cms": Target(_cms, (CmsRefused,), 8192),
        "security_object": Target(security_object.decode, (SecurityObjectRefused,), 8192),
        "master_list": Target(_master_list, (MasterListRefused,), 8192),
        "deviation_list": Target(_deviation_list, (DeviationListRefused,)),
        "list_signer": Target(_list_signer, (ListRefused,), 8192),
        "ldif": Target(_ldif),
        "passive_authentication": Target(_passive_authentication, max_len=8192),
        "active_authentication": Target(_active_authentication, max_len=300),
        "secure_messaging": Target(_secure_messaging, (FrameError, ChannelBroken), 1024),
        "pace": Target(_pace, (ChipError,)),
        "reading": Target(_reading, max_len=16_384),
        "reading_of_files": Target(_reading_of_files, max_len=16_384),
        "reading_past_troubles": Target(_reading_past_troubles),
        "c40": Target(_c40, (C40Error,), 256),
        "visible_seal": Target(_visible_seal, (SealUnreadable,), 3072),
        "identity_card_code": Target(_identity_card_code, (CardCodeUnreadable,), 1100),
        "resident_sticker": Target(_resident_sticker, (PatternRefused, StickerUnreadable), 160),
        "presented_code": Target(_presented_code, max_len=1300),
        "permit": Target(_permit, (PermitUnreadable,), 1300),
        "permit_claims": Target(_permit_claims, (CborError, ClaimsError), 1024),
        "sealed_face": Target(_sealed_face, (SealBroken,), 256),
        "base45": Target(_base45, (Base45Error,), 1024),
        "cbor": Target(_cbor, (CborError,), 1024),
        "cose": Target(_cose, (CborError,), 1024),
        "signed_lists": Target(_signed_lists, max_len=8192),
        "messages": Target(_messages, (MessageRefused,)),
        "portrait": Target(decode_portrait, (PortraitRefused,), 16_384),
        "face_in_picture": Target(_face_in_picture),
        "zone_in_picture": Target(_zone_in_picture),
        "codes_in_picture": Target(_codes_in_picture, (PictureUnfit,)),
    }
)
