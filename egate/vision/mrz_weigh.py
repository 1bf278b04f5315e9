"""Whether what a network saw in the places of a zone may be taken for a record.

    fields      each place has its alphabet, and what cannot stand there is not looked at
    digits      where a check digit stands over it, the network's own second choices may take the
                place of at most two characters, when that alone makes all digits agree; and what
                is likeliest is sure enough, when any other choice makes a digit differ
    numbers     O and I hardly ever stand in one, and some fonts have them like 0 and 1: there
                they must be twenty times as likely
    others      what was unsure counts when another engine reads every character the same
    weakest     the least sure character decides for the record, never the mean; in a name, in
                a state, in a sex and in a visa's optional data nothing but the first choice counts
    states      a state that no list has makes the record unsure; it is never replaced, but sure
                enough as it is when no list has what else it may be

A wrong record is worse than none: glare over a name leaves every check digit right. Choices that
the digits cannot tell apart (A K U, B L V 1, G Q 6 ...) are weighed against each other.

Source: research/mrz_qr.md section 3, 5 (the minimum is the gate, names are never repaired);
ICAO 9303-3, 4.1 to 4.9.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import product
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from egate.document import mrz
from egate.document.issuing_state import COUNTRY_OF
from egate.document.mrz import COMPOSITES, FIELDS, Layout, Spot
from egate.domain.check import Outcome
from egate.vision.mrz_network import ALPHABET

Values = NDArray[np.float64]
Place = tuple[int, int]  # line and column from 0
Lines = tuple[str, ...]
Doubts = dict[Place, list[tuple[str, float]]]  # the choices of a place, the best first

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
FIGURES: Final = "0123456789<"
LEAST_SURE: Final = math.log(0.8)  # of the weakest: 2 wrong of 1672 fresh pages taken
LEAST_CONFIRMED: Final = math.log(0.2)  # of the weakest, where another engine read the same
LIKELY: Final = math.log(0.7)  # twice as likely as all else
LEAST_REPLACED: Final = math.log(
    0.9
)  # of lines that are not the first choice, among all that agree
SECOND_CHOICE: Final = math.log(0.01)  # less sure choices are none
DOUBT: Final = math.log(0.05)  # a second choice this sure makes a place doubted
MOST_DOUBTED: Final = 2  # where something is replaced: digits cannot settle more
MOST_WAYS: Final = 512  # to fill what is doubted, tried one after the other
LEAST_SETTLED: Final = math.log(0.5)
BARELY: Final = math.log(0.005)  # a place whose alphabet holds less than this is not that field
RARELY: Final = math.log(1 / 20)  # of O to 0 and I to 1 in a number: some fonts have them alike
NO_STATE: Final = frozenset(  # 9303-3, 5, parts C and D
    {"XXA", "XXB", "XXC", "XXX", "XPO", "XES", "XMP", "XCC", "XCE", "XCO", "XEC", "XBA", "XIM"}
    | {"XDC"}
)
STATES: Final = frozenset(COUNTRY_OF) | NO_STATE

_OF_FIELD: Final = {
    "document_code": LETTERS,
    "issuer": LETTERS,
    "nationality": LETTERS,
    "name": LETTERS,
    "birth_date": FIGURES,
    "expiry_date": FIGURES,
    "sex": "MFX<",
}
_FIRST: Final = {
    Layout.TD1: "ACI",
    Layout.TD2: "ACIP",
    Layout.TD3: "P",
    Layout.MRV_A: "V",
    Layout.MRV_B: "V",
}
_OF_SHAPE: Final = {
    (3, 30): (Layout.TD1,),
    (2, 36): (Layout.TD2, Layout.MRV_B),
    (2, 44): (Layout.TD3, Layout.MRV_A),
}


class MrzReason(StrEnum):
    """What came of looking at a page; each but READ has its prompt for the traveller."""

    READ = "read"
    NO_ZONE = "no_zone"  # lay it down with the zone in sight
    UNSURE_CHARACTER = "unsure_character"  # hold still, lay it flat
    DIGIT_DIFFERS = "digit_differs"  # once more; if it stays, an officer looks
    UNKNOWN_STATE = "unknown_state"
    GLARE = "glare"  # tilt it away from the light
    TOO_SMALL = "too_small"  # nearer
    TOO_DARK = "too_dark"  # more light
    OUT_OF_TIME = "out_of_time"


_RARE: Final = [ALPHABET.index(one) for one in "OI"]


@dataclass(frozen=True, slots=True, repr=False)
class Weighed:
    """A zone's lines, how sure the weakest character is, and what is in the way if anything."""

    lines: tuple[str, ...]
    weakest: float
    reason: MrzReason
    replaced: int = 0
    sure_share: float = 1.0  # of the characters, by their first choice alone

    def __repr__(self) -> str:
        """Give no content."""
        return f"Weighed({self.reason}, weakest {self.weakest:.2f}, {self.replaced} replaced)"


def weigh(seen: Sequence[Values]) -> Weighed:
    """Weigh a zone: for each line (characters, classes) log-probabilities, `nothing` the last."""
    shape = (len(seen), len(seen[0]))
    layout = max(_OF_SHAPE[shape], key=lambda one: _first_is(seen[0][0], one))
    masked = [_masked(line, number, layout) for number, line in enumerate(seen)]
    lines = tuple("".join(ALPHABET[one] for one in row.argmax(axis=1)) for row in masked)
    sure = [row.max(axis=1) for row in masked]
    share = float((np.concatenate(sure) >= LIKELY).mean())
    doubted = _doubted(masked, _under_digits(layout))
    states = _settled(lines, _doubted(masked, _of_states(layout)), _states_known)
    if _digits_agree(lines):
        weakest = _least(sure, states | _settled(lines, doubted, _digits_agree))
        return Weighed(lines, weakest, _reason(lines, weakest), 0, share)
    if len(doubted) > MOST_DOUBTED:
        return Weighed(lines, _least(sure), MrzReason.UNSURE_CHARACTER, 0, share)
    lines, posterior, replaced = _agreeing(lines, doubted)
    settled = states if posterior is None else states | set(doubted)
    weakest = min(_least(sure, settled), posterior or 0.0)
    if replaced and weakest < LEAST_REPLACED:
        return Weighed(lines, weakest, MrzReason.UNSURE_CHARACTER, replaced, share)
    return Weighed(lines, weakest, _reason(lines, weakest), replaced, share)


def confirmed(weighed: Weighed, others: Lines) -> Weighed:
    """Weigh a zone anew that was unsure, by what another engine read of the same strips.

    Only the very same lines count, as they were read and not as digits had them replaced; digits
    and states have to be right as ever.
    """
    is_open = weighed.reason is MrzReason.UNSURE_CHARACTER and not weighed.replaced
    if not is_open or others != weighed.lines or weighed.weakest < LEAST_CONFIRMED:
        return weighed
    reason = _reason(weighed.lines, LEAST_SURE)
    return replace(weighed, reason=reason) if reason is MrzReason.READ else weighed


def _first_is(row: Values, layout: Layout) -> float:
    return float(np.logaddexp.reduce([row[ALPHABET.index(one)] for one in _FIRST[layout]]))


def alphabet(layout: Layout, line: int, column: int) -> str:
    """Return what may stand in a place; line and column count from 0."""
    if (line, column) == (0, 0):
        return _FIRST[layout]
    for name, spot in FIELDS[layout].items():
        if spot.line == line + 1 and spot.first <= column + 1 <= spot.last:
            return FIGURES if name.endswith("_digit") else _OF_FIELD.get(name, ALPHABET)
    return ALPHABET


def _masked(seen: Values, number: int, layout: Layout) -> Values:
    """Return (characters, 37): log-probabilities among what may stand there, and nothing."""
    allowed = np.full((len(seen), len(ALPHABET)), -np.inf)
    for column in range(len(seen)):
        choices = [ALPHABET.index(one) for one in alphabet(layout, number, column)]
        allowed[column, choices] = 0
    kept = seen[:, :-1] + allowed
    under = [column for line, column in _under_digits(layout) if line == number]
    kept[np.ix_(under, _RARE)] += RARELY
    whole = np.logaddexp.reduce(kept, axis=1)
    among = kept - np.logaddexp(whole, seen[:, -1])[:, None]
    return np.asarray(np.where(whole[:, None] < BARELY, kept, among))


def _doubted(masked: Sequence[Values], places: Sequence[Place]) -> Doubts:
    """Return the choices, the best first, of each of these places that has several."""
    doubted = {}
    for line, column in places:
        row = masked[line][column]
        order = [int(one) for one in np.argsort(-row)[:3] if row[one] > SECOND_CHOICE]
        if len(order) > 1 and row[order[1]] > DOUBT:
            doubted[line, column] = [(ALPHABET[one], float(row[one])) for one in order]
    return doubted


@cache
def _of_states(layout: Layout) -> tuple[Place, ...]:
    """Return the places of both states."""
    spots = [FIELDS[layout][name] for name in ("issuer", "nationality")]
    return tuple((s.line - 1, at - 1) for s in spots for at in range(s.first, s.last + 1))


@cache
def _under_digits(layout: Layout) -> tuple[Place, ...]:
    """Return each place that a check digit stands over, and the digits themselves."""
    fields = FIELDS[layout]
    spots: list[Spot] = list(COMPOSITES.get(layout, ()))
    for name, spot in fields.items():
        if name.endswith("_digit"):
            spots += [spot, fields.get(name.removesuffix("_digit"), spot)]
    places = {(s.line - 1, at - 1) for s in spots for at in range(s.first, s.last + 1)}
    return tuple(sorted(places))


def _agreeing(lines: tuple[str, ...], doubted: Doubts) -> tuple[tuple[str, ...], float | None, int]:
    """Return the likeliest lines whose digits agree, how likely among all such, what it took.

    The lines as they are, and None, when no choice makes the digits agree.
    """
    found = []
    for changes, score in _choices(doubted):
        tried = _changed(lines, changes)
        if _digits_agree(tried):
            found.append((score, tried))
    if not found:
        return lines, None, 0
    score, best = max(found)
    whole = float(np.logaddexp.reduce([score for score, _ in found]))
    changed = sum(a != b for a, b in zip("".join(best), "".join(lines), strict=True))
    return best, score - whole, changed


def _choices(doubted: Doubts) -> Iterator[tuple[dict[Place, str], float]]:
    """Give every way to fill the doubted places, and its log-probability."""
    for taken in product(*doubted.values()):
        letters = [letter for letter, _ in taken]
        yield dict(zip(doubted, letters, strict=True)), sum(score for _, score in taken)


def _changed(lines: tuple[str, ...], changes: dict[Place, str]) -> tuple[str, ...]:
    rows = [list(line) for line in lines]
    for (line, column), letter in changes.items():
        rows[line][column] = letter
    return tuple("".join(row) for row in rows)


def _digits_agree(lines: tuple[str, ...]) -> bool:
    return not any(one.outcome is Outcome.FAILED for one in mrz.read(lines).findings)


def _settled(lines: Lines, doubted: Doubts, are_right: Callable[[Lines], bool]) -> set[Place]:
    """Return the doubted places at which any other choice makes lines that are not right.

    What makes O of one 0 makes it of others, and two of them may leave a digit right: what can
    change, alone or together, and all is right still, is not settled. Nor is anything when the
    lines are not right as they are or there are too many ways to change them, nor a place whose
    first choice is not likelier than all else.
    """
    if not are_right(lines) or math.prod(map(len, doubted.values())) > MOST_WAYS:
        return set()
    settled = {place for place, choices in doubted.items() if choices[0][1] >= LEAST_SETTLED}
    for changes, _ in _choices(doubted):
        other = {at for at, letter in changes.items() if lines[at[0]][at[1]] != letter}
        if not other.isdisjoint(settled) and are_right(_changed(lines, changes)):
            settled -= other
    return settled


def _least(sure: Sequence[Values], settled: Collection[Place] = ()) -> float:
    """Return how sure the weakest place is; the digits have spoken on those that are `settled`."""
    kept = [row.copy() for row in sure]
    for line, column in settled:
        kept[line][column] = 0.0
    return float(min(row.min() for row in kept))


def _states_known(lines: Lines) -> bool:
    """Say whether the lists have both states; a card of Macao has no nationality."""
    read = mrz.read(lines).mrz
    return read is not None and read.issuer in STATES and read.nationality in STATES | {""}


def _reason(lines: tuple[str, ...], weakest: float) -> MrzReason:
    if weakest < LEAST_SURE:
        return MrzReason.UNSURE_CHARACTER
    reading = mrz.read(lines)
    if any(one.outcome is Outcome.FAILED for one in reading.findings) or reading.mrz is None:
        return MrzReason.DIGIT_DIFFERS
    return MrzReason.READ if _states_known(lines) else MrzReason.UNKNOWN_STATE
