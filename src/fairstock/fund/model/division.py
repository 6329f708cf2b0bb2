"""How a period is divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fairstock.kit.money import Money

WHOLE_PPB = 1_000_000_000
"""A share of one, in the thousand-millionths that attribution uses."""


class Part(StrEnum):
    """By which rule a pool is divided."""

    floor = "floor"
    """Equal for each cluster of the release's training works."""
    influence = "influence"
    """By attribution of each sold picture."""
    deal = "deal"
    """Equal for each cluster of the works delivered."""
    reserve = "reserve"
    """A share of a past year's reserve: equal for each cluster of the works frozen with it."""


class ReserveReason(StrEnum):
    """Why a part of a pool went to the published reserve."""

    no_manifest = "no_manifest"
    """The picture's model has no manifest of training works."""
    unattributed = "unattributed"
    """The picture was not attributed, or no work could be named."""
    unmeasured = "unmeasured"
    """The method's reliability was never measured, so it counts 0."""
    unreliable = "unreliable"
    """The measured reliability is below one, or a contributor reached the cap."""


class PeriodState(StrEnum):
    """Where a period stands."""

    open = "open"
    """Takes accruals."""
    closed = "closed"
    """Divided, booked and frozen."""


@dataclass(frozen=True, slots=True)
class Work:
    """A work with a vote."""

    key: str
    """SHA-256 of its file in hex: stable, and known to its contributor."""
    contributor_id: str
    cluster: str
    """Works with the same cluster are near-duplicates of each other."""
    published: datetime | None = None
    """When it became available in the library; None: not known, which counts as the oldest."""


@dataclass(frozen=True, slots=True)
class ClusterLine:
    """What one work gets from a pool that is divided by cluster, with the numbers that decide it."""

    work: str
    contributor_id: str
    cluster: str
    cluster_contributors: int
    """Contributors who share the cluster's part equally."""
    contributor_works: int
    """Works over which this contributor's part of the cluster is spread."""
    micros: int


@dataclass(frozen=True, slots=True)
class ShareOfWork:
    """Attribution of one picture to one work; the shares of a picture sum to ``WHOLE_PPB``."""

    work: str
    contributor_id: str
    ppb: int


@dataclass(frozen=True, slots=True)
class Pool:
    """A sum that is divided by one rule, as it was frozen at the close."""

    id: str
    period: str
    part: Part
    release_id: str | None
    deal_id: str | None
    method_id: str | None
    """Attribution method, for influence."""
    reliability_ppb: int | None
    """Measured reliability of that method; None = unmeasured, which counts 0."""
    sources: int
    """Sales, deals and refunds that flowed into it."""
    clusters: int
    """Clusters with one vote each; 0 for influence."""
    amount: Money
    allocated: Money
    reserve: Money
    reserve_reason: ReserveReason | None
    mirrors_id: str | None = None
    """For refunds of what an earlier period divided: the pool of that period from which they take back."""


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar month of the fund."""

    id: str
    state: PeriodState
    policy_version: str | None
    input_digest: str | None
    """SHA-256 over everything that decided the division; None while open."""
    closed_at: datetime | None
    merkle_root: str | None = None
    """Of the tree over everything that was divided (``fund.proofs``), in hex; None while open."""


@dataclass(frozen=True, slots=True)
class CloseReport:
    """The outcome of a close, the same each time it is asked for; amounts by currency."""

    period: str
    policy_version: str
    input_digest: str
    accrued: Mapping[str, Money]
    allocated: Mapping[str, Money]
    reserve: Mapping[str, Money]
    contributors: int
    """People who got anything, whatever the currency."""
    merkle_root: str
    """Over all lines of all statements; empty for a period that was closed before proofs were kept."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one work earned from one pool."""

    pool_id: str
    source_id: str
    """The sale or refund for influence, the deal for a deal, the share of the reserve, the release for the
    floor.
    """
    contributor_id: str
    work_sha256: str
    cluster: str | None
    """None for influence, like the next two."""
    cluster_contributors: int | None
    contributor_works: int | None
    share_ppb: int | None
    """The work's share of the picture after the cap; None but for influence."""
    amount_micros: int


@dataclass(frozen=True, slots=True)
class PoolRange:
    """Where somebody stands among all who earned in a period, in one currency."""

    contributors: int
    least: Money
    median: Money
    """Of an even number, the lower of the two in the middle: a sum that somebody really got."""
    most: Money
