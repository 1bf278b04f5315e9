"""The factory's documents are sound when nothing is wrong with them, and wrong in one thing each.

FAULTS: what is wrong, and every check that then says something else than of the sound document.

Source: research/emrtd.md 1.3, 3.3 (algorithms met), 6.2 (the faults) and section 7 (the CCCD).
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from egate.document import list_signer, master_list
from egate.document.certificates import decode as certificate
from egate.document.data_group_1 import read_data_group_1
from egate.document.data_group_2 import read_data_group_2
from egate.document.data_group_7 import read_data_group_7
from egate.document.data_group_11 import read_data_group_11
from egate.document.data_group_12 import read_data_group_12
from egate.document.data_group_13 import Detail, cccd_details, read_data_group_13
from egate.document.data_group_14 import read_data_group_14
from egate.document.data_group_15 import read_data_group_15
from egate.document.data_group_16 import read_data_group_16
from egate.document.lds import DATA_GROUPS, DIR, SOD, read_directory
from egate.document.mrz import Layout
from egate.document.pace import Mapping
from egate.document.picture_size import picture_size
from egate.document.symmetric import Cipher
from egate.document.trust_store import TrustStore
from egate.domain.check import Check
from simulators import pki
from simulators.data_groups import GREY_JPEG, with_announced_size
from simulators.document_factory import (
    PASSPORT,
    CardSecurity,
    Description,
    Faults,
    Issuer,
    Signer,
    identity_card,
    issue,
    pace,
    traveller,
)
from tests.simulators.inspected import Told, differing, inspected

GM, IM, CAM = Mapping.GENERIC, Mapping.INTEGRATED, Mapping.CHIP_AUTHENTICATION
FULL = Description(signing_key="secp256r1", more=frozenset({3, 7, 11, 12, 13, 16}))
WEAKER = pace(GM, Cipher.TRIPLE_DES, 12)

SOUND = {
    "a passport": Description(),
    "with everything": FULL,
    "an identity card": identity_card(),
    "basic access only": Description(pace=()),
    "PACE only": Description(has_basic_access=False),
    "open to anyone": Description(pace=(), has_basic_access=False, chip_key=None),
    "no proof of the chip": Description(chip_key=None),
    "two ways of PACE": Description(pace=(WEAKER, pace(CAM, Cipher.AES_256, 16))),
    "integrated mapping": Description(pace=(pace(IM, Cipher.AES_192, 15),)),
    "primes": Description(pace=(pace(GM, Cipher.AES_128, 2),), chip_key=(Cipher.AES_256, 1)),
    "3DES throughout": Description(pace=(WEAKER,), chip_key=(Cipher.TRIPLE_DES, 10)),
    "a key with a number": Description(chip_key=(Cipher.AES_256, 14), chip_key_id=3),
    "versions signed": Description(lds_version="0108"),
    "a face of 39794": Description(has_39794=True),
    "SHA-512 over the files": Description(hash_name="sha512"),
    "SHA-224 over the files": Description(hash_name="sha224"),
}
READERS: dict[int, Callable[[bytes], object]] = {
    1: read_data_group_1,
    7: read_data_group_7,
    11: read_data_group_11,
    12: read_data_group_12,
    13: read_data_group_13,
    14: read_data_group_14,
    15: read_data_group_15,
    16: read_data_group_16,
}


@pytest.fixture(scope="module")
def sound() -> Told:
    return inspected(FULL)


@pytest.mark.parametrize("description", SOUND.values(), ids=SOUND)
def test_a_sound_document_passes_every_check_that_applies(description: Description) -> None:
    told = inspected(description)
    assert {outcome for outcome, _ in told.values()} <= {"passed", "not_applicable"}
    assert told[Check.DATA_GROUPS_ARE_UNALTERED] == ("passed", "hashes_match")
    assert told[Check.CHIP_MRZ_IS_THE_PRINTED_ONE] == ("passed", "lines_agree")
    assert told[Check.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE] == ("passed", "same_state")


@pytest.mark.parametrize("description", SOUND.values(), ids=SOUND)
def test_the_files_are_what_the_rooms_of_the_standard_read(description: Description) -> None:
    files = issue(description).application
    for which, read in READERS.items():
        if (raw := files.get(DATA_GROUPS[which].file_id)) is not None:
            read(raw)
    (template,) = read_data_group_2(files[DATA_GROUPS[2].file_id])
    assert template.pictures[0].data == description.portrait


@pytest.mark.parametrize("how", pki.SEEN_IN_THE_WILD.values(), ids=pki.SEEN_IN_THE_WILD)
def test_every_way_of_signing_verifies_and_only_sha_1_is_for_the_policy(
    how: pki.How, sound: Told
) -> None:
    odd = differing(inspected(FULL, issuer=Issuer(how)), sound)
    is_old = how.hash == "sha1"
    not_allowed = {
        Check.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED: ("failed", "algorithm_not_allowed")
    }
    assert odd == (not_allowed if is_old else {})


ALTERED = {Check.DATA_GROUPS_ARE_UNALTERED: ("failed", "altered")}
COM_DIFFERS = {Check.COM_AGREES_WITH_THE_SECURITY_OBJECT: ("failed", "data_groups_differ")}
NOT_READ = {Check.NO_DATA_GROUP_IS_MISSING: ("failed", "not_read")}
NO_PORTRAIT = {Check.DOCUMENT_HAS_A_PORTRAIT: ("not_done", "not_read")}
NO_CHIP_ZONE = {
    Check.CHIP_MRZ_IS_THE_PRINTED_ONE: ("not_done", "no_chip_zone"),
    Check.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE: ("not_done", "no_chip_zone"),
}
KEYS_UNPROVEN = {Check.CHIP_IS_GENUINE: ("inconclusive", "keys_unproven")}
A_PROOF_FAILED = {Check.CHIP_IS_GENUINE: ("failed", "a_proof_failed")}
NO_CHIP_KEY = A_PROOF_FAILED | {
    Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: ("failed", "key_missing")
}
NO_SIGNING_KEY = A_PROOF_FAILED | {
    Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: ("failed", "key_missing")
}
DOWNGRADED = {Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED: ("failed", "protocol_downgrade")}

FAULTS: dict[str, tuple[Faults, Told]] = {
    **{
        f"DG{which} altered": (Faults(altered=frozenset({which})), ALTERED)
        for which in (1, 2, 11, 12, 16)
    },
    **{
        f"DG{which} altered": (Faults(altered=frozenset({which})), ALTERED | KEYS_UNPROVEN)
        for which in (14, 15)
    },
    "DG11 signed by nobody": (Faults(unlisted=frozenset({11})), COM_DIFFERS),
    "DG1 signed by nobody": (
        Faults(unlisted=frozenset({1})),
        COM_DIFFERS | NO_CHIP_ZONE | {Check.NO_DATA_GROUP_IS_MISSING: ("failed", "not_listed")},
    ),
    "DG15 signed by nobody": (
        Faults(unlisted=frozenset({15})),
        COM_DIFFERS
        | {Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: ("not_applicable", "not_listed")},
    ),
    "DG2 stripped": (Faults(missing=frozenset({2})), COM_DIFFERS | NOT_READ | NO_PORTRAIT),
    "DG12 stripped": (Faults(missing=frozenset({12})), COM_DIFFERS),
    "DG14 stripped": (
        Faults(missing=frozenset({14})),
        COM_DIFFERS
        | NOT_READ
        | NO_CHIP_KEY
        | {Check.CARD_ACCESS_IS_WHAT_WAS_SIGNED: ("not_done", "not_reached")},
    ),
    "DG15 stripped": (
        Faults(missing=frozenset({15})),
        COM_DIFFERS | NOT_READ | NO_SIGNING_KEY,
    ),
    "DG15 stripped, and EF.COM keeps it": (
        Faults(missing=frozenset({15}), com_lists=frozenset({1, 2, 3, 7, 11, 12, 13, 14, 15, 16})),
        NOT_READ | NO_SIGNING_KEY,
    ),
    "a signer of another country signer": (
        Faults(signer=Signer.SUBSTITUTED),
        KEYS_UNPROVEN
        | {
            Check.DOCUMENT_SIGNER_IS_TRUSTED: ("failed", "named_country_signer_did_not_sign"),
            Check.COUNTRY_SIGNER_IS_IN_FORCE: ("not_done", "no_country_signer"),
        },
    ),
    "an expired signer": (
        Faults(signer=Signer.EXPIRED),
        {Check.DOCUMENT_SIGNER_IS_IN_FORCE: ("failed", "expired")},
    ),
    "a signer ahead of its time": (
        Faults(signer=Signer.TOO_EARLY),
        {Check.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: ("failed", "not_yet_valid")},
    ),
    "a revoked signer": (
        Faults(signer=Signer.REVOKED),
        {Check.DOCUMENT_SIGNER_IS_NOT_REVOKED: ("failed", "document_signer_revoked")},
    ),
    "a signer of lists": (
        Faults(signer=Signer.OF_LISTS),
        {Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS: ("failed", "signer_for_another_purpose")},
    ),
    "a signature that is none": (
        Faults(has_spoilt_signature=True),
        KEYS_UNPROVEN | {Check.SECURITY_OBJECT_IS_SIGNED: ("failed", "signature_does_not_verify")},
    ),
    "weaker PACE than signed": (Faults(card_access=(WEAKER,)), DOWNGRADED),
    "PACE kept secret": (
        Faults(card_access=()),
        DOWNGRADED
        | {
            Check.ACCESS_CONTROL_IS_ESTABLISHED: ("passed", "basic_access"),
            Check.PACE_IS_NOT_BYPASSED: ("not_applicable", "not_offered"),
        },
    ),
    "EF.COM leaves DG15 out": (Faults(com_lists=frozenset({1, 2, 14})), COM_DIFFERS),
    "no EF.COM": (
        Faults(has_no_com=True),
        {Check.COM_AGREES_WITH_THE_SECURITY_OBJECT: ("inconclusive", "absent")},
    ),
    "DG2 of 4 GiB": (Faults(announced=((2, 0xFFFF_FFFF),)), NOT_READ | NO_PORTRAIT),
    "DG1 longer than it is": (Faults(announced=((1, 5_000),)), NOT_READ | NO_CHIP_ZONE),
    "another name on the page": (
        Faults(printed=replace(PASSPORT, secondary_identifier="OTTO")),
        {Check.CHIP_MRZ_IS_THE_PRINTED_ONE: ("failed", "fields_differ")},
    ),
}


@pytest.mark.parametrize(("faults", "odd"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_by_its_checks_and_every_other_keeps_its_word(
    faults: Faults, odd: Told, sound: Told
) -> None:
    assert differing(inspected(FULL, faults), sound) == odd


MAPPED = Description(pace=(pace(CAM, Cipher.AES_128, 13),))
NO_MAPPING_KEY = {Check.CHIP_HOLDS_ITS_MAPPING_KEY: ("failed", "key_missing")}


def card_security_is(outcome: str, reason: str) -> Told:
    return {Check.CARD_SECURITY_IS_THE_ISSUERS: (outcome, reason)}


CARD_SECURITY_FAULTS: dict[str, tuple[Faults, Told]] = {
    "another key under the old signature": (
        Faults(card_security=CardSecurity.ALTERED),
        card_security_is("failed", "wrong_message_digest"),
    ),
    "a signature that is none": (
        Faults(card_security=CardSecurity.SPOILT),
        card_security_is("failed", "signature_does_not_verify"),
    ),
    "signed as something else": (
        Faults(card_security=CardSecurity.OF_ANOTHER_KIND),
        card_security_is("failed", "another_content_type"),
    ),
    "no EF.CardSecurity": (
        Faults(card_security=CardSecurity.MISSING),
        card_security_is("not_done", "not_read") | NO_MAPPING_KEY | A_PROOF_FAILED,
    ),
    **{
        f"a signer that is {signer.value}": (
            Faults(card_security_signer=signer),
            card_security_is(outcome, reason),
        )
        for signer, outcome, reason in (
            (Signer.SUBSTITUTED, "failed", "named_country_signer_did_not_sign"),
            (Signer.EXPIRED, "failed", "expired"),
            (Signer.TOO_EARLY, "failed", "not_yet_valid"),
            (Signer.REVOKED, "failed", "document_signer_revoked"),
            (Signer.OF_LISTS, "failed", "signer_for_another_purpose"),
            (Signer.LEFT_OUT, "inconclusive", "no_signer_certificate"),
        )
    },
}


@pytest.mark.parametrize(("faults", "odd"), CARD_SECURITY_FAULTS.values(), ids=CARD_SECURITY_FAULTS)
def test_a_fault_of_ef_card_security_is_told_and_every_other_check_keeps_its_word(
    faults: Faults, odd: Told
) -> None:
    sound = inspected(MAPPED)
    assert sound[Check.CARD_SECURITY_IS_THE_ISSUERS] == ("passed", "signed_by_its_state")
    assert differing(inspected(MAPPED, faults), sound) == odd


def test_a_clone_without_the_mapping_key_fails_and_its_copied_file_is_still_the_issuers() -> None:
    told = inspected(MAPPED, Faults(is_cloned=True))
    assert told[Check.CHIP_HOLDS_ITS_MAPPING_KEY] == ("failed", "key_not_held")
    assert told[Check.CARD_SECURITY_IS_THE_ISSUERS] == ("passed", "signed_by_its_state")


def test_a_cloned_chip_cannot_answer_with_the_keys_of_its_files(sound: Told) -> None:
    told = inspected(FULL, Faults(is_cloned=True))
    assert told[Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY] == ("failed", "not_proven")
    assert told[Check.SECURITY_OBJECT_IS_SIGNED] == sound[Check.SECURITY_OBJECT_IS_SIGNED]
    assert told[Check.DATA_GROUPS_ARE_UNALTERED] == sound[Check.DATA_GROUPS_ARE_UNALTERED]
    by_signature = inspected(replace(FULL, chip_key=None), Faults(is_cloned=True))
    odd = differing(by_signature, inspected(replace(FULL, chip_key=None)))
    failed = ("failed", "signature_differs")
    assert odd == A_PROOF_FAILED | {Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: failed}


def test_the_same_description_is_the_same_document_but_for_its_signatures() -> None:
    one, other = issue(FULL), issue(FULL)
    assert {**one.application, SOD.file_id: b""} == {**other.application, SOD.file_id: b""}
    assert (one.printed, one.chip_keys) == (other.printed, other.chip_keys)


def test_travellers_are_specimens_with_numbers_and_keys_of_their_own() -> None:
    people = [traveller(which, GREY_JPEG) for which in range(20)]
    assert people == [traveller(which, GREY_JPEG) for which in range(20)]
    documents = [issue(one) for one in people]
    assert len({document.mrz.document_number for document in documents}) == 20
    assert len({document.application[DATA_GROUPS[14].file_id] for document in documents}) == 20
    assert {document.mrz.issuer for document in documents} == {"UTO"}


def test_an_identity_card_is_like_viet_nams() -> None:
    document = issue(identity_card())
    assert (document.mrz.layout, len(document.printed)) == (Layout.TD1, 3)
    details = cccd_details(read_data_group_13(document.application[DATA_GROUPS[13].file_id]))
    assert details[Detail.ID_NUMBER] == ("001090012345",)
    assert len(details[Detail.FAMILY]) == 2
    assert DATA_GROUPS[11].file_id not in document.application
    assert len(read_directory(document.master[DIR.file_id])) == 1


def test_a_bomb_is_a_small_picture_that_announces_a_large_one() -> None:
    document = issue(Description(portrait=with_announced_size(GREY_JPEG, 65_000, 64_000)))
    (template,) = read_data_group_2(document.application[DATA_GROUPS[2].file_id])
    assert picture_size(template.pictures[0]) == (65_000, 64_000)
    assert len(template.pictures[0].data) == len(GREY_JPEG)


def test_a_states_master_list_is_proven_by_its_own_country_signer() -> None:
    issuer, neighbour = Issuer(), Issuer(seed="Ruritania")
    pinned = TrustStore([certificate(issuer.country_signer.raw)])
    proven = list_signer.prove(issuer.master_list(neighbour), pinned, issuer.now_s)
    listed = {one.raw for one in master_list.decode(proven.content).certificates}
    assert listed == {issuer.country_signer.raw, neighbour.country_signer.raw}


def test_a_variant_of_pace_the_standard_has_not_cannot_be_offered() -> None:
    with pytest.raises(ValueError, match="no integrated"):
        pace(IM, Cipher.AES_128, 10)
