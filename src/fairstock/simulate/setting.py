"""The marketplace before the first day: people, works with their licenses, model releases."""

from __future__ import annotations

from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, NewAsset, NewFingerprint
from fairstock.attribution import store as attribution
from fairstock.party import store as parties
from fairstock.party.model import NewParty, PartyKind, Role
from fairstock.simulate.model import Plan, Work
from fairstock.simulate.office import STAFF
from fairstock.simulate.world import METHOD, digest, fingerprint_of
from fairstock.training import store as training
from fairstock.training.model import Release, ReleaseState

RELIABILITY_PPB = 450_000_000
"""Of the attribution of the second release; that of the first was never measured."""


def furnish(conn: Connection, plan: Plan) -> None:
    """Write the setting; safe to repeat."""
    people = parties.add_parties(
        conn,
        [
            NewParty(handle, handle, PartyKind.contributor, frozenset({Role.contributor}))
            for handle in plan.contributors
        ],
    )
    for handle, country in plan.buyers.items():
        parties.add_party(
            conn, handle=handle, name=handle, kind=PartyKind.buyer, roles={Role.buyer}, country=country
        )
    parties.add_party(
        conn, handle=STAFF, name=STAFF, kind=PartyKind.staff, roles={Role.finance}, country="IE"
    )
    for handle in plan.contributors:
        parties.record_training_license(
            conn, party_id=people[handle], granted=True, since=plan.begin, evidence="simulated"
        )
    ids = assets.add_many(conn, [_work(work, people[work.contributor]) for work in plan.works])
    marks = [
        NewFingerprint(each, fingerprint_of(work.name)) for each, work in zip(ids, plan.works, strict=True)
    ]
    assets.add_fingerprints(conn, marks)
    known = dict(zip((work.name for work in plan.works), ids, strict=True))
    for release, names in plan.releases.items():
        _release(conn, plan, release, names, people=people, assets_by_name=known)


def _release(
    conn: Connection,
    plan: Plan,
    release: str,
    names: tuple[str, ...],
    *,
    people: dict[str, str],
    assets_by_name: dict[str, str],
) -> None:
    works = {work.name: work for work in plan.works}
    training.add_release(
        conn,
        Release(release, "simulated", digest(release), 1, len(names), plan.begin, ReleaseState.active, {}),
    )
    training.add_entries(
        conn,
        [
            {
                "release_id": release,
                "work_sha256": digest(name),
                "contributor_id": people[works[name].contributor],
                "title": name,
                "cluster": works[name].cluster,
                "asset_id": assets_by_name[name],
                "published_at": works[name].published,
            }
            for name in sorted(names, key=digest)
        ],
    )
    method = attribution.register_method(
        conn, name=METHOD[0], version=METHOD[1], release_id=release, at=plan.begin
    )
    if release != min(plan.releases):
        attribution.note_reliability(conn, method.id, RELIABILITY_PPB)


def _work(work: Work, contributor_id: str) -> NewAsset:
    return NewAsset(
        contributor_id=contributor_id,
        kind=AssetKind.human,
        sha256=digest(work.name),
        mime="image/png",
        width=512,
        height=512,
        bytes=1,
        title=work.name,
        keywords=(),
        license="CC0-1.0",
        source="simulation",
        training_consent=True,
        created_at=work.published,
    )
