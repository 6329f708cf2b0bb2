"""A statement's lines, put together by work and said in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairstock.fund.model import Part
from fairstock.kit.money import Money
from fairstock.statement.model import CurrencyStatement, Line, StatementPool


@dataclass(frozen=True, slots=True)
class Why:
    """One reason why a work earned, and how much that brought; ``times`` lines said the same."""

    sentence: str
    times: int
    amount: Money


@dataclass(frozen=True, slots=True)
class WorkEarnings:
    """What one work earned in a period."""

    sha256: str
    title: str
    asset_id: str | None
    """Its page, where the work is in the catalogue."""
    total: Money
    whys: tuple[Why, ...]
    """Largest first."""


def by_work(statement: CurrencyStatement, asset_ids: Mapping[str, str]) -> list[WorkEarnings]:
    """The works that earned, largest first; ``asset_ids`` maps digests to assets."""
    pools = {pool.id: pool for pool in statement.pools}
    grouped: dict[str, list[Line]] = {}
    for line in statement.lines:
        grouped.setdefault(line.work_sha256, []).append(line)
    works = [
        WorkEarnings(
            sha256=sha256,
            title=lines[0].title or "Untitled",
            asset_id=asset_ids.get(sha256),
            total=_total(lines),
            whys=_whys(lines, pools),
        )
        for sha256, lines in grouped.items()
    ]
    return sorted(works, key=lambda work: (-work.total.micros, work.title, work.sha256))


def _whys(lines: Sequence[Line], pools: Mapping[str, StatementPool]) -> tuple[Why, ...]:
    said: dict[str, list[Line]] = {}
    for line in lines:
        said.setdefault(sentence(line, pools[line.pool_id]), []).append(line)
    whys = [Why(words, len(same), _total(same)) for words, same in said.items()]
    return tuple(sorted(whys, key=lambda why: (-why.amount.micros, why.sentence)))


def sentence(line: Line, pool: StatementPool) -> str:
    """Why a line is there, in words."""
    if line.part is Part.influence:
        return f"Influence on pictures that were sold, by {pool.method or 'attribution'}"
    shared = _shared(line)
    if line.part is Part.deal:
        return f"Part of a data deal: one of {pool.clusters:,} equal votes{shared}"
    if line.part is Part.reserve:
        return f"A past year's reserve: one of {pool.clusters:,} equal votes{shared}"
    return f"Training works of {pool.release_id}: one of {pool.clusters:,} equal votes{shared}"


def _shared(line: Line) -> str:
    """How a vote was divided further, where it was."""
    parts = []
    if line.cluster_contributors and line.cluster_contributors > 1:
        parts.append(f"{line.cluster_contributors} contributors")
    if line.contributor_works and line.contributor_works > 1:
        parts.append(f"{line.contributor_works} near-duplicates of yours")
    return f", shared by {' and '.join(parts)}" if parts else ""


def _total(lines: Sequence[Line]) -> Money:
    return sum((line.amount for line in lines), Money.zero(lines[0].amount.currency))
