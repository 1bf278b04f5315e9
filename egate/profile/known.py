"""Every key a profile may have, with what may stand there, told from the settings themselves.

>>> known_keys()[("limits", "reading_s")]
'a number, 1 to 60'
>>> nearest_key(("limits", "reading_ms"))
'reading_s'
"""

from collections.abc import Iterator
from difflib import get_close_matches
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from egate.profile.problem import KeyPath
from egate.profile.settings import HardwareProfile

EXTENDS = "extends"
DRIVER = "driver"
SAME_TABLE = 0.6  # likeness from which a key of the same table is offered (difflib's ratio)
OTHER_TABLE = 0.8  # and a key of another table

_Table = tuple[KeyPath, str, tuple[type[BaseModel], ...]]


@cache
def known_keys() -> dict[KeyPath, str]:
    """Return every path that may stand in a profile, and in words what may stand there."""
    return {(EXTENDS,): "the name of a shipped profile", **dict(_keys(HardwareProfile, ()))}


@cache
def by_driver() -> dict[KeyPath, dict[str, frozenset[str]]]:
    """Return the tables whose keys depend on their driver, and which driver has which keys."""
    return {
        (*above, name): {_driver(kind): frozenset(kind.model_fields) for kind in kinds}
        for above, name, kinds in _tables(HardwareProfile, ())
        if len(kinds) > 1
    }


def nearest_key(path: KeyPath) -> str:
    """Return the known key most like this one: by its name in its own table, else in full."""
    siblings = [known[-1] for known in known_keys() if known[:-1] == path[:-1]]
    close = get_close_matches(path[-1], siblings, 1, SAME_TABLE)
    if close:
        return close[0]
    others = {known[-1]: ".".join(known) for known in reversed(tuple(known_keys()))}
    return "".join(others[name] for name in get_close_matches(path[-1], others, 1, OTHER_TABLE))


def _keys(kind: object, above: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the keys of a table and of the tables in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            kinds = _alternatives(field.annotation)
            yield (*above, name), field.description or _expected(kinds[0], field)
            for inner in kinds:
                yield from _keys(inner, (*above, name))
            if len(kinds) > 1:  # the last word on the key that they have in common
                yield (*above, name, DRIVER), " or ".join(_driver(inner) for inner in kinds)
    elif get_origin(kind) is dict:
        names, value = get_args(kind)
        for name in get_args(names)[0]:
            yield (*above, name.value), "a table"
            yield from _keys(value, (*above, name.value))


def _tables(kind: type[BaseModel], above: KeyPath) -> Iterator[_Table]:
    """Yield each table of settings and those in it, with every kind that may stand there."""
    for name, field in kind.model_fields.items():
        kinds = tuple(
            one
            for one in _alternatives(field.annotation)
            if isinstance(one, type) and issubclass(one, BaseModel)
        )
        if kinds:
            yield above, name, kinds
        for one in kinds:
            yield from _tables(one, (*above, name))


def _alternatives(kind: object) -> tuple[object, ...]:
    """Return what may stand in a field, without None: one kind, or one for each driver."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in {UnionType, Union}:
        parts = (part for part in get_args(kind) if part is not NoneType)
        return tuple(one for part in parts for one in _alternatives(part))
    return (kind,)


def _driver(kind: object) -> str:
    """Return the driver whose settings these are."""
    assert isinstance(kind, type)
    assert issubclass(kind, BaseModel)
    return str(get_args(kind.model_fields[DRIVER].annotation)[0])


def _expected(kind: object, field: FieldInfo) -> str:
    """Say in words what may stand in this field."""
    choices = _choices(kind)
    if choices:
        return " or ".join(choices)
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    for plain, word in words.items():
        if kind is plain:
            return word + _bounds(field)
    return "a table"


def _choices(kind: object) -> tuple[str, ...]:
    """Return what may be chosen, empty when it is no choice."""
    if get_origin(kind) is Literal:
        return tuple(str(choice) for choice in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return tuple(str(choice.value) for choice in kind)
    return ()


def _bounds(field: FieldInfo) -> str:
    """Return the bounds of a number or of a text's length in words."""
    low = high = unit = ""
    for rule in field.metadata:
        low = str(getattr(rule, "ge", getattr(rule, "min_length", low)))
        high = str(getattr(rule, "le", getattr(rule, "max_length", high)))
        unit = " characters" if hasattr(rule, "max_length") else unit
    return f", {low or 0} to {high}{unit}" if high else ""
