"""EF.SOD, the security object: which data groups the issuer put on the chip, and their hashes.

    77 { signed data { version, hash algorithm, { number, hash } ..., LDS and Unicode version } }

It is read here and believed nowhere: passive_authentication.py says what it proves. It, and never
EF.COM, tells a reader what to read. Old documents carry one of the content types that went before.

Source: ICAO 9303-10 section 4.6.2 and appendix D; research/emrtd.md 1.4 and 6.2 (rules 6 to 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from asn1crypto import algos, core

from egate.document import cms
from egate.document.certificates import bounded
from egate.document.cms import CmsRefused, SignedData
from egate.document.signatures import hash_name
from egate.wire import tlv
from egate.wire.errors import FrameError

MAX_SECURITY_OBJECT: Final = 65_536
TAG: Final = 0x77
DATA_GROUPS: Final = range(1, 17)

CONTENT_TYPE: Final = "2.23.136.1.1.1"
_OLDER_CONTENT_TYPES: Final = frozenset(
    {
        "1.3.27.1.1.1",  # the technical report of 2004
        "1.2.528.1.1006.1.20.1",  # Sdu, the Netherlands
        "1.2.840.113549.1.7.1",  # plain data
    }
)


class SecurityObjectRefused(Exception):
    """This is no security object that could be used; `reason` is a code.

    too_long, unreadable, not_a_security_object, data_group_listed_twice, and those of CmsRefused.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no security object: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SecurityObject:
    """A security object, read but not believed; `hashes` by number of the data group.

    The versions are empty where they do not stand under the signature (LDS 1.7).
    """

    signed: SignedData
    hash_name: str
    hashes: Mapping[int, bytes]
    lds_version: str
    unicode_version: str

    @property
    def has_older_content_type(self) -> bool:
        """Whether it says what it is in one of the ways before Doc 9303 settled it."""
        return self.signed.content_type != CONTENT_TYPE


def decode(raw: bytes) -> SecurityObject:
    """Return the security object that the file `raw` is.

    Raises:
        SecurityObjectRefused: nothing of it may be used.
    """
    if len(raw) > MAX_SECURITY_OBJECT:
        raise SecurityObjectRefused("too_long")
    try:
        signed = cms.decode(tlv.decode_one(raw, TAG), MAX_SECURITY_OBJECT)
    except FrameError:
        raise SecurityObjectRefused("unreadable") from None
    except CmsRefused as refusal:
        raise SecurityObjectRefused(refusal.reason) from None
    if signed.content_type != CONTENT_TYPE and signed.content_type not in _OLDER_CONTENT_TYPES:
        raise SecurityObjectRefused("not_a_security_object")
    try:
        return _listed(signed)
    except SecurityObjectRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise SecurityObjectRefused("unreadable") from None


class _DataGroupHash(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("number", core.Integer),
        ("hash", core.OctetString),
    ]


class _DataGroupHashes(core.SequenceOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = _DataGroupHash


class _VersionInfo(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("lds", core.PrintableString),
        ("unicode", core.PrintableString),
    ]


class _LdsSecurityObject(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [
        ("version", core.Integer),
        ("hash", algos.DigestAlgorithm),
        ("hashes", _DataGroupHashes),
        ("versions", _VersionInfo, {"optional": True}),
    ]


def _listed(signed: SignedData) -> SecurityObject:
    """Read the content; a data group listed twice would have two hashes."""
    inner = _LdsSecurityObject.load(signed.content, strict=True)
    if not 1 <= len(inner["hashes"]) <= len(DATA_GROUPS):
        raise SecurityObjectRefused("unreadable")
    pairs = [(int(one["number"].native), bytes(one["hash"].native)) for one in inner["hashes"]]
    hashes = dict(pairs)
    if len(hashes) != len(pairs):
        raise SecurityObjectRefused("data_group_listed_twice")
    if inner["version"].native not in (0, 1) or not set(hashes) <= set(DATA_GROUPS):
        raise SecurityObjectRefused("unreadable")
    versions = inner["versions"].native or {}
    return SecurityObject(
        signed=signed,
        hash_name=hash_name(bounded(inner["hash"])),
        hashes=MappingProxyType(hashes),
        lds_version=str(versions.get("lds", ""))[:8],
        unicode_version=str(versions.get("unicode", ""))[:8],
    )
