"""The gate's ends of a document reader's lines: a serial port, and PC/SC in a process of its own.

libpcsclite asks once in a process which pcscd is meant, and this process has that of other tests:
what a gate sees of cards is asked of a child, a word a line, an answer a line.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import sys

import serial

from simulators.document_reader import BAUD, READER
from simulators.private_pcscd import SOCKET_VARIABLE

HOUSE = Path(__file__).parents[2]
WITHIN_S = 5.0
GATE = """
import sys, time
from secrets import token_bytes
from drivers.card_pcsc import PcscReader
from egate.document import mrz
from egate.document.dialogue import run
from egate.document.lds import DATA_GROUPS
from egate.document.reading import read_document
from egate.document.reading_result import Access, Plan
from egate.ports.errors import DeviceError
from egate.wire.apdu import decode_response

def read(card, lines):
    plan = Plan(answer_bytes=32_768 if card.has_extended_length else 256)
    access = Access(mrz.read(lines).mrz.key)
    ask = lambda command: decode_response(card.transmit(command.encode()))
    done = run(read_document(access, plan, token_bytes), ask)
    way = "contactless" if card.is_contactless else "contacts"
    return f"{way} {done.ended} {DATA_GROUPS[2].name in done.files}"

reader = None
for line in sys.stdin:
    word, *lines = line.split()
    try:
        reader = reader or PcscReader(sys.argv[1], time.monotonic)
        if word == "comes":
            said = reader.wait_for_card(5.0)
        elif word == "goes":
            said = reader.wait_for_removal(5.0)
        else:
            said = read(reader.connect(), lines)
    except DeviceError as error:
        said = type(error).__name__
        if reader is not None and said == "DeviceLost":
            reader.close()
            reader = None
    print(said, flush=True)
"""


@dataclass
class NearEnds:
    """What a gate has of a document reader: the words are comes, goes and reads."""

    zones: serial.Serial
    child: asyncio.subprocess.Process

    async def says(self, word: str, *lines: str) -> str:
        """Ask the child: whether a card comes or goes within some seconds, what reading it gave."""
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(" ".join([word, *lines]).encode() + b"\n")
        return (await asyncio.wait_for(self.child.stdout.readline(), 20.0)).decode().strip()

    async def zone(self) -> tuple[str, ...]:
        """The lines of the next page."""
        raw = await asyncio.to_thread(self.zones.read_until, b"\r\n")
        return tuple(raw.decode("latin-1").split())


@asynccontextmanager
async def near_ends(line: Path, socket: Path) -> AsyncIterator[NearEnds]:
    """Open both ends: the page reader's line, and the reader under the pcscd at this socket."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", GATE, f"{READER} *"),
        cwd=HOUSE,
        env=os.environ | {SOCKET_VARIABLE: str(socket), "PYTHONPATH": str(HOUSE)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        with serial.Serial(str(line), BAUD, timeout=WITHIN_S) as zones:
            yield NearEnds(zones, child)
    finally:
        assert child.stdin is not None
        child.stdin.close()
        await child.wait()
