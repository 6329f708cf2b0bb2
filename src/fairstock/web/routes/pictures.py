"""Pictures for pages, made from the stored bytes; each answers only to those who may see the thing itself."""

from typing import cast

from fastapi import APIRouter, Request, Response

from fairstock.kit.errors import FairstockError
from fairstock.upload.model import UploadState
from fairstock.web import access
from fairstock.web.auth import House, MaybePerson, SignedIn
from fairstock.web.renditions import MARKED_FROM, Renditions
from fairstock.web.routes.uploads import own_upload

router = APIRouter()
_HOUR = 3600
_PLACEHOLDER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">'
    '<rect width="120" height="120" fill="#f1efe9"/>'
    '<path d="M35 35l50 50M85 35l-50 50" stroke="#a8a59c" stroke-width="5" stroke-linecap="round"/></svg>'
)


@router.get("/works/{asset_id}/picture/{edge}")
def work_picture(request: Request, app: House, person: MaybePerson, asset_id: str, edge: int) -> Response:
    """A work, at most ``edge`` pixels wide and high; large previews of what is sold carry a mark."""
    with app.transaction() as conn:
        asset = access.visible_work(conn, asset_id, person)
        marked = edge >= MARKED_FROM and not access.sees_unmarked(conn, asset, person)
    data = _renditions(request).get(
        asset.sha256, edge, marked=marked, load=lambda: app.objects.get(asset.sha256)
    )
    return _webp(data)


@router.get("/uploads/{upload_id}/picture/{edge}")
def upload_picture(request: Request, app: House, person: SignedIn, upload_id: str, edge: int) -> Response:
    """An upload, to its contributor and to reviewers; a drawing of nothing where the gate has not opened it:
    what no confined process could open is not opened here.
    """
    with app.transaction() as conn:
        upload = own_upload(conn, upload_id, person)
    if upload.refusal is not None or upload.state is UploadState.RECEIVED:
        return Response(_PLACEHOLDER, media_type="image/svg+xml")
    try:
        data = _renditions(request).get(
            upload.sha256, edge, marked=False, load=lambda: app.objects.get(upload.sha256)
        )
    except FairstockError:
        return Response(_PLACEHOLDER, media_type="image/svg+xml")
    return _webp(data)


def _renditions(request: Request) -> Renditions:
    return cast("Renditions", request.app.state.renditions)


def _webp(data: bytes) -> Response:
    # Private: what a shared cache kept would answer to people who may not see it.
    headers = {"Cache-Control": f"private, max-age={_HOUR}", "Vary": "Cookie"}
    return Response(data, media_type="image/webp", headers=headers)
