"""The pages' end of the lane's socket: one that watches, one a person.

    watch    first message Watch; says nothing more
    officer  first message Attach; beats, orders, acknowledges; hears decisions
    technician  first message Serve; beats, asks; hears what came of it

A line that is lost is opened again, the watching one by itself, an officer's at the next beat of
that officer's console: so an officer is attached only while a console lives. It is the codec's
only user outside the lane and its hosts; the pages themselves know no message.

Source: egate.ports.lane_link (the contract); ARCHITECTURE section 4.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from egate.domain.lane_event import Order
from egate.domain.lane_part import Output
from egate.domain.lane_state import Trouble
from egate.domain.lane_view import (
    AnswerView,
    CheckView,
    DecisionView,
    FeltView,
    HealthView,
    LaneView,
    ToldByHand,
)
from egate.loop.line import Line
from egate.loop.messages import (
    Acknowledge,
    Answered,
    Attach,
    Beat,
    CheckDone,
    DecisionShown,
    ForceOutput,
    GiveOrder,
    HealthShown,
    Message,
    OutputFelt,
    RunChecks,
    Serve,
    SetMaintenance,
    StateShown,
    Watch,
)

RETRY_S = 0.1


class LaneClient:
    """One lane by its socket; a LaneLink."""

    def __init__(self, name: str, socket: Path) -> None:
        self._name = name
        self._socket = socket

    @property
    def name(self) -> str:
        return self._name

    async def watch(
        self,
        on_shown: Callable[[LaneView], None],
        on_health: Callable[[HealthView], None] = lambda _health: None,
    ) -> None:
        """Tell every state and health until cancelled."""

        def heard(line: Line, message: Message) -> None:
            if isinstance(message, StateShown):
                on_shown(view_of(message))
            elif isinstance(message, HealthShown):
                on_health(health_of(message))
            else:
                line.close(f"a {message.kind} is not for a page to hear")

        while True:
            await self._until_lost(heard)
            await asyncio.sleep(RETRY_S)

    def attach(self, officer: str, on_decision: Callable[[DecisionView], None]) -> "OfficerClient":
        """Attach an officer; the line opens at once and again at a beat after it was lost."""
        return OfficerClient(self._socket, officer, on_decision)

    def serve(self, technician: str, on_told: Callable[[ToldByHand], None]) -> "TechnicianClient":
        """Attach a technician; the line opens at once and again at a beat after it was lost."""
        return TechnicianClient(self._socket, technician, on_told)

    async def _until_lost(self, heard: Callable[[Line, Message], None]) -> None:
        lost = asyncio.Event()
        line = Line(heard, lambda _line, _why: lost.set(), lambda line: _say(line, Watch()))
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: line, str(self._socket))
            await lost.wait()
        except OSError:
            return
        finally:
            line.close("the pages stop")


class _KeptLine:
    """A person's own line: opened at once, and again at a beat after it was lost."""

    def __init__(self, socket: Path, first: Message, heard: Callable[[Message], None]) -> None:
        self._socket = socket
        self._first = first
        self._on_message = heard
        self._line: Line | None = None
        self._reaching: asyncio.Task[None] | None = None
        self._has_left = False
        self.beat()

    @property
    def is_attached(self) -> bool:
        return self._line is not None

    def beat(self) -> None:
        if self._line is not None:
            self._line.send(Beat())
        elif self._reaching is None and not self._has_left:
            self._reaching = asyncio.get_running_loop().create_task(self._reach())

    def say(self, message: Message) -> bool:
        return self._line is not None and self._line.send(message)

    def detach(self) -> None:
        self._has_left = True
        if self._reaching is not None:
            self._reaching.cancel()
        if self._line is not None:
            self._line.close("who was here leaves")

    async def _reach(self) -> None:
        try:
            await asyncio.get_running_loop().create_unix_connection(
                lambda: Line(self._heard, self._lost, self._met), str(self._socket)
            )
        except OSError:
            pass  # tried again at the next beat
        finally:
            self._reaching = None

    def _met(self, line: Line) -> None:
        self._line = line
        line.send(self._first)

    def _lost(self, line: Line, _why: str) -> None:
        if self._line is line:
            self._line = None

    def _heard(self, _line: Line, message: Message) -> None:
        self._on_message(message)


class OfficerClient:
    """One officer's line to one lane; an OfficerLine. Build it in the running loop."""

    def __init__(
        self, socket: Path, officer: str, on_decision: Callable[[DecisionView], None]
    ) -> None:
        self._on_decision = on_decision
        self._kept = _KeptLine(socket, Attach(officer=officer), self._heard)

    @property
    def is_attached(self) -> bool:
        return self._kept.is_attached

    def beat(self) -> None:
        self._kept.beat()

    def order(self, order: Order, passage: int, reason: str) -> bool:
        return self._kept.say(GiveOrder(order=order, passage=passage, reason=reason))

    def acknowledge(self, trouble: Trouble, passage: int | None) -> bool:
        return self._kept.say(Acknowledge(trouble=trouble, passage=passage))

    def detach(self) -> None:
        self._kept.detach()

    def _heard(self, message: Message) -> None:
        if isinstance(message, DecisionShown):
            self._on_decision(
                DecisionView(message.passage, message.stage, message.ruling, message.findings)
            )


class TechnicianClient:
    """One technician's line to one lane; a TechnicianLine. Build it in the running loop."""

    def __init__(
        self, socket: Path, technician: str, on_told: Callable[[ToldByHand], None]
    ) -> None:
        self._on_told = on_told
        self._kept = _KeptLine(socket, Serve(technician=technician), self._heard)

    @property
    def is_attached(self) -> bool:
        return self._kept.is_attached

    def beat(self) -> None:
        self._kept.beat()

    def set_maintenance(self, request: int, reason: str, *, is_on: bool) -> bool:
        return self._kept.say(SetMaintenance(request=request, is_on=is_on, reason=reason))

    def force(self, request: int, output: Output, reason: str, *, active: bool) -> bool:
        return self._kept.say(
            ForceOutput(request=request, output=output, active=active, reason=reason)
        )

    def run_checks(self, request: int, only: str) -> bool:
        return self._kept.say(RunChecks(request=request, only=only))

    def detach(self) -> None:
        self._kept.detach()

    def _heard(self, message: Message) -> None:
        match message:
            case Answered():
                self._on_told(AnswerView(message.request, message.against))
            case OutputFelt():
                self._on_told(
                    FeltView(
                        message.request,
                        message.felt,
                        message.after_ms,
                        message.line,
                        message.active,
                    )
                )
            case CheckDone():
                told = (message.request, message.number, message.in_all, message.check)
                self._on_told(CheckView(*told))
            case _:  # nothing else is for a technician
                pass


def _say(line: Line, message: Message) -> None:
    line.send(message)


def view_of(shown: StateShown) -> LaneView:
    """Return what a page sees of this message."""
    return LaneView(**{name: getattr(shown, name) for name in LaneView.__slots__})


def health_of(shown: HealthShown) -> HealthView:
    """Return what a page sees of this message."""
    return HealthView(**{name: getattr(shown, name) for name in HealthView.__slots__})
