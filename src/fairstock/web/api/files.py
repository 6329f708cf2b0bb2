"""``GET /v1/images/files/{name}``: a picture by its signed link."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetState
from fairstock.asset.store import AssetNotFound
from fairstock.bootstrap import App
from fairstock.web.api.parts import parts

router = APIRouter(prefix="/images/files")


@router.api_route("/{name}", methods=["GET", "HEAD"])
async def file(request: Request, name: str) -> Response:
    """The bytes as they were signed; 403 where the link has ended, 404 where the picture was taken down."""
    house, links = parts(request)
    left = links.check(name, request.query_params, house.clock.now())
    asset, data = await run_in_threadpool(_load, house, name.rpartition(".")[0])
    headers = {
        "cache-control": f"private, max-age={left}, immutable",
        "content-disposition": f'inline; filename="{name}"',
        "access-control-allow-origin": "*",  # pages of buyers draw it into a canvas
    }
    return Response(data, media_type=asset.mime, headers=headers)


def _load(house: App, asset_id: str) -> tuple[Asset, bytes]:
    with house.transaction() as conn:
        asset = _served(conn, asset_id)
    return asset, house.objects.get(asset.sha256)


def _served(conn: Connection, asset_id: str) -> Asset:
    asset = assets.get(conn, asset_id)
    if asset.state not in (AssetState.live, AssetState.private):
        raise AssetNotFound(asset_id)
    return asset
