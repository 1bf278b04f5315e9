"""The command prints what told of each case; its exit says whether all are as they should be."""

from io import StringIO

import pytest
from rich.console import Console

from tests.corpus.__main__ import _carried_out
from tests.corpus.carried_out import in_process


def printed(*words: str) -> tuple[int, str]:
    """Carry out the cases with these words in their names; return the exit and what was said."""
    said = StringIO()
    exit_code = _carried_out(list(words), in_process, Console(file=said, width=160))
    return exit_code, said.getvalue()


def test_a_case_is_a_row_with_the_check_that_told_and_what_came_of_it() -> None:
    exit_code, said = printed("EF.COM leaves DG15 out", "a revoked signer on")
    rows = [" ".join(line.split()) for line in said.splitlines()]
    assert exit_code == 0
    assert (
        "a revoked signer on an old list document_signer_is_not_revoked document_signer_revoked"
        " refer token_refused"
    ) in rows
    assert rows[-1].startswith("2 of ")
    assert "(2 refer), 0 amiss" in rows[-1]


def test_a_case_that_is_not_as_its_table_has_it_is_told_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("egate.document.document_signer_checks._is_listed", lambda *_: False)
    exit_code, said = printed("a revoked country signer")
    assert exit_code == 1
    assert "1 amiss" in said


def test_words_that_are_in_no_name_are_no_success() -> None:
    assert printed("no such case")[0] == 1
