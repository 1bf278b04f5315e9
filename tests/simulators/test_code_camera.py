"""The scanner's camera of the bench: a code comes into view, is held, leaves; never twice alike."""

import asyncio
from itertools import pairwise

import cv2
import numpy as np
import pytest

from egate.vision.codes import CodeFinder, Sight
from simulators.code_camera import COMING, HELD, CodeCamera, Medium

TEXT = "BG1:" + "A1B2" * 50


def pictures(camera: CodeCamera, number: int) -> list[bytes]:
    async def take() -> list[bytes]:
        return [await camera.next_jpeg() for _ in range(number)]

    return asyncio.run(take())


def sights(camera: CodeCamera, number: int) -> list[Sight]:
    finder, seen = CodeFinder(), []
    for jpeg in pictures(camera, number):
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        seen.append(finder.feed(np.asarray(picture, np.uint8)))
    assert {code.text for one in seen for code in one.codes} <= {TEXT, "other"}
    return [one.sight for one in seen]


def test_a_code_comes_is_held_and_leaves() -> None:
    camera = CodeCamera(seed=1)
    assert sights(camera, 3) == [Sight.NOTHING] * 3
    camera.show(TEXT)
    seen = sights(camera, 2 * COMING + HELD + 3)
    assert seen[0] is Sight.NOTHING
    assert seen.count(Sight.ONE) >= HELD
    assert seen[-3:] == [Sight.NOTHING] * 3


def test_a_code_is_held_until_it_is_taken_away() -> None:
    camera = CodeCamera(seed=1, held_pictures=0)
    camera.show(TEXT)
    assert sights(camera, 60)[-10:] == [Sight.ONE] * 10
    camera.take_away()
    assert sights(camera, COMING + 4)[-3:] == [Sight.NOTHING] * 3


def test_two_slips_are_both_seen() -> None:
    camera = CodeCamera(seed=1)
    camera.show(TEXT, "other")
    assert sights(camera, 12).count(Sight.SEVERAL) >= 8


@pytest.mark.parametrize("medium", Medium)
def test_every_medium_is_read_while_it_is_held(medium: Medium) -> None:
    camera = CodeCamera(seed=1, medium=medium)
    camera.show(TEXT)
    assert sights(camera, HELD).count(Sight.ONE) >= HELD // 4


def test_no_picture_equals_the_one_before_it_and_a_frozen_camera_repeats_itself() -> None:
    camera = CodeCamera(seed=1)
    camera.show(TEXT)
    assert all(one != other for one, other in pairwise(pictures(camera, 8)))
    camera.frozen = True
    assert len(set(pictures(camera, 4))) == 1


def test_the_same_seed_gives_the_same_pictures() -> None:
    cameras = [CodeCamera(seed=seed) for seed in (1, 1, 2)]
    for camera in cameras:
        camera.show(TEXT)
    one, again, other = (pictures(camera, 4) for camera in cameras)
    assert one == again
    assert one != other


def test_a_covered_lens_and_a_bad_cable_show_nothing() -> None:
    camera = CodeCamera(seed=1, dark=True)
    camera.show(TEXT)
    assert set(sights(camera, 8)) == {Sight.NOTHING}
    camera.garbled = True
    assert len(set(pictures(camera, 3))) == 3


def test_a_text_that_no_code_holds_is_refused_and_what_was_held_stays() -> None:
    camera = CodeCamera(seed=1)
    camera.show(TEXT)
    with pytest.raises(ValueError, match="too long"):
        camera.show("x" * 5000)
    assert Sight.ONE in sights(camera, 8)
