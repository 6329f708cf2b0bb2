"""An edition: one Merkle tree over all published statements of a period, so that nobody's can be changed
unseen.

A statement's leaf has the key ``document:<contributor id>`` and, as its content, the SHA-256 of its canonical
JSON without ``proof``; the tree is that of ``fund.proofs``. ``root.json`` is published for everybody:
the root, the root of the close, the rules, all pools and totals, and how far the journal's hash chain
had come.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from fairstock.db.locks import advisory
from fairstock.fund.proofs import EMPTY_ROOT, leaf_hash, tree
from fairstock.kit.clock import Clock
from fairstock.kit.objects import ObjectStore
from fairstock.ledger import chain
from fairstock.statement.frame import Frame
from fairstock.statement.store import editions
from fairstock.statement.store.editions import Edition, Leaf
from fairstock.statement.write import canonical, plain

ROOT_FORMAT = "fairstock.root/1"

_OWN = ("source_lines", "cluster_names", "proof")
"""What a statement says about a pool for its contributor alone."""


@dataclass(frozen=True, slots=True)
class Published:
    """One contributor's statement as it was published."""

    json: bytes
    csv: bytes
    edition: Edition


def seal(
    conn: Connection, objects: ObjectStore, shared: Frame, *, notice: str | None, clock: Clock
) -> Edition:
    """Put the newest statements of everybody under one root and publish it; the same statements again
    give the same edition.
    """
    advisory(conn, f"statement:seal:{shared.period}")
    leaves = editions.latest_issues(conn, shared.period)
    levels = tree([leaf_hash(f"document:{each.contributor_id}", each.json_sha256) for each in leaves])
    root = levels[-1][0].hex() if levels else EMPTY_ROOT
    last = editions.latest(conn, shared.period)
    number = last.number + 1 if last else 1
    if last is not None and last.root == root:
        return last
    previous = last.document_sha256 if last else None
    journal = chain.seal(conn)
    head = {"edition": number, "previous_edition": previous, "notice": notice, "statements": len(leaves)}
    sealed = {"links": journal.links, "digest": journal.digest.hex()}
    document = {**_document(shared), **head, "documents_root": root, "journal": sealed}
    new = Edition(shared.period, number, root, len(leaves), objects.put(canonical(document)))
    editions.add(conn, new, leaves, levels, journal=journal, at=clock.now())
    return new


def published(
    conn: Connection, objects: ObjectStore, period: str, contributor_ids: Sequence[str]
) -> dict[str, Published]:
    """Contributor → statement of the newest edition; empty before the first one."""
    edition = editions.latest(conn, period)
    if edition is None:
        return {}
    found = editions.leaves(conn, edition, contributor_ids)
    return {who: _read(objects, leaf, edition) for who, leaf in found.items()}


def _read(objects: ObjectStore, leaf: Leaf, edition: Edition) -> Published:
    body = json.loads(objects.get(leaf.json_sha256))
    proof = {"root": edition.root, "path": [list(step) for step in leaf.path]}
    return Published(canonical({**body, "proof": proof}), objects.get(leaf.csv_sha256), edition)


def _document(shared: Frame) -> dict[str, Any]:
    """Of ``root.json``: what everybody's statements have in common."""
    pools = [plain(pool) for pool in shared.pools]
    totals: dict[str, dict[str, Any]] = {}
    for pool in shared.pools:
        sums = totals.setdefault(pool.amount.currency, {})
        for name in ("amount", "allocated", "reserve"):
            sums[name] = sums[name] + getattr(pool, name) if name in sums else getattr(pool, name)
    return {
        "format": ROOT_FORMAT,
        "period": shared.period,
        "allocations_root": shared.allocations_root,
        "rules": plain(shared.rules) if shared.rules else None,
        "totals": {
            currency: {name: plain(each) for name, each in sums.items()} for currency, sums in totals.items()
        },
        "ranges": {currency: plain(each) for currency, each in shared.ranges.items()},
        "pools": [{name: value for name, value in pool.items() if name not in _OWN} for pool in pools],
    }
