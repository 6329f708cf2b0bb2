"""All SQL of the attribution context. The fund reads it through the view ``current_attribution`` and
``image_influence``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from fairstock.attribution.model import ImageShare, Method
from fairstock.attribution.tables import method, result, share
from fairstock.kit.ids import derived_id


def register_method(conn: Connection, *, name: str, version: str, release_id: str, at: datetime) -> Method:
    """The method's record for this release; made at the first call, as unmeasured."""
    method_id = derived_id("atm", name, version, release_id)
    row = {"id": method_id, "name": name, "version": version, "release_id": release_id, "recorded_at": at}
    conn.execute(insert(method).values(**row, reliability_ppb=None).on_conflict_do_nothing())
    return get_method(conn, method_id)


def get_method(conn: Connection, method_id: str) -> Method:
    """The method's record; the id comes from a row that refers to it."""
    return Method(**conn.execute(select(method).where(method.c.id == method_id)).mappings().one())


def note_reliability(conn: Connection, method_id: str, reliability_ppb: int) -> None:
    """Write down how far the method was measured to be right, in 10^-9; counts from the next close."""
    conn.execute(update(method).where(method.c.id == method_id).values(reliability_ppb=reliability_ppb))


def missing(conn: Connection, method_id: str, asset_ids: Sequence[str]) -> list[str]:
    """Those of the pictures that the method has not attributed yet, in the given order."""
    done = select(result.c.asset_id).where(result.c.method_id == method_id, result.c.asset_id.in_(asset_ids))
    known = set(conn.scalars(done))
    return [asset_id for asset_id in asset_ids if asset_id not in known]


def record(
    conn: Connection,
    method_id: str,
    shares: Mapping[str, Mapping[str, int]],
    contributors: Mapping[str, str],
    at: datetime,
) -> int:
    """Write shares (ppb by work, by picture) and that the pictures were attributed; returns the rows of
    shares written.

    A picture that has a result by this method keeps it. ``contributors`` names the contributor of each work.
    """
    results = [
        {"asset_id": asset_id, "method_id": method_id, "works": len(works), "attributed_at": at}
        for asset_id, works in sorted(shares.items())
    ]
    if not results:
        return 0
    written = insert(result).on_conflict_do_nothing().returning(result.c.asset_id)
    fresh = set(conn.scalars(written, results))
    rows = [
        {
            "asset_id": asset_id,
            "method_id": method_id,
            "work_sha256": work,
            "contributor_id": contributors[work],
            "share_ppb": ppb,
        }
        for asset_id, works in shares.items()
        if asset_id in fresh
        for work, ppb in works.items()
    ]
    if rows:
        conn.execute(insert(share), rows)
    return len(rows)


def shares_of(conn: Connection, asset_ids: Iterable[str], *, limit: int = 20) -> dict[str, list[ImageShare]]:
    """For each picture its ``limit`` heaviest works by the method used last, heaviest first."""
    wanted = list(asset_ids)
    newest = (
        select(result.c.asset_id, result.c.method_id)
        .ext(distinct_on(result.c.asset_id))
        .where(result.c.asset_id.in_(wanted))
        .order_by(result.c.asset_id, result.c.attributed_at.desc(), result.c.method_id)
        .subquery()
    )
    query = (
        select(share, method.c.name, method.c.version, method.c.reliability_ppb)
        .join(newest, (newest.c.asset_id == share.c.asset_id) & (newest.c.method_id == share.c.method_id))
        .join(method, method.c.id == share.c.method_id)
        .order_by(share.c.asset_id, share.c.share_ppb.desc(), share.c.work_sha256)
    )
    found: dict[str, list[ImageShare]] = {asset_id: [] for asset_id in wanted}
    for row in conn.execute(query):
        if len(found[row.asset_id]) < limit:
            found[row.asset_id].append(
                ImageShare(
                    work_sha256=row.work_sha256,
                    contributor_id=row.contributor_id,
                    ppb=row.share_ppb,
                    method=f"{row.name} {row.version}",
                    reliability_ppb=row.reliability_ppb,
                )
            )
    return found
