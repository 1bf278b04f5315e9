"""Checks between keys: what each key alone cannot say.

They look at what stands in the document, key by key, and pass over a key that is itself
refused or absent: so they say what they can even while other keys are wrong.

    pins     two things on one pin, two devices on one line
    shape    inputs, outputs and doors that the shape lacks or does not have
    board    a factory and a line that belong to the driver; no active-low output on gpiozero
    lines    serial devices on paths, cameras on a path or on this machine, by their drivers
    readers  a reader of zones without one of chips, or the other way round
    pages    an address that others reach has TLS and client certificates
    limits   a warning before the end, a try no longer than the whole, long enough for a picture

Source: DESIGN sections 3 and 4; research/hardware.md 1.2 (gpiozero drives an active-low relay
on while it opens it: its lgpio pins claim the line low first, its pigpio pins set the line's
direction before its level).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil
import re

from egate.domain.lane_part import SHAPE_DOORS, Door, Shape, inputs_of, outputs_of
from egate.profile.each_key import MISSING
from egate.profile.known import DRIVER, known_keys
from egate.profile.problem import KeyPath, Places, Problem, shown
from egate.profile.settings import FingerprintNbisSettings, Limits
from egate.wire.zfm import image_bytes, line_s

BOARD: KeyPath = ("devices", "board")
PICTURE_SPARE_S = 3.0  # to lay the finger down, and for the sensor and this machine to look at it
ALONE_ON_A_LINE = {
    ("scanner", "line"): "scanner",
    ("mrz_reader", "line"): "MRZ reader",
    ("mrz_reader", "infrared"): "MRZ reader's infrared camera",
    ("camera", "line"): "camera",
    ("light", "line"): "light",
    ("fingerprint", "line"): "fingerprint sensor",
}
THIS_MACHINE = r"(127\.0\.0\.1|localhost|\[::1\])"
LOOPBACK = r"127(\.\d{1,3}){3}|localhost|::1"
TLS_FILES = ("certificate", "key", "client_ca")
TCP_LINE = re.compile(rf"tcp://{THIS_MACHINE}:(\d{{1,5}})")
CHIP_LINE = re.compile(r"/dev/gpiochip\d{1,3}")
HTTP_LINE = re.compile(rf"http://{THIS_MACHINE}:(\d{{1,5}})/\S*")

TCP_WORDS = "tcp://127.0.0.1:PORT (pigpio asks no password, so only on this machine)"
CHIP_WORDS = "/dev/gpiochipN"
HTTP_WORDS = "/dev/videoN, or http://127.0.0.1:PORT/PATH (only on this machine)"
PATH_WORDS = "a path: /dev/... or one below the data directory"

ACTIVE_LOW = (
    "gpiozero drives an active-low output on for a moment while it opens it; wire it active-high "
    'and say "high", or use driver = "io_gpiod"'
)


@dataclass(frozen=True, slots=True)
class Document:
    """A profile as it was written: its keys, where they stand, and those already refused."""

    content: Mapping[str, object]
    places: Places
    refused: frozenset[KeyPath]

    def value(self, *path: str) -> object:
        """Return what stands there; None where nothing does or where it is refused."""
        here: object = self.content
        for depth, name in enumerate(path, start=1):
            if path[:depth] in self.refused or not isinstance(here, Mapping):
                return None
            here = here.get(name)
        return here

    def names(self, *path: str) -> tuple[str, ...]:
        """Return the keys of the table that stands there."""
        table = self.value(*path)
        return tuple(table) if isinstance(table, Mapping) else ()

    def problem(self, path: KeyPath, what: str, *, bound: str = "", nearest: str = "") -> Problem:
        """Say what is wrong with this key."""
        value = self.value(*path)
        text = "" if value is None else shown(value)
        return Problem(self.places.of(path), ".".join(path), what, text, bound, nearest)


def cross_problems(document: Document) -> Iterator[Problem]:
    """Yield every problem between the keys of a profile."""
    checks: tuple[Callable[[Document], Iterator[Problem]], ...] = (
        _pins,
        _device_lines,
        _parts_of_the_shape,
        _doors_of_the_shape,
        _factory,
        _active_low,
        _board_line,
        _other_lines,
        _document_readers,
        _pages,
        _limits,
        _finger_limits,
    )
    for check in checks:
        yield from check(document)


def _pins(document: Document) -> Iterator[Problem]:
    taken: dict[object, KeyPath] = {}
    for group in ("inputs", "outputs"):
        for name in document.names(*BOARD, group):
            path = (*BOARD, group, name, "pin")
            pin = document.value(*path)
            if pin is None:
                continue
            if pin in taken:
                first = document.places.of(taken[pin])
                other = f"{'.'.join(taken[pin])} ({first.file}:{first.line})"
                yield document.problem(path, f"this pin is already {other}", bound="a free pin")
            taken.setdefault(pin, path)


def _device_lines(document: Document) -> Iterator[Problem]:
    taken: dict[object, str] = {}
    for place, words in ALONE_ON_A_LINE.items():
        path = ("devices", *place)
        line = document.value(*path)
        if line is not None and line in taken:
            yield document.problem(path, f"the {taken[line]} is on this line too")
        taken.setdefault(line, words)


def _parts_of_the_shape(document: Document) -> Iterator[Problem]:
    shape = _shape(document)
    if shape is None:
        return
    wanted = {"inputs": inputs_of(shape), "outputs": outputs_of(shape)}
    for group, lines in wanted.items():
        names = document.names(*BOARD, group)
        for line in lines:
            path = (*BOARD, group, line.value)
            if line.value not in names and document.value(*BOARD, group) is not None:
                yield document.problem(path, MISSING, bound=f"a table: every {shape} has it")
        for name in names:
            path = (*BOARD, group, name)
            if path in known_keys() and name not in {line.value for line in lines}:
                yield document.problem(path, f"a {shape} has no such line")


def _doors_of_the_shape(document: Document) -> Iterator[Problem]:
    shape = _shape(document)
    doors = document.value("doors")
    if shape is None or doors is None:
        return
    has_entry = "entry" in document.names("doors")
    if Door.ENTRY in SHAPE_DOORS[shape] and not has_entry:
        yield document.problem(("doors", "entry"), MISSING, bound=f"a table: a {shape} has it")
    if Door.ENTRY not in SHAPE_DOORS[shape] and has_entry:
        yield document.problem(("doors", "entry"), f"a {shape} has no entry door")


def _factory(document: Document) -> Iterator[Problem]:
    path = (*BOARD, "factory")
    driver = document.value(*BOARD, "driver")
    has_factory = "factory" in document.names(*BOARD)
    if driver == "io_gpiozero" and not has_factory:
        yield document.problem(path, MISSING, bound=known_keys()[path])
    if driver == "io_gpiod" and has_factory:
        yield document.problem(path, "io_gpiod has no factory; leave this key out")


def _active_low(document: Document) -> Iterator[Problem]:
    if document.value(*BOARD, "driver") != "io_gpiozero":
        return
    for name in document.names(*BOARD, "outputs"):
        path = (*BOARD, "outputs", name, "energised")
        if document.value(*path) == "low":
            yield document.problem(path, ACTIVE_LOW)


def _board_line(document: Document) -> Iterator[Problem]:
    line = document.value(*BOARD, "line")
    driver = document.value(*BOARD, "driver")
    on_tcp = document.value(*BOARD, "factory") == "pigpio" and driver == "io_gpiozero"
    on_chip = document.value(*BOARD, "factory") == "lgpio" or driver == "io_gpiod"
    if not isinstance(line, str):
        return
    if on_tcp and not _has_port(TCP_LINE.fullmatch(line)):
        yield document.problem((*BOARD, "line"), "no line of pigpio", bound=TCP_WORDS)
    if on_chip and not CHIP_LINE.fullmatch(line):
        yield document.problem((*BOARD, "line"), "no chip of input and output", bound=CHIP_WORDS)


def _other_lines(document: Document) -> Iterator[Problem]:
    for place in ALONE_ON_A_LINE:
        path, device = ("devices", *place), place[0]
        driver, line = document.value("devices", device, DRIVER), document.value(*path)
        if not isinstance(driver, str) or not isinstance(line, str):
            continue
        if "camera" not in driver:
            if "://" in line:
                yield document.problem(path, "no serial line", bound=PATH_WORDS)
        elif not (line.startswith("/dev/") or _has_port(HTTP_LINE.fullmatch(line))):
            yield document.problem(path, "no camera line", bound=HTTP_WORDS)


def _document_readers(document: Document) -> Iterator[Problem]:
    """A chip is opened with what the page says: one reader without the other reads nothing."""
    pair = ("mrz_reader", "card_reader")
    there = [name for name in pair if name in document.names("devices")]
    if len(there) == 1:
        absent = next(name for name in pair if name not in there)
        bound = f"a table: devices.{there[0]} is of no use alone"
        yield document.problem(("devices", absent), MISSING, bound=bound)


def _pages(document: Document) -> Iterator[Problem]:
    host = document.value("pages", "host")
    given = [name for name in TLS_FILES if document.value("pages", name)]
    absent = [name for name in TLS_FILES if name not in given]
    is_open = isinstance(host, str) and not re.fullmatch(LOOPBACK, host)
    if absent and (given or is_open):
        bound = f"a file: {' and '.join(TLS_FILES)} go together"
        why = "others reach this host" if is_open else "it is of no use alone"
        yield document.problem(("pages", absent[0]), f"{MISSING}: {why}", bound=bound)


def _limits(document: Document) -> Iterator[Problem]:
    try_s, all_s = _limit(document, "face_try_s"), _limit(document, "verifying_s")
    if try_s is not None and all_s is not None and try_s > all_s:
        yield document.problem(
            ("limits", "face_try_s"),
            "one try is longer than all of them",
            bound=f"at most verifying_s ({all_s:g})",
        )
    warning_s, end_s = _limit(document, "exit_warning_s"), _limit(document, "exit_released_s")
    if warning_s is not None and end_s is not None and warning_s >= end_s:
        yield document.problem(
            ("limits", "exit_warning_s"),
            "the warning comes no sooner than the end",
            bound=f"less than exit_released_s ({end_s:g})",
        )


def _finger_limits(document: Document) -> Iterator[Problem]:
    """A try at the sensor fits in all of them, and a picture of a finger in a try."""
    path = ("limits", "finger_try_s")
    try_s, all_s = _limit(document, "finger_try_s"), _limit(document, "verifying_s")
    if try_s is None:
        return
    if all_s is not None and try_s > all_s:
        bound = f"at most verifying_s ({all_s:g})"
        yield document.problem(path, "one try is longer than all of them", bound=bound)
    picture_s = _picture_s(document)
    if picture_s and try_s < (least_s := ceil(picture_s + PICTURE_SPARE_S)):
        what = "a picture of a finger takes longer on this line"
        yield document.problem(path, what, bound=f"at least {least_s}, and verifying_s for three")


def _picture_s(document: Document) -> float:
    """Return how long a picture of a finger is on its line; 0 where none is taken."""
    here = ("devices", "fingerprint")
    if document.value(*here, DRIVER) != "fingerprint_nbis":
        return 0.0
    fields = FingerprintNbisSettings.model_fields
    baud, width, height = (
        document.value(*here, name) or fields[name].default
        for name in ("baud", "picture_width", "picture_height")
    )
    if not isinstance(baud, int) or not isinstance(width, int) or not isinstance(height, int):
        return 0.0
    return line_s(image_bytes(width, height), baud)


def _shape(document: Document) -> Shape | None:
    shape = document.value("gate", "shape")
    return Shape(shape) if isinstance(shape, str) and shape in set(Shape) else None


def _limit(document: Document, name: str) -> float | None:
    """Return the limit as written, its default where it is left out, None where refused."""
    if name not in document.names("limits"):
        return float(Limits.model_fields[name].default)
    limit = document.value("limits", name)
    return float(limit) if isinstance(limit, (int, float)) else None


def _has_port(found: re.Match[str] | None) -> bool:
    return found is not None and 1 <= int(found[2]) <= 65535
