"""Findings on a terminal of 80 columns: no name of a check is cut, and why one failed is there."""

import pytest

from egate.cli import finding_shown, output
from egate.cli.finding_shown import show_findings
from egate.cli.output import show_table
from egate.domain.check import Check, Finding, Outcome

FINDINGS = [
    *(Finding(check, Outcome.NOT_APPLICABLE, "not_listed") for check in Check),
    Finding(Check.CHIP_IS_GENUINE, Outcome.PASSED, "holds_its_key", {"by": "its_own"}),
    Finding(Check.CHIP_WAS_READ_WHOLE, Outcome.INCONCLUSIVE, "refused", {"sw": "6300"}),
]


def wide(patch: pytest.MonkeyPatch, columns: int) -> None:
    for module in (output, finding_shown):
        patch.setattr(module, "width", lambda: columns)


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    show_findings(FINDINGS)
    return capsys.readouterr().out


def test_80_columns_hold_every_name_and_the_evidence_of_what_did_not_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wide(monkeypatch, 80)
    told = shown(capsys)
    assert [check for check in Check if f" {check} " not in told] == []
    assert max(len(line) for line in told.splitlines()) <= 80
    assert "sw=6300" in told
    assert "its_own" not in told


def test_a_wide_terminal_holds_all_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wide(monkeypatch, 160)
    assert "by=its_own" in shown(capsys)


def test_nothing_of_a_table_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wide(monkeypatch, 20)
    show_table(("x", "y"), [("a" * 30, "b" * 30)])
    told = capsys.readouterr().out
    assert (told.count("a"), told.count("b")) == (30, 30)
