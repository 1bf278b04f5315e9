"""A profile file to a frozen HardwareProfile, or to all of its problems at once.

Two passes, so that a mended key brings no new surprise: each key by itself (each_key),
then the keys among themselves (cross). `extends = "NAME"` takes a shipped profile and replaces the
keys the file names; a problem points at the file that set the key.

A file of an operator's own may have a calibration beside it (egate/profile/overlay.py): what that
sets is taken in place of what the profile says, and one that is refused refuses the profile. The
profiles that are shipped have none.

Source: DESIGN sections 4 and 8; research/fleet_ops.md section 3 (configuration).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
import re
import tomllib

from egate.profile import overlay
from egate.profile.cross import Document, cross_problems
from egate.profile.each_key import MISSING, check_keys
from egate.profile.known import DRIVER, EXTENDS, by_driver, known_keys
from egate.profile.places import find_places
from egate.profile.problem import KeyPath, Place, Places, Problem, ProfileRefused, shown
from egate.profile.settings import HardwareProfile

LARGEST = 64 * 1024  # bytes; the longest shipped profile has a tenth of it
LONGEST_LINE = 1000  # characters; a hostile key of ten thousand parts costs tomllib seconds
SHIPPED = "hardware_profiles"

Content = dict[str, object]


class ProfileNotFound(LookupError):
    """Neither a shipped profile nor a file has this name."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A profile in force, what it is without its calibration, and that calibration if there is one.

    `written_for` is the digest of what the file and what it extends say, for an overlay to name.
    """

    profile: HardwareProfile
    plain: HardwareProfile
    written_for: str
    calibration: overlay.Calibration | None = None


@dataclass(frozen=True, slots=True)
class _Read:
    """A profile file taken apart and found right."""

    content: Content
    places: Places
    plain: HardwareProfile


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles that come with egate, in order."""
    return tuple(
        sorted(
            entry.name.removesuffix(".toml")
            for entry in files(SHIPPED).iterdir()
            if entry.name.endswith(".toml")
        )
    )


def find(name_or_path: str) -> Path:
    """Return the file of a shipped profile by its name, or of a profile by its path.

    Raises:
        ProfileNotFound: neither exists; says which shipped name is nearest.
    """
    if name_or_path in shipped():
        return _shipped_path(name_or_path)
    if Path(name_or_path).is_file():
        return Path(name_or_path)
    close = get_close_matches(name_or_path, shipped(), 1)
    offer = f"did you mean {close[0]}?" if close else f"shipped are {', '.join(shipped())}"
    raise ProfileNotFound(f"no profile and no file is called {name_or_path}; {offer}")


def load(path: Path) -> HardwareProfile:
    """Read and check one profile file, with the calibration beside it.

    Raises:
        ProfileRefused: it, or its calibration, has problems; all of them are told.
        OSError: it cannot be read.
    """
    return load_whole(path).profile


def load_whole(path: Path) -> Loaded:
    """Do as `load`, and tell what is of the profile and what of its calibration."""
    file = overlay.beside(path)
    return load_with(path, None if is_shipped(path) or not file.exists() else _text_of(file))


def load_with(path: Path, calibration: str | None) -> Loaded:
    """Do as `load_whole` with this text as the calibration beside it, or with none."""
    read = _checked(_text_of(path), str(path))
    plain, written_for = read.plain, overlay.digest(read.content)
    if calibration is None:
        return Loaded(plain, plain, written_for)
    origin = str(overlay.beside(path))
    over, places = _read(calibration, origin)
    found = list(overlay.problems(over, places, plain, written_for))
    if found:
        raise ProfileRefused(_in_order(found, origin))
    told = overlay.read(over)
    return Loaded(_calibrated(read, told, places), plain, written_for, told)


def is_shipped(path: Path) -> bool:
    """Say whether this file comes with egate: nothing is written beside it."""
    return path.parent == _shipped_path("any").parent


def parse(text: str, origin: str) -> HardwareProfile:
    """Check one profile given as text; `origin` is the file name shown with its problems.

    Raises:
        ProfileRefused: it has problems; all of them are told.
    """
    return _checked(text, origin).plain


def _checked(text: str, origin: str) -> _Read:
    own, own_places = _read(text, origin)
    base, places, problems = _extended(own, own_places)
    content = _merged(base, {key: value for key, value in own.items() if key != EXTENDS})
    profile, found, refused = check_keys(content, places)
    found += cross_problems(Document(content, places, refused))
    if problems:  # without the profile it extends, what is missing says nothing
        found = [problem for problem in found if problem.what != MISSING]
    problems += found
    if profile is None or problems:
        raise ProfileRefused(_in_order(problems, origin))
    return _Read(content, places, profile)


def _calibrated(read: _Read, calibration: overlay.Calibration, own: Places) -> HardwareProfile:
    """Return the profile with what was calibrated; its values are held to the same bounds."""
    content, places = read.content, dict(read.places.places)
    for one in calibration.keys:
        over: Content = {one.key[-1]: one.after}
        for name in reversed(one.key[:-1]):
            over = {name: over}
        content = _merged(content, over)
        places[one.key] = own.of((*one.key, "after"))
    together = Places(places, read.places.otherwise)
    profile, found, refused = check_keys(content, together)
    found += cross_problems(Document(content, together, refused))
    if profile is None or found:
        raise ProfileRefused(_in_order(found, own.otherwise.file))
    return profile.calibrated_by(calibration.sha256)


def _text_of(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(LARGEST + 1)
    return _text(raw, str(path))


def _text(raw: bytes, origin: str) -> str:
    """Return the bytes as text, if they are text and not too many."""
    if len(raw) > LARGEST:
        bound = f"at most {LARGEST} bytes"
        raise ProfileRefused([Problem(Place(origin, 1), "", "the file is too large", "", bound)])
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ProfileRefused([Problem(Place(origin, line), "", "this is no UTF-8 text")]) from error


def _read(text: str, origin: str) -> tuple[Content, Places]:
    """Take the TOML apart; where it is none, say at which line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            bound = f"at most {LONGEST_LINE} characters"
            raise ProfileRefused([Problem(Place(origin, number), "", "too long a line", "", bound)])
    try:
        return tomllib.loads(text), find_places(text, origin)
    except tomllib.TOMLDecodeError as error:
        words, _, where = str(error).rpartition(" (at ")
        found = re.match(r"line (\d+)", where)
        number = int(found[1]) if found else text.rstrip().count("\n") + 1
        raise ProfileRefused(
            [Problem(Place(origin, number), "", f"this is no TOML: {words}")]
        ) from error
    except RecursionError as error:
        raise ProfileRefused([Problem(Place(origin, 1), "", "it is nested too deep")]) from error


def _extended(own: Content, own_places: Places) -> tuple[Content, Places, list[Problem]]:
    """Return what the file extends (nothing, usually), and the places of both together."""
    name = own.get(EXTENDS)
    if name is None:
        return {}, own_places, []
    if not isinstance(name, str) or name not in shipped():
        close = get_close_matches(str(name), shipped(), 1)
        place = own_places.of((EXTENDS,))
        bound = known_keys()[(EXTENDS,)]
        problem = Problem(place, EXTENDS, "unknown", shown(name), bound, "".join(close))
        return {}, own_places, [problem]
    path = _shipped_path(name)
    base, base_places = _read(path.read_text(), f"{SHIPPED}/{path.name}")
    places = Places({**base_places.places, **own_places.places}, own_places.otherwise)
    return base, places, []


def _merged(base: Mapping[str, object], over: Mapping[str, object], above: KeyPath = ()) -> Content:
    """Return base with the keys of `over` in their places; tables are merged, values replaced.

    A table whose keys depend on its driver is replaced as a whole where the driver is another.
    """
    merged = dict(base)
    for key, value in over.items():
        below, path = merged.get(key), (*above, key)
        if (
            isinstance(below, dict)
            and isinstance(value, dict)
            and not (
                path in by_driver() and value.get(DRIVER, below.get(DRIVER)) != below.get(DRIVER)
            )
        ):
            merged[key] = _merged(below, value, path)
        else:
            merged[key] = value
    return merged


def _in_order(problems: list[Problem], origin: str) -> list[Problem]:
    """Sort problems as a reader meets them: the file at hand first, then by line and key."""
    return sorted(
        problems, key=lambda p: (p.place.file != origin, p.place.file, p.place.line, p.key)
    )


def _shipped_path(name: str) -> Path:
    return Path(str(files(SHIPPED) / f"{name}.toml"))
