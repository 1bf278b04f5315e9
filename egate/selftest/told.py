"""The checks of a running lane for a page: what they are called, what they found, as a file.

    own          the checks that the lane runs itself (egate/selftest/boot.py)
    elsewhere    those that want every device in one hand: `egate selftest`, the gate stopped
    told         one result as a person reads it
    report       one run as HTML or JSON, with who ran it

The pages know no check; egate.compose gives them this. It imports no device, and no picture.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
import json

from egate.domain.lane_part import Shape
from egate.domain.self_checked import Checked
from egate.selftest.as_html import as_html
from egate.selftest.as_json import as_fields
from egate.selftest.boot import boot_checks
from egate.selftest.catalogue import read_catalogue
from egate.selftest.check import Answer, Outcome, Reason, Result
from egate.selftest.report import About, Report

KIND = "lane_checks"
SCHEMA = f"egate.{KIND}/1"
OF_DEVICES = "EG-S"  # how ids of the lane's devices begin; those of the host are `egate doctor`'s


@dataclass(frozen=True, slots=True)
class LaneChecks:
    """The checks of a lane of this shape; `about` is of the gate, without time and operator."""

    shape: Shape
    about: About

    def own(self, language: str) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of every check that the running lane can be asked."""
        told = read_catalogue(language)
        return tuple(
            (check.id, f"{told.title(check.id)}: {told.device(check.device)}")
            for check in boot_checks(self.shape)
        )

    def elsewhere(self, language: str) -> tuple[tuple[str, str], ...]:
        """Return (id, title) of every check that wants the lane stopped."""
        told, own = read_catalogue(language), {check.table for check in boot_checks(self.shape)}
        ids = sorted(name for name in told.tables if name.startswith(OF_DEVICES))
        return tuple((id_, told.title(id_)) for id_ in ids if id_ not in own)

    def told(self, one: Checked, language: str) -> Mapping[str, str]:
        """Return one result as a person reads it."""
        catalogue, result = read_catalogue(language), _result(one)
        return {
            "id": one.id,
            "title": f"{catalogue.title(one.id)}: {catalogue.device(one.device)}",
            "outcome": result.outcome.value,
            "answer": catalogue.word(result.outcome),
            "finding": catalogue.finding(result),
            "cure": catalogue.cure(result),
        }

    def report(
        self, run: tuple[Checked, ...], operator: str, at_utc_s: float, form: str, language: str
    ) -> bytes:
        """Return a run as a file; `form` is html or json."""
        about = replace(self.about, kind=KIND, operator=operator, began_at_utc_s=at_utc_s)
        report, catalogue = Report(about, (tuple(_results(run)),)), read_catalogue(language)
        if form == "html":
            return as_html(report, catalogue).encode()
        fields = {"schema": SCHEMA, **as_fields(report, catalogue)}
        return (json.dumps(fields, indent=2, ensure_ascii=False) + "\n").encode()


def _results(run: tuple[Checked, ...]) -> Iterator[Result]:
    return (_result(one) for one in run)


def _result(one: Checked) -> Result:
    reason = Reason(one.reason, Outcome(one.outcome), tuple(one.values))
    return Result(one.id, one.device, Answer(reason, one.values), 0.0, one.took_s, one.is_own)
