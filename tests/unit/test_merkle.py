"""The Merkle tree over a period: its shape, and what a proof refuses."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.fund.proofs import EMPTY_ROOT, Proof, holds, leaf_hash, node_hash, prove, root_of, tree

CONTENTS = st.dictionaries(st.text("abc:é", min_size=1, max_size=6), st.text(max_size=8), min_size=1)


def rfc6962(leaves: list[bytes]) -> bytes:
    """The tree's head as RFC 6962 section 2.1 defines it, from leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(rfc6962(leaves[:left]), rfc6962(leaves[left:]))


@pytest.mark.parametrize("count", range(1, 201))
def test_pairing_level_by_level_is_the_tree_of_rfc_6962(count: int) -> None:
    leaves = [sha256(bytes([n])).digest() for n in range(count)]
    levels = tree(leaves)
    assert levels[-1] == [rfc6962(leaves)]
    assert [prove(levels, n).leaf_index for n in range(count)] == list(range(count))


def test_nothing_has_the_root_of_nothing() -> None:
    assert (tree([]), root_of({})) == ([], sha256(b"").hexdigest())
    assert root_of({}) == EMPTY_ROOT


@given(CONTENTS, st.data())
def test_a_proof_holds_for_its_leaf_and_no_other(contents: dict[str, str], data: st.DataObject) -> None:
    keys = sorted(contents)
    levels = tree([leaf_hash(key, contents[key]) for key in keys])
    index = data.draw(st.integers(0, len(keys) - 1))
    key, proof = keys[index], prove(levels, index)
    assert proof.root == root_of(contents)
    assert holds(proof, key, contents[key])
    assert not holds(proof, key, contents[key] + " ")
    assert not holds(proof, key + " ", contents[key])


@given(st.integers(2, 40), st.data())
def test_no_changed_proof_holds(count: int, data: st.DataObject) -> None:
    levels = tree([leaf_hash(str(n), "") for n in range(count)])
    index = data.draw(st.integers(0, count - 1))
    proof = prove(levels, index)
    step = data.draw(st.integers(0, len(proof.path) - 1))
    side, other = proof.path[step]
    changed = data.draw(
        st.sampled_from(
            [
                Proof("0" * 64, index, count, proof.path),
                Proof(proof.root, index, count, proof.path[:step] + proof.path[step + 1 :]),
                Proof(proof.root, index, count, (*proof.path, (side, other))),
                Proof(proof.root, index ^ 1, count, proof.path),
                Proof(proof.root, -1, count, proof.path),
                Proof(proof.root, index, 1, proof.path),
                Proof(
                    proof.root,
                    index,
                    count,
                    (
                        *proof.path[:step],
                        ("right" if side == "left" else "left", other),
                        *proof.path[step + 1 :],
                    ),
                ),
                Proof(
                    proof.root,
                    index,
                    count,
                    (*proof.path[:step], (side, other[::-1]), *proof.path[step + 1 :]),
                ),
            ]
        )
    )
    assert not holds(changed, str(index), "") or changed == proof
