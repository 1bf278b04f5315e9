"""The signed checkpoint: the known note, our own, and every way it can be wrong.

Source: C2SP signed-note; the example keys and note of Go's golang.org/x/mod/sumdb/note.
"""

from base64 import b64decode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import pytest

from egate.journal.checkpoint import (
    Checkpoint,
    CheckpointError,
    open_note,
    origin_of,
    parse,
    sign,
    sign_note,
    verify,
)
from egate.journal.merkle import EMPTY_ROOT, leaf_hash

KNOWN_KEY = Ed25519PrivateKey.from_private_bytes(
    b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
)
KNOWN_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
KNOWN_NOTE = (
    KNOWN_TEXT + "\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFY"
    "C2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
ORIGIN = origin_of("lane-1", "0011223344556677")
HEAD = Checkpoint(ORIGIN, 12, leaf_hash(b"x"))
NOTE = sign(HEAD, KEY)


def test_the_known_note_is_signed_and_opened_as_published() -> None:
    assert sign_note(KNOWN_TEXT, "PeterNeumann", KNOWN_KEY) == KNOWN_NOTE
    assert open_note(KNOWN_NOTE, "PeterNeumann", KNOWN_KEY.public_key()) == KNOWN_TEXT


def test_a_checkpoint_reads_as_three_lines_and_a_signature() -> None:
    lines = NOTE.split("\n")
    assert lines[:2] == ["egate/lane-1/0011223344556677", "12"]
    assert lines[3:4] == [""]
    assert lines[4].startswith("\u2014 egate/lane-1/0011223344556677 ")


def test_what_is_signed_comes_back() -> None:
    assert verify(NOTE, ORIGIN, KEY.public_key()) == HEAD


def test_a_witness_beside_our_signature_is_passed_over() -> None:
    witness = sign_note("", "witness.example", OTHER).removeprefix("\n")
    assert verify(NOTE + witness, ORIGIN, KEY.public_key()) == HEAD


@pytest.mark.parametrize("place", range(0, len(NOTE), 7))
def test_no_changed_letter_is_taken(place: int) -> None:
    letter = "B" if NOTE[place] != "B" else "C"
    with pytest.raises(CheckpointError):
        verify(NOTE[:place] + letter + NOTE[place + 1 :], ORIGIN, KEY.public_key())


@pytest.mark.parametrize("length", range(0, len(NOTE), 5))
def test_no_truncated_note_is_taken(length: int) -> None:
    with pytest.raises(CheckpointError):
        verify(NOTE[:length], ORIGIN, KEY.public_key())


def test_another_key_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not signed by this key"):
        verify(NOTE, ORIGIN, OTHER.public_key())


def test_another_journal_s_checkpoint_is_refused() -> None:
    with pytest.raises(CheckpointError, match="not signed by this key"):
        verify(NOTE, origin_of("lane-2", "0011223344556677"), KEY.public_key())
    foreign = sign_note("egate/lane-2/00\n0\n" + NOTE.split("\n")[2] + "\n", ORIGIN, KEY)
    with pytest.raises(CheckpointError, match="another journal"):
        verify(foreign, ORIGIN, KEY.public_key())


def test_an_endless_note_is_refused_before_it_is_read() -> None:
    with pytest.raises(CheckpointError, match="no signed note"):
        open_note("x\n" * 100_000 + NOTE, ORIGIN, KEY.public_key())


@pytest.mark.parametrize("size", ["", "-1", "012", "1.0", "\u0663", "9" * 40])
def test_a_size_has_one_form_only(size: str) -> None:
    root = NOTE.split("\n")[2]
    with pytest.raises(CheckpointError):
        parse(f"{ORIGIN}\n{size}\n{root}\n")


def test_an_empty_journal_has_a_checkpoint_too() -> None:
    head = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert verify(sign(head, KEY), ORIGIN, KEY.public_key()) == head
