"""How often the watermark's reader finds something in pictures that carry none.

`python -m tests.bench.unmarked 1/2 FOLDER …` reads every picture below the folders, and mirrored ones after
them until there are 10,000; here the first half of that work, so that two processes can share it.
"""

import math
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fairstock.adapters.spectrum_mark.carriers import Carriers
from fairstock.adapters.spectrum_mark.fields import luma, responses, slopes, working_size
from fairstock.adapters.spectrum_mark.search import quick_periods
from fairstock.adapters.watermark import SMALLEST_EDGE, SpectrumWatermark

WANTED = 10_000
KEY = b"the bench's own key, 32 bytes..."
PLACES = 64
MOST_PIXELS = 2_000_000


def pictures(folders: list[str], turn: int, turns: int) -> Iterator[Image.Image]:
    """Every picture below the folders, on white, at most 512 pixels; then the same mirrored.

    Of all files only every ``turns``-th, beginning with number ``turn`` (from 1).
    """
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*") if path.is_file())
    paths = paths[turn - 1 :: turns]
    for mirrored, path in chain(((False, each) for each in paths), ((True, each) for each in paths)):
        try:
            with Image.open(path) as image:
                if image.width * image.height > MOST_PIXELS:
                    continue  # for the sake of time
                layered = image.convert("RGBA")
        except Exception:  # noqa: S112  # whatever lies there that is no picture
            continue
        if min(layered.size) >= SMALLEST_EDGE:
            layered.thumbnail((512, 512))
            plain = Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
            yield ImageOps.mirror(plain) if mirrored else plain


def pilot_agreement(carriers: Carriers, image: Image.Image) -> float:
    """The best agreement of the pilot anywhere in the quick search."""
    size = working_size(*image.size)
    answer = responses(carriers, slopes(luma(image.resize(size)), 3.0), *quick_periods(*size, image.size))
    pilot = slice(0, carriers.pilots)
    grid = np.zeros((len(answer), PLACES, PLACES), complex)
    power = np.sqrt((np.abs(answer[:, pilot]) ** 2).sum(-1, keepdims=True)) + 1e-9
    grid[:, carriers.down[pilot], carriers.across[pilot]] = (
        answer[:, pilot] * np.conj(carriers.turn[pilot]) / power
    )
    return float(np.fft.ifft2(grid, axes=(1, 2)).real.max() * PLACES**2)


def main(part: str, folders: list[str]) -> None:
    """Print the counts as they grow; the last line is the result."""
    mark, carriers = SpectrumWatermark(KEY), Carriers.of_key(KEY)
    level = math.sqrt(math.log(6 * PLACES**2 / 0.01))  # the bound says: at most one picture in a hundred
    found = above = 0
    strongest, began = 0.0, time.perf_counter()
    turn, turns = (int(number) for number in part.split("/"))
    for seen, image in enumerate(pictures(folders, turn, turns), 1):
        found += mark.read(image) is not None
        agreement = pilot_agreement(carriers, image)
        above += agreement > level
        strongest = max(strongest, agreement)
        if seen % 250 == 0 or seen == WANTED // turns:
            sys.stdout.write(
                f"{seen} pictures, {found} found marked; pilot above the 1 % level in {above}"
                f" ({100 * above / seen:.2f} %), strongest {strongest:.2f};"
                f" {(time.perf_counter() - began) / seen:.2f} s each\n"
            )
            sys.stdout.flush()
        if seen == WANTED // turns:
            return


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
