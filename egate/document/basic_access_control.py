"""Basic access control: the printed zone opens the chip.

    terminal    GET CHALLENGE                                                chip: RND.IC
                E = 3DES(RND.IFD RND.IC K.IFD), M = MAC(E); EXTERNAL AUTHENTICATE E M
    chip        E = 3DES(RND.IC RND.IFD K.IC), M = MAC(E)
    both        secret = K.IFD xor K.IC, counter = last halves of RND.IC and RND.IFD

What it does not prove: that the chip is genuine, or that nobody who read the zone listens in.

Source: ICAO 9303-11, 4.3 and appendix D.3.
"""

from dataclasses import dataclass
from typing import Final

from egate.document.dialogue import ChipError, Dialogue, ask
from egate.document.domain_parameters import Draw
from egate.document.key_derivation import SessionKeys, session_keys
from egate.document.secure_messaging import Channel
from egate.document.symmetric import MAC_BYTES, Cipher, is_same
from egate.wire.apdu import Command, Response, Sw

STEP: Final = "basic access control"
NONCE_BYTES: Final = 8
KEY_BYTES: Final = 16
SEALED_BYTES: Final = 2 * NONCE_BYTES + KEY_BYTES
ANSWER_BYTES: Final = SEALED_BYTES + MAC_BYTES

GET_CHALLENGE: Final = Command(0x00, 0x84, 0x00, 0x00, le=NONCE_BYTES)


def open_chip(key_seed: bytes, draw: Draw) -> Dialogue[Channel]:
    """Open the selected application with the 16 bytes of the printed zone; return the channel.

    Raises:
        ChipError: `refused` or `no_challenge` (it does not do this), `key_refused` (the zone
            was misread, or is another document's), or `chip_not_authenticated`.
    """
    keys = session_keys(key_seed, Cipher.TRIPLE_DES)
    challenge = yield from ask(STEP, GET_CHALLENGE)
    if len(challenge.data) != NONCE_BYTES:
        raise ChipError(STEP, challenge.sw, "no_challenge")
    nonce, part = draw(NONCE_BYTES), draw(KEY_BYTES)
    sealed = _seal(nonce + challenge.data + part, keys)
    response = yield Command(0x00, 0x82, 0x00, 0x00, sealed, ANSWER_BYTES)
    if response.sw != Sw.OK:
        raise ChipError(STEP, response.sw, "key_refused")
    plain = _open(response.data, keys)
    if plain is None or not is_same(plain[: 2 * NONCE_BYTES], challenge.data + nonce):
        raise ChipError(STEP, response.sw, "chip_not_authenticated")
    return _channel(part, plain[2 * NONCE_BYTES :], challenge.data + nonce)


@dataclass(slots=True, repr=False)
class BasicAccessControlChip:
    """The chip's part: one challenge, one try, then a new challenge is due."""

    key_seed: bytes
    draw: Draw
    _challenge: bytes = b""

    def challenge(self) -> Response:
        """Answer GET CHALLENGE."""
        self._challenge = self.draw(NONCE_BYTES)
        return Response(self._challenge, Sw.OK)

    def authenticate(self, command: Command) -> tuple[Response, Channel | None]:
        """Answer EXTERNAL AUTHENTICATE; with the channel when the terminal knew the key."""
        challenge, self._challenge = self._challenge, b""
        keys = session_keys(self.key_seed, Cipher.TRIPLE_DES)
        plain = _open(command.data, keys)
        if not challenge or plain is None:
            return Response(b"", Sw.AUTHENTICATION_FAILED), None
        nonce, echo, part = plain[:8], plain[8:16], plain[16:]
        if not is_same(echo, challenge):
            return Response(b"", Sw.AUTHENTICATION_FAILED), None
        own = self.draw(KEY_BYTES)
        answer = _seal(challenge + nonce + own, keys)
        return Response(answer, Sw.OK), _channel(part, own, challenge + nonce)


def _seal(plain: bytes, keys: SessionKeys) -> bytes:
    sealed = keys.cipher.encrypt(keys.encryption, plain)
    return sealed + keys.cipher.mac(keys.authentication, sealed)


def _open(answer: bytes, keys: SessionKeys) -> bytes | None:
    """Return what was sealed; None when it was not sealed with these keys."""
    sealed, mac = answer[:SEALED_BYTES], answer[SEALED_BYTES:]
    if len(answer) != ANSWER_BYTES or not is_same(
        mac, keys.cipher.mac(keys.authentication, sealed)
    ):
        return None
    return keys.cipher.decrypt(keys.encryption, sealed)


def _channel(one_part: bytes, other_part: bytes, nonces: bytes) -> Channel:
    """Return the channel of both key parts and of both nonces, the chip's first."""
    secret = bytes(a ^ b for a, b in zip(one_part, other_part, strict=True))
    return Channel(session_keys(secret, Cipher.TRIPLE_DES), nonces[4:8] + nonces[12:16])
