"""Revocation lists (CRL) of country signers: which document signers they have called back.

Only complete lists are read: one with a critical extension that is not understood (a delta list,
a list of some certificates only) is refused, for it would be taken for more than it is. Which list
speaks for which certificate, and how old it may be, is asked elsewhere.

Source: ICAO 9303-12 section 7.1.4; RFC 5280 section 5.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from asn1crypto import crl, x509

from egate.document.certificates import Name, bounded, instant, key_id_of, read_name
from egate.document.signatures import PublicKey, is_signature, scheme_of

MAX_REVOCATION_LIST: Final = 4_194_304  # bytes, some 100,000 certificates
MAX_EXTENSIONS: Final = 32

_NUMBER, _ISSUER_KEY_ID = "2.5.29.20", "2.5.29.35"
_UNDERSTOOD: Final = frozenset({_NUMBER, _ISSUER_KEY_ID, "2.5.29.18"})


class RevocationListRefused(Exception):
    """This is no list that could be used; `reason` is a code.

    too_long, unreadable, unknown_critical_extension.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no revocation list: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One list, read but not believed; `number` 0 and `next_utc_s` None where it has none."""

    raw: bytes = field(repr=False)
    signed: bytes = field(repr=False, compare=False)
    signature: bytes = field(repr=False, compare=False)
    algorithm: x509.SignedDigestAlgorithm = field(repr=False, compare=False)
    issuer: Name
    issuer_key_id: bytes
    number: int
    issued_utc_s: float
    next_utc_s: float | None
    serials: frozenset[int] = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the whole list, hexadecimal."""
        return sha256(self.raw).hexdigest()

    def is_signed_by(self, key: PublicKey) -> bool:
        """Tell whether `key` signed it; AlgorithmRefused when how is not known here."""
        return is_signature(key, scheme_of(self.algorithm), self.signature, self.signed)


def decode(raw: bytes) -> RevocationList:
    """Return the list that `raw` (DER) is.

    Raises:
        RevocationListRefused: nothing of it may be used.
    """
    if len(raw) > MAX_REVOCATION_LIST:
        raise RevocationListRefused("too_long")
    try:
        return _decode(raw)
    except RevocationListRefused:
        raise
    except Exception:  # noqa: BLE001  # asn1crypto raises whatever it meets on hostile bytes
        raise RevocationListRefused("unreadable") from None


def _decode(raw: bytes) -> RevocationList:
    whole = crl.CertificateList.load(raw, strict=True)
    body = whole["tbs_cert_list"]
    inner, outer = bounded(body["signature"]), bounded(whole["signature_algorithm"])
    if inner["algorithm"].dotted != outer["algorithm"].dotted:
        raise RevocationListRefused("unreadable")
    found = {str(one["extn_id"].dotted): one for one in bounded(body["crl_extensions"])}
    if len(found) > MAX_EXTENSIONS:
        raise RevocationListRefused("unreadable")
    if any(one["critical"].native and oid not in _UNDERSTOOD for oid, one in found.items()):
        raise RevocationListRefused("unknown_critical_extension")
    next_update = body["next_update"]
    return RevocationList(
        raw=raw,
        signed=body.dump(),
        signature=bytes(whole["signature"]),
        algorithm=inner,
        issuer=read_name(bounded(body["issuer"].chosen).dump()),
        issuer_key_id=key_id_of(found[_ISSUER_KEY_ID]["extn_value"])
        if _ISSUER_KEY_ID in found
        else b"",
        number=int(found[_NUMBER]["extn_value"].parsed.native) if _NUMBER in found else 0,
        issued_utc_s=instant(body["this_update"]),
        next_utc_s=instant(next_update) if next_update.native is not None else None,
        serials=frozenset(
            int(one["user_certificate"].native) for one in body["revoked_certificates"]
        ),
    )
