"""The tree over the records: appended to in memory of a few hashes, proved with a few more.

    leaf   SHA-256(0x00 || record)
    node   SHA-256(0x01 || left || right), the left side a full power of two
    root   of no leaf at all: SHA-256 of nothing

Nothing here reads a file. `leaves` are leaf hashes; an index counts from 0.

Source: RFC 6962 section 2.1; RFC 9162 sections 2.1.3.2 and 2.1.4.2 (the two verifications).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(record: bytes) -> bytes:
    """Return the hash of one record as a leaf."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees side by side."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class CompactRange:
    """A tree reduced to what appending needs: the roots of its full subtrees, largest first.

    There is one peak for every set bit of `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"{len(self.peaks)} peaks do not make a tree of {self.size} leaves")

    def appended(self, leaf: bytes) -> "CompactRange":
        """Return the tree with this leaf hash behind the last."""
        peaks, size = self.peaks, self.size
        while size & 1:
            leaf, peaks, size = node_hash(peaks[-1], leaf), peaks[:-1], size >> 1
        return CompactRange(self.size + 1, (*peaks, leaf))

    def root(self) -> bytes:
        """Return the root hash of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        *left, root = self.peaks
        for peak in reversed(left):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes."""
    tree = CompactRange()
    for leaf in leaves:
        tree = tree.appended(leaf)
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the hashes that, with leaf `index`, give the root; RFC 6962 section 2.1.1."""
    if not 0 <= index < len(leaves):
        raise ValueError(f"there is no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return ()
    split = _largest_power_of_two_below(len(leaves))
    if index < split:
        return (*inclusion_proof(leaves[:split], index), root_of(leaves[split:]))
    return (*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split]))


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Return the hashes that show the first `old_size` leaves unchanged; RFC 6962 2.1.2."""
    if not 0 < old_size <= len(leaves):
        raise ValueError(f"there is no older tree of {old_size} leaves in one of {len(leaves)}")
    return _subproof(leaves, old_size, is_whole=True)


def is_included(leaf: bytes, index: int, tree: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Say whether the proof leads from this leaf to the tree's (size, root); RFC 9162 2.1.3.2."""
    size, root = tree
    if not 0 <= index < size:
        return False
    place, last, computed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            computed = node_hash(step, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        place, last = place >> 1, last >> 1
    return last == 0 and computed == root


def is_consistent(old: tuple[int, bytes], new: tuple[int, bytes], proof: Sequence[bytes]) -> bool:
    """Say whether the new (size, root) only appended to the old; RFC 9162 2.1.4.2."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size == new_size:
        return not proof and old_root == new_root
    if not 0 < old_size < new_size or not proof:
        return False
    is_full = old_size.bit_count() == 1
    first, *steps = (old_root, *proof) if is_full else proof
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    roots = _climb(place, last, first, steps)
    return roots == (old_root, new_root)


def _climb(
    place: int, last: int, first: bytes, steps: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """Compute the old and the new root of a consistency proof; None when its length is wrong."""
    old = new = first
    for step in steps:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


def _subproof(leaves: Sequence[bytes], old_size: int, *, is_whole: bool) -> tuple[bytes, ...]:
    if old_size == len(leaves):
        return () if is_whole else (root_of(leaves),)
    split = _largest_power_of_two_below(len(leaves))
    if old_size <= split:
        left = _subproof(leaves[:split], old_size, is_whole=is_whole)
        return (*left, root_of(leaves[split:]))
    right = _subproof(leaves[split:], old_size - split, is_whole=False)
    return (*right, root_of(leaves[:split]))


def _largest_power_of_two_below(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
