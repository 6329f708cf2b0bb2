"""Compares uploads with works of the opt-out registry: not only the very file, also what was made of it.

The registry's search gives a few candidates by image features; here each is laid on the upload, straight and
in any position, as works of the catalogue are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fairstock.screening import local
from fairstock.screening.candidates import Traits, by_turns
from fairstock.screening.catalogue import held_up
from fairstock.screening.copies import Comparison, compare_many, is_noted, laid_evidence
from fairstock.screening.model import Laid, RegistryHit
from fairstock.screening.overlay import Plates, lay_nearest
from fairstock.screening.policy import Policy

SAME = 0.35
"""Straight difference up to which no other position is tried; the policy's number for copies."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A work of the registry that could be the upload's."""

    entry_id: str
    since: datetime
    note: str
    """The registry's own evidence."""
    width: int
    height: int
    sketch: bytes
    """64 × 64 RGB."""
    cosine: float
    """Of its features with the upload's; 0 where it was found by words alone."""
    by_words: int | None = None
    """Its place among the works that share words of local features with the upload, the likeliest first; None
    where it was found by image features alone.
    """
    packed: bytes | None = None
    """Its local features of the present version, where they are known."""


def hits(traits: Traits, listed: Sequence[Listed], policy: Policy) -> list[RegistryHit]:
    """The works that agree with the upload enough to be noted, nearest by features first."""
    if not listed:
        return []
    near = _by_turns(listed)
    straight = compare_many(traits.sketch, [each.sketch for each in near])
    laid: list[Laid | None] = [None] * len(near)
    if min(each.difference for each in straight) > SAME:
        plates = [Plates(each.sketch, each.width, each.height, local.read(each.packed)) for each in near]
        searched = [place for place, each in enumerate(near) if each.cosine >= policy.searched_cosine]
        laid = lay_nearest(held_up(traits), plates, policy.laid, searched)
    found = zip(near, straight, laid, strict=True)
    return [_hit(traits, *each) for each in found if _noted(each[1], each[2], policy)]


def _by_turns(listed: Sequence[Listed]) -> list[Listed]:
    """By turns the one that is likeliest by words, and the one with the nearest features."""
    known = {each.entry_id: each for each in listed}
    ranked = {each.entry_id: each.by_words for each in listed if each.by_words is not None}
    by_features = sorted(listed, key=lambda each: (-each.cosine, each.entry_id))
    turns = by_turns(sorted(ranked, key=ranked.__getitem__), [each.entry_id for each in by_features])
    return [known[name] for name in turns]


def _noted(straight: Comparison, laid: Laid | None, policy: Policy) -> bool:
    agrees = is_noted(laid, policy)
    return straight.difference <= policy.noted_difference or agrees


def _hit(traits: Traits, listed: Listed, straight: Comparison, laid: Laid | None) -> RegistryHit:
    stretch = (traits.width / traits.height) / (listed.width / listed.height)
    seen = {
        "cosine": round(listed.cosine, 4),
        "mirrored": straight.mirrored,
        "aspect": round(max(stretch, 1 / stretch), 4),
        "difference": round(straight.difference, 4),
        "worst_block": round(straight.worst_block, 4),
        "contrast": round(straight.contrast, 4),
    }
    if laid is not None:
        seen |= laid_evidence(laid)
    return RegistryHit(listed.entry_id, False, None, listed.since, listed.note, seen)


def joined(named: Sequence[RegistryHit], seen: Sequence[RegistryHit]) -> list[RegistryHit]:
    """Hits by digest or hash, each with what laying its picture on the upload showed, then the other hits."""
    known = {each.entry_id: each for each in seen}
    both = [
        RegistryHit(each.entry_id, each.exact, each.distance, each.since, each.note, other.seen)
        if (other := known.pop(each.entry_id, None))
        else each
        for each in named
    ]
    return [*both, *known.values()]
