"""What a person reads, in their language, from the TOML catalogues of this package.

A catalogue is every file of `texts/LANGUAGE/`, whose tables may not overlap:

    ["EG-H102"]                        a check: its id without the part behind the dot
    title = "clock is synchronised"
    measures.max_error = "largest error"
    ["EG-H102".says.not_synchronised]  a reason of the check
    finding = "..."                    one line; {names} are the reason's, {device} is always there
    cure = "..."                       one line; there for failed, warned and not_done only

    [runner.says.too_late]             the reasons of the runner, for every check
    [devices]                          names of devices
    [words]                            headings and outcomes

`gaps` holds a catalogue against what the checks may say: the tests want none.

Source: STYLE (tables); issue 5, item 10.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
import tomllib
from typing import Any

from egate.selftest.check import Answer, Check, Measured, Reason, Result, Series, Value

LANGUAGES = ("en", "vi")
ENGLISH = "en"
RUNNER, DEVICES, WORDS = "runner", "devices", "words"
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The texts of one language."""

    language: str
    tables: Mapping[str, Table]

    def title(self, check_id: str) -> str:
        """Return what a check is called."""
        return str(self.tables[check_id.partition(".")[0]]["title"])

    def device(self, name: str) -> str:
        """Return what a device is called; one without a text is called by its name."""
        return str(self.tables[DEVICES].get(name, name))

    def word(self, key: str) -> str:
        """Return a heading or an outcome."""
        return str(self.tables[WORDS][key])

    def finding(self, result: Result) -> str:
        """Return the one line of finding."""
        return self._said(result, "finding")

    def cure(self, result: Result) -> str:
        """Return the one line of cure, empty when nothing needs mending."""
        return self._said(result, "cure") if result.outcome.wants_cure else ""

    def measure(self, check_id: str, figure: Measured | Series) -> str:
        """Return what a figure of a check is called."""
        return str(self.tables[check_id.partition(".")[0]]["measures"][figure.name])

    def _said(self, result: Result, part: str) -> str:
        table = result.id.partition(".")[0] if result.is_own else RUNNER
        text = str(self.tables[table]["says"][result.reason][part])
        return text.format_map(self._values(result))

    def _values(self, result: Result) -> dict[str, str]:
        values = {name: shown(value) for name, value in result.answer.values.items()}
        if not result.is_own and "check" in values:
            values["check"] += f" ({self.title(values['check'])})"
        return values | {"device": self.device(result.device)}


def shown(value: Value) -> str:
    """Return a value as it stands in a line: a fraction with at most three digits that count.

    >>> shown(0.123456), shown(1234.5678), shown(12.0), shown("3.54.1")
    ('0.123', '1235', '12', '3.54.1')
    """
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def with_unit(value: Value, unit: str) -> str:
    """Return a figure with its unit."""
    return f"{shown(value)} {unit}".rstrip()


def limit(figure: Measured | Series) -> str:
    """Return the limit of a figure, empty when it has none.

    >>> limit(Measured("door", 1.2, "s", at_least=0.5, at_most=3))
    '0.5 .. 3 s'
    """
    low, high = figure.at_least, figure.at_most
    if isinstance(figure, Measured) and figure.limit:
        return figure.limit
    if low is not None and high is not None:
        return f"{shown(low)} .. {with_unit(high, figure.unit)}"
    if low is not None:
        return f">= {with_unit(low, figure.unit)}"
    return "" if high is None else f"<= {with_unit(high, figure.unit)}"


@cache
def read_catalogue(language: str) -> Catalogue:
    """Return the texts of a language.

    Raises:
        LookupError: there is no such language.
    """
    if language not in LANGUAGES:
        raise LookupError(f"no language {language}; there are {', '.join(LANGUAGES)}")
    tables: dict[str, Table] = {}
    for file in sorted((files(__package__) / "texts" / language).iterdir(), key=lambda f: f.name):
        for name, table in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if name in tables and name not in {DEVICES, WORDS}:
                raise ValueError(f"{language}: the table {name} stands twice")
            tables[name] = {**tables.get(name, {}), **table}
    return Catalogue(language, tables)


def placeholders(text: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def gaps(told: Catalogue, checks: Iterable[Check[Any]], common: Iterable[Reason]) -> Iterator[str]:
    """Yield what a catalogue lacks of what these checks and the runner may say."""
    for check in checks:
        table = told.tables.get(check.table, {})
        if "title" not in table:
            yield f"{check.table}: title"
        if check.device not in told.tables[DEVICES]:
            yield f"{DEVICES}.{check.device}"
        for measure in set(check.measures) - set(table.get("measures", {})):
            yield f"{check.table}: measures.{measure}"
        yield from _unsaid(check.table, table, check.reasons)
    yield from _unsaid(RUNNER, told.tables[RUNNER], common)


def _unsaid(name: str, table: Table, reasons: Iterable[Reason]) -> Iterator[str]:
    for reason in reasons:
        says = table.get("says", {}).get(reason.code, {})
        wanted = {"finding", "cure"} if reason.outcome.wants_cure else {"finding"}
        for part in wanted ^ set(says):
            yield f"{name}: {reason.code}.{part}"
        used = frozenset(found for text in says.values() for found in placeholders(text))
        if used - {"device"} != set(reason.names):
            yield f"{name}: {reason.code} has other placeholders than {sorted(reason.names)}"


def used_keys(checks: Iterable[Check[Any]], common: Iterable[Reason]) -> frozenset[str]:
    """Return the dotted keys that these checks and the runner can ever show, devices aside."""
    keys: set[str] = set()
    for check in checks:
        keys |= {f"{check.table}.title"} | {f"{check.table}.measures.{m}" for m in check.measures}
        keys |= _says(check.table, check.reasons)
    return frozenset(keys | _says(RUNNER, common))


def all_keys(told: Catalogue) -> frozenset[str]:
    """Return every dotted key of a catalogue."""
    return frozenset(_flat(told.tables, ""))


def _says(table: str, reasons: Iterable[Reason]) -> set[str]:
    return {
        f"{table}.says.{reason.code}.{part}"
        for reason in reasons
        for part in (("finding", "cure") if reason.outcome.wants_cure else ("finding",))
    }


def _flat(table: Table, above: str) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def text_of(told: Catalogue, check: Check[Any], answer: Answer) -> tuple[str, str]:
    """Return finding and cure of an answer of this check, for tests and examples."""
    result = Result(check.id, check.device, answer, is_own=answer.reason in check.reasons)
    return told.finding(result), told.cure(result)
