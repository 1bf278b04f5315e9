"""One target under atheris: `python -m tests.fuzz.one TARGET FINDS [libFuzzer's words]`.

Everything of ours and of asn1crypto is watched for new ways through it. A find is kept in the
folder FINDS with what it raised, one for each place it came from, and fuzzing goes on; what runs
into libFuzzer's own limits (-timeout, -rss_limit_mb) ends the run and is kept there by libFuzzer.

An input that takes more than SLOW_S of processor time is a find, too. Watching costs time itself,
so it is run once more with nothing watched before anybody calls it slow (tests/fuzz/__main__.py).

Source: atheris 3.0 README; LLVM libFuzzer, options.
"""

from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
import shlex
import sys
import time
import traceback

SLOW_S = 0.5
OURS = ("egate", "tests")


class Watched:
    """A target that is asked to go on after a find."""

    def __init__(self, target: Callable[[bytes], None], finds: Path) -> None:
        self._target = target
        self._finds = finds
        self._told: set[str] = set()

    def __call__(self, data: bytes) -> None:
        """Run one input; keep it when it is a find."""
        began_s = time.process_time()
        try:
            self._target(data)
        except Exception as error:  # noqa: BLE001  # whatever comes out is what is looked for
            self._keep(data, _place(error), "".join(traceback.format_exception(error)))
            return
        took_s = time.process_time() - began_s
        if took_s > SLOW_S:
            self._keep(data, f"slow {int(took_s)}", f"slow: {took_s:.1f} s\n")

    def _keep(self, data: bytes, place: str, told: str) -> None:
        if place in self._told:
            return
        self._told.add(place)
        name = sha1(data, usedforsecurity=False).hexdigest()
        (self._finds / name).write_bytes(data)
        (self._finds / f"{name}.txt").write_text(told)


def _place(error: Exception) -> str:
    """Name where an error came from: its kind and the last line of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if any(f"/{room}/" in frame.filename for room in OURS)]
    last = ours[-1] if ours else frames[-1]
    return f"{type(error).__name__} {last.filename}:{last.lineno}"


def main() -> None:
    """Warm up with the seeds, then fuzz."""
    import atheris

    with atheris.instrument_imports(include=["egate", "asn1crypto"]):
        from tests.fuzz.seeds import SEEDS
        from tests.fuzz.targets import TARGETS

    name, finds, *words = sys.argv[1:]
    for seed in SEEDS[name]():
        TARGETS[name](seed)  # what is imported and computed once is not an input's fault
    Path(finds).mkdir(parents=True, exist_ok=True)
    itself = shlex.join([sys.executable, "-m", "tests.fuzz.one", name, finds])  # -merge calls it
    atheris.Setup([itself, *words], Watched(TARGETS[name], Path(finds)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
