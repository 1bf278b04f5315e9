"""A reference is opened the way its kind asks for, and by nothing else."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
import pytest

from egate.domain.face_measures import FaceReason
from egate.domain.token import Portrait, SealedFace, TemplateDigest
from egate.loop.messages import MeasureFace
from egate.loop.reference import ReferenceRefused, open_reference

KEY = X25519PrivateKey.from_private_bytes(bytes(range(32)))


def opened(reference: SealedFace | TemplateDigest | Portrait) -> Sequence[float]:
    question = MeasureFace(request=1, passage=1, attempt=1, deadline_at_s=1.0, registration="R",
                           nonce=b"n", reference=reference)  # fmt: skip
    return open_reference(question, KEY, lambda _registration, _digest: (1.0,), face_of)


def face_of(portrait: bytes) -> Sequence[float]:
    if portrait != b"portrait":
        raise ReferenceRefused(FaceReason.REFERENCE_UNREADABLE)
    return (2.0,)


def test_each_kind_of_reference_is_opened_its_own_way() -> None:
    assert opened(TemplateDigest(b"portrait")) == (1.0,)
    assert opened(Portrait(b"portrait")) == (2.0,)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (SealedFace(b"portrait"), FaceReason.REFERENCE_BROKEN),
        (Portrait(b"another"), FaceReason.REFERENCE_UNREADABLE),
    ],
)
def test_what_does_not_open_says_why(reference: SealedFace | Portrait, reason: FaceReason) -> None:
    with pytest.raises(ReferenceRefused) as refused:
        opened(reference)
    assert refused.value.reason is reason
