"""Break something, run the self-test, hold what it says against the table.

A single fault is told right when exactly its check failed, for its reason. Of a pair one may keep
the other from being looked at: then what failed is one of the two as the table has it, and the
check of the other was not done. In no case may anything else have failed.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
import json
import os
from pathlib import Path
import subprocess
import sys
import tempfile
from threading import BoundedSemaphore
from typing import Any

from egate.domain.lane_part import Shape
from egate.profile.load import find, load
from egate.profile.settings import QrCameraSettings
from egate.selftest.catalogue import read_catalogue
from egate.selftest.check import Outcome, Result
from tests.faults.bench import PAGE_S, FaultBench
from tests.faults.person import Technician
from tests.faults.table import NOTHING, WIRES, Fault, Found, faults, pairs

WITH_DOCUMENTS = frozenset({"pages", "cards"})
WITH_CAMERAS = frozenset({"code_camera", "page_camera"})
COUNTS_ALONE = 8  # pairs of the quick form: every so manyth
AT_ONCE = 12
MOST_RUNS = 3  # a machine that has no time for a board is no fault of the board
APART_S = 60.0
DRAWING = BoundedSemaphore(3)  # a camera's pictures are drawn as they are looked at


@dataclass(frozen=True, slots=True)
class Case:
    """One run: what is broken, on which lane, and whether a person is there."""

    shape: Shape
    broken: tuple[Fault, ...]
    with_person: bool

    @property
    def name(self) -> str:
        """What it is called."""
        how = "with a person" if self.with_person else "alone"
        return f"{self.shape}: {' + '.join(one.name for one in self.broken)}, {how}"

    @property
    def wanted(self) -> tuple[Found, ...]:
        """What has to be said of it."""
        person = self.with_person
        return tuple(told for one in self.broken for told in one.wanted(with_person=person))

    @property
    def draws_pictures(self) -> bool:
        """Whether two cameras more than the traveller's are looked through."""
        return any(one.wire in WITH_CAMERAS for one in self.broken)

    @property
    def needs_own_process(self) -> bool:
        """Whether a card is read: libpcsclite asks once in a process which pcscd is meant."""
        return any(one.wire == "cards" for one in self.broken)


@dataclass(frozen=True, slots=True)
class Told:
    """What the self-test said in one case."""

    name: str
    wanted: tuple[Found, ...]
    failed: tuple[Found, ...]
    not_done: tuple[str, ...]
    lines: tuple[tuple[str, str, str], ...] = ()  # device, finding, cure of each failed one
    again: bool = False  # it was wrong at first
    is_pair: bool = False

    @property
    def is_right(self) -> bool:
        """Whether what is broken was told, and nothing else."""
        if len(self.wanted) < 2 or not self.is_pair:
            return self.failed == self.wanted
        hidden = {check for check, _ in set(self.wanted) - set(self.failed)}
        return (
            bool(self.failed)
            and set(self.failed) <= set(self.wanted)
            and hidden <= set(self.not_done)
        )

    @classmethod
    def read(cls, told: dict[str, Any]) -> "Told":
        """Return what another process wrote."""
        pair = {name: tuple(map(tuple, told[name])) for name in ("wanted", "failed", "lines")}
        return cls(**{**told, **pair, "not_done": tuple(told["not_done"])})


def cases(*, quick: bool) -> Iterator[Case]:
    """Yield every case; the quick form leaves out what says the same a second time."""
    for shape in Shape:
        for fault in faults(shape):
            if shape is Shape.TURNSTILE and not _is_of_its_own(fault, quick=quick):
                continue
            yield Case(shape, (fault,), with_person=True)
            if not quick or (shape is Shape.MANTRAP and fault.alone not in (None, NOTHING)):
                yield Case(shape, (fault,), with_person=False)
    for number, pair in enumerate(pairs()):
        if not quick or number % COUNTS_ALONE == 0:
            yield Case(Shape.MANTRAP, pair, with_person=True)


def _is_of_its_own(fault: Fault, *, quick: bool) -> bool:
    """Say whether a turnstile may tell it otherwise than a mantrap: one door, and no chamber."""
    words = ("closed", "locked", "bolt", "jam", "relay", "slow")
    return fault.wire == "board" and (not quick or any(word in fault.name for word in words))


def tell(case: Case, *, whole: bool = False) -> Told:
    """Break what is to be broken on a bench of its own, and run the self-test."""
    wires = {one.wire for one in case.broken}
    cameras = bool(wires & WITH_CAMERAS)
    documents = whole or bool(wires & WITH_DOCUMENTS)
    with (
        tempfile.TemporaryDirectory() as folder,
        FaultBench(case.shape, Path(folder), documents=documents, cameras=cameras) as bench,
    ):
        os.environ.update(bench.bench.environment)
        for fault in case.broken:
            bench.break_it(fault)
        only = () if whole else tuple(WIRES[wire] for wire in wires)
        results = bench.run(Technician(bench) if case.with_person else None, only)
    failed = _of(results, Outcome.FAILED)
    told = read_catalogue("en")
    return Told(
        name=case.name,
        wanted=case.wanted,
        is_pair=len(case.broken) > 1,
        failed=tuple((one.id, one.reason) for one in failed),
        not_done=tuple(one.id for one in _of(results, Outcome.NOT_DONE)),
        lines=tuple((one.device, told.finding(one), told.cure(one)) for one in failed),
    )


def walked(name: str) -> list[tuple[str, str, str]]:
    """Return id, outcome and reason of every check, on a bench like a shipped profile."""
    profile = load(find(name))
    documents = profile.devices.card_reader is not None
    cameras = isinstance(profile.devices.scanner, QrCameraSettings)
    with (
        tempfile.TemporaryDirectory() as folder,
        FaultBench(profile.gate.shape, Path(folder), documents=documents, cameras=cameras) as bench,
    ):
        os.environ.update(bench.bench.environment)
        bench.be_like(profile)
        bench.paces = replace(bench.paces, answers_s=PAGE_S)  # several are walked at once
        results = bench.run(Technician(bench))
    return [(one.id, one.outcome.value, one.reason) for one in results]


def tell_all(todo: Sequence[Case], *, whole: bool = False) -> Iterator[Told]:
    """Tell of every case, several at a time, in order; what came out wrong is told once more."""

    def one(case: Case) -> Told:
        with DRAWING if case.draws_pictures else nullcontext():
            return _tell_apart(case, whole=whole) if whole or case.needs_own_process else tell(case)

    with ThreadPoolExecutor(2 if whole else AT_ONCE) as several:
        first = list(several.map(one, todo))
    for case, told in zip(todo, first, strict=True):
        runs = 1
        while not told.is_right and runs < MOST_RUNS:
            told, runs = replace(one(case), again=True), runs + 1  # noqa: PLW2901  # the better one
        yield told


def _tell_apart(case: Case, *, whole: bool) -> Told:
    """Have it told by a process of its own."""
    command = [sys.executable, "-m", "tests.faults", "--case", case.name, "--json"]
    try:
        ran = subprocess.run(
            [*command, *(["--whole"] if whole else [])],
            capture_output=True,
            text=True,
            check=False,
            timeout=APART_S,
        )
    except subprocess.TimeoutExpired:
        return Told(case.name, case.wanted, (("", "no answer of its process"),), ())
    try:
        return Told.read(json.loads(ran.stdout)[0])
    except (ValueError, IndexError):
        return Told(case.name, case.wanted, (("", ran.stderr[-200:]),), ())


def as_json(told: Iterable[Told]) -> str:
    """Return the answers for another process."""
    return json.dumps([asdict(one) for one in told])


def _of(results: Iterable[Result], outcome: Outcome) -> list[Result]:
    return [one for one in results if one.outcome is outcome]
