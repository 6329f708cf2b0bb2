"""The model card that goes with a release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CARD = """# {release_id}

A small text-to-image model for clip art, trained by fairstock on licensed works only. Pictures at 256, 512 and 1024
pixels, flat colours on white.

## How it draws

Words are looked up among the {trained_on} training works; three works that fit them and each other are shown to a
denoiser (flow matching, 32 × 32 pixels), which draws a new picture like them. A sharpener brings it to 128 × 128, and
tracing to vectors gives clean edges at any size. Which works were shown is recorded with each picture. A draft that
comes too near to any training work is thrown away and drawn again.

## Training

| | |
|---|---|
| works | {trained_on}, of {contributors} contributors, in {clusters} groups of near-duplicates |
| manifest | `manifest.csv.gz`, SHA-256 of the uncompressed file `{manifest_sha256}` |
| parameters | {parameters} |
| seed | {seed} |
| denoiser | {steps} steps, {samples} pictures seen, last mean loss {loss} |
| sharpener | {sharpener_steps} steps, last mean loss {sharpener_loss} |
| image features | {features} |
| exported | {created} |

Near-duplicates share one turn, no contributor and no folder is drawn more than 4 % of the time, and works whose
captions name common subjects are drawn four times as often. A work is never shown its own near-duplicates.

## What it can and cannot do

It draws single objects that its library knows, in their usual colours. It does not know scenes, counts, positions,
text, or people's likeness; it follows its library's style and, for subjects that the library lacks, draws something
related or nothing sensible. Weights, text encoder (Universal Sentence Encoder, Apache-2.0) and image features
(EfficientNet-Lite0, Apache-2.0) are not the same thing: only the first were trained on these works.

## Licence

The weights are under Apache-2.0. The works are their contributors'; the manifest names each of them.
"""


def write_card(directory: Path, record: Mapping[str, object]) -> None:
    """Write README.md from the figures in release.json."""
    (directory / "README.md").write_text(CARD.format(**record))
