"""Prompt moderation: our own prompts through the shipped weights, labelled ones through trainings without.

    python -m tests.bench.moderation [decisions.jsonl] [--grammar-only] [--pace]

Own prompts: ``tests/data/prompts.jsonl`` and ``lookalikes.jsonl``, written for this test, never trained on.
Where FAIRSTOCK_PROMPTS names a folder with ``dev.jsonl`` (id, prompt, label, category, strength) and
``optout_registry.json``, three classifiers are trained besides, each without a third of those prompts,
alike ones and disguised copies together; names, rules and thresholds are part of what is tested, and a
threshold is set inside the training part alone. Decisions go to the file, one a line, for
``score_prompts.py``; ``--grammar-only`` uses no labelled prompt, ``--pace`` measures time alone.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairstock.adapters.sentences import Sentences
from fairstock.moderation.classifier import load_classifier
from fairstock.moderation.diversity import load_diversity
from fairstock.moderation.features import Featuriser
from fairstock.moderation.grammar import Example
from fairstock.moderation.labelled import grouped
from fairstock.moderation.learn import BOUNDS, learn
from fairstock.moderation.model import Verdict
from fairstock.moderation.moderator import Moderator, load_moderator
from fairstock.moderation.normalise import fold, plain_reading
from fairstock.moderation.policy import load_policy

FOLDS = 3
OWN = Path(__file__).parents[1] / "data" / "prompts.jsonl"
LOOKALIKES = OWN.with_name("lookalikes.jsonl")
LIMIT = 1000
"""Characters that the API takes."""
TRIES = 3
"""A prompt's time is the least of so many: other programs on the machine lengthen it."""
HOSTILE = [
    (text * LIMIT)[:LIMIT]
    for text in (
        "kill the man ",
        "a b c d ",
        "h.e.l.l.o ",
        "k1ll th3 m4n ",
        "x",
        "\u03a9",
        "\u4e2d\u6587",
        "\U0001f600",
        "qzx jvk ",
    )
]
"""What a prompt of the API's length may hold at worst: matches everywhere, disguises, no words at all."""
Row = dict[str, Any]


class Remembering:
    """The encoders, remembering: three trainings read the same prompts."""

    parts = Sentences.parts

    def __init__(self) -> None:
        self._encoders = Sentences()
        self.known: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Vectors (n, d)."""
        missing = sorted({text for text in texts if text not in self.known}, key=len)
        for start in range(0, len(missing), 64):
            part = missing[start : start + 64]
            self.known.update(zip(part, self._encoders(part), strict=True))
        return np.stack([self.known[text] for text in texts])


def run(_home: str = "") -> Iterator[str]:
    """The figures, line by line."""
    shipped = load_moderator(Sentences())
    own = read(OWN)
    yield "own prompts, weights as shipped"
    yield from table(own, decisions(shipped, own, ()))
    yield "look-alikes and short harmful prompts, weights as shipped"
    yield from table(read(LOOKALIKES), decisions(shipped, read(LOOKALIKES), ()))
    yield from pace(shipped, [row["prompt"] for row in own])
    if "FAIRSTOCK_PROMPTS" not in os.environ:
        yield "labelled prompts: left out, FAIRSTOCK_PROMPTS names no folder with dev.jsonl"
        return
    folder = Path(os.environ["FAIRSTOCK_PROMPTS"])
    yield "labelled prompts"
    yield from pace(shipped, [row["prompt"] for row in read(folder / "dev.jsonl")][::10])
    rows, decided = cross_validated(folder, grammar_only=False)
    yield "each unseen by the training that decides"
    yield from table(rows, decided)


def read(file: Path) -> list[Row]:
    """Rows with a sound label; the soft ones are for diagnosis elsewhere."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["strength"] == "hard" and row["label"] != "image_job"]


def decisions(moderator: Moderator, rows: Sequence[Row], styles: Sequence[str]) -> dict[str, Row]:
    """What is decided, by id, as ``score_prompts.py`` reads it."""
    made = moderator.decide_all([row["prompt"] for row in rows], styles)
    return {
        row["id"]: {"id": row["id"], **each.as_json(), "augment": each.diversity}
        for row, each in zip(rows, made, strict=True)
    }


def cross_validated(folder: Path, *, grammar_only: bool) -> tuple[list[Row], dict[str, Row]]:
    """The rows, and for each the decision of a moderator whose classifier had not seen its like."""
    rows = read(folder / "dev.jsonl")
    registry = json.loads((folder / "optout_registry.json").read_text(encoding="utf-8"))
    styles = [one["name"] for one in registry if "style" in one["opted_out"]]
    featuriser, embed = Featuriser(load_policy().lists), Remembering()
    folds = np.full(len(rows), 0) if grammar_only else _folds(rows, embed)
    decided: dict[str, Row] = {}
    for number in range(1 if grammar_only else FOLDS):
        seen = [] if grammar_only else [row for row, at in zip(rows, folds, strict=True) if at != number]
        mine = [row for row, at in zip(rows, folds, strict=True) if at == number]
        decided |= decisions(_trained(seen, featuriser, embed), mine, styles)
    return rows, decided


def _folds(rows: Sequence[Row], embed: Remembering) -> NDArray[np.int64]:
    """The third of each row; alike rows share one."""
    vectors = embed([plain_reading(fold(row["prompt"])).text for row in rows])
    examples = [Example(row["prompt"], False, "none", "", "row") for row in rows]
    groups = [each.group for each in grouped(examples, vectors[:, : embed.parts[0]])]
    names = sorted(set(groups))
    np.random.default_rng(1).shuffle(names)
    place = {name: at % FOLDS for at, name in enumerate(names)}
    return np.array([place[group] for group in groups])


def _trained(rows: Sequence[Row], featuriser: Featuriser, embed: Remembering) -> Moderator:
    """A moderator whose classifier saw ``rows`` and our own prompts."""
    with tempfile.TemporaryDirectory() as folder:
        data, weights = Path(folder, "data.jsonl"), Path(folder, "weights.safetensors")
        data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        learn([data], weights, embed, version="bench", bounds=BOUNDS)
        classifier = load_classifier(featuriser, embed.parts, weights)
    return Moderator(load_policy(), featuriser, classifier, embed, load_diversity())


def table(rows: Sequence[Row], decided: Mapping[str, Row]) -> Iterator[str]:
    """Shares refused (or planned) and sent to a person, by label and family."""
    cells: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for row in rows:
        made = decided[row["id"]]
        planning = row["label"].endswith("augment")
        hit = made["augment"] if planning else made["decision"] == Verdict.BLOCK
        key = (row["label"], row["category"].split("/")[0])
        cells.setdefault(key, []).append((hit, made["decision"] == Verdict.REVIEW))
    for (label, family), found in sorted(cells.items()):
        hits, reviews = (100 * sum(column) / len(found) for column in zip(*found, strict=True))
        yield f"{label:10} {family:16} {len(found):5d} {hits:6.1f} % (to a person {reviews:.1f} %)"


def pace(moderator: Moderator, prompts: Sequence[str]) -> Iterator[str]:
    """Processor time of a prompt alone, as it is and drawn out to the API's limit, and of one in a batch."""
    running = "   ".join(prompts)
    longest = [running[at : at + LIMIT] for at in range(0, min(len(running), 60 * LIMIT) - LIMIT, LIMIT)]
    for name, texts in (("as they are", prompts), (f"of {LIMIT} characters", [*longest, *HOSTILE])):
        moderator.decide(texts[0])  # warm-up
        times = [min(_lasted(moderator, text) for _ in range(TRIES)) for text in texts]
        median, high = np.quantile(times, [0.5, 0.95])
        yield (
            f"one prompt, {len(texts)} {name}: median {median:.1f} ms, 95th percentile {high:.1f} ms,"
            f" most {max(times):.1f} ms (processor time; load {os.getloadavg()[0]:.1f})"
        )
    begun = time.process_time()
    for _ in moderator.decide_all(prompts):
        pass
    together = (time.process_time() - begun) / len(prompts)
    yield f"in a batch {1000 * together:.1f} ms, {1 / together:.0f} a second (processor time)"


def _lasted(moderator: Moderator, prompt: str) -> float:
    begun = time.process_time()
    moderator.decide(prompt)
    return 1000 * (time.process_time() - begun)


def main(arguments: Sequence[str]) -> None:
    """Print the figures; with a file, write the decisions on the labelled prompts there instead."""
    if "--pace" in arguments:
        file = (
            Path(os.environ["FAIRSTOCK_PROMPTS"], "dev.jsonl") if "FAIRSTOCK_PROMPTS" in os.environ else OWN
        )
        print(*pace(load_moderator(Sentences()), [row["prompt"] for row in read(file)][::10]), sep="\n")  # noqa: T201
        return
    files = [Path(each) for each in arguments if not each.startswith("--")]
    if not files:
        for line in run():
            print(line, flush=True)  # noqa: T201
        return
    folder = Path(os.environ["FAIRSTOCK_PROMPTS"])
    rows, decided = cross_validated(folder, grammar_only="--grammar-only" in arguments)
    files[0].write_text("".join(json.dumps(decided[row["id"]]) + "\n" for row in rows), encoding="utf-8")
    for line in table(rows, decided):
        print(line)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
