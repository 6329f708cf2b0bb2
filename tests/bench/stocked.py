"""A catalogue that a bench knows, put into the database as if it had been uploaded long ago."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, Fingerprint, NewAsset, NewFingerprint
from fairstock.db.transaction import Connection
from fairstock.party import store as parties
from fairstock.party.model import PartyKind, Role
from fairstock.upload import store as uploads
from fairstock.upload.model import Traits, Upload, UploadState
from tests.bench.copies.works import Work

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def unsent(known: Sequence[Work], files: Sequence[Path]) -> list[Work]:
    """Those of the works that are none of the files."""
    sent = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return [work for work in known if _digest(work) not in sent]


def _digest(work: Work) -> str:
    """Of the work's file, or of its name where the file is gone."""
    path = Path(work.path)
    return hashlib.sha256(path.read_bytes() if path.is_file() else work.path.encode()).hexdigest()


def fill(conn: Connection, known: Sequence[Work]) -> int:
    """Put works into the catalogue, as somebody's accepted uploads; how many there are."""
    owner = person(conn, "owner")
    news = [_asset(owner, work) for work in known]
    ids = assets.add_many(conn, news)
    fingerprints, sent, traits = [], [], []
    for number, (identity, new, work) in enumerate(zip(ids, news, known, strict=True)):
        seen = work.seen
        hashes, vector = Fingerprint(seen.phash, seen.phash_mirror), seen.embedding.tolist()
        fingerprints.append(NewFingerprint(identity, hashes, vector, seen.embedding_version, seen.local))
        sent.append((number, _upload(owner, number, identity, new)))
        row = (f"upl_{number}", new.mime, seen.width, seen.height, seen.phash, seen.phash_mirror)
        traits.append(Traits(*row, vector, seen.embedding_version, seen.sketch, seen.local))
    assets.add_fingerprints(conn, fingerprints)
    uploads.add(conn, sent)
    uploads.add_traits(conn, traits)
    return len(set(ids))


def _asset(owner: str, work: Work) -> NewAsset:
    size, title = (work.seen.width, work.seen.height), Path(work.path).stem
    row = (owner, AssetKind.human, _digest(work), "image/png", *size, 1, title, (), "bench", "bench", False)
    return NewAsset(*row, created_at=LONG_AGO)


def _upload(owner: str, number: int, asset_id: str, new: NewAsset) -> Upload:
    named = f"upl_{number}", owner, "catalogue", new.title, new.sha256
    return Upload(*named, 1, new.title, (), {}, LONG_AGO, UploadState.ACCEPTED, asset_id, None)


def person(conn: Connection, handle: str) -> str:
    """A new contributor's party id."""
    kind, roles = PartyKind.contributor, [Role.contributor]
    return parties.add_party(conn, handle=handle, name=f"Person {handle}", kind=kind, roles=roles)
