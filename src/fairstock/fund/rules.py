"""The allocation rule: pure, in whole micro-units, and the same whatever the order of its inputs.

Two ways to divide a pool:

* ``by_cluster`` (floor and deals): every cluster of near-duplicates has one vote. A cluster's part is divided
  equally among the contributors who have a work in it, and each one's part equally over their works in it. So
  ten copies of a work gain their contributor nothing, also where somebody else's work lies in the same
  cluster. ``first_published`` says whose works vote where a cluster's vote is its first work's: then ten
  copies under ten names gain nothing either.
* ``by_influence``: one picture's influence part, cut by the measured reliability of the attribution, is
  divided by the shares of its works. What a cap or missing reliability leaves over is the reserve's, never
  the house's.

Equal parts always leave equal remainders, so "ties by id" alone would give the same clusters every odd
micro-unit of every month. Ties of equal parts are therefore drawn: ascending SHA-256 of the pool's id and the
key. The draw is fixed before anybody knows the amounts, and anyone can repeat it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from fairstock.fund.model import (
    WHOLE_PPB,
    WHOLE_PPM,
    ClusterLine,
    ClusterVote,
    FundPolicy,
    ShareOfWork,
    Work,
)
from fairstock.kit.errors import BadInput
from fairstock.kit.money import Money, split

RESERVE_KEY = ""
"""Stands for the reserve among works; sorts before every SHA-256, so the reserve wins its ties (never the
house).
"""


OLDEST, NEWEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class BadPolicy(BadInput):
    """A fund policy cannot be used."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The fund policy cannot be used: {reason}.", remedy="correct the policy's TOML file"
        )


def read_policy(body: str) -> FundPolicy:
    """The policy that a TOML text describes; raises ``BadPolicy``."""
    try:
        data = tomllib.loads(body)
        income, allocation = data["income"], data["allocation"]
        return FundPolicy(
            version=str(data["version"]),
            sale_share_ppm=_share(income["generation"], WHOLE_PPM),
            deal_share_ppm=_share(income["deal"], WHOLE_PPM),
            floor_ppm=_share(allocation["floor"], WHOLE_PPM),
            deal_minimum_ppm=_share(income.get("deal_minimum", income["deal"]), WHOLE_PPM),
            cap_ppb=_share(allocation["cap_per_contributor"], WHOLE_PPB),
            cluster_vote=_vote(allocation.get("cluster_vote", ClusterVote.shared)),
            body=body,
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadPolicy(f"{type(error).__name__}: {error}") from error


def fund_part(price: Money, share_ppm: int) -> tuple[Money, Money]:
    """The fund's and the house's part of a price; they sum to it, and the fund gets the odd half
    micro-unit.
    """
    parts = split(price, {"fund": share_ppm, "house": WHOLE_PPM - share_ppm})
    return parts["fund"], parts["house"]


def refund_part(amount: Money, before: Money, price: Money, fund: Money) -> Money:
    """The fund's part of a refund of ``amount`` after ``before`` was given back of a sale whose fund part
    was ``fund``; the rest is the house's.

    Proportional to the price, with one rounding for the sum so far instead of one for each refund: whatever
    the parts, together they give back exactly ``fund`` when all of the price is given back.
    """
    so_far = _refunded_fund(before + amount, price, fund)
    return so_far - _refunded_fund(before, price, fund)


def _refunded_fund(given_back: Money, price: Money, fund: Money) -> Money:
    """The fund's part of everything given back so far; it bears the odd half micro-unit, as it got it in the
    sale.
    """
    return split(given_back, {"fund": fund.micros, "house": (price - fund).micros})["fund"]


def floor_part(fund_micros: int, floor_ppm: int) -> int:
    """The floor part of one sale's fund part, rounded towards zero; the influence part is the rest."""
    part = abs(fund_micros) * floor_ppm // WHOLE_PPM
    return part if fund_micros >= 0 else -part


def by_cluster(pool_id: str, micros: int, works: Iterable[Work]) -> list[ClusterLine]:
    """Divide a pool over works, one vote a cluster; lines in order of cluster, contributor and work.

    The lines sum to ``micros`` exactly, unless there are no works, in which case there are no lines. A
    negative sum mirrors the positive one.
    """
    votes: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for work in works:
        votes[work.cluster][work.contributor_id].add(work.key)
    lines = []
    for cluster, cluster_micros in equal_parts(pool_id, micros, votes).items():
        theirs = votes[cluster]
        for contributor, part in equal_parts(pool_id, cluster_micros, theirs).items():
            own = theirs[contributor]
            lines += [
                ClusterLine(work, contributor, cluster, len(theirs), len(own), each)
                for work, each in equal_parts(pool_id, part, own).items()
            ]
    return lines


def first_published(works: Iterable[Work]) -> list[Work]:
    """Of each cluster the works that were published first: one, or several of the same moment; a work without
    a date counts as older than all with one.
    """
    known = list(works)
    first: dict[str, datetime] = {}
    for work in known:
        first[work.cluster] = min(work.published or OLDEST, first.get(work.cluster, NEWEST))
    return [work for work in known if (work.published or OLDEST) == first[work.cluster]]


def equal_parts(pool_id: str, micros: int, keys: Iterable[str]) -> dict[str, int]:
    """The same for every key, and the micro-units left over one each to the first keys of the pool's draw."""
    ordered = sorted(keys)
    if not ordered:
        return {}
    base, left_over = divmod(abs(micros), len(ordered))
    lucky = set(sorted(ordered, key=lambda key: draw(pool_id, key))[:left_over]) if left_over else set()
    sign = -1 if micros < 0 else 1
    return {key: sign * (base + (key in lucky)) for key in ordered}


def draw(pool_id: str, key: str) -> str:
    """A key's place in the draw of a pool, lowest first: SHA-256 in hex of ``<pool id>|<key>``."""
    return hashlib.sha256(f"{pool_id}|{key}".encode()).hexdigest()


def attributable(influence_micros: int, reliability_ppb: int | None) -> int:
    """The part of an influence part that attribution may decide: weighted by its reliability, 0 while
    unmeasured.
    """
    part = abs(influence_micros) * (reliability_ppb or 0) // WHOLE_PPB
    return part if influence_micros >= 0 else -part


def by_influence(micros: int, shares: Sequence[ShareOfWork], cap_ppb: int) -> dict[str, int]:
    """Divide one picture's attributable part: micro-units by work, and under ``RESERVE_KEY`` what the caps
    cut off.

    Largest remainder, ties by the work's digest. Values sum to ``micros``; works of share zero get nothing.
    """
    capped = cap_shares(shares, cap_ppb)
    weights = {**capped, RESERVE_KEY: WHOLE_PPB - sum(capped.values())}
    return {key: part.micros for key, part in split(Money(micros, "XXX"), weights).items()}


def cap_shares(shares: Sequence[ShareOfWork], cap_ppb: int) -> dict[str, int]:
    """Shares by work, those of a contributor above the cap shrunk in proportion (rounded down) until they sum
    to it.
    """
    totals: dict[str, int] = defaultdict(int)
    for share in shares:
        totals[share.contributor_id] += share.ppb
    return {
        share.work: share.ppb * cap_ppb // totals[share.contributor_id]
        if totals[share.contributor_id] > cap_ppb
        else share.ppb
        for share in shares
    }


def _vote(value: object) -> ClusterVote:
    if value not in list(ClusterVote):
        raise BadPolicy(f"cluster_vote is {value!r}; write one of {', '.join(ClusterVote)}")
    return ClusterVote(str(value))


def _share(value: object, whole: int) -> int:
    """A decimal between 0 and 1 as a whole number of parts; floats are refused, since 0.1 is not a tenth."""
    try:
        parts = Decimal(value) * whole if isinstance(value, str) else None
    except InvalidOperation:
        parts = None
    if parts is None or not parts.is_finite() or not 0 <= parts <= whole or parts != int(parts):
        raise BadPolicy(f"{value!r} is not a share; write a decimal between 0 and 1 in quotes")
    return int(parts)
