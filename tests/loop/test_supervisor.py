"""The supervisor: children that die or hang are back within a second, and none outlives it."""

import asyncio
from collections.abc import Callable, Coroutine
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time

from egate.loop.supervisor import REFUSED, ChildPlan, Supervisor
from tests.loop.parts import until

CHILD = """
import os, signal, socket, sys
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
def tell(*_):
    notify.sendto(b"WATCHDOG=1", os.environ["NOTIFY_SOCKET"])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.signal(signal.SIGALRM, tell)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
notify.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
while True:
    signal.pause()
"""
MUTE = CHILD.replace("signal.setitimer", "lambda *_: None; (lambda *_: None)")

Case = Callable[[Supervisor], Coroutine[None, None, None]]


def plan(name: str, code: str = CHILD, watchdog_s: float = 0.5) -> ChildPlan:
    return ChildPlan(name, (sys.executable, "-S", "-c", code), watchdog_s)


def supervised(tmp_path: Path, plans: list[ChildPlan], case: Case) -> int:
    async def main() -> int:
        supervisor = Supervisor(plans, tmp_path)
        running = asyncio.create_task(supervisor.run())
        await until(lambda: supervisor.pids() or running.done())
        pids = list(supervisor.pids().values())
        try:
            await case(supervisor)
        finally:
            pids += supervisor.pids().values()
            supervisor.stop()
            status = await running
        assert not any(is_running(pid) for pid in pids)
        return status

    return asyncio.run(main())


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_killed_child_is_back_within_a_second(tmp_path: Path) -> None:
    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"a"})
        pid = supervisor.pids()["a"]
        began_s = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        await until(lambda: supervisor.pids().get("a", pid) != pid and supervisor.ready() == {"a"})
        assert time.monotonic() - began_s < 1.0

    assert supervised(tmp_path, [plan("a")], case) == 0


def test_a_hung_child_is_killed_and_back_within_a_second_of_its_watchdog(tmp_path: Path) -> None:
    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"a", "b"})
        pids = supervisor.pids()
        began_s = time.monotonic()
        os.kill(pids["a"], signal.SIGSTOP)
        await until(lambda: supervisor.pids().get("a", pids["a"]) != pids["a"])
        await until(lambda: supervisor.ready() == {"a", "b"})
        assert time.monotonic() - began_s < 0.5 + 1.0
        assert supervisor.pids()["b"] == pids["b"]

    supervised(tmp_path, [plan("a"), plan("b")], case)


def test_a_child_that_stays_mute_after_it_was_ready_is_killed(tmp_path: Path) -> None:
    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"a"})
        pid = supervisor.pids()["a"]
        await until(lambda: supervisor.pids().get("a", pid) != pid)

    supervised(tmp_path, [plan("a", MUTE, watchdog_s=0.2)], case)


def test_only_the_child_itself_can_say_that_it_is_alive(tmp_path: Path) -> None:
    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"a"})
        pid = supervisor.pids()["a"]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger:

            def replaced() -> bool:
                stranger.sendto(b"WATCHDOG=1", str(tmp_path / "notify.sock"))
                return supervisor.pids().get("a", pid) != pid

            await until(replaced)

    supervised(tmp_path, [plan("a", MUTE, watchdog_s=0.2)], case)


def test_a_child_that_dies_young_again_and_again_is_started_ever_later(tmp_path: Path) -> None:
    code = "open('born', 'a').write('x')"
    born = tmp_path / "born"
    dies = ChildPlan("a", (sys.executable, "-S", "-c", f"import os; os.chdir({str(tmp_path)!r}); "
                           + code), 0.5)  # fmt: skip

    async def case(_supervisor: Supervisor) -> None:
        began_s = time.monotonic()
        await until(lambda: born.exists() and len(born.read_text()) == 4)
        assert time.monotonic() - began_s > 0.25  # 0.1 and 0.2 s, after a first start at once

    supervised(tmp_path, [dies], case)


def test_a_child_that_refuses_its_configuration_ends_everything(tmp_path: Path) -> None:
    async def case(supervisor: Supervisor) -> None:
        await until(lambda: not supervisor.pids())

    plans = [plan("a"), plan("b", f"raise SystemExit({REFUSED})")]
    assert supervised(tmp_path, plans, case) == REFUSED


def test_a_child_that_served_and_then_refuses_its_configuration_ends_nothing(
    tmp_path: Path,
) -> None:
    spoilt = tmp_path / "spoilt"
    checks = f"import os, sys\nif os.path.exists({str(spoilt)!r}): sys.exit({REFUSED})\n"

    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"a", "b"})
        first, other = supervisor.pids()["a"], supervisor.pids()["b"]
        spoilt.touch()
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.ready() == {"b"})
        await until(lambda: supervisor.pids().get("a", first) != first)
        spoilt.unlink()
        await until(lambda: supervisor.ready() == {"a", "b"})
        assert supervisor.pids()["b"] == other

    assert supervised(tmp_path, [plan("a", checks + CHILD), plan("b")], case) == 0


def test_a_child_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "program"
    late = ChildPlan("a", (str(program), "-S", "-c", CHILD), 0.5)

    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"b"})
        program.symlink_to(sys.executable)
        await until(lambda: supervisor.ready() == {"a", "b"})

    assert supervised(tmp_path, [late, plan("b")], case) == 0


def test_a_stop_ends_the_last_one_first(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = CHILD.replace("sys.exit(0)", f"(open({str(order)!r}, 'a').write(os.environ['N']), "
                         "os._exit(0))")  # fmt: skip
    plans = [
        plan(name, f"import os; os.environ['N'] = '{name}'\n" + code) for name in ("a", "b", "c")
    ]

    async def case(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.ready() == {"a", "b", "c"})

    supervised(tmp_path, plans, case)
    assert order.read_text() == "cba"


def test_children_die_with_their_supervisor(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from egate.loop.logs import configure_logs\n"
        "from egate.loop.supervisor import ChildPlan, supervise\n"
        "configure_logs('supervisor')\n"
        f"child = ChildPlan('a', ({sys.executable!r}, '-S', '-c', {CHILD!r}), 5.0)\n"
        f"supervise([child], Path({str(tmp_path)!r}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as supervisor:
        assert supervisor.stderr is not None
        started = json.loads(supervisor.stderr.readline())
        assert json.loads(supervisor.stderr.readline())["event"] == "ready"
        supervisor.kill()
        supervisor.wait()
    asyncio.run(until(lambda: not is_running(started["pid"])))
