"""The pages process from its parts to its end: watching, serving, and showing life."""

import asyncio
from collections.abc import Callable
import signal
import socket

import structlog

from egate.pages.server import BEAT_EVERY_S, Where, server_of
from egate.pages.site import Site

Tell = Callable[..., None]
READY, WATCHDOG, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"  # sd_notify(3)


async def serve(site: Site, where: Where, listening: socket.socket, tell: Tell) -> None:
    """Serve until cancelled or told by SIGTERM or SIGINT."""
    server = server_of(site, where, listening.getsockname()[1])
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    watching = loop.create_task(_watch(site))
    beating = loop.create_task(_beat(site, tell))
    structlog.get_logger().info("pages_ready")
    tell(READY)
    try:
        await server.serve([listening])
    finally:
        tell(STOPPING)
        beating.cancel()
        watching.cancel()


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


def run_pages(build: Callable[[], Site], where: Where, listening: socket.socket, tell: Tell) -> int:
    """Run the pages to their end; return the exit status."""

    async def main() -> int:
        await serve(build(), where, listening, tell)
        return 0

    return asyncio.run(main())
