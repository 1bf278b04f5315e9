"""A dialogue with a chip: a generator that yields commands and is sent the chip's answers.

A protocol reads top to bottom, knows no reader, and drives a real card, a simulated one or a
script alike. `run` is the pump: it asks `answer` for each command, and it bounds the dialogue,
so that no chip can keep a gate talking.

Source: research/aesthetics.md 8.7; research/emrtd.md 6.2, rule 17.
"""

from collections.abc import Callable, Collection, Generator
from typing import Final, TypeAlias, TypeVar

from egate.wire.apdu import Command, Response, Sw, sw_name

T = TypeVar("T")
Dialogue: TypeAlias = Generator[Command, Response, T]

STEP_LIMIT: Final = 4096  # a 200 KB DG2 in pieces of 160 bytes takes 1 300
BYTE_LIMIT: Final = 1_048_576  # answered; a whole document without fingers has 40 KB


class ChipError(Exception):
    """A dialogue could not go on: the step, the reason's code, the status word if there was one.

    It carries no data of the chip. `step` is in words, `reason` is for findings.
    """

    def __init__(self, step: str, sw: int | None = None, reason: str = "refused") -> None:
        super().__init__(f"{step}: {reason}" + (f" ({sw_name(sw)})" if sw is not None else ""))
        self.step = step
        self.sw = sw
        self.reason = reason


def ask(step: str, command: Command, *, also: Collection[int] = ()) -> Dialogue[Response]:
    """Send one command; return the answer when its status word is 9000 or one of `also`.

    Raises:
        ChipError: the chip refused; `reason` is `refused`.
    """
    response = yield command
    if response.sw != Sw.OK and response.sw not in also:
        raise ChipError(step, response.sw)
    return response


def run(
    dialogue: Dialogue[T],
    answer: Callable[[Command], Response],
    *,
    step_limit: int = STEP_LIMIT,
    byte_limit: int = BYTE_LIMIT,
) -> T:
    """Carry a dialogue to its end and return what it returns.

    Whatever `answer` raises ends the dialogue and is raised on.

    Raises:
        ChipError: the dialogue's own, or `too_many_steps`, or `too_many_bytes`.
    """
    steps = answered = 0
    try:
        command = next(dialogue)
        while steps < step_limit:
            response = answer(command)
            steps += 1
            answered += len(response.data)
            if answered > byte_limit:
                raise ChipError("the dialogue", reason="too_many_bytes")
            command = dialogue.send(response)
        raise ChipError("the dialogue", reason="too_many_steps")
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        dialogue.close()
