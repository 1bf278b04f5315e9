"""The pages' lines to a lane and to the vision host: opened anew, and believed in bounds."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
import socket

import numpy as np
import pytest

from egate.domain.decision import Ruling
from egate.domain.lane_event import Order
from egate.domain.lane_part import Output
from egate.domain.lane_state import LaneState
from egate.domain.lane_view import DecisionView, LaneView
from egate.domain.limits import TimeLimits
from egate.domain.record import EntryKind
from egate.loop.lane_client import LaneClient
from egate.loop.picture_client import PictureClient
from egate.loop.picture_window import PictureWindow
from egate.vision.preview import to_jpeg
from egate.wire.errors import FrameError
from egate.wire.pictures import MOST_BYTES, Picture, PictureKind, decode, encode
from tests.loop.gate import Gate
from tests.loop.parts import MINE, until
from tests.pages.gate import LaneBefore

JPEG = b"\xff\xd8\xff\xd9"
FRAME = np.full((720, 1280, 3), 90, np.uint8)


def is_in(shown: list[LaneView], state: LaneState) -> bool:
    return bool(shown) and shown[-1].state is state


def test_a_watcher_finds_a_lane_that_comes_late_and_one_that_comes_back(tmp_path: Path) -> None:
    async def main() -> None:
        shown: list[LaneView] = []
        watching = asyncio.create_task(LaneClient("gate", tmp_path / "lane").watch(shown.append))
        for state in (LaneState.READY, LaneState.EXCEPTION):
            lane = LaneBefore("gate", tmp_path / "lane")
            await lane.open()
            lane.show(state=state)
            await until(partial(is_in, shown, state))
            assert lane.hosts is not None
            await lane.hosts.close()
        watching.cancel()
        await asyncio.sleep(0.01)

    asyncio.run(main())


def test_an_officer_is_attached_again_by_a_beat_and_only_by_one(tmp_path: Path) -> None:
    async def main() -> None:
        told: list[DecisionView] = []
        line = LaneClient("gate", tmp_path / "lane").attach("An officer", told.append)
        assert not line.order(Order.ADMIT, 1, "x")
        for _ in range(2):
            lane = LaneBefore("gate", tmp_path / "lane")
            await lane.open()
            lane.decide(7)
            assert not line.is_attached
            line.beat()
            await until(lambda: line.is_attached)
            await until(partial(getattr, lane, "attached"))
            await until(lambda: told)
            assert told.pop().passage == 7
            assert line.order(Order.LET_BACK, 7, "x")
            await until(partial(getattr, lane, "said"))
            assert lane.said == ["An officer: let_back for 7: x"]
            assert lane.hosts is not None
            await lane.hosts.close()
            await until(lambda: not line.is_attached)
        line.detach()
        line.beat()
        await asyncio.sleep(0.01)
        assert not line.is_attached

    asyncio.run(main())


def test_an_officers_admission_reaches_a_lane_and_opens_its_exit(
    run_gate: Callable[..., Gate],
) -> None:
    async def case(gate: Gate) -> None:
        await gate.walks_in()
        await gate.stands(LaneState.REFERRED)
        told: list[DecisionView] = []
        line = LaneClient("gate", gate.socket).attach("officer-7", told.append)
        await until(lambda: told and told[-1].ruling is Ruling.REFER)
        assert line.order(Order.ADMIT, told[-1].passage, "document seen")
        await until(lambda: Output.EXIT_RELEASE in gate.board.active())
        line.detach()
        await asyncio.sleep(0.01)

    gate = run_gate(case, limits=TimeLimits(face_try_s=0.1))
    kinds = gate.journal.kinds()
    override = kinds.index(EntryKind.OVERRIDE)
    assert EntryKind.RELEASE in kinds[override:]
    assert gate.journal.entries[override].personal == {
        "officer": "officer-7", "reason": "document seen",
    }  # fmt: skip


def pictures(path: Path, users: frozenset[int] = MINE) -> tuple[list[Picture], PictureClient]:
    return [], PictureClient(path, users)


def test_pictures_go_from_the_window_to_the_pages_and_are_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        now_s = 100.0
        came, client = pictures(tmp_path / "pages" / "p.sock")
        watching = asyncio.create_task(client.watch(came.append))
        await until((tmp_path / "pages" / "p.sock").exists)
        window = PictureWindow(tmp_path / "pages" / "p.sock", to_jpeg, lambda: now_s)
        window.preview(FRAME)  # of no passage: shown to nobody
        window.begin(7)
        now_s += 1
        window.look(FRAME, (320.0, 180.0, 640.0, 360.0), "too_small")
        window.look(FRAME, (320.0, 180.0, 640.0, 360.0), "ok")  # too soon for another
        assert window.reference(FRAME) is FRAME
        window.forget()
        window.forget()
        await until(lambda: len(came) == 4)
        assert [one.kind.name for one in came] == ["PREVIEW", "LIVE", "REFERENCE", "FORGET"]
        assert {one.passage for one in came} == {7}
        assert (came[0].face, came[0].reason) == ((0.25, 0.25, 0.5, 0.5), "too_small")
        assert all(one.jpeg.startswith(b"\xff\xd8") for one in came[:3])
        window.close()
        watching.cancel()
        await asyncio.sleep(0.01)
        assert not (tmp_path / "pages" / "p.sock").exists()

    asyncio.run(main())


def test_where_nobody_looks_no_picture_is_made(tmp_path: Path) -> None:
    now_s, made = 100.0, 0

    def count(_picture: object, _longer: int) -> bytes:
        nonlocal made
        made += 1
        return JPEG

    window = PictureWindow(tmp_path / "nobody", count, lambda: now_s)
    window.begin(1)
    for _ in range(12):
        now_s += 0.11
        window.preview(FRAME)
    assert made == 2  # one, and one more a second later
    window.close()


def test_pictures_of_another_user_and_what_is_none_are_dropped(tmp_path: Path) -> None:
    async def main() -> None:
        for users, expected in ((frozenset[int](), 0), (MINE, 1)):
            came, client = pictures(tmp_path / "p.sock", users)
            watching = asyncio.create_task(client.watch(came.append))
            await until((tmp_path / "p.sock").exists)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as eyes:
                eyes.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MOST_BYTES)
                for datagram in (
                    b"",
                    b"x" * 200,
                    b"\x01" * (MOST_BYTES + 10),
                    encode(Picture(PictureKind.LIVE, 7, jpeg=JPEG)),
                ):
                    eyes.sendto(datagram, str(tmp_path / "p.sock"))
            await asyncio.sleep(0.05)
            assert len(came) == expected
            watching.cancel()
            await asyncio.sleep(0.01)

    asyncio.run(main())


@pytest.mark.parametrize(
    "picture",
    [
        Picture(PictureKind.PREVIEW, 2**53, 1.5, (0.0, 0.25, 0.5, 1.0), "ok", JPEG),
        Picture(PictureKind.FORGET, 0),
    ],
)
def test_a_picture_comes_back_as_it_was(picture: Picture) -> None:
    assert decode(encode(picture)) == picture


def test_a_picture_that_is_none_is_refused() -> None:
    whole = encode(Picture(PictureKind.LIVE, 7, 1.0, (0.0, 0.0, 1.0, 1.0), "ok", JPEG))
    nan = whole[:17] + b"\x7f\xc0\x00\x00" + whole[21:]
    for spoilt in (whole[:-1], b"\x09" + whole[1:], b"\x04" + whole[1:], whole[:20], nan):
        with pytest.raises(FrameError):
            decode(spoilt)
