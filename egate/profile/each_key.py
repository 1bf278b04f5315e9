"""Each key of a profile by itself: pydantic's errors in the words of a technician.

What keys say of one another is in cross. The words of pydantic are not shown: a problem says
what may stand there, from the settings, in the same few phrases for every key.

Source: DESIGN section 8 (file, line, key, value, bound, nearest known key).
"""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from egate.profile.known import DRIVER, by_driver, known_keys, nearest_key
from egate.profile.problem import KeyPath, Places, Problem, shown
from egate.profile.settings import HardwareProfile

MISSING = "missing"
NO_DRIVER, NOT_A_DRIVER = "union_tag_not_found", "union_tag_invalid"
BAD_NAME = "[key]"  # how pydantic marks an error in a key's name rather than its value
OUT_OF_BOUNDS = frozenset({"greater_than_equal", "less_than_equal", "string_too_long"})

Checked = tuple[HardwareProfile | None, list[Problem], frozenset[KeyPath]]


def check_keys(content: dict[str, object], places: Places) -> Checked:
    """Check every key by itself; return the profile, or its problems and the keys refused."""
    try:
        return HardwareProfile.model_validate(content), [], frozenset()
    except ValidationError as refusal:
        details = refusal.errors(include_url=False)
    return (
        None,
        [problem for detail in details for problem in _problems(detail, places)],
        frozenset(_path(detail) for detail in details),
    )


def _path(detail: ErrorDetails) -> KeyPath:
    """Return the path of the key an error is about."""
    path: KeyPath = ()
    has_chosen = False
    for part in detail["loc"]:
        if not has_chosen and part in by_driver().get(path, {}):
            has_chosen = True  # pydantic puts the driver between a table and its keys
        elif part != BAD_NAME:
            path = (*path, str(part))
    return path if detail["type"] not in {NO_DRIVER, NOT_A_DRIVER} else (*path, DRIVER)


def _problems(detail: ErrorDetails, places: Places) -> Iterator[Problem]:
    """Yield an error in words; without its driver, a table's keys are looked at here."""
    yield _problem(detail, places)
    if detail["type"] in {NO_DRIVER, NOT_A_DRIVER}:
        for name, value in detail["input"].items():
            path = (*_path(detail)[:-1], str(name))
            if path not in known_keys():
                key, near = ".".join(path), nearest_key(path)
                yield Problem(places.of(path), key, "unknown key", shown(value), "", near)


def _problem(detail: ErrorDetails, places: Places) -> Problem:
    """Put one error into words."""
    path, kind = _path(detail), detail["type"]
    place, key = places.of(path), ".".join(path)
    if kind in {"missing", NO_DRIVER}:
        return Problem(place, key, MISSING, "", known_keys().get(path, ""))
    if detail["loc"][-1] == BAD_NAME:
        return Problem(place, key, "unknown key", "", "", nearest_key(path))
    value = shown(detail["input"])
    if kind == "extra_forbidden":
        return _unknown(detail, path, Problem(place, key, "unknown key", value))
    if kind == NOT_A_DRIVER:
        value = shown(detail["input"][DRIVER])
    what = "out of bounds" if kind in OUT_OF_BOUNDS else "not what may stand here"
    return Problem(place, key, what, value, known_keys().get(path, ""))


def _unknown(detail: ErrorDetails, path: KeyPath, problem: Problem) -> Problem:
    """Tell a key of another driver from one that nobody has."""
    driver = detail["loc"][len(path) - 1]
    chosen = by_driver().get(path[:-1], {}).get(str(driver), frozenset())
    if chosen and path in known_keys():
        return replace(problem, what=f"{driver} has no {path[-1]}; leave this key out")
    near = nearest_key(path)
    return problem if chosen and near not in chosen else replace(problem, nearest=near)
