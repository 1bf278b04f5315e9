"""The face a look compares with: opened from the permit, or taken from the gate's templates.

Source: research/mrz_qr.md section 6; egate/permit/sealed_face.py.
"""

from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from egate.domain.face_measures import FaceReason
from egate.domain.token import Portrait, SealedFace, TemplateDigest, face_binding
from egate.loop.messages import MeasureFace
from egate.permit.sealed_face import SealBroken, unseal

TemplateOf = Callable[[str, TemplateDigest], Sequence[float]]


class ReferenceRefused(Exception):
    """There is nothing to compare with; `reason` says why."""

    def __init__(self, reason: FaceReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def open_reference(
    ask: MeasureFace, gate_key: X25519PrivateKey, template_of: TemplateOf
) -> Sequence[float]:
    """Return the 128 numbers of the permit's reference face.

    Raises:
        ReferenceRefused: the seal does not open, or no template has this digest.
    """
    if isinstance(ask.reference, TemplateDigest):
        return template_of(ask.registration, ask.reference)
    if isinstance(ask.reference, Portrait):
        raise ReferenceRefused(FaceReason.REFERENCE_BROKEN)
    return _unsealed(ask.reference, gate_key, face_binding(ask.registration, ask.nonce))


def _unsealed(sealed: SealedFace, gate_key: X25519PrivateKey, bound: bytes) -> Sequence[float]:
    try:
        return unseal(sealed, gate_key, bound)
    except SealBroken:
        raise ReferenceRefused(FaceReason.REFERENCE_BROKEN) from None
