"""SQL on the reserve: what is left of each year, who shares in it, and what was distributed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from fairstock.fund import tables
from fairstock.kit.ids import derived_id
from fairstock.kit.money import Money


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a year's reserve that is divided over one set of works."""

    id: str
    release_id: str | None
    """Whose manifest it is divided over; None: the works of all releases of the year."""
    amount: Money
    """Never zero; negative where refunds took back more than came in."""


# A model without a manifest has no works of its own, so its reserve is counted with that of no release.
_LEFT = text("""
    WITH pooled AS (
        SELECT pool.currency, release.id AS release_id, pool.reserve_micros AS micros
        FROM fund_pool AS pool
        LEFT JOIN model_release AS release ON release.id = pool.release_id AND release.works > 0
        WHERE pool.period <= :december
        UNION ALL
        SELECT currency, release_id, -amount_micros FROM fund_reserve_share WHERE year <= :year
    )
    SELECT currency, release_id, CAST(sum(micros) AS bigint) AS micros
    FROM pooled GROUP BY currency, release_id HAVING sum(micros) <> 0
    ORDER BY currency, release_id NULLS LAST
""")

_FREEZE_OWN = text("""
    INSERT INTO fund_reserve_work (share_id, work_sha256, contributor_id, cluster, published_at)
    SELECT :share, work_sha256, contributor_id, CAST(cluster AS text), published_at
    FROM training_manifest_entry WHERE release_id = :release
""")

# A work that several releases were trained on has one vote, with the cluster of the newest of them.
_FREEZE_ALL = text("""
    INSERT INTO fund_reserve_work (share_id, work_sha256, contributor_id, cluster, published_at)
    WITH sold AS (
        SELECT DISTINCT release.id
        FROM fund_accrual AS accrual
        JOIN model_release AS release ON release.id = accrual.release_id AND release.works > 0
        WHERE accrual.source_kind = 'sale' AND accrual.period BETWEEN :january AND :december
    )
    SELECT DISTINCT ON (entry.work_sha256) CAST(:share AS text), entry.work_sha256, entry.contributor_id,
        entry.release_id || '/' || entry.cluster, entry.published_at
    FROM training_manifest_entry AS entry
    JOIN model_release AS release ON release.id = entry.release_id
    WHERE release.id IN (SELECT id FROM sold)
        OR (NOT EXISTS (SELECT FROM sold) AND release.created_at < :after)
    ORDER BY entry.work_sha256, release.created_at DESC, release.id
""")

_INCOME = text("""
    SELECT share.id, share.release_id, share.currency, share.amount_micros
    FROM fund_accrual AS accrual
    JOIN fund_reserve_share AS share ON share.id = accrual.source_id
    WHERE accrual.period = :period AND accrual.source_kind = 'reserve'
    ORDER BY share.id
""")


def shares_of(conn: Connection, year: int) -> list[Share]:
    """What was distributed of the year, by currency and release."""
    table = tables.reserve_share.c
    query = select(tables.reserve_share).where(table.year == year).order_by(table.currency, table.release_id)
    return [
        Share(row.id, row.release_id, Money(row.amount_micros, row.currency)) for row in conn.execute(query)
    ]


def undistributed(conn: Connection, year: int) -> dict[tuple[str, str | None], int]:
    """(Currency, release) → micro-units that the months up to the end of the year left and that nobody got.

    None stands for models without a manifest. Sums of nothing are left out.
    """
    rows = conn.execute(_LEFT, {"year": year, "december": f"{year}-12"})
    return {(row.currency, row.release_id): row.micros for row in rows}


def new_shares(conn: Connection, year: int, at: datetime) -> list[Share]:
    """Write what is left of the year as shares, each with the works that it is divided over.

    What no work could share in is not written: it stays in the reserve.
    """
    for (currency, release_id), micros in undistributed(conn, year).items():
        share_id = derived_id("rsv", str(year), currency, release_id or "")
        row = {
            "id": share_id,
            "year": year,
            "currency": currency,
            "release_id": release_id,
            "amount_micros": micros,
            "distributed_at": at,
        }
        step = conn.begin_nested()
        conn.execute(insert(tables.reserve_share).values(row))
        if release_id is not None:
            frozen = conn.execute(_FREEZE_OWN, {"share": share_id, "release": release_id})
        else:
            after = datetime(year + 1, 1, 1, tzinfo=UTC)
            months = {"january": f"{year}-01", "december": f"{year}-12", "after": after}
            frozen = conn.execute(_FREEZE_ALL, {"share": share_id, **months})
        if frozen.rowcount:
            step.commit()
        else:
            step.rollback()
    return shares_of(conn, year)


def open_month(conn: Connection, year: int) -> str | None:
    """The first month up to the end of the year that is open."""
    table = tables.period.c
    query = select(func.min(table.id)).where(table.state == "open", table.id <= f"{year}-12")
    found: str | None = conn.scalar(query)
    return found


def later_year(conn: Connection, year: int) -> int | None:
    """A later year whose reserve was distributed."""
    table = tables.reserve_share.c
    found: int | None = conn.scalar(select(func.min(table.year)).where(table.year > year))
    return found


def last_policy(conn: Connection, year: int) -> str:
    """Version of the policy that closed the last month up to the end of the year; there is one where any
    reserve is left.
    """
    table = tables.period.c
    query = (
        select(table.policy_version)
        .where(table.state == "closed", table.id <= f"{year}-12")
        .order_by(table.id.desc())
        .limit(1)
    )
    version: str = conn.scalars(query).one()
    return version


def period_of(conn: Connection, share_id: str) -> str:
    """The month that divides the share."""
    table = tables.accrual.c
    query = select(table.period).where(table.source_kind == "reserve", table.source_id == share_id)
    found: str = conn.scalars(query).one()
    return found


def income(conn: Connection, period: str) -> list[Share]:
    """The shares that the period divides."""
    return [
        Share(row.id, row.release_id, Money(row.amount_micros, row.currency))
        for row in conn.execute(_INCOME, {"period": period})
    ]
