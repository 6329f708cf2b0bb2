"""Prompt moderation on prompts that the classifier did not see: three trainings, each tested on its third.

    FAIRSTOCK_PROMPTS=…/prompts python -m tests.bench.moderation decisions.jsonl [--grammar-only]

The folder holds ``dev.jsonl`` (id, prompt, label, category, strength) and ``optout_registry.json``.
Prompts that are alike, disguised copies too, are in one third. Writes one decision a line;
``--grammar-only`` uses no labelled prompt. Prints how long a prompt takes by itself.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.house_model.texts import embed_texts
from fairstock.moderation.classifier import Classifier, load_classifier
from fairstock.moderation.diversity import load_diversity
from fairstock.moderation.features import Featuriser
from fairstock.moderation.grammar import Example
from fairstock.moderation.labelled import grouped
from fairstock.moderation.learn import learn
from fairstock.moderation.moderator import Moderator
from fairstock.moderation.normalise import fold, plain_reading
from fairstock.moderation.policy import load_policy

FOLDS = 3
BOUNDS = {"overblock": 0.037, "overblock_pair": 0.05, "hatecheck": 0.0275}
BOUND = 0.015
_cache: dict[str, NDArray[np.float32]] = {}


def embed(texts: Sequence[str], /) -> NDArray[np.float32]:
    """The encoder, remembering: three trainings read the same prompts."""
    missing = sorted({text for text in texts if text not in _cache}, key=len)
    for start in range(0, len(missing), 64):
        part = missing[start : start + 64]
        _cache.update(zip(part, embed_texts(part), strict=True))
    return np.stack([_cache[text] for text in texts])


def main(out: Path, grammar_only: bool) -> None:
    """Decide about every prompt with a classifier that was trained without its like."""
    folder = Path(os.environ["FAIRSTOCK_PROMPTS"])
    rows = [json.loads(line) for line in (folder / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    registry = json.loads((folder / "optout_registry.json").read_text(encoding="utf-8"))
    styles = [one["name"] for one in registry if "style" in one["opted_out"]]
    featuriser = Featuriser(load_policy().lists)
    folds = np.full(len(rows), 0) if grammar_only else _folds(rows)
    decided: dict[str, dict[str, Any]] = {}
    for number in range(1 if grammar_only else FOLDS):
        seen = [] if grammar_only else [row for row, at in zip(rows, folds, strict=True) if at != number]
        moderator = _trained(seen, featuriser)
        mine = [row for row, at in zip(rows, folds, strict=True) if at == number]
        for row, decision in zip(
            mine, moderator.decide_all([r["prompt"] for r in mine], styles), strict=True
        ):
            decided[row["id"]] = {"id": row["id"], **decision.as_json(), "augment": decision.diversity}
        print(f"fold {number}: {len(seen)} labelled prompts, {len(mine)} decided", flush=True)  # noqa: T201
    out.write_text("".join(json.dumps(decided[row["id"]]) + "\n" for row in rows), encoding="utf-8")
    _pace(featuriser, moderator, [row["prompt"] for row in rows[::25]])


def _folds(rows: Sequence[dict[str, Any]]) -> NDArray[np.int64]:
    """The third of each row; alike rows share one."""
    vectors = embed([plain_reading(fold(row["prompt"])).text for row in rows])
    examples = [Example(row["prompt"], False, "none", "", "row") for row in rows]
    groups = [each.group for each in grouped(examples, vectors)]
    names = sorted(set(groups))
    np.random.default_rng(1).shuffle(names)
    place = {name: at % FOLDS for at, name in enumerate(names)}
    return np.array([place[group] for group in groups])


def _trained(rows: Sequence[dict[str, Any]], featuriser: Featuriser) -> Moderator:
    """A moderator whose classifier saw ``rows`` and our grammar."""
    with tempfile.TemporaryDirectory() as folder:
        data, weights = Path(folder, "data.jsonl"), Path(folder, "weights.safetensors")
        data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        learn([data], weights, embed, version="bench", per_kind=150, seed=7, bounds=BOUNDS, bound=BOUND)
        classifier: Classifier = load_classifier(featuriser, weights)
    return Moderator(load_policy(), featuriser, classifier, embed, load_diversity())


def _pace(featuriser: Featuriser, trained: Moderator, prompts: Sequence[str]) -> None:
    """Milliseconds a prompt, one at a time, meaning read anew."""
    alone = Moderator(trained.policy, featuriser, trained.classifier, embed_texts, load_diversity())
    alone.decide(prompts[0])
    times = []
    for prompt in prompts:
        begun = time.perf_counter()
        alone.decide(prompt)
        times.append(1000 * (time.perf_counter() - begun))
    median, most = np.quantile(times, [0.5, 0.95])
    print(f"one prompt: median {median:.1f} ms, 95th percentile {most:.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--grammar-only" in sys.argv)
