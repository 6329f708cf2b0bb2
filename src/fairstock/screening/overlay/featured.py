"""The works that an upload lies on by their local features, and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairstock.screening.model import Laid
from fairstock.screening.overlay.colour import coloured
from fairstock.screening.overlay.describe import described, fills, match_at
from fairstock.screening.overlay.fits import Fit, Fits
from fairstock.screening.overlay.match import LEAST, Matrix, positions, seen_at
from fairstock.screening.overlay.plate import COARSE, FINE, Plates
from fairstock.screening.overlay.refine import Bench

RICH, SURE = 40, 80
"""Features from which a work is told by them alone, as one of many and as one of the nearest."""
_LEFT = 0.4
"""Features of an upload, as a share of a work's, below which its saving has cost it too many."""
MATCHED = 8
"""Works whose features are compared, the likeliest first."""
_CELLS = 0.3
"""Share of the work's parts with features that must agree for the position to be looked at."""
_FILLED = 0.8
"""How far either picture must be filled; see ``fills``. Refining moves a position by a little."""
_COLOURLESS = 0.3
"""What a position without any colour in common counts, against one with all: features know none."""
_CLEAR, _CLEAR_CELLS = 12, 0.6
"""Features, and share of the work's parts, from which no other position needs to be tried."""
_STILL = 0.8
"""Share of the features that must still agree after refining."""
_STEPS = 5
"""At the fine size: features tell the place nearly to a pixel of it."""


def is_rich(upload: Plates, work: Plates, *, nearest: bool) -> bool:
    """Whether features alone tell if an upload lies on a work, ``nearest``: one of the likeliest."""
    if upload.local is None or work.local is None:
        return False
    mine, theirs = len(upload.local.places), len(work.local.places)
    return theirs >= (SURE if nearest else RICH) and mine >= _LEFT * theirs


def is_clear(laid: Laid) -> bool:
    """Whether a position needs no comparison with others."""
    return laid.features >= _CLEAR and laid.feature_cells >= _CLEAR_CELLS


def featured(upload: Plates, works: Sequence[Plates], most: int) -> Iterator[tuple[int, Laid]]:
    """The works with features that agree with the upload's, at most ``most``, and how it lies on each; a work
    may come twice.
    """
    mine, found = upload.both_features, []
    if mine is None:
        return
    for place, work in enumerate(works[:MATCHED]):
        theirs = work.features
        if theirs is None:
            continue
        for matrix in positions(theirs, mine):
            shown = fills(matrix, upload, work)
            if shown < _FILLED:
                continue
            match = seen_at(theirs, mine, matrix)
            if match.cells >= _CELLS and match.features >= LEAST:
                colours = _COLOURLESS + float(coloured(upload, work, [matrix], COARSE)[0])
                found.append((match.features * match.cells * shown * colours, place, matrix))
    found.sort(key=lambda each: -each[0])
    for _, place, matrix in found[:most]:
        laid = described(_refined(upload, works[place], matrix), upload, works[place])
        if laid is not None:
            yield place, laid


def _refined(upload: Plates, work: Plates, matrix: Matrix) -> Fit:
    """Brought together by the sketches, unless fewer features agree then: where these show little, anything
    fits.
    """
    told = Fits.at([0], [matrix])
    refined, _ = Bench([work], FINE).improved(upload, told, _STEPS, light=True)
    before, after = (match_at(upload, work, each.one(0).matrix) for each in (told, refined))
    return (refined if after.features >= _STILL * before.features else told).one(0)
