"""`egate selftest`: every device of a closed lane, tried one after the other, and what to mend.

It takes the place of the gate in its run directory, so that never two programs hold the board, and
opens each device as the gate's own processes do. That is the technician's "lane closed": a lane
that runs has travellers, a journal and hosts that hold the lines, and this command refuses beside
it. Doors are let go by a lane in maintenance only, through its guard. It decides nothing itself.
"""

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.broken_off import interrupted_once
from egate.cli.doctor import (
    DATA,
    Html,
    Json,
    Junit,
    Lang,
    ListThem,
    Only,
    Operator,
    ShowAll,
    Strict,
    catalogue_of,
    chosen,
    show_checks,
)
from egate.cli.output import ExitCode, complain
from egate.cli.profile import read_profile
from egate.cli.run import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from egate.cli.report_shown import Shown
    from egate.cli.technician import Technician
    from egate.loop.files import Places
    from egate.profile.settings import HardwareProfile
    from egate.selftest.check import Result
    from egate.selftest.closed_lane import ClosedLane
    from egate.selftest.registry import Registry
    from egate.selftest.report import About

app = typer.Typer(add_completion=False)

RUN = Path("/run/egate")  # systemd/egate-lane.service, RuntimeDirectory
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The gate's data directory.")]
RunDir = Annotated[
    Path | None,
    typer.Option("--run-dir", help="Where the gate's processes meet; as the gate has it."),
]
DRIVES = ("EG-S17", "EG-S18", "EG-S19")  # doors, the loop, lamps: egate/selftest/moving_checks.py
NOTHING_DRIVEN = (
    "what is driven by hand must be written down: mend it (egate doctor), or name checks that "
    "drive nothing (--only EG-S140)"
)
CLOSE_IT = (
    "close the lane first: sudo systemctl stop egate.target, or Ctrl-C where `egate run` runs"
)


@app.command()
def selftest(  # noqa: PLR0913  # one parameter an option
    *,
    profile: Profile,
    data: Data = DATA,
    run_dir: RunDir = None,
    only: Only = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Ask the person beside the gate to look and do.")
    ] = False,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=1000, help="So many rounds.")] = 1,
    list_: ListThem = False,
    show_all: ShowAll = False,
    strict: Strict = False,
    as_json: Json = False,
    junit: Junit = None,
    html: Html = None,
    operator: Operator = "",
    lang: Lang = "en",
) -> None:
    """Try every device of the profile; the doors move. The lane must be closed and empty.

    Exits 1 when a check failed, 3 when the lane is not closed or the run was broken off (Ctrl-C, a
    closed terminal): then every output is at rest, and the report says what was not done. With
    --interactive lamps, sounder, beams, mat, emergency button, readers and cards are tried too.
    Every output that is driven goes into the gate's journal, with the operator's name.

    Example: sudo egate selftest --profile /etc/egate/profile.toml --interactive
    """
    from egate.cli.report_shown import Shown, Wanted, give, signing_key
    from egate.cli.technician import Technician
    from egate.compose.technician import selftest_openers
    from egate.loop.files import Places
    from egate.selftest.closed_lane import ClosedLane
    from egate.selftest.lane_checks import lane_checks
    from egate.selftest.report import Report

    loaded, told = read_profile(profile), catalogue_of(lang)
    meet = run_dir or (RUN if data == DATA else data / "run")  # as `egate host` and `egate run`
    places = Places(data.absolute(), meet.absolute())
    if interactive and not list_ and not sys.stdin.isatty():
        complain("--interactive asks a person: it needs a terminal")
        raise typer.Exit(ExitCode.USAGE)
    shown = Shown(told)
    person = Technician(told, shown) if interactive else None
    lane = ClosedLane(loaded, selftest_openers(loaded, places), time.monotonic, person)
    checks = chosen(lane_checks(lane), only)
    if list_:
        show_checks(checks, told, as_json=as_json, kind="selftest")
        return
    about = about_of("selftest", loaded, profile, (places.data, operator))
    signer = signing_key(places.data / loaded.files.journal_key)
    wanted = Wanted(as_json, junit, html, show_all or only is not None, strict)
    with closed(places), interrupted_once():
        with recorded(loaded, places, operator, lane, checks), ending(lane, person), shown:
            rounds = _rounds(checks, lane, shown, repeat)
        give(Report(about, rounds), told, wanted, signer)


@contextmanager
def recorded(
    profile: "HardwareProfile",
    places: "Places",
    operator: str,
    lane: "ClosedLane",
    checks: "Registry[ClosedLane]",
) -> "Iterator[None]":
    """Have the journal told of every output that is driven; end the command where it cannot be."""
    from egate.cli.forced import ForcedRecord
    from egate.compose.lane import gate_journal
    from egate.ports.journal import JournalFailed

    with ForcedRecord(lambda: gate_journal(profile, places, puts_by=False), operator) as forced:
        if any(check.id.startswith(DRIVES) for check in checks):
            try:
                forced.open()
            except JournalFailed as error:
                complain(f"{error}; {NOTHING_DRIVEN}")
                raise typer.Exit(ExitCode.COULD_NOT_RUN) from None
        lane.record = forced.record
        yield


@contextmanager
def closed(places: "Places") -> "Iterator[None]":
    """Hold the places of gate and lane; end the command where one of them runs."""
    from egate.compose.setup import only_one
    from egate.loop.files import SetupRefused

    with ExitStack() as held:
        try:
            places.prepare()
            for what in ("gate", "lane"):
                held.enter_context(only_one(what, places.run))
        except SetupRefused as refusal:
            complain(f"{refusal}; {CLOSE_IT}")
            raise typer.Exit(ExitCode.COULD_NOT_RUN) from None
        yield


@contextmanager
def ending(lane: "ClosedLane", person: "Technician | None") -> "Iterator[None]":
    """Have every output at rest behind the block, and a check that was left behind ask nobody."""
    try:
        yield
    finally:
        if person is not None:
            person.leave()
        lane.end()


def _rounds(
    checks: "Registry[ClosedLane]", lane: "ClosedLane", shown: "Shown", repeat: int
) -> "tuple[tuple[Result, ...], ...]":
    """Return the results of each round, none after one that was stopped."""
    from egate.selftest.report import was_stopped
    from egate.selftest.runner import Means, run

    rounds: list[tuple[Result, ...]] = []
    with suppress(KeyboardInterrupt):  # between two rounds; within one the runner meets it
        for _ in range(repeat):
            lane.begin()
            rounds.append(run(checks, lane, Means(time.monotonic), shown.step))
            if was_stopped(rounds[-1]):
                break
    return tuple(rounds)


def about_of(
    kind: str, profile: "HardwareProfile", name: str, where_and_who: tuple[Path, str]
) -> "About":
    """Return what a report of a closed lane is of: by its profile, its data and its operator."""
    from egate.cli.doctor_host import software, this_host
    from egate.profile.digest import profile_sha256
    from egate.selftest.identity import identities
    from egate.selftest.report import About

    data, operator = where_and_who
    host = this_host(data)
    return About(
        kind=kind,
        began_at_utc_s=host.utc_s(),
        gate=profile.gate.name,
        site=profile.gate.site,
        profile=name,
        profile_sha256=profile_sha256(profile),
        operator=operator,
        software=software(host),
        devices=identities(host, profile),
    )
