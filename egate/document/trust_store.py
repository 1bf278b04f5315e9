"""The country signers a gate trusts, indexed, with their revocation lists and deviation lists.

Who signed a certificate is found by trying: country signers change keys under one name, share
key identifiers between certificates, link to each other, and real document signers name them
wrongly. So candidates come by key identifier, by name and by country, each key once, and only a
signature that verifies decides.

A value: it is built from what was read and proven (egate/registry/trust.py), and never changes.

Source: ICAO 9303-12 sections 4.3 (keys and link certificates) and 6.1 (trust anchors);
research/emrtd.md 6.2 (rules 10 to 13).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from egate.document.certificates import Certificate, Name
from egate.document.deviation_list import Deviation
from egate.document.revocation_list import RevocationList
from egate.document.signatures import AlgorithmRefused, PublicKey, read_key

MAX_CANDIDATES: Final = 64  # keys tried for one certificate; the most of one country are 25


K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Chain:
    """What came of looking for the country signer of something.

    `signer` is a certificate with the key that verified, None when none did. `is_named` tells
    whether a key or name is held that the thing itself gives as its signer's.
    """

    signer: Certificate | None
    is_named: bool
    tried: int
    unusable: int


class TrustStore:
    """Country signers by key identifier, name and country."""

    def __init__(
        self,
        country_signers: Iterable[Certificate] = (),
        revocation_lists: Iterable[RevocationList] = (),
        deviations: Iterable[Deviation] = (),
    ) -> None:
        self.country_signers: Final = tuple(
            {one.raw: one for one in country_signers if one.may_sign_certificates}.values()
        )
        self.deviations: Final = tuple(deviations)
        self._by_key: Final = _grouped(self.country_signers, lambda one: one.public_key_info)
        self._by_key_id: Final = _grouped(
            (one for one in self.country_signers if one.extensions.key_id),
            lambda one: one.extensions.key_id,
        )
        self._by_name: Final = _grouped(self.country_signers, lambda one: one.subject)
        self.by_country: Final = _grouped(self.country_signers, lambda one: one.country)
        self._families: Final = _families(self.country_signers)
        self.revocation_lists: Final = tuple(revocation_lists)
        self._lists: Final = _grouped(self.revocation_lists, lambda one: self._family(one.issuer))

    def chain(self, certificate: Certificate) -> Chain:
        """Return the country signer whose key signed this certificate."""
        wanted = (certificate.issuer, certificate.extensions.issuer_key_id)
        return self._search(*wanted, certificate.country, certificate.is_signed_by)

    def chain_of_list(self, revocation_list: RevocationList) -> Chain:
        """Return the country signer whose key signed this revocation list."""
        issuer = revocation_list.issuer
        wanted = (issuer, revocation_list.issuer_key_id)
        return self._search(*wanted, issuer.country, revocation_list.is_signed_by)

    def lists_for(self, certificate: Certificate) -> tuple[RevocationList, ...]:
        """Return the revocation lists that speak for this certificate, the newest first.

        A country signer that changed its name calls back, under the new one, what it signed
        under the old: link certificates tell which names are one signer's.
        """
        lists = self._lists.get(self._family(certificate.issuer), ())
        return tuple(sorted(lists, key=lambda one: one.issued_utc_s, reverse=True))

    def deviations_of(self, certificate: Certificate) -> tuple[Deviation, ...]:
        """Return the known deviations of what this document signer signed."""
        return tuple(one for one in self.deviations if one.is_about(certificate))

    def _search(
        self,
        issuer: Name,
        key_id: bytes,
        country: str,
        is_signed_by: Callable[[PublicKey], bool],
    ) -> Chain:
        named = (*self._by_key_id.get(key_id, ()), *self._by_name.get(issuer, ()))
        candidates = (*named, *self.by_country.get(country, ()))
        keys = list(dict.fromkeys(one.public_key_info for one in candidates))[:MAX_CANDIDATES]
        unusable = 0
        for tried, info in enumerate(keys, start=1):
            try:
                if is_signed_by(read_key(info)):
                    return Chain(self._best(info, country), bool(named), tried, unusable)
            except AlgorithmRefused:
                unusable += 1
        return Chain(None, bool(named), len(keys), unusable)

    def _best(self, public_key_info: bytes, country: str) -> Certificate:
        """Return, of the certificates of one key, the country's own that lasts longest."""
        return max(
            self._by_key[public_key_info],
            key=lambda one: (one.country == country, one.valid.to_utc_s or 0.0),
        )

    def _family(self, name: Name) -> Name:
        return self._families.get(name, name)


def _grouped(values: Iterable[V], key: Callable[[V], K]) -> Mapping[K, tuple[V, ...]]:
    groups: dict[K, list[V]] = defaultdict(list)
    for value in values:
        groups[key(value)].append(value)
    return MappingProxyType({one: tuple(group) for one, group in groups.items()})


def _families(country_signers: Iterable[Certificate]) -> Mapping[Name, Name]:
    """Return one name for all names of a signer, joined by its link certificates."""
    families: dict[Name, Name] = {}

    def head(name: Name) -> Name:
        while families.setdefault(name, name) != name:
            name = families[name]
        return name

    for one in country_signers:
        if one.subject.country == one.issuer.country:
            families[head(one.issuer)] = head(one.subject)
    return MappingProxyType({name: head(name) for name in tuple(families)})
