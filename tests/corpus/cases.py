"""The whole corpus, by name: the controls, which are sound, and everything that is wrong.

Source: DESIGN section 5.3; research/emrtd.md 1.3 and 6.2.
"""

from tests.corpus import of_the_access, of_the_chip, of_the_data, of_the_page, of_the_signer
from tests.corpus.case import Case
from tests.corpus.kinds import KINDS

CONTROLS = tuple(Case(one.name, one, ruling=one.ruling, trouble=one.trouble) for one in KINDS)
TABLES = {
    "sound": CONTROLS,
    "the data": of_the_data.CASES,
    "the signer": of_the_signer.CASES,
    "the access": of_the_access.CASES,
    "the chip": of_the_chip.CASES,
    "the page": of_the_page.CASES,
}
CASES = {case.name: case for table in TABLES.values() for case in table}
