"""The bench's state issues what its kinds say: each wrong in its one thing, and known to a gate.

The pictures show nobody here: a portrait only has to have its measures. A card with contacts is
read where its line is, in test_bench.py.
"""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from secrets import token_bytes
import time

import cv2
import numpy as np
import pytest

from egate.document import mrz, mrz_agreement
from egate.document.data_group_1 import read_data_group_1
from egate.document.data_group_2 import read_data_group_2
from egate.document.dialogue import run
from egate.document.face_record import Picture, PictureKind
from egate.document.lds import DATA_GROUPS
from egate.document.mrz_dates import expiry_date
from egate.document.passive_authentication import examine
from egate.document.picture_size import picture_size
from egate.document.reading import read_document
from egate.document.reading_result import Access, Plan
from egate.document.trust_store import TrustStore
from egate.domain.check import Check
from egate.registry.trust import TrustFolder
from simulators import faces
from simulators.card_chip import CONTACT_T0, Chip, ChipSilent
from simulators.data_groups import PORTRAIT_HEIGHT, PORTRAIT_WIDTH
from simulators.direct import CardLeft, Direct
from simulators.document_reader import Carried
from simulators.passport_office import KINDS, PORTRAIT_BYTES, PassportOffice
from simulators.people import Habit
from simulators.scenario import DOCUMENTS, Comer, Scenario, Token
from simulators.vpcd import Radio

NOW_S = time.time()
TODAY: date = datetime.fromtimestamp(NOW_S, UTC).date()
Told = set[tuple[Check, str, str]]

FINDINGS = {
    "jp2_portrait": set(),
    "j2k_portrait": set(),
    "grey_portrait": set(),
    "expired": set(),
    "altered_portrait": {(Check.DATA_GROUPS_ARE_UNALTERED, "failed", "altered")},
    "substituted_signer": {
        (Check.DOCUMENT_SIGNER_IS_TRUSTED, "failed", "named_country_signer_did_not_sign")
    },
    "cloned_chip": {
        (Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY, "failed", "not_proven"),
        (Check.SECURE_MESSAGING_IS_UNBROKEN, "failed", "unprotected_response"),
        (Check.NO_DATA_GROUP_IS_MISSING, "failed", "not_read"),
    },
    "revoked_signer": {(Check.DOCUMENT_SIGNER_IS_NOT_REVOKED, "failed", "document_signer_revoked")},
    "page_of_another": {(Check.CHIP_MRZ_IS_THE_PRINTED_ONE, "failed", "fields_differ")},
    "pace_refused": {
        (Check.ACCESS_CONTROL_IS_ESTABLISHED, "failed", "password_refused"),
        (Check.PACE_IS_NOT_BYPASSED, "failed", "password_refused"),
        (Check.SECURITY_OBJECT_IS_SIGNED, "failed", "unreadable"),
    },
    "misprint": {
        (Check.MRZ_DOCUMENT_NUMBER_HAS_ITS_DIGIT, "failed", "digit_differs"),
        (Check.MRZ_COMPOSITE_HAS_ITS_DIGIT, "failed", "digit_differs"),
        (Check.CHIP_MRZ_IS_THE_PRINTED_ONE, "failed", "fields_differ"),
    },
}


def scenario(*comers: Comer) -> Scenario:
    return Scenario("made_up", "", False, False, Token.CHIP, comers, (), (), {})


def comer(kind: str, face: str = "person_1", of: str = "person_2") -> Comer:
    return Comer(face, Habit.NORMAL, "none", kind, of)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures of the measures of an enrolment, as hard to compress as a face."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(("person_1", "person_2")):
        coarse = np.random.default_rng(number).integers(0, 256, (30, 24, 3), np.uint8)
        picture = cv2.resize(coarse, (480, 600), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(faces.enrolment_file(folder, name)), picture)
    return folder


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> PassportOffice:
    folder = tmp_path_factory.mktemp("office")
    office = PassportOffice(folder / "utopia", folder / "gate", pictures, NOW_S)
    asyncio.run(office.found())
    return office


@pytest.fixture(scope="module")
def trusted(office: PassportOffice) -> TrustStore:
    """What the gate has of this state after the command that brought it."""
    return TrustFolder(office._gate / "trust").load(NOW_S).store


@pytest.fixture(scope="module")
def issued(office: PassportOffice) -> dict[str, Carried]:
    """One document of each kind, by its kind."""
    made_up = scenario(*(comer(kind) for kind in KINDS))
    return dict(zip(KINDS, office.documents([made_up]).values(), strict=True))


def chip_of(carried: Carried) -> Chip:
    assert carried.chip is not None
    return carried.chip


def told_of(carried: Carried, trusted: TrustStore) -> Told:
    """Every check of a document as a gate comes to it: from the page to the chip."""
    page = mrz.read(carried.page)
    assert page.mrz is not None
    radio = Radio(removed_at_byte=carried.leaves_at_byte)
    chip_of(carried).reset()
    line = Direct(chip_of(carried), radio)
    reading = run(read_document(Access(page.mrz.key), Plan(), token_bytes), line)
    found = [*page.findings, *reading.findings]
    found += examine(reading.security_object, reading.data_groups, trusted, NOW_S)
    if raw := reading.files.get(DATA_GROUPS[1].name):
        found.append(mrz_agreement.compare(page, read_data_group_1(raw)))
    return {(one.check, one.outcome.value, one.reason) for one in found}


def portrait_of(carried: Carried) -> Picture:
    raw = chip_of(carried).document.application[DATA_GROUPS[2].file_id]
    return read_data_group_2(raw)[0].pictures[0]


def lasts(carried: Carried) -> timedelta:
    until = expiry_date(chip_of(carried).document.mrz.expiry_date, TODAY)
    assert until is not None
    return until - TODAY


def test_there_is_a_kind_for_every_word_of_a_scenario() -> None:
    assert set(KINDS) == DOCUMENTS


@pytest.mark.parametrize("kind", ["valid", "identity_card", "chip_mapping", "older"])
def test_a_document_that_should_pass_passes_every_check_there_is(
    issued: dict[str, Carried], trusted: TrustStore, kind: str
) -> None:
    told = told_of(issued[kind], trusted)
    assert {outcome for _, outcome, _ in told} <= {"passed", "not_applicable"}
    genuine = {check for check, outcome, _ in told if "chip_holds" in check and outcome == "passed"}
    assert genuine


@pytest.mark.parametrize("kind", FINDINGS)
def test_a_document_is_wrong_in_its_one_thing(
    issued: dict[str, Carried], trusted: TrustStore, kind: str
) -> None:
    differs = told_of(issued[kind], trusted) - told_of(issued["valid"], trusted)
    assert {one for one in differs if one[1] == "failed"} == FINDINGS[kind]


def test_a_chip_falls_silent_and_a_document_is_pulled_off_in_the_middle(
    issued: dict[str, Carried], trusted: TrustStore
) -> None:
    with pytest.raises(ChipSilent):
        told_of(issued["mute_chip"], trusted)
    with pytest.raises(CardLeft):
        told_of(issued["pulled_off"], trusted)
    assert issued["no_chip"].chip is None
    assert issued["no_chip"].page


def test_everything_but_the_expired_one_lasts_for_years_from_today(
    issued: dict[str, Carried],
) -> None:
    days = {kind: lasts(one).days for kind, one in issued.items() if one.chip is not None}
    assert -40 < days.pop("expired") < 0
    assert min(days.values()) > 4 * 365


def test_every_document_has_a_number_of_its_own_and_the_same_in_every_run(
    office: PassportOffice,
) -> None:
    people = scenario(*(comer("valid") for _ in range(50)))
    first, second = office.documents([people]), office.documents([people])
    assert len({one.page for one in first.values()}) == 50
    assert [one.page for one in first.values()] == [one.page for one in second.values()]
    assert list(first) == list(people.names)


@pytest.mark.parametrize(
    ("kind", "picture_kind", "channels"),
    [
        ("valid", PictureKind.JPEG, 3),
        ("jp2_portrait", PictureKind.JP2, 3),
        ("j2k_portrait", PictureKind.J2K, 3),
        ("grey_portrait", PictureKind.JPEG, 1),
    ],
)
def test_a_portrait_has_the_coding_and_the_measures_of_a_real_one(
    issued: dict[str, Carried], kind: str, picture_kind: PictureKind, channels: int
) -> None:
    picture = portrait_of(issued[kind])
    assert picture.kind is picture_kind
    assert picture_size(picture) == (PORTRAIT_WIDTH, PORTRAIT_HEIGHT)
    assert PORTRAIT_BYTES * 0.6 < len(picture.data) <= PORTRAIT_BYTES * 1.05
    shown = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert shown is not None
    assert (1 if shown.ndim == 2 else shown.shape[2]) == channels


def test_an_altered_portrait_is_that_of_who_carries_it_and_anothers_was_signed(
    office: PassportOffice, issued: dict[str, Carried]
) -> None:
    own = office.documents([scenario(comer("valid", of="person_1"))])
    bearer = portrait_of(next(iter(own.values()))).data
    assert portrait_of(issued["altered_portrait"]).data.rstrip(b"\0") == bearer.rstrip(b"\0")
    assert portrait_of(issued["valid"]).data != bearer


def test_a_card_with_contacts_speaks_as_one(issued: dict[str, Carried]) -> None:
    chip = chip_of(issued["contact_card"])
    assert chip.atr == CONTACT_T0
    assert not chip.manner.has_extended_length
    assert len(issued["contact_card"].page) == 3


def test_who_comes_with_a_permit_is_issued_no_document(office: PassportOffice) -> None:
    permit = Comer("person_1", Habit.NORMAL, "valid", "", "person_1")
    assert office.documents([scenario(permit)]) == {}
