"""A sealed face opens at the gates, for its own permit, and nowhere else."""

from dataclasses import replace
import math

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
import pytest

from egate.domain.token import SealedFace, face_binding
from egate.permit import hpke
from egate.permit.claims import SEALED_FACE_BYTES
from egate.permit.sealed_face import INFO, SealBroken, seal, unseal
from tests.permit.made import EMBEDDING, GATE_KEY, NONCE, REGISTRATION, SEALED

BOUND = face_binding(REGISTRATION, NONCE)


def test_the_gate_sees_the_face_that_was_sealed() -> None:
    seen = unseal(SEALED, GATE_KEY, BOUND)
    assert math.hypot(*seen) == pytest.approx(1.0)
    assert seen == pytest.approx(EMBEDDING, abs=0.001)


def test_a_sealed_face_is_176_bytes_and_shows_nothing_of_the_face() -> None:
    again = seal(EMBEDDING, GATE_KEY.public_key(), BOUND, bytes([1]) * 32)
    assert len(SEALED.sealed) == len(again.sealed) == SEALED_FACE_BYTES
    same = sum(one == other for one, other in zip(SEALED.sealed, again.sealed, strict=True))
    assert same < 16


@pytest.mark.parametrize(
    "bound",
    [face_binding("LS-2026-000124", NONCE), face_binding(REGISTRATION, bytes(8)), b""],
)
def test_a_face_moved_to_another_permit_does_not_open(bound: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(SEALED, GATE_KEY, bound)


def test_a_finder_of_the_slip_cannot_open_it() -> None:
    with pytest.raises(SealBroken):
        unseal(SEALED, X25519PrivateKey.from_private_bytes(bytes(32)), BOUND)


@pytest.mark.parametrize("size", [0, 32, 175, 177])
def test_another_length_is_no_sealed_face(size: int) -> None:
    with pytest.raises(SealBroken):
        unseal(SealedFace(bytes(size)), GATE_KEY, BOUND)


def test_a_seal_around_no_embedding_is_broken() -> None:
    key = X25519PrivateKey.from_private_bytes(bytes(32))
    empty = hpke.seal(bytes(128), GATE_KEY.public_key(), INFO, BOUND, key)
    with pytest.raises(SealBroken):
        unseal(replace(SEALED, sealed=empty), GATE_KEY, BOUND)


def test_the_binding_cannot_be_shifted_between_name_and_nonce() -> None:
    assert face_binding("AB", b"CDEFGHIJ") != face_binding("ABC", b"DEFGHIJ")
