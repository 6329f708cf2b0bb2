"""Releases, sold pictures and closed periods for tests of the money."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO

from factories.core import picture
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, NewAsset, NewFingerprint
from fairstock.asset.rules import fingerprint
from fairstock.attribution import store as attribution
from fairstock.fund.sell import sell
from fairstock.generation import store as generation
from fairstock.generation.model import GeneratedImage, Order, RequestState
from fairstock.kit.clock import FixedClock
from fairstock.kit.ids import derived_id
from fairstock.kit.objects import ObjectStore
from fairstock.license.model import Sale
from fairstock.party import store as parties
from fairstock.payout import store as payouts
from fairstock.payout.model import Account, TaxForm
from fairstock.provenance import store as marks
from fairstock.provenance.model import Mark
from fairstock.training import store as training
from fairstock.training.model import Release, ReleaseState

PERIOD = "2026-10"
"""The month in which the tests sell."""
IN_PERIOD = FixedClock(datetime(2026, 10, 20, 12, tzinfo=UTC))
AFTER = FixedClock(datetime(2026, 11, 3, 9, tzinfo=UTC))
"""When the month is closed and paid."""
RELEASE = "house-test"


def sha(name: str) -> str:
    """A digest that stands for the work of this name."""
    return hashlib.sha256(name.encode()).hexdigest()


def add_release(
    conn: Connection,
    works: Mapping[str, tuple[str, int]],
    release_id: str = RELEASE,
    *,
    known: bool = True,
    catalogue: Mapping[str, Asset] | None = None,
    published: Mapping[str, datetime] | None = None,
) -> str:
    """A release trained on works given as name → (contributor id, cluster); ``known=False`` has no manifest.

    ``catalogue`` says which of the works are in the catalogue, ``published`` when they became available.
    """
    found = catalogue or {}
    release = Release(
        id=release_id,
        name="test model",
        manifest_sha256=sha(f"manifest of {release_id}") if known else None,
        seed=1,
        works=len(works) if known else 0,
        created_at=IN_PERIOD.at,
        state=ReleaseState.active,
        details={},
    )
    training.add_release(conn, release)
    rows = [
        {
            "release_id": release_id,
            "work_sha256": found[name].sha256 if name in found else sha(name),
            "contributor_id": contributor,
            "title": f"“{name}”",
            "cluster": cluster,
            "asset_id": found[name].id if name in found else None,
            "published_at": (published or {}).get(name),
        }
        for name, (contributor, cluster) in works.items()
    ]
    training.add_entries(conn, rows if known else [])
    return release_id


def add_generated(
    conn: Connection,
    buyer_id: str,
    seed: int = 1,
    *,
    release_id: str = RELEASE,
    objects: ObjectStore | None = None,
    edge: int = 1024,
) -> str:
    """A generated picture in the catalogue, with its bytes where an object store is given."""
    image = picture(seed, (96, 96))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    digest = objects.put(buffer.getvalue()) if objects else sha(f"generated {seed}")
    new = NewAsset(
        contributor_id=None,
        kind=AssetKind.generated,
        sha256=digest,
        mime="image/png",
        width=edge,
        height=edge,
        bytes=len(buffer.getvalue()),
        title=f"prompt {seed}",
        keywords=(),
        license="generated",
        source="test",
        training_consent=False,
    )
    asset_id = assets.add(conn, new)
    assets.add_fingerprint(conn, NewFingerprint(asset_id, fingerprint(image)))
    order = Order(f"order-{seed}-{release_id}", buyer_id, f"prompt {seed}", 1, edge)
    request = generation.add(conn, order, RequestState.pending, {}, IN_PERIOD.at)
    generation.add_images(
        conn, [GeneratedImage(asset_id, request.id, 0, seed, release_id, 1, (), None, None)]
    )
    unmarked = Mark("none", None, "a test made it")
    marks.add_marks(conn, {asset_id: unmarked}, IN_PERIOD.at)
    generation.set_state(conn, request.id, RequestState.done, at=IN_PERIOD.at, release_id=release_id)
    return asset_id


def sell_one(
    conn: Connection,
    asset_id: str,
    buyer_id: str,
    key: str,
    *,
    size: int = 1024,
    clock: FixedClock = IN_PERIOD,
) -> Sale:
    """One license, sold in the period."""
    return sell(conn, key=key, asset_id=asset_id, buyer_id=buyer_id, size=size, clock=clock)


def attribute(
    conn: Connection,
    asset_id: str,
    shares: Mapping[str, int],
    contributors: Mapping[str, str],
    *,
    reliability_ppb: int | None = None,
    release_id: str = RELEASE,
) -> str:
    """Shares (ppb) of works, given by name, in a picture; returns the method's id. The reliability is that of
    the method.
    """
    from sqlalchemy import text

    method = attribution.register_method(
        conn, name="test", version="1", release_id=release_id, at=IN_PERIOD.at
    )
    conn.execute(
        text("UPDATE attribution_method SET reliability_ppb = :value WHERE id = :id"),
        {"value": reliability_ppb, "id": method.id},
    )
    works = {asset_id: {sha(name): ppb for name, ppb in shares.items()}}
    owners = {sha(name): contributor for name, contributor in contributors.items()}
    attribution.record(conn, method.id, works, owners, IN_PERIOD.at)
    return method.id


def add_account(conn: Connection, contributor_id: str, **changes: object) -> Account:
    """A verified account with a valid tax form, unless told otherwise."""
    given: dict[str, object] = {
        "contributor_id": contributor_id,
        "method": "test-bank",
        "reference": f"ACC-{contributor_id}",
        "verified": True,
        "country": "DE",
        "tax_form_valid_until": date(2099, 12, 31),
        "tax_form": TaxForm.w8ben,
    }
    account = Account(**{**given, **changes})  # type: ignore[arg-type]
    payouts.put_account(conn, account, IN_PERIOD.at)
    return account


def add_licensed_works(conn: Connection, contributor_id: str, seeds: Sequence[int]) -> list[str]:
    """Works in the catalogue whose contributor licenses them for training."""
    parties.record_training_license(
        conn, party_id=contributor_id, granted=True, since=datetime(2026, 1, 1, tzinfo=UTC), evidence="test"
    )
    rows = [
        NewAsset(
            contributor_id=contributor_id,
            kind=AssetKind.human,
            sha256=sha(f"{contributor_id}/{seed}"),
            mime="image/png",
            width=100,
            height=100,
            bytes=10,
            title=f"work {seed}",
            keywords=(),
            license="CC0-1.0",
            source="test",
            training_consent=True,
        )
        for seed in seeds
    ]
    ids = assets.add_many(conn, rows)
    assets.add_fingerprints(
        conn,
        [NewFingerprint(each, fingerprint(picture(seed))) for each, seed in zip(ids, seeds, strict=True)],
    )
    return ids


def pool_id(part: str, *, period: str = PERIOD, currency: str = "USD", release_id: str = RELEASE) -> str:
    """The id of a floor pool, as the close derives it."""
    return derived_id("pol", period, currency, part, release_id)
