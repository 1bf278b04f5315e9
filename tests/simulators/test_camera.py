"""The bench's camera is a living one: every picture whole, none like the one before it."""

import asyncio
from itertools import pairwise

import cv2
import numpy as np
import pytest

from egate.domain.head_turn import Turn
from simulators.camera import (
    HEARS_AFTER,
    HEIGHT,
    STEP_DEG,
    TURNS_DEG,
    WIDTH,
    Camera,
    Scene,
    render,
    serve,
    to_and_fro,
)
from simulators.reel import PREFIXES
from simulators.worn import WORN

SOMEBODY = np.full((600, 480, 3), (40, 160, 240), np.uint8)
FACES = {"somebody": SOMEBODY, "another": 255 - SOMEBODY, "grey": np.full_like(SOMEBODY, 120)}


def pictures(camera: Camera, number: int) -> list[bytes]:
    async def take() -> list[bytes]:
        return [await camera.next_jpeg() for _ in range(number)]

    return asyncio.run(take())


def shown(name: str) -> Camera:
    camera = Camera(FACES)
    camera.show(name, distance_m=0.6)
    return camera


def decoded(jpeg: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def heard(camera: Camera, length: int, within_s: float = 5.0) -> bytes:
    """Return the first bytes of the stream; fewer when it ends or nothing comes in time."""

    async def listen() -> bytes:
        server = await serve(camera, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        got = bytearray()
        try:
            async with asyncio.timeout(within_s):
                while len(got) < length and (chunk := await reader.read(65536)):
                    got += chunk
        except TimeoutError:
            pass
        finally:
            writer.close()
            server.close()
        return bytes(got)

    return asyncio.run(listen())


def test_no_picture_equals_the_one_before_it() -> None:
    camera = Camera(FACES)
    camera.show("somebody")
    seen = pictures(camera, 40)
    assert all(one != other for one, other in pairwise(seen))
    assert len(set(seen)) >= 8
    assert all(decoded(jpeg).shape == (HEIGHT, WIDTH, 3) for jpeg in set(seen))


def test_variants_of_a_scene_differ_in_every_part() -> None:
    one, other = (decoded(jpeg) for jpeg in render(Scene(("somebody",)), FACES)[:2])
    for row in range(0, HEIGHT, 120):
        for column in range(0, WIDTH, 160):
            part = np.s_[row : row + 120, column : column + 160]
            assert not np.array_equal(one[part], other[part])


def test_the_same_seed_gives_the_same_pictures() -> None:
    scene = Scene(("somebody", "another"), 0.8)
    assert render(scene, FACES, seed=5) == render(scene, FACES, seed=5)
    assert render(scene, FACES, seed=5) != render(scene, FACES, seed=6)


def test_who_is_shown_is_seen_and_gone_again() -> None:
    camera = Camera(FACES)
    orange = SOMEBODY[0, 0].astype(int)
    middle = (int(HEIGHT * 0.45), WIDTH // 2)
    camera.show("somebody", distance_m=0.7)
    assert np.abs(decoded(pictures(camera, 1)[0])[middle].astype(int) - orange).max() < 40
    camera.show()
    assert np.abs(decoded(pictures(camera, 1)[0])[middle].astype(int) - orange).max() > 60


def test_the_nearer_somebody_stands_the_larger_they_are() -> None:
    def size(distance_m: float) -> int:
        picture = decoded(render(Scene(("somebody",), distance_m), FACES)[0]).astype(int)
        return int((np.abs(picture - SOMEBODY[0, 0]).max(axis=2) < 40).sum())

    assert size(0.5) > 1.8 * size(0.7) > 3 * size(1.2)


def test_a_print_in_the_hand_has_a_white_border() -> None:
    def white_pixels(name: str) -> int:
        return int((decoded(render(Scene((name,), 0.6), FACES)[0]).min(axis=2) > 190).sum())

    assert white_pixels("photo:somebody") > 5000
    assert white_pixels("somebody") < 500


def test_who_is_seen_moves_to_and_fro_without_a_jump() -> None:
    seen = [decoded(raw).astype(int) for raw in pictures(shown("somebody"), 12)]
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(seen)]
    assert float(np.abs(seen[-1] - seen[0]).mean()) > max(steps) * 0.8
    assert [to_and_fro(place, 60) for place in (0, 59, 60, 118, 119)] == [0, 59, 58, 0, 1]


def test_the_colour_that_shines_is_on_whoever_is_seen_now() -> None:
    camera = shown("grey")

    def redness() -> float:
        part = decoded(pictures(camera, 1)[0])[280:380, 600:680].astype(int)
        return float((part[:, :, 2] - part[:, :, 0]).mean())

    dark = redness()
    camera.lamp = (255, 0, 0)
    assert redness() > dark + 3
    camera.lamp = (0, 0, 255)
    assert redness() < dark - 3
    camera.lamp = (0, 0, 0)
    assert redness() == pytest.approx(dark, abs=2)


@pytest.mark.parametrize("prefix", [*PREFIXES, *WORN])
def test_whatever_is_held_up_is_seen(prefix: str) -> None:
    camera = shown(f"{prefix}:somebody")
    assert pictures(camera, 1) != pictures(shown("somebody"), 1)
    with pytest.raises(KeyError):
        camera.show("statue:somebody")


def test_an_unknown_face_is_refused_and_the_scene_stays() -> None:
    camera = Camera(FACES)
    with pytest.raises(KeyError):
        camera.show("nobody known")
    assert len(pictures(camera, 2)) == 2


def test_a_frozen_camera_repeats_itself_and_thaws() -> None:
    camera = Camera(FACES)
    pictures(camera, 1)
    camera.frozen = True
    assert len(set(pictures(camera, 10))) == 1
    camera.frozen = False
    assert len(set(pictures(camera, 10))) > 1


def test_a_covered_lens_is_dark_and_alive() -> None:
    camera = Camera(FACES, black=True)
    seen = pictures(camera, 5)
    assert len(set(seen)) > 1
    assert all(decoded(jpeg).mean() < 16 for jpeg in seen)


def test_the_stream_is_multipart_jpeg_with_lengths() -> None:
    raw = heard(Camera(FACES), 250_000)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 200 OK")
    assert b"multipart/x-mixed-replace; boundary=egateframe" in head
    part_head, _, rest = body.partition(b"\r\n\r\n")
    length = int(part_head.rsplit(b":", 1)[1])
    assert decoded(rest[:length]).shape == (HEIGHT, WIDTH, 3)
    assert rest[length:].startswith(b"\r\n--egateframe\r\n")


def test_a_mute_camera_says_no_more_than_its_name() -> None:
    assert heard(Camera(FACES, mute=True), 1000, within_s=0.2).endswith(b"\r\n\r\n")


def test_a_camera_that_drops_the_line_sends_nothing() -> None:
    assert heard(Camera(FACES, drops_line=True), 1) == b""


def test_a_garbled_camera_keeps_its_framing_and_spoils_its_pictures() -> None:
    body = heard(Camera(FACES, garbled=True), 250_000)
    assert body.count(b"--egateframe\r\n") >= 2
    assert len(set(pictures(Camera(FACES, garbled=True), 5))) == 5


def test_a_living_head_turns_when_it_is_asked_and_back_and_a_print_does_not() -> None:
    living, print_ = shown("somebody"), shown("photo:somebody")
    for camera, turns in ((living, True), (print_, False)):
        camera.ask(Turn.LEFT)
        pictures(camera, HEARS_AFTER + round(TURNS_DEG / STEP_DEG))
        assert camera._turned_deg == -TURNS_DEG
        reel = camera._reels[camera._scene]
        plain, turned = (reel.jpeg(0, (0, 0, 0), yaw_deg) for yaw_deg in (0.0, -TURNS_DEG))
        assert (turned != plain) is turns
        camera.ask(Turn.AHEAD)
        pictures(camera, HEARS_AFTER + round(TURNS_DEG / STEP_DEG))
        assert camera._turned_deg == 0.0
