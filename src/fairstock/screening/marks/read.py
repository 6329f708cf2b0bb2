"""All marks of one file as observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairstock.screening.marks import labels, settings
from fairstock.screening.marks.base import Mark, found
from fairstock.screening.marks.settings import AUTOMATIC
from fairstock.screening.marks.squares import dalle2
from fairstock.screening.model import Observation, ObservationKind
from fairstock.screening.ports import Corner, EmbeddedText

DETECTOR = "generator-marks"
VERSION = "1"


def marks_of(texts: Sequence[EmbeddedText], corner: Corner | None) -> list[Observation]:
    """One observation for each generator that left a mark; the first place that showed it is the evidence."""
    best: dict[str, Mark] = {}
    for mark in _all(texts, corner):
        known = best.get(mark.generator)
        if known is None or (mark.proof and not known.proof):
            best[mark.generator] = mark
    if "Fooocus" in best:  # it writes its settings in the other's form
        best.pop(AUTOMATIC, None)
    return [_observation(mark) for mark in best.values()]


def _all(texts: Sequence[EmbeddedText], corner: Corner | None) -> Iterator[Mark]:
    for text in texts:
        read = next((mark for reader in settings.READERS if (mark := reader(text))), None)
        if read is not None:
            yield read
        elif text.source == "pixels":
            yield found("a Stable Diffusion program (stealth pnginfo)", text)
        yield from (mark for reader in labels.READERS if (mark := reader(text)))
    yield from (mark for pair in labels.PAIR_READERS if (mark := pair(texts)))
    signature = dalle2(corner)
    if signature is not None:
        yield signature


def _observation(mark: Mark) -> Observation:
    evidence = {"generator": mark.generator, "where": mark.where, "quote": mark.quote, "proof": mark.proof}
    return Observation(ObservationKind.GENERATOR_MARK, mark.generator, evidence, DETECTOR, VERSION)
