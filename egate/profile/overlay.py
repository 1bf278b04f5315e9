"""The calibration of one profile: a TOML file beside it, written by `egate calibrate`.

    /etc/egate/profile.toml                 the profile
    /etc/egate/profile.calibration.toml     its calibration, found by its name

    [calibration]
    format = 1
    written_for = "..."        SHA-256 of what the profile says, comments and defaults aside
    sha256 = "..."             of everything else in this file
    [limits.door_follow_s]     one table for each key, named as the key is
    before = 3.0               what was in force
    after = 1.2                what is from now on
    part = "exit"              of all that were measured the one that wants most
    n, p50, p95, largest       what was measured of it, in the key's unit
    rule, unit, operator, at, identity

A file that was changed by hand, that belongs to another profile or that says what a calibration may
not (egate/profile/calibrated.py) is refused, and the profile with it: a gate does not run on half
of what was meant. The digest is no signature: who may write here may write the profile.

Source: issue 5, item 7; research/domain.md section 3 (stored, with before and after).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
import json
from pathlib import Path
from typing import Final

from egate.profile.calibrated import CALIBRATED, Figures, Number, most
from egate.profile.problem import KeyPath, Places, Problem, shown
from egate.profile.settings import HardwareProfile

SUFFIX: Final = ".calibration.toml"
HEAD: Final = "calibration"
FORMAT: Final = 1
AGAIN: Final = "what `egate calibrate` writes: run it again, or take this file away"
KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "before": (int, float),
    "after": (int, float),
    "unit": (str,),
    "part": (str,),
    "n": (int,),
    "p50": (int, float),
    "p95": (int, float),
    "largest": (int, float),
    "rule": (str,),
    "operator": (str,),
    "at": (datetime,),
    "identity": (str,),
}
HEAD_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "format": (int,),
    "written_for": (str,),
    "sha256": (str,),
}
SETTABLE: Final = " or ".join(".".join(key) for key in CALIBRATED)
WORDS: Final = {int: "a whole number", float: "a number", str: "a text", datetime: "a date-time"}


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One key that was calibrated: what it was and is, by whom and when, and what was measured."""

    key: KeyPath
    before: Number
    after: Number
    figures: Figures
    operator: str
    at: datetime
    identity: str = ""  # of the device, where it tells one

    @property
    def name(self) -> str:
        """The key in one word."""
        return ".".join(self.key)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Every key that was calibrated for one profile; `sha256` of the file that says so."""

    keys: tuple[Calibrated, ...]
    sha256: str = ""


def beside(profile: Path) -> Path:
    """Return where the calibration of this profile lies.

    >>> beside(Path("/etc/egate/profile.toml")).name
    'profile.calibration.toml'
    """
    return profile.with_name(profile.name.removesuffix(".toml") + SUFFIX)


def digest(content: object) -> str:
    """Return the SHA-256 of what a TOML document says, whatever its order and comments."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


def write(keys: tuple[Calibrated, ...], written_for: str) -> str:
    """Return the overlay as text."""
    tables = {one.key: _table(one) for one in sorted(keys, key=lambda one: one.key)}
    head = {"format": FORMAT, "written_for": written_for}
    sealed = digest(_content(tables) | {HEAD: head})
    lines = [
        "# Written by `egate calibrate`; what is changed by hand is refused.",
        f"[{HEAD}]",
        *(_line(name, value) for name, value in (head | {"sha256": sealed}).items()),
    ]
    for key, table in tables.items():
        lines += ["", f"[{'.'.join(key)}]"]
        lines += [_line(name, value) for name, value in table.items()]
    return "\n".join(lines) + "\n"


def read(content: Mapping[str, object]) -> Calibration:
    """Return what an overlay says; `problems` has found nothing wrong with it."""
    head = content[HEAD]
    assert isinstance(head, dict)
    keys = tuple(_calibrated(path, table) for path, table in _tables(content))
    return Calibration(keys, head["sha256"])


def problems(
    content: Mapping[str, object], places: Places, plain: HardwareProfile, written_for: str
) -> Iterator[Problem]:
    """Yield everything that is wrong with an overlay for this profile, values out of range aside.

    Args:
        content: the overlay as TOML has it.
        places: where its keys stand.
        plain: the profile without it.
        written_for: the digest of what that profile says.
    """
    head = content.get(HEAD)
    if not isinstance(head, dict):
        yield Problem(places.of((HEAD,)), HEAD, "missing", bound="a table")
        return
    wrong = list(_wrong_fields((HEAD,), head, HEAD_KINDS, places))
    for path, table in _tables(content):
        wrong += _wrong_key(path, table, places, plain)
    yield from wrong
    if not any(problem.key.startswith(HEAD) for problem in wrong):
        yield from _not_for_this(content, head, places, written_for)


def _not_for_this(
    content: Mapping[str, object], head: Mapping[str, object], places: Places, written_for: str
) -> Iterator[Problem]:
    def problem(name: str, what: str, bound: str = AGAIN) -> Problem:
        return Problem(places.of((HEAD, name)), f"{HEAD}.{name}", what, shown(head[name]), bound)

    if head["format"] != FORMAT:
        yield problem("format", "this is no format that is known here", str(FORMAT))
        return
    bare = {name: value for name, value in head.items() if name != "sha256"}
    if digest({**content, HEAD: bare}) != head["sha256"]:
        yield problem("sha256", "this file was changed after it was written")
    elif head["written_for"] != written_for:
        yield problem("written_for", "written for another profile, or this one changed since")


def _wrong_key(
    path: KeyPath, table: Mapping[str, object], places: Places, plain: HardwareProfile
) -> Iterator[Problem]:
    name = ".".join(path)
    if path not in CALIBRATED:
        yield Problem(places.of(path), name, "no calibration sets this key", bound=SETTABLE)
        return
    wrong = list(_wrong_fields(path, table, KINDS, places))
    yield from wrong
    after = table.get("after")
    if not wrong and isinstance(after, (int, float)) and after > (top := most(plain, path)):
        what = "more than a calibration may set"
        bound = f"at most {top:g}; what needs more is mended, or written into the profile itself"
        yield Problem(places.of((*path, "after")), f"{name}.after", what, shown(after), bound)


def _wrong_fields(
    path: KeyPath,
    table: Mapping[str, object],
    kinds: Mapping[str, tuple[type, ...]],
    places: Places,
) -> Iterator[Problem]:
    for name, value in table.items():
        if name not in kinds:
            yield Problem(places.of((*path, name)), f"{'.'.join(path)}.{name}", "unknown key")
        elif type(value) not in kinds[name]:
            what, bound = "not what may stand here", WORDS[kinds[name][-1]]
            key = f"{'.'.join(path)}.{name}"
            yield Problem(places.of((*path, name)), key, what, shown(value), bound)
    for name in kinds.keys() - table.keys():
        yield Problem(places.of(path), f"{'.'.join(path)}.{name}", "missing", bound=AGAIN)


def _tables(
    content: Mapping[str, object], above: KeyPath = ()
) -> Iterator[tuple[KeyPath, dict[str, object]]]:
    """Yield the innermost tables, and what stands where a table is wanted as one without a key."""
    for name, value in content.items():
        path = (*above, name)
        if path == (HEAD,):
            continue
        if isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
            yield from _tables(value, path)
        else:
            yield path, value if isinstance(value, dict) else {"": value}


def _table(one: Calibrated) -> dict[str, object]:
    rule, seen = CALIBRATED[one.key], one.figures
    return {
        "before": one.before,
        "after": one.after,
        "unit": rule.unit,
        "part": seen.part,
        "n": seen.n,
        "p50": seen.p50,
        "p95": seen.p95,
        "largest": seen.largest,
        "rule": rule.words,
        "operator": one.operator,
        "at": one.at.astimezone(UTC).replace(microsecond=0),
        "identity": one.identity,
    }


def _calibrated(path: KeyPath, table: Mapping[str, object]) -> Calibrated:
    told: dict[str, object] = dict(table)
    figures = Figures(*(told[name] for name in ("part", "n", "p50", "p95", "largest")))  # type: ignore[arg-type]  # _wrong_fields has seen each
    names = ("before", "after", "operator", "at", "identity")
    before, after, operator, at, identity = (told[name] for name in names)
    return Calibrated(path, before, after, figures, operator, at, identity)  # type: ignore[arg-type]  # the same


def _content(tables: Mapping[KeyPath, dict[str, object]]) -> dict[str, object]:
    """Return the tables as a TOML document has them: one in the other."""
    content: dict[str, object] = {}
    for path, table in tables.items():
        here = content
        for name in path[:-1]:
            inner = here.setdefault(name, {})
            assert isinstance(inner, dict)
            here = inner
        here[path[-1]] = table
    return content


def _line(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return f"{name} = {value.strftime('%Y-%m-%dT%H:%M:%SZ')}"
    return f"{name} = {json.dumps(value, ensure_ascii=False)}"
