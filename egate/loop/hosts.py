"""The lane's end of all lines to other processes: device hosts, consoles and pages.

    first message   becomes    may then say                    silence allowed
    Hello(scanner)  scanner    Beat TokenRead DeviceIs         0.6 s
    Hello(vision)   vision     Beat FaceMeasured TurnAsked DeviceIs      0.6 s
    Hello(document) document   Beat DocumentShown DocumentRead DeviceIs  0.6 s
    Hello(fingerprint) fingerprint  Beat FingerExpected FingerMeasured DeviceIs  0.6 s
    Attach          console    Beat GiveOrder Acknowledge      2.0 s
    Serve           technician Beat SetMaintenance ForceOutput RunChecks  2.0 s
    Watch           page       nothing                         any

Who says what does not belong to it, says too much or says it too late, loses the line. A newer
host takes the place of an older one of its name. Two missed deadlines in a row are as good as
silence.

The socket is the lane's: mode 0660, and the kernel's word on a peer's user (SO_PEERCRED) says
which of these it may be: the scanner host parses what strangers bring, so its user can be no
console and no vision host. The name of an officer is the console's word, not ours to prove.

Source: DESIGN section 2; research/fleet_ops.md section 3 (peer-credential checks).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from egate.loop.line import Line
from egate.loop.messages import (
    Acknowledge,
    Attach,
    Beat,
    DecisionShown,
    DeviceIs,
    DocumentRead,
    DocumentShown,
    FaceMeasured,
    FingerExpected,
    FingerMeasured,
    ForceOutput,
    GiveOrder,
    HealthShown,
    Hello,
    Message,
    RunChecks,
    Serve,
    SetMaintenance,
    StateShown,
    TokenRead,
    TurnAsked,
    Watch,
    Welcome,
)
from egate.loop.presence import DEVICES_OF

BEAT_EVERY_S = 0.2
HOST_SILENCE_S = 0.6  # three beats
CONSOLE_SILENCE_S = 2.0  # a screen that is 2 s old shows "closed" (DESIGN section 8)
FIRST_MESSAGE_S = 1.0
DEADLINES_MISSED = 2
MOST_LINES = 64
MOST_SAID = 20  # of one name between two looks, beats apart: what is said may be written down
CONSOLE, PAGE, TECHNICIAN = "console", "page", "technician"

MAY_SAY: dict[str, tuple[type[Message], ...]] = {
    "scanner": (Beat, TokenRead, DeviceIs),
    "vision": (Beat, FaceMeasured, TurnAsked, DeviceIs),
    "document": (Beat, DocumentShown, DocumentRead, DeviceIs),
    "fingerprint": (Beat, FingerExpected, FingerMeasured, DeviceIs),
    CONSOLE: (Beat, GiveOrder, Acknowledge),
    TECHNICIAN: (Beat, SetMaintenance, ForceOutput, RunChecks),
    PAGE: (),
}
Users = Mapping[str, frozenset[int]]  # which user ids may be a scanner, a vision, ...

SILENCE_S: dict[str, float] = {
    **dict.fromkeys(DEVICES_OF, HOST_SILENCE_S),
    CONSOLE: CONSOLE_SILENCE_S,
    TECHNICIAN: CONSOLE_SILENCE_S,
}
Reported = (
    TokenRead
    | DocumentShown
    | DocumentRead
    | FaceMeasured
    | TurnAsked
    | FingerExpected
    | FingerMeasured
    | DeviceIs
)


Wish = SetMaintenance | ForceOutput | RunChecks


class HostListener(Protocol):
    """Who hears of the other processes; called in the loop."""

    def host_came(self, host: str) -> None:
        """A device host said Hello; nothing it reported before counts."""

    def host_went(self, host: str, why: str) -> None:
        """A device host is gone or silent."""

    def heard(self, message: Reported) -> None:
        """A device host reports."""

    def officers_are(self, *, attached: bool) -> None:
        """The first console attached, or the last one went."""

    def ordered(self, officer: str, order: GiveOrder) -> None:
        """An attached officer gave an order."""

    def acknowledged(self, officer: str, alarm: Acknowledge) -> None:
        """An attached officer has seen an alarm."""

    def wished(self, technician: str, wish: Wish, reply: Callable[[Message], bool]) -> None:
        """A technician asks for something; `reply` answers on that technician's line."""


@dataclass(slots=True)
class _Peer:
    """One line and what is known of it; `role` is empty until its first message.

    `name` is the officer's or the technician's.
    """

    line: Line
    uid: int
    opened_at_s: float
    heard_at_s: float
    role: str = ""
    name: str = ""
    missed: int = 0


class Hosts:
    """The server. All methods are called from the loop."""

    def __init__(
        self,
        path: Path,
        users: Users,
        clock: Callable[[], float],
        listener: HostListener,
    ) -> None:
        self._path = path
        self._users = users
        self._clock = clock
        self._listener = listener
        self._peers: dict[Line, _Peer] = {}
        self._server: asyncio.AbstractServer | None = None
        self._checked_at_s = clock()
        self._said: Counter[str] = Counter()
        self._last_shown: StateShown | None = None
        self._last_health: HealthShown | None = None
        self._decisions: dict[str, DecisionShown] = {}

    async def open(self) -> None:
        """Listen; an older socket file of a lane that died is replaced."""
        self._path.unlink(missing_ok=True)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: Line(self._say, self._gone, self._met), self._path
        )
        self._path.chmod(0o660)

    def send(self, host: str, message: Message) -> bool:
        """Send to the host of this name; False when there is none."""
        peer = self._host(host)
        return peer is not None and peer.line.send(message)

    def show(self, shown: StateShown) -> None:
        """Tell every console and page how the lane stands."""
        self._last_shown = shown
        for peer in tuple(self._peers.values()):
            if peer.role in (CONSOLE, PAGE):
                peer.line.send(shown)

    def show_health(self, shown: HealthShown) -> None:
        """Tell every page how late the lane is, and what its parts have done."""
        self._last_health = shown
        for peer in tuple(self._peers.values()):
            if peer.role == PAGE:
                peer.line.send(shown)

    def tell_officers(self, decision: DecisionShown) -> None:
        """Tell every console what a stage came to, and who attaches while the passage lasts."""
        self._decisions[decision.stage] = decision
        for peer in tuple(self._peers.values()):
            if peer.role == CONSOLE:
                peer.line.send(decision)

    def forget_decisions(self) -> None:
        """The passage is over: who attaches from now on is told nothing of it."""
        self._decisions.clear()

    def missed_deadline(self, host: str) -> None:
        """Count a request of this host that went unanswered; the second in a row ends its line."""
        peer = self._host(host)
        if peer is None:
            return
        peer.missed += 1
        if peer.missed >= DEADLINES_MISSED:
            peer.line.close(f"it missed {peer.missed} deadlines")

    def check_silence(self) -> None:
        """End the lines of those who were silent too long; call it every health round.

        When this round itself comes late, the bytes of the others may lie unread in the kernel:
        our own lateness is not held against them.
        """
        now_s = self._clock()
        self._said.clear()
        own_lateness_s = max(0.0, now_s - self._checked_at_s - BEAT_EVERY_S)
        self._checked_at_s = now_s
        for peer in tuple(self._peers.values()):
            peer.heard_at_s += own_lateness_s
            if peer.role == "" and now_s - peer.opened_at_s > FIRST_MESSAGE_S + own_lateness_s:
                peer.line.close("it did not say who it is")
            elif now_s - peer.heard_at_s > SILENCE_S.get(peer.role, float("inf")):
                peer.line.close(f"silent for {now_s - peer.heard_at_s:.1f} s")

    async def close(self) -> None:
        """End every line, stop listening and take the socket away."""
        if self._server is not None:
            self._server.close()
        for peer in tuple(self._peers.values()):
            peer.line.close("the lane stops")
        self._path.unlink(missing_ok=True)

    def _host(self, host: str) -> _Peer | None:
        return next((peer for peer in self._peers.values() if peer.role == host), None)

    def _met(self, line: Line) -> None:
        now_s = self._clock()
        peer = self._peers[line] = _Peer(line, line.peer_uid(), now_s, now_s)
        if not any(peer.uid in users for users in self._users.values()):
            line.close("its user is not allowed")
        elif len(self._peers) > MOST_LINES:
            line.close("there are too many lines")

    def _gone(self, line: Line, why: str) -> None:
        peer = self._peers.pop(line, None)
        if peer is None:
            return
        if peer.role in DEVICES_OF:
            self._listener.host_went(peer.role, why)
        elif peer.role == CONSOLE and not self._consoles():
            self._listener.officers_are(attached=False)

    def _say(self, line: Line, message: Message) -> None:
        peer = self._peers.get(line)
        if peer is None:
            return
        peer.heard_at_s = self._clock()
        if not peer.role:
            self._introduced(peer, message)
        elif not isinstance(message, MAY_SAY[peer.role]) or self._is_foreign(peer, message):
            line.close(f"a {message.kind} is not for a {peer.role} to say")
        elif not isinstance(message, Beat) and self._is_too_much(peer.role):
            line.close("it says too much")
        else:
            self._take(peer, message)

    def _is_foreign(self, peer: _Peer, message: Message) -> bool:
        return isinstance(message, DeviceIs) and message.device not in DEVICES_OF[peer.role]

    def _is_too_much(self, role: str) -> bool:
        """Count one more message of this name."""
        self._said[role] += 1
        return self._said[role] > MOST_SAID

    def _introduced(self, peer: _Peer, message: Message) -> None:
        role = _role_of(message)
        if role and peer.uid not in self._users.get(role, frozenset()):
            peer.line.close(f"its user may not be a {role}")
            return
        if role in DEVICES_OF and self._is_too_much(role):
            peer.line.close("it says too much")
            return
        match message:
            case Hello(host=host):
                self._replace(host)
                peer.role = host
                peer.line.send(Welcome())
                self._listener.host_came(host)
            case Attach(officer=officer):
                self._attach(peer, officer)
            case Serve(technician=technician):
                peer.role, peer.name = TECHNICIAN, technician
            case Watch():
                peer.role = PAGE
                self._show_last(peer)
            case _:
                peer.line.close(f"a {message.kind} says not who it is")

    def _attach(self, peer: _Peer, officer: str) -> None:
        is_first = not self._consoles()
        peer.role, peer.name = CONSOLE, officer
        self._show_last(peer)
        for decision in self._decisions.values():
            peer.line.send(decision)
        if is_first:
            self._listener.officers_are(attached=True)

    def _take(self, peer: _Peer, message: Message) -> None:
        match message:
            case GiveOrder():
                self._listener.ordered(peer.name, message)
            case Acknowledge():
                self._listener.acknowledged(peer.name, message)
            case SetMaintenance() | ForceOutput() | RunChecks():
                self._listener.wished(peer.name, message, peer.line.send)
            case TokenRead() | DocumentShown() | FingerExpected() | TurnAsked() | DeviceIs():
                self._listener.heard(message)
            case FaceMeasured() | DocumentRead() | FingerMeasured():
                peer.missed = 0
                self._listener.heard(message)
            case _:  # a beat has done its work by being heard
                pass

    def _replace(self, host: str) -> None:
        older = self._host(host)
        if older is not None:
            del self._peers[older.line]
            older.line.close("a newer one took its place")
            self._listener.host_went(host, "a newer one took its place")

    def _consoles(self) -> int:
        return sum(peer.role == CONSOLE for peer in self._peers.values())

    def _show_last(self, peer: _Peer) -> None:
        if self._last_shown is not None:
            peer.line.send(self._last_shown)
        if self._last_health is not None and peer.role == PAGE:
            peer.line.send(self._last_health)


def _role_of(message: Message) -> str:
    """Return what this first message makes of a line, nothing when it is none."""
    match message:
        case Hello(host=host):
            return host
        case Attach():
            return CONSOLE
        case Serve():
            return TECHNICIAN
        case Watch():
            return PAGE
        case _:
            return ""
