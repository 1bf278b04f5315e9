"""Each key of a profile by itself: pydantic's errors in the words of a technician.

What keys say of one another is in cross. The words of pydantic are not shown: a problem says
what may stand there, from the settings, in the same few phrases for every key.

Source: DESIGN section 8 (file, line, key, value, bound, nearest known key).
"""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from egate.profile.known import known_keys, nearest_key
from egate.profile.problem import KeyPath, Places, Problem, shown
from egate.profile.settings import HardwareProfile

MISSING = "missing"
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
        [_problem(detail, places) for detail in details],
        frozenset(_path(detail) for detail in details),
    )


def _path(detail: ErrorDetails) -> KeyPath:
    """Return the path of the key an error is about."""
    return tuple(str(part) for part in detail["loc"] if part != BAD_NAME)


def _problem(detail: ErrorDetails, places: Places) -> Problem:
    """Put one error into words."""
    path, kind = _path(detail), detail["type"]
    place, key = places.of(path), ".".join(path)
    if kind == "missing":
        return Problem(place, key, MISSING, "", known_keys().get(path, ""))
    if detail["loc"][-1] == BAD_NAME:
        return Problem(place, key, "unknown key", "", "", nearest_key(path))
    value = shown(detail["input"])
    if kind == "extra_forbidden":
        return Problem(place, key, "unknown key", value, "", nearest_key(path))
    what = "out of bounds" if kind in OUT_OF_BOUNDS else "not what may stand here"
    return Problem(place, key, what, value, known_keys().get(path, ""))
