"""HPKE against the check values of its standard and against the cryptography package's own."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
import pytest

from egate.permit.hpke import HpkeBroken, open_sealed, seal

# RFC 9180 A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base, sequence 0
EPHEMERAL = X25519PrivateKey.from_private_bytes(
    bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
)
RECIPIENT = X25519PrivateKey.from_private_bytes(
    bytes.fromhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8")
)
INFO = b"Ode on a Grecian Urn"
PLAIN = b"Beauty is truth, truth beauty"
SEALED = bytes.fromhex(
    "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"
)


def test_the_check_values_of_the_standard_hold_both_ways() -> None:
    assert seal(PLAIN, RECIPIENT.public_key(), INFO, b"Count-0", EPHEMERAL) == SEALED
    assert open_sealed(SEALED, RECIPIENT, INFO, b"Count-0") == PLAIN


def test_the_library_opens_ours_and_we_open_the_librarys() -> None:
    hpke = pytest.importorskip("cryptography.hazmat.primitives.hpke")
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
    ours = seal(PLAIN, RECIPIENT.public_key(), INFO, b"", EPHEMERAL)
    assert suite.decrypt(ours, RECIPIENT, INFO) == PLAIN
    theirs = suite.encrypt(PLAIN, RECIPIENT.public_key(), INFO)
    assert open_sealed(theirs, RECIPIENT, INFO, b"") == PLAIN


@pytest.mark.parametrize("place", [0, 31, 32, len(SEALED) - 1])
def test_a_changed_bit_anywhere_breaks_the_seal(place: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= 1
    with pytest.raises(HpkeBroken):
        open_sealed(bytes(changed), RECIPIENT, INFO, b"Count-0")


def test_other_bound_bytes_or_another_key_break_the_seal() -> None:
    with pytest.raises(HpkeBroken):
        open_sealed(SEALED, RECIPIENT, INFO, b"Count-1")
    with pytest.raises(HpkeBroken):
        open_sealed(SEALED, EPHEMERAL, INFO, b"Count-0")


@pytest.mark.parametrize("raw", [b"", bytes(31), bytes(32), bytes(200)])
def test_short_messages_and_points_of_small_order_break_the_seal(raw: bytes) -> None:
    with pytest.raises(HpkeBroken):
        open_sealed(raw, RECIPIENT, INFO, b"")
