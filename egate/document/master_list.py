"""Master lists: the country signers one state vouches for, often those of a hundred others.

Here is what a list says; who signed it is asked in list_signer.py before it is read. A
certificate that cannot be read is named, and the others still serve.

Source: ICAO 9303-12 section 9.2.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from asn1crypto import core

from egate.document import certificates
from egate.document.certificates import Certificate, CertificateRefused

MAX_CERTIFICATES: Final = 4096  # the longest today holds 588


class MasterListRefused(Exception):
    """This is no master list that could be used; `reason` is `unreadable` or `too_many`."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no master list: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A certificate in a list that could not be read, by its place (from 0) and SHA-256."""

    place: int
    fingerprint: str
    reason: str


@dataclass(frozen=True, slots=True)
class MasterList:
    """What a list says."""

    certificates: tuple[Certificate, ...]
    unreadable: tuple[Unreadable, ...]


def decode(content: bytes) -> MasterList:
    """Return what a list says, from the content its signer signed.

    Raises:
        MasterListRefused: nothing of it may be used.
    """
    try:
        raws = _raws(content)
    except MasterListRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise MasterListRefused("unreadable") from None
    found, unreadable = [], []
    for place, raw in enumerate(raws):
        try:
            found.append(certificates.decode(raw))
        except CertificateRefused as refusal:
            unreadable.append(Unreadable(place, sha256(raw).hexdigest(), refusal.reason))
    return MasterList(tuple(found), tuple(unreadable))


class _MasterList(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("version", core.Integer),
        ("certificates", core.SetOf, {"spec": core.Any}),
    ]


def _raws(content: bytes) -> list[bytes]:
    listed = _MasterList.load(content, strict=True)["certificates"]
    if len(listed) > MAX_CERTIFICATES:
        raise MasterListRefused("too_many")
    return [one.dump() for one in listed]
