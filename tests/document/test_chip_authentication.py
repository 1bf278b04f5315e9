"""Chip authentication: every kind of key from both ends, the reference chip, and clones."""

from secrets import token_bytes

from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
import pytest

from egate.document.agreement_key import PKCS3, STANDARDISED, X942, read_agreement_key
from egate.document.chip_authentication import (
    MOST_KEYS,
    ChipAuthenticationChip,
    ChipKey,
    authenticate_chip,
    chip_keys,
    is_listed,
)
from egate.document.data_group_14 import read_data_group_14
from egate.document.dialogue import ChipError, run
from egate.document.domain_parameters import GROUPS, CurveGroup, Group, KeyRefused, PrimeGroup
from egate.document.pace import encode_oid
from egate.document.secure_messaging import Channel, ChannelBroken
from egate.document.security_infos import BSI, SecurityInfos, read_security_infos
from egate.document.symmetric import Cipher
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw
from tests.document.shared_data import shared

READ = Command(0x00, 0xB0, 0x81, 0x00, le=8)
OIDS = {Cipher.TRIPLE_DES: 1, Cipher.AES_128: 2, Cipher.AES_192: 3, Cipher.AES_256: 4}


def key_of(group: Group, cipher: Cipher, private: int, key_id: int | None = None) -> ChipKey:
    family = 2 if isinstance(group, CurveGroup) else 1
    oid = f"{BSI}.3.{family}.{OIDS[cipher]}"
    return ChipKey(oid, cipher, group, group.public(private), key_id)


class Chip:
    def __init__(self, *keys: tuple[ChipKey, int]) -> None:
        self.protocol = ChipAuthenticationChip(keys)
        self.channel: Channel | None = None
        self.heard: list[Command] = []

    def __call__(self, command: Command) -> Response:
        self.heard.append(command)
        part = self.protocol.select if command.ins == 0x22 else self.protocol.authenticate
        response, self.channel = part(command)
        return response


def talks(mine: Channel, theirs: Channel | None) -> bool:
    assert theirs is not None
    theirs.open_command(mine.protect(READ))
    return mine.unprotect(theirs.seal_response(Response(b"8 bytes.", Sw.OK))).data == b"8 bytes."


@pytest.mark.parametrize("cipher", list(Cipher))
@pytest.mark.parametrize("parameter_id", [0, 10, 13, 14])
@pytest.mark.parametrize("key_id", [None, 0, 1, 0x1234])
def test_both_ends_talk_with_the_new_keys(
    cipher: Cipher, parameter_id: int, key_id: int | None
) -> None:
    key = key_of(GROUPS[parameter_id], cipher, 4711, key_id)
    chip = Chip((key_of(GROUPS[12], cipher, 5, 99), 5), (key, 4711))
    channel = run(authenticate_chip(key, token_bytes), chip).channel
    assert channel.counter == bytes(cipher.block_bytes)
    assert talks(channel, chip.channel)


def test_triple_des_takes_one_command_and_aes_two() -> None:
    for cipher, headers in (
        (Cipher.TRIPLE_DES, ["002241a6"]),
        (Cipher.AES_128, ["002241a4", "00860000"]),
    ):
        key = key_of(GROUPS[13], cipher, 4711)
        chip = Chip((key, 4711))
        run(authenticate_chip(key, token_bytes), chip)
        assert [command.encode()[:4].hex() for command in chip.heard] == headers


@pytest.mark.parametrize("cipher", [Cipher.TRIPLE_DES, Cipher.AES_256])
def test_a_clone_without_the_key_cannot_answer_on_the_new_channel(cipher: Cipher) -> None:
    genuine = key_of(GROUPS[13], cipher, 4711)
    clone = Chip((genuine, 4712))
    channel = run(authenticate_chip(genuine, token_bytes), clone).channel
    assert clone.channel is not None
    with pytest.raises(ChannelBroken, match="mac_differs"):
        clone.channel.open_command(channel.protect(READ))
    with pytest.raises(ChannelBroken):
        channel.unprotect(Response(b"", Sw.OK))


@pytest.mark.parametrize("cipher", [Cipher.TRIPLE_DES, Cipher.AES_128])
def test_a_chip_without_this_key_refuses(cipher: Cipher) -> None:
    chip = Chip((key_of(GROUPS[13], cipher, 4711, 7), 4711))
    with pytest.raises(ChipError, match="refused") as refused:
        run(authenticate_chip(key_of(GROUPS[13], cipher, 4711, 8), token_bytes), chip)
    assert refused.value.sw == Sw.REFERENCED_DATA_NOT_FOUND


def test_the_chip_refuses_a_key_off_its_curve_and_steps_out_of_order() -> None:
    key = key_of(GROUPS[13], Cipher.AES_128, 4711)
    chip = Chip((key, 4711))
    off_curve = tlv.encode(0x7C, tlv.encode(0x80, b"\x04" + bytes(64)))
    authenticate = Command(0, 0x86, 0, 0, off_curve, 256)
    assert chip(authenticate).sw == Sw.CONDITIONS_OF_USE_NOT_SATISFIED
    chip(Command(0, 0x22, 0x41, 0xA4, tlv.encode(0x80, encode_oid(key.oid))))
    assert chip(authenticate).sw == Sw.INCORRECT_DATA


def test_the_reference_chip_of_the_bsi_proves_its_key() -> None:
    folder = shared("emrtd") / "bsi_tr03105_5_reference"
    infos = read_data_group_14((folder / "Datagroup14.bin").read_bytes())
    (key,) = chip_keys(infos)
    assert (str(key), key.key_id) == ("3des brainpoolP224r1", None)
    secret = asn1_keys.PrivateKeyInfo.load((folder / "DG14_sk.pkcs8").read_bytes())
    private = secret["private_key"].parsed["private_key"].native
    chip = Chip((key, private))
    assert talks(run(authenticate_chip(key, token_bytes), chip).channel, chip.channel)


# ---- which keys a DG14 offers


def info(oid: str, *parts: bytes) -> bytes:
    return tlv.encode(0x30, tlv.encode(0x06, encode_oid(oid)) + b"".join(parts))


def number(value: int) -> bytes:
    return tlv.encode(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def key_info(algorithm: bytes, parameters: bytes, public: bytes) -> bytes:
    head = tlv.encode(0x30, tlv.encode(0x06, algorithm) + parameters)
    return tlv.encode(0x30, head + tlv.encode(0x03, b"\x00" + public))


def infos_of(*each: bytes) -> SecurityInfos:
    return read_security_infos(tlv.encode(0x31, b"".join(each)), "DG14")


P_256 = GROUPS[12]
PRIME = GROUPS[0]
NAMED = ec.derive_private_key(4711, ec.SECP256R1()).public_key().public_bytes(
    Encoding.DER, PublicFormat.SubjectPublicKeyInfo
)  # fmt: skip
BY_NUMBER = key_info(STANDARDISED, number(12), P_256.public(4711))


def test_a_key_is_read_by_name_and_by_number() -> None:
    assert read_agreement_key(NAMED) == (P_256, P_256.public(4711))
    assert read_agreement_key(BY_NUMBER) == (P_256, P_256.public(4711))


def test_a_prime_group_is_read_with_and_without_its_order() -> None:
    assert isinstance(PRIME, PrimeGroup)
    public = number(int.from_bytes(PRIME.public(4711)))
    short = tlv.encode(0x30, number(PRIME.prime) + number(PRIME.generator))
    long = tlv.encode(0x30, number(PRIME.prime) + number(PRIME.generator) + number(PRIME.order))
    assert read_agreement_key(key_info(PKCS3, short, public)) == (PRIME, PRIME.public(4711))
    assert read_agreement_key(key_info(X942, long, public)) == (PRIME, PRIME.public(4711))


def test_a_prime_group_of_their_own_agrees_too() -> None:
    assert isinstance(PRIME, PrimeGroup)
    own = tlv.encode(0x30, number(PRIME.prime) + number(3))
    public = number(pow(3, 4711, PRIME.prime))
    group, key = read_agreement_key(key_info(PKCS3, own, public))
    ours = group.pair(group.private(token_bytes))
    assert ours.agree(key) == group.pair(4711).agree(ours.public)


HOSTILE_KEYS = {
    "nothing": b"",
    "no sequence": b"\x04\x00",
    "an empty sequence": b"\x30\x00",
    "two empty parts": b"\x30\x04\x30\x00\x03\x00",
    "5000 bytes": tlv.encode(0x30, bytes(5000)),
    "an unknown number": key_info(STANDARDISED, number(3), P_256.public(1)),
    "no parameters": key_info(STANDARDISED, b"", P_256.public(1)),
    "a point off the curve": key_info(STANDARDISED, number(12), b"\x04" + bytes(64)),
    "an unknown kind": key_info(b"\x2a\x03", number(12), P_256.public(1)),
    "a small prime": key_info(PKCS3, tlv.encode(0x30, number(23) + number(5)), number(8)),
    "a huge prime": key_info(
        PKCS3, tlv.encode(0x30, number((1 << 5000) + 1) + number(5)), number(8)
    ),
    "a prime that takes long": key_info(
        PKCS3, tlv.encode(0x30, number((1 << 4095) + 1) + number(5)), number(8)
    ),
    "an even prime": key_info(PKCS3, tlv.encode(0x30, number(1 << 1024) + number(5)), number(8)),
    "a generator of one": key_info(
        PKCS3, tlv.encode(0x30, number(PRIME.prime) + number(1)), number(8)
    ),
    "no order": key_info(X942, tlv.encode(0x30, number(PRIME.prime) + number(5)), number(8)),
    "a key above the prime": key_info(
        PKCS3, tlv.encode(0x30, number(PRIME.prime) + number(5)), number(1 << 1024)
    ),
    "a key of one": key_info(PKCS3, tlv.encode(0x30, number(PRIME.prime) + number(5)), number(1)),
}


@pytest.mark.parametrize("raw", HOSTILE_KEYS.values(), ids=HOSTILE_KEYS.keys())
def test_what_is_no_usable_key_is_refused(raw: bytes) -> None:
    with pytest.raises(KeyRefused):
        read_agreement_key(raw)


def test_keys_and_protocols_are_paired_by_their_id() -> None:
    infos = infos_of(
        info(f"{BSI}.1.2", NAMED, number(1)),
        info(f"{BSI}.3.2.2", number(1), number(1)),
        info(f"{BSI}.1.2", BY_NUMBER, number(2)),
        info(f"{BSI}.3.2.4", number(1), number(2)),
    )
    assert [(key.cipher.value, key.key_id) for key in chip_keys(infos)] == [
        ("aes-256", 2),
        ("aes-128", 1),
    ]


def test_a_key_nothing_speaks_of_is_used_with_triple_des() -> None:
    (key,) = chip_keys(infos_of(info(f"{BSI}.1.2", NAMED)))
    assert (key.oid, key.cipher) == (f"{BSI}.3.2.1", Cipher.TRIPLE_DES)


UNSPOKEN = {
    "another version": (info(f"{BSI}.1.2", NAMED), info(f"{BSI}.3.2.2", number(3))),
    "a curve called a prime": (info(f"{BSI}.1.1", NAMED), info(f"{BSI}.3.1.2", number(1))),
    "another key's id": (
        info(f"{BSI}.1.2", NAMED, number(1)),
        info(f"{BSI}.3.2.2", number(1), number(2)),
    ),
    "no key": (info(f"{BSI}.3.2.2", number(1)),),
    "a broken key": (info(f"{BSI}.1.2", tlv.encode(0x30, b"")),),
}


@pytest.mark.parametrize("each", UNSPOKEN.values(), ids=UNSPOKEN.keys())
def test_what_cannot_be_used_is_still_listed(each: tuple[bytes, ...]) -> None:
    infos = infos_of(*each)
    assert chip_keys(infos) == ()
    assert is_listed(infos)


def test_of_many_keys_only_the_first_few_are_looked_at() -> None:
    many = (info(f"{BSI}.1.2", NAMED, number(which)) for which in range(60))
    assert [key.key_id for key in chip_keys(infos_of(*many))] == list(range(MOST_KEYS))


def test_a_document_without_chip_authentication_lists_none() -> None:
    assert not is_listed(infos_of(info(f"{BSI}.2", number(1))))
