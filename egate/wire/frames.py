"""Cuts what a device says by itself into frames: by their ends, or by the silence after them.

What a frame looks like is a Language's; this keeps the bytes, the times and the recovery. After
an error it is deaf until the language's end mark, or until the line falls silent.

Source: research/mrz_qr.md section 7 (readers that speak unasked on a serial line).
"""

from typing import Generic, Protocol, TypeVar

from egate.wire.errors import FrameError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Language(Protocol[T_co]):
    """How one device frames what it says; whatever raises FrameError costs that frame only."""

    @property
    def between(self) -> frozenset[int]:
        """Bytes that mean nothing where a frame could begin."""

    @property
    def end(self) -> bytes:
        """What ends every frame; empty when only silence is sure to."""

    @property
    def silence_s(self) -> float:
        """The silence that ends what was begun."""

    @property
    def limit(self) -> int:
        """How many bytes of nonsense are one error."""

    def complete(self, pending: bytes) -> bytes | None:
        """Return the payload that the last byte completed: empty to drop it, None for more."""

    def cut_off(self, pending: bytes) -> bytes:
        """Return the payload of what silence ended, empty to drop it."""

    def message(self, payload: bytes, began_s: float, ended_s: float) -> T_co:
        """Return what a payload says."""


class Splitter(Generic[T]):
    """Cuts what a device sends into messages; it never keeps more than one frame."""

    def __init__(self, language: Language[T]) -> None:
        self._language = language
        self._pending = bytearray()
        self._began_s = self._last_s = 0.0
        self._deaf = False

    @property
    def silence_s(self) -> float | None:
        """The silence that ends what was begun; None when nothing was."""
        return self._language.silence_s if self._pending or self._deaf else None

    def feed(self, data: bytes, at_s: float) -> list[T | FrameError]:
        """Take bytes as they came at `at_s`; return what is complete, in order."""
        heard = self.idle(at_s)
        for byte in data:
            self._last_s = at_s
            try:
                if self._deaf:
                    self._skip(byte)
                else:
                    heard += self._take(byte, at_s)
            except FrameError as error:
                heard.append(error)
        return heard

    def idle(self, at_s: float) -> list[T | FrameError]:
        """Say that nothing had come until `at_s`; return what the silence completed."""
        if self.silence_s is None or at_s - self._last_s < self._language.silence_s:
            return []
        pending, deaf = bytes(self._pending), self._deaf
        self._pending.clear()
        self._deaf = False
        if deaf:
            return []
        try:
            return self._messages(self._language.cut_off(pending), at_s)
        except FrameError as error:
            return [error]

    def _take(self, byte: int, at_s: float) -> list[T | FrameError]:
        if not self._pending:
            if byte in self._language.between:
                return []
            self._began_s = at_s
        self._pending.append(byte)
        pending = bytes(self._pending)
        try:
            payload = self._language.complete(pending)
            messages = self._messages(payload or b"", at_s)
        except FrameError:
            end = self._language.end
            self._deaf = not (end and pending.endswith(end))
            self._pending.clear()
            raise
        if payload is not None:
            self._pending.clear()
        return messages

    def _messages(self, payload: bytes, at_s: float) -> list[T | FrameError]:
        return [self._language.message(payload, self._began_s, at_s)] if payload else []

    def _skip(self, byte: int) -> None:
        self._pending.append(byte)
        end, limit = self._language.end, self._language.limit
        if end and byte == end[-1]:
            self._deaf = False
            self._pending.clear()
        elif len(self._pending) > limit:
            self._pending.clear()
            raise FrameError(f"another {limit} bytes came without a terminator or a pause")
