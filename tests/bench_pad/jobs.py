"""What a process of the benchmark does: look at one presentation, with its own engine.

Apart from the command line, because a process that starts afresh imports it by name.
"""

from functools import cache
from pathlib import Path

from egate.inspection import policy
from egate.inspection.policy import Policy
from egate.vision.faces import FaceEngine
from egate.vision.models import load_models
from simulators.heads import Presented
from tests.bench_pad.looks import LIT, UNLIT, Gallery, Looked

HOUSE = Path(__file__).parents[2]
POLICIES = {LIT: "policy.toml", UNLIT: "policy_bench.toml"}


def look(folder: Path, job: tuple[Presented, int]) -> Looked:
    """Look at what this kind presents with this seed."""
    return gallery(folder).look(*job, policies())


@cache
def gallery(folder: Path) -> Gallery:
    """Return the people of the bench, loaded once."""
    return Gallery(folder, FaceEngine(load_models()))


@cache
def policies() -> dict[str, Policy]:
    """Return the policy of each way of looking."""
    inspection = HOUSE / "egate" / "inspection"
    return {way: policy.load((inspection / name).read_text()) for way, name in POLICIES.items()}
