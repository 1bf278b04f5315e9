"""A report as JUnit XML, as continuous integration and test benches take it.

    outcome          becomes
    passed           a test case
    failed           a test case with a failure: finding, then cure
    warned           a test case whose output holds finding and cure
    not_done,        a skipped test case
    not_applicable

Every round is a suite of its own. Characters that XML cannot hold become U+FFFD.

Source: the schema of Jenkins' xunit plug-in (junit-10.xsd); XML 1.0, 2.2 (characters).
"""

from datetime import UTC, datetime
import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from egate.selftest.catalogue import Catalogue, limit, with_unit
from egate.selftest.check import Outcome, Result
from egate.selftest.report import About, Report, counts

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
SKIPPED = frozenset({Outcome.NOT_DONE, Outcome.NOT_APPLICABLE})


def as_junit(report: Report, told: Catalogue) -> str:
    """Return the report as the text of an XML file."""
    name = f"egate {report.about.kind}"
    top = Element("testsuites", name=name)
    for number, results in enumerate(report.rounds, start=1):
        of_many = f" {number}" if len(report.rounds) > 1 else ""
        top.append(_suite(report.about, f"{name}{of_many}", results, told))
    indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(top, encoding="unicode") + "\n"


def _suite(about: About, name: str, results: tuple[Result, ...], told: Catalogue) -> Element:
    many = counts(results)
    began = datetime.fromtimestamp(about.began_at_utc_s, UTC).isoformat(timespec="seconds")
    suite = Element(
        "testsuite",
        name=name,
        tests=str(len(results)),
        failures=str(many[Outcome.FAILED]),
        errors="0",
        skipped=str(sum(many[outcome] for outcome in SKIPPED)),
        time=_seconds(sum(result.took_s for result in results)),
        timestamp=began.removesuffix("+00:00"),
    )
    properties = SubElement(suite, "properties")
    for key, value in _about(about):
        if value:
            SubElement(properties, "property", name=_clean(key), value=_clean(value))
    for result in results:
        suite.append(_case(about, result, told))
    return suite


def _about(about: About) -> list[tuple[str, str]]:
    return [
        ("gate", about.gate),
        ("site", about.site),
        ("profile", about.profile),
        ("profile_sha256", about.profile_sha256),
        ("operator", about.operator),
        *about.software,
    ]


def _case(about: About, result: Result, told: Catalogue) -> Element:
    """Return one test case; its figures are in its output."""
    case = Element(
        "testcase",
        classname=_clean(f"{about.kind}.{result.device}"),
        name=_clean(f"{result.id} {told.title(result.id)}"),
        time=_seconds(result.took_s),
    )
    finding, cure = _clean(told.finding(result)), _clean(told.cure(result))
    if result.outcome is Outcome.FAILED:
        failure = SubElement(case, "failure", message=finding, type=result.reason)
        failure.text = cure
    elif result.outcome in SKIPPED:
        SubElement(case, "skipped", message=finding)
    lines = [line for line in (finding, cure, *_figures(result, told)) if line]
    SubElement(case, "system-out").text = "\n".join(lines)
    return case


def _figures(result: Result, told: Catalogue) -> list[str]:
    return [
        _clean(
            f"{told.measure(result.id, one)}: {with_unit(one.value, one.unit)} {limit(one)}"
        ).strip()
        for one in result.answer.measured
    ]


def _seconds(value: float) -> str:
    return f"{value:.3f}"


def _clean(text: str) -> str:
    return NO_XML.sub("\ufffd", text)
