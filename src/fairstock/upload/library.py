"""Brings a library of known, licensed works into the catalogue: the same gate as uploads, but no judgement.

The library's owner answers for what is in it, so nothing is screened; a file that cannot be decoded stops
the import by name, since a broken picture must not go on sale.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import Connection

from fairstock.asset import rules as asset_rules
from fairstock.asset import store as assets
from fairstock.asset.model import AssetKind, LocalFeatures, NewAsset, NewFingerprint
from fairstock.kit.errors import BadInput
from fairstock.kit.objects import ObjectStore
from fairstock.party import store as parties
from fairstock.party.model import NewParty, PartyKind, Role
from fairstock.party.rules import handle_of
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.model import Inspection

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a library's licenses hold: a public-domain dedication has no first day that we know."""


class LibraryWork(Protocol):
    """A work of a library, as its files describe it."""

    @property
    def png(self) -> Path:
        """The picture's file."""

    @property
    def sha256(self) -> str:
        """Hex digest of the file."""

    @property
    def title(self) -> str: ...

    @property
    def author(self) -> str | None:
        """None where nobody is named: such a work cannot be paid for, so it is left out."""

    @property
    def keywords(self) -> tuple[str, ...]: ...

    @property
    def license(self) -> str: ...

    @property
    def training(self) -> bool:
        """Whether the author allows training."""

    @property
    def key(self) -> str:
        """Where in the library it lies."""


class Embedder(Protocol):
    """Turns pictures into feature vectors."""

    version: str

    def embed(self, images: Sequence[Image.Image]) -> NDArray:  # type: ignore[type-arg]
        """Shape (n, dimensions), float32, unit length."""


LocalLook = Callable[[Sequence[Image.Image]], Sequence[LocalFeatures]]
"""Finds out what small parts of pictures look like."""


class BrokenWork(BadInput):
    """A library's picture cannot be decoded."""

    def __init__(self, work: LibraryWork, why: str) -> None:
        super().__init__(
            f"The library's picture {work.png} cannot be used: {why}", remedy="repair it or take it out"
        )


def register_contributors(conn: Connection, works: Iterable[LibraryWork]) -> int:
    """Make every named author a contributor and note the training license; returns how many there are."""
    consent: dict[str, tuple[str, bool, str]] = {}
    for work in works:
        if work.author:
            consent.setdefault(handle_of(work.author), (work.author, work.training, work.license))
    roles = frozenset({Role.contributor})
    ids = parties.add_parties(
        conn,
        [NewParty(handle, name, PartyKind.contributor, roles) for handle, (name, _, _) in consent.items()],
    )
    for handle, (_, granted, license_name) in consent.items():
        parties.record_training_license(
            conn,
            party_id=ids[handle],
            granted=granted,
            since=ALWAYS,
            evidence=f"library record: {license_name}",
        )
    return len(ids)


def missing(conn: Connection, works: Iterable[LibraryWork]) -> list[str]:
    """Digests of works by named authors that the catalogue lacks, once each, in the library's order."""
    digests = list(dict.fromkeys(work.sha256 for work in works if work.author))
    known = assets.ids_by_sha(conn, digests)
    return [digest for digest in digests if digest not in known]


def add_works(
    conn: Connection,
    objects: ObjectStore,
    guard: DecodeGuard,
    features: Embedder,
    works: Sequence[LibraryWork],
    *,
    local: LocalLook,
    published: datetime | None = None,
) -> int:
    """Put a batch on sale: bytes first, then asset and fingerprint rows. Returns the number of works.

    ``published``: the moment that counts for all of a library, whose batches do not tell who was first.

    Raises BrokenWork for a picture that cannot be decoded; nothing of the batch is booked then.
    """
    works = list({work.sha256: work for work in works if work.author}.values())
    if not works:
        return 0
    contents = [work.png.read_bytes() for work in works]
    inspections = guard.inspect(contents)
    pictures = [_picture(work, inspection) for work, inspection in zip(works, inspections, strict=True)]
    for content in contents:
        objects.put(content)
    owners = parties.ids_by_handle(conn, {handle_of(work.author or "") for work in works})
    ids = assets.add_many(
        conn,
        [_new_asset(work, look, owners, published) for work, look in zip(works, inspections, strict=True)],
    )
    seen = zip(ids, pictures, features.embed(pictures), local(pictures), strict=True)
    assets.add_fingerprints(
        conn,
        [
            NewFingerprint(
                identity, asset_rules.fingerprint(picture), vector.tolist(), features.version, parts
            )
            for identity, picture, vector, parts in seen
        ],
    )
    return len(ids)


def _picture(work: LibraryWork, inspection: Inspection) -> Image.Image:
    if inspection.picture is None:
        raise BrokenWork(work, inspection.refusal.sentence if inspection.refusal else "it has no picture.")
    return inspection.picture


def _new_asset(
    work: LibraryWork, look: Inspection, owners: dict[str, str], published: datetime | None
) -> NewAsset:
    return NewAsset(
        contributor_id=owners[handle_of(work.author or "")],
        kind=AssetKind.human,
        sha256=look.sha256,
        mime=look.format.mime if look.format else "application/octet-stream",
        width=look.width,
        height=look.height,
        bytes=look.size,
        title=work.title,
        keywords=work.keywords,
        license=work.license,
        source=f"library:{work.key}",
        training_consent=work.training,
        created_at=published,
    )
