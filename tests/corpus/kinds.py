"""The sound documents of the corpus: every way of making one that gates meet, and what is told.

SOUND is all that is told of the passport; every other kind names what is told otherwise of it.
Those a border admits are most of them; a chip that proves nothing of itself is for an officer.

Source: research/emrtd.md 3.3 (algorithms met), 6.2 (rule 3) and section 7 (the CCCD).
"""

from dataclasses import replace

from egate.document.mrz import Layout, Mrz
from egate.document.pace import Mapping
from egate.document.symmetric import Cipher
from egate.domain.check import Check
from egate.domain.decision import Ruling
from egate.domain.lane_state import Trouble
from egate.wire.apdu import Sw
from simulators import pki
from simulators.card_chip import CONTACT_T0, CONTACT_T1
from simulators.card_files import Manner
from simulators.document_factory import PASSPORT, Description, Issuer, identity_card, pace
from tests.corpus import pictures
from tests.corpus.case import Kind, Told, failed, left_out, passed

GM, IM, CAM = Mapping.GENERIC, Mapping.INTEGRATED, Mapping.CHIP_AUTHENTICATION
C = Check
SOUND: Told = {
    C.MRZ_IS_READABLE: passed("readable"),
    C.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT: passed("digit_agrees"),
    C.MRZ_BIRTH_DATE_HAS_ITS_DIGIT: passed("digit_agrees"),
    C.MRZ_EXPIRY_DATE_HAS_ITS_DIGIT: passed("digit_agrees"),
    C.MRZ_OPTIONAL_DATA_HAS_ITS_DIGIT: passed("digit_agrees"),
    C.MRZ_COMPOSITE_HAS_ITS_DIGIT: passed("digit_agrees"),
    C.CHIP_WAS_READ_WHOLE: passed("whole"),
    C.ACCESS_CONTROL_IS_ESTABLISHED: passed("pace"),
    C.PACE_IS_NOT_BYPASSED: passed("pace"),
    C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: passed("same"),
    C.SECURE_MESSAGING_IS_UNBROKEN: passed("every_answer_verified"),
    C.CHIP_HOLDS_ITS_MAPPING_KEY: left_out("not_chosen"),
    C.CARD_SECURITY_IS_THE_ISSUERS: left_out("not_chosen"),
    C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: passed("answered_with_the_new_keys"),
    C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: passed("signed_the_challenge"),
    C.CHIP_ACCEPTS_THE_TERMINAL: left_out("not_wanted"),
    C.CHIP_IS_GENUINE: passed("holds_its_key"),
    C.COM_AGREES_WITH_THE_SECURITY_OBJECT: passed("same"),
    C.SECURITY_OBJECT_IS_SIGNED: passed("signature_verifies"),
    C.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED: passed("allowed"),
    C.DOCUMENT_SIGNER_IS_TRUSTED: passed("signed_by_country_signer"),
    C.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS: passed("document_signer"),
    C.DOCUMENT_SIGNER_WAS_IN_FORCE_WHEN_SIGNING: passed("in_force"),
    C.DOCUMENT_SIGNER_IS_IN_FORCE: passed("in_force"),
    C.COUNTRY_SIGNER_IS_IN_FORCE: passed("in_force"),
    C.DOCUMENT_SIGNER_IS_NOT_REVOKED: passed("not_listed"),
    C.DOCUMENT_SIGNER_IS_OF_THE_ISSUING_STATE: passed("same_state"),
    C.DATA_GROUPS_ARE_UNALTERED: passed("hashes_match"),
    C.NO_DATA_GROUP_IS_UNLISTED: passed("all_listed"),
    C.NO_DATA_GROUP_IS_MISSING: passed("all_read"),
    C.CHIP_MRZ_IS_THE_PRINTED_ONE: passed("lines_agree"),
    C.DOCUMENT_HAS_A_PORTRAIT: passed("jpeg"),
    C.DOCUMENT_IS_IN_FORCE: passed("in_force"),
    C.DOCUMENT_WAS_NOT_JUST_USED: passed("never_used"),
}
BY_BASIC_ACCESS: Told = {
    C.ACCESS_CONTROL_IS_ESTABLISHED: passed("basic_access"),
    C.PACE_IS_NOT_BYPASSED: left_out("not_offered"),
    C.CARD_ACCESS_IS_WHAT_WAS_SIGNED: left_out("no_pace"),
}
BY_MAPPING: Told = {
    C.CHIP_HOLDS_ITS_MAPPING_KEY: passed("mapped_with_its_key"),
    C.CARD_SECURITY_IS_THE_ISSUERS: passed("signed_by_its_state"),
}
NO_CHIP_KEY: Told = {C.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY: left_out("not_listed")}
NO_SIGNING_KEY: Told = {C.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY: left_out("not_listed")}
NO_KEY: Told = NO_CHIP_KEY | NO_SIGNING_KEY | {C.CHIP_IS_GENUINE: left_out("no_key")}
NO_OPTIONAL_DIGIT: Told = {C.MRZ_OPTIONAL_DATA_HAS_ITS_DIGIT: left_out("layout_has_none")}
OLD_ALGORITHM: Told = {C.SECURITY_OBJECT_ALGORITHMS_ARE_ALLOWED: failed("algorithm_not_allowed")}

FULL = Description(signing_key="secp256r1", more=frozenset({3, 7, 11, 12, 13, 16}))
OLDER = replace(FULL, pace=(), chip_key=None, signing_key="rsa-2048")  # and no DG14
CARD = identity_card()
TD2 = Mrz(
    Layout.TD2, "I", "UTO", "D23145890", "UTO", "740812", "F", "310415", "ERIKSSON", "ANNA MARIA"
)
LONG_NAME = replace(
    PASSPORT,
    primary_identifier="PAPANDROPOULOUS WITH MANY OTHER NAMES",
    secondary_identifier="JONATHON WARREN",
)
T0 = Manner(has_extended_length=False, waits_for_get_response=True, tells_right_le=True)


def kind(name: str, odd: Told, **wishes: object) -> Kind:
    """Return the passport with other wishes."""
    return Kind(name, replace(FULL, **wishes), odd=odd)  # type: ignore[arg-type]  # any field of it


PASSPORT_KIND = Kind("a passport", FULL)
OLDER_KIND = Kind(
    "an older passport: basic access, active authentication",
    OLDER,
    odd=BY_BASIC_ACCESS | NO_CHIP_KEY,
)
CARD_KIND = Kind("an identity card like Viet Nam's", CARD, odd=NO_OPTIONAL_DIGIT)
CAM_KIND = kind("chip authentication mapping", BY_MAPPING, pace=(pace(CAM, Cipher.AES_256, 16),))
MAPPING_KIND = kind(
    "chip authentication mapping alone",
    BY_MAPPING | NO_CHIP_KEY | NO_SIGNING_KEY,
    pace=(pace(CAM, Cipher.AES_128, 13),),
    chip_key=None,
    signing_key="",
)
KEYLESS_KIND = replace(
    kind("nothing that proves the chip", NO_KEY, chip_key=None, signing_key=""),
    ruling=Ruling.REFER,
    trouble=Trouble.NOT_ELIGIBLE,
)
CHIP_KEY_KIND = kind("chip authentication alone", NO_SIGNING_KEY, signing_key="")
# Protected commands of the passport by their numbers, where it is read with long answers.
TO_SELECT, TO_READ_SOD, TO_AGREE, TO_READ_COM, TO_SIGN, TO_READ_DG1, TO_READ_DG2 = (
    1, 2, 4, 6, 8, 9, 15,
)  # fmt: skip
LAST_COMMAND = 21  # with EF.CardAccess and PACE before them


KINDS = (
    PASSPORT_KIND,
    OLDER_KIND,
    CARD_KIND,
    CAM_KIND,
    MAPPING_KIND,
    KEYLESS_KIND,
    CHIP_KEY_KIND,
    kind("active authentication alone", NO_CHIP_KEY, chip_key=None),
    Kind(
        "basic access and chip authentication",
        replace(FULL, pace=()),
        odd=BY_BASIC_ACCESS,
    ),
    kind("PACE only", {}, has_basic_access=False),
    kind("integrated mapping", {}, pace=(pace(IM, Cipher.AES_192, 12),)),
    kind(
        "two ways of PACE, the better is taken",
        BY_MAPPING,
        pace=(pace(GM, Cipher.TRIPLE_DES, 12), pace(CAM, Cipher.AES_128, 13)),
    ),
    kind(
        "PACE over primes, generic",
        {},
        pace=(pace(GM, Cipher.AES_128, 2),),
        chip_key=(Cipher.AES_256, 1),
    ),
    kind("PACE over primes, integrated", {}, pace=(pace(IM, Cipher.AES_128, 1),)),
    kind(
        "3DES throughout",
        {},
        pace=(pace(GM, Cipher.TRIPLE_DES, 12),),
        chip_key=(Cipher.TRIPLE_DES, 10),
    ),
    kind(
        "AES-256 and P-521", {}, pace=(pace(GM, Cipher.AES_256, 18),), chip_key=(Cipher.AES_256, 17)
    ),
    kind("a chip key with a number", {}, chip_key=(Cipher.AES_192, 14), chip_key_id=3),
    kind("active authentication by RSA", {}, signing_key="rsa-2048"),
    kind(
        "active authentication by brainpool and SHA-512",
        {},
        signing_key="brainpoolP512r1",
        signing_hash="sha512",
    ),
    Kind("a larger card, TD2", replace(FULL, mrz=TD2), odd=NO_OPTIONAL_DIGIT),
    Kind(
        "a card with a long number",
        identity_card(mrz=replace(CARD.mrz, document_number="D23145890734", optional_data="")),
        odd=NO_OPTIONAL_DIGIT,
    ),
    Kind(
        "a card without an end",
        identity_card(mrz=replace(CARD.mrz, expiry_date="<<<<<<")),
        odd=NO_OPTIONAL_DIGIT | {C.DOCUMENT_IS_IN_FORCE: passed("no_end")},
    ),
    kind("a name longer than its field", {}, mrz=LONG_NAME),
    kind(
        "a portrait in JP2",
        {C.DOCUMENT_HAS_A_PORTRAIT: passed("jp2")},
        portrait=pictures.grey_jp2(),
    ),
    kind(
        "a portrait in J2K",
        {C.DOCUMENT_HAS_A_PORTRAIT: passed("j2k")},
        portrait=pictures.grey_j2k(),
    ),
    kind(
        "a portrait of 40 KB, read by the other READ BINARY", {}, portrait=pictures.of_size(40_000)
    ),
    kind("a face of ISO 39794", {}, has_39794=True),
    kind("versions under the signature", {}, lds_version="0108"),
    *(
        kind(f"{name} over the files", {}, hash_name=name)
        for name in ("sha224", "sha384", "sha512")
    ),
    *(
        Kind(
            f"signed by {name}",
            FULL,
            Issuer(how),
            odd=OLD_ALGORITHM if how.hash == "sha1" else {},
            ruling=Ruling.REFER if how.hash == "sha1" else Ruling.ADMIT,
        )
        for name, how in pki.SEEN_IN_THE_WILD.items()
    ),
    replace(OLDER_KIND, name="by contacts, T=0", manner=T0, atr=CONTACT_T0),
    replace(PASSPORT_KIND, name="by contacts, T=1", atr=CONTACT_T1),
    *(
        replace(PASSPORT_KIND, name=name, manner=manner)
        for name, manner in {
            "no extended length": Manner(has_extended_length=False),
            "answers of 223 bytes, more is refused": Manner(
                most_bytes=223, refuses_more=Sw.WRONG_LENGTH
            ),
            "no short identifiers": Manner(has_short_ids=False),
            "a warning at the end of a file": Manner(warns_at_end=True),
            "no master file": Manner(select_master_file=Sw.INSTRUCTION_NOT_SUPPORTED),
            "no Le where nothing comes back": Manner(refuses_le_on_select=True),
        }.items()
    ),
    replace(
        kind(
            "open to anyone",
            BY_BASIC_ACCESS
            | NO_KEY
            | {
                C.ACCESS_CONTROL_IS_ESTABLISHED: left_out("open_to_anyone"),
                C.SECURE_MESSAGING_IS_UNBROKEN: left_out("open_to_anyone"),
            },
            pace=(),
            has_basic_access=False,
            chip_key=None,
            signing_key="",
        ),
        ruling=Ruling.REFER,
        trouble=Trouble.NOT_ELIGIBLE,
    ),
)
