"""A checkpoint: the size and root of the tree, signed by the gate, as text a person can read.

    egate/<gate name>/<epoch>                   the origin, also the name of the key
    <number of records>
    <root, base64>
                                                an empty line
    \u2014 <key name> <base64 of key id and signature>

The signature covers the text up to and with the newline before the empty line. Signatures of
other keys (a witness) may stand beside ours and are passed over.

Source: C2SP signed-note and tlog-checkpoint; RFC 8032 (Ed25519).
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from egate.journal.merkle import HASH_BYTES

ED25519 = b"\x01"  # signature type of C2SP signed-note
KEY_ID_BYTES = 4
MAX_NOTE_CHARS = 8192  # a checkpoint with sixteen witnesses stays under 4 kB
SIGNATURE_MARK = "\u2014 "


class CheckpointError(ValueError):
    """This text is no checkpoint, or not one signed by this key; the message says which."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one journal: whose it is, how many records it has, and their root."""

    origin: str
    size: int
    root: bytes


def origin_of(gate: str, epoch: str) -> str:
    """Return the origin line of this gate's journal.

    >>> origin_of("lane-1", "0123456789abcdef")
    'egate/lane-1/0123456789abcdef'
    """
    return f"egate/{gate}/{epoch}"


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the signed note of this checkpoint."""
    root = b64encode(checkpoint.root).decode()
    text = f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n"
    return sign_note(text, checkpoint.origin, key)


def verify(note: str, origin: str, key: Ed25519PublicKey) -> Checkpoint:
    """Return what the note says once its origin and signature are proven.

    Raises:
        CheckpointError: it is malformed, of another origin, or not signed by this key.
    """
    checkpoint = parse(open_note(note, origin, key))
    if checkpoint.origin != origin:
        raise CheckpointError("it is of another journal")
    return checkpoint


def parse(text: str) -> Checkpoint:
    """Read the three lines of a checkpoint; lines behind them are passed over.

    Raises:
        CheckpointError: a line is missing or not in its one canonical form.
    """
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:3]):
        raise CheckpointError("it has fewer than three lines")
    origin, size, root = lines[:3]
    if not size.isascii() or not size.isdigit() or len(size) > 18 or str(int(size)) != size:
        raise CheckpointError("its size is no plain number")
    return Checkpoint(origin, int(size), _base64(root, HASH_BYTES))


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return the text with this key's signature line behind it."""
    signed = _key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{SIGNATURE_MARK}{name} {b64encode(signed).decode()}\n"


def open_note(note: str, name: str, key: Ed25519PublicKey) -> str:
    """Return the text of a note that this key signed.

    Raises:
        CheckpointError: it is no note, or this key's signature is absent or wrong.
    """
    text, separator, signatures = note[:MAX_NOTE_CHARS].rpartition("\n\n")
    if not separator or not signatures.endswith("\n") or len(note) > MAX_NOTE_CHARS:
        raise CheckpointError("it is no signed note")
    text += "\n"
    wanted = _key_id(name, key)
    for line in signatures[:-1].split("\n"):
        signer, _, signed = line.removeprefix(SIGNATURE_MARK).partition(" ")
        raw = _base64(signed)
        if line.startswith(SIGNATURE_MARK) and signer == name and raw.startswith(wanted):
            _prove(key, raw[KEY_ID_BYTES:], text)
            return text
    raise CheckpointError("it is not signed by this key")


def _prove(key: Ed25519PublicKey, signature: bytes, text: str) -> None:
    try:
        key.verify(signature, text.encode())
    except InvalidSignature as error:
        raise CheckpointError("its signature is wrong") from error


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    named = name.encode() + b"\n" + ED25519 + key.public_bytes_raw()
    return sha256(named).digest()[:KEY_ID_BYTES]


def _base64(text: str, length: int | None = None) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except ValueError as error:
        raise CheckpointError("its base64 is malformed") from error
    if length not in (None, len(raw)) or b64encode(raw).decode() != text:
        raise CheckpointError("its base64 is not in canonical form")
    return raw
