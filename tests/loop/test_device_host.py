"""A device host: finds the lane, beats while its body lives, ends when the lane closes the line."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
import threading
import time

from egate.loop.device_host import LANE_LOST, BodyLink, DeviceHost, HostParts
from egate.loop.hosts import Hosts, Reported, Wish
from egate.loop.messages import Acknowledge, DeviceIs, Forget, GiveOrder, Message
from egate.loop.notify import Notifier
from tests.loop.parts import ONE_USER, token, until


class Lane:
    """A HostListener that keeps what it hears."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.messages: list[Message] = []

    def host_came(self, host: str) -> None:
        self.said.append(f"{host} came")

    def host_went(self, host: str, why: str) -> None:
        self.said.append(f"{host} went: {why}")

    def heard(self, message: Reported) -> None:
        self.messages.append(message)

    def officers_are(self, *, attached: bool) -> None:
        raise AssertionError(attached)

    def ordered(self, officer: str, order: GiveOrder) -> None:
        raise AssertionError(officer, order)

    def acknowledged(self, officer: str, alarm: Acknowledge) -> None:
        raise AssertionError(officer, alarm)

    def wished(self, technician: str, wish: Wish, reply: Callable[[Message], bool]) -> None:
        raise AssertionError(technician, wish, reply)


class Body:
    """A body that reports its scanner at once and serves until told to stop. Faults are fields."""

    def __init__(self) -> None:
        self.hangs = threading.Event()
        self.raises = threading.Event()
        self.links: list[BodyLink] = []
        self.asked: list[Message] = []
        self.returned = False

    def run(self, link: BodyLink) -> None:
        self.links.append(link)
        link.device_is("scanner", present=True)
        while not link.is_stopping:
            if self.raises.is_set():
                raise RuntimeError("a native library")
            if not self.hangs.is_set() and (asked := link.asked(0.01)) is not None:
                self.asked.append(asked)
        self.returned = True


Case = Callable[[DeviceHost, Body, Lane, Hosts], Coroutine[None, None, None]]


def hosted(tmp_path: Path, case: Case, silence_s: float = 5.0) -> tuple[int, Body]:
    path, lane, body = tmp_path / "lane.sock", Lane(), Body()

    async def main() -> int:
        hosts = Hosts(path, ONE_USER, time.monotonic, lane)
        host = DeviceHost(
            HostParts(
                host="scanner",
                software="x",
                body=body,
                socket=path,
                clock=time.monotonic,
                notifier=Notifier(None),
                body_silence_s=silence_s,
            )
        )
        running = asyncio.create_task(host.run())
        try:
            await until(lambda: body.links)
            await hosts.open()  # later than the host on purpose
            await until(lambda: lane.said and lane.messages)
            await case(host, body, lane, hosts)
        finally:
            host.stop()
            status = await running
            await hosts.close()
        return status

    return asyncio.run(main()), body


def test_a_host_waits_for_the_lane_and_then_tells_what_its_body_found_before(
    tmp_path: Path,
) -> None:
    async def case(_host: DeviceHost, _body: Body, lane: Lane, _hosts: Hosts) -> None:
        assert lane.said == ["scanner came"]
        assert lane.messages == [DeviceIs(device="scanner", present=True)]

    status, body = hosted(tmp_path, case)
    assert status == 0
    assert body.returned


def test_what_the_body_says_arrives_and_what_the_lane_asks_reaches_the_body(
    tmp_path: Path,
) -> None:
    async def case(_host: DeviceHost, body: Body, lane: Lane, hosts: Hosts) -> None:
        read = token()
        body.links[0].say(read)
        await until(lambda: read in lane.messages)
        hosts.send("scanner", Forget(passage=3))
        await until(lambda: body.asked == [Forget(passage=3)])

    hosted(tmp_path, case)


def test_a_host_whose_line_is_closed_ends_so_that_it_is_started_again(tmp_path: Path) -> None:
    async def case(host: DeviceHost, _body: Body, _lane: Lane, hosts: Hosts) -> None:
        hosts.missed_deadline("scanner")
        hosts.missed_deadline("scanner")
        await until(lambda: host.has_ended)

    status, body = hosted(tmp_path, case)
    assert status == LANE_LOST
    assert body.returned


def test_a_host_whose_body_raises_ends_so_that_it_is_started_again(tmp_path: Path) -> None:
    async def case(host: DeviceHost, body: Body, _lane: Lane, _hosts: Hosts) -> None:
        body.raises.set()
        await until(lambda: host.has_ended)

    status, _ = hosted(tmp_path, case)
    assert status != 0


def test_a_host_whose_body_hangs_falls_silent(tmp_path: Path) -> None:
    async def case(_host: DeviceHost, body: Body, lane: Lane, hosts: Hosts) -> None:
        body.hangs.set()

        def lost() -> bool:
            hosts.check_silence()
            return lane.said[-1].startswith("scanner went: silent")

        await until(lost)
        body.hangs.clear()

    hosted(tmp_path, case, silence_s=0.1)


def test_a_device_that_stays_as_it_is_is_told_once(tmp_path: Path) -> None:
    async def case(_host: DeviceHost, body: Body, lane: Lane, _hosts: Hosts) -> None:
        link = body.links[0]
        link.device_is("scanner", present=True)
        link.device_is("scanner", present=False, what="unplugged")
        link.device_is("scanner", present=False, what="unplugged")
        await until(lambda: len(lane.messages) == 2)
        read = token()
        link.say(read)
        await until(lambda: lane.messages[-1] == read)
        assert len(lane.messages) == 3

    hosted(tmp_path, case)


def test_a_body_that_is_too_far_behind_is_not_asked_more() -> None:
    link = BodyLink(lambda _message: None, time.monotonic)
    taken = [link.ask(Forget(passage=number)) for number in range(9)]
    assert taken == [True] * 8 + [False]
