"""What the doctor is asked about: this computer, and the gate whose profile was named.

Everything that is read comes through here: the root of the file system, the clocks, the programs
of the system, the gate's own files. A test hands in others; a check reads no global.

Source: DESIGN section 2 (inputs, not globals).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import os
from pathlib import Path

from egate.domain.lateness import Ticks
from egate.domain.service import Counters
from egate.profile.settings import HardwareProfile


class Unusable(Exception):
    """A file of the gate cannot be used; the text says what is wrong in one line, no content."""


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What adjtimex(2) says: whether something keeps the clock, and how far it may be off."""

    is_synchronised: bool
    largest_error_ms: float


@dataclass(frozen=True, slots=True)
class Space:
    """Room on a file system."""

    free_bytes: int
    free_files: int


@dataclass(frozen=True, slots=True)
class ListState:
    """A signed list: its version, when it is in force, and from when to when each of its keys."""

    version: int
    from_utc_s: float
    until_utc_s: float
    keys: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class TrustState:
    """The trust store: country signers, what cannot be used, what is out of date (a line each).

    `countries` are codes, each with the instant its last signer ends; `lists_until_utc_s` is when
    the first of its lists will be out of date, None when there is none.
    """

    signers: int
    useless: tuple[str, ...]
    old: tuple[str, ...]
    countries: tuple[tuple[str, float], ...]
    lists_until_utc_s: float | None


@dataclass(frozen=True, slots=True)
class JournalState:
    """A journal whose end is proven."""

    records: int
    newest_utc_s: float


@dataclass(frozen=True, slots=True)
class CountedState:
    """What the lane wrote down of its parts and of how late its loop was."""

    counters: Counters
    ticks: tuple[Ticks, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryKeyState:
    """The registry's key: when it was made, None where that is not known.

    `is_hidden`: this user may not look. `is_changing`: its change was begun and not finished.
    """

    made_at_utc_s: int | None
    is_changing: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of the profile; each of the callables raises Unusable.

    Args:
        issuers: the list of issuers' keys; `revoked` the list of revoked permits.
        policy: its version.
        gate_key, held: nothing; raise when the key or the memory of versions is spoilt.
        journal, counted: None while there is none.
        registry_key: None while nobody is enrolled.
    """

    profile: HardwareProfile
    data: Path
    issuers: Callable[[], ListState]
    revoked: Callable[[], ListState]
    policy: Callable[[], str]
    gate_key: Callable[[], None]
    held: Callable[[], None]
    trust: Callable[[], TrustState]
    journal: Callable[[], JournalState | None]
    counted: Callable[[], CountedState | None]
    registry_key: Callable[[], RegistryKeyState | None]


@dataclass(frozen=True, slots=True)
class Host:
    """This computer. `gate` is None without a profile, or with one that is refused.

    Args:
        root: of /proc, /sys, /dev, /etc and /run.
        data: where the gate keeps its data, or would.
        run: words of a program of the system to what it printed; None when it is not there or
            ended with an error.
        installed: a package's name to its version, None when it is not installed.
        lock: the text of the requirements this egate was tested with, empty when not delivered.
        unsound: a version of SQLite to why no journal may be kept with it, None for a good one.
        may_use: whether this user may read and write a device file or a folder.
        models: the folder of a kind of models ("faces", "pages"); raises LookupError without one.
    """

    root: Path
    data: Path
    utc_s: Callable[[], float]
    monotonic_s: Callable[[], float]
    random: Callable[[int], bytes]
    kernel_clock: Callable[[], KernelClock | None]
    space: Callable[[Path], Space]
    run: Callable[[Sequence[str]], str | None]
    installed: Callable[[str], str | None]
    python: tuple[int, int, int]
    sqlite: str
    unsound: Callable[[str], str | None]
    lock: str
    models: Callable[[str], Path]
    may_use: Callable[[Path], bool]
    card_socket: Path
    profile: str = ""
    problems: tuple[str, ...] = ()
    gate: Gate | None = None

    def text(self, path: str, most: int = 65536) -> str | None:
        """Return what stands in a file below the root, None where there is none to read."""
        try:
            with (self.root / path).open(encoding="utf-8", errors="replace") as file:
                return file.read(most).strip()
        except OSError:
            return None

    def number(self, path: str, base: int = 10) -> int | None:
        """Return the number in a file below the root, None where there is none."""
        try:
            return int(self.text(path) or "", base)
        except ValueError:
            return None

    def files(self, pattern: str) -> list[str]:
        """Return the files below the root that match, in order, as `text` takes them."""
        return sorted(str(found.relative_to(self.root)) for found in self.root.glob(pattern))

    @property
    def the_gate(self) -> Gate:
        """The gate, for checks that need EG-H601."""
        if self.gate is None:
            raise LookupError("no profile")
        return self.gate


def is_private(path: Path) -> bool:
    """Say whether nobody but the owner may read or write a file."""
    return not os.stat(path).st_mode & 0o077  # noqa: PTH116  # follows links, as opening does
