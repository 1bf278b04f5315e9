"""A permit held before the bench's camera reaches the lane through the real scanner host."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
import shutil
import sys
import time

import pytest

from egate.cli.key_folder import KeyFolder
from egate.domain.lane_part import Shape
from egate.loop.host_silence import CAMERA_OPENS_S, SERIAL_SILENCE_S, scanner_silence_s
from egate.loop.messages import DeviceIs, Message, TokenRead, Welcome, decode, encode
from egate.permit.keys import key_id
from egate.permit.permit import sign
from egate.profile.load import find, load
from egate.profile.settings import QrCameraSettings
from simulators.bench import Bench
from simulators.code_camera import CodeCamera
from tests.permit.made import SEALED_PERMIT

WITHIN_S = 30.0
DAY_S = 86_400


class Lane:
    """The lane's end of the scanner host's line: it welcomes, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[Message] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode(Welcome()))
        buffer = b""
        while chunk := await reader.read(65_536):
            buffer += chunk
            message, buffer = decode(buffer)
            while message is not None:
                self.heard.append(message)
                message, buffer = decode(buffer)
        writer.close()

    def presence(self) -> list[bool]:
        return [said.present for said in self.heard if isinstance(said, DeviceIs)]

    def tokens(self) -> list[TokenRead]:
        return [said for said in self.heard if isinstance(said, TokenRead)]

    async def until(self, holds: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < deadline_s, self.heard[-3:]
            await asyncio.sleep(0.02)


@asynccontextmanager
async def scanning(folder: Path) -> AsyncIterator[tuple[Bench, Lane]]:
    """Run a bench whose codes are read by a camera, and the scanner host of its profile."""
    bench, lane = Bench(Shape.MANTRAP, folder, {}, code_camera=CodeCamera(seed=1)), Lane()
    await bench.open({})
    server = await asyncio.start_unix_server(lane.serve, bench.run_folder / "lane.sock")
    words = ("-m", "egate", "host", "scanner", "--profile", str(bench.profile))
    where = ("--data", str(folder), "--run-dir", str(bench.run_folder))
    host = await asyncio.create_subprocess_exec(sys.executable, *words, *where)
    try:
        yield bench, lane
    finally:
        host.terminate()
        await host.wait()
        server.close()
        await bench.close()


def permit_text(keys: KeyFolder, now_s: int) -> str:
    key = keys.issuer_key()
    claims = replace(
        SEALED_PERMIT,
        issuer_key=key_id(key.public_key()).hex(),
        valid_from_s=now_s - DAY_S,
        valid_to_s=now_s + DAY_S,
    )
    return sign(claims, key)


@pytest.mark.bench
def test_a_permit_held_before_the_camera_is_a_token_and_a_lost_camera_is_told(
    tmp_path: Path,
) -> None:
    now_s = int(time.time())
    keys = KeyFolder(tmp_path / "issuer")
    keys.create("issuer", now_s, days=365)
    for name in ("issuers.json", "issuers.pub", "revoked.json", "gate.key"):
        shutil.copy(tmp_path / "issuer" / name, tmp_path / name)
    text = permit_text(keys, now_s)

    async def work() -> None:
        async with scanning(tmp_path) as (bench, lane):
            assert bench.code_camera is not None
            await lane.until(lambda: lane.presence() == [True])
            bench.code_camera.show(text)
            await lane.until(lane.tokens)
            (token,) = lane.tokens()
            assert token.permit is not None
            assert token.permit.registration == SEALED_PERMIT.registration
            assert token.ended_at_s <= time.monotonic()
            bench.set_fault("scanner_unplugged", on=True)
            await lane.until(lambda: lane.presence() == [True, False])
            bench.set_fault("scanner_unplugged", on=False)
            await lane.until(lambda: lane.presence() == [True, False, True])
            bench.code_camera.show("https://example.org/")
            await lane.until(lambda: len(lane.tokens()) == 2)
            assert lane.tokens()[1].permit is None

    asyncio.run(work())


def test_a_scanner_host_is_given_the_time_a_camera_takes_to_open() -> None:
    serial = load(find("bench_mantrap")).devices.scanner
    camera = load(find("bench_mantrap_cameras")).devices.scanner
    assert isinstance(camera, QrCameraSettings)
    assert scanner_silence_s(serial) == SERIAL_SILENCE_S
    assert scanner_silence_s(camera) == CAMERA_OPENS_S + 2.0
