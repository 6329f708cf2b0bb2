"""Use case: the record of a picture whose file says nothing any more, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PIL import Image
from sqlalchemy import Connection

from fairstock.asset import store as assets
from fairstock.asset.model import Asset, AssetKind, AssetState
from fairstock.asset.rules import distance, fingerprint
from fairstock.provenance import store
from fairstock.provenance.model import WatermarkFound

LIKE = 6
"""Bits of 64 in which perceptual hashes may differ for a picture to be called alike."""


class Means(StrEnum):
    """How a record was found, from surest to least sure."""

    bytes = "bytes"
    """The very same file."""
    watermark = "watermark"
    """The payload in the pixels."""
    likeness = "likeness"
    """Perceptual hashes; another picture may look alike."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A record of the catalogue that belongs to a file."""

    asset_id: str | None
    """None where the work is not everybody's to see."""
    means: Means
    sentence: str
    """What was found and how sure it is, for people."""


def recover(
    conn: Connection, *, sha256: str, picture: Image.Image | None, found: WatermarkFound | None
) -> Recovered | None:
    """The record of the file with this digest, these pixels and the watermark that was read from them."""
    same = assets.by_sha(conn, sha256)
    if same:
        return _recovered(same[0], Means.bytes, "It is, to the bit, the file of a work in our catalogue")
    if found is not None:
        return _by_mark(conn, picture, found)
    return _by_looks(conn, picture) if picture is not None else None


def _by_mark(conn: Connection, picture: Image.Image | None, found: WatermarkFound) -> Recovered:
    """Whose payload it is; where two works share it by chance, the one that looks more like the picture."""
    marked = assets.many(conn, store.assets_of(conn, found.payload))
    chance = f"the chance of reading that from an unmarked picture is below {_power(found)}"
    left = "" if found.visible_share > 0.97 else f", of which about {100 * found.visible_share:.0f} % is left"
    if not marked:
        return Recovered(
            None,
            Means.watermark,
            f"Its pixels carry this house's watermark, which no record of ours has; {chance}.",
        )
    work = marked[0]
    if len(marked) > 1 and picture is not None:
        seen, known = fingerprint(picture), assets.fingerprints(conn, [each.id for each in marked])
        apart = {identity: distance(seen.phash, each.phash) for identity, each in known.items()}
        work = min(marked, key=lambda each: apart.get(each.id, 64))
    said = f"Its pixels carry the watermark of a work in our catalogue{left}; {chance}"
    return _recovered(work, Means.watermark, said)


def _by_looks(conn: Connection, picture: Image.Image) -> Recovered | None:
    near = assets.within(conn, fingerprint(picture), LIKE)
    if not near:
        return None
    match = near[0]
    mirrored = " mirrored" if match.mirrored else ""
    said = (
        f"It looks like a{mirrored} work in our catalogue (perceptual hashes differ in {match.distance} of 64"
        " bits). That is a hint and no proof"
    )
    return _recovered(assets.get(conn, match.asset_id), Means.likeness, said)


def _recovered(work: Asset, means: Means, said: str) -> Recovered:
    """The finding in words; a work that is one buyer's, or taken down, is not shown to others."""
    made = "our model made" if work.kind is AssetKind.generated else "a contributor made"
    if work.state is not AssetState.live:
        return Recovered(None, means, f"{said}: one that {made} and that is not public.")
    return Recovered(work.id, means, f"{said}: “{work.title}”, which {made} ({work.id}).")


def _power(found: WatermarkFound) -> str:
    """The bound as one in so many."""
    return f"1 in {1 / max(found.false_positive_bound, 1e-15):.0e}".replace("e+", " × 10^")
