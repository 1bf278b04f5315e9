"""The camera over the window: what comes in, lies and leaves, and never repeats itself."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest

from simulators import mrz_page
from simulators.faces import Picture
from simulators.mrz_page import Lying, page, view
from simulators.page_camera import MOVING, PageCamera

PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)


def seen(lying: Lying, lines: tuple[str, ...] | None = PASSPORT, seed: int = 1) -> Picture:
    shown = None if lines is None else page(lines)
    return view(lying, shown, np.random.default_rng(seed))


def light(picture: Picture) -> float:
    return float(picture.mean())


def decoded(raws: Sequence[bytes]) -> list[Picture]:
    pictures = [cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR) for raw in raws]
    return [np.asarray(picture, np.uint8) for picture in pictures]


def test_a_page_has_the_size_of_its_document_and_the_zone_at_its_foot() -> None:
    assert (page(PASSPORT).shape, page(CARD).shape) == ((880, 1250, 3), (540, 856, 3))
    foot = page(PASSPORT)[-250:]
    assert (foot < 80).any(axis=2).sum() > 5000  # ink
    assert (page(PASSPORT)[-30:] > 150).all()  # and paper below


def test_the_same_seed_gives_the_same_picture_and_another_another() -> None:
    assert np.array_equal(seen(Lying(turned_deg=5)), seen(Lying(turned_deg=5)))
    assert not np.array_equal(seen(Lying()), seen(Lying(), seed=2))


def test_how_a_page_lies_is_seen() -> None:
    flat = seen(Lying())
    assert light(seen(Lying(), None)) < 50 < light(flat)
    assert light(seen(Lying(light=0.3))) < 0.5 * light(flat)
    assert (seen(Lying(glare=1.0)) >= 250).mean() > 0.02 > (flat >= 250).mean()
    sharp = cv2.Laplacian(flat, cv2.CV_64F).std()
    assert cv2.Laplacian(seen(Lying(blur_px=3)), cv2.CV_64F).std() < 0.7 * sharp
    turned = seen(Lying(turned_deg=180.0))[::-1, ::-1]
    assert np.abs(turned.astype(int) - flat).mean() < 8


@pytest.mark.parametrize("lines", [("short",), ("?" * 44, "é" * 44)])
def test_letters_of_no_zone_leave_their_places_white(lines: tuple[str, ...]) -> None:
    assert page(lines).shape == (880, 1250, 3)
    assert (page(lines)[-250:] > 150).all()


def test_a_hand_brings_the_page_and_takes_it_away_and_no_picture_comes_twice_running() -> None:
    async def shots(camera: PageCamera, number: int) -> list[bytes]:
        return [await camera.next_jpeg() for _ in range(number)]

    async def work() -> tuple[list[bytes], ...]:
        camera = PageCamera(seed=3)
        empty = await shots(camera, 3)
        await camera.lay_down(PASSPORT)
        coming, lying = await shots(camera, MOVING), await shots(camera, 4)
        await camera.take_up()
        leaving, over = await shots(camera, MOVING), await shots(camera, 3)
        return empty, coming, lying, leaving, over

    parts = asyncio.run(work())
    raws = [raw for part in parts for raw in part]
    assert all(one != other for one, other in pairwise(raws))
    empty, coming, lying, leaving, over = [
        [light(picture) for picture in decoded(part)] for part in parts
    ]
    assert max(*empty, *over) < 50 < min(lying)
    assert coming[0] < coming[-1]
    assert leaving[-1] < leaving[0]
    assert decoded(parts[2])[0].shape == (mrz_page.HEIGHT, mrz_page.WIDTH, 3)


def test_a_frozen_camera_repeats_itself_and_a_garbled_one_sends_no_picture() -> None:
    async def work() -> None:
        camera = PageCamera()
        last = await camera.next_jpeg()
        camera.frozen = True
        assert await camera.next_jpeg() == last
        camera.garbled = True
        assert await camera.next_jpeg() != last

    asyncio.run(work())
