"""A dialogue is carried to its end, bounded, and closed whatever happens."""

import pytest

from egate.document.dialogue import ChipError, Dialogue, ask, run
from egate.wire.apdu import Command, Response, Sw

READ = Command(0x00, 0xB0, 0x00, 0x00, le=4)


def _two_answers() -> Dialogue[bytes]:
    first = yield from ask("reading", READ)
    second = yield from ask("reading on", READ, also=(Sw.END_OF_FILE,))
    return first.data + second.data


def _for_ever() -> Dialogue[None]:
    while True:
        yield READ


def test_a_dialogue_returns_what_the_chip_answered() -> None:
    script = iter([Response(b"ab", Sw.OK), Response(b"c", Sw.END_OF_FILE)])
    assert run(_two_answers(), lambda _: next(script)) == b"abc"


def test_a_refusal_names_its_step_and_status_word() -> None:
    with pytest.raises(ChipError, match=r"reading: refused \(6982 security_status") as error:
        run(_two_answers(), lambda _: Response(b"", 0x6982))
    assert (error.value.step, error.value.sw, error.value.reason) == ("reading", 0x6982, "refused")


def test_a_dialogue_without_an_end_is_ended() -> None:
    with pytest.raises(ChipError) as error:
        run(_for_ever(), lambda _: Response(b"", Sw.OK), step_limit=10)
    assert error.value.reason == "too_many_steps"


def test_a_chip_that_answers_too_much_is_stopped() -> None:
    with pytest.raises(ChipError) as error:
        run(_for_ever(), lambda _: Response(bytes(100), Sw.OK), byte_limit=1000)
    assert error.value.reason == "too_many_bytes"


def test_a_lost_reader_closes_the_dialogue() -> None:
    dialogue = _for_ever()

    def lost(_: Command) -> Response:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        run(dialogue, lost)
    assert next(dialogue, None) is None
