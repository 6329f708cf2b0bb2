"""`python -m tests.bench.copies.codebook FOLDER… [--out FILE]`: learns the codes and words of local features.

From works of the authors that settings are chosen on, at most 60 features a work, 60,000 in all.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from fairstock.screening.overlay.codebook import FILE, Floats, mirrored
from fairstock.screening.overlay.local import SIDE, sift
from fairstock.upload.picture import working_picture
from tests.bench.copies.works import files, is_chosen_on

OF_EACH, IN_ALL, STEPS = 60, 60_000, 15


def main(arguments: Sequence[str]) -> None:
    """Write the file that is shipped."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.copies.codebook", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=FILE)
    asked = parser.parse_args(arguments)
    dice = np.random.default_rng(0)
    every = np.concatenate(list(_features(asked.folders)))
    every = every[dice.permutation(len(every))[:IN_ALL]]
    both = np.concatenate([every, mirrored(every)])
    rows = both.reshape(-1, 16, 8)
    cells = np.stack([_means(np.ascontiguousarray(rows[:, cell]), 256, dice) for cell in range(8)])
    halves = _means(np.ascontiguousarray(both[:, :64]), 1024, dice)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(asked.out, cells=cells.astype(np.float16), halves=halves.astype(np.float16))
    sys.stdout.write(f"{len(every)} features, {asked.out.stat().st_size} bytes\n")


def _features(folders: Sequence[Path]) -> Iterator[Floats]:
    """Of each work the square roots of its features' histograms, (n, 128)."""
    for path, author in files(folders):
        if not is_chosen_on(author):
            continue
        try:
            with Image.open(path) as image:
                picture = working_picture(image).convert("L")
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, SyntaxError):
            continue
        factor = SIDE / max(picture.size)
        size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
        _, looks = sift(np.asarray(picture.resize(size, Image.Resampling.BICUBIC)), OF_EACH)
        yield looks


def _means(vectors: Floats, count: int, dice: np.random.Generator) -> Floats:
    """k-means (Lloyd, 1982), begun at vectors by chance; an empty mean begins anew."""
    means = vectors[dice.permutation(len(vectors))[:count]].copy()
    for _ in range(STEPS):
        nearest = (vectors @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1)
        sums, members = np.zeros_like(means), np.bincount(nearest, minlength=count)[:, None]
        np.add.at(sums, nearest, vectors)
        again = vectors[dice.permutation(len(vectors))[:count]]
        means = np.where(members > 0, sums / np.maximum(members, 1), again).astype(np.float32)
    return means


if __name__ == "__main__":
    main(sys.argv[1:])
