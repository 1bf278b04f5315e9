"""A report as one JSON value: for other programs, and in one writing only where it is signed.

    schema      egate.doctor/1 or egate.selftest/1
    about       gate, site, profile with its SHA-256, software, operator, when
    broken_off  whether the person ended it before all was looked at
    ended       0, 1 or 3, as the exit code
    counts      how many checks there are of each outcome, by their worst result
    checks      each once with its worst result, and in how many of how many rounds it failed

Texts are in the language asked for; id, outcome and reason are codes, the same in every language.
"""

from collections.abc import Mapping
from typing import Any

from egate.selftest.catalogue import Catalogue
from egate.selftest.check import Measured, Result, Series
from egate.selftest.report import About, Report, Worst, counts


def as_fields(report: Report, told: Catalogue, *, strict: bool = False) -> dict[str, Any]:
    """Return everything of a report but its schema."""
    worst = report.worst()
    return {
        "language": told.language,
        "about": about_fields(report.about),
        "broken_off": report.was_stopped,
        "ended": int(report.ending(strict=strict)),
        "counts": {str(name): count for name, count in counts(w.result for w in worst).items()},
        "checks": [_check(one, told) for one in worst],
    }


def about_fields(about: About) -> dict[str, Any]:
    """Return what a report is of."""
    return {
        "gate": about.gate,
        "site": about.site,
        "profile": about.profile,
        "profile_sha256": about.profile_sha256,
        "operator": about.operator,
        "began_at_utc_s": round(about.began_at_utc_s, 3),
        "software": dict(about.software),
        "devices": [
            {"device": device, "name": name, "value": value}
            for device, name, value in about.devices
        ],
    }


def _check(worst: Worst, told: Catalogue) -> dict[str, Any]:
    result = worst.result
    return {
        "id": result.id,
        "title": told.title(result.id),
        "device": result.device,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "finding": told.finding(result),
        "cure": told.cure(result),
        "measured": [_figure(one) for one in result.answer.measured],
        "series": [_series(one) for one in result.answer.series],
        "identity": dict(result.answer.identity),
        "took_s": round(result.took_s, 4),
        **_rounds(worst),
    }


def _rounds(worst: Worst) -> Mapping[str, int]:
    return {"rounds": worst.rounds, "rounds_failed": worst.failed}


def _figure(figure: Measured) -> dict[str, Any]:
    fields = {"name": figure.name, "value": figure.value, "unit": figure.unit}
    limits = {"at_least": figure.at_least, "at_most": figure.at_most, "limit": figure.limit or None}
    return fields | {name: limit for name, limit in limits.items() if limit is not None}


def _series(series: Series) -> dict[str, Any]:
    fields = {"name": series.name, "unit": series.unit, "values": list(series.values)}
    limits = {"at_least": series.at_least, "at_most": series.at_most}
    return fields | {name: limit for name, limit in limits.items() if limit is not None}


def identities(results: tuple[Result, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return (device, name, value) of everything that tells one device from another."""
    found = ((r.device, name, value) for r in results for name, value in r.answer.identity)
    return tuple(dict.fromkeys(found))
