"""Parties, assets and bookings for tests, with sensible values where a test does not care."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from PIL import Image, ImageDraw
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.asset.rules import fingerprint
from fairstock.kit.money import Money
from fairstock.ledger.model import Posting, Transaction, TransactionKind
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role

NOON = datetime(2026, 11, 15, 12, tzinfo=UTC)
"""A moment for events whose time does not matter."""


def usd(micros: int) -> Money:
    """Micro-dollars."""
    return Money(micros, "USD")


def add_contributor(conn: Connection, handle: str = "ann") -> str:
    """A contributor's id."""
    kind, roles = PartyKind.contributor, {Role.contributor}
    return parties.add_party(conn, handle=handle, name=handle.title(), kind=kind, roles=roles, country="DE")


def add_buyer(conn: Connection, handle: str = "studio") -> str:
    """A buyer's id."""
    kind, roles = PartyKind.buyer, {Role.buyer}
    return parties.add_party(conn, handle=handle, name=handle.title(), kind=kind, roles=roles, country="FR")


def picture(seed: int, size: tuple[int, int] = (200, 160)) -> Image.Image:
    """A drawing with shapes and colours that depend on the seed, unlike its own mirror image."""
    image = Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, 200))
    draw = ImageDraw.Draw(image)
    digest = hashlib.sha256(str(seed).encode()).digest()
    for x, y, red, green in zip(digest[::4], digest[1::4], digest[2::4], digest[3::4], strict=True):
        left, top = x * size[0] // 256, y * size[1] // 256
        draw.ellipse((left, top, left + 30, top + 50), fill=(red, green, x))
    draw.rectangle((5, 5, 60, 40), fill="black")
    return image


def add_asset(
    conn: Connection,
    contributor_id: str | None,
    seed: int = 1,
    *,
    embedding: list[float] | None = None,
    title: str = "a picture",
) -> str:
    """An asset's id, with the fingerprint of ``picture(seed)``; generated where there is no contributor."""
    new = NewAsset(
        contributor_id=contributor_id,
        kind=AssetKind.human if contributor_id else AssetKind.generated,
        sha256=hashlib.sha256(f"{contributor_id}/{seed}".encode()).hexdigest(),
        mime="image/png",
        width=200,
        height=160,
        bytes=1234,
        title=title,
        keywords=("test", "drawing"),
        license="CC0-1.0",
        source="test",
        training_consent=True,
    )
    asset_id = assets.add(conn, new)
    version = "test/1" if embedding else None
    assets.add_fingerprint(conn, NewFingerprint(asset_id, fingerprint(picture(seed)), embedding, version))
    return asset_id


def sale(
    key: str = "sale:1", price: int = 20_000, fund: int = 6_000, buyer: str = "pty_buyer"
) -> Transaction:
    """A sale whose fund share goes to November 2026."""
    postings = (
        Posting(f"buyer:{buyer}", usd(price)),
        Posting("revenue:house", usd(fund - price)),
        Posting("fund:2026-11", usd(-fund)),
    )
    return Transaction(key, TransactionKind.sale, NOON, postings, memo="a license", details={"sale": key})
