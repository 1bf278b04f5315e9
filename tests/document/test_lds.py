"""Files of the chip: EF.COM, EF.SOD, EF.DIR, the table of files, and the reference data set.

Source: ICAO 9303-10 (examples of its tables); BSI TR-03105-5 reference data set.
"""

from pathlib import Path

import pytest

from egate.document.data_group_1 import read_data_group_1
from egate.document.data_group_2 import read_data_group_2
from egate.document.data_group_14 import read_data_group_14
from egate.document.data_group_15 import read_data_group_15
from egate.document.face_record import PictureKind
from egate.document.lds import (
    CARD_ACCESS,
    COM,
    DATA_GROUPS,
    SOD,
    Com,
    LdsError,
    read_card_security,
    read_com,
    read_directory,
    read_security_object,
)
from egate.document.mrz import Layout
from egate.document.security_infos import (
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    TerminalAuthenticationInfo,
)
from egate.domain.check import Outcome
from egate.wire.tlv import encode
from tests.document.shared_data import shared

COM_FILE = bytes.fromhex("6017 5F0104 30313037 5F3606 303430303030 5C05 6175637F6E")


def test_the_table_has_the_files_of_the_standard() -> None:
    assert (COM.file_id, COM.short_id, COM.tag) == (0x011E, 0x1E, 0x60)
    assert (SOD.file_id, SOD.short_id, SOD.tag) == (0x011D, 0x1D, 0x77)
    assert (CARD_ACCESS.file_id, CARD_ACCESS.short_id) == (0x011C, 0x1C)
    assert [(file.file_id, file.short_id) for file in DATA_GROUPS.values()] == [
        (0x0100 + number, number) for number in range(1, 17)
    ]
    tags = {1: 0x61, 2: 0x75, 3: 0x63, 4: 0x76, 5: 0x65, 11: 0x6B, 14: 0x6E, 15: 0x6F, 16: 0x70}
    assert {number: DATA_GROUPS[number].tag for number in tags} == tags


def test_com_tells_versions_and_data_groups_and_the_tags_it_does_not_know() -> None:
    assert read_com(COM_FILE) == Com("0107", "040000", (1, 2, 3, 14), (0x7F,))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "malformed"),
        (COM_FILE[:-1], "malformed"),
        (COM_FILE + b"\x00", "malformed"),
        (b"\x61" + COM_FILE[1:], "malformed"),
        (encode(0x60, b"\x5c\x01\x61"), "bad_structure"),
        (COM_FILE.replace(b"0107", b"01.7"), "bad_structure"),
        (encode(0x60, bytes.fromhex("5C 01")), "malformed"),
        (encode(0x60, b"\x5c" + bytes([0x82, 0x02, 0x00]) + bytes(512)), "malformed"),
    ],
)
def test_what_is_no_com_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(LdsError) as error:
        read_com(raw)
    assert (error.value.part, error.value.reason) == ("EF.COM", reason)


def test_a_security_object_is_handed_on_byte_for_byte() -> None:
    signed = bytes.fromhex("30 81 02 05 00")
    assert read_security_object(encode(0x77, signed)) == signed
    for wrong in (b"", signed, encode(0x77, b""), encode(0x77, b"\x31\x00")):
        with pytest.raises(LdsError):
            read_security_object(wrong)


def test_card_security_is_a_signed_message_by_itself() -> None:
    assert read_card_security(b"\x30\x02\x05\x00") == b"\x30\x02\x05\x00"
    with pytest.raises(LdsError):
        read_card_security(b"\x31\x02\x05\x00")


def test_a_directory_names_its_applications() -> None:
    raw = bytes.fromhex("61094F07A0000002471001 610D4F0BA0000002480300A0000001")
    assert read_directory(raw) == (
        bytes.fromhex("A0000002471001"),
        bytes.fromhex("A0000002480300A0000001"),
    )
    for wrong in (b"\x61\x00", b"\x61\x02\x4f\x00", b"\x61", b"\x61\x02\x4f\x00" * 17):
        with pytest.raises(LdsError):
            read_directory(wrong)


def test_an_error_shows_no_content() -> None:
    with pytest.raises(LdsError) as error:
        read_data_group_1(encode(0x61, encode(0x5F1F, b"P<UTO\xff")))
    assert str(error.value) == "DG1: bad_structure"


@pytest.fixture
def reference() -> Path:
    return shared("emrtd") / "bsi_tr03105_5_reference"


def test_the_reference_document_is_read(reference: Path) -> None:
    com = read_com((reference / "EF_COM.bin").read_bytes())
    assert com == Com("0107", "040000", (1, 2, 3, 4, 14))
    zone = read_data_group_1((reference / "Datagroup1.bin").read_bytes())
    assert zone.mrz is not None
    assert zone.mrz.layout is Layout.TD3
    assert all(one.outcome is not Outcome.FAILED for one in zone.findings)
    assert len(read_security_object((reference / "EF_SOD.bin").read_bytes())) == 1930


def test_the_face_of_the_reference_document_is_found(reference: Path) -> None:
    raw = (reference / "Datagroup2.bin").read_bytes()
    (template,) = read_data_group_2(raw)
    (picture,) = template.pictures
    assert (template.format_owner, template.format_type) == (0x0101, 0x0008)
    assert (picture.kind, picture.announced_width, picture.announced_height) == (
        PictureKind.JP2, 337, 449,
    )  # fmt: skip
    assert picture.data == raw[-14_999:]


def test_the_keys_of_the_reference_document_are_its_own(reference: Path) -> None:
    key, info, terminal = read_data_group_14((reference / "Datagroup14.bin").read_bytes())
    assert isinstance(key, ChipAuthenticationPublicKeyInfo)
    assert isinstance(info, ChipAuthenticationInfo)
    assert isinstance(terminal, TerminalAuthenticationInfo)
    assert key.public_key == (reference / "DG14_pk.bin").read_bytes()
    assert (info.agreement, info.cipher, info.version) == ("ecdh", "3des", 1)
    assert (
        read_data_group_15((reference / "Datagroup15.bin").read_bytes())
        == (reference / "DG15_pk.bin").read_bytes()
    )


def test_every_real_security_object_is_unwrapped() -> None:
    objects = sorted((shared("emrtd") / "sods").glob("*.bin"))
    assert len(objects) >= 7
    for path in objects:
        raw = path.read_bytes()
        assert raw.endswith(read_security_object(raw))
