"""The tree: the known answers of Certificate Transparency, and its laws for any size.

Source: the reference vectors of the Certificate Transparency project (eight leaves), RFC 6962.
"""

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from egate.journal.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    root_of,
)

RECORDS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [leaf_hash(record) for record in RECORDS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
G = ROOTS[4]
INCLUSIONS = [  # index, size, proof
    (0, 8, [A, B, C]),
    (5, 8, [D, E, G]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], B, D]),
]
CONSISTENCIES = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, G]), (2, 5, [B, D])]


def _raw(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text) for text in texts)


@pytest.mark.parametrize("size", range(9))
def test_the_root_is_the_known_one(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_no_leaf_at_all_has_the_root_of_nothing() -> None:
    assert CompactRange().root() == EMPTY_ROOT


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSIONS)
def test_an_inclusion_proof_is_the_known_one_and_verifies(
    index: int, size: int, proof: list[str]
) -> None:
    tree = (size, bytes.fromhex(ROOTS[size]))
    assert inclusion_proof(LEAVES[:size], index) == _raw(proof)
    assert is_included(LEAVES[index], index, tree, _raw(proof))


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCIES)
def test_a_consistency_proof_is_the_known_one_and_verifies(
    old: int, new: int, proof: list[str]
) -> None:
    before, after = (old, bytes.fromhex(ROOTS[old])), (new, bytes.fromhex(ROOTS[new]))
    assert consistency_proof(LEAVES[:new], old) == _raw(proof)
    assert is_consistent(before, after, _raw(proof))


def test_a_peak_too_many_is_no_tree() -> None:
    with pytest.raises(ValueError, match="2 peaks do not make a tree of 4 leaves"):
        CompactRange(4, (EMPTY_ROOT, EMPTY_ROOT))


def test_a_proof_of_a_leaf_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no leaf 8"):
        inclusion_proof(LEAVES, 8)
    assert not is_included(LEAVES[0], 8, (8, root_of(LEAVES)), ())


def test_an_older_tree_that_is_longer_is_refused() -> None:
    with pytest.raises(ValueError, match="no older tree of 9"):
        consistency_proof(LEAVES, 9)
    assert not is_consistent((9, EMPTY_ROOT), (8, root_of(LEAVES)), ())


leaves = st.lists(st.binary(max_size=4).map(leaf_hash), min_size=1, max_size=40)


@settings(max_examples=60)
@given(leaves, st.data())
def test_every_leaf_is_proven_where_it_stands_and_nowhere_else(
    grown: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(grown) - 1))
    tree = (len(grown), root_of(grown))
    proof = inclusion_proof(grown, index)
    assert is_included(grown[index], index, tree, proof)
    assert not is_included(leaf_hash(b"another"), index, tree, proof)
    assert not is_included(grown[index], index, tree, (*proof, EMPTY_ROOT))
    assert not proof or not is_included(grown[index], index, tree, proof[:-1])


@settings(max_examples=60)
@given(leaves, st.data())
def test_a_grown_tree_is_consistent_and_a_rewritten_one_is_not(
    grown: list[bytes], data: st.DataObject
) -> None:
    old_size = data.draw(st.integers(1, len(grown)))
    place = data.draw(st.integers(0, old_size - 1))
    old, new = (old_size, root_of(grown[:old_size])), (len(grown), root_of(grown))
    proof = consistency_proof(grown, old_size)
    assert is_consistent(old, new, proof)
    rewritten = [*grown[:place], leaf_hash(b"rewritten"), *grown[place + 1 :]]
    forged = (len(grown), root_of(rewritten))
    assert not is_consistent(old, forged, consistency_proof(rewritten, old_size))
    assert not is_consistent(old, new, (*proof, EMPTY_ROOT))


@given(leaves)
def test_appending_one_by_one_keeps_one_peak_for_each_set_bit(grown: list[bytes]) -> None:
    tree = CompactRange()
    for leaf in grown:
        tree = tree.appended(leaf)
    assert (tree.size, len(tree.peaks)) == (len(grown), len(grown).bit_count())
    assert tree.root() == root_of(grown)
