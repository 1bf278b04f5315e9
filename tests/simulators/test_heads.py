"""A head before the bench's camera has depth and answers the lamp; what is held up lacks some."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from simulators import relief
from simulators.faces import Picture
from simulators.heads import Presented, Schedule, exposed, sequence
from simulators.motion import Hold, hand, head
from simulators.sensor import HEIGHT, WIDTH
from simulators.stage import Pose, Thing, paint

GREY = np.full((600, 480, 3), 120, np.uint8)
MIDDLE = np.s_[340:400, 600:680]
RED, DARK = (255, 0, 0), (0, 0, 0)


def dotted() -> Picture:
    """A cut with a dot every 40 pixels, so that it can be seen where a place of it went."""
    cut = np.full((600, 480, 3), 40, np.uint8)
    for x in range(100, 400, 40):
        for y in range(130, 450, 40):
            cv2.circle(cut, (x, y), 6, (250, 250, 250), cv2.FILLED)
    return cut


def taken(kind: Presented, light: Schedule | None = None, seed: int = 3) -> list[Picture]:
    return [picture for picture, _ in sequence(kind, GREY, seed, light, 1.0, 8)]


def redness(picture: Picture, part: tuple[slice, slice] = MIDDLE) -> float:
    blue, _, red = picture[part].reshape(-1, 3).mean(axis=0)
    return float(red - blue)


def answer_of(kind: Presented) -> float:
    """How much redder the middle is under a red lamp."""
    return float(
        np.mean([redness(picture) for picture in taken(kind, lambda _: RED)])
        - np.mean([redness(picture) for picture in taken(kind)])
    )


def dots(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    bright = (picture[:, :, 0] > 140).astype(np.uint8)
    _, _, _, centres = cv2.connectedComponentsWithStats(bright)
    return np.array(sorted(map(tuple, centres[1:])), np.float32)


def off_a_plane(thing: Thing, turned: Pose) -> float:
    """How far the dots are from any plane's movement when the thing is turned, in pixels."""
    seen = []
    for pose in (Pose(0.0, 0.0, 0.5), turned):
        picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        paint(picture, thing, pose, (0.0, 0.0, 0.0))
        seen.append(dots(picture))
    one, other = seen
    nearest = [int(np.argmin(np.linalg.norm(other - at, axis=1))) for at in one]
    found, _ = cv2.findHomography(one, other[nearest], 0)
    there = cv2.perspectiveTransform(one[None], found)[0]
    return float(np.abs(there - other[nearest]).max())


def thing(name: str, curve_per_m: float = 0.0) -> Thing:
    shape = relief.head() if name == "head" else relief.bent(curve_per_m)
    looks = relief.normals_of("head" if name == "head" else "bent", curve_per_m)
    return Thing(dotted(), shape, looks, relief.outline_of("sheet"))


@pytest.mark.parametrize("kind", Presented)
def test_every_kind_comes_as_pictures_of_the_camera_and_again_from_the_same_seed(
    kind: Presented,
) -> None:
    one = list(sequence(kind, dotted(), 5, None, 0.4, 10))
    assert [at_s for _, at_s in one] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert all(picture.shape == (HEIGHT, WIDTH, 3) for picture, _ in one)
    again = list(sequence(kind, dotted(), 5, None, 0.4, 10))
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(one, again, strict=True))
    other = next(sequence(kind, dotted(), 6, None, 0.4, 10))[0]
    assert not np.array_equal(one[0][0], other)


def test_a_head_that_turns_is_no_plane_and_a_flat_sheet_is_one() -> None:
    turned = Pose(0.004, 0.0, 0.5, yaw_deg=5.0)
    assert off_a_plane(thing("sheet"), turned) < 0.6
    assert off_a_plane(thing("head"), turned) > 3.0
    assert 1.0 < off_a_plane(thing("sheet", 9.0), turned) < off_a_plane(thing("head"), turned)


def test_skin_and_paper_answer_the_lamp_and_a_screen_hardly() -> None:
    skin, paper = answer_of(Presented.LIVING), answer_of(Presented.PRINTED_PHOTO)
    assert skin > 10
    assert paper > 10
    for screen in (Presented.PHONE_PHOTO, Presented.REPLAYED_VIDEO):
        assert answer_of(screen) < skin / 2


def test_a_sheet_answers_evenly_and_a_head_falls_off_to_its_sides() -> None:
    def side_to_middle(name: str) -> float:
        shone = []
        for lamp in ((0.0, 0.0, 0.0), (0.5, 0.5, 0.5)):
            picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            flat = Thing(GREY, thing(name).relief, thing(name).normals, relief.outline_of("sheet"))
            paint(picture, flat, Pose(0.0, 0.0, 0.5), lamp)
            shone.append(picture.astype(float))
        gain = shone[1] - shone[0]
        return float(gain[330:350, 505:515].mean() / gain[330:350, 590:600].mean())

    assert side_to_middle("sheet") > 0.9
    assert side_to_middle("head") < 0.6


def test_the_room_hardly_answers() -> None:
    corner = np.s_[0:100, 0:100]
    lit = np.mean([redness(picture, corner) for picture in taken(Presented.LIVING, lambda _: RED)])
    assert 0.2 < lit < answer_of(Presented.LIVING) / 3


def test_a_head_nears_and_sways_without_a_jump() -> None:
    moves = head(np.random.default_rng(1), Hold(0.0, 0.0, 0.55))
    poses = [moves(number / 30) for number in range(60)]
    steps_mm = [
        1000 * max(abs(b.x_m - a.x_m), abs(b.y_m - a.y_m), abs(b.z_m - a.z_m))
        for a, b in pairwise(poses)
    ]
    assert max(steps_mm) < 6
    assert max(pose.yaw_deg for pose in poses) - min(pose.yaw_deg for pose in poses) > 1


def test_a_hand_is_never_quite_still() -> None:
    moves = hand(np.random.default_rng(2), Hold(0.0, 0.0, 0.5))
    assert len({moves(number / 30).x_m for number in range(30)}) == 30


def test_lids_come_down_and_leave_the_rest_of_the_face() -> None:
    cut = np.full((600, 480, 3), 150, np.uint8)
    for x in (180, 300):
        cv2.circle(cut, (x, 250), 9, (20, 20, 20), cv2.FILLED)
    covered = relief.eyes_covered(cut)
    assert np.array_equal(relief.lids(cut, covered, 0.0), cut)
    shut = relief.lids(cut, covered, 1.0)
    assert cut[250, 180, 0] < 40
    assert shut[250, 180, 0] > 100
    assert np.array_equal(shut[400:], cut[400:])


def test_a_swap_happens_once_and_soon() -> None:
    other = np.full_like(GREY, (40, 90, 200))
    seen = [
        redness(picture)
        for picture, _ in sequence(Presented.SWAP, GREY, 4, None, 2.0, 10, other=other)
    ]
    assert seen[0] > 60
    assert seen[-1] < 20
    assert 0.1 < next(n for n, value in enumerate(seen) if value < 40) / len(seen) < 0.4


def test_an_exposure_mixes_the_colours_that_shone_during_it() -> None:
    assert exposed(lambda at_s: RED if at_s > 0.99 else DARK, 1.0) == (170, 0, 0)
    assert exposed(lambda _: RED, 1.0) == RED
