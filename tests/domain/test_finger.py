"""What is said of a finger cannot contradict itself, and shows no template."""

import pytest

from egate.domain.finger import (
    FingerCompared,
    FingerEnrolled,
    FingerReason,
    FingerTemplate,
    TemplateFormat,
)

TEMPLATE = FingerTemplate(TemplateFormat.ZFM, b"ridges")


@pytest.mark.parametrize("reason", FingerReason)
def test_there_is_a_score_only_where_all_went_well(reason: FingerReason) -> None:
    is_ok = reason is FingerReason.OK
    assert FingerCompared(reason, 0 if is_ok else None, 1).reason is reason
    with pytest.raises(AssertionError):
        FingerCompared(reason, None if is_ok else 200, 1)


def test_no_score_counts_without_a_decoy() -> None:
    with pytest.raises(AssertionError):
        FingerCompared(FingerReason.OK, 200, 0)


@pytest.mark.parametrize("reason", FingerReason)
def test_there_is_a_template_only_where_all_went_well(reason: FingerReason) -> None:
    is_ok = reason is FingerReason.OK
    assert FingerEnrolled(reason, TEMPLATE if is_ok else None, ()).reason is reason
    with pytest.raises(AssertionError):
        FingerEnrolled(reason, None if is_ok else TEMPLATE, ())


def test_a_template_shows_its_length_only() -> None:
    assert repr(TEMPLATE) == "FingerTemplate(zfm, 6 bytes)"
    enrolled = FingerEnrolled(FingerReason.OK, TEMPLATE, (120, 130))
    assert "ridges" not in repr(enrolled)
