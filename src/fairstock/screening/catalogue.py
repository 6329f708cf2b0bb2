"""Compares uploads with the works that could be the same (``candidates``): each is laid on the upload."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from fairstock.asset.model import Asset, AssetKind, Fingerprint
from fairstock.asset.rules import distance
from fairstock.screening import local
from fairstock.screening.candidates import Neighbourhood, Subject, Traits, by_turns
from fairstock.screening.copies import Comparison, agreement_of, compare_many, is_noted
from fairstock.screening.model import Laid, Likeness
from fairstock.screening.overlay import MATCHED, Held, Plates, lay_nearest
from fairstock.screening.policy import Policy

SketchSource = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives the sketches (64 × 64 RGB) of stored files by their digests; files that cannot be opened are missing.
"""
_HELD = 32
"""Uploads that are remembered, about 0.6 MB each: somewhat more than the flow judges at a time."""
_EQUAL, _EQUAL_BLOCK, _EQUAL_ASPECT = 0.35, 0.06, 1.05
"""Below these, pictures are equal as they are; the policy's numbers for proof."""


def likenesses(
    subject: Subject, near: Neighbourhood, sketches: SketchSource, only: Collection[str] | None = None
) -> list[Likeness]:
    """The catalogue's pictures that could be the same as an upload, each compared with it, most alike
    first.

    Works that are not the same straight away are laid on it in any position, the nearest by features only.
    ``only``: ids of the candidates that count.
    """
    cosines, policy = near.candidates(subject), near.policy
    asked = cosines if only is None else only
    works = [near.works[identity] for identity in asked if identity in near.works]
    works.sort(key=lambda work: (-cosines[work.id], work.id))
    drawn = sketches([work.sha256 for work in works])
    works = [work for work in works if work.sha256 in drawn]
    laid_straight = compare_many(subject.traits.sketch, [drawn[work.sha256] for work in works])
    alike = [
        _straight(subject, work, near.hashes.get(work.id), cosines[work.id], straight)
        for work, straight in zip(works, laid_straight, strict=True)
    ]
    laid = _laid(subject, near, drawn, alike, cosines)
    alike = [replace(each, laid=laid.get(each.asset_id)) for each in alike]
    return sorted((each for each in alike if _noted(each, policy)), key=order)


def _laid(
    subject: Subject,
    near: Neighbourhood,
    drawn: Mapping[str, bytes],
    alike: Sequence[Likeness],
    cosines: Mapping[str, float],
) -> dict[str, Laid]:
    """Asset id → how the upload lies on it; nothing where it is the same as a work straight away.

    The likeliest of all candidates are laid, so far as they are among those that are compared now.
    """
    if any(_same(each) for each in alike):
        return {}
    asked, least = {each.asset_id for each in alike}, near.policy.searched_cosine
    tried = [
        near.works[identity]
        for place, identity in enumerate(_likeliest(near, subject, cosines))
        if identity in asked and (place < MATCHED or cosines[identity] >= least)
    ]
    if not tried:
        return {}
    held = held_up(subject.traits)
    plates = [Plates(drawn[work.sha256], work.width, work.height, near.local_of(work.id)) for work in tried]
    searched = [place for place, work in enumerate(tried) if cosines[work.id] >= least]
    found = zip(tried, lay_nearest(held, plates, near.policy.laid, searched), strict=True)
    return {work.id: laid for work, laid in found if laid is not None}


def held_up(traits: Traits) -> Held:
    """An upload made ready to be laid on works; remembered for the rest of its batch, since it is compared
    with works that others of the batch have become, and with the registry's.
    """
    kept = traits.local if traits.local and traits.local.version == local.VERSION else None
    return _held(traits.sketch, traits.width, traits.height, kept and kept.packed)


@lru_cache(_HELD)
def _held(sketch: bytes, width: int, height: int, packed: bytes | None) -> Held:
    return Held(Plates(sketch, width, height, local.read(packed)))


def _likeliest(near: Neighbourhood, subject: Subject, cosines: Mapping[str, float]) -> list[str]:
    """Ids of the candidates in the order in which they are laid on the upload: by turns the likeliest by
    words, and by features.
    """
    by_words = [identity for identity in near.sharing(subject) if identity in near.works]
    close = [identity for identity, cosine in cosines.items() if cosine >= near.policy.laid_cosine]
    return by_turns(by_words, sorted(close, key=lambda identity: (-cosines[identity], identity)))


def _same(straight: Likeness) -> bool:
    """Whether the pictures are equal as they are, so that no other position needs to be tried."""
    return straight.exact or (
        straight.difference <= _EQUAL
        and straight.worst_block <= _EQUAL_BLOCK
        and straight.aspect <= _EQUAL_ASPECT
    )


def _noted(likeness: Likeness, policy: Policy) -> bool:
    agrees = is_noted(likeness.laid, policy)
    return likeness.exact or likeness.difference <= policy.noted_difference or agrees


def order(likeness: Likeness) -> tuple[bool, float, str]:
    """Less for what is more alike."""
    apart = min(likeness.difference, 1.0 - _agreement(likeness))
    return not likeness.exact, apart, likeness.asset_id


def _agreement(likeness: Likeness) -> float:
    """How far the two agree where one lies on the other, or as much of the work as is not written over."""
    return agreement_of(likeness.laid) if likeness.laid else 0.0


def _straight(
    subject: Subject, work: Asset, hashes: Fingerprint | None, cosine: float, laid: Comparison
) -> Likeness:
    traits = subject.traits
    mine = traits.phash_mirror if laid.mirrored else traits.phash
    stretch = (traits.width / traits.height) / (work.width / work.height)
    return Likeness(
        asset_id=work.id,
        title=work.title,
        relation=_relation(work, subject.contributor_id),
        exact=work.sha256 == subject.sha256,
        mirrored=laid.mirrored,
        phash_distance=distance(mine, hashes.phash) if hashes else 64,
        cosine=cosine,
        aspect=max(stretch, 1 / stretch),
        difference=laid.difference,
        worst_block=laid.worst_block,
        contrast=laid.contrast,
    )


def _relation(asset: Asset, contributor_id: str) -> str:
    if asset.kind is AssetKind.generated:
        return "house"
    return "same_contributor" if asset.contributor_id == contributor_id else "somebody_else"
