"""The only one that drives a door: bounded releases, renewal, lamps, and the board's coming back.

Everything is asked in the loop and done by the board's own thread, so that a board that hangs
costs the loop nothing and is noticed. Rules of this file:

- A release ends after its bound even if nobody asks for it, and with the board.
- A board that was opened is told to lock every door: one that fails free is locked by power only.
- After a lost board no release is driven again: coming back never opens a door.
- While the board is lost every input is unknown; once back, every level is read anew.
- The renewal is given by the loop's health round only; a stuck loop thus rests the outputs.

Source: DESIGN section 3 (invariants 5 and 8); research/hardware.md section 5, row 11.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from egate.domain.effect import Prompt
from egate.domain.lane_part import (
    DOOR_RELEASE,
    RELEASED_DOOR,
    SHAPE_DOORS,
    Door,
    Input,
    Output,
    Shape,
    inputs_of,
)
from egate.domain.lane_state import LaneState
from egate.loop.lamps import SOUNDS_FOR_S, lit_in
from egate.loop.worker import Ended, Worker
from egate.ports.digital_io import DigitalIo
from egate.ports.errors import DeviceError

ANSWERS_WITHIN_S = 0.5  # a write takes 0.43 ms (DESIGN section 4); the relay rests at 0.5 s
CLOSES_WITHIN_S = 2.0  # a driver keeps locks powered until the safety relay has let go, 1 s
OPENS_WITHIN_S = 5.0
REOPENS_AFTER_S = (0.1, 0.2, 0.5, 1.0)


class BoardListener(Protocol):
    """Who hears of the board; called in the loop."""

    def input_is(self, line: Input, active: bool | None, at_s: float) -> None:  # noqa: FBT001  # as OnChange
        """A line has this level now; None when it is not known."""

    def board_back(self) -> None:
        """The board answers, every level has been told, the outputs are at rest."""

    def board_lost(self, what: str) -> None:
        """The board does not answer; every level is unknown."""

    def release_ended(self, door: Door) -> None:
        """A release reached its bound and was dropped."""


Opened = tuple[DigitalIo, Mapping[Input, bool], float]


@dataclass(slots=True)
class _Shown:
    """What the board has been told; empty at rest."""

    active: set[Output] = field(default_factory=set)
    ends: dict[Output, asyncio.TimerHandle] = field(default_factory=dict)


class OutputStage:
    """The board as the loop uses it. All methods are called from the loop."""

    def __init__(
        self,
        open_board: Callable[[], DigitalIo],
        shape: Shape,
        loop: asyncio.AbstractEventLoop,
        listener: BoardListener,
    ) -> None:
        self._open_board = open_board
        self._shape = shape
        self._loop = loop
        self._listener = listener
        self._worker = Worker("board", loop)
        self._board: DigitalIo | None = None
        self._held: DigitalIo | None = None  # the same, as the board's thread knows it
        self._opening = 0
        self._failures = 0
        self._heard_at_s: dict[Input, float] = {}
        self._shown = _Shown()
        self._by_hand: dict[Output, Callable[[bool], None]] = {}
        self._look: tuple[LaneState, Prompt | None] = (LaneState.BOOT, None)
        self._closed = False

    @property
    def released(self) -> tuple[Door, ...]:
        """The doors that are being released."""
        return tuple(door for door in Door if DOOR_RELEASE[door] in self._shown.active)

    @property
    def driven(self) -> frozenset[Output]:
        """Every output that is on, as the board was told."""
        return frozenset(self._shown.active)

    @property
    def lit(self) -> tuple[Output, ...]:
        """The lamps and sounder that are on."""
        doors = set(DOOR_RELEASE.values())
        return tuple(sorted(self._shown.active - doors))

    def open(self) -> None:
        """Open the board; the listener hears of levels and of board_back or board_lost."""
        self._opening += 1
        number = self._opening
        self._worker.submit(
            partial(self._open_in_thread, number), partial(self._opened, number), OPENS_WITHIN_S
        )

    def release(self, door: Door, for_s: float, done: Callable[[], None]) -> bool:
        """Release a door for at most `for_s`; `done` once the board took it. False: no board."""
        return self._drive_for(DOOR_RELEASE[door], for_s, done)

    def lock(self, door: Door, done: Callable[[], None]) -> bool:
        """Stop releasing a door; `done` once the board took it. False: no board to tell."""
        return self._drive(DOOR_RELEASE[door], active=False, done=done)

    def show(self, state: LaneState, prompt: Prompt | None) -> None:
        """Light the lamps of this state and prompt."""
        self._look = (state, prompt)
        if self._board is None:
            return
        wanted = lit_in(state, prompt, self._shape)
        if state is not LaneState.MAINTENANCE:
            self._by_hand.clear()  # whatever is held by hand ends with it
        for lamp in (Output.ENTRY_GO, Output.EXIT_GO, Output.STOP):
            if lamp in self._by_hand:
                continue
            if (lamp in wanted) != (lamp in self._shown.active):
                self._drive(lamp, active=lamp in wanted)

    def sound(self) -> None:
        """Sound the sounder once, for its bounded time."""
        self._drive_for(Output.SOUNDER, SOUNDS_FOR_S)

    def signal(
        self, output: Output, for_s: float, done: Callable[[bool], None], *, active: bool
    ) -> bool:
        """Drive a lamp or the sounder by hand for `for_s`; then it is as its state has it.

        `done(level)` once the board took the level, and again when it ended. False: no board.
        """
        self._by_hand[output] = done
        if not self._drive_for(output, for_s, partial(done, active), active=active):
            self._by_hand.pop(output, None)
            return False
        return True

    def renew(self) -> None:
        """Give the safety relay its edge; call it when, and only when, the loop is healthy."""
        board = self._board
        if board is None:
            return
        if self._worker.late_s() > 0:
            self._lost(f"no answer in {ANSWERS_WITHIN_S} s")
            return
        self._submit(board.renew)

    def close(self) -> None:
        """Rest the outputs and give the lines back."""
        self._closed = True
        self._drop_ends()
        self._board = None
        self._worker.submit(self._close_in_thread, lambda _ended: None, ANSWERS_WITHIN_S)
        self._worker.close(CLOSES_WITHIN_S)

    def _open_in_thread(self, number: int) -> Opened:
        board = self._held = self._open_board()
        try:
            board.watch(partial(self._heard_in_thread, number))
            for door in SHAPE_DOORS[self._shape]:
                board.set(DOOR_RELEASE[door], active=False)
            board.renew()  # not before the locks have power: a fed door without it swings open
            at_s = self._loop.time()
            return board, board.levels(), at_s
        except BaseException:
            board.close()
            raise

    def _close_in_thread(self) -> None:
        """Close also a board that was opened a moment ago and not told yet."""
        if self._held is not None:
            self._held.close()

    def _opened(self, number: int, ended: Ended[Opened]) -> None:
        if self._closed:
            return
        if ended.value is None:
            self._reopen_later(_words(ended.error))
            return
        board, levels, at_s = ended.value
        self._board, self._shown, self._failures = board, _Shown(), 0
        for line in inputs_of(self._shape):
            self._heard(number, line, levels.get(line), at_s)
        self._listener.board_back()
        self.show(*self._look)

    def _heard_in_thread(self, number: int, line: Input, active: bool, at_s: float) -> None:  # noqa: FBT001  # as OnChange
        try:
            self._loop.call_soon_threadsafe(self._heard, number, line, active, at_s)
        except RuntimeError:
            return  # the loop has ended; nobody is left to hear

    def _heard(self, number: int, line: Input, active: bool | None, at_s: float) -> None:  # noqa: FBT001  # as OnChange
        """Tell a level unless it is of an older board, or older than what is known."""
        if number == self._opening and at_s >= self._heard_at_s.get(line, 0.0):
            self._heard_at_s[line] = at_s
            self._listener.input_is(line, active, at_s)

    def _drive_for(
        self,
        output: Output,
        for_s: float,
        done: Callable[[], None] = lambda: None,
        *,
        active: bool = True,
    ) -> bool:
        if not self._drive(output, active=active, done=done):
            return False
        self._shown.ends[output] = self._loop.call_later(for_s, self._bound_reached, output)
        return True

    def _drive(
        self, output: Output, *, active: bool, done: Callable[[], None] = lambda: None
    ) -> bool:
        board = self._board
        if board is None:
            return False
        if end := self._shown.ends.pop(output, None):
            end.cancel()
        (self._shown.active.add if active else self._shown.active.discard)(output)
        return self._submit(partial(board.set, output, active=active), done)

    def _bound_reached(self, output: Output) -> None:
        if done := self._by_hand.pop(output, None):
            self._end_by_hand(output, done)
            return
        self._drive(output, active=False)
        if (door := RELEASED_DOOR.get(output)) is not None:
            self._listener.release_ended(door)

    def _end_by_hand(self, output: Output, done: Callable[[bool], None]) -> None:
        state, prompt = self._look
        level = output in lit_in(state, prompt, self._shape)
        self._drive(output, active=level, done=partial(done, level))

    def _submit(self, call: Callable[[], None], done: Callable[[], None] = lambda: None) -> bool:
        number = self._opening

        def then(ended: Ended[None]) -> None:
            if number != self._opening or self._board is None:
                return
            if ended.error is not None:
                self._lost(_words(ended.error))
            else:
                done()

        if self._worker.submit(call, then, ANSWERS_WITHIN_S):
            return True
        self._lost("its queue is full")
        return False

    def _lost(self, what: str) -> None:
        board, self._board = self._board, None
        if board is None or self._closed:
            return
        self._drop_ends()
        self._by_hand.clear()
        self._shown = _Shown()
        self._worker.submit(board.close, lambda _ended: None, ANSWERS_WITHIN_S)
        self._reopen_later(what)

    def _reopen_later(self, what: str) -> None:
        if self._closed:
            return
        self._opening += 1  # what the old board still says is not heard
        for line in inputs_of(self._shape):
            self._heard_at_s.pop(line, None)
            self._listener.input_is(line, None, self._loop.time())
        self._listener.board_lost(what)
        pause_s = REOPENS_AFTER_S[min(self._failures, len(REOPENS_AFTER_S) - 1)]
        self._failures += 1
        self._loop.call_later(pause_s, self._open_again)

    def _open_again(self) -> None:
        if not self._closed:
            self.open()

    def _drop_ends(self) -> None:
        for end in self._shown.ends.values():
            end.cancel()


def _words(error: Exception | None) -> str:
    return error.what if isinstance(error, DeviceError) else type(error).__name__
