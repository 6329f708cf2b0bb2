"""SQL of editions: every publication of a period's statements, with the tree over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, text

from fairstock.fund.proofs import Side
from fairstock.ledger.chain import Head
from fairstock.statement import tables


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication of all statements of a period."""

    period: str
    number: int
    root: str
    """Merkle root over the statements, in hex."""
    statements: int
    document_sha256: str
    """Of ``root.json``, which is published beside them."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A published statement."""

    contributor_id: str
    json_sha256: str
    """Of its JSON without ``proof``."""
    csv_sha256: str
    path: tuple[tuple[Side, str], ...] = ()
    """From the leaf upwards: the neighbour's side and its hash in hex."""


_LATEST_ISSUES = text("""
    SELECT DISTINCT ON (contributor_id COLLATE "C") contributor_id, json_sha256, csv_sha256
    FROM statement_issue WHERE period = :period
    ORDER BY contributor_id COLLATE "C", revision DESC
""")

_ADD_LEAVES = text("""
    INSERT INTO statement_leaf (period, edition, contributor_id, position, json_sha256, csv_sha256)
    SELECT :period, :edition, leaf.contributor_id, leaf.position - 1, leaf.json_sha256, leaf.csv_sha256
    FROM unnest(CAST(:contributors AS text[]), CAST(:jsons AS text[]), CAST(:csvs AS text[]))
        WITH ORDINALITY AS leaf (contributor_id, json_sha256, csv_sha256, position)
""")

_ADD_NODES = text("""
    INSERT INTO statement_node (period, edition, level, position, hash)
    SELECT :period, :edition, :level, node.position - 1, node.hash
    FROM unnest(CAST(:hashes AS bytea[])) WITH ORDINALITY AS node (hash, position)
""")

# The neighbour of a node is the one with the last bit turned; a node that moved up unchanged has none.
_PATHS = text("""
    SELECT leaf.contributor_id, leaf.json_sha256, leaf.csv_sha256, node.position & 1 AS odd,
           encode(node.hash, 'hex') AS hash
    FROM statement_leaf AS leaf
    LEFT JOIN generate_series(0, 62) AS up (level) ON (CAST(1 AS bigint) << up.level) < :leaves
    LEFT JOIN statement_node AS node ON node.period = leaf.period AND node.edition = leaf.edition
        AND node.level = up.level AND node.position = ((leaf.position >> up.level) # 1)
    WHERE leaf.period = :period AND leaf.edition = :edition AND leaf.contributor_id = ANY(:contributors)
    ORDER BY leaf.position, up.level
""")


def latest_issues(conn: Connection, period: str) -> list[Leaf]:
    """The newest statement of everybody who has one, in the order of the tree."""
    return [Leaf(*row) for row in conn.execute(_LATEST_ISSUES, {"period": period})]


def latest(conn: Connection, period: str) -> Edition | None:
    """The newest edition of the period."""
    table = tables.edition
    query = (
        select(table.c.period, table.c.number, table.c.root, table.c.statements, table.c.document_sha256)
        .where(table.c.period == period)
        .order_by(table.c.number.desc())
        .limit(1)
    )
    row = conn.execute(query).one_or_none()
    return Edition(*row) if row else None


def add(
    conn: Connection,
    new: Edition,
    leaves: Sequence[Leaf],
    levels: Sequence[Sequence[bytes]],
    *,
    journal: Head,
    at: datetime,
) -> None:
    """Write an edition with its leaves, all nodes of its tree, level by level, and the journal's state."""
    values = {"period": new.period, "edition": new.number}
    columns = {
        "contributors": [each.contributor_id for each in leaves],
        "jsons": [each.json_sha256 for each in leaves],
        "csvs": [each.csv_sha256 for each in leaves],
    }
    conn.execute(_ADD_LEAVES, {**values, **columns})
    for level, hashes in enumerate(levels):
        conn.execute(_ADD_NODES, {**values, "level": level, "hashes": list(hashes)})
    conn.execute(
        insert(tables.edition).values(
            period=new.period,
            number=new.number,
            root=new.root,
            statements=new.statements,
            document_sha256=new.document_sha256,
            journal_links=journal.links,
            journal_digest=journal.digest.hex(),
            published_at=at,
        )
    )


def leaves(conn: Connection, edition: Edition, contributor_ids: Sequence[str]) -> dict[str, Leaf]:
    """Contributor → the statement in this edition with its path; those without one are left out."""
    values = {
        "period": edition.period,
        "edition": edition.number,
        "leaves": edition.statements,
        "contributors": list(contributor_ids),
    }
    found: dict[str, Leaf] = {}
    paths: dict[str, list[tuple[Side, str]]] = {}
    for row in conn.execute(_PATHS, values):
        found.setdefault(row.contributor_id, Leaf(row.contributor_id, row.json_sha256, row.csv_sha256))
        if row.hash is not None:
            paths.setdefault(row.contributor_id, []).append(("right" if row.odd else "left", row.hash))
    return {
        who: Leaf(who, leaf.json_sha256, leaf.csv_sha256, tuple(paths.get(who, ())))
        for who, leaf in found.items()
    }


def add_inputs(conn: Connection, pool_id: str, digests: Sequence[str]) -> None:
    """Note the files with a pool's inputs, in order."""
    rows = [{"pool_id": pool_id, "number": n, "sha256": each} for n, each in enumerate(digests, start=1)]
    if rows:
        conn.execute(insert(tables.input_file), rows)


def is_input(conn: Connection, sha256: str) -> bool:
    """Whether a file of this digest was published as the inputs of a pool."""
    table = tables.input_file
    return conn.scalar(select(table.c.sha256).where(table.c.sha256 == sha256).limit(1)) is not None


def editions(conn: Connection, period: str) -> int:
    """How many editions the period has."""
    query = select(func.count()).select_from(tables.edition).where(tables.edition.c.period == period)
    return conn.scalars(query).one()
