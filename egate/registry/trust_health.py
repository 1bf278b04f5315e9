"""What in the trust store needs somebody's attention, and what is only worth knowing.

A fault is something that keeps a genuine document from passing, or soon will: a file that is
spoilt, a list that is out of date, a certificate that cannot be used. Odd certificates that serve
all the same are counted, for real country signers are odd in many ways.

Source: DESIGN section 7 (each list has a maximum age); research/emrtd.md section 4.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from egate.document.country_signer import remarks, why_useless
from egate.document.revocation_list import RevocationList
from egate.registry.trust import Loaded
from egate.registry.trust_files import Kind


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that needs attention: a file or certificate, its country, and why as a code."""

    what: str
    country: str
    reason: str


def faults_of(loaded: Loaded, now_utc_s: float, max_age_s: float) -> tuple[Fault, ...]:
    """Return what needs attention.

    Args:
        loaded: the store.
        now_utc_s: the time.
        max_age_s: of master and deviation lists, from when they were signed.
    """
    return (*_useless(loaded), *_old(loaded, now_utc_s, max_age_s))


def remarks_on(loaded: Loaded, now_utc_s: float) -> Mapping[str, int]:
    """Return how many certificates are odd in each way, by code."""
    told = (remark for one in loaded.store.country_signers for remark in remarks(one, now_utc_s))
    return dict(sorted(Counter(told).items()))


def newest_list(loaded: Loaded, country: str) -> RevocationList | None:
    """Return the newest revocation list of a country, None when there is none."""
    of_country = [one for one in loaded.store.revocation_lists if one.issuer.country == country]
    return max(of_country, key=lambda one: one.issued_utc_s, default=None)


def _useless(loaded: Loaded) -> Iterator[Fault]:
    """Give what cannot be used."""
    for unused in loaded.unused:
        yield Fault(unused.source, unused.country, unused.reason)
    for unreadable in loaded.unreadable:
        yield Fault(f"certificate {unreadable.fingerprint[:16]}", "", unreadable.reason)
    for one in loaded.store.country_signers:
        reason = why_useless(one)
        if reason:
            yield Fault(f"certificate {one.fingerprint[:16]}", one.country, reason)
    if not loaded.store.country_signers:
        yield Fault("trust store", "", "no_country_signer_held")


def _old(loaded: Loaded, now_utc_s: float, max_age_s: float) -> Iterator[Fault]:
    """Give what is out of date."""
    for held in loaded.held:
        is_list = held.kind in (Kind.MASTER_LIST, Kind.DEVIATION_LIST)
        if is_list and held.dated_utc_s < now_utc_s - max_age_s:
            yield Fault(held.source, held.country, f"{held.kind}_is_old")
    for country in sorted(loaded.store.by_country):
        newest = newest_list(loaded, country)
        if newest is not None and newest.next_utc_s is not None and newest.next_utc_s < now_utc_s:
            yield Fault("revocation list", country, "revocation_list_is_old")
