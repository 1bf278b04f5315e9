"""The face a look compares with: out of the permit, the gate's templates or the chip's portrait.

Source: research/mrz_qr.md section 6; research/emrtd.md 6.2 (rule 17); egate/permit/sealed_face.py.
"""

from collections.abc import Callable, Sequence
from typing import assert_never

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from egate.domain.face_measures import FaceReason
from egate.domain.token import Portrait, SealedFace, TemplateDigest, face_binding
from egate.loop.messages import ExpectFace, MeasureFace
from egate.permit.sealed_face import SealBroken, unseal

AboutAFace = MeasureFace | ExpectFace
TemplateOf = Callable[[str, TemplateDigest], Sequence[float]]
FaceOf = Callable[[bytes], Sequence[float]]  # of a portrait; raises ReferenceRefused


class ReferenceRefused(Exception):
    """There is nothing to compare with; `reason` says why."""

    def __init__(self, reason: FaceReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def open_reference(
    ask: AboutAFace,
    gate_key: X25519PrivateKey,
    template_of: TemplateOf,
    face_of: FaceOf,
) -> Sequence[float]:
    """Return the 128 numbers of the reference face.

    Raises:
        ReferenceRefused: the seal does not open, no template has this digest, or the
            portrait cannot be read or shows no one face.
    """
    match ask.reference:
        case TemplateDigest():
            return template_of(ask.registration, ask.reference)
        case Portrait():
            return face_of(ask.reference.picture)
        case SealedFace():
            bound = face_binding(ask.registration, ask.nonce)
            return _unsealed(ask.reference, gate_key, bound)
        case _:
            assert_never(ask.reference)


def _unsealed(sealed: SealedFace, gate_key: X25519PrivateKey, bound: bytes) -> Sequence[float]:
    try:
        return unseal(sealed, gate_key, bound)
    except SealBroken:
        raise ReferenceRefused(FaceReason.REFERENCE_BROKEN) from None
