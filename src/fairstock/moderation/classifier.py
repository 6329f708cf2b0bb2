"""The text classifier: weights for a sentence's meaning, its concepts, words and letters.

Every score is a sum, and the part that words and concepts add can be split over the words of the prompt, so a
refusal can name those that decided. The weights ship with the package; ``training`` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from fairstock.kit.errors import Failure
from fairstock.moderation.features import Features, Featuriser

DEFAULT_WEIGHTS = Path(__file__).with_name("weights") / "prompts.safetensors"
Floats = NDArray[np.float32]
SHORT = 12
"""Words; fewer say less about what is meant, so a refusal asks for more."""


class ClassifierUnusable(Failure):
    """The weights are missing, broken, or were trained for other features."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(
            f"The prompt classifier {file} cannot be used: {reason}.",
            remedy="reinstall fairstock, or train again with `fairstock moderation train`",
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained model; arrays of float32."""

    version: str
    features: str
    """Version of the concepts that it was trained with."""
    text: Floats
    """(places,) weights of ``Featuriser`` features for "block"."""
    center: Floats
    """(d,) mean of the embedding over the training prompts; meaning is what a prompt has beyond it."""
    parts: tuple[int, ...]
    """Lengths of the encoders' vectors that make up the embedding; they sum to d."""
    meaning: Floats
    """(d,) weights of meaning for "block"."""
    pairs: Floats
    """(d, d) weights of products of two directions of meaning."""
    named: Floats
    """(concepts, d) weights of meaning where a concept is named."""
    bias: float
    block_at: float
    """Score from which a prompt of at least ``SHORT`` words is refused."""
    short_at: float
    """The same for a shorter one."""
    review_at: float
    """Score from which a person looks first."""
    veto_below: float
    """Score under which a rule alone does not refuse, and a person looks instead."""
    categories: tuple[str, ...]
    category_text: Floats
    """(categories, places − hashed places) weights of concepts and their pairs."""
    category_meaning: Floats
    """(categories, d)"""
    category_bias: Floats

    def refused_from(self, words: int) -> float:
        """The score from which a prompt of so many words is refused."""
        return self.short_at if words < SHORT else self.block_at


class Classifier:
    """Scores of prompts from their features and vectors."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._hashed = weights.text.size - weights.category_text.shape[1]

    def meanings(self, vectors: Floats) -> Floats:
        """Embeddings (n, d) as ``score`` and ``categories`` take them."""
        return centred(vectors, self.weights.center, self.weights.parts)

    def score(self, features: Features, vector: Floats) -> float:
        """How much speaks for a refusal, −1 for harmless to 1 for harmful; ``vector`` from ``meanings``."""
        weights = self.weights
        text = float(weights.text[list(features.places)] @ np.asarray(features.values, dtype=np.float32))
        meaning = weights.meaning + _times(weights.pairs, vector)
        named = [at - self._hashed for at in features.places if 0 <= at - self._hashed < len(weights.named)]
        if named:
            meaning = meaning + weights.named[named].sum(axis=0) / np.float32(sqrt(len(named)))
        return text + float(meaning @ vector) + weights.bias

    def categories(self, features: Features, vector: Floats) -> dict[str, float]:
        """Probability of each category, given that something is wrong; they sum to 1."""
        weights = self.weights
        sums = _times(weights.category_meaning, vector) + weights.category_bias
        for place, value in zip(features.places, features.values, strict=True):
            if place >= self._hashed:
                sums = sums + weights.category_text[:, place - self._hashed] * value
        odds = np.exp(sums - sums.max())
        return dict(zip(weights.categories, (odds / odds.sum()).tolist(), strict=True))

    def blame(self, part: Features) -> float:
        """What a part of a prompt adds to its score, as far as words tell."""
        return float(self.weights.text[list(part.places)] @ np.asarray(part.values, dtype=np.float32))


def _times(matrix: Floats, vector: Floats) -> Floats:
    """The product, on this thread: BLAS would wake one a core, which costs more than it saves here."""
    return np.asarray(np.einsum("ij,j->i", matrix, vector), dtype=np.float32)


def centred(vectors: Floats, center: Floats, parts: Sequence[int]) -> Floats:
    """Embeddings (n, d) less their mean, each encoder's part of length 1, all together of length 1."""
    pieces = np.split(vectors - center, np.cumsum(parts)[:-1], axis=1)
    lengths = [np.maximum(np.linalg.norm(piece, axis=1, keepdims=True), 1e-9) for piece in pieces]
    together = np.concatenate([piece / length for piece, length in zip(pieces, lengths, strict=True)], axis=1)
    return np.asarray(together / np.sqrt(len(parts)), dtype=np.float32)


def save_classifier(weights: Weights, file: Path) -> None:
    """Write weights in half precision with their facts as metadata, whole or not at all."""
    arrays = {name: value for name, value in _fields(weights).items() if isinstance(value, np.ndarray)}
    facts = {name: value for name, value in _fields(weights).items() if name not in arrays}
    half = {name: value.astype(np.float16) for name, value in arrays.items()}
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_bytes(save(half, {"fairstock": json.dumps(facts)}))
    part.replace(file)


def _fields(weights: Weights) -> dict[str, Any]:
    return {name: getattr(weights, name) for name in Weights.__slots__}


@lru_cache(maxsize=2)
def load_classifier(
    featuriser: Featuriser, parts: tuple[int, ...], file: Path = DEFAULT_WEIGHTS
) -> Classifier:
    """The classifier in ``file``, for an embedding of ``parts``; raises ``ClassifierUnusable``."""
    try:
        with safe_open(file, framework="numpy") as source:
            arrays = {name: source.get_tensor(name).astype(np.float32) for name in source.keys()}  # noqa: SIM118 - no mapping
            facts: dict[str, Any] = json.loads(source.metadata()["fairstock"])
        named: dict[str, Any] = {name: tuple(facts.pop(name)) for name in ("categories", "parts")}
        weights = Weights(**named, **facts, **arrays)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as cause:
        raise ClassifierUnusable(file, str(cause)) from cause
    if weights.features != featuriser.version or weights.text.size != featuriser.size:
        raise ClassifierUnusable(
            file, f"it knows the concepts of {weights.features}, not {featuriser.version}"
        )
    if weights.parts != parts:
        raise ClassifierUnusable(file, f"it knows sentence vectors of {weights.parts} numbers, not {parts}")
    return Classifier(weights)
