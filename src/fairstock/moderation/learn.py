"""Use case: train the prompt classifier on our own grammar and on files of labelled prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairstock.moderation.classifier import Floats, save_classifier
from fairstock.moderation.features import Featuriser
from fairstock.moderation.grammar import Example, examples
from fairstock.moderation.labelled import grouped, read_labelled
from fairstock.moderation.model import Verdict
from fairstock.moderation.normalise import fold, plain_reading
from fairstock.moderation.phrases import tokenise
from fairstock.moderation.policy import load_policy
from fairstock.moderation.ports import TextEmbedding
from fairstock.moderation.prepared import Prepared
from fairstock.moderation.rules import decide
from fairstock.moderation.training import Trained, as_matrix, train

BATCH = 64
PER_KIND, SEED = 45, 7
"""Prompts drawn from our grammar for each kind and label, and what the drawing starts from."""
BOUNDS = {"overblock": 0.05, "overblock_pair": 0.05, "hatecheck": 0.045}
"""Shares of harmless public prompts, by the first part of their source, under which refusals stay."""
BOUND = 0.02
"""The same for other sources."""


@dataclass(frozen=True, slots=True)
class Line:
    """How one family of training prompts did, unseen."""

    family: str
    harmful: bool
    prompts: int
    refused: float
    """Share that the classifier alone would refuse."""


def learn(
    files: Sequence[Path],
    out: Path,
    embed: TextEmbedding,
    *,
    version: str,
    per_kind: int = PER_KIND,
    seed: int = SEED,
    bounds: Mapping[str, float] = BOUNDS,
    bound: float = BOUND,
) -> list[Line]:
    """Train, write the weights to ``out``, and say how each family did on prompts the model had not seen."""
    public = [example for file in files for example in read_labelled(file)]
    own = list(examples(per_kind, seed))
    featuriser = Featuriser(load_policy().lists)
    read = [featuriser.read(plain_reading(fold(each.prompt)).text) for each in (*public, *own)]
    vectors = _embedded([each.text[slice(*each.telling)] for each in read], embed)
    together = [*grouped(public, vectors[: len(public), : embed.parts[0]]), *own]
    decided = [decide(each.prompt, load_policy()) for each in together]
    ruled = np.array([each.decision is Verdict.BLOCK for each in decided])
    excusable = np.array(
        [featuriser.excusable(each, by.category) for each, by in zip(read, decided, strict=True)]
    )
    data = Prepared(
        together,
        as_matrix([featuriser.features(each) for each in read], featuriser.size),
        vectors,
        embed.parts,
        ruled=ruled & excusable,
        refused=ruled & ~excusable,
    )
    trained = train(data, featuriser, version, bounds, bound)
    save_classifier(trained.weights, out)
    return _lines(together, trained)


def _embedded(texts: Sequence[str], embed: TextEmbedding) -> Floats:
    """Vectors of all texts; alike lengths share a batch, which saves most of the time."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    starts = range(0, len(order), BATCH)
    parts = [embed([texts[at] for at in order[start : start + BATCH]]) for start in starts]
    vectors = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
    vectors[order] = np.concatenate(parts)
    return vectors


def _lines(together: Sequence[Example], trained: Trained) -> list[Line]:
    found: dict[tuple[str, bool], list[bool]] = {}
    for each, score in zip(together, trained.unseen, strict=True):
        refused_from = trained.weights.refused_from(len(tokenise(each.prompt)))
        found.setdefault((each.source, each.block), []).append(score >= refused_from)
    return [
        Line(family, harmful, len(refused), sum(refused) / len(refused))
        for (family, harmful), refused in sorted(found.items())
    ]
