"""The gate as the bench sees it: one command, its log, and the processes the log names.

It starts `egate run` with the bench's profile, as at a border, and stops it; the kernel does so
when the bench is killed. What the gate says about itself is read from its log, one JSON object a
line; nothing of its code is known here.
"""

import asyncio
from collections.abc import Mapping
import ctypes
import json
import os
from pathlib import Path
import signal
import sys
from typing import Any

from simulators.bench import Bench

STOPS_WITHIN_S = 25.0  # its supervisor stops one process after the other, 3 s each

LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1  # linux/prctl.h

Said = Mapping[str, Any]


class GateProcess:
    """One gate: `data` is its data folder, `log` the file that takes what it says."""

    def __init__(self, bench: Bench, data: Path, log: Path) -> None:
        self._bench = bench
        self._data = data
        self.log = log
        self._read_to = 0
        self._said: list[Said] = []
        self._process: asyncio.subprocess.Process | None = None

    @property
    def journal(self) -> Path:
        """The gate's journal."""
        return self._data / "journal.sqlite"

    @property
    def supervisor(self) -> int:
        """The process id of `egate run`."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start it; when it is ready is for a console to see."""
        with self.log.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "egate", "run",
                "--profile", str(self._bench.profile),
                "--data", str(self._data),
                "--run-dir", str(self._bench.run_folder),
                env=os.environ | self._bench.environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said,
                preexec_fn=_ends_with_the_bench,
            )  # fmt: skip

    async def ended(self) -> None:
        """Wait until it has ended by itself."""
        assert self._process is not None
        await self._process.wait()

    async def stop(self) -> None:
        """Tell it to stop, and see to it that it does."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOPS_WITHIN_S)
        except TimeoutError:
            process.kill()
            await process.wait()

    def said(self) -> list[Said]:
        """Return every whole line of the log so far."""
        with self.log.open("rb") as log:
            log.seek(self._read_to)
            more = log.read()
        whole = more[: more.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._said += [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]
        return self._said

    def pids(self) -> dict[str, int]:
        """Return the process id of each child, by name, as it was last started."""
        return {said["child"]: said["pid"] for said in self.said() if said["event"] == "started"}


def _ends_with_the_bench() -> None:
    """Have the kernel tell the gate to stop when the bench is gone; runs in the new process."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
