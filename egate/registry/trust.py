"""The trust store on disk: what was imported, as it came, and a manifest that keeps its order.

    manifest.json     what is held and since when, and the newest date seen of each list
    <sha256>.der      each country signer pinned by hand and each list

Loading trusts the manifest for one thing only: which country signers the operator has pinned.
Everything else is proven again each time, lists up to a pinned signer, revocation lists up to any
held one. A list is taken when it is newer than every one of its signer seen before, also than one
that is no longer there. The manifest carries its own SHA-256 and each file's: that finds what the
disk spoilt, not one who may write here; against him stand the folder's owner and mode.

Source: DESIGN section 7 (each list has a version, a signature and a maximum age); ICAO 9303-12
section 9; research/emrtd.md 6.2 (rules 11 and 12).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
import fcntl
from hashlib import sha256
import os
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from egate.document import certificates, deviation_list, master_list, revocation_list
from egate.document.certificates import Certificate, CertificateRefused
from egate.document.country_signer import is_self_signed_wrongly, why_useless
from egate.document.deviation_list import DeviationListRefused
from egate.document.list_signer import ListRefused, ProvenList, prove
from egate.document.master_list import MasterList, MasterListRefused, Unreadable
from egate.document.revocation_list import RevocationList, RevocationListRefused
from egate.document.trust_store import TrustStore
from egate.registry import trust_manifest as manifest_file
from egate.registry.durable import sync, write_durably
from egate.registry.trust_files import Kind, Offer
from egate.registry.trust_manifest import MAX_MANIFEST, Held, Manifest, file_name

MANIFEST: Final = "manifest.json"
LOCK: Final = "lock"
MAX_HELD: Final = 4096
MAX_OBJECT: Final = 16_777_216


class TrustError(Exception):
    """The store cannot be used; the text says why and what helps."""


class TrustStoreDamaged(TrustError):
    """The manifest is not what was written; nothing of the store may be used."""


class TrustStoreFailed(TrustError):
    """The disk refused; what was held before is still held."""


@dataclass(frozen=True, slots=True)
class Unused:
    """Something of the store that cannot be used, and why as a code."""

    source: str
    kind: Kind
    country: str
    reason: str


class Taken(StrEnum):
    """What came of an offer."""

    TAKEN = "taken"
    HELD_ALREADY = "held_already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one offer; `reason` is a code when it was refused, `holds` a count."""

    source: str
    kind: Kind | None
    country: str
    outcome: Taken
    reason: str = ""
    fingerprint: str = ""
    holds: int = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """The store in use: whom to trust, what is held, and what of it cannot be used."""

    version: int
    store: TrustStore
    pinned: TrustStore
    held: tuple[Held, ...]
    unused: tuple[Unused, ...]
    vouched: Mapping[str, tuple[str, ...]]
    unreadable: tuple[Unreadable, ...]


class TrustFolder:
    """The store in one folder, which is made when the first thing is taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, now_utc_s: float) -> Loaded:
        """Return the store, everything in it proven again.

        Raises:
            TrustStoreDamaged, TrustStoreFailed: there is nothing to use.
        """
        manifest = self._manifest()
        return _proven(manifest, self._contents(manifest), now_utc_s)

    def take(self, offers: Sequence[Offer], now_utc_s: float) -> tuple[Answer, ...]:
        """Take what is good of these; all of that is on disk when this returns, or none.

        Country signers come first, then the lists they vouch for, whatever the order given.

        Raises:
            TrustStoreDamaged, TrustStoreFailed: what was held before is still held.
        """
        try:
            with self._locked():
                return self._take(offers, now_utc_s)
        except OSError as error:
            raise TrustStoreFailed(f"{self._folder}: {error.strerror}") from None

    def _take(self, offers: Sequence[Offer], now_utc_s: float) -> tuple[Answer, ...]:
        before = self._manifest()
        taking = _Taking(before, self._contents(before), now_utc_s)
        answers = {id(offer): answer for offer, answer in taking.all(offers)}
        if taking.fresh:
            self._write(replace(taking.manifest, version=before.version + 1), taking.fresh)
        return tuple(answers[id(offer)] for offer in offers)

    def _write(self, manifest: Manifest, fresh: Mapping[str, bytes]) -> None:
        """Put new files on disk, then the manifest that names them, then drop what it does not."""
        names = {file_name(one.fingerprint) for one in manifest.held}
        for fingerprint, content in fresh.items():
            if file_name(fingerprint) in names:
                write_durably(self._folder / file_name(fingerprint), content)
        write_durably(self._folder / MANIFEST, manifest_file.encode(manifest))
        for path in self._folder.glob("*.der"):
            if path.name not in names:
                path.unlink()
        sync(self._folder)

    def _contents(self, manifest: Manifest) -> dict[str, bytes]:
        """Return the files as they should be; a spoilt or missing one is not among them."""
        contents = {}
        for one in manifest.held:
            content = self._file(one.fingerprint)
            if sha256(content).hexdigest() == one.fingerprint:
                contents[one.fingerprint] = content
        return contents

    def _file(self, fingerprint: str) -> bytes:
        try:
            with (self._folder / file_name(fingerprint)).open("rb") as file:
                return file.read(MAX_OBJECT + 1)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise TrustStoreFailed(f"{self._folder}: {error.strerror}") from None

    def _manifest(self) -> Manifest:
        try:
            with (self._folder / MANIFEST).open("rb") as file:
                return manifest_file.decode(file.read(MAX_MANIFEST + 1))
        except FileNotFoundError:
            if any(self._folder.glob("*.der")):
                raise TrustStoreDamaged(f"{self._folder}: {MANIFEST} is missing") from None
            return Manifest()
        except OSError as error:
            raise TrustStoreFailed(f"{self._folder}: {error.strerror}") from None
        except ValueError:
            raise TrustStoreDamaged(
                f"{self._folder}: {MANIFEST} is spoilt; import into an empty folder"
            ) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a second import waiting, so that none undoes the other's."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


class _Taking:
    """One import: the manifest and the files as they will be."""

    def __init__(self, before: Manifest, contents: dict[str, bytes], now_utc_s: float) -> None:
        self.manifest = before
        self.contents = contents
        self.fresh: dict[str, bytes] = {}
        self._now_utc_s = now_utc_s

    def all(self, offers: Sequence[Offer]) -> Iterator[tuple[Offer, Answer]]:
        """Answer every offer, each kind against what the kinds before it have brought."""
        for kind in (*Kind, None):
            of_kind = [offer for offer in offers if offer.kind is kind]
            if not of_kind:
                continue
            known = _proven(self.manifest, self.contents, self._now_utc_s)
            for offer in of_kind:
                yield offer, self._one(offer, known)

    def _one(self, offer: Offer, known: Loaded) -> Answer:
        answer = Answer(offer.source, offer.kind, "", Taken.REFUSED)
        try:
            found, holds = _judged(offer, known, self._now_utc_s)
            answer = replace(
                answer, country=found.country, fingerprint=found.fingerprint, holds=holds
            )
            if found.fingerprint in self.contents:
                return replace(answer, outcome=Taken.HELD_ALREADY)
            self._shelve(found, offer.content)
        except _Refused as refusal:
            return replace(answer, reason=refusal.reason, country=refusal.country or answer.country)
        return replace(answer, outcome=Taken.TAKEN)

    def _shelve(self, found: Held, content: bytes) -> None:
        """Put it in the place of the one it follows, or of itself when the disk spoilt it."""
        is_spoilt = any(one.fingerprint == found.fingerprint for one in self.manifest.held)
        newest = self.manifest.newest.get(found.owner)
        if newest is not None and found.dated_utc_s <= newest and not is_spoilt:
            raise _Refused("not_newer_than_the_one_held")
        held = [one for one in self.manifest.held if not _is_followed(one, found)]
        if len(held) >= MAX_HELD:
            raise _Refused("store_is_full")
        floor = {found.owner: found.dated_utc_s} if found.owner else {}
        self.manifest = replace(
            self.manifest, held=(*held, found), newest={**self.manifest.newest, **floor}
        )
        self.contents[found.fingerprint] = content
        self.fresh[found.fingerprint] = content


def _is_followed(one: Held, by: Held) -> bool:
    return one.fingerprint == by.fingerprint or (bool(by.owner) and one.owner == by.owner)


class _Refused(Exception):
    def __init__(self, reason: str, country: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.country = country


def _judged(offer: Offer, known: Loaded, now_utc_s: float) -> tuple[Held, int]:
    """Return how an offer will be held and how much is in it; _Refused when it is not good."""
    found = Held(
        kind=offer.kind or Kind.COUNTRY_SIGNER,
        fingerprint=sha256(offer.content).hexdigest(),
        source=offer.source,
        country="",
        owner="",
        dated_utc_s=0,
        taken_utc_s=int(now_utc_s),
    )
    try:
        match offer.kind:
            case Kind.COUNTRY_SIGNER:
                return _judged_signer(found, offer.content), 1
            case Kind.REVOCATION_LIST:
                return _judged_revocations(found, offer.content, known)
            case Kind.MASTER_LIST | Kind.DEVIATION_LIST:
                return _judged_list(found, prove(offer.content, known.pinned, now_utc_s))
            case None:
                raise _Refused("nothing_that_can_be_used")
    except ListRefused as refusal:
        raise _Refused(refusal.reason, refusal.country) from None
    except _REFUSALS as refusal:
        raise _Refused(refusal.reason) from None


def _judged_signer(found: Held, content: bytes) -> Held:
    certificate = certificates.decode(content)
    reason = why_useless(certificate)
    if not reason and is_self_signed_wrongly(certificate):
        reason = "self_signature_does_not_verify"
    if reason:
        raise _Refused(reason, certificate.country)
    begins = int(certificate.valid.from_utc_s or 0)
    return replace(found, country=certificate.country, dated_utc_s=begins)


def _judged_revocations(found: Held, content: bytes, known: Loaded) -> tuple[Held, int]:
    revoked = revocation_list.decode(content)
    country = revoked.issuer.country
    signer = known.store.chain_of_list(revoked).signer
    if signer is None or signer.country != country:
        raise _Refused("country_signer_not_held", country)
    named = repr((revoked.issuer.parts, revoked.issuer_key_id)).encode()
    owner = f"{found.kind} {country} {sha256(named).hexdigest()[:16]}"
    dated = replace(found, country=country, owner=owner, dated_utc_s=int(revoked.issued_utc_s))
    return dated, len(revoked.serials)


def _judged_list(found: Held, proven: ProvenList) -> tuple[Held, int]:
    country = proven.country_signer.country
    dated = replace(
        found,
        country=country,
        owner=f"{found.kind} {country}",
        dated_utc_s=int(proven.signed_at_utc_s),
    )
    if found.kind is Kind.MASTER_LIST:
        return dated, len(master_list.decode(proven.content).certificates)
    return dated, len(deviation_list.decode(proven.content).deviations)


_REFUSALS: Final = (
    CertificateRefused,
    RevocationListRefused,
    ListRefused,
    MasterListRefused,
    DeviationListRefused,
)
T = TypeVar("T")


class _Shelf:
    """The files that are as they were taken, and what of the store cannot be used."""

    def __init__(self, held: Sequence[Held], contents: Mapping[str, bytes]) -> None:
        self.unused: list[Unused] = []
        self._held = held
        self._contents = contents
        for one in held:
            if one.fingerprint not in contents:
                self.leave(one, "spoilt_or_missing")

    def leave(self, one: Held, reason: str) -> None:
        """Note that this cannot be used."""
        self.unused.append(Unused(one.source, one.kind, one.country, reason))

    def read(self, kind: Kind, reading: Callable[[bytes], T]) -> list[tuple[Held, T]]:
        """Return what `reading` makes of every file of a kind, and note what it refuses."""
        made = []
        for one in self._held:
            if one.kind is not kind or one.fingerprint not in self._contents:
                continue
            try:
                made.append((one, reading(self._contents[one.fingerprint])))
            except _REFUSALS as refusal:
                self.leave(one, refusal.reason)
        return made


def _proven(manifest: Manifest, contents: Mapping[str, bytes], now_utc_s: float) -> Loaded:
    """Build the store out of what can be proven; what cannot is told."""
    shelf = _Shelf(manifest.held, contents)
    by_hand = [one for _, one in shelf.read(Kind.COUNTRY_SIGNER, certificates.decode)]
    offered = shelf.read(Kind.REVOCATION_LIST, revocation_list.decode)
    pinned = TrustStore(by_hand, _of_signers([one for _, one in offered], TrustStore(by_hand)))
    listed = shelf.read(
        Kind.MASTER_LIST, lambda raw: master_list.decode(prove(raw, pinned, now_utc_s).content)
    )
    told = shelf.read(
        Kind.DEVIATION_LIST,
        lambda raw: deviation_list.decode(prove(raw, pinned, now_utc_s).content),
    )
    everyone = [*by_hand, *(one for _, each in listed for one in each.certificates)]
    revocations = _of_signers([one for _, one in offered], TrustStore(everyone))
    for held, one in offered:
        if one not in revocations:
            shelf.leave(held, "country_signer_not_held")
    return Loaded(
        version=manifest.version,
        store=TrustStore(
            everyone, revocations, (one for _, each in told for one in each.deviations)
        ),
        pinned=pinned,
        held=manifest.held,
        unused=tuple(shelf.unused),
        vouched=_vouched(by_hand, listed),
        unreadable=tuple(one for _, each in listed for one in each.unreadable),
    )


def _of_signers(lists: Sequence[RevocationList], store: TrustStore) -> list[RevocationList]:
    """Return the lists that a country signer of the store signed."""
    return [one for one in lists if store.chain_of_list(one).signer is not None]


def _vouched(
    by_hand: Sequence[Certificate], listed: Sequence[tuple[Held, MasterList]]
) -> Mapping[str, tuple[str, ...]]:
    """Return, by fingerprint, who vouches for each country signer: `hand`, or a list's country."""
    vouched: dict[str, list[str]] = {one.fingerprint: ["hand"] for one in by_hand}
    for held, each in listed:
        for one in each.certificates:
            vouched.setdefault(one.fingerprint, []).append(held.country)
    return MappingProxyType({one: tuple(dict.fromkeys(by)) for one, by in vouched.items()})
