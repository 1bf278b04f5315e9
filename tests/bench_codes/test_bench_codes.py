"""The benchmark counts what was read rightly and wrongly, and its table fits a terminal."""

from collections import Counter

from rich.console import Console

from simulators.code_frames import Condition, frames
from tests.bench_codes.readings import empty_stream_ms, readers, scores
from tests.bench_codes.tables import code_table, stream_words


def test_right_wrong_and_nothing_are_told_apart() -> None:
    pictures = list(frames(seed=1, each=1))
    by_shape = {
        "right": lambda picture: [one.text for one in pictures if one.picture is picture],
        "wrong": lambda _picture: ["another"],
        "nothing": lambda _picture: [],
    }
    every, shown = scores(pictures, by_shape)
    assert shown == Counter(Condition)
    assert every["right"].right == shown
    assert (every["right"].wrong, every["wrong"].wrong, every["nothing"].wrong) == (0, 11, 0)
    assert not every["wrong"].right.total()


def test_our_decoder_and_its_peers_read_clean_pictures_and_the_table_fits() -> None:
    decoders = readers()
    assert {"egate", "zxing-cpp", "OpenCV"} <= set(decoders)
    every, shown = scores((next(iter(frames(seed=1, each=1))),), decoders)
    assert every["egate"].right[Condition.CLEAN] == 1
    say = Console(width=80)
    with say.capture() as caught:
        say.print(code_table(every, shown))
    assert "…" not in caught.get()
    assert "zxing-cpp" in caught.get()


def test_a_room_without_a_code_is_timed_picture_by_picture() -> None:
    took_ms = empty_stream_ms(1, pictures=7)
    assert len(took_ms) == 7
    assert "mean" in stream_words(took_ms)
