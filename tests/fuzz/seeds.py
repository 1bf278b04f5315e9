"""What each target of the fuzzer begins with: sound inputs, and some that are as bad as can be.

All of it is made by the simulators and the tests: specimens of Utopia, keys that come from names.
Nothing is of a real person or document.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
import hashlib
import json
import struct
from types import MappingProxyType
from typing import Final

from asn1crypto import core

from egate.document import cms, lds, mrz, seal_content
from egate.document.data_group_14 import read_data_group_14
from egate.document.dialogue import run
from egate.document.key_derivation import session_keys
from egate.document.lds import DATA_GROUPS, SOD
from egate.document.mrz import Layout, Mrz
from egate.document.pace import Mapping as PaceMapping
from egate.document.pace import Password, offer, open_chip
from egate.document.reading import DocumentReading
from egate.document.reading_result import Access, Plan
from egate.document.secure_messaging import Channel
from egate.document.security_infos import BSI, ChipAuthenticationPublicKeyInfo
from egate.document.symmetric import Cipher
from egate.loop import messages
from egate.permit import base45, claims, issuers, permit, revoked
from egate.wire import code_frames, mrz_lines, pigpio, zfm
from egate.wire.apdu import Command, Response, Sw
from egate.wire.tlv import encode
from simulators import data_groups, pki, seal_issuer
from simulators.card_chip import Chip, seeded
from simulators.document_factory import Description, Document, issue, pace
from simulators.pki import SEEN_IN_THE_WILD, How, Wish
from tests.fuzz.targets import CARD, ISSUER, PACE_OFFERS, PASSPORT, SEAL_SIGNER, terminal_draw
from tests.loop.test_messages import MESSAGES
from tests.permit import made
from tests.permit.test_lists import REVOKED

Inputs = Iterable[bytes]

VISA: Final = Mrz(
    Layout.MRV_A, "V", "UTO", "L898902C3", "UTO", "740812", "F", "310415", "ERIKSSON", "ANNA"
)
WHOLE: Final = issue(Description(more=frozenset({7, 11, 12, 13, 16}), signing_key="secp256r1"))
OLD: Final = issue(Description(pace=(), more=frozenset(), chip_key=None))
BY_PRIMES: Final = issue(Description(pace=(), chip_key=(Cipher.TRIPLE_DES, 1), more=frozenset()))
SIGNER: Final = ISSUER.signer()
PICTURE: Final = data_groups.GREY_JPEG
HEAVY_BITS: Final = 3072  # of a prime that costs as much as one may
SLOW_CURVE: Final = How("brainpoolP320r1", "sha384")  # one that OpenSSL does not offer
DEEP: Final = 2000


def heavy_key(which: int = 0) -> bytes:
    """Return a public key of a prime group of its own, as costly to look at as can be."""
    prime = pki.drawn(f"heavy {which}", HEAVY_BITS) | 1 << HEAVY_BITS - 1 | 1
    numbers = (prime, 2, 2 * (prime // 4))  # an order that is as long, and 1 to its power is 1
    parameters = encode(0x30, b"".join(core.Integer(number).dump() for number in numbers))
    algorithm = encode(0x30, data_groups.oid("1.2.840.10046.2.1") + parameters)
    return encode(0x30, algorithm + core.OctetBitString(core.Integer(3).dump()).dump())


def many_heavy_keys() -> bytes:
    """Return a DG14 with as many of them as it can hold."""
    infos = [data_groups.info(f"{BSI}.1.1", heavy_key(which)) for which in range(28)]
    return data_groups.data_group_14(infos)


def many_slow_signers() -> bytes:
    """Return signed data for which every signer's key is to be tried with every certificate."""
    country_signer = pki.country_signer(Wish(how=SLOW_CURVE))
    signers = [
        pki.document_signer(country_signer, key_name=f"slow {which}", serial=which)
        for which in range(9)
    ]
    content = pki.lds_security_object([(1, bytes(32))])
    wrapping = pki.Wrapping(digest="sha384")
    infos = [pki.signer_info(signers[8], pki.SECURITY_OBJECT, content, wrapping)] * 4
    held = [one.raw for one in signers[:8]]
    return pki.signed_by_all(infos, pki.SECURITY_OBJECT, content, held)


def long_oid() -> bytes:
    """Return signed data whose type is one number of many bytes."""
    return encode(0x30, encode(0x06, b"\x2a" + b"\xff" * 60_000 + b"\x01"))


def nested(head: bytes, tail: bytes = b"") -> bytes:
    """Return something in itself, again and again."""
    return head * DEEP + tail * DEEP


def _file(number: int, document: Document = WHOLE) -> bytes:
    return document.application[DATA_GROUPS[number].file_id]


def _sods() -> Inputs:
    for document in (PASSPORT, OLD, issue(Description(lds_version="0108"))):
        yield document.application[SOD.file_id]
    yield pki.security_object(SIGNER, wrapping=pki.Wrapping(by_key_id=True))
    yield pki.security_object(SIGNER, wrapping=pki.Wrapping(without_attributes=True))


def _zones() -> Inputs:
    for zone in (mrz.encode(one) for one in (PASSPORT.mrz, CARD.mrz, VISA)):
        yield "\n".join(zone).encode()
        yield "".join(zone).encode()


def _agreements() -> Inputs:
    one, other = ("".join(zone) for zone in (PASSPORT.printed, CARD.printed))
    yield f"{one}|{one}".encode()
    yield f"{one}|{other}".encode()


def _code_frames() -> Inputs:
    text = permit.sign(made.PERMIT, made.KEY)[:60]
    replies = code_frames.GM65_DONE + code_frames.NEWLAND_DONE
    for which, terminator in enumerate(code_frames.Terminator):
        framing = code_frames.Framing(terminator)
        packed = code_frames.encode(text, framing, packed=True)
        yield bytes([which]) + code_frames.encode(text, framing) + packed
        yield bytes([which]) + replies + packed
    yield b"\x00\x02" + b"A" * 2100 + b"\x03"


def _mrz_lines() -> Inputs:
    for which, framing in enumerate(mrz_lines.MrzFraming):
        for document in (PASSPORT, CARD):
            yield bytes([which]) + mrz_lines.encode(document.printed, framing)


def _pigpio() -> Inputs:
    asked = pigpio.Command(pigpio.Code.WRITE, 17, 1, b"\x01\0\0\0")
    yield pigpio.encode(asked) + pigpio.encode(pigpio.Answer(4, 17, 1, 0))


def _pigpio_reports() -> Inputs:
    yield b"".join(pigpio.encode(pigpio.Report(n, 0, 1000 * n, 1 << n)) for n in range(4))


def _zfm() -> Inputs:
    told = zfm.SystemParameters(4, 9, 1000, 3, zfm.NO_ADDRESS, 128, 57600)
    answers = {
        zfm.Op.GEN_IMG: zfm.Ack(zfm.Code.NO_FINGER),
        zfm.Op.MATCH: zfm.Ack(zfm.Code.OK, b"\x00\xc8"),
        zfm.Op.READ_SYS_PARA: zfm.Ack(zfm.Code.OK, zfm.parameters_result(told)),
    }
    for op, ack in answers.items():
        asked = zfm.command_payload(zfm.Command(op))
        packets = ((zfm.Kind.COMMAND, asked), (zfm.Kind.ACK, zfm.ack_payload(ack)))
        said = (zfm.encode(zfm.Packet(zfm.NO_ADDRESS, kind, raw)) for kind, raw in packets)
        yield bytes([list(zfm.Op).index(op)]) + zfm.POWER_UP + b"".join(said)


def _faces() -> Inputs:
    old, new = (data_groups.data_group_2(PICTURE, is_39794=is_new) for is_new in (False, True))
    yield b"\x00" + old[old.index(b"FAC\0") :]
    yield b"\xff" + new[new.index(b"\x7f\x2e") + 5 :]


def _pictures() -> Inputs:
    stream = b"\xff\x4f\xff\x51" + struct.pack(">HHIIII", 41, 0, 413, 531, 0, 0)
    signature = bytes.fromhex("0000000C 6A502020 0D0A870A")
    box = struct.pack(">I4s", 8, b"jp2h") + struct.pack(">I4sQ", 1, b"free", 16)
    yield from (PICTURE, stream, signature + box + struct.pack(">I4s", 0, b"jp2c") + stream)
    yield nested(b"\xff")


def _agreement_keys() -> Inputs:
    for document in (PASSPORT, BY_PRIMES):
        for info in read_data_group_14(_file(14, document)):
            if isinstance(info, ChipAuthenticationPublicKeyInfo):
                yield info.public_key
    yield pki.public_key_info("fuzz", How("secp256r1")).dump()
    yield heavy_key()


def _certificates() -> Inputs:
    yield from (ISSUER.country_signer.raw, SIGNER.raw)
    for how in (SEEN_IN_THE_WILD[name] for name in list(SEEN_IN_THE_WILD)[::3]):
        yield pki.country_signer(Wish(how=how)).raw
    armoured = b64encode(SIGNER.raw)
    yield b"-----BEGIN CERTIFICATE-----\n" + armoured + b"\n-----END CERTIFICATE-----\n"


def _signed() -> Inputs:
    for sod in _sods():
        yield lds.read_security_object(sod)
    yield from (many_slow_signers(), long_oid(), nested(b"\x30\x80"), nested(b"\x24\x80"))


def _master_lists() -> Inputs:
    listed = b"".join((ISSUER.country_signer.raw, SIGNER.raw, b"\x30\x00"))
    yield encode(0x30, core.Integer(0).dump() + encode(0x31, listed))


def _deviations() -> Iterable[tuple[bytes, str, bytes]]:
    faults = ("2.23.136.1.1.7.1.1", "2.23.136.1.1.7.2.2", "2.23.136.1.1.7.9")
    names = (pki.by_digest(SIGNER.raw), pki.by_key_id(SIGNER.certificate))
    for fault, documents in zip(faults, (*names, pki.by_serial(SIGNER.raw)), strict=True):
        yield documents, fault, core.Integer(2).dump()


def _deviation_lists() -> Inputs:
    signed = pki.deviation_list(SIGNER, list(_deviations()))
    yield cms.decode(signed, len(signed)).content


def _lists() -> Inputs:
    by = {"key_name": "Utopia list signer"}
    signer = pki.list_signer(ISSUER.country_signer, **by)
    other = pki.list_signer(ISSUER.country_signer, pki.DEVIATION_LIST_SIGNING, **by)
    yield pki.master_list(signer, [ISSUER.country_signer.raw])
    yield pki.deviation_list(other, list(_deviations()))


def _directories() -> Inputs:
    value = b64encode(ISSUER.revocation_list())
    folded = b"\n ".join(value[at : at + 76] for at in range(0, len(value), 76))
    yield b"dn: c=UT\nskipped:: AAAA\ncertificateRevocationList;binary:: " + folded + b"\n# end\n"


def _signatures() -> Inputs:
    for which, name in enumerate(("rsa-2048", "secp256r1", "brainpoolP320r1")):
        by = pki.certify(Wish(how=How(name), key_name="country signer"))
        yield bytes([which]) + pki.sign(by, bytes(8))
        yield bytes([which]) + bytes(80)
    for trailer in (b"\xbc", b"\x33\xcc", b"\x34\xcc", b"\x35\xcc", b"\x36\xcc", b"\x38\xcc"):
        yield b"\x90" + b"\x6a" + bytes(255 - len(trailer)) + trailer


def _answers() -> Inputs:
    for which, cipher in ((0, Cipher.TRIPLE_DES), (0x40, Cipher.AES_128)):
        for odd in (0, 1):
            terminal, chip = (Channel(session_keys(bytes(16), cipher)) for _ in range(2))
            asked = terminal.protect(Command(0x00, 0xB0 | odd, 0x00, 0x00, le=256))
            chip.open_command(asked)
            sealed = chip.seal_response(Response(b"content", Sw.OK)).encode()
            yield bytes([which | odd]) + sealed
            yield bytes([which | odd | 2]) + sealed[:-12] + sealed[-2:]


def _pace() -> Inputs:
    for which, variant in enumerate(PACE_OFFERS):
        chosen = offer(f"{BSI}.4.{variant}", 0 if variant[0] in "13" else 12)
        assert chosen is not None
        chip = Chip(issue(Description(pace=(chosen,))), seeded(2))
        heard: list[bytes] = []
        opening = open_chip(chosen, Password.from_can("123456"), terminal_draw())
        run(opening, _recording(chip, heard))
        yield bytes([which]) + b"".join(heard)


def _recording(chip: Chip, heard: list[bytes]) -> Callable[[Command], Response]:
    """Return a chip that is listened to: what it answers is kept as a Script has it."""

    def answer(command: Command) -> Response:
        said = chip.respond(command)
        raw = said.encode()
        heard.append(len(raw).to_bytes(2) + raw)
        return said

    return answer


def _readings() -> Inputs:
    mapping = pace(PaceMapping.CHIP_AUTHENTICATION, Cipher.AES_128, 12)
    small = Description(more=frozenset(), signing_key="secp256r1")
    described = (small, Description(pace=(mapping,), more=frozenset()))
    for document in (OLD, BY_PRIMES, *(issue(one) for one in described)):
        heard: list[bytes] = []
        reading = DocumentReading(Access(document.key, document.can), Plan(), terminal_draw())
        run(reading.dialogue(), _recording(Chip(document, seeded(2)), heard))
        yield b"".join(heard)
    more = b"\x00\x02\x61\x00"
    yield more * 400


def _held_files() -> Inputs:
    for document in (PASSPORT, BY_PRIMES, WHOLE):
        files = {lds.SOD.file_id: document.application[lds.SOD.file_id]}
        files |= {DATA_GROUPS[n].file_id: _file(n, document) for n in (14, 1)}
        yield b"".join(_part(which & 0x1F, raw) for which, raw in files.items())
    with_key = issue(Description(pace=(), more=frozenset(), signing_key="secp256r1"))
    yield _part(0x1D, with_key.application[lds.SOD.file_id]) + _part(15, _file(15, with_key))
    yield _part(0x1D, PASSPORT.application[lds.SOD.file_id]) + _part(14, many_heavy_keys())


def _troubles() -> Inputs:
    words = (0x6C10, 0x6110, 0x6700, 0x6B00, 0x6982, 0x6A82, 0x9000, 0x6D00, 0x6282)
    for at in range(1, 16, 3):
        for word in words[at % 3 :: 3]:
            yield _part(at, word.to_bytes(2))
    yield b"".join(_part(at, b"\x61\xff") for at in range(1, 256))


def _part(which: int, content: bytes) -> bytes:
    return bytes([which]) + len(content).to_bytes(2) + content


def _seals() -> Inputs:
    lines = mrz.encode(VISA)
    for version in (3, 4):
        of_a_visa = replace(seal_issuer.visa(lines, "L898902C3", {7: bytes(200)}), version=version)
        yield b"\x00" + seal_issuer.seal(SEAL_SIGNER, of_a_visa)
    for which, kind in enumerate(seal_content.KINDS):
        features = seal_issuer.visa(lines, "L898902C3").features
        if kind != seal_issuer.VISA:
            zone = "".join(mrz.encode(replace(VISA, layout=Layout.TD2, document_code="I")))
            features = [(2, seal_issuer.zone((zone,))), (3, b"\x1a\x70\x20\x85\x19\xa1")]
        first = bytes([0x80 + (which - 0x80) % len(seal_content.KINDS)])
        yield first + b"".join(seal_issuer.feature(*one) for one in features)


def _codes() -> Inputs:
    """Yield the codes that are told apart."""
    yield from _permits()
    yield from _card_codes()
    yield from (one[1:] for one in _seals())
    yield "".join(mrz.encode(VISA)).encode()
    yield b"LS-AB123456"


def _card_codes() -> Inputs:
    code = "001090123456|012345678|Nguyễn Thị Đào|07031990|Nữ|Số 1, Hà Nội|25042021"
    for one in (code, code.replace("07031990", "7/3/1990") + "||Nguyễn Văn A|Trần Thị B"):
        yield one.encode()


def _permits() -> Inputs:
    for one in (made.PERMIT, made.SEALED_PERMIT):
        yield permit.sign(one, made.KEY).encode()


def _claims() -> Inputs:
    return (claims.encode(one) for one in (made.PERMIT, made.SEALED_PERMIT))


def _envelopes() -> Inputs:
    return (base45.decode(one.decode().removeprefix(permit.PREFIX)) for one in _permits())


def _signed_lists() -> Inputs:
    texts = (issuers.write(made.ISSUERS, made.LIST_KEY), revoked.write(REVOKED, made.LIST_KEY))
    for text in texts:
        yield text.encode()
        yield json.dumps(json.loads(text)["list"]).encode()
    for depth in (300, 900, DEEP):
        yield b'{"list":{"a":' + b"[" * depth + b"]" * depth + b'},"signature":"00"}'


def _shaped_pictures() -> Inputs:
    """Sizes of all kinds, flat, striped and noisy; see targets for how they are put."""
    noise = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64))
    for head in (b"\x00\x00\x00", b"\xff\xff\x00", b"\xff\x07\x01", b"\x03\xff\x01"):
        yield from (head + body for body in (b"", b"\x00", b"\xff\x00" * 8, noise))


SEEDS: Final[Mapping[str, Callable[[], Inputs]]] = MappingProxyType(
    {
        "tlv": lambda: (data_groups.com([1, 2], "0107"), _file(16)),
        "apdu_command": lambda: (
            Command(0, 0xA4, 4, 0x0C, lds.APPLICATION).encode(),
            Command(0, 0xB0, 0, 0, le=65_536).encode(),
            Command(0, 0x86, 0, 0, bytes(300), 256).encode(),
            Command(0x0C, 0xB1, 0, 0, b"\x54\x02\0\0", 256).encode(),
        ),
        "apdu_response": lambda: (Response(b"\x61\x02ab", Sw.OK).encode(), b"\x6a\x82"),
        "code_frames": _code_frames,
        "mrz_lines": _mrz_lines,
        "pigpio": _pigpio,
        "pigpio_reports": _pigpio_reports,
        "zfm": _zfm,
        "mrz": _zones,
        "mrz_agreement": _agreements,
        "names": lambda: ("Nguyễn Thị Đào|NGUYEN THI DAO".encode(), "ÄÖÜ-Щ|AEOEUE".encode()),
        "unsigned_files": lambda: (
            data_groups.com([1, 2, 14], "0107"),
            data_groups.directory(),
            encode(0x30, b"\x06\x01\x2a"),
        ),
        "data_group_1": lambda: (_file(1), _file(1, CARD)),
        "data_group_2": lambda: (_file(2), data_groups.data_group_2(PICTURE, is_39794=True)),
        "data_group_7": lambda: (_file(7),),
        "data_group_11": lambda: (_file(11),),
        "data_group_12": lambda: (_file(12),),
        "data_group_13": lambda: (_file(13),),
        "data_group_14": lambda: (_file(14), _file(14, BY_PRIMES), many_heavy_keys()),
        "data_group_15": lambda: (_file(15),),
        "data_group_16": lambda: (_file(16),),
        "face_records": _faces,
        "picture_size": _pictures,
        "security_infos": lambda: (
            PASSPORT.master[lds.CARD_ACCESS.file_id],
            lds.content(_file(14), DATA_GROUPS[14]),
        ),
        "agreement_key": _agreement_keys,
        "certificate": _certificates,
        "revocation_list": lambda: (ISSUER.revocation_list(), pki.revocation_list(SIGNER, [])),
        "cms": _signed,
        "security_object": _sods,
        "master_list": _master_lists,
        "deviation_list": _deviation_lists,
        "list_signer": _lists,
        "ldif": _directories,
        "passive_authentication": _sods,
        "active_authentication": _signatures,
        "secure_messaging": _answers,
        "pace": _pace,
        "reading": _readings,
        "reading_of_files": _held_files,
        "reading_past_troubles": _troubles,
        "c40": lambda: (bytes.fromhex("DE515826"), bytes.fromhex("D9C5FE31"), b"\x13\x3c" * 12),
        "visible_seal": _seals,
        "identity_card_code": _card_codes,
        "resident_sticker": lambda: (
            rb"LS-([A-Z]{2}\d{4,8})" + b"\nLS-AB123456",
            b"([A-Z0-9]{1,48})\nX",
            rb"([A-Za-z0-9]{1,32})" * 3 + b"\n" + b"A" * 64,
        ),
        "presented_code": _codes,
        "permit": _permits,
        "permit_claims": _claims,
        "sealed_face": lambda: (made.SEALED.sealed,),
        "base45": lambda: (one.removeprefix(b"BG1:") for one in _permits()),
        "cbor": lambda: (*_claims(), nested(b"\x81", b"")),
        "cose": _envelopes,
        "signed_lists": _signed_lists,
        "messages": lambda: (messages.encode(one) for one in MESSAGES),
        "portrait": lambda: (PICTURE, PICTURE[:-40], b"\x89PNG\r\n\x1a\n", bytes(16)),
        "face_in_picture": _shaped_pictures,
        "zone_in_picture": _shaped_pictures,
        "codes_in_picture": _shaped_pictures,
    }
)
