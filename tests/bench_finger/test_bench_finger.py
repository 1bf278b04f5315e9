"""The benchmark puts a fault to both speakers, and counts the bytes of the line rightly."""

from importlib.util import find_spec
from io import StringIO

import pytest
from rich.console import Console

from egate.wire.zfm import Op
from tests.bench_finger.__main__ import difference, fault_table, strangers, time_table
from tests.bench_finger.readings import (
    Outcome,
    line_ms,
    ours,
    peers,
    single_bytes,
    single_ms,
    whole_bytes,
)
from tests.drivers.finger_bench import FAULTS, PASSED, Fault

RECORDED = next(
    fault for fault in FAULTS if fault.moment is Op.MATCH and fault.name == "a recorded score"
)


def test_the_bytes_of_a_comparison_are_those_of_its_packets() -> None:
    assert single_bytes() == (12 + 1) + 12 + 4 * (128 + 11) + 12 + (12 + 2)
    assert single_bytes(packet_bytes=32) == single_bytes() + 12 * 11
    assert whole_bytes() == 26 + 2 * single_bytes()
    assert line_ms(576) == pytest.approx(100.0)


def test_no_comparison_is_quicker_than_its_line() -> None:
    assert min(single_ms(2)) >= line_ms(single_bytes())


@pytest.mark.skipif(find_spec("pyfingerprint") is None, reason="pyfingerprint is not installed")
def test_a_recorded_score_is_taken_by_the_peer_and_not_by_us() -> None:
    own, peer = ours(RECORDED), peers(RECORDED, cap_s=20.0)
    assert (own.said, own.after) == ("DeviceGarbled", "score 0")
    assert peer.said == PASSED
    assert peer.after != "score 0"  # it is off by one from here on


@pytest.mark.parametrize(
    ("own", "peer", "word"),
    [
        (("DeviceGarbled", 0.1, "score 0"), (PASSED, 0.1, "score 200"), "believes it"),
        (("DeviceLost", 1.5, PASSED), (PASSED, 2.5, PASSED), "waits for it"),
        (("DeviceLost", 1.5, PASSED), ("blocked", 30.0, "blocked"), "never ends"),
        ((PASSED, 0.1, PASSED), ("Exception: x", 0.1, PASSED), "takes it for an error"),
        (("DeviceLost", 1.5, PASSED), ("TypeError: x", 8.0, "TypeError: x"), "is of no use"),
        (("DeviceLost", 1.5, PASSED), ("Exception: x", 24.0, PASSED), "22 s longer"),
        (("DeviceLost", 1.5, PASSED), ("Exception: x", 1.6, PASSED), ""),
        ((PASSED, 0.1, PASSED), (PASSED, 0.2, PASSED), ""),
        ((PASSED, 0.1, PASSED), ("", 0.0, ""), ""),
    ],
)
def test_in_what_the_peer_differs_is_said_the_worst_first(
    own: tuple[str, float, str], peer: tuple[str, float, str], word: str
) -> None:
    told = difference(Outcome(*own), Outcome(*peer))
    assert told.startswith(word)
    assert bool(told) is bool(word)


def test_strangers_are_counted_against_the_policys_threshold() -> None:
    assert strangers(300).startswith("0 of 300 pairs of made-up strangers scored 60 or more")


def test_both_tables_fit_a_wide_terminal() -> None:
    written = StringIO()
    say = Console(width=170, file=written)
    row = (
        Fault("mute", Op.MATCH, None, 0.0),
        Outcome("DeviceLost", 1.5, PASSED),
        Outcome("", 0, ""),
    )
    say.print(fault_table([row]))
    say.print(time_table([("one", single_bytes(), [112.0, 113.0]), ("none", 0, [])]))
    told = written.getvalue()
    assert "mute, MATCH" in told
    assert "difference" in told
    assert "105.4" in told
    assert "none" not in told
