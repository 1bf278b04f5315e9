"""What a calibration came to: shown as a table, written beside the profile, told to the journal.

The file is written first, and held against the profile before it is: a gate that starts in between
has it, and the journal never tells of values that are not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import time
from typing import TYPE_CHECKING

import typer

from egate.cli.output import ExitCode, complain, show, show_json, show_table
from egate.cli.report_shown import show_report
from egate.domain.record import Entry, EntryKind, Fact
from egate.profile.calibrated import CALIBRATED, said
from egate.profile.load import Loaded, load_with
from egate.profile.overlay import Calibrated, Calibration, beside, write
from egate.profile.problem import KeyPath
from egate.selftest.as_json import as_fields
from egate.selftest.calibrating import Derived
from egate.selftest.catalogue import Catalogue, shown, with_unit
from egate.selftest.check import Outcome, Result
from egate.selftest.report import Ending, Report

if TYPE_CHECKING:
    from egate.loop.files import Places

IN_THE_WAY = frozenset({Outcome.FAILED, Outcome.NOT_DONE})


@dataclass(frozen=True, slots=True)
class Done:
    """A calibration that was carried out: of which profile, its checks and its values."""

    path: Path
    loaded: Loaded
    report: Report
    derived: Mapping[KeyPath, Derived]

    @property
    def results(self) -> tuple[Result, ...]:
        """The checks of its one round."""
        return self.report.rounds[0]

    @property
    def ending(self) -> ExitCode:
        """How it ended: what was not measured to the end counts as a fault."""
        if self.report.ending() is Ending.COULD_NOT_RUN:
            return ExitCode.COULD_NOT_RUN
        is_whole = IN_THE_WAY.isdisjoint(result.outcome for result in self.results)
        return ExitCode.DONE if is_whole else ExitCode.CHECK_FAILED

    def keys(self) -> tuple[Calibrated, ...]:
        """Return what was calibrated now."""
        at = datetime.fromtimestamp(self.report.about.began_at_utc_s, UTC).replace(microsecond=0)
        return tuple(
            Calibrated(
                one.key,
                said(self.loaded.profile, one.key) or 0,
                one.value,
                one.figures,
                self.report.about.operator,
                at,
                _line_of(self.loaded, one.key),
            )
            for one in self.derived.values()
        )


def give(done: Done, places: "Places", told: Catalogue, wanted: tuple[bool, bool, bool]) -> None:
    """Show what came of it, write it unless told not to, and end the command.

    Args:
        done: the calibration.
        places: where the gate's journal is.
        told: the texts.
        wanted: as JSON; with what does not apply; without writing anything.
    """
    as_json, show_all, is_dry = wanted
    keys, ending = done.keys(), done.ending
    lines: list[str] = []
    written = None
    if ending is not ExitCode.DONE:
        lines.append(told.word("not_written"))
    elif is_dry:
        lines.append(told.word("dry_run"))
    else:
        written = _written(done, keys)
        lines.append(told.word("written").format(path=beside(done.path)))
        lines.append(_journalled(done, places, (keys, written), told))
    if as_json:
        values = [_fields(one) for one in keys]
        where = None if written is None else str(beside(done.path))
        fields = as_fields(done.report, told)
        show_json("calibrate", **fields, values=values, written=where, notes=lines)
    else:
        show_report(done.report, told, show_all=show_all)
        if keys:
            heads = ("key", "before", "after", "measured_part")
            show_table(tuple(map(told.word, heads)), map(_row, keys), unfolded=3)
        for line in lines:
            show(line)
    if ending is ExitCode.COULD_NOT_RUN:
        complain(told.word("nothing"))
    raise typer.Exit(ending)


def _written(done: Done, keys: tuple[Calibrated, ...]) -> Calibration:
    """Write the overlay: what was calibrated now, and of before what was not."""
    from egate.journal.key_file import KeyFileError, write_atomically

    now = {one.key for one in keys}
    before = done.loaded.calibration.keys if done.loaded.calibration else ()
    text = write((*keys, *(one for one in before if one.key not in now)), done.loaded.written_for)
    calibration = load_with(done.path, text).calibration
    assert calibration is not None
    try:
        write_atomically(beside(done.path), text.encode(), 0o644)
    except KeyFileError as error:
        complain(str(error))
        raise typer.Exit(ExitCode.COULD_NOT_RUN) from error
    return calibration


def _journalled(
    done: Done,
    places: "Places",
    written: tuple[tuple[Calibrated, ...], Calibration],
    told: Catalogue,
) -> str:
    from egate.compose.lane import append_to_journal
    from egate.ports.journal import JournalFailed

    keys, calibration = written
    entries = [
        Entry(
            EntryKind.CALIBRATED,
            time.monotonic(),
            time.time(),
            facts={**facts, "calibration_sha256": calibration.sha256},
            personal={"operator": done.report.about.operator},
        )
        for facts in (*map(_facts, keys), *_other_figures(done.results))
    ]
    try:
        append_to_journal(done.loaded.plain, places, entries)
    except JournalFailed as failure:
        return told.word("not_journalled").format(why=failure)
    return told.word("journalled").format(count=len(entries))


def _facts(one: Calibrated) -> dict[str, Fact]:
    seen = one.figures
    return {
        "key": one.name,
        "before": one.before,
        "after": one.after,
        "part": seen.part,
        "n": seen.n,
        "p50": seen.p50,
        "p95": seen.p95,
        "largest": seen.largest,
    }


def _other_figures(results: tuple[Result, ...]) -> Iterator[dict[str, Fact]]:
    """Yield what was measured for no key: of a face at the mark, of the light, of each door."""
    for result in results:
        if result.id.startswith(("EG-C1", "EG-C2")) and result.answer.measured:
            figures = {one.name: one.value for one in result.answer.measured}
            yield {"check": result.id, "reason": result.reason, **figures}


def _fields(one: Calibrated) -> dict[str, object]:
    rule = CALIBRATED[one.key]
    return {**_facts(one), "unit": rule.unit, "rule": rule.words, "identity": one.identity}


def _row(one: Calibrated) -> tuple[str, str, str, str]:
    unit, seen = CALIBRATED[one.key].unit, one.figures
    figures = f"n {seen.n}, p50 {shown(seen.p50)}, p95 {with_unit(seen.p95, unit)}"
    return (
        one.name,
        with_unit(one.before, unit),
        with_unit(one.after, unit),
        (f"{seen.part}: {figures}; {CALIBRATED[one.key].words}"),
    )


def _line_of(loaded: Loaded, key: KeyPath) -> str:
    """Return the line of the device a key is of; no board or camera tells a serial number itself.

    A camera named below /dev/v4l/by-id has its own in there.
    """
    device = key[1] if key[0] == "devices" else "board"
    return str(getattr(getattr(loaded.plain.devices, device), "line", ""))
