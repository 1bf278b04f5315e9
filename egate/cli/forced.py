"""What a self-test drives by hand, into the gate's journal: who, which output, when, what answered.

The journal has one writer: whoever uses this holds the lane's place. A pulse is durable before its
output is driven; where that cannot be, it is not driven. Its end is written too, and where that
fails the output rests all the same, and it is told at the end.
"""

import os
import pwd
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from egate.cli.output import complain
from egate.domain.forced import Pulse, facts_of_pulse
from egate.domain.record import Entry, EntryKind
from egate.ports.journal import JournalFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from egate.ports.journal import Journal

BY = "self-test"
NOT_WRITTEN = "{count} ends of what was driven by hand could not be written down: {why}"


class ForcedRecord:
    """The journal while it is open for this, as a context; one thread at a time calls `record`."""

    def __init__(self, open_journal: "Callable[[], Journal]", operator: str) -> None:
        self._open = open_journal
        self._personal = {"technician": operator or at_the_keyboard()}
        self._journal: Journal | None = None
        self._unwritten = 0
        self._why = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if self._journal is not None:
                self._journal.close()
        except JournalFailed as error:
            complain(str(error))
        if self._unwritten:
            complain(NOT_WRITTEN.format(count=self._unwritten, why=self._why))

    def open(self) -> "Journal":
        """Return the journal, opened if it is not: it takes longer than a board may wait.

        Raises:
            JournalFailed: nothing can be written down.
        """
        if self._journal is None:
            self._journal = self._open()
        return self._journal

    def record(self, pulse: Pulse) -> None:
        """Write it down.

        Raises:
            JournalFailed: what is about to be driven cannot be.
        """
        facts = facts_of_pulse(pulse, BY)
        at_s, utc_s = time.monotonic(), time.time()
        entry = Entry(EntryKind.FORCED, at_s, utc_s, facts=facts, personal=self._personal)
        try:
            self.open().append((entry,))
        except JournalFailed as error:
            if pulse.for_s is None:
                raise
            self._unwritten, self._why = self._unwritten + 1, error.what


def at_the_keyboard() -> str:
    """Return who is signed in where no name was given: before sudo, if it was used."""
    user = os.environ.get("SUDO_USER", "")
    if user:
        return user[:64]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
