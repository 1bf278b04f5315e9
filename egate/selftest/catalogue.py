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

The tests hold every catalogue against what the checks may say: nothing missing, nothing idle.

Source: STYLE (tables); issue 5, item 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
import tomllib
from typing import Any

from egate.selftest.check import Measured, Result, Series, Value

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
