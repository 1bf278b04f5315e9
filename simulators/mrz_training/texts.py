"""What stands on the lines the network learns from: real zones of invented people, and anything.

Half the lines are those of a zone with its check digits; the rest are random, so that every
character stands beside every other, runs of `<` have any length, and the pairs that are told
apart by a hair (0 and O, 1 and I, 5 and S, 8 and B, 2 and Z, `<` and K) come often.
"""

from collections.abc import Callable, Sequence
from random import Random
import string
from typing import Final

from egate.document.mrz import SIZES, Layout, Mrz, encode
from simulators.mrz_print import CHARACTERS

PAIRS: Final = "0O0D0QO1I1JT5S8B82Z7ZK<K<XG6C6UVVY4AMNWHEFPR39"
VOWELS: Final = "AEIOUY"
_CODES: Final = (
    "UTOVNMLAOCHNKHMTHAD<<FRAGBRUSACHESVNHRVPOLESPPRTSGPJPNKORAUSCANNLDBELAUTITASWEFINNOR"
    "DNKESTLVALTUCZESVKHUNROUBGRGRCTURUKRINDIDNMYSPHLMMRNZLBRAARGCHLMEXZAFEGYISRSAUAREQAT"
    "IRLISLLUXMLTCYPSRBBIHMKDALBMDAGEORUSXXA"
)
CODES: Final = [_CODES[at : at + 3] for at in range(0, len(_CODES), 3)]


def a_line(random: Random) -> str:
    """Return one line to print, 4 to 46 characters, at times with gaps."""
    return random.choices(_KINDS, _SHARES)[0](random)


def _zone_line(random: Random) -> str:
    return random.choice(encode(_someone(random)))


def _someone(random: Random) -> Mrz:
    layout = random.choice(list(SIZES))
    number = "".join(random.choices(string.digits, k=7))
    if random.random() < 0.25:  # as specimens have them: what is around it says nothing
        number = random.choice("0000123456789") * random.randint(3, 7) + number
    letters = "".join(random.choices(string.ascii_uppercase + string.digits, k=2))
    code = random.choice(CODES).rstrip("<")
    return Mrz(
        layout,
        document_code=_document_code(random, layout),
        issuer=code,
        document_number=(letters + number)[: random.randint(6, 9)],
        nationality=code,
        birth_date=_date(random),
        sex=random.choice("MF<"),
        expiry_date=_date(random),
        primary_identifier=_name(random),
        secondary_identifier=" ".join(_name(random) for _ in range(random.randint(1, 3))),
        optional_data=_any(random, random.choice((0, 0, 5, 7))),
    )


def _document_code(random: Random, layout: Layout) -> str:
    if layout in {Layout.MRV_A, Layout.MRV_B}:
        return "V"
    return random.choice(("P", "PD", "PO") if layout is Layout.TD3 else ("I", "ID", "C", "A", "AC"))


def _date(random: Random) -> str:
    return f"{random.randrange(100):02}{random.randint(1, 12):02}{random.randint(1, 28):02}"


def _name(random: Random) -> str:
    letters = [
        random.choice(VOWELS if place % 2 else string.ascii_uppercase)
        for place in range(random.randint(2, 9))
    ]
    return "".join(letters)


def _any(random: Random, length: int) -> str:
    return "".join(random.choices(string.ascii_uppercase + string.digits, k=length))


def _everything(random: Random) -> str:
    return "".join(random.choices(CHARACTERS, k=random.randint(4, 46)))


def _pairs(random: Random) -> str:
    return "".join(random.choices(PAIRS, k=random.randint(8, 44)))


def _digits(random: Random) -> str:
    return "".join(random.choices(string.digits + "<", k=random.randint(8, 44)))


def _runs(random: Random) -> str:
    parts = [_any(random, random.randint(1, 6)) + "<" * random.randint(1, 30) for _ in range(5)]
    return "".join(parts)[: random.randint(20, 46)]


def _with_gaps(random: Random) -> str:
    parts = [_any(random, random.randint(1, 8)) for _ in range(random.randint(1, 5))]
    return (" " * random.randint(1, 4)).join(parts)[:46]


_KINDS: Final[Sequence[Callable[[Random], str]]] = (
    _zone_line, _everything, _pairs, _digits, _runs, _with_gaps
)  # fmt: skip
_SHARES: Final = (50, 16, 14, 6, 10, 4)
