"""What the loop's tests share: board and journal in memory, a peer on a real socket, waiting."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
import os
from pathlib import Path
import threading
import time

from egate.domain.check import Check, Finding, Outcome
from egate.domain.face_measures import FaceMeasures, FaceReason, LayerReason, LayerScore, PadLayer
from egate.domain.lane_part import Input, Output
from egate.domain.record import Clearance, Entry, EntryKind
from egate.domain.token import Permit, SealedFace, TravelDirection
from egate.loop.line import Line
from egate.loop.messages import Beat, DeviceIs, Hello, Message, TokenRead
from egate.ports.digital_io import OnChange
from egate.ports.errors import DeviceLost
from egate.ports.journal import JournalFailed

DEADLINE_S = 5.0
MINE = frozenset({os.getuid()})
ROLES = ("scanner", "vision", "document", "fingerprint", "console", "technician", "page")
ONE_USER = dict.fromkeys(ROLES, MINE)
OUTSIDE = frozenset({Input.CHAMBER_SINGLE})  # inactive when nobody is inside

PERMIT = Permit(
    issuer_key="key-1",
    registration="R-1",
    document_kind="passport",
    document_digest=bytes(16),
    crossing="SITE",
    direction=TravelDirection.BOTH,
    valid_from_s=1,
    valid_to_s=2**40,
    nonce=b"12345678",
    reference=SealedFace(b"sealed"),
)
READABLE = Finding(Check.PERMIT_IS_READABLE, Outcome.PASSED, "readable", {"characters": 400})
SIGNED = Finding(Check.PERMIT_IS_SIGNED, Outcome.PASSED, "signed", {"issuer_key": "key-1"})
UNREADABLE = Finding(Check.PERMIT_IS_READABLE, Outcome.FAILED, "truncated")
ALIVE = tuple(LayerScore(layer, 0.9, LayerReason.LIVING) for layer in PadLayer)
MATCH = FaceMeasures(FaceReason.OK, 0.8, 5, 1, 20.0, ALIVE)
NO_FACE = FaceMeasures(FaceReason.NO_FACE, None, 0, 0, 5.0)


def token(permit: Permit | None = PERMIT) -> TokenRead:
    now_s = time.monotonic()
    findings = (READABLE, SIGNED) if permit else (UNREADABLE,)
    return TokenRead(began_at_s=now_s - 0.05, ended_at_s=now_s, findings=findings, permit=permit)


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait for a condition; fail when it does not hold in time."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"not in time: {what or condition}")
        await asyncio.sleep(0.002)


class Board:
    """A DigitalIo in memory. Faults are fields."""

    def __init__(self) -> None:
        self.levels_now = {line: line not in OUTSIDE for line in Input}
        self.driven: list[tuple[Output, bool]] = []
        self.renewals = 0
        self.opened = 0
        self.closed = 0
        self.gone = False
        self.answers = threading.Event()
        self.answers.set()
        self._on_change: OnChange | None = None

    def open(self) -> "Board":
        self._answer()
        self.opened += 1
        return self

    def change(self, line: Input, active: bool) -> None:
        self.levels_now[line] = active
        if self._on_change is not None:
            self._on_change(line, active, time.monotonic())

    def active(self) -> set[Output]:
        return {output for output, active in dict(self.driven).items() if active}

    def watch(self, on_change: OnChange) -> None:
        self._on_change = on_change

    def levels(self) -> Mapping[Input, bool]:
        self._answer()
        return dict(self.levels_now)

    def set(self, output: Output, *, active: bool) -> None:
        self._answer()
        self.driven.append((output, active))

    def renew(self) -> None:
        self._answer()
        self.renewals += 1

    def close(self) -> None:
        self.closed += 1
        self.driven += [(output, False) for output in self.active()]

    def _answer(self) -> None:
        self.answers.wait()
        if self.gone:
            raise DeviceLost("board", "gone")


class MemoryJournal:
    """A Journal in memory. `fails` makes every append fail, `on_disk` holds it up.

    With `one_at_a_time` each setting of `on_disk` lets one append through.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.appends = 0
        self.known_from_utc_s = 0.0
        self.writing: Sequence[Entry] = ()
        self.fails = self.one_at_a_time = self.is_held_up = False
        self.on_disk = threading.Event()
        self.on_disk.set()
        self.is_closed = False

    def open(self) -> "MemoryJournal":
        return self

    def kinds(self) -> list[EntryKind]:
        return [entry.kind for entry in self.entries]

    def facts(self, kind: EntryKind) -> list[Mapping[str, object]]:
        return [entry.facts for entry in self.entries if entry.kind is kind]

    def append(self, entries: Sequence[Entry]) -> int:
        self.writing, self.is_held_up = entries, True
        self.on_disk.wait()
        self.is_held_up = False
        if self.one_at_a_time:
            self.on_disk.clear()
        if self.fails:
            raise JournalFailed("disk full")
        self.entries += entries
        self.appends += 1
        return len(self.entries)

    def last_clearance(self, token: bytes) -> Clearance | None:
        cleared = [entry.clearance for entry in self.entries if entry.clearance]
        return next((used for used in reversed(cleared) if used.token == token), None)

    def next_passage(self) -> int:
        return 41

    def latest_utc_s(self) -> float:
        return 0.0

    def used_known_from_utc_s(self) -> float:
        return self.known_from_utc_s

    def close(self) -> None:
        self.is_closed = True


class Peer:
    """Another process on the lane's socket, played by the test."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.closed = ""
        self.line: Line | None = None
        self._beating: asyncio.TimerHandle | None = None

    async def connect(self, path: Path) -> "Peer":
        loop = asyncio.get_running_loop()
        _, self.line = await loop.create_unix_connection(
            lambda: Line(lambda _, message: self.received.append(message), self._gone), str(path)
        )
        return self

    def say(self, *messages: Message) -> None:
        assert self.line is not None
        for message in messages:
            self.line.send(message)

    def beat(self) -> None:
        self.say(Beat())
        self._beating = asyncio.get_running_loop().call_later(0.1, self.beat)

    def fall_silent(self) -> None:
        if self._beating is not None:
            self._beating.cancel()

    def close(self) -> None:
        self.fall_silent()
        if self.line is not None:
            self.line.close("test")

    def got(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.received if isinstance(message, kind)]

    def _gone(self, _line: Line, why: str) -> None:
        self.closed = why
        self.fall_silent()


async def scanner(path: Path) -> Peer:
    peer = await Peer().connect(path)
    peer.say(Hello(host="scanner", pid=1, software="x"), DeviceIs(device="scanner", present=True))
    peer.beat()
    return peer


async def vision(path: Path) -> Peer:
    peer = await Peer().connect(path)
    peer.say(Hello(host="vision", pid=2, software="x"), DeviceIs(device="camera", present=True))
    peer.beat()
    return peer


async def document_host(path: Path) -> Peer:
    peer = await Peer().connect(path)
    peer.say(
        Hello(host="document", pid=3, software="x"),
        DeviceIs(device="mrz_reader", present=True),
        DeviceIs(device="card_reader", present=True),
    )
    peer.beat()
    return peer


async def fingerprint_host(path: Path) -> Peer:
    peer = await Peer().connect(path)
    peer.say(
        Hello(host="fingerprint", pid=4, software="x"),
        DeviceIs(device="fingerprint", present=True),
    )
    peer.beat()
    return peer
