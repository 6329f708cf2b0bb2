"""The division in SQL gives every work what the pure rules give it, to the micro-unit, whatever the sum."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from factories.core import add_buyer, add_contributor
from factories.money import PERIOD, RELEASE, add_generated, add_release, sell_one, sha
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from fairstock.fund.divide import divide
from fairstock.fund.model import WHOLE_PPB, ClusterVote, ShareOfWork, Work
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import (
    RESERVE_KEY,
    attributable,
    by_cluster,
    by_influence,
    first_published,
    floor_part,
)
from fairstock.fund.store import division, draft, influence
from fairstock.kit.money import Money, split

AMOUNTS = st.one_of(st.integers(-50, 50), st.integers(-(10**12), 10**12), st.integers(-(10**17), 10**17))
LINES = text("SELECT source_id, work_sha256, contributor_id, amount_micros FROM closing_line")
COMMON = {
    "max_examples": 25,
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@settings(**COMMON)  # type: ignore[arg-type]
@given(
    micros=AMOUNTS,
    works=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(0, 3)), max_size=12),
    vote=st.sampled_from(ClusterVote),
)
@example(micros=10**12, works=[(0, 1, 1)] * 7, vote=ClusterVote.shared)
@example(micros=-7, works=[(0, 1, 0), (1, 1, 2), (2, 2, 2)], vote=ClusterVote.first)
def test_by_cluster(
    conn: Connection, micros: int, works: list[tuple[int, int, int]], vote: ClusterVote
) -> None:
    """Works as (contributor, cluster, day of publication; 0 = not known)."""
    step = conn.begin_nested()
    people = [add_contributor(conn, who) for who in ("ann", "bob", "cem")]
    named = {f"work {n}": (people[who], cluster) for n, (who, cluster, _) in enumerate(works)}
    dates = {f"work {n}": datetime(2026, 1, day, tzinfo=UTC) for n, (*_, day) in enumerate(works) if day}
    if named:
        add_release(conn, named, published=dates)
    draft.begin(conn, PERIOD)
    clusters = draft.by_cluster_of_release(conn, "pol_1", micros, RELEASE, vote)
    found = {row.work_sha256: row.amount_micros for row in conn.execute(LINES)}
    step.rollback()
    frozen = [Work(sha(name), who, str(c), dates.get(name)) for name, (who, c) in named.items()]
    voting = first_published(frozen) if vote is ClusterVote.first else frozen
    pure = by_cluster("pol_1", micros, voting)
    assert found == {line.work: line.micros for line in pure}
    assert clusters == len({cluster for _, cluster, _ in works})


@settings(**COMMON)  # type: ignore[arg-type]
@given(
    amounts=st.lists(AMOUNTS, min_size=1, max_size=4),
    weights=st.lists(st.integers(1, 100), min_size=1, max_size=9),
    reliability=st.integers(1, WHOLE_PPB),
    cap=st.one_of(st.just(WHOLE_PPB // 2), st.integers(1, WHOLE_PPB)),
)
@example(amounts=[10**12, -(10**12)], weights=[1, 1, 1], reliability=WHOLE_PPB, cap=WHOLE_PPB)
@example(amounts=[9_300_000_000, -9_300_000_000], weights=[3, 2], reliability=999_999_999, cap=333_333_333)
@example(amounts=[1, 2, -1, -2], weights=[1, 1, 1], reliability=WHOLE_PPB, cap=WHOLE_PPB)
def test_by_influence(
    conn: Connection, amounts: list[int], weights: list[int], reliability: int, cap: int
) -> None:
    parts = split(Money(WHOLE_PPB, "XXX"), {sha(f"work {n}"): weight for n, weight in enumerate(weights)})
    shares = [ShareOfWork(work, f"pty_{n % 3}", part.micros) for n, (work, part) in enumerate(parts.items())]
    step = conn.begin_nested()
    conn.execute(text("SET LOCAL session_replication_role = replica"))  # nothing but the shares is needed
    conn.execute(
        text("INSERT INTO attribution_share VALUES ('ast_1', 'mth_1', :work, :contributor_id, :ppb)"),
        [{"work": each.work, "contributor_id": each.contributor_id, "ppb": each.ppb} for each in shares],
    )
    draft.begin(conn, PERIOD)
    conn.execute(
        text("INSERT INTO closing_inflow VALUES ('pol_1', :id, :id, 'ast_1', :micros)"),
        [{"id": str(n), "micros": micros} for n, micros in enumerate(amounts)],
    )
    influence.by_influence(conn, "pol_1", method_id="mth_1", reliability_ppb=reliability, cap_ppb=cap)
    found = {(row.source_id, row.work_sha256): row.amount_micros for row in conn.execute(LINES)}
    step.rollback()
    pure = {
        (str(n), work): part
        for n, micros in enumerate(amounts)
        for work, part in by_influence(attributable(micros, reliability), shares, cap).items()
        if part and work != RESERVE_KEY
    }
    assert found == pure


@settings(**COMMON)  # type: ignore[arg-type]
@given(micros=AMOUNTS, share=st.integers(0, 1_000_000))
def test_a_part_is_cut_as_by_the_pure_rule(conn: Connection, micros: int, share: int) -> None:
    found = conn.scalar(
        text("SELECT fund_part(CAST(:micros AS bigint), :share, 1000000)"), {"micros": micros, "share": share}
    )
    assert found == floor_part(micros, share)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE lines SET pool_id = 'pol_none'", "no pool pol_none in 2026-10"),
        ("UPDATE lines SET contributor_id = 'pty_none'", "no contributor pty_none"),
        ("UPDATE lines SET amount_micros = 0", "ck_fund_allocation_not_zero"),
        ("UPDATE lines SET work_sha256 = NULL", "contains null values"),
        ("UPDATE lines SET period = '2026-09'", "of_its_period"),
        ("DELETE FROM party WHERE handle = 'ann'", "earned money: DELETE is refused"),
        ("UPDATE party SET id = 'other' WHERE handle = 'ann'", "earned money: UPDATE is refused"),
    ],
)
def test_the_database_knows_whose_lines_and_of_what_they_are(
    conn: Connection, change: str, refusal: str
) -> None:
    """Judged for a whole statement, where a foreign key would ask for each row."""
    buyer, ann = add_buyer(conn), add_contributor(conn, "ann")
    add_release(conn, {"cat": (ann, 1)})
    sell_one(conn, add_generated(conn, buyer), buyer, "1")
    step = conn.begin_nested()
    draft.begin(conn, PERIOD)
    division.keep(conn, PERIOD, divide(conn, PERIOD, policy_in_force()))
    conn.execute(text("CREATE TABLE lines AS SELECT * FROM fund_allocation"))
    attach = "SELECT fund_attach_allocations('lines', '2026-10')"
    with pytest.raises(DatabaseError, match=refusal), conn.begin_nested():
        conn.exec_driver_sql(f"{change}; {attach}")
    step.rollback()
