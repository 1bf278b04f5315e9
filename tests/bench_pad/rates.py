"""The tables of the benchmark: error rates by kind of attack, with 95 % bounds.

    APCER   attacks of one kind that were taken for a living face; the smaller, the better
    BPCER   living faces that were not taken for one; undecided ones among them, and told apart
    IAPAR   attacks that were taken for a living face and for the holder's

An attack that the look did not even take (two faces, no face) is no error. With a swap and with two
faces somebody living is there: that one of them is found living is right, and IAPAR is what counts.

Source: ISO/IEC 30107-3:2023, 3.2 (terms); Clopper and Pearson, Biometrika 26 (1934).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from math import comb
from statistics import median

from rich.table import Table

from egate.domain.check import Outcome
from egate.domain.face_measures import PadLayer
from simulators.figures import table_of
from simulators.heads import Presented
from tests.bench_pad.looks import LIT, UNLIT, Looked

SURE = 0.95
UNDECIDED = frozenset({Outcome.INCONCLUSIVE, Outcome.NOT_DONE, Outcome.NOT_APPLICABLE})
LIMITS = (
    "What these figures are not. All of it is made by simulators/heads.py from five portraits of",
    "four persons: one relief for every head, stiff, with no expression; attacks as an engineer",
    "imagines them, none copied from a real one; one camera model without motion blur or white",
    "balance. Asked to turn, living heads and those behind masks obey, recordings go as they go,",
    "prints stay; whoever chooses the clip that fits is not simulated. The thresholds were set on",
    "the same simulator (odd seeds; these have even ones), so",
    "the figures say that each layer sees the difference it was made to see. They promise nothing",
    "about a real attack at a real gate: record your own, and fit and test on those.",
)


def bounds(errors: int, of: int) -> tuple[float, float]:
    """Return the exact 95 % bounds of a rate, 0..1.

    >>> [round(bound, 4) for bound in bounds(0, 200)], [round(bound, 3) for bound in bounds(5, 50)]
    ([0.0, 0.0183], [0.033, 0.218])
    """
    tail = (1 - SURE) / 2
    if of == 0:
        return 0.0, 1.0
    low = 0.0 if errors == 0 else _root(lambda p: _at_most(errors - 1, of, p) > 1 - tail)
    high = 1.0 if errors == of else _root(lambda p: _at_most(errors, of, p) > tail)
    return low, high


def _at_most(errors: int, of: int, rate: float) -> float:
    return sum(comb(of, k) * rate**k * (1 - rate) ** (of - k) for k in range(errors + 1))


def _root(is_below: Callable[[float], bool]) -> float:
    """Return the rate up to which this holds."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low


def rate(errors: int, of: int) -> str:
    """Return a rate in per cent with its bounds."""
    if not of:
        return "-"
    low, high = bounds(errors, of)
    return f"{100 * errors / of:.1f} ({100 * low:.1f}-{100 * high:.1f})"


def combined(looks: Sequence[Looked], way: str, policy: str) -> Table:
    """Return the table of what the policy made of each kind."""
    table = table_of(
        f"presentation attack detection {way}, policy {policy}; per cent (95 % bounds)",
        "presented", "n", "APCER / BPCER", "rejected", "undecided", "asked to turn", "IAPAR", "s",
        "ms", "most said",
    )  # fmt: skip
    for kind in Presented:
        own = [each for each in looks if each.kind == kind]
        held = [each.held[way] for each in own]
        live = sum(each.live is Outcome.PASSED for each in held)
        errors = len(own) - live if kind is Presented.LIVING else live
        admitted = sum(each.is_admitted for each in held)
        reasons = Counter(each.reason for each in held)
        table.add_row(
            kind,
            str(len(own)),
            rate(errors, len(own)),
            str(sum(each.live is Outcome.FAILED for each in held)),
            str(sum(each.live in UNDECIDED for each in held)),
            str(sum(each.was_asked for each in own)),
            "" if kind is Presented.LIVING else rate(admitted, len(own)),
            f"{median(each.took_s for each in own):.1f}" if own else "-",
            f"{median(each.compute_ms for each in own):.0f}" if own else "-",
            ", ".join(f"{reason} {count}" for reason, count in reasons.most_common(2)),
        )
    return table


def by_layer(looks: Sequence[Looked]) -> Table:
    """Return, for each layer alone, how many of each kind it passed, left open, and rejected."""
    layers = [layer for layer in PadLayer if any(_done(each, layer) for each in looks)]
    table = table_of(
        "each layer alone: passed / undecided / rejected, per cent; APCER is the first",
        "presented",
        *layers,
    )
    for kind in Presented:
        own = [each.held[LIT] for each in looks if each.kind == kind]
        cells = []
        for layer in layers:
            told = Counter(_word(each.layers[layer]) for each in own)
            shares = (100 * told[word] / max(1, len(own)) for word in ("passed", "open", "failed"))
            cells.append(" / ".join(f"{share:.0f}" for share in shares))
        table.add_row(kind, *cells)
    return table


def real_ones(looks: Sequence[Looked]) -> Table:
    """Return what each layer made of the real pictures."""
    table = table_of("real pictures, each shown as a still", "picture", *PadLayer, "face_is_live")
    for each in looks:
        held = each.held[UNLIT]
        table.add_row(
            each.kind, *(held.layers[layer] for layer in PadLayer), f"{held.live}: {held.reason}"
        )
    return table


def _done(looked: Looked, layer: PadLayer) -> bool:
    return looked.held[LIT].layers[layer] is not Outcome.NOT_DONE


def _word(outcome: Outcome) -> str:
    return {Outcome.PASSED: "passed", Outcome.FAILED: "failed"}.get(outcome, "open")
