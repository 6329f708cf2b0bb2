"""SQL on the Merkle tree of a closed period, whose rules are in ``fund.proofs``."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, text

from fairstock.fund.proofs import EMPTY_ROOT, Proof
from fairstock.kit.errors import NotFound


class NoProof(NotFound):
    """A leaf was asked for that the period's tree does not have."""

    def __init__(self, period: str, key: str) -> None:
        self.period, self.key = period, key
        super().__init__(
            f"The period {period} has no proof of {key!r}.",
            remedy="ask for somebody who earned in it, or a pool of it, once it is closed",
        )


# A text of PostgreSQL ends at 1 GB: about seven million lines of one contributor in one month.
_LEAVES = text("""
    WITH leaf AS (
        SELECT 'statement:' || contributor_id AS key, string_agg(
            pool_id || '|' || source_id || '|' || work_sha256 || '|' || amount_micros || E'\\n', ''
            ORDER BY pool_id, source_id, work_sha256) AS content
        FROM fund_allocation WHERE period = :period
        GROUP BY contributor_id
        UNION ALL
        SELECT 'pool:' || id, part || '|' || coalesce(release_id, '') || '|' || coalesce(deal_id, '') || '|'
            || coalesce(method_id, '') || '|' || coalesce(reliability_ppb::text, '') || '|' || currency || '|'
            || sources || '|' || clusters || '|' || amount_micros || '|' || allocated_micros || '|'
            || reserve_micros || '|' || coalesce(reserve_reason, '') || E'\\n'
        FROM fund_pool WHERE period = :period
    ), placed AS (
        SELECT row_number() OVER (ORDER BY key COLLATE "C") - 1 AS position, key,
            sha256('\\x00'::bytea || convert_to(key || E'\\n' || content, 'UTF8')) AS hash
        FROM leaf
    ), named AS (
        INSERT INTO fund_proof_leaf (period, position, key) SELECT :period, position, key FROM placed
    )
    INSERT INTO fund_proof_node (period, level, position, hash) SELECT :period, 0, position, hash FROM placed
""")

_NEXT_LEVEL = text("""
    INSERT INTO fund_proof_node (period, level, position, hash)
    SELECT :period, :level, position / 2, CASE count(*)
        WHEN 1 THEN string_agg(hash, ''::bytea)
        ELSE sha256('\\x01'::bytea || string_agg(hash, ''::bytea ORDER BY position)) END
    FROM fund_proof_node WHERE period = :period AND level = :level - 1
    GROUP BY position / 2
""")

_ROOT = text("""
    SELECT encode(hash, 'hex') FROM fund_proof_node WHERE period = :period ORDER BY level DESC LIMIT 1
""")

_COUNTS = text("""
    SELECT period.merkle_root AS root, count(leaf.key) AS leaves
    FROM fund_period AS period LEFT JOIN fund_proof_leaf AS leaf ON leaf.period = period.id
    WHERE period.id = :period AND period.merkle_root IS NOT NULL GROUP BY period.merkle_root
""")

_PLACES = text("SELECT key, position FROM fund_proof_leaf WHERE period = :period AND key = ANY(:keys)")

# The neighbour of a node is the one with the last bit turned; a node that moved up unchanged has none.
_PATHS = text("""
    SELECT leaf.key, node.level, node.position & 1 AS odd, encode(node.hash, 'hex') AS hash
    FROM fund_proof_leaf AS leaf
    CROSS JOIN generate_series(0, 62) AS up (level)
    JOIN fund_proof_node AS node ON node.period = leaf.period AND node.level = up.level
        AND node.position = ((leaf.position >> up.level) # 1)
    WHERE leaf.period = :period AND leaf.key = ANY(:keys) AND (CAST(1 AS bigint) << up.level) < :leaves
    ORDER BY leaf.position, node.level
""")


def write_tree(conn: Connection, period: str) -> str:
    """Hash what was divided in the period, keep every node, and return the root in hex.

    The pools and allocations must be complete, and the period still open.
    """
    width = conn.execute(_LEAVES, {"period": period}).rowcount
    level = 0
    while width > 1:
        level += 1
        width = conn.execute(_NEXT_LEVEL, {"period": period, "level": level}).rowcount
    return conn.scalar(_ROOT, {"period": period}) or EMPTY_ROOT


def proofs(conn: Connection, period: str, keys: Iterable[str]) -> dict[str, Proof]:
    """Proofs by key, of those that are in the period's tree; {} for an open period."""
    wanted = list(keys)
    tree = conn.execute(_COUNTS, {"period": period}).one_or_none()
    if tree is None:
        return {}
    values = {"period": period, "keys": wanted, "leaves": tree.leaves}
    paths: dict[str, list[tuple[str, str]]] = {}
    for row in conn.execute(_PATHS, values):
        paths.setdefault(row.key, []).append(("right" if row.odd else "left", row.hash))
    return {
        key: Proof(tree.root, position, tree.leaves, tuple(paths.get(key, ())))  # type: ignore[arg-type]
        for key, position in conn.execute(_PLACES, {"period": period, "keys": wanted})
    }


def proof(conn: Connection, period: str, key: str) -> Proof:
    """The proof of one leaf; raises ``NoProof``."""
    found = proofs(conn, period, [key])
    if key not in found:
        raise NoProof(period, key)
    return found[key]


def contributors(conn: Connection, period: str) -> int:
    """How many people have a statement in the period's tree."""
    query = text("SELECT count(*) FROM fund_proof_leaf WHERE period = :period AND key LIKE 'statement:%'")
    return int(conn.scalar(query, {"period": period}) or 0)
