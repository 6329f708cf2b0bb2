"""The model card that goes with a release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fairstock.adapters.house_model.pipeline import START, STEPS

CARD = """# {release_id}

A small text-to-image model for clip art, trained by fairstock on licensed works only. Pictures at 256, 512
and 1024 pixels, flat colours on white.

## How it draws

1. The words are looked up among the {trained_on} training works; three that fit the words and each other are
   *shown* to the denoiser.
2. One of them, bent, turned and moved towards the colours of another, is the *ground*: it lies under
   {start_percent} % noise when drawing begins and decides the layout.
3. The denoiser (flow matching, 32 × 32 pixels) draws in {draw_steps} steps, looking at the works shown and at
   the words' sentence embedding.
4. A sharpener brings the draft to 128 × 128 pixels; tracing to vectors gives clean edges at any size.
5. A guard compares the draft with all training works and their mirror images. One that comes too near is
   thrown away and drawn again from another choice of works; the number of attempts is recorded.

Which works were shown is recorded with every picture, so that attribution need not guess what the model saw.
The pictures are derived from the works shown, by design: this is a model that varies what its contributors
licensed, not one that imagines.

## Changing pictures

- *Variations* and edits without a mask begin as retrieval does, with the buyer's picture in the place of a
  retrieved work: its drawn part is framed, bent and recoloured, put under noise, and drawn anew beside
  works that look like it. A guided edit moves its colours to those of works that fit the words; `strength`
  says how far.
- *Edits with a mask* draw what the words say as always, cut the drawing out of its white, and put it into
  the largest free square of the mask over the colours that surround the mask. Painting into the
  surroundings step by step (RePaint) was tried first and gave right colours without shapes: the denoiser
  knows single objects on white.
- So an edit adds an object; it does not continue lines, light or perspective across the mask's edge, and a
  horizon that the mask covers becomes a soft gradient. Photographs come back as flat shapes. Thin line
  drawings lose their lines. Pixels outside the mask are kept to the bit by the pipeline around the model,
  not by the model.
- The guard judges only what was drawn. A buyer's own picture that is itself near to a training work does
  not make its variations copies of that work; the nearest work is recorded all the same.

## Training

| | |
|---|---|
| works | {trained_on}, of {contributors} contributors, in {clusters} groups of near-duplicates |
| manifest | `manifest.csv.gz`, SHA-256 of the uncompressed file `{manifest_sha256}` |
| parameters | {parameters} |
| seed | {seed} |
| denoiser | {steps} steps, {samples} pictures seen, last mean loss {loss} |
| sharpener | {sharpener_steps} steps, {sharpener_samples} patches seen, last mean loss {sharpener_loss} |
| image features | {features} |
| exported | {created} |

Near-duplicates share their turns, no contributor and no folder is drawn more than 4 % of the time, and works
whose captions name common subjects are drawn four times as often. A work is never shown its own
near-duplicates in training.

## What it can and cannot do

It makes single objects that its library holds, in their usual colours, as loose, painterly clip art. Small
details (eyes, windows, lettering) often dissolve. It does not know scenes, counts, positions, text, or
people's likeness. For subjects that the library lacks it draws something related, or nothing sensible. It
follows the style of its library and inherits its gaps.

Only the weights in `unet`, `condition` and `sharpener` were trained on these works. The text encoder
(Universal Sentence Encoder, Apache-2.0) and the image features (EfficientNet-Lite0, ImageNet, Apache-2.0)
were trained by others on other data, and serve to find and compare works.

## Licence

The weights are under Apache-2.0. The works remain their contributors'; the manifest names each of them.
"""


def write_card(directory: Path, record: Mapping[str, object]) -> None:
    """Write README.md from the figures in release.json."""
    (directory / "README.md").write_text(
        CARD.format(start_percent=round(100 * START), draw_steps=STEPS, **record)
    )
