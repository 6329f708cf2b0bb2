"""The Merkle tree that the close writes is the one that the pure rules make, and tampering shows."""

from __future__ import annotations

import pytest
from factories.core import add_buyer, add_contributor
from factories.money import AFTER, PERIOD, add_generated, add_release, attribute, sell_one
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from fairstock.db.checks import run_checks
from fairstock.fund import store
from fairstock.fund.close import close
from fairstock.fund.model import WHOLE_PPB
from fairstock.fund.proofs import (
    EMPTY_ROOT,
    holds,
    leaf_hash,
    pool_key,
    pool_line,
    prove,
    root_of,
    statement_content,
    statement_key,
    tree,
)
from fairstock.fund.store import draft
from fairstock.fund.store.merkle import write_tree

_POOLS = text("""
    INSERT INTO fund_pool SELECT 'pol_' || n, :period, 'floor', NULL, NULL, NULL, NULL, 'USD', n, 0, n, 0, n, 'no_manifest'
    FROM generate_series(1, :count) AS n
""")  # noqa: E501


def contents_of(conn: Connection, people: list[str]) -> dict[str, str]:
    """Key → content of every leaf of the period, from what is stored."""
    lines = store.allocations_of(conn, PERIOD, people)
    statements = {statement_key(who): statement_content(theirs) for who, theirs in lines.items() if theirs}
    return statements | {pool_key(pool.id): pool_line(pool) for pool in store.pools_of(conn, PERIOD)}


@pytest.fixture
def people(conn: Connection) -> list[str]:
    """Three contributors, who earned from two pools of a closed month."""
    buyer = add_buyer(conn)
    names = ["ann", "bob", "cem"]
    people = {name: add_contributor(conn, name) for name in names}
    add_release(conn, {name: (people[name], n) for n, name in enumerate(names)})
    for seed in (1, 2):
        picture = add_generated(conn, buyer, seed)
        attribute(conn, picture, {"ann": WHOLE_PPB}, people, reliability_ppb=WHOLE_PPB // 3)
        sell_one(conn, picture, buyer, str(seed))
    close(conn, PERIOD, AFTER)
    return list(people.values())


def test_the_close_proves_every_statement_and_pool(conn: Connection, people: list[str]) -> None:
    contents = contents_of(conn, people)
    assert len(contents) == 3 + 2
    found = store.proofs(conn, PERIOD, [*contents, "statement:nobody"])
    assert found.keys() == contents.keys()
    assert all(holds(proof, key, contents[key]) for key, proof in found.items())
    period = store.period(conn, PERIOD)
    assert period is not None
    assert {proof.root for proof in found.values()} == {period.merkle_root} == {root_of(contents)}
    with pytest.raises(store.NoProof, match="2026-10 has no proof of 'statement:nobody'"):
        store.proof(conn, PERIOD, "statement:nobody")


def test_an_empty_and_an_open_period(conn: Connection) -> None:
    assert store.proofs(conn, PERIOD, ["pool:1"]) == {}
    assert close(conn, PERIOD, AFTER).merkle_root == EMPTY_ROOT
    assert store.proofs(conn, PERIOD, ["pool:1"]) == {}
    assert run_checks(conn) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 200))
@example(count=1)
@example(count=2)
@example(count=3)
@example(count=200)
def test_the_tree_in_sql_is_the_pure_one(conn: Connection, count: int) -> None:
    step = conn.begin_nested()
    conn.execute(text("INSERT INTO fund_period (id, state) VALUES (:period, 'open')"), {"period": PERIOD})
    conn.execute(_POOLS, {"period": PERIOD, "count": count})
    draft.begin(conn, PERIOD)
    root = write_tree(conn, PERIOD)
    values = {"period": PERIOD, "root": root}
    conn.execute(text("INSERT INTO fund_policy VALUES ('v', 'v', now()) ON CONFLICT DO NOTHING"))
    conn.execute(
        text(
            "UPDATE fund_period SET state = 'closed', policy_version = 'v', input_digest = repeat('0', 64), "
            "closed_at = now(), merkle_root = :root WHERE id = :period"
        ),
        values,
    )
    contents = contents_of(conn, [])
    found = store.proofs(conn, PERIOD, contents)
    broken = {rule.name for rule in run_checks(conn)}
    step.rollback()
    levels = tree([leaf_hash(key, contents[key]) for key in sorted(contents)])
    assert root == levels[-1][0].hex()
    assert found == {key: prove(levels, n) for n, key in enumerate(sorted(contents))}
    assert "fund_proofs_hold" not in broken


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE fund_allocation SET amount_micros = amount_micros + 1",
        "UPDATE fund_allocation SET source_id = source_id || 'x' WHERE source_id LIKE 'sal%'",
        "DELETE FROM fund_allocation WHERE source_id LIKE 'sal%'",
        "UPDATE fund_pool SET reserve_reason = 'unattributed'",
        "UPDATE fund_proof_leaf SET key = key || 'x'",
        "DELETE FROM fund_proof_leaf WHERE position = 1",
        "UPDATE fund_proof_node SET hash = sha256(hash) WHERE level = 0 AND position = 1",
        "UPDATE fund_proof_node SET hash = sha256(hash) WHERE level = 1 AND position = 1",
        "DELETE FROM fund_proof_node WHERE level = (SELECT max(level) FROM fund_proof_node)",
        "DELETE FROM fund_proof_node",
        "UPDATE fund_period SET merkle_root = repeat('0', 64)",
    ],
)
def test_books_check_finds_what_was_tampered_with(conn: Connection, people: list[str], change: str) -> None:
    """As a superuser with the triggers off: the rule must not rely on the guards."""
    assert people
    assert run_checks(conn) == []
    conn.execute(text("SET LOCAL session_replication_role = replica"))
    conn.execute(text(change))
    assert "fund_proofs_hold" in {rule.name for rule in run_checks(conn)}


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO fund_proof_node SELECT id, 9, 9, 'x' FROM fund_period",
        "INSERT INTO fund_proof_leaf SELECT id, 99, 'statement:late' FROM fund_period",
        "UPDATE fund_proof_node SET hash = 'x'",
        "DELETE FROM fund_proof_leaf",
        "UPDATE fund_period SET merkle_root = NULL",
    ],
)
def test_a_tree_is_final(conn: Connection, people: list[str], change: str) -> None:
    assert people
    with pytest.raises(DatabaseError, match=r"refused|closed"), conn.begin_nested():
        conn.execute(text(change))
