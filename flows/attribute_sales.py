"""Finds the works behind every picture that was sold in a period.

sales of the period → their pictures → weights of training works by the attribution method → shares that sum
to exactly one → database

The close divides by these shares as far as the method's reliability was measured; while it is not, they are
published and their part of the money goes to the reserve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect import flow, get_run_logger, task

from fairstock.attribution.attribute import attribute_pictures
from fairstock.bootstrap import get_app
from fairstock.fund import store as fund
from fairstock.kit.months import checked_month
from fairstock.training import store as training
from flows import _artifacts as artifacts
from flows._retry import unless_hopeless

BATCH = 32
"""Pictures in one task: their features cost about a second together."""


@flow(name="attribute_sales", flow_run_name="attribute_sales {period}")
def attribute_sales(period: str) -> dict[str, Any]:
    """Attribute the pictures sold in ``period`` (YYYY-MM); those attributed before are left as they are.

    Returns how many ``images`` were attributed now, the ``shares`` written, and how many pictures have no
    work behind them (``unattributable``), were made by a release that this method does not know
    (``other_release``).

    Args:
        period: A calendar month in UTC, such as 2026-10.
    """
    pictures, other_release = sold_pictures(checked_month(period))
    counts = [attribute_batch(pictures[i : i + BATCH]) for i in range(0, len(pictures), BATCH)]
    summary: dict[str, Any] = {
        name: sum(each[name] for each in counts) for name in ("images", "shares", "unattributable")
    }
    summary |= {"sold": len(pictures), "other_release": other_release}
    artifacts.table(
        "attribute-sales", [{"period": period, **summary}], f"Attribution of the sales of {period}"
    )
    get_run_logger().info(
        "%d pictures were sold in %s; %d of them were attributed now, to works with %d shares.",
        len(pictures),
        period,
        summary["images"],
        summary["shares"],
    )
    return summary


@task(name="find sold pictures")
def sold_pictures(period: str) -> tuple[list[str], int]:
    """Pictures that the attribution method in use can explain, and how many it cannot."""
    app = get_app()
    with app.transaction() as conn:
        sold = fund.accrued_assets(conn, period)
        explainable = {
            release: assets for release, assets in sold.items() if training.get(conn, release).works
        }
    if not explainable:
        return [], 0
    own = explainable.pop(app.attributor.release_id, [])
    others = sum(len(assets) for assets in explainable.values())
    if others:
        get_run_logger().warning(
            "%d pictures are of %s, which this method does not know: attribute them with their release.",
            others,
            ", ".join(sorted(explainable)),
        )
    return own, others


@task(name="attribute pictures", retries=2, retry_delay_seconds=1, retry_condition_fn=unless_hopeless)
def attribute_batch(asset_ids: Sequence[str]) -> dict[str, int]:
    """Attribute some pictures in one transaction; a retry starts from nothing."""
    app = get_app()
    with app.transaction() as conn:
        report = attribute_pictures(conn, app.objects, app.attributor, asset_ids, app.clock)
    if report.unattributable:
        get_run_logger().warning("The method could name no work for %d pictures.", report.unattributable)
    return {"images": report.images, "shares": report.shares, "unattributable": report.unattributable}
