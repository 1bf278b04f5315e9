"""PACE: the five worked examples, both ends of every mapping and cipher, and chips that lie."""

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_bytes

import pytest

from egate.document import pace
from egate.document.chip_side import PaceChip
from egate.document.dialogue import ChipError, run
from egate.document.domain_parameters import Draw
from egate.document.key_derivation import PASSWORD, derive
from egate.document.mrz_key import MrzKey
from egate.document.pace import Offer, Opened, Password, best, holds_key_of, offer, open_chip
from egate.document.secure_messaging import Channel
from egate.document.symmetric import Cipher
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw

ID_PACE = "0.4.0.127.0.7.2.2.4"
ECDH_GM_AES_128 = f"{ID_PACE}.2.2"


def spoken(oid: str, parameter_id: int) -> Offer:
    found = offer(oid, parameter_id)
    assert found is not None
    return found


@dataclass(frozen=True)
class Example:
    """One worked example: what is drawn, what goes over the wire, what comes out."""

    name: str
    offer: Offer
    password: Password
    private_keys: tuple[int, ...]
    nonces: tuple[bytes, ...]
    exchange: tuple[tuple[str, str], ...]
    encryption: str
    authentication: str

    def draw(self) -> Draw:
        order = self.offer.group.order
        nonces = list(self.nonces)
        keys = [(key - 1) % order for key in self.private_keys]

        def drawn(size: int) -> bytes:
            return nonces.pop(0) if nonces else keys.pop(0).to_bytes(size)

        return drawn


ZONE_G = MrzKey("T22000129", "640812", "101031")
ZONE_I = MrzKey("C11T002JM", "960812", "231031")
# The key of the nonce that appendix H prints is of no zone it prints: here the nonce comes
# under a password of ours, and all that follows is the standard's.
PASSWORD_H = Password(1, b"a password of ours")


def sealed_h(nonce: str) -> str:
    key = derive(PASSWORD_H.secret, PASSWORD, Cipher.AES_128)
    return Cipher.AES_128.encrypt(key, bytes.fromhex(nonce)).hex()


# ICAO 9303-11 appendix G.1: ECDH, generic mapping, brainpoolP256r1
G1_NONCE = "3F00C4D39D153F2B2A214A078D899B22"
G1_KEY_IFD = "7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D"  # noqa: E501  # one number
G1_KEY_IC = "824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54"  # noqa: E501  # one number
G1_MAPPED_IFD = "2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB36462"  # noqa: E501  # one number
G1_MAPPED_IC = "9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B22277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F094"  # noqa: E501  # one number
G1 = Example(
    "G.1",
    spoken(ECDH_GM_AES_128, 13),
    Password.from_mrz(ZONE_G),
    (
        0x7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99,
        0xA73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595,
    ),
    (),
    (
        ("0022C1A40F 800A04007F00070202040202 830101", ""),
        ("1086000002 7C00 00", "7C12 8010 95A3A016522EE98D01E76CB6B98B42C3"),
        (f"1086000045 7C43 8141 04{G1_KEY_IFD} 00", f"7C43 8241 04{G1_KEY_IC}"),
        (f"1086000045 7C43 8341 04{G1_MAPPED_IFD} 00", f"7C43 8441 04{G1_MAPPED_IC}"),
        ("008600000C 7C0A 8508 C2B0BD78D94BA866 00", "7C0A 8608 3ABB9674BCE93C08"),
    ),
    "F5F0E35C0D7161EE6724EE513A0D9A7F",
    "FE251C7858B356B24514B3BD5F4297D1",
)
# appendix G.2: DH, generic mapping, 1024-bit prime
G2 = Example(
    "G.2",
    spoken(f"{ID_PACE}.1.2", 0),
    Password.from_mrz(ZONE_G),
    (0x5265030F751F4AD18B08AC565FC7AC952E41618D, 0x89CCD99B0E8D3B1F11E1296DCA68EC53411CF2CA),
    (),
    (
        ("0022C1A40F 800A04007F00070202040102 830101", ""),
        ("1086000002 7C00 00", "7C12 8010 854D8DF5827FA6852D1A4FA701CDDDCA"),
        (
            (
                "1086000086 7C8183 818180"
                "23FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA7D2B3E"
                "B71C343DB13D1DEBCE9A3666DBCFC920B49174A602CB47965CAA73DC702489A4"
                "4D41DB914DE9613DC5E98C94160551C0DF86274B9359BC0490D01B03AD54022D"
                "CB4F57FAD6322497D7A1E28D46710F461AFE710FBBBC5F8BA166F4311975EC6C 00"
            ),
            (
                "7C8183 828180"
                "78879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E6"
                "23EA5738B26381E4DA19E004706FACE7B235C2DBF2F38748312F3C98C2DD4882"
                "A41947B324AA1259AC22579DB93F7085655AF30889DBB845D9E6783FE42C9F24"
                "49400306254C8AE8EE9DD812A804C0B66E8CAFC14F84D8258950A91B44126EE6"
            ),
        ),
        (
            (
                "1086000086 7C8183 838180"
                "907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE520BD91155"
                "1B9AE4D04369F29A02626C86FBC6747CC7BC352645B6161A2A42D44EDA80A08F"
                "A8D61B76D3A154AD8A5A51786B0BC07147057871A922212C5F67F43173172236"
                "B7747D1671E6D692A3C7D40A0C3C5CE397545D015C175EB5130551EDBC2EE5D4 00"
            ),
            (
                "7C8183 848180"
                "075693D9AE941877573E634B6E644F8E60AF17A0076B8B123D9201074D36152B"
                "D8B3A213F53820C42ADC79AB5D0AEEC3AEFB91394DA476BD97B9B14D0A65C1FC"
                "71A0E019CB08AF55E1F729005FBA7E3FA5DC41899238A250767A6D46DB974064"
                "386CD456743585F8E5D90CC8B4004B1F6D866C79CE0584E49687FF61BC29AEA1"
            ),
        ),
        ("008600000C 7C0A 8508 B46DD9BD4D98381F 00", "7C0A 8608 917F37B5C0E6D8D1"),
    ),
    "2F7F46ADCC9E7E521B45D192FAFA9126",
    "805A1D27D45A5116F73C54469462B7D8",
)
# appendix H.1: ECDH, integrated mapping, brainpoolP256r1
H1_MAPPED_IFD = "89CBA23FFE96AA18D824627C3E934E54A9FD0B87A95D1471DC1C0ABFDCD640D46755DE9B7B778280B6BEBD57439ADFEB0E21FD4ED6DF42578C13418A59B34C37"  # noqa: E501  # one number
H1_MAPPED_IC = "67F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8932B69A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D22753"  # noqa: E501  # one number
H1 = Example(
    "H.1",
    spoken(f"{ID_PACE}.4.2", 13),
    PASSWORD_H,
    (0xA73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595,),
    (bytes.fromhex("5DD4CBFC96F5453B130D890A1CDBAE32"),),
    (
        ("0022C1A40F 800A04007F00070202040402 830101", ""),
        ("1086000002 7C00 00", f"7C12 8010 {sealed_h('2923BE84E16CD6AE529049F1F1BBE9EB')}"),
        ("1086000014 7C12 8110 5DD4CBFC96F5453B130D890A1CDBAE32 00", "7C02 8200"),
        (f"1086000045 7C43 8341 04{H1_MAPPED_IFD} 00", f"7C43 8441 04{H1_MAPPED_IC}"),
        ("008600000C 7C0A 8508 450F02B86F6A0909 00", "7C0A 8608 75D4D96E8D5B0308"),
    ),
    "0D3FEB33251A6370893D62AE8DAAF51B",
    "B01E89E3D9E8719E586B50B4A7506E0B",
)
# appendix H.2: DH, integrated mapping, 1024-bit prime
H2 = Example(
    "H.2",
    spoken(f"{ID_PACE}.3.2", 0),
    PASSWORD_H,
    (
        int(
            "4BD0E54740F9A028E6A515BFDAF967848C4F5F5FFF65AA0915947FFD1A0DF2FA"
            "6981271BC905F3551457B7E03AC3B8066DE4AA406C1171FB43DD939C4BA16175"
            "103BA3DEE16419AA248118F90CC36A3D6F4C373652E0C3CCE7F0F1D0C5425B36"
            "00F0F0D6A67F004C8BBA33F2B4733C7252445C1DFC4F1107203F71D2EFB28161",
            16,
        ),
    ),
    (bytes.fromhex("B3A6DB3C870C3E99245E0D1C06B747DE"),),
    (
        ("0022C1A40F 800A04007F00070202040302 830101", ""),
        ("1086000002 7C00 00", f"7C12 8010 {sealed_h('FA5B7E3E49753A0DB9178B7B9BD898C8')}"),
        ("1086000014 7C12 8110 B3A6DB3C870C3E99245E0D1C06B747DE 00", ""),
        (
            (
                "1086000086 7C8183 838180"
                "0F0CC62945A8029251FB7EF3C094E12EC68E4EF07F27CB9D9CD04C5C4250FAE0"
                "E4F8A951557E929AEB48E5C6DD47F2F5CD7C351A9BD2CD722C07EDE166770F08"
                "FFCB370262CF308DD7B07F2E0DA9CAAA1492344C852906919538C98A4BA4187E"
                "76CE9D87832386D319CE2E043C3343AEAE6EDBA1A9894DC5094D22F7FE1351D5 00"
            ),
            (
                "7C8183 848180"
                "928D9A0F9DBA450F13FC859C6F290D1D36E42431138A4378500BEB4E0401854C"
                "FF111F71CB6DC1D0335807A11388CC8EAA87B07907AAD9FBA6B169AF6D8C26AF"
                "8DDDC39ADC3AD2E3FF882B84D23E9768E95A80E4746FB07A9767679FE92133B4"
                "D379935C771BD7FBED6C7BB4B1708B275EA75679524CDC9C6A91370CC662A2F3"
            ),
        ),
        ("008600000C 7C0A 8508 55D61977CBF5307E 00", "7C0A 8608 C2F04230187E1525"),
    ),
    "01AFC10CF87BE36D8179E87370171F07",
    "23F0FBD05FD6C7B8B88F4C8309669061",
)
# appendix I.1: chip authentication mapping, brainpoolP256r1; its static key from EF.CardSecurity
I1_KEY_IFD = "7F1D410ADB7DDB3B84BF1030800981A9105D7457B4A3ADE002384F3086C67EDE1AB889104A27DB6D842B019020FBF3CEACB0DC627F7BDCAC29969E19D0E553C1"  # noqa: E501  # one number
I1_KEY_IC = "A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B304F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23"  # noqa: E501  # one number
I1_MAPPED_IFD = "446C934084D9DAB863944F219520076C29EE3F7AE6722B11FF319EC1C7728F955483400BFF60BF0C5929270009277DC2A515E12575010AD9BA916CF1BF86FEFC"  # noqa: E501  # one number
I1_MAPPED_IC = "02AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA993333111C3B9B4C2287789BD137E7F8AA882E2A3C633CCD6ECC2C63C57AD401A09C2E1"  # noqa: E501  # one number
I1_STATIC = bytes.fromhex(
    "041872709494399E7470A6431BE25E83EEE24FEA568C2ED28DB48E05DB3A610DC8"
    "84D256A40E35EFCB59BF6753D3A489D28C7A4D973C2DA138A6E7A4A08F68E16F"
)
I1 = Example(
    "I.1",
    spoken(f"{ID_PACE}.6.2", 13),
    Password.from_mrz(ZONE_I),
    (
        0x5D8BB87BD74D985A4B7D4325B9F7B976FE835122773400798914AA22738135CC,
        0x76ECFDAA9841C323A3F5FC5E88B88DB3EFF7E35EBF57A7E6946CB630006C2120,
    ),
    (),
    (
        ("0022C1A40F 800A04007F00070202040602 830101", ""),
        ("1086000002 7C00 00", "7C12 8010 CB60E8E0D85B76A9BD304747C2AD42E2"),
        (f"1086000045 7C43 8141 04{I1_KEY_IFD} 00", f"7C43 8241 04{I1_KEY_IC}"),
        (f"1086000045 7C43 8341 04{I1_MAPPED_IFD} 00", f"7C43 8441 04{I1_MAPPED_IC}"),
        (
            "008600000C 7C0A 8508 E86BD06018A1CD3B 00",
            (
                "7C3C 8608 8596CF055C67C1A3 8A30 1EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8"
                "798CF77F5B7A54BD10CBA372B42BE0B9B5F28AA8DE2F4F92"
            ),
        ),
    ),
    "0A9DA4DB03BDDE39FC5202BC44B2E89E",
    "4B1C06491ED5140CA2B537D344C6C0B1",
)
EXAMPLES = [G1, G2, H1, H2, I1]


def carried_out(example: Example) -> tuple[Opened, list[str]]:
    answers = [bytes.fromhex(answer) for _, answer in example.exchange]
    heard: list[str] = []

    def answer(command: Command) -> Response:
        heard.append(command.encode().hex().upper())
        return Response(answers.pop(0), Sw.OK)

    return run(open_chip(example.offer, example.password, example.draw()), answer), heard


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_worked_examples_hold_at_the_terminals_end(example: Example) -> None:
    opened, heard = carried_out(example)
    assert heard == [command.replace(" ", "").upper() for command, _ in example.exchange]
    keys = opened.channel._keys
    assert keys.encryption.hex().upper() == example.encryption
    assert keys.authentication.hex().upper() == example.authentication
    assert opened.channel.counter == bytes(16)


def test_the_worked_example_of_generic_mapping_holds_at_the_chips_end() -> None:
    chip_keys = (
        0x498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560,
        0x107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A,
    )
    nonces = (bytes.fromhex(G1_NONCE),)
    draw = Example("", G1.offer, G1.password, chip_keys, nonces, (), "", "").draw()
    protocol = PaceChip((G1.offer,), {1: G1.password.secret}, draw)
    answers = [protocol.select(Command(0, 0x22, 0xC1, 0xA4, bytes.fromhex(G1.exchange[0][0])[5:]))]
    for asked, _ in G1.exchange[1:]:
        raw = bytes.fromhex(asked)
        answers.append(protocol.authenticate(Command(raw[0], 0x86, 0, 0, raw[5:-1], 256))[0])
    assert [answer.data.hex().upper() for answer in answers] == [
        answer.replace(" ", "") for _, answer in G1.exchange
    ]


def test_the_worked_example_of_chip_authentication_mapping_proves_the_key() -> None:
    opened, _ = carried_out(I1)
    assert opened.authentication_data.hex() == (
        "85dc3fa93d0952bfa82f5fd189ee75bd82f11d1f0b8ed4bf5319ac9b53c426b3"
    )
    assert holds_key_of(opened, I1_STATIC)
    assert not holds_key_of(opened, bytes.fromhex("04" + G1_KEY_IC))
    assert not holds_key_of(opened, b"")
    assert not holds_key_of(carried_out(G1)[0], I1_STATIC)


def test_chip_and_terminal_are_named_by_their_keys_of_step_3() -> None:
    opened, _ = carried_out(I1)
    assert opened.chip.hex().upper() == (
        "02AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA9933331"
    )
    assert opened.our_key.hex().upper() == (
        "446C934084D9DAB863944F219520076C29EE3F7AE6722B11FF319EC1C7728F95"
    )
    assert opened.trusted == ()


def test_the_nonce_of_the_integrated_examples_decrypts_with_the_key_they_print() -> None:
    key = bytes.fromhex("591468CDA83D65219CCCB8560233600F")
    nonce = Cipher.AES_128.decrypt(key, bytes.fromhex("143DC40C08C8E891FBED7DEDB92B64AD"))
    assert nonce.hex().upper() == "2923BE84E16CD6AE529049F1F1BBE9EB"


# ---- both ends, whatever the protocol


class Chip:
    def __init__(self, offers: tuple[Offer, ...], static_key: int = 0) -> None:
        passwords = {1: Password.from_mrz(ZONE_G).secret, 2: b"123456"}
        self.protocol = PaceChip(offers, passwords, token_bytes, static_key)
        self.channel: Channel | None = None

    def __call__(self, command: Command) -> Response:
        if command.ins == 0x22:
            return self.protocol.select(command)
        response, self.channel = self.protocol.authenticate(command)
        return response


ZONE = Password.from_mrz(ZONE_G)
CAN = Password.from_can("123456")
READ = Command(0x00, 0xB0, 0x9C, 0x00, le=256)
OFFERS = [
    found
    for mapping in (1, 2, 3, 4, 6)
    for cipher in (1, 2, 3, 4)
    for parameter_id in ((0,) if mapping in {1, 3} else (12, 14))
    if (found := offer(f"{ID_PACE}.{mapping}.{cipher}", parameter_id)) is not None
]


@pytest.mark.parametrize("chosen", OFFERS, ids=str)
def test_both_ends_talk_afterwards(chosen: Offer) -> None:
    chip = Chip((chosen,), static_key=4711)
    opened = run(open_chip(chosen, CAN, token_bytes), chip)
    assert chip.channel is not None
    assert chip.channel.open_command(opened.channel.protect(READ)) == READ
    assert holds_key_of(opened, chosen.group.public(4711)) == (
        chosen.mapping is pace.Mapping.CHIP_AUTHENTICATION
    )


@pytest.mark.parametrize("parameter_id", [0, 1, 2, *range(8, 19)])
def test_every_standardised_group_opens_a_chip(parameter_id: int) -> None:
    chosen = spoken(f"{ID_PACE}.{1 if parameter_id < 8 else 2}.2", parameter_id)
    chip = Chip((chosen,))
    assert run(open_chip(chosen, ZONE, token_bytes), chip).channel.is_open


def test_an_ambiguous_group_is_named() -> None:
    small, large = spoken(ECDH_GM_AES_128, 12), spoken(ECDH_GM_AES_128, 16)
    chip = Chip((small, large))
    opened = run(open_chip(large, ZONE, token_bytes, is_ambiguous=True), chip)
    assert opened.offer is large
    assert chip.channel is not None


@pytest.mark.parametrize("chosen", OFFERS[::3], ids=str)
def test_another_password_is_refused_by_the_chip(chosen: Offer) -> None:
    chip = Chip((chosen,), static_key=4711)
    with pytest.raises(ChipError, match="password_refused"):
        run(open_chip(chosen, Password.from_can("654321"), token_bytes), chip)
    assert chip.channel is None


def test_a_zone_is_not_taken_for_a_card_access_number() -> None:
    chip = Chip((G1.offer,))
    with pytest.raises(ChipError, match="password_refused"):
        run(open_chip(G1.offer, Password(2, ZONE.secret), token_bytes), chip)


Change = Callable[[Command, bytes], bytes]


def lying(tag: int, change: Change, offer: Offer = G1.offer) -> Callable[[Command], Response]:
    chip = Chip((offer,))

    def answer(command: Command) -> Response:
        response = chip(command)
        if command.ins != 0x86 or not response.data:
            return response
        items = tlv.decode_all(tlv.decode_one(response.data, 0x7C))
        changed = b"".join(
            tlv.encode(item.tag, change(command, item.value) if item.tag == tag else item.value)
            for item in items
        )
        return Response(tlv.encode(0x7C, changed), response.sw)

    return answer


def reflected(command: Command, _: bytes) -> bytes:
    return tlv.decode_all(tlv.decode_one(command.data, 0x7C))[0].value


OFF_CURVE = b"\x04" + bytes(63) + b"\x01"
LIES: list[tuple[str, int, Change, str]] = [
    ("a nonce of one byte", 0x80, lambda *_: b"\x00", "malformed"),
    ("a nonce that is no block", 0x80, lambda _, value: value + b"\x00", "malformed"),
    ("a nonce of 1000 blocks", 0x80, lambda *_: bytes(16_000), "malformed"),
    ("a mapping key off the curve", 0x82, lambda *_: OFF_CURVE, "key_refused"),
    ("no mapping key", 0x82, lambda *_: b"", "key_refused"),
    ("our mapping key", 0x82, reflected, "key_reflected"),
    ("another mapping key", 0x82, lambda *_: G1.offer.group.public(3), "password_refused"),
    ("a key off the curve", 0x84, lambda *_: OFF_CURVE, "key_refused"),
    ("the point at infinity", 0x84, lambda *_: b"\x00", "key_refused"),
    ("our key", 0x84, reflected, "key_reflected"),
    ("another key", 0x84, lambda *_: G1.offer.group.public(3), "password_refused"),
    ("our token", 0x86, reflected, "chip_not_authenticated"),
    ("no token", 0x86, lambda *_: b"", "chip_not_authenticated"),
    ("half a token", 0x86, lambda _, value: value[:4], "chip_not_authenticated"),
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie[0])
def test_a_chip_that_lies_opens_no_channel(lie: tuple[str, int, Change, str]) -> None:
    _, tag, change, reason = lie
    with pytest.raises(ChipError) as refused:
        run(open_chip(G1.offer, ZONE, token_bytes), lying(tag, change))
    assert refused.value.reason == reason


PRIME = G2.offer.group
OUTSIDE = PRIME.prime - 2
LIES_OF_PRIMES: list[tuple[str, Change, str]] = [
    ("a number outside the group", lambda *_: OUTSIDE.to_bytes(PRIME.secret_bytes), "key_refused"),
    ("1", lambda *_: b"\x01", "key_refused"),
    ("our number", reflected, "key_reflected"),
    ("our number, shortened or longer", lambda *said: b"\0" + reflected(*said), "key_reflected"),
]


@pytest.mark.parametrize("tag", [0x82, 0x84], ids=["mapping", "agreement"])
@pytest.mark.parametrize("lie", LIES_OF_PRIMES, ids=lambda lie: lie[0])
def test_a_chip_that_lies_about_its_number_opens_no_channel(
    tag: int, lie: tuple[str, Change, str]
) -> None:
    _, change, reason = lie
    with pytest.raises(ChipError) as refused:
        run(open_chip(G2.offer, ZONE, token_bytes), lying(tag, change, G2.offer))
    assert refused.value.reason == reason


@pytest.mark.parametrize("answer", ["", "7C", "7C00", "7C0180", "7C028000FF", "30028000", "7C8400"])
def test_a_malformed_answer_is_refused(answer: str) -> None:
    data = bytes.fromhex(answer)
    with pytest.raises(ChipError, match="malformed"):
        run(open_chip(G1.offer, ZONE, token_bytes), lambda _: Response(data, Sw.OK))


@pytest.mark.parametrize("data", [b"", bytes(15), bytes(16)])
def test_chip_authentication_mapping_without_its_data_is_refused(data: bytes) -> None:
    chosen = I1.offer
    chip = Chip((chosen,), static_key=4711)

    def answer(command: Command) -> Response:
        response = chip(command)
        if command.cla == 0x10 or command.ins == 0x22:
            return response
        token = tlv.decode_all(tlv.decode_one(response.data, 0x7C))[0]
        kept = tlv.encode(0x86, token.value) + tlv.encode(0x8A, data)
        return Response(tlv.encode(0x7C, kept), Sw.OK)

    with pytest.raises(ChipError, match="authentication_data_missing"):
        run(open_chip(chosen, ZONE, token_bytes), answer)


def test_a_chip_without_the_static_key_proves_nothing() -> None:
    chip = Chip((I1.offer,), static_key=4711)
    opened = run(open_chip(I1.offer, ZONE, token_bytes), chip)
    assert not holds_key_of(opened, I1.offer.group.public(4712))


@pytest.mark.parametrize("sw", [0x6A80, 0x6A88, 0x6982, 0x6300, 0x63C2])
@pytest.mark.parametrize("step", range(5))
def test_a_refusal_at_any_step_ends_it(step: int, sw: int) -> None:
    chip, asked = Chip((G1.offer,)), []

    def answer(command: Command) -> Response:
        asked.append(command)
        return Response(b"", sw) if len(asked) == step + 1 else chip(command)

    with pytest.raises(ChipError, match="refused") as refused:
        run(open_chip(G1.offer, ZONE, token_bytes), answer)
    assert refused.value.sw == sw
    assert len(asked) == step + 1


def test_the_chip_refuses_steps_out_of_order() -> None:
    chip = Chip((G1.offer,))
    key = tlv.encode(0x7C, tlv.encode(0x83, G1.offer.group.public(3)))
    assert chip(Command(0x10, 0x86, 0, 0, key, 256)).sw == Sw.CONDITIONS_OF_USE_NOT_SATISFIED
    chip(Command(0, 0x22, 0xC1, 0xA4, bytes.fromhex(G1.exchange[0][0])[5:]))
    assert chip(Command(0x10, 0x86, 0, 0, key, 256)).sw == Sw.AUTHENTICATION_FAILED


UNSPOKEN = [
    (f"{ID_PACE}.2.2", 0),  # ECDH in a prime's group
    (f"{ID_PACE}.1.2", 13),  # DH on a curve
    (f"{ID_PACE}.4.2", 10),  # integrated mapping on P-224
    (f"{ID_PACE}.6.1", 13),  # chip authentication mapping with 3DES
    (f"{ID_PACE}.5.2", 13),
    (f"{ID_PACE}.2.5", 13),
    (f"{ID_PACE}.2", 13),
    (f"{ID_PACE}.2.2.1", 13),
    (f"{ID_PACE}.2.2", 7),
    (f"{ID_PACE}.2.2", None),
    ("0.4.0.127.0.7.2.2.3.2.2", 13),
    ("", 13),
]


@pytest.mark.parametrize(("oid", "parameter_id"), UNSPOKEN)
def test_what_the_standard_does_not_have_is_no_offer(oid: str, parameter_id: int | None) -> None:
    assert offer(oid, parameter_id) is None


def test_the_offer_that_proves_the_chip_is_taken_then_the_strongest() -> None:
    mapped = spoken(f"{ID_PACE}.6.2", 13)
    strong = spoken(f"{ID_PACE}.2.4", 16)
    weak = spoken(f"{ID_PACE}.2.1", 13)
    prime = spoken(f"{ID_PACE}.1.4", 2)
    assert best([weak, prime, strong, mapped]) is mapped
    assert best([weak, prime, strong]) is strong
    assert best([weak, prime]) is weak
    assert best([]) is None
