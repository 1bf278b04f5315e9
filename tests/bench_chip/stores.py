"""Passive authentication of one document in a trust store of a gate's size, measured.

The store is the German master list with its 588 country signers where the shared data is there,
and as many made-up ones where it is not. Keys are read anew for each document, as at a gate,
where the next one is of another state.

Source: DESIGN section 9; research/emrtd.md 5.3.
"""

from dataclasses import dataclass
from itertools import product
import os
from pathlib import Path
from string import ascii_uppercase
import time
from typing import Final

from egate.document.dialogue import run
from egate.document.passive_authentication import examine
from egate.document.reading import read_document
from egate.document.reading_result import Access, Plan
from egate.document.signatures import read_key
from egate.domain.check import Outcome
from egate.registry.trust import Loaded, TrustFolder
from egate.registry.trust_files import Offer, recognise
from simulators import pki
from simulators.card_chip import Chip, seeded
from simulators.direct import Direct
from simulators.document_factory import Description, Issuer, issue
from simulators.pki import EC, RSA, YEAR_S, How, Wish
from tests.bench_chip.readings import PORTRAIT_BYTES, ReadingFailed
from tests.document.shared_data import BESIDE

GERMAN_LIST_AT_S: Final = 1_780_000_000  # the list is of 28 May 2026
MADE_UP: Final = 588
HOWS: Final[dict[str, How]] = {"ECDSA P-256": EC, "RSA 2048": RSA}


@dataclass(frozen=True, slots=True)
class Proving:
    """What it took to load a store, and to prove documents in it."""

    what: str
    country_signers: int
    load_s: tuple[float, ...]
    prove_ms: dict[str, tuple[float, ...]]


def prove_documents(folder: Path, loads: int, runs: int) -> Proving:
    """Fill a store, load it and prove a document of each kind of signer.

    Raises:
        ReadingFailed: a document was not proven, so its time says nothing.
    """
    what, states = _states()
    issuers = {name: Issuer(how, f"Utopia {name}", GERMAN_LIST_AT_S) for name, how in HOWS.items()}
    ours = [one.country_signer.raw for one in issuers.values()]
    store = TrustFolder(folder)
    contents = [*states, *ours, *(one.revocation_list() for one in issuers.values())]
    offers = [Offer(f"offer {n}", recognise(raw), raw) for n, raw in enumerate(contents)]
    store.take(offers, GERMAN_LIST_AT_S)
    load_s, loaded = _loads(store, loads)
    prove_ms = {name: _proofs(one, loaded, runs) for name, one in issuers.items()}
    return Proving(what, len(loaded.store.country_signers), load_s, prove_ms)


def _states() -> tuple[str, list[bytes]]:
    """Return what the store is filled with."""
    lists = Path(os.environ.get("EGATE_TEST_DATA", BESIDE)) / "emrtd" / "master_lists"
    found = [*lists.glob("DE_ROOT_CA_CSCA07.cer"), *lists.glob("DE_ML_*.ml")]
    if len(found) == 2:
        return "the German master list of 2026-05-28", [path.read_bytes() for path in found]
    countries = ["".join(pair) for pair in product(ascii_uppercase, repeat=2)]
    from_s, to_s = GERMAN_LIST_AT_S - YEAR_S, GERMAN_LIST_AT_S + YEAR_S
    made = [
        pki.country_signer(Wish(country=one, key_name=one, from_s=from_s, to_s=to_s))
        for one in countries[:MADE_UP]
    ]
    return "made-up country signers: NO SHARED DATA here", [one.raw for one in made]


def _loads(store: TrustFolder, loads: int) -> tuple[tuple[float, ...], Loaded]:
    took_s = []
    for _ in range(loads):
        read_key.cache_clear()
        began_s = time.process_time()
        loaded = store.load(GERMAN_LIST_AT_S)
        took_s.append(time.process_time() - began_s)
    return tuple(took_s), loaded


def _proofs(issuer: Issuer, loaded: Loaded, runs: int) -> tuple[float, ...]:
    """Return the milliseconds of each proof of one document."""
    portrait = bytes(PORTRAIT_BYTES)
    held = issue(Description(portrait=portrait, pace=(), signing_key="secp256r1"), issuer)
    chip = Direct(Chip(held, seeded(1)))
    reading = run(read_document(Access(held.key), Plan(), seeded(2)), chip)
    sod, groups = reading.security_object, reading.data_groups
    took_ms = []
    for _ in range(runs):
        read_key.cache_clear()
        began_s = time.process_time()
        findings = examine(sod, groups, loaded.store, GERMAN_LIST_AT_S)
        took_ms.append(1000 * (time.process_time() - began_s))
        if any(one.outcome is not Outcome.PASSED for one in findings):
            raise ReadingFailed("the document was not proven")
    return tuple(took_ms)
