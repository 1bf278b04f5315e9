"""The claims of a permit as a CWT claim map, and back.

    key     claim                  content
    2       sub                    registration, text of 1..32 characters [A-Za-z0-9._-]
    3       aud                    crossing, the same alphabet and length
    4       exp                    first second it is no longer in force, 0..2^32-1
    5       nbf                    first second it is in force, before exp
    7       cti                    nonce, 8..16 bytes, unique to the permit
    -65537  egate, a map of        (private use begins below -65536)
       1    document kind          text of 1..16 characters [A-Za-z0-9_-]
       2    document digest        16 bytes, domain.token.document_digest
       3    direction              0 entry, 1 exit, 2 both
       4    sealed face            176 bytes, sealed_face.py; or
       5    template digest        16 bytes; one of 4 and 5, never both

Nothing may be missing and nothing may be added: a reader that does not know a claim cannot
know what it was to restrict.

Source: RFC 8392 sections 3.1 and 4; IANA CWT registry (private use); research/mrz_qr.md 6.
"""

import re

from egate.domain.token import Permit, SealedFace, TemplateDigest, TravelDirection
from egate.permit import cbor
from egate.permit.cbor import CborError, Value


class Claim:
    """The keys of the claim map; the two maps of keys are the table above."""

    SUB = 2
    AUD = 3
    EXP = 4
    NBF = 5
    CTI = 7
    EGATE = -65537


class Private:
    """The keys of our own claim."""

    KIND = 1
    DOCUMENT = 2
    DIRECTION = 3
    SEALED_FACE = 4
    TEMPLATE = 5


NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
KIND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
DIRECTIONS = (TravelDirection.ENTRY, TravelDirection.EXIT, TravelDirection.BOTH)
DIGEST_BYTES = 16
NONCE_BYTES = range(8, 17)
SEALED_FACE_BYTES = 32 + 128 + 16  # ephemeral key, embedding, tag
LATEST_S = 2**32 - 1


class ClaimsError(Exception):
    """A claim is out of its bounds; `field` names it, its content is never shown."""

    def __init__(self, field: str) -> None:
        super().__init__(f"the permit's {field} is out of bounds")
        self.field = field


def encode(permit: Permit) -> bytes:
    """Return the claim map of `permit`.

    Raises:
        ClaimsError: a field is out of its bounds.
    """
    _check(permit)
    reference: dict[int, Value] = (
        {Private.SEALED_FACE: permit.reference.sealed}
        if isinstance(permit.reference, SealedFace)
        else {Private.TEMPLATE: permit.reference.digest}
    )
    egate: dict[int, Value] = {
        Private.KIND: permit.document_kind,
        Private.DOCUMENT: permit.document_digest,
        Private.DIRECTION: DIRECTIONS.index(permit.direction),
        **reference,
    }
    return cbor.encode(
        {
            Claim.SUB: permit.registration,
            Claim.AUD: permit.crossing,
            Claim.EXP: permit.valid_to_s,
            Claim.NBF: permit.valid_from_s,
            Claim.CTI: permit.nonce,
            Claim.EGATE: egate,
        }
    )


def decode(raw: bytes, issuer_key: str) -> Permit:
    """Return the permit whose claims are `raw`; `issuer_key` is the key id of its envelope.

    Raises:
        CborError: these bytes are no claim map of ours.
        ClaimsError: a claim is out of its bounds.
    """
    match cbor.decode(raw):
        case {
            Claim.SUB: str(sub),
            Claim.AUD: str(aud),
            Claim.EXP: int(exp),
            Claim.NBF: int(nbf),
            Claim.CTI: bytes(cti),
            Claim.EGATE: dict(egate),
            **more,
        } if not more:
            kind, document, direction, reference = _egate(egate)
        case _:
            raise CborError("bad_structure")
    permit = Permit(
        issuer_key=issuer_key,
        registration=sub,
        document_kind=kind,
        document_digest=document,
        crossing=aud,
        direction=direction,
        valid_from_s=nbf,
        valid_to_s=exp,
        nonce=cti,
        reference=reference,
    )
    _check(permit)
    return permit


def _egate(
    egate: dict[int, Value],
) -> tuple[str, bytes, TravelDirection, SealedFace | TemplateDigest]:
    """Take the private claim apart."""
    match egate:
        case {
            Private.KIND: str(kind),
            Private.DOCUMENT: bytes(document),
            Private.DIRECTION: 0 | 1 | 2 as way,
            **more,
        } if len(more) == 1:
            reference = _reference(more)
        case _:
            raise CborError("bad_structure")
    return kind, document, DIRECTIONS[way], reference


def _reference(claims: dict[int, Value]) -> SealedFace | TemplateDigest:
    """Read what the live face is compared with."""
    match claims:
        case {Private.SEALED_FACE: bytes(sealed)}:
            return SealedFace(sealed)
        case {Private.TEMPLATE: bytes(digest)}:
            return TemplateDigest(digest)
        case _:
            raise CborError("bad_structure")


def _check(permit: Permit) -> None:
    """Refuse a permit with a field out of its bounds."""
    reference_fits = (
        len(permit.reference.sealed) == SEALED_FACE_BYTES
        if isinstance(permit.reference, SealedFace)
        else len(permit.reference.digest) == DIGEST_BYTES
    )
    for field, fits in (
        ("registration", NAME.fullmatch(permit.registration) is not None),
        ("crossing", NAME.fullmatch(permit.crossing) is not None),
        ("document_kind", KIND_NAME.fullmatch(permit.document_kind) is not None),
        ("document_digest", len(permit.document_digest) == DIGEST_BYTES),
        ("valid_from", 0 <= permit.valid_from_s < permit.valid_to_s),
        ("valid_to", permit.valid_to_s <= LATEST_S),
        ("nonce", len(permit.nonce) in NONCE_BYTES),
        ("reference", reference_fits),
    ):
        if not fits:
            raise ClaimsError(field)
