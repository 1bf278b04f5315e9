"""The pages process from its parts to its end: watching, serving, and showing life.

What this process frees is overwritten at once: a face that nobody holds any more would otherwise
stand in its heap until something else came to lie there.

Source: mallopt(3), M_PERTURB; DESIGN section 7 (no picture outlives the passage).
"""

import asyncio
from collections.abc import Callable
import ctypes
import signal
import socket

import structlog
import uvicorn

from egate.pages.server import BEAT_EVERY_S, Where, server_of
from egate.pages.site import Site

Tell = Callable[..., None]
M_PERTURB, FREED = -6, 0x5A  # malloc.h; any byte but 0
READY, WATCHDOG, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"  # sd_notify(3)


async def serve(
    site: Site, where: Where, listening: socket.socket, tell: Tell, stop: asyncio.Event
) -> None:
    """Serve until `stop` is set; raises what went wrong in watching the lanes."""
    server = server_of(site, where, listening.getsockname()[1])
    loop = asyncio.get_running_loop()
    tasks = [
        loop.create_task(one) for one in (_watch(site), _beat(site, tell), _stop(server, stop))
    ]
    for task in tasks:
        task.add_done_callback(lambda _task: stop.set())
    structlog.get_logger().info("pages_ready")
    tell(READY)
    try:
        await server.serve([listening])
    finally:
        tell(STOPPING)
        site.desk.close()
        site.bench.close()
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception):
            raise one


async def _stop(server: uvicorn.Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.should_exit = True


async def _watch(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(site.hub.run())
        tasks.create_task(site.eyes.watch(site.pictures.came))


async def _beat(site: Site, tell: Tell) -> None:
    while True:
        tell(WATCHDOG)
        site.sessions.expire()
        site.pictures.wipe_old()
        await asyncio.sleep(BEAT_EVERY_S)


def overwrite_what_is_freed() -> None:
    """Have the C library overwrite every block that it gets back; nothing where it cannot."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it
    if mallopt is not None:
        mallopt(M_PERTURB, FREED)


def run_pages(build: Callable[[], Site], where: Where, listening: socket.socket, tell: Tell) -> int:
    """Run the pages to their end; return the exit status."""

    async def main() -> int:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        overwrite_what_is_freed()
        await serve(build(), where, listening, tell, stop)
        return 0

    return asyncio.run(main())
