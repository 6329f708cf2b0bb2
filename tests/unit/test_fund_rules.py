"""The allocation rule: exact, fair, the same whatever the order, and not to be gamed."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from factories.core import usd
from hypothesis import given
from hypothesis import strategies as st

from fairstock.fund.model import WHOLE_PPB, ClusterVote, ShareOfWork, Work
from fairstock.fund.policy import policy_in_force
from fairstock.fund.rules import (
    RESERVE_KEY,
    BadPolicy,
    attributable,
    by_cluster,
    by_influence,
    cap_shares,
    equal_parts,
    first_published,
    floor_part,
    fund_part,
    read_policy,
)

AMOUNTS = st.integers(-(10**12), 10**12)
WORKS = st.lists(
    st.builds(
        Work,
        key=st.integers(0, 50).map(lambda n: f"{n:064x}"),
        contributor_id=st.sampled_from(["ann", "bob", "cem", "dee"]),
        cluster=st.integers(0, 8).map(str),
        published=st.one_of(st.none(), st.integers(1, 4).map(lambda day: datetime(2026, 1, day, tzinfo=UTC))),
    ),
    max_size=40,
    unique_by=lambda work: work.key,
)
SHARES = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


def earned(pool: str, micros: int, works: list[Work]) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for line in by_cluster(pool, micros, works):
        totals[line.contributor_id] += line.micros
    return dict(totals)


def shares_of(weights: list[int]) -> list[ShareOfWork]:
    """Shares that sum to one, spread over three contributors."""
    parts = [weight * WHOLE_PPB // sum(weights) for weight in weights]
    parts[0] += WHOLE_PPB - sum(parts)
    return [ShareOfWork(f"{n:064x}", "abc"[n % 3], ppb) for n, ppb in enumerate(parts)]


@given(AMOUNTS, WORKS)
def test_a_pool_is_divided_exactly(micros: int, works: list[Work]) -> None:
    lines = by_cluster("pol_1", micros, works)
    assert sum(line.micros for line in lines) == (micros if works else 0)
    assert all(line.micros * micros >= 0 for line in lines)


@given(AMOUNTS, WORKS, st.randoms())
def test_the_order_of_the_works_is_without_effect(
    micros: int, works: list[Work], chance: random.Random
) -> None:
    shuffled = list(works)
    chance.shuffle(shuffled)
    assert by_cluster("pol_1", micros, shuffled) == by_cluster("pol_1", micros, works)


@given(AMOUNTS, WORKS)
def test_a_refund_mirrors_the_sale(micros: int, works: list[Work]) -> None:
    there = {line.work: line.micros for line in by_cluster("pol_1", micros, works)}
    back = {line.work: -line.micros for line in by_cluster("pol_1", -micros, works)}
    assert there == back


@given(AMOUNTS, WORKS, st.integers(0, 39))
def test_ten_copies_of_a_work_gain_nothing(micros: int, works: list[Work], index: int) -> None:
    """Whoever else has works in the same cluster."""
    if not works:
        return
    copied = works[index % len(works)]
    copies = [Work(f"{1000 + n:064x}", copied.contributor_id, copied.cluster) for n in range(10)]
    assert earned("pol_1", micros, works + copies) == earned("pol_1", micros, works)


LATER = datetime(2026, 2, 1, tzinfo=UTC)


@given(AMOUNTS, WORKS, st.integers(0, 39), st.booleans())
def test_ten_later_copies_take_nothing_from_the_first(
    micros: int, works: list[Work], index: int, many_names: bool
) -> None:
    """Whoever's the copied work is, and under however many names the copies come."""
    if not works:
        return
    names = [f"mallory {n * many_names}" for n in range(10)]
    cluster = works[index % len(works)].cluster
    copies = [Work(f"{1000 + n:064x}", name, cluster, LATER) for n, name in enumerate(names)]
    before = earned("pol_1", micros, first_published(works))
    assert earned("pol_1", micros, first_published(works + copies)) == before


@given(WORKS)
def test_of_each_cluster_the_first_vote(works: list[Work]) -> None:
    voting = first_published(works)
    assert {work.cluster for work in voting} == {work.cluster for work in works}
    for work in voting:
        dates = [each.published for each in works if each.cluster == work.cluster]
        assert work.published is None or None not in dates
        assert work.published is None or work.published == min(each for each in dates if each)
    undated = [replace(work, published=None) for work in works]
    assert first_published(undated) == undated  # nobody knows who was first, so all share


def test_a_policy_says_whose_the_vote_is() -> None:
    newest, before = policy_in_force(), policy_in_force(datetime(2026, 11, 30, tzinfo=UTC))
    assert (newest.cluster_vote, before.cluster_vote) == (ClusterVote.first, ClusterVote.shared)
    with pytest.raises(BadPolicy, match="write one of shared, first"):
        read_policy(newest.body.replace('"first"', '"last"'))


@given(st.integers(0, 10**9), WORKS)
def test_clusters_of_one_contributor_each_get_the_same(micros: int, works: list[Work]) -> None:
    by: dict[str, int] = defaultdict(int)
    for line in by_cluster("pol_1", micros, works):
        by[line.cluster] += line.micros
    assert not by or max(by.values()) - min(by.values()) <= 1


@given(st.integers(1, 40), st.integers(0, 10**6))
def test_parts_differ_by_one_micro_unit_at_most(number: int, micros: int) -> None:
    parts = equal_parts("pol_1", micros, [str(n) for n in range(number)])
    assert sum(parts.values()) == micros
    assert max(parts.values()) - min(parts.values()) <= 1


def test_the_odd_micro_unit_does_not_always_go_to_the_first() -> None:
    """The known bug: the first in the list gets every odd cent, month after month."""
    lucky = Counter(
        key
        for month in range(300)
        for key, micros in equal_parts(f"pol_{month}", 100, ["ann", "bob", "cem"]).items()
        if micros == 34
    )
    assert sum(lucky.values()) == 300
    assert min(lucky.values()) > 70


def test_thirds_do_not_drift() -> None:
    """The known bug: 33 + 33 + 33 = 99."""
    assert sorted(equal_parts("pol_1", 100, "abc").values()) == [33, 33, 34]


def test_nobody_gets_nothing_of_nothing() -> None:
    assert by_cluster("pol_1", 100, []) == []
    assert earned("pol_1", 0, [Work("00", "ann", "1")]) == {"ann": 0}


def test_ten_thousand_contributors_share_a_cent() -> None:
    works = [Work(f"{n:064x}", f"pty_{n}", str(n)) for n in range(10_000)]
    assert Counter(line.micros for line in by_cluster("pol_1", 9_999, works)) == {1: 9_999, 0: 1}


@given(st.integers(0, 10**9), SHARES, st.integers(0, WHOLE_PPB))
def test_influence_is_divided_exactly_and_nobody_passes_the_cap(
    micros: int, weights: list[int], cap: int
) -> None:
    shares = shares_of(weights)
    parts = by_influence(micros, shares, cap)
    assert sum(parts.values()) == micros
    by: dict[str, int] = defaultdict(int)
    for share in shares:
        by[share.contributor_id] += parts[share.work]
        assert share.ppb or not parts[share.work], "a share of zero got something"
    works = len(shares)
    assert all(total <= micros * cap // WHOLE_PPB + works for total in by.values())


@given(SHARES)
def test_without_a_cap_nothing_is_reserved(weights: list[int]) -> None:
    assert by_influence(10**6, shares_of(weights), WHOLE_PPB)[RESERVE_KEY] == 0


def test_a_cap_shrinks_all_works_of_a_contributor_alike() -> None:
    shares = [
        ShareOfWork("1", "ann", 600_000_000),
        ShareOfWork("2", "ann", 200_000_000),
        ShareOfWork("3", "bob", 200_000_000),
    ]
    assert cap_shares(shares, 400_000_000) == {"1": 300_000_000, "2": 100_000_000, "3": 200_000_000}
    assert by_influence(1_000, shares, 400_000_000) == {"": 400, "1": 300, "2": 100, "3": 200}


@given(AMOUNTS, st.integers(0, WHOLE_PPB))
def test_reliability_weighs_and_never_adds(micros: int, reliability: int) -> None:
    part = attributable(micros, reliability)
    assert abs(part) <= abs(micros)
    assert part * micros >= 0
    assert attributable(micros, None) == attributable(micros, 0) == 0
    assert attributable(micros, WHOLE_PPB) == micros


@given(AMOUNTS, st.integers(0, 10**6))
def test_the_floor_part_never_exceeds_the_whole(micros: int, ppm: int) -> None:
    assert abs(floor_part(micros, ppm)) <= abs(micros)
    assert floor_part(-micros, ppm) == -floor_part(micros, ppm)


def test_the_fund_gets_the_odd_half_micro_unit() -> None:
    assert fund_part(usd(1), 500_000) == (usd(1), usd(0))
    assert fund_part(usd(20_000), 300_000) == (usd(6_000), usd(14_000))


def test_the_policy_in_force_can_be_read() -> None:
    policy = policy_in_force()
    assert 0 < policy.sale_share_ppm < 1_000_000
    assert read_policy(policy.body) == policy


@pytest.mark.parametrize("value", ["0.5", '"1.5"', '"-0.1"', '"0.1234567"', '"half"', '"nan"', "1"])
def test_a_share_is_a_quoted_decimal_between_zero_and_one(value: str) -> None:
    body = policy_in_force().body.replace('deal = "0.50"', f"deal = {value}")
    with pytest.raises(BadPolicy):
        read_policy(body)
