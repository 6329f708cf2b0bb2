"""Proofs that a published line belongs to a closed period: a Merkle tree over everything that was divided.

Pure, and with nothing but SHA-256, so that anybody can repeat it. The close computes the same in SQL
(``store.merkle``); a property test compares the two.

* A leaf has a key and a content. ``statement:<contributor id>`` holds that contributor's allocations, one
  line each (``allocation_line``), sorted; ``pool:<pool id>`` holds the pool's figures (``pool_line``).
* leaf hash = SHA-256(0x00 ‖ key ‖ "\\n" ‖ content); inner node = SHA-256(0x01 ‖ left ‖ right). The first byte
  keeps a leaf from being passed off as a node.
* Leaves lie in the order of their keys' bytes. Neighbours are paired level by level; an odd last node moves
  up unchanged. That is the tree of RFC 6962. No leaves at all: the SHA-256 of nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fairstock.fund.model import Allocation, Pool

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()
"""Root of a period in which nothing was divided."""

Side = Literal["left", "right"]
"""On which side of the node on the way up its neighbour stands."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf is in the tree of a period."""

    root: str
    """SHA-256 in hex: the period's, as published."""
    leaf_index: int
    """Place of the leaf, from 0."""
    leaf_count: int
    path: tuple[tuple[Side, str], ...]
    """From the leaf upwards: the neighbour's side and its hash in hex; levels without a neighbour are left
    out.
    """


def statement_key(contributor_id: str) -> str:
    """Key of the leaf that holds a contributor's lines."""
    return f"statement:{contributor_id}"


def pool_key(pool_id: str) -> str:
    """Key of the leaf that holds a pool's figures."""
    return f"pool:{pool_id}"


def allocation_line(line: Allocation) -> str:
    """``pool|source|work|micro-units`` with a newline."""
    return f"{line.pool_id}|{line.source_id}|{line.work_sha256}|{line.amount_micros}\n"


def statement_content(lines: Iterable[Allocation]) -> str:
    """A contributor's lines in order of pool, source and work by their bytes."""
    ordered = sorted(lines, key=lambda each: (each.pool_id, each.source_id, each.work_sha256))
    return "".join(map(allocation_line, ordered))


def pool_line(pool: Pool) -> str:
    """A pool's figures with a newline; what it does not have is empty, amounts are in micro-units."""
    parts = (
        *(pool.part.value, pool.release_id, pool.deal_id, pool.method_id, pool.reliability_ppb),
        *(pool.amount.currency, pool.sources, pool.clusters),
        *(pool.amount.micros, pool.allocated.micros, pool.reserve.micros),
        pool.reserve_reason.value if pool.reserve_reason else None,
    )
    return "|".join("" if part is None else str(part) for part in parts) + "\n"


def leaf_hash(key: str, content: str) -> bytes:
    """What the tree holds of a leaf."""
    return hashlib.sha256(b"\x00" + key.encode() + b"\n" + content.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """What the tree holds of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels from the leaf hashes up to the root, which stands alone; [] without leaves."""
    levels = [list(leaves)] if leaves else []
    while levels and len(levels[-1]) > 1:
        below = levels[-1]
        paired = [node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)]
        levels.append(paired + below[len(below) & ~1 :])
    return levels


def root_of(contents: Mapping[str, str]) -> str:
    """Root in hex over leaves given as key → content."""
    levels = tree([leaf_hash(key, contents[key]) for key in sorted(contents)])
    return levels[-1][0].hex() if levels else EMPTY_ROOT


def prove(levels: Sequence[Sequence[bytes]], index: int) -> Proof:
    """The proof of the leaf at ``index``; raises ``IndexError`` where there is none."""
    place, path = index, list[tuple[Side, str]]()
    for level in levels[:-1]:
        neighbour = place ^ 1
        if neighbour < len(level):
            path.append(("left" if place & 1 else "right", level[neighbour].hex()))
        place >>= 1
    levels[0][index]
    return Proof(levels[-1][0].hex(), index, len(levels[0]), tuple(path))


def holds(proof: Proof, key: str, content: str) -> bool:
    """Whether the leaf with this content leads to the root of the proof, at the place that it names."""
    here, place, width, rest = leaf_hash(key, content), proof.leaf_index, proof.leaf_count, list(proof.path)
    if not 0 <= place < width:
        return False
    while width > 1:
        if place ^ 1 < width:
            if not rest:
                return False
            side, other = rest.pop(0)
            if side != ("left" if place & 1 else "right"):
                return False
            pair = (bytes.fromhex(other), here) if side == "left" else (here, bytes.fromhex(other))
            here = node_hash(*pair)
        place, width = place >> 1, (width + 1) >> 1
    return not rest and here.hex() == proof.root
