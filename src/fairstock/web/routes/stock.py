"""Searching the stock, and the page of one work."""

from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, AssetState
from fairstock.kit.ids import derived_id, new_id
from fairstock.license.book import price_book_in_force
from fairstock.party import store as parties
from fairstock.party.model import Role
from fairstock.provenance.verify import verify
from fairstock.search.find import find
from fairstock.search.model import Match, SearchPage
from fairstock.search.similar import similar
from fairstock.web import access
from fairstock.web.auth import House, MaybePerson
from fairstock.web.offers import prices
from fairstock.web.pages import show
from fairstock.web.verifying import origin

router = APIRouter()
_SIMILAR = 12
_KINDS = {"human": AssetKind.human, "ai": AssetKind.generated}


@router.get("/search", response_class=HTMLResponse)
def search(
    request: Request, app: House, person: MaybePerson, *, q: str = "", kind: str = "all", page: int = 1
) -> HTMLResponse:
    """Works that fit some words; anybody may look."""
    wanted = _KINDS.get(kind)
    with app.transaction() as conn:
        found = find(conn, q, kind=wanted.value if wanted else None, page=page)
        works = [one for one in assets.many(conn, found.asset_ids) if one.state is AssetState.live]
        names = makers(conn, works)
        sizes = prices(conn, app, person)
    return show(
        request,
        person,
        "search.html",
        offer=sizes,
        may_create=person is None or person.may(Role.buyer),
        q=q.strip(),
        kind=kind if wanted else "all",
        found=found,
        works=works,
        names=names,
        told=_told(found, q.strip()),
    )


@router.get("/works/{asset_id}", response_class=HTMLResponse)
def work(request: Request, app: House, person: MaybePerson, asset_id: str) -> HTMLResponse:
    """One work: the picture, who or what made it, what a license costs, and what proves it."""
    with app.transaction() as conn:
        asset = access.visible_work(conn, asset_id, person)
        names = makers(conn, [asset])
        licenses = access.licenses_of(conn, asset, person)
        quotes = access.quotes_for(conn, asset, person, app.clock)
        neighbours = similar(conn, asset_id, limit=6)
        alike = assets.many(conn, [one.asset_id for one in neighbours])
        alike_names = makers(conn, alike)
        made = origin(conn, asset)
        own = access.is_maker(conn, asset, person)
    return show(
        request,
        person,
        "work.html",
        asset=asset,
        by=names[asset.id],
        licenses=licenses,
        quotes=quotes,
        may_buy=person is not None and person.may(Role.buyer),
        sale_key=derived_id("web", person.id if person else "", asset.id, str(len(licenses))),
        alike=alike,
        alike_names=alike_names,
        origin=made,
        own=own,
        order=new_id("req"),
        book=price_book_in_force(),
    )


@router.get("/works/{asset_id}/similar", response_class=HTMLResponse)
def similar_works(
    request: Request, app: House, person: MaybePerson, asset_id: str, kind: str = "all"
) -> HTMLResponse:
    """Works that look like this one."""
    with app.transaction() as conn:
        asset = access.visible_work(conn, asset_id, person)
        neighbours = similar(conn, asset_id, limit=_SIMILAR * 2, kind=_KINDS.get(kind))
        works = assets.many(conn, [one.asset_id for one in neighbours])
        names = makers(conn, works)
    return show(
        request,
        person,
        "similar.html",
        asset=asset,
        kind=kind if kind in _KINDS else "all",
        works=works,
        names=names,
        likeness={one.asset_id: one.similarity for one in neighbours},
    )


@router.get("/works/{asset_id}/proof", response_class=HTMLResponse)
def proof(request: Request, app: House, person: MaybePerson, asset_id: str) -> HTMLResponse:
    """What the stored file proves by itself, read anew from its bytes."""
    with app.transaction() as conn:
        asset = access.visible_work(conn, asset_id, person)
    report = verify(app.objects.get(asset.sha256), app.c2pa_reader)
    return show(request, person, "proof.html", asset=asset, report=report)


def makers(conn: Connection, works: Iterable[Asset]) -> dict[str, str]:
    """Who made each work, as it is shown: the contributor's name, or the house's model."""
    listed = list(works)
    people = parties.many(conn, {one.contributor_id for one in listed if one.contributor_id})
    return {
        one.id: people[one.contributor_id].name if one.contributor_id in people else "fairstock house model"
        for one in listed
    }


def _told(found: SearchPage, words: str) -> str:
    """One sentence on how the results came to be."""
    count = f"{found.total:,} {'work' if found.total == 1 else 'works'}"
    sentences = {
        Match.NEWEST: f"“{words}” has no word that can be searched for. " * bool(words)
        + f"{'All ' * bool(words)}{count}, newest first.",
        Match.WORDS: f"{count} for “{words}”.",
        Match.PREFIX: f"{count} with words that begin like “{words}”.",
        Match.CORRECTED: f"Nothing has “{words}”. {count} for “{found.corrected}”.",
        Match.ANY: f"No work has all of these words. {count} with at least one of them.",
        Match.NOTHING: f"No work fits “{words}”.",
    }
    return sentences[found.match]
