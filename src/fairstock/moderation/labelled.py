"""Reads labelled prompts for training and puts near-duplicates into one group."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fairstock.kit.errors import BadInput
from fairstock.moderation.classifier import Floats
from fairstock.moderation.grammar import Example
from fairstock.moderation.model import Category

ALIKE = 0.8
"""Cosine from which two prompts are one story told twice; training and testing may not share it."""
LEFT_OUT = ("evasion/", "style/", "names/", "likeness/")
"""Disguised copies of other prompts, and prompts whose decision hangs on a name."""
_CATEGORIES = {
    "copyright_violations": Category.TRADEMARK,
    "discrimination": Category.HATE,
    "illegal_activities": Category.ILLICIT,
    "privacy_individual": Category.PRIVACY,
    "privacy_public": Category.PRIVACY,
    "self_harm": Category.SELF_HARM,
    "sexual_content": Category.SEXUAL,
    "unethical": Category.ILLICIT,
    "violence": Category.VIOLENCE_GRAPHIC,
    "threat_dir_h": Category.HATE_THREATENING,
    "threat_norm_h": Category.HATE_THREATENING,
}
"""Public data sets' names of kinds of harm (OVERT, HateCheck); others name ours or are hate."""


class NotLabelled(BadInput):
    """A line of training data cannot be used."""

    def __init__(self, file: Path, number: int, problem: str) -> None:
        super().__init__(
            f"Line {number} of {file} is no labelled prompt: {problem}.",
            remedy='write {"prompt": …, "label": "block" or "pass", "category": …} on each line',
        )


def read_labelled(file: Path) -> Iterator[Example]:
    """The prompts of a JSON-lines file that are labelled block or pass and not marked as soft; raises
    ``NotLabelled``.
    """
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row: dict[str, Any] = json.loads(line)
                category = str(row.get("category", ""))
                wanted = row["label"] in {"block", "pass"} and row.get("strength", "hard") == "hard"
                if wanted and not category.startswith(LEFT_OUT):
                    yield _example(row, category)
            except (ValueError, KeyError, TypeError, AttributeError) as cause:
                raise NotLabelled(file, number, str(cause)) from cause


def _example(row: Mapping[str, Any], category: str) -> Example:
    family, _, kind = category.partition("/")
    known = kind if kind in _CATEGORIES else family
    ours = _CATEGORIES.get(known, Category(category) if category in set(Category) else Category.HATE)
    return Example(
        str(row["prompt"]), row["label"] == "block", ours.value, str(row.get("group", "")), category
    )


def grouped(examples: Sequence[Example], vectors: Floats, alike: float = ALIKE) -> list[Example]:
    """The examples, each in the group of all that are like it, directly or through others."""
    leader = list(range(len(examples)))

    def find(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    for start in range(0, len(examples), 1024):
        close = np.argwhere(vectors[start : start + 1024] @ vectors.T > alike)
        for row, other in close.tolist():
            leader[find(row + start)] = find(other)
    return [
        Example(
            each.prompt,
            each.block,
            each.category,
            each.group or f"{each.source.split('/')[0]}-{find(at)}",
            each.source,
        )
        for at, each in enumerate(examples)
    ]
