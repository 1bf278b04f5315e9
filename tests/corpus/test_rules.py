"""Each of the 22 rules has a positive and a negative proof, and each proof is there."""

from pathlib import Path
import re

import pytest

from egate.domain.decision import Ruling
from tests.corpus.cases import CASES
from tests.corpus.rules import RULES, Rule

HOUSE = Path(__file__).parents[2]


def is_there(proof: str) -> bool:
    file, _, test = proof.partition("::")
    if not test:
        return proof in CASES
    return bool(re.search(rf"^def {test}\(", (HOUSE / file).read_text(), re.MULTILINE))


def test_there_is_a_row_for_every_rule() -> None:
    assert list(RULES) == list(range(1, 23))


@pytest.mark.parametrize("rule", RULES.values(), ids=[str(number) for number in RULES])
def test_a_rule_has_both_proofs_and_they_are_there(rule: Rule) -> None:
    assert rule.positive
    assert rule.negative
    assert [one for one in (*rule.positive, *rule.negative) if not is_there(one)] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=[str(number) for number in RULES])
def test_a_case_that_proves_a_rule_negatively_is_not_admitted(rule: Rule) -> None:
    cases = [CASES[one] for one in rule.negative if one in CASES]
    assert [case.name for case in cases if case.ruling is Ruling.ADMIT] == []
