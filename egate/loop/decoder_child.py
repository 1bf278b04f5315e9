r"""One portrait to pixels, in a process that holds nothing else and then ends.

    in     the portrait, up to the end
    out    b"\x06" when it may come, then 16 bytes: why not, padded with zeros; none: the pixels

Before the portrait is read the process gives up what a spoilt decoder could use: it can open no
file and no socket, start no process, write no file and no core, and is killed by the kernel when
it takes more memory or time than a portrait needs. It still runs as the vision host's user.

Source: research/emrtd.md 6.2 (rule 17); setrlimit(2), proc(5). Measured with OpenCV 4.14: 1,086
bytes that announce 2000 x 2000 pixels ask for more than 2.6 GB, 122 KB within the bounds of a
portrait keep it busy for 3.6 s. Its OpenJPEG 2.5.3 has known heap overflows (CVE-2025-54874,
OSV-2025-219).
"""

from pathlib import Path
import resource
import sys
import time

import cv2

from egate.domain.token import MAX_PORTRAIT
from egate.vision.portrait import PortraitRefused, decode_portrait

READY = b"\x06"
WHY_BYTES = 16
MEMORY_BYTES = 128 * 1024 * 1024  # over what is loaded; 1200 x 1600 takes 30 MB more
CPU_S = 2  # whole seconds; the host's own deadline is shorter, this one holds when the host is gone
NOTHING = (
    resource.RLIMIT_CORE,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_NPROC,
)


def main() -> None:
    """Answer once."""
    cv2.setNumThreads(1)
    _confine()
    _say(READY)
    raw = sys.stdin.buffer.read(MAX_PORTRAIT + 1)
    try:
        pixels = decode_portrait(raw).data
    except PortraitRefused as refusal:
        _say(refusal.reason.encode().ljust(WHY_BYTES, b"\0"))
    else:
        _say(bytes(WHY_BYTES), pixels)


def _confine() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + MEMORY_BYTES
    cpu_s = int(time.process_time()) + 1 + CPU_S
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    for limit in NOTHING:
        resource.setrlimit(limit, (0, 0))


def _say(*parts: bytes | memoryview) -> None:
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
