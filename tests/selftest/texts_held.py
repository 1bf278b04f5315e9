"""A catalogue of texts held against what checks and runner may say: what it lacks, what is idle."""

from collections.abc import Iterable, Iterator, Mapping
from string import Formatter
from typing import Any

from egate.selftest.catalogue import DEVICES, RUNNER, Catalogue, Table
from egate.selftest.check import Check, Reason


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
