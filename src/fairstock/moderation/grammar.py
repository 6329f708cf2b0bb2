"""Training prompts of our own, drawn from a grammar with a fixed seed: harm of each kind and look-alikes."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

OWN = ("grammar", "scenes", "written", "languages", "lookalikes")
"""Sources of examples that are ours: files of this package, told apart from public sets."""
DEFAULT_GRAMMAR = tuple(Path(__file__).with_name(f"{name}.toml") for name in OWN)
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled prompt."""

    prompt: str
    block: bool
    category: str
    """One of ``model.Category``, or ``none``."""
    group: str
    """Examples of one group are never split between training and testing."""
    source: str
    """Name of the file of ours (one of ``OWN``), else the category of the public set."""


def examples(per_kind: int, seed: int, files: Sequence[Path] = DEFAULT_GRAMMAR) -> Iterator[Example]:
    """``per_kind`` harmful and as many harmless prompts for each kind, or as many as there are templates,
    without repetition; all files share their slots.
    """
    contents = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    slots: dict[str, Sequence[str]] = {}
    for content in contents:
        slots |= content["slots"]
    chance = random.Random(seed)  # noqa: S311 - reproducible training data, no secret
    kinds = [
        (file.stem, kind) for file, content in zip(files, contents, strict=True) for kind in content["kind"]
    ]
    for number, (source, kind) in enumerate(kinds):
        for label in ("block", "pass"):
            templates: Sequence[str] = kind.get(label, ())
            seen: set[str] = set()
            wanted = max(per_kind, len(templates))
            for at in range(wanted * 3 if templates else 0):
                template = templates[at % len(templates)]
                prompt = _fill(template, slots, chance)
                if prompt not in seen and len(seen) < wanted:
                    seen.add(prompt)
                    group = f"grammar-{number}-{label}-{at % len(templates)}"
                    yield Example(prompt, label == "block", kind["category"], group, source)


def _fill(template: str, slots: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    """The template with its slots filled; slots may name slots. Raises ``KeyError`` for an unknown one."""
    text = template
    while match := _SLOT.search(text):
        text = text[: match.start()] + chance.choice(slots[match.group(1)]) + text[match.end() :]
    return " ".join(text.split())
