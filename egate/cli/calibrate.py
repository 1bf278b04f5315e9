"""`egate calibrate`: measure the devices of a closed lane, and set limits that suit them.

It takes the place of the gate in its run directory, as `egate selftest` does, and asks the same
checks before it measures anything. What comes of it is a file beside the profile that the profile's
loader takes up (egate/profile/overlay.py); the profile itself is never changed. Where a check finds
a fault nothing is written. It decides nothing itself.
"""

from pathlib import Path
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from egate.cli.broken_off import interrupted_once
from egate.cli.doctor import DATA, Json, Lang, ListThem, ShowAll, catalogue_of, show_checks
from egate.cli.output import ExitCode, complain, in_words
from egate.cli.run import Profile
from egate.cli.selftest import RUN, Data, RunDir, about_of, closed, ending, recorded
from egate.profile.load import Loaded, ProfileNotFound, find, is_shipped, load_whole, load_with
from egate.profile.problem import ProfileRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from egate.cli.report_shown import Shown
    from egate.loop.files import Places
    from egate.profile.settings import HardwareProfile
    from egate.selftest.calibration import Instruments
    from egate.selftest.closed_lane import ClosedLane
    from egate.selftest.person import Person
    from egate.selftest.registry import Registry
    from egate.selftest.report import About, Report

app = typer.Typer(add_completion=False)

LONGEST_NAME = 64  # as an officer's
SHIPPED = (
    "a shipped profile has no room for a calibration beside it: write a file with the line "
    'extends = "{name}", and name that file'
)


@app.command()
def calibrate(  # noqa: PLR0913  # one parameter an option
    *,
    profile: Profile,
    data: Data = DATA,
    run_dir: RunDir = None,
    device: Annotated[
        list[str] | None,
        typer.Option("--device", metavar="NAME", help="Only this device; may be repeated."),
    ] = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Ask the person beside the gate to help.")
    ] = False,
    repeat: Annotated[
        int, typer.Option("--repeat", min=3, max=100, help="So often each part is measured.")
    ] = 5,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the values, write none.")
    ] = False,
    operator: Annotated[str, typer.Option("--operator", help="Who is at work.")] = "",
    list_: ListThem = False,
    show_all: ShowAll = False,
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Measure doors, beams, mat and cameras of a closed lane; set the limits that suit them.

    The values go into NAME.calibration.toml beside the profile NAME.toml, with who, when, before
    and after; the gate takes them at its next start. Without --interactive only doors and the
    pace of cameras are measured. Exits 1, and writes nothing, when a check failed or was not
    done; 3 when the lane is not closed.

    Example: sudo egate calibrate --profile /etc/egate/profile.toml --interactive --operator Lan
    """
    from egate.cli.calibrated_shown import Done, give
    from egate.cli.report_shown import Shown
    from egate.cli.technician import Technician
    from egate.loop.files import Places
    from egate.selftest.calibrating import Taken
    from egate.selftest.calibration import measurements

    told = catalogue_of(lang)
    path, loaded = _loaded(profile, told.word("replaced"))
    if not (dry_run or list_):
        _refuse_unless_it_can_be_written(profile, path, operator)
    if interactive and not list_ and not sys.stdin.isatty():
        complain("--interactive asks a person: it needs a terminal")
        raise typer.Exit(ExitCode.USAGE)
    meet = run_dir or (RUN if data == DATA else data / "run")  # as the self-test
    places, shown = Places(data.absolute(), meet.absolute()), Shown(told)
    person = Technician(told, shown) if interactive else None
    lane = _lane(loaded, places, person)
    taken, devices = Taken(loaded.plain, repeat), _chosen(loaded.plain, device or ())
    checks = measurements(lane, taken, _instruments(lane.profile, places), devices)
    if list_:
        show_checks(checks, told, as_json=as_json, kind="calibrate")
        return
    about = about_of("calibrate", loaded.profile, profile, (places.data, operator))
    with closed(places), interrupted_once():
        with recorded(loaded.plain, places, operator, lane, checks), ending(lane, person), shown:
            report = _measured(about, checks, lane, shown)
        done = Done(path, loaded, report, taken.derived)
        give(done, places, told, (as_json, show_all, dry_run))


def _lane(loaded: Loaded, places: "Places", person: "Person | None") -> "ClosedLane":
    from egate.compose.technician import selftest_openers
    from egate.selftest.calibration import to_measure_with
    from egate.selftest.closed_lane import ClosedLane

    opened = to_measure_with(loaded)
    return ClosedLane(opened, selftest_openers(opened, places), time.monotonic, person)


def _instruments(opened: "HardwareProfile", places: "Places") -> "Instruments":
    from egate.compose.technician import calibration_instruments
    from egate.loop.files import SetupRefused

    try:
        return calibration_instruments(opened, places)
    except SetupRefused as refusal:
        complain(str(refusal))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from None


def _measured(
    about: "About", checks: "Registry[ClosedLane]", lane: "ClosedLane", shown: "Shown"
) -> "Report":
    from egate.selftest.report import Report
    from egate.selftest.runner import Means, run

    lane.begin()
    return Report(about, (run(checks, lane, Means(time.monotonic), shown.step),))


def _loaded(profile: str, replaced: str) -> tuple[Path, Loaded]:
    """Load a profile; a calibration of it that is refused is told, and done without.

    A profile that is itself refused ends the command with exit code 1, one that cannot be read
    with 3.
    """
    try:
        path = find(profile)
        try:
            plain = load_with(path, None)
        except ProfileRefused as refusal:
            _tell(refusal)
            raise typer.Exit(ExitCode.CHECK_FAILED) from refusal
        try:
            return path, load_whole(path)
        except ProfileRefused as refusal:
            _tell(refusal)
            complain(replaced)
            return path, plain
    except (ProfileNotFound, OSError) as error:
        complain(in_words(error) if isinstance(error, OSError) else str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error


def _tell(refusal: ProfileRefused) -> None:
    for problem in refusal.problems:
        complain(str(problem))


def _refuse_unless_it_can_be_written(profile: str, path: Path, operator: str) -> None:
    if is_shipped(path):
        complain(SHIPPED.format(name=profile))
        raise typer.Exit(ExitCode.USAGE)
    if not operator.strip() or len(operator) > LONGEST_NAME or not operator.isprintable():
        what = f"a name of 1 to {LONGEST_NAME} characters: a calibration says whose it is"
        raise typer.BadParameter(what, param_hint="--operator")


def _chosen(profile: "HardwareProfile", asked: "Sequence[str]") -> tuple[str, ...]:
    """Return the devices asked for in the order of work; end the command where one has nothing."""
    from egate.selftest.calibration import devices_of

    there = devices_of(profile)
    for name in asked:
        if name not in there:
            what = f"nothing of {name} can be calibrated here; there are {', '.join(there)}"
            raise typer.BadParameter(what, param_hint="--device")
    return tuple(name for name in there if not asked or name in asked)
