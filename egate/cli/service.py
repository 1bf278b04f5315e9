"""`egate service`: what each part of a gate has done, and its counter set back after the work.

The counts are those that the lane wrote down last, at most a minute ago while it is idle; `egate
watch` has them as they are. Setting one back takes the place of the lane, which is the only other
one that writes the counters and the journal: so the gate is stopped, as for the work itself.
"""

from contextlib import closing
from datetime import UTC, datetime
import time
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.doctor import DATA, Json
from egate.cli.output import ExitCode, complain, show, show_json, show_table
from egate.cli.profile import read_profile
from egate.cli.run import Profile
from egate.cli.selftest import RUN, Data, RunDir, closed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from egate.domain.record import Entry
    from egate.domain.service import Counter, Counters, ServiceLimits
    from egate.loop.counter_file import Counted
    from egate.loop.files import Places
    from egate.profile.settings import HardwareProfile

app = typer.Typer(add_completion=False)

COLUMNS = (
    "part", "cycles", "of", "hours on", "retries", "errors", "came back", "cycles ever",
    "serviced", "wants",
)  # fmt: skip
LONGEST = 256
WHO_AND_WHY = "a counter is set back by somebody for a reason: --officer NAME --reason TEXT"


@app.command()
def service(  # noqa: PLR0913  # one parameter an option
    *,
    profile: Profile,
    data: Data = DATA,
    run_dir: RunDir = None,
    reset: Annotated[
        list[str] | None,
        typer.Option("--reset", metavar="PART", help="This part was serviced; may be repeated."),
    ] = None,
    officer: Annotated[str, typer.Option("--officer", help="Who did it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="What was done.")] = "",
    as_json: Json = False,
) -> None:
    """Show what each part has done since its last service; with --reset begin a counter anew.

    A part that wants service closes no lane. Who set a counter back, and why, goes into the
    journal, with what the counter had; the gate must be stopped for it (exit 3).

    Example: egate service --profile bench_mantrap --data ~/gate
    """
    from egate.loop.files import Places
    from egate.profile.counted import counted_parts, service_limits

    loaded = read_profile(profile)
    meet = run_dir or (RUN if data == DATA else data / "run")  # as `egate selftest`
    places = Places(data.absolute(), meet.absolute())
    parts = counted_parts(loaded)
    if reset:
        _check(reset, parts, officer, reason)
        with closed(places):
            _set_back(loaded, places, reset, {"officer": officer, "reason": reason})
    counted = _read(places)
    counters = {part: counted.counters[part] for part in parts if part in counted.counters}
    _show(counters, service_limits(loaded), as_json=as_json)


def _check(reset: list[str], parts: tuple[str, ...], officer: str, reason: str) -> None:
    """End the command where a part is unknown, or nobody says who and why."""
    for part in reset:
        if part not in parts:
            known = f"{part} is no part of this gate; there are {', '.join(parts)}"
            raise typer.BadParameter(known, param_hint="--reset")
    if not (0 < len(officer.strip()) <= LONGEST and 0 < len(reason.strip()) <= LONGEST):
        raise typer.BadParameter(WHO_AND_WHY, param_hint="--reset")


def _read(places: "Places") -> "Counted":
    """Return what was counted; end the command where the file is spoilt."""
    from egate.loop.counter_file import NAME, CountersSpoilt, read_counters

    try:
        return read_counters(places.data / NAME)
    except CountersSpoilt as error:
        complain(f"{places.data / NAME}: {error}; the lane begins anew at its next start")
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from None


def _set_back(
    profile: "HardwareProfile", places: "Places", reset: list[str], personal: dict[str, str]
) -> None:
    """Write down who set which counter back and why; then set it back."""
    from egate.compose.lane import gate_journal
    from egate.domain.service import Counter
    from egate.journal.key_file import KeyFileError, write_atomically
    from egate.loop.counter_file import NAME, Counted, as_bytes
    from egate.ports.journal import JournalFailed

    counted, now_utc_s = _read(places), time.time()
    counters = dict(counted.counters)
    entries = [_entry(part, counters.get(part, Counter()), personal) for part in reset]
    try:
        with closing(gate_journal(profile, places, puts_by=False)) as journal:
            journal.append(entries)
        for part in reset:
            counters[part] = counters.get(part, Counter()).serviced(now_utc_s)
        content = as_bytes(Counted(counters, counted.ticks))
        write_atomically(places.data / NAME, content, 0o640)
    except (JournalFailed, KeyFileError) as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from None


def _entry(part: str, counter: "Counter", personal: dict[str, str]) -> "Entry":
    from egate.domain.record import Entry, EntryKind
    from egate.domain.service import HOUR_S

    since = counter.since
    return Entry(
        EntryKind.SERVICE,
        time.monotonic(),
        time.time(),
        facts={
            "part": part,
            "cycles": since.cycles,
            "hours": round(since.on_s / HOUR_S, 2),
            "retries": since.retries,
            "errors": since.errors,
            "returns": since.returns,
        },
        personal=personal,
    )


def _show(counters: "Counters", limits: "ServiceLimits", *, as_json: bool) -> None:
    rows = list(_rows(counters, limits))
    if as_json:
        names = [name.replace(" ", "_") for name in COLUMNS]
        show_json("service", parts=[dict(zip(names, row, strict=True)) for row in rows])
    elif rows:
        show_table(COLUMNS, ([str(cell) for cell in row] for row in rows))
    else:
        show("nothing was counted yet: the lane writes it down once a minute, and when it stops")


def _rows(counters: "Counters", limits: "ServiceLimits") -> "Iterator[tuple[object, ...]]":
    from egate.domain.service import CYCLES_OF, HOUR_S, due

    for part, counter in counters.items():
        since, at_utc_s = counter.since, counter.serviced_at_utc_s
        yield (
            part,
            since.cycles,
            getattr(limits, CYCLES_OF[part]) if part in CYCLES_OF else "",
            round(since.on_s / HOUR_S, 1),
            since.retries,
            since.errors,
            since.returns,
            counter.total.cycles,
            f"{datetime.fromtimestamp(at_utc_s, UTC):%Y-%m-%d}" if at_utc_s else "never",
            ", ".join(
                f"{one.key} {one.counted:g} > {one.limit:g}" for one in due(part, since, limits)
            ),
        )
