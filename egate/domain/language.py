"""The languages a traveller is guided in, and which of them a token speaks for.

A document speaks for its issuing state, a permit for the state its kind begins with: issuers at a
border name kinds like `CHN-pass`. Whoever no row names is guided in English, and a key on the
lane's screen changes it; a guess about a person is nowhere kept.

Source: research/domain.md section 6 (languages); ICAO 9303-3, section 5 (codes of states).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """A language by its BCP 47 code, in the order of the keys on a lane's screen."""

    VIETNAMESE = "vi"
    ENGLISH = "en"
    CHINESE = "zh"
    LAO = "lo"
    KHMER = "km"


OF_STATE: Mapping[str, Language] = MappingProxyType(
    {
        "VNM": Language.VIETNAMESE,
        "CHN": Language.CHINESE,
        "HKG": Language.CHINESE,
        "MAC": Language.CHINESE,
        "TWN": Language.CHINESE,
        "LAO": Language.LAO,
        "KHM": Language.KHMER,
    }
)


def language_of_state(issuer: str) -> Language:
    """Return the language for holders of this state's documents.

    >>> language_of_state("LAO")
    <Language.LAO: 'lo'>
    >>> language_of_state("D")
    <Language.ENGLISH: 'en'>
    """
    return OF_STATE.get(issuer, Language.ENGLISH)


def language_of_permit(document_kind: str) -> Language | None:
    """Return the language for holders of permits of this kind, None where it tells none.

    >>> language_of_permit("CHN-pass")
    <Language.CHINESE: 'zh'>
    >>> language_of_permit("LP") is None
    True
    """
    state, hyphen, _rest = document_kind.partition("-")
    return OF_STATE.get(state) if hyphen else None
