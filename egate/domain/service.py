"""What each part of a gate has done, and after how much of it the part wants service.

    part                     a cycle is                         limit
    entry, exit              its leaf opened                    door_cycles
    *_release, sounder       driven                             relay_cycles
    entry_go, exit_go, stop  lit; its hours count               lamp_hours
    scanner                  a code read                        scans
    mrz_reader               a page read                        page_reads
    card_reader              a chip asked for                   chip_reads
    camera, light            a look at a face                   looks
    fingerprint              a try                              finger_tries
    board, journal           none; they only fail               -

A retry is one that had to be done again, an error what the part's driver told or did not answer in
time (of a door: it did not follow, or its contacts disagreed), a return its coming back after it
was lost. Counts only grow; a service is remembered by what
they were then. Nothing here closes a lane.

Source: research/domain.md 3 (counters and hours, service-due rules).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType

from egate.domain.lane_part import SHAPE_DOORS, Door, Output, Shape, outputs_of

BOARD, JOURNAL, SCANNER, CAMERA, LIGHT = "board", "journal", "scanner", "camera", "light"
MRZ_READER, CARD_READER, FINGERPRINT = "mrz_reader", "card_reader", "fingerprint"
HOUR_S = 3600.0
FEWEST = 1000  # errors are held against so many cycles at least: one of three is no rate


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted; `on_s` is for how long an output was on."""

    cycles: int = 0
    errors: int = 0
    retries: int = 0
    returns: int = 0
    on_s: float = 0.0

    def plus(self, other: "Tally") -> "Tally":
        """Return both together.

        >>> Tally(cycles=3).plus(Tally(cycles=1, errors=1))
        Tally(cycles=4, errors=1, retries=0, returns=0, on_s=0.0)
        """
        return Tally(*(getattr(self, each) + getattr(other, each) for each in NAMES))

    def beyond(self, earlier: "Tally") -> "Tally":
        """Return what came after `earlier`."""
        return Tally(*(max(0, getattr(self, each) - getattr(earlier, each)) for each in NAMES))


NAMES = tuple(field.name for field in fields(Tally))


@dataclass(frozen=True, slots=True)
class Counter:
    """One part: all that was ever counted, and what that was when it was last serviced.

    `serviced_at_utc_s` is 0.0 while nobody has serviced it.
    """

    total: Tally = Tally()
    at_service: Tally = Tally()
    serviced_at_utc_s: float = 0.0

    @property
    def since(self) -> Tally:
        """What was counted since the last service."""
        return self.total.beyond(self.at_service)

    def serviced(self, at_utc_s: float) -> "Counter":
        """Return it with a service done now."""
        return Counter(self.total, self.total, at_utc_s)


Counters = Mapping[str, Counter]
NO_COUNTERS: Counters = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ServiceLimits:
    """After how much a part wants service; profile/settings.py (ServiceAfter) has the bounds."""

    door_cycles: int = 500_000
    relay_cycles: int = 500_000
    lamp_hours: int = 20_000
    scans: int = 2_000_000
    page_reads: int = 1_000_000
    chip_reads: int = 500_000
    looks: int = 2_000_000
    finger_tries: int = 500_000
    errors_per_1000: int = 20


DEFAULT_LIMITS = ServiceLimits()


class Want(StrEnum):
    """Why a part wants service."""

    CYCLES = "cycles"
    HOURS = "hours"
    ERRORS = "errors"


@dataclass(frozen=True, slots=True)
class Due:
    """A limit that was passed: which, by how much it was counted, and what it is."""

    want: Want
    key: str
    counted: float
    limit: float


@dataclass(frozen=True, slots=True)
class PartSeen:
    """A part as watchers are told of it: since its service, in its life, and what it wants."""

    part: str
    since: Tally
    life: Tally
    due: tuple[Want, ...] = ()


CYCLES_OF: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(Door, "door_cycles"),
        Output.ENTRY_RELEASE: "relay_cycles",
        Output.EXIT_RELEASE: "relay_cycles",
        Output.SOUNDER: "relay_cycles",
        SCANNER: "scans",
        MRZ_READER: "page_reads",
        CARD_READER: "chip_reads",
        CAMERA: "looks",
        LIGHT: "looks",
        FINGERPRINT: "finger_tries",
    }
)
LAMPS = (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP)
FITTED_OR_NOT = (LIGHT, MRZ_READER, CARD_READER, FINGERPRINT)
PARTS: tuple[str, ...] = (
    *Door,
    *(output for output in Output if output is not Output.ALIVE),
    SCANNER,
    CAMERA,
    *FITTED_OR_NOT,
    BOARD,
    JOURNAL,
)


def parts_of(shape: Shape, fitted: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of a gate of this shape; `fitted` are those of FITTED_OR_NOT it has.

    >>> parts_of(Shape.TURNSTILE, ())[:3]
    ('exit', 'exit_release', 'exit_go')
    """
    there = {*SHAPE_DOORS[shape], *outputs_of(shape), SCANNER, CAMERA, BOARD, JOURNAL, *fitted}
    return tuple(str(part) for part in PARTS if part in there)


def due(part: str, counted: Tally, limits: ServiceLimits) -> Iterator[Due]:
    """Yield every limit that this part has passed since its last service.

    >>> [one.key for one in due("exit", Tally(cycles=500_001), ServiceLimits())]
    ['door_cycles']
    """
    key = CYCLES_OF.get(part)
    if key is not None and counted.cycles > (most := getattr(limits, key)):
        yield Due(Want.CYCLES, key, counted.cycles, most)
    hours = counted.on_s / HOUR_S
    if part in LAMPS and hours > limits.lamp_hours:
        yield Due(Want.HOURS, "lamp_hours", round(hours, 1), limits.lamp_hours)
    rate = 1000 * counted.errors / max(counted.cycles, FEWEST)
    if rate > limits.errors_per_1000:
        yield Due(Want.ERRORS, "errors_per_1000", round(rate, 1), limits.errors_per_1000)


def seen(counters: Counters, limits: ServiceLimits) -> tuple[PartSeen, ...]:
    """Return what is told of each part, in the order of PARTS."""
    return tuple(
        PartSeen(
            part,
            counters[part].since,
            counters[part].total,
            tuple(one.want for one in due(part, counters[part].since, limits)),
        )
        for part in PARTS
        if part in counters
    )
