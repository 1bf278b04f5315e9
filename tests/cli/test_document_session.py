"""One reading for a command: its limit, its steps for a person, and why nothing was read."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
import threading
import time

import pytest

from egate.cli.document_given import given
from egate.cli.document_session import Asked, NotRead, Steps, StillSilent, examine, within
from egate.document.file_reading import FileProgress
from egate.document.reading_result import Plan, StepBegun
from egate.ports.card_reader import Card, CardGone, CardMute
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceRefused
from egate.registry.trust import TrustFolder


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Reader:
    """A reader with a card that never talks, each connect with the same error."""

    def __init__(self, error: DeviceError | None) -> None:
        self.error = error
        self.closed = 0

    def wait_for_card(self, timeout_s: float) -> bool:
        if self.error is None:
            threading.Event().wait(timeout_s)
        return self.error is not None

    def wait_for_removal(self, timeout_s: float) -> bool:
        threading.Event().wait(timeout_s)
        return False

    def connect(self) -> Card:
        assert self.error is not None
        raise self.error

    def close(self) -> None:
        self.closed += 1


def asked(folder: Path) -> Asked:
    trust = TrustFolder(folder).load(0.0)
    return Asked(given((), None, "123456", StringIO()), trust, Plan(), "*", within_s=0.05)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, "no card came in time"),
        (CardGone("card reader", "gone"), "taken away"),
        (CardMute("card reader", "mute"), "does not answer"),
        (DeviceGarbled("card reader", "noise"), "answers nonsense"),
        (DeviceRefused("card reader", "held"), "held by another program"),
    ],
)
def test_why_nothing_was_read_is_told_and_the_reader_given_back(
    tmp_path: Path, error: DeviceError | None, words: str
) -> None:
    reader = Reader(error)
    with pytest.raises(NotRead, match=words):
        examine(lambda: reader, asked(tmp_path), Steps(StringIO()), None)
    assert reader.closed == 1


def test_a_person_is_told_what_to_do_with_a_mute_card(tmp_path: Path) -> None:
    terminal = Terminal()
    reader = Reader(CardMute("card reader", "Card is unresponsive."))
    with pytest.raises(NotRead):
        examine(lambda: reader, asked(tmp_path), Steps(terminal), None)
    assert "Card is unresponsive; take the card off" in terminal.getvalue()


def test_steps_are_told_at_a_terminal_on_one_line_that_is_left_empty() -> None:
    terminal = Terminal()
    steps = Steps(terminal)
    steps.notice(StepBegun("reading EF.SOD"))
    steps.notice(FileProgress("EF.SOD", 4, 1072))
    steps.clear()
    told = ["", "reading EF.SOD", "EF.SOD: 4 of 1072 bytes", ""]
    assert terminal.getvalue().split("\r\x1b[K") == told
    assert steps.last == "reading EF.SOD"


def test_nothing_is_told_where_no_terminal_is() -> None:
    pipe = StringIO()
    steps = Steps(pipe)
    steps.notice(StepBegun("PACE"))
    steps.clear()
    assert (pipe.getvalue(), steps.last) == ("", "PACE")


def test_work_that_hangs_is_left_behind_at_its_limit() -> None:
    over = threading.Event()
    began_s = time.monotonic()
    with pytest.raises(StillSilent):
        within(0.05, over.wait)
    assert time.monotonic() - began_s < 2.0
    over.set()


def raising(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize("error", [TimeoutError, KeyError, SystemExit])
def test_what_the_work_raises_is_raised_here(error: type[BaseException]) -> None:
    with pytest.raises(error):
        within(5.0, raising(error()))


def test_what_the_work_returns_is_returned() -> None:
    assert within(5.0, lambda: 7) == 7
