"""Every case of the corpus is told exactly as its table has it, and ruled on as the policies say.

Source: DESIGN section 5.3; research/emrtd.md 1.3 and 6.2.
"""

from dataclasses import replace
from functools import cache

import pytest

from egate.document import inspected as rooms
from egate.domain.check import Check
from egate.domain.decision import Ruling, Subject
from tests.corpus.carried_out import (
    POLICIES,
    Judged,
    chip_of,
    deviations,
    document_of,
    expected,
    in_process,
    inspected,
)
from tests.corpus.case import Case
from tests.corpus.cases import CASES, CONTROLS, TABLES
from tests.corpus.direct_reader import DirectReader
from tests.corpus.groups import void
from tests.corpus.kinds import SOUND

FAULTY = [case for case in CASES.values() if case not in CONTROLS]
IN_DOUBT = [case for case in FAULTY if void("zone_in_doubt").items() <= case.odd.items()]
# What nobody signed is never read, so this check has its negative where it lives.
NEVER_ALONE = {Check.NO_DATA_GROUP_IS_UNLISTED}


@cache
def carried_out(name: str) -> Judged:
    return in_process(CASES[name])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_is_told_and_ruled_on_as_its_table_has_it(case: Case) -> None:
    judged = carried_out(case.name)
    assert deviations(case, judged) == []
    assert len(judged.findings) == len({one.check for one in judged.findings})


def test_a_case_names_what_is_told_otherwise_and_nothing_else() -> None:
    for case in CASES.values():
        of_the_kind = SOUND | case.of.odd
        assert not [one for one, said in case.odd.items() if of_the_kind[one] == said], case.name
        assert not [one for one, said in case.of.odd.items() if SOUND[one] == said], case.name


def test_the_tables_hold_each_name_once_and_enough_of_them() -> None:
    assert sum(len(table) for table in TABLES.values()) == len(CASES)
    assert len(FAULTY) >= 70


def test_what_is_told_of_a_sound_document_is_every_check_there_is() -> None:
    asked = set(POLICIES["policy.toml"].required[Subject.DOCUMENT]) | set(rooms.CHECKS)
    assert set(SOUND) == asked


def test_every_check_says_no_in_some_case_and_some_other_check_still_passes() -> None:
    said_no = {
        check
        for case in FAULTY
        for check, said in case.odd.items()
        if said is not None and said[0] in {"failed", "inconclusive"}
    }
    assert set(SOUND) - said_no == NEVER_ALONE


def test_a_case_in_which_a_check_failed_is_never_admitted() -> None:
    for case in CASES.values():
        has_failed = any(said and said[0] == "failed" for said in expected(case).values())
        assert not (has_failed and case.ruling is Ruling.ADMIT), case.name


def test_a_chip_behind_a_doubtful_page_is_not_even_tried() -> None:
    assert len(IN_DOUBT) >= 5
    for case in IN_DOUBT:
        document = document_of(case)
        chip = chip_of(case, document)
        reader = DirectReader(chip, replace(case.line))
        inspected(case, document, reader, reader.clock)
        assert chip.heard == 0


def test_nothing_that_is_told_shows_anything_of_the_holder() -> None:
    for case in CASES.values():
        findings, zone = carried_out(case.name).findings, case.of.description.mrz
        told = repr(findings)
        personal = (zone.document_number, zone.primary_identifier, zone.secondary_identifier)
        assert not [one for one in personal if one in told], case.name
        evidence = {str(value) for one in findings for value in one.evidence.values()}
        assert not {zone.birth_date, zone.expiry_date} & evidence, case.name
