"""SQL on what flows into the fund: policies, deals, accruals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert

from fairstock.fund import tables
from fairstock.fund.model import Accrual, Deal, DealTerms, FundPolicy, SourceKind, Work
from fairstock.kit.errors import BadInput, NotFound
from fairstock.kit.money import Money


class PolicyChanged(BadInput):
    """A policy that was used already was edited."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"The fund policy {version} differs from the one that was used under this version.",
            remedy="write the new rules to a file of their own in fund/policies, with a new version",
        )


class DealMissing(NotFound):
    """No deal has this id."""

    def __init__(self, deal_id: str) -> None:
        self.deal_id = deal_id
        super().__init__(
            f"There is no deal {deal_id!r}.", remedy="take an id from a statement or the table fund_deal"
        )


def record_policy(conn: Connection, policy: FundPolicy, at: datetime) -> None:
    """Keep the policy's text at its first use; raises ``PolicyChanged`` where the kept text differs."""
    kept = conn.scalar(select(tables.policy.c.body).where(tables.policy.c.version == policy.version))
    if kept is None:
        row = {"version": policy.version, "body": policy.body, "recorded_at": at}
        conn.execute(insert(tables.policy).values(row).on_conflict_do_nothing())
    elif kept != policy.body:
        raise PolicyChanged(policy.version)


def policy_body(conn: Connection, version: str) -> str:
    """The text of a policy that was used; the version comes from a row that refers to it."""
    query = select(tables.policy.c.body).where(tables.policy.c.version == version)
    body: str = conn.scalars(query).one()
    return body


def add_deal(conn: Connection, new: Deal, works: Sequence[tuple[str, Work]]) -> None:
    """Write a deal with its works, given as (asset id, work)."""
    conn.execute(
        insert(tables.deal).values(
            id=new.id,
            key=new.key,
            buyer_id=new.buyer_id,
            amount_micros=new.price.micros,
            fund_micros=new.fund.micros,
            currency=new.price.currency,
            policy_version=new.policy_version,
            booked_at=new.booked_at,
            fund_share_ppm=new.terms.fund_share_ppm,
            territory=new.terms.territory,
            term_from=new.terms.first_day,
            term_until=new.terms.last_day,
        )
    )
    rows = [
        {
            "deal_id": new.id,
            "asset_id": asset_id,
            "work_sha256": work.key,
            "contributor_id": work.contributor_id,
            "cluster": work.cluster,
            "published_at": work.published,
        }
        for asset_id, work in works
    ]
    conn.execute(insert(tables.deal_work), rows)


def find_deal(conn: Connection, key: str) -> Deal | None:
    """The deal that was booked under the caller's key."""
    row = conn.execute(select(tables.deal).where(tables.deal.c.key == key)).one_or_none()
    return _deal(conn, row) if row else None


def get_deal(conn: Connection, deal_id: str) -> Deal:
    """The deal; raises ``DealMissing``."""
    row = conn.execute(select(tables.deal).where(tables.deal.c.id == deal_id)).one_or_none()
    if row is None:
        raise DealMissing(deal_id)
    return _deal(conn, row)


def _deal(conn: Connection, row: Row[Any]) -> Deal:
    works = select(tables.deal_work.c.asset_id).where(tables.deal_work.c.deal_id == row.id)
    return Deal(
        id=row.id,
        key=row.key,
        buyer_id=row.buyer_id,
        price=Money(row.amount_micros, row.currency),
        fund=Money(row.fund_micros, row.currency),
        asset_ids=tuple(sorted(conn.scalars(works))),
        policy_version=row.policy_version,
        booked_at=row.booked_at,
        terms=DealTerms(row.fund_share_ppm, row.territory, row.term_from, row.term_until),
    )


def add_accrual(conn: Connection, new: Accrual, ledger_key: str) -> None:
    """Write what a sale or deal brought the fund, or a refund took; the database refuses it where the period
    is closed.
    """
    conn.execute(
        insert(tables.accrual).values(
            id=new.id,
            period=new.period,
            source_kind=new.source_kind,
            source_id=new.source_id,
            asset_id=new.asset_id,
            release_id=new.release_id,
            amount_micros=new.amount.micros,
            currency=new.amount.currency,
            policy_version=new.policy_version,
            ledger_key=ledger_key,
            accrued_at=new.accrued_at,
            reverses_id=new.reverses_id,
            divided_in=new.divided_in,
        )
    )


def accrual_of(conn: Connection, kind: SourceKind, source_id: str) -> Accrual | None:
    """What the sale, deal or refund accrued, where that was booked."""
    query = select(tables.accrual).where(
        tables.accrual.c.source_kind == kind, tables.accrual.c.source_id == source_id
    )
    row = conn.execute(query).one_or_none()
    return _accrual(row) if row else None


def accrued_assets(conn: Connection, month: str) -> dict[str, list[str]]:
    """Model release → pictures that were sold into the period, in ascending order; pictures without release
    are left out, and so is a year's reserve, which accrues by release without a picture.
    """
    query = (
        select(tables.accrual.c.release_id, tables.accrual.c.asset_id)
        .where(
            tables.accrual.c.period == month,
            tables.accrual.c.release_id.is_not(None),
            tables.accrual.c.asset_id.is_not(None),
        )
        .distinct()
        .order_by(tables.accrual.c.release_id, tables.accrual.c.asset_id)
    )
    found: dict[str, list[str]] = {}
    for release_id, asset_id in conn.execute(query):
        found.setdefault(release_id, []).append(asset_id)
    return found


def accrued_in(conn: Connection, month: str) -> dict[str, Money]:
    """Currency → everything that accrued in the period."""
    query = (
        select(tables.accrual.c.currency, func.sum(tables.accrual.c.amount_micros))
        .where(tables.accrual.c.period == month)
        .group_by(tables.accrual.c.currency)
        .order_by(tables.accrual.c.currency)
    )
    return {currency: Money(int(micros), currency) for currency, micros in conn.execute(query)}


def currencies(conn: Connection) -> list[str]:
    """Every currency in which anything ever accrued."""
    return list(
        conn.scalars(select(tables.accrual.c.currency).distinct().order_by(tables.accrual.c.currency))
    )


def _accrual(row: Row[Any]) -> Accrual:
    return Accrual(
        id=row.id,
        period=row.period,
        source_kind=SourceKind(row.source_kind),
        source_id=row.source_id,
        asset_id=row.asset_id,
        release_id=row.release_id,
        amount=Money(row.amount_micros, row.currency),
        policy_version=row.policy_version,
        accrued_at=row.accrued_at,
        reverses_id=row.reverses_id,
        divided_in=row.divided_in,
    )
