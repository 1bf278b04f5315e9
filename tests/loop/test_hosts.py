"""The lane's end of the lines: who is who, who may say what, silence, replacement."""

import asyncio
from collections.abc import Callable, Coroutine
import os
from pathlib import Path
import stat
import time

import pytest

from egate.domain.lane_event import Order
from egate.domain.lane_part import Output
from egate.domain.lane_state import LaneState
from egate.loop.hosts import MOST_SAID, Hosts, Reported, Users, Wish
from egate.loop.messages import (
    Acknowledge,
    Attach,
    Beat,
    DeviceIs,
    FaceMeasured,
    ForceOutput,
    Forget,
    GiveOrder,
    HealthShown,
    Hello,
    Message,
    RunChecks,
    Serve,
    StateShown,
    TokenRead,
    Watch,
    Welcome,
)
from tests.loop.parts import MINE, NO_FACE, ONE_USER, Peer, scanner, token, until, vision

SHOWN = StateShown(
    at_s=1.0, state=LaneState.READY, passage=None, trouble=None, prompt=None,
    lamps=(), doors=(), missing=(),
)  # fmt: skip


class Told:
    """A HostListener that keeps what it hears."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.messages: list[Message] = []
        self.replies: dict[int, Callable[[Message], bool]] = {}

    def host_came(self, host: str) -> None:
        self.said.append(f"{host} came")

    def host_went(self, host: str, why: str) -> None:
        self.said.append(f"{host} went: {why}")

    def heard(self, message: Reported) -> None:
        self.messages.append(message)

    def officers_are(self, *, attached: bool) -> None:
        self.said.append(f"officer {attached}")

    def ordered(self, officer: str, order: GiveOrder) -> None:
        self.said.append(f"{officer} orders {order.order}")

    def acknowledged(self, officer: str, alarm: Acknowledge) -> None:
        self.said.append(f"{officer} saw {alarm.trouble}")

    def wished(self, technician: str, wish: Wish, reply: Callable[[Message], bool]) -> None:
        self.said.append(f"{technician} wishes {wish.kind}")
        self.replies[wish.request] = reply


Case = Callable[[Path, Hosts, Told], Coroutine[None, None, None]]


def served(tmp_path: Path, case: Case, users: Users = ONE_USER) -> None:
    path, told = tmp_path / "lane.sock", Told()

    async def main() -> None:
        hosts = Hosts(path, users, time.monotonic, told)
        await hosts.open()
        try:
            await case(path, hosts, told)
        finally:
            await hosts.close()
        assert not path.exists()

    asyncio.run(main())


def test_a_host_is_welcomed_heard_and_spoken_to(tmp_path: Path) -> None:
    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        peer = await vision(path)
        await until(lambda: told.messages == [DeviceIs(device="camera", present=True)])
        assert told.said == ["vision came"]
        assert hosts.send("vision", Forget(passage=3))
        assert not hosts.send("scanner", Forget(passage=3))
        await until(lambda: peer.received == [Welcome(), Forget(passage=3)])
        peer.close()
        await until(lambda: len(told.said) == 2)

    served(tmp_path, case)


def test_the_vision_host_may_say_that_its_light_is_there(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        peer = await vision(path)
        peer.say(DeviceIs(device="light", present=True))
        await until(lambda: DeviceIs(device="light", present=True) in told.messages)
        assert not peer.closed

    served(tmp_path, case)


def test_the_socket_is_for_owner_and_group_only(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, _told: Told) -> None:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660

    served(tmp_path, case)


def test_a_user_that_is_not_allowed_is_not_heard(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        peer = await scanner(path)
        await until(lambda: peer.closed)
        assert told.said == []

    other = frozenset({os.getuid() + 1})
    served(tmp_path, case, users=dict.fromkeys(ONE_USER, other))


@pytest.mark.parametrize(
    "first", [Attach(officer="officer-7"), Hello(host="vision", pid=1, software="x"), Watch()]
)
def test_the_scanners_user_is_nobody_but_the_scanner(tmp_path: Path, first: Message) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        await scanner(path)
        await until(lambda: told.said == ["scanner came"])
        rogue = await Peer().connect(path)
        rogue.say(first)
        await until(lambda: rogue.closed)
        assert told.said == ["scanner came"]

    other = frozenset({os.getuid() + 1})
    served(tmp_path, case, users={**dict.fromkeys(ONE_USER, other), "scanner": MINE})


def test_what_comes_behind_a_foreign_message_is_not_heard(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        peer = await Peer().connect(path)
        peer.say(
            Hello(host="scanner", pid=1, software="x"),
            DeviceIs(device="camera", present=True),  # the vision host's to say
            token(),
        )
        await until(lambda: peer.closed)
        await until(lambda: len(told.said) == 2)
        assert told.messages == []

    served(tmp_path, case)


@pytest.mark.parametrize(
    "foreign",
    [
        FaceMeasured(request=1, passage=1, measures=NO_FACE),
        DeviceIs(device="camera", present=True),
        GiveOrder(order=Order.ADMIT, passage=1),
        Hello(host="vision", pid=1, software="x"),
        SHOWN,
    ],
    ids=lambda message: message.kind,
)
def test_a_scanner_that_says_what_is_not_its_to_say_loses_the_line(
    tmp_path: Path, foreign: Message
) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        peer = await scanner(path)
        await until(lambda: told.messages)
        peer.say(foreign)
        await until(lambda: peer.closed)
        assert len(told.messages) == 1
        assert told.said[-1].startswith("scanner went")

    served(tmp_path, case)


@pytest.mark.parametrize("first", [Beat(), Welcome(), GiveOrder(order=Order.ADMIT, passage=1)])
def test_who_does_not_say_who_it_is_loses_the_line(tmp_path: Path, first: Message) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        peer = await Peer().connect(path)
        peer.say(first)
        await until(lambda: peer.closed)
        assert told.said == []

    served(tmp_path, case)


def test_a_hostile_length_costs_the_line(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, _told: Told) -> None:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"\xff\xff\xff\xff")
        assert await reader.read() == b""
        writer.close()

    served(tmp_path, case)


def test_a_newer_host_takes_the_place_of_the_older(tmp_path: Path) -> None:
    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        older = await scanner(path)
        await until(lambda: told.said == ["scanner came"])
        newer = await scanner(path)
        await until(lambda: older.closed)
        assert told.said[-1] == "scanner came"
        assert told.said[1].startswith("scanner went")
        assert hosts.send("scanner", Forget(passage=1))
        await until(lambda: newer.got(Forget))
        older.say(token())
        newer.close()
        await until(lambda: len(told.said) == 4)

    served(tmp_path, case)


def test_a_silent_host_is_lost_and_one_that_beats_is_not(tmp_path: Path) -> None:
    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        silent, beating = await scanner(path), await vision(path)
        await until(lambda: len(told.said) == 2)
        silent.fall_silent()

        def lost() -> bool:
            hosts.check_silence()
            return bool(silent.closed)

        began_s = time.monotonic()
        await until(lost)
        assert time.monotonic() - began_s < 1.0
        assert told.said[-1].startswith("scanner went: silent for 0.")
        assert not beating.closed
        beating.close()

    served(tmp_path, case)


def test_our_own_lateness_is_not_held_against_a_host(tmp_path: Path) -> None:
    path, told = tmp_path / "lane.sock", Told()
    now = [100.0]

    async def main() -> None:
        hosts = Hosts(path, ONE_USER, lambda: now[0], told)
        await hosts.open()
        peer = await Peer().connect(path)
        peer.say(Hello(host="scanner", pid=1, software="x"))
        await until(lambda: told.said == ["scanner came"])
        now[0] += 30.0  # the whole machine slept
        hosts.check_silence()
        assert told.said == ["scanner came"]
        for _ in range(4):
            now[0] += 0.2
            hosts.check_silence()
        await until(lambda: peer.closed)
        await hosts.close()

    asyncio.run(main())


def test_a_host_that_floods_the_lane_loses_its_line_and_gets_no_other_until_the_next_round(
    tmp_path: Path,
) -> None:
    """What a host says is written down, and could fill the memory and the disk."""

    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        peer = await Peer().connect(path)
        peer.say(Hello(host="scanner", pid=1, software="x"), *[token()] * 1000)
        await until(lambda: peer.closed)
        assert len(told.messages) == MOST_SAID - 1
        assert told.said == ["scanner came", "scanner went: it says too much"]
        again = await scanner(path)
        await until(lambda: again.closed)
        other = await vision(path)
        await until(lambda: Welcome() in other.received)
        assert told.said[2:] == ["vision came"]
        hosts.check_silence()
        peer = await scanner(path)
        await until(lambda: Welcome() in peer.received)
        peer.say(*[Beat()] * 1000, token())
        await until(lambda: isinstance(told.messages[-1], TokenRead))
        assert not peer.closed

    served(tmp_path, case)


def test_the_second_missed_deadline_in_a_row_ends_the_line(tmp_path: Path) -> None:
    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        peer = await vision(path)
        await until(lambda: told.messages)
        hosts.missed_deadline("vision")
        peer.say(FaceMeasured(request=1, passage=1, measures=NO_FACE))
        await until(lambda: len(told.messages) == 2)
        hosts.missed_deadline("vision")
        assert not peer.closed
        hosts.missed_deadline("vision")
        await until(lambda: peer.closed)

    served(tmp_path, case)


def test_the_officer_is_attached_while_one_console_is(tmp_path: Path) -> None:
    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        one, other = await Peer().connect(path), await Peer().connect(path)
        one.say(Attach(officer="officer-1"))
        other.say(Attach(officer="officer-2"))
        other.say(GiveOrder(order=Order.OPEN_LANE, passage=0))
        await until(lambda: told.said == ["officer True", "officer-2 orders open_lane"])
        one.close()
        other.close()
        await until(lambda: told.said[-1] == "officer False")
        hosts.check_silence()

    served(tmp_path, case)


def test_only_pages_are_told_what_the_parts_have_done_also_who_comes_later(tmp_path: Path) -> None:
    health = HealthShown(
        at_s=1.0, over_s=1.0, turns=5, late_p50_ms=0.1, late_p99_ms=0.2, late_max_ms=0.3, parts=()
    )  # fmt: skip

    async def case(path: Path, hosts: Hosts, _told: Told) -> None:
        early, console = await Peer().connect(path), await Peer().connect(path)
        host = await scanner(path)
        early.say(Watch())
        console.say(Attach(officer="officer-1"))
        await until(lambda: host.received and hosts._consoles())
        hosts.show_health(health)
        await until(lambda: early.received == [health])
        late = await Peer().connect(path)
        late.say(Watch())
        await until(lambda: late.received == [health])
        assert not console.got(HealthShown)
        assert not host.got(HealthShown)
        for peer in (early, late, console, host):
            peer.close()

    served(tmp_path, case)


def test_consoles_and_pages_see_the_state_and_hosts_do_not(tmp_path: Path) -> None:
    async def case(path: Path, hosts: Hosts, told: Told) -> None:
        page, host = await Peer().connect(path), await scanner(path)
        hosts.show(SHOWN)
        page.say(Watch())
        await until(lambda: page.received == [SHOWN])
        hosts.show(SHOWN)
        await until(lambda: len(page.received) == 2)
        assert not host.got(StateShown)
        page.say(Beat())
        await until(lambda: page.closed)
        host.close()
        assert told.said[0] == "scanner came"

    served(tmp_path, case)


def test_a_technician_is_no_officer_and_may_order_nothing(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        technician = await Peer().connect(path)
        technician.say(Serve(technician="technician-2"), RunChecks(request=1))
        await until(lambda: told.said == ["technician-2 wishes run_checks"])
        technician.say(GiveOrder(order=Order.OPEN_LANE, passage=0, reason="x"))
        await until(lambda: technician.closed)
        assert told.said == ["technician-2 wishes run_checks"]

    served(tmp_path, case)


def test_an_officers_console_drives_no_output(tmp_path: Path) -> None:
    async def case(path: Path, _hosts: Hosts, told: Told) -> None:
        console = await Peer().connect(path)
        console.say(Attach(officer="officer-7"))
        await until(lambda: told.said)
        console.say(ForceOutput(request=1, output=Output.EXIT_RELEASE, active=True, reason="x"))
        await until(lambda: console.closed)
        assert told.said == ["officer True", "officer False"]

    served(tmp_path, case)
