"""From a picture to a record, or to the reason why not; never a wrong one."""

from collections.abc import Callable, Sequence
import itertools
import json

import cv2
import numpy as np
from numpy.typing import NDArray
import pytest

from egate.domain.check import Outcome
from egate.vision.faces import Picture
from egate.vision.mrz_network import MrzNetwork, load_network
from egate.vision.mrz_ocr import MrzSeen, SecondOpinion, read_zone
from egate.vision.mrz_shown import boxed
from egate.vision.mrz_weigh import MrzReason
from tests.document.shared_data import shared
from tests.vision.mrz_seen import CARD, PASSPORT, VISA
from tests.vision.test_mrz_locate import hostile, page


@pytest.fixture(scope="session")
def network() -> MrzNetwork:
    return load_network()


def still() -> float:
    return 0.0


def ticking(step_s: float) -> Callable[[], float]:
    ticks = itertools.count(0.0, step_s)
    return lambda: next(ticks)


def seen_in(picture: Picture, network: MrzNetwork) -> MrzSeen:
    return read_zone(picture, network, clock=still)


@pytest.mark.parametrize("text", [PASSPORT, CARD, VISA])
def test_a_printed_zone_is_read(text: tuple[str, ...], network: MrzNetwork) -> None:
    seen = seen_in(page(text), network)
    assert seen.lines == text
    assert len(seen.boxes) == len(text)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_whatever_way_up_the_lines_are_the_same(quarters: int, network: MrzNetwork) -> None:
    turned = np.rot90(page(PASSPORT), quarters).copy()
    seen = seen_in(turned, network)
    assert seen.lines == PASSPORT
    (x0, y0), (x1, y1) = seen.boxes[0][0], seen.boxes[0][1]
    along = {1: (y1 - y0) < 0, 2: (x1 - x0) < 0, 3: (y1 - y0) > 0}
    assert along[quarters]


def test_a_record_has_the_findings_of_its_lines(network: MrzNetwork) -> None:
    seen = seen_in(page(PASSPORT), network)
    assert seen.reason is MrzReason.READ
    assert {one.outcome for one in seen.findings} == {Outcome.PASSED}


@pytest.mark.parametrize("name", list(hostile()))
def test_a_picture_without_a_zone_is_inconclusive(name: str, network: MrzNetwork) -> None:
    seen = read_zone(hostile()[name], network, clock=ticking(0.001), budget_s=0.2)
    assert not seen.is_record
    assert {one.outcome for one in seen.findings} == {Outcome.INCONCLUSIVE}


def test_glare_over_a_name_makes_no_record(network: MrzNetwork) -> None:
    picture = page(PASSPORT)
    picture[570:640, 160:230] = 255
    seen = seen_in(picture, network)
    assert not seen.is_record


def test_a_dark_picture_asks_for_light(network: MrzNetwork) -> None:
    assert seen_in(np.full((600, 900), 12, np.uint8), network).reason is MrzReason.TOO_DARK


def test_no_look_is_longer_than_its_time(network: MrzNetwork) -> None:
    late = read_zone(page(PASSPORT), network, clock=ticking(10.0), budget_s=1.0)
    assert late.reason is MrzReason.OUT_OF_TIME


def test_the_infrared_picture_is_preferred(network: MrzNetwork) -> None:
    white = np.full((700, 1000, 3), 240, np.uint8)
    seen = read_zone(white, network, clock=still, infrared=page(PASSPORT))
    assert seen.lines == PASSPORT
    back = read_zone(page(PASSPORT), network, clock=still, infrared=white[..., 0].copy())
    assert back.lines == PASSPORT


def test_a_printed_digit_that_is_wrong_makes_no_record(network: MrzNetwork) -> None:
    wrong = (PASSPORT[0], PASSPORT[1].replace("7408122", "7408123"))
    seen = seen_in(page(wrong), network)
    assert not seen.is_record
    assert seen.reason in {MrzReason.DIGIT_DIFFERS, MrzReason.UNSURE_CHARACTER}


def test_the_repr_has_no_content(network: MrzNetwork) -> None:
    assert "ERIKSSON" not in repr(seen_in(page(PASSPORT), network))


def test_boxes_are_drawn_on_a_copy(network: MrzNetwork) -> None:
    picture = page(PASSPORT)
    seen = seen_in(picture, network)
    copy = boxed(picture, seen.boxes, is_record=True)
    assert copy.shape == (*picture.shape, 3)
    assert (copy != picture[..., None]).any()
    assert (picture == page(PASSPORT)).all()


def test_no_shared_picture_gives_a_wrong_record(network: MrzNetwork) -> None:
    folder = shared("mrz")
    images = json.loads((folder / "manifest.json").read_text("utf-8"))["images"][
        ::4
    ]  # make bench-mrz has them all
    exact = 0
    for number, image in enumerate(images):
        picture = np.asarray(cv2.imread(str(folder / image["file"])), np.uint8)
        seen = seen_in(picture, network)
        exact += list(seen.lines) == image["mrz"]
        assert not seen.is_record or list(seen.lines) == image["mrz"], f"picture {number}"
    assert exact >= 0.7 * len(images)


class Doubting:
    """The network, in doubt about what stands in the middle of every strip."""

    def __init__(self, network: MrzNetwork) -> None:
        self._network = network

    def read(self, strip: Picture) -> NDArray[np.float32]:
        seen = np.array(self._network.read(strip), np.float64)
        middle = slice(len(seen) // 2 - 8, len(seen) // 2 + 8)
        seen[middle] = np.logaddexp(seen[middle] + np.log(0.6), np.log(0.4 / seen.shape[1]))
        return np.asarray(seen, np.float32)


def test_another_engine_is_asked_only_where_we_are_not_sure_and_may_only_say_the_same(
    network: MrzNetwork,
) -> None:
    asked: list[list[tuple[int, ...]]] = []

    def says(lines: tuple[str, ...]) -> SecondOpinion:
        def second(strips: Sequence[Picture]) -> tuple[str, ...]:
            asked.append([strip.shape for strip in strips])
            return lines

        return second

    def reason(reader: MrzNetwork | Doubting, lines: tuple[str, ...]) -> MrzReason:
        return read_zone(page(PASSPORT), reader, clock=still, second=says(lines)).reason

    assert reason(network, ()) is MrzReason.READ
    assert asked == []
    doubting = Doubting(network)
    assert reason(doubting, PASSPORT) is MrzReason.READ
    assert [[height for height, _ in one] for one in asked] == [[64, 64]]
    assert reason(doubting, ()) is MrzReason.UNSURE_CHARACTER
    other = PASSPORT[0].replace("ERIKSSON", "ERIKSSEN")
    assert reason(doubting, (other, PASSPORT[1])) is MrzReason.UNSURE_CHARACTER
