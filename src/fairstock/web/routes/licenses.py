"""Buying a license, and the file that comes with it."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset
from fairstock.fund.sell import sell
from fairstock.kit.errors import Forbidden
from fairstock.kit.ids import derived_id
from fairstock.license import store as licenses
from fairstock.license.model import Sale
from fairstock.web import access
from fairstock.web.auth import Buyer, House
from fairstock.web.delivery import delivered
from fairstock.web.pages import show

router = APIRouter()
_SHOWN = 100


class NotLicensed(Forbidden):
    """The buyer has no license of the work."""

    def __init__(self, asset: Asset) -> None:
        super().__init__(
            f"You have no license of “{asset.title}”, so the file is not yours to download.",
            remedy="license it on its page",
        )


@router.post("/works/{asset_id}/license")
def buy(
    app: House,
    person: Buyer,
    asset_id: str,
    size: Annotated[int, Form()],
    order: Annotated[int, Form(ge=0)],
) -> Response:
    """Sell one license; sending the same form twice sells one only.

    ``order`` counts the licenses that the buyer had of the work when the form was made.
    """
    with app.transaction() as conn:
        access.visible_work(conn, asset_id, person)
        key = derived_id("web", person.id, asset_id, str(order))
        sell(conn, key=key, asset_id=asset_id, buyer_id=person.id, size=size, clock=app.clock)
    return RedirectResponse(f"/works/{asset_id}#license", status_code=303)


@router.get("/works/{asset_id}/file")
def download(app: House, person: Buyer, asset_id: str) -> Response:
    """The file of the largest license that the buyer has; the signed original where that covers it."""
    with app.transaction() as conn:
        asset = access.visible_work(conn, asset_id, person)
        sale = _largest(conn, asset, person.id)
    data, mime, name = delivered(asset, sale.size, app.objects.get(asset.sha256))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=mime, headers=headers)


@router.get("/licenses", response_class=HTMLResponse)
def my_licenses(request: Request, app: House, person: Buyer) -> HTMLResponse:
    """What the signed-in buyer licensed, newest first."""
    with app.transaction() as conn:
        sales = licenses.sales_of(conn, person.id, limit=_SHOWN)
        works = {one.id: one for one in assets.many(conn, {sale.asset_id for sale in sales})}
    return show(request, person, "licenses.html", sales=sales, works=works, shown=_SHOWN)


def _largest(conn: Connection, asset: Asset, buyer_id: str) -> Sale:
    held = licenses.sales_of(conn, buyer_id, asset_id=asset.id)
    if not held:
        raise NotLicensed(asset)
    return max(held, key=lambda sale: sale.size)
