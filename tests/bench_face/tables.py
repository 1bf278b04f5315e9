"""The tables of the benchmark: error rates, thresholds, quality, morphs, milliseconds."""

from collections.abc import Mapping, Sequence
import math

from rich.table import Table

from egate.inspection.morphing_check import shortfall
from egate.inspection.policy import Morphing, Policy
from egate.vision.quality import RULES
from simulators.figures import percentile, table_of
from tests.bench_face.faces import Gallery
from tests.bench_face.morphs import Morphed
from tests.bench_face.rates import Rates

THRESHOLDS = (0.30, 0.363, 0.40, 0.45, 0.50)
WANTED_FMR = (1e-2, 1e-3)
PARTS = (0.01, 0.05, 0.5, 0.95, 0.99)
SHORTFALLS = (1.0, 1.5, 2.0, 2.5, 3.0)


def percent(rate: float, of: int) -> str:
    """Return a rate as a cell, none of some as what cannot be excluded (rule of three).

    >>> percent(0.0123, 1000), percent(0.0, 300)
    ('1.23', '0 (<1)')
    """
    return f"{100 * rate:.2f}" if rate else f"0 (<{math.ceil(1000 * 3 / of) / 10:g})"


def rates_table(by_frames: Mapping[int, Rates]) -> Table:
    """Return where the rates are equal, and FNMR where FMR is as wanted, by frames a probe."""
    title = "%: equal error rate, and FNMR where FMR is 1 and 0.1 %; mean of n against one"
    columns = ("n", "genuine", "impostor", "EER", "at", "at 1 %", "from", "at 0.1 %", "from")
    made = table_of(title, *columns)
    for frames, found in by_frames.items():
        equal, at = found.equal()
        pairs = len(found.genuine) + found.genuine_lost
        cells = [str(pairs), str(len(found.impostor)), percent(equal, pairs), f"{at:.3f}"]
        for wanted in WANTED_FMR:
            threshold = found.threshold_at(wanted)
            cells += (
                ["-", "-"]
                if threshold is None
                else [percent(found.fnmr(threshold), pairs), f"{threshold:.3f}"]
            )
        made.add_row(str(frames), *cells)
    return made


def threshold_table(by_frames: Mapping[int, Rates], policy: Policy) -> Table:
    """Return both rates at fixed thresholds, the policy's two among them."""
    own = {policy.refer_at_score: "refer", policy.accept_at_score: "accept"}
    columns = [f"{rate} n={frames}" for frames in by_frames for rate in ("FMR", "FNMR")]
    made = table_of("rates at thresholds, %", "threshold", *columns)
    for at in sorted({*THRESHOLDS, *own}):
        cells = []
        for found in by_frames.values():
            pairs = len(found.genuine) + found.genuine_lost
            cells += [percent(found.fmr(at), len(found.impostor)), percent(found.fnmr(at), pairs)]
        made.add_row(f"{at:.3f} {own.get(at, '')}".strip(), *cells)
    return made


def quality_table(gallery: Gallery, policy: Policy) -> Table:
    """Return the spread of every component, and how often its own limit refuses."""
    made = table_of("quality of every picture", "component", "p1", "p5", "p50", "p95", "p99")
    faces = list(gallery.faces.values())
    for name in faces[0].quality.__dataclass_fields__ if faces else ():
        values = [float(getattr(found.quality, name)) for found in faces]
        made.add_row(name, *(f"{percentile(values, part):.2f}" for part in PARTS))
    made.add_section()
    for reason in dict.fromkeys(reason for reason, _ in RULES):
        rules = [rule for one, rule in RULES if one is reason]
        refused = sum(
            not all(rule(found.quality, policy.face_quality) for rule in rules) for found in faces
        )
        made.add_row(f"refused: {reason}", "", "", f"{100 * refused / len(faces):.1f} %", "", "")
    return made


def cover_table(covered: Mapping[str, tuple[int, int]]) -> Table:
    """Return how often a cover that was painted on is told."""
    made = table_of("covers painted on fit faces: told by their component", "cover", "told", "of")
    for name, (told, of) in covered.items():
        made.add_row(name, str(told), str(of))
    return made


def morph_table(morphed: Morphed, policy: Policy) -> Table:
    """Return what the differential score refers, of genuine travellers and of both of a morph."""
    mean, spread = _mean(morphed.genuine)
    title = (
        f"morphs of halves: {len(morphed.holder)}; genuine mean {mean:.3f}, spread {spread:.3f}; "
        "% referred of those who match"
    )
    made = table_of(title, "shortfall", "score", "genuine", "morph, its hair", "morph, the other")
    for most in sorted({*SHORTFALLS, policy.morphing.refer_at}):
        cells = [
            _referred(scores, most, policy)
            for scores in (morphed.genuine, morphed.holder, morphed.partner)
        ]
        made.add_row(f"{most:g}", f"{_score_at(most, policy.morphing):.3f}", *cells)
    made.add_section()
    matching = [
        f"{_share(scores, policy.accept_at_score):.1f} of {len(scores)}"
        for scores in (morphed.genuine, morphed.holder, morphed.partner)
    ]
    made.add_row("matches, %", f"{policy.accept_at_score:g}", *matching)
    return made


def times_table(gallery: Gallery) -> Table:
    """Return what every step took."""
    made = table_of("milliseconds a picture", "step", "n", "p50", "p95", "max")
    for step, values in gallery.took_ms.items():
        if values:
            cells = (f"{percentile(values, 0.5):.2f}", f"{percentile(values, 0.95):.2f}")
            made.add_row(step, str(len(values)), *cells, f"{max(values):.2f}")
    return made


def _mean(scores: Sequence[float]) -> tuple[float, float]:
    mean = sum(scores) / len(scores)
    return mean, math.sqrt(sum((score - mean) ** 2 for score in scores) / len(scores))


def _score_at(most: float, morphing: Morphing) -> float:
    return morphing.genuine_score - most * morphing.genuine_spread


def _share(scores: Sequence[float], least: float) -> float:
    return 100 * sum(score >= least for score in scores) / max(1, len(scores))


def _referred(scores: Sequence[float], most: float, policy: Policy) -> str:
    matching = [score for score in scores if score >= policy.accept_at_score]
    doubted = [score for score in matching if shortfall(score, policy.morphing) >= most]
    return f"{100 * len(doubted) / len(matching):.1f}" if matching else "-"
