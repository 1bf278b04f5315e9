"""Key derivation and the ciphers: the worked examples, parity, and padding that is none."""

import pytest

from egate.document.key_derivation import PASSWORD, derive, session_keys
from egate.document.mrz_key import MrzKey
from egate.document.symmetric import Cipher, PaddingBroken, unpad

# ICAO 9303-11 appendix D.1 and D.2, D.3, and G: secret, keys for encryption and authentication
TRIPLE_DES = [
    ("239AB9CB282DAF66231DC5A4DF6BFBAE",
     "AB94FDECF2674FDFB9B391F85D7F76F2", "7962D9ECE03D1ACD4C76089DCE131543"),
    ("0036D272F5C350ACAC50C3F572D23600",
     "979EC13B1CBFE9DCD01AB0FED307EAE5", "F1CB1F1FB5ADF208806B89DC579DC1F8"),
]  # fmt: skip


@pytest.mark.parametrize(("secret", "encryption", "authentication"), TRIPLE_DES)
def test_the_triple_des_keys_are_the_worked_examples(
    secret: str, encryption: str, authentication: str
) -> None:
    keys = session_keys(bytes.fromhex(secret), Cipher.TRIPLE_DES)
    assert (keys.encryption.hex().upper(), keys.authentication.hex().upper()) == (
        encryption,
        authentication,
    )
    assert all(byte.bit_count() % 2 for byte in keys.encryption + keys.authentication)


def test_the_printed_zones_lead_to_the_worked_examples_keys() -> None:
    assert MrzKey("L898902C", "690806", "940623").key_seed.hex().upper() == TRIPLE_DES[0][0]
    password = MrzKey("T22000129", "640812", "101031").password
    assert password.hex().upper() == "7E2D2A41C74EA0B38CD36F863939BFA8E9032AAD"
    assert derive(password, PASSWORD, Cipher.AES_128).hex().upper() == (
        "89DED1B26624EC1E634C1989302849DD"
    )


@pytest.mark.parametrize("cipher", list(Cipher))
def test_a_key_is_as_long_as_its_cipher_wants_and_no_two_are_alike(cipher: Cipher) -> None:
    keys = {derive(b"secret", counter, cipher) for counter in (1, 2, 3)}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {cipher.key_bytes}


@pytest.mark.parametrize("cipher", list(Cipher))
@pytest.mark.parametrize("size", range(18))
def test_what_is_padded_is_whole_blocks_and_comes_back(cipher: Cipher, size: int) -> None:
    message = bytes(size)
    padded = cipher.pad(message)
    assert len(padded) % cipher.block_bytes == 0
    assert size < len(padded) <= size + cipher.block_bytes
    assert unpad(padded) == message


@pytest.mark.parametrize("padded", ["", "00", "01", "8001", "80" + "00" * 16, "00" * 16])
def test_what_is_not_padded_is_refused(padded: str) -> None:
    with pytest.raises(PaddingBroken):
        unpad(bytes.fromhex(padded))


def test_the_retail_mac_of_the_worked_example() -> None:
    key = bytes.fromhex(TRIPLE_DES[0][2])
    sealed = "72C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F2"
    assert Cipher.TRIPLE_DES.mac(key, bytes.fromhex(sealed)).hex().upper() == "5F1448EEA8AD90A7"
