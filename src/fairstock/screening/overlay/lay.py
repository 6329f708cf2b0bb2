"""The whole way from two sketches to how they lie on each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from fairstock.screening.model import Laid
from fairstock.screening.overlay.colour import coloured
from fairstock.screening.overlay.describe import STRETCH, described, filled
from fairstock.screening.overlay.featured import featured, is_clear, is_rich
from fairstock.screening.overlay.fits import Fit, Fits
from fairstock.screening.overlay.match import Matrix
from fairstock.screening.overlay.plate import COARSE, FINE, TINY, Box, Plates
from fairstock.screening.overlay.points import UNPAIRED, BothPairs, paired, positions
from fairstock.screening.overlay.refine import Bench
from fairstock.screening.overlay.search import Found, Guess, Held

NEAREST = 2
"""Works that are looked at in any case: among a series, the coarse look does not tell which it is."""
LEAST_FIT = 0.28
"""Cosine of directions below which two pictures are not looked at more closely."""
NEARLY = 0.7
"""A guess this much below the best one is left out."""
LEAST_KEPT = 0.3
"""Share of what a work shows that the upload must show too, at the coarse look, for a close one."""
_HOPELESS = 0.2
"""The same after the first steps, below which the others are not worth their time."""
TRIED = 4
"""Works that are brought together with the upload at the coarse size."""
SEARCHED = 8
"""Works that are laid on the upload by their sketches, the likeliest first."""
POINTED = 2
"""Works whose local features are looked at: as many of the nearest, and of those that fit best."""
_SLIGHT = 0.05
"""Of what is kept, where the sketches show nothing."""
_STEPS, _MORE, _FINE_STEPS = 3, 4, 8
"""Steps at the coarse size: of all guesses, then of the best of each work; and at the fine size."""
_LEFT = 2
"""Guesses for each work, of either source, that are followed at the coarse size."""


def lay(upload: Held, work: Plates) -> Laid | None:
    """How an upload lies on a work; None where it does not."""
    return lay_nearest(upload, [work], 1)[0]


def lay_nearest(
    upload: Held, works: Sequence[Plates], most: int, searched: Collection[int] | None = None
) -> list[Laid | None]:
    """How an upload lies on each of some works, likeliest first; None for those that are not looked at
    closely: neither do enough local features agree, nor are they among the ``most`` that fit best at a coarse
    look, nor the very nearest.

    Works with many local features are told by these alone, and so are all where one is told beyond doubt; by
    their sketches only those in the places ``searched`` (None: all) are laid on it.
    """
    found: list[Laid | None] = [None] * len(works)
    for place, told in featured(upload.plates, works, most):
        found[place] = _better(told, found[place])
    if any(told is not None and is_clear(told) for told in found):
        return found
    every = range(len(works)) if searched is None else sorted(searched)
    poor = [place for place in every if not is_rich(upload.plates, works[place], nearest=place < NEAREST)][
        :SEARCHED
    ]
    for number, fit in placed(upload, [works[place] for place in poor], most):
        place = poor[number]
        laid = described(fit, upload.plates, works[place])
        found[place] = _better(found[place], laid)
    return found


def _better(one: Laid | None, other: Laid | None) -> Laid | None:
    """The likelier of two positions on one work: where more of it is kept, then where more features agree."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=_likely)


def _likely(laid: Laid) -> float:
    """What shows too little of either picture proves nothing, however well it fits."""
    return (
        filled(laid.of_work, laid.of_upload) ** 2
        * (laid.kept + _SLIGHT)
        * (laid.blocks + laid.features + _SLIGHT)
    )


def placed(upload: Held, works: Sequence[Plates], most: int) -> list[tuple[int, Fit]]:
    """The works that an upload may lie on, and how; at most ``most``, by how much of them it shows, and those
    that many features agree on.
    """
    if not works:
        return []
    found = [_coloured(upload, work, each) for work, each in zip(works, upload.on(works), strict=True)]
    best = sorted(range(len(works)), key=lambda place: (-found[place][0], place))[:TRIED]
    tried = sorted({*best, *range(min(NEAREST, len(works)))})
    chosen = [works[place] for place in tried]
    looked = {*best[:POINTED], *range(POINTED)}
    pairs = [
        paired(upload.plates, works[place])
        if place in looked and (upload.plates.local is None or works[place].local is None)
        else UNPAIRED
        for place in tried
    ]
    now = _brought(upload.plates, chosen, [found[place][1] for place in tried], most)
    now = now.and_(_pointed(upload.plates, chosen, pairs))
    if not len(now.work):
        return []
    now, _ = Bench(chosen, FINE).improved(upload.plates, now, _FINE_STEPS, light=True)
    return [(tried[work], now.one(number)) for number, work in enumerate(now.work.tolist())]


def _coloured(upload: Held, work: Plates, found: Found) -> tuple[float, list[Guess]]:
    """How well a work's best places fit, in edges and colours, and those where the colours do."""
    guesses = upload.guesses(found)
    colours = coloured(upload.plates, work, [each.matrix for each in guesses], TINY).tolist()
    fits = [each.fit * share for each, share in zip(guesses, colours, strict=True)]
    return max(fits), [each for each, fit in zip(guesses, fits, strict=True) if fit >= NEARLY * max(fits)]


def _brought(upload: Plates, works: Sequence[Plates], guesses: Sequence[Sequence[Guess]], most: int) -> Fits:
    """The best place on each of the works that the upload shows enough of, at the coarse size."""
    bench = Bench(works, COARSE)
    framed = _fits([list(_framed(upload, work)) for work in works])
    framed = framed.chosen(_best_of_each(framed.work, bench.kept(upload, framed), _LEFT))
    searched = _fits([[each.matrix for each in _promising(found)] for found in guesses])
    if len(searched.work):
        tiny = Bench(works, TINY)
        searched, kept = tiny.improved(upload, searched, 3, light=False)
        searched = searched.chosen(_best_of_each(searched.work, kept, _LEFT))
    now, kept = bench.improved(upload, framed.and_(searched), _STEPS, light=False)
    best = _best_of_each(now.work, kept, 1)
    best = best[kept[best] >= _HOPELESS]
    if not len(best):
        return now.chosen(best)
    now, kept = bench.improved(upload, now.chosen(best), _MORE, light=False, kept=kept[best])
    best = _best_of_each(now.work, kept, 1)[:most]
    return now.chosen(best[kept[best] >= LEAST_KEPT])


def _pointed(upload: Plates, works: Sequence[Plates], pairs: Sequence[BothPairs]) -> Fits:
    """The better of the two places on each work that its features tell, at the coarse size."""
    told = _fits([list(positions(each)) for each in pairs])
    if not len(told.work):
        return told
    told, kept = Bench(works, COARSE).improved(upload, told, _STEPS, light=False)
    return told.chosen(_best_of_each(told.work, kept, 1))


def _fits(ways: Sequence[Sequence[Matrix]]) -> Fits:
    """Guesses for each work as one list."""
    which = [number for number, each in enumerate(ways) for _ in each]
    return Fits.at(which, [matrix for each in ways for matrix in each])


def _best_of_each(work: NDArray[np.intp], kept: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    """Positions of the ``most`` best of each work."""
    seen: dict[int, int] = {}
    best = []
    for number in np.argsort(-kept, kind="stable").tolist():
        seen[work[number]] = seen.get(work[number], 0) + 1
        if seen[work[number]] <= most:
            best.append(number)
    return np.array(best, np.intp)


def _promising(guesses: Sequence[Guess]) -> list[Guess]:
    """What the search found, as far as it fits."""
    least = max(LEAST_FIT, NEARLY * max(each.fit for each in guesses))
    return [each for each in guesses if each.fit >= least]


def _framed(upload: Plates, work: Plates) -> Iterator[Matrix]:
    """Frame on frame, with and without margins."""
    pairs = {(work.frame, upload.frame), (work.frame, upload.content), (work.content, upload.content)}
    for one, other in sorted(pairs):
        yield from _stretched(one, other)


def _stretched(work: Box, upload: Box) -> Iterator[Matrix]:
    """One box on the other, straight and mirrored; nothing where they have other proportions."""
    across = (upload[2] - upload[0]) / (work[2] - work[0])
    down = (upload[3] - upload[1]) / (work[3] - work[1])
    if max(across / down, down / across) > STRETCH:
        return
    top = upload[1] - down * work[1]
    yield np.array([[across, 0, upload[0] - across * work[0]], [0, down, top]])
    yield np.array([[-across, 0, upload[2] + across * work[0]], [0, down, top]])
