"""The generation port's adapter: words or a picture → works shown → a draft → guard against copies → clean
edges at any size.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from PIL import Image

from fairstock.adapters.house_model import drawing
from fairstock.adapters.house_model.drawing import Draft, Guided, Wish
from fairstock.adapters.house_model.errors import NothingDrawn, OnlyCopies, UnknownSize
from fairstock.adapters.house_model.parts import ReleaseParts
from fairstock.adapters.house_model.placing import place
from fairstock.adapters.house_model.release import release_info
from fairstock.adapters.house_model.retrieval import NONE
from fairstock.adapters.house_model.source import Source, read_source
from fairstock.adapters.house_model.vectors import render, trace
from fairstock.generation.model import GeneratedPicture

SIZES = frozenset({256, 512, 1024})
"""Sides of delivered pictures in pixels, as in the price book."""

MOST_ATTEMPTS = 10
"""Drafts made for one seed before giving up."""

Attempt = Callable[[int, int], Draft | None]
"""Seed and number of the attempt → a draft, or None where it came out blank."""

Finish = Callable[[str], bytes]
"""The traced drawing as SVG → the whole picture as PNG."""


class HouseGenerator:
    """Generates with one release; everything is read at the first use (a second or two, 300 MB)."""

    def __init__(self, release_dir: Path, device: str | None = None) -> None:
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._info = release_info(release_dir)
        self._parts = ReleaseParts(release_dir, device)

    @property
    def release_id(self) -> str:
        """The name that the release gives itself."""
        return self._info.release_id

    @property
    def sizes(self) -> frozenset[int]:
        """256, 512 and 1024 pixels."""
        return SIZES

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """One picture per seed, each made on its own, so that it does not depend on the other seeds.

        Raises UnknownSize, and OnlyCopies where no draft for a seed is far enough from the training works.
        """
        _check_size(size)
        attempt = partial(drawing.from_words, self._parts, Wish.of(prompt))
        return [self._picture(prompt, attempt, partial(render, size=size), seed) for seed in seeds]

    def edit(
        self,
        prompt: str,
        image: Image.Image,
        mask: Image.Image | None,
        seeds: Sequence[int],
        size: int,
        *,
        strength: float,
        guide: Image.Image | None = None,
    ) -> list[GeneratedPicture]:
        """With a mask: what the words say, drawn as always, cut out and put into the largest free square of
        the mask, over the colours around it. Without one: the picture drawn anew as the words say.

        The model knows single objects on white, so painting into a scene step by step (RePaint) gave it
        colours and no shapes; this way it works where it is at home. Raises what ``generate`` raises, and
        NothingDrawn where the picture is white all over.
        """
        _check_size(size)
        wish = Wish.of(prompt)
        if mask is not None:
            attempt: Attempt = partial(drawing.from_words, self._parts, wish)
            finish: Finish = partial(place, image=image, mask=mask)
        else:
            source = self._source(image)
            looks = self._source(guide.resize((size, size))) if guide is not None else None
            attempt = partial(drawing.guided, self._parts, Guided(wish, source, looks, strength))
            finish = partial(_put_back, source=source, size=size)
        return [self._picture(prompt, attempt, finish, seed) for seed in seeds]

    def vary(self, image: Image.Image, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """Pictures that begin as the image bent and recoloured, beside two works that look like it.

        Raises as ``edit`` without a mask does.
        """
        _check_size(size)
        source = self._source(image)
        attempt = partial(drawing.like, self._parts, source)
        finish = partial(_put_back, source=source, size=size)
        return [self._picture("a variation", attempt, finish, seed) for seed in seeds]

    def _source(self, image: Image.Image) -> Source:
        source = read_source(self._parts, image.convert("RGB"))
        if source is None:
            raise NothingDrawn
        return source

    def _picture(self, prompt: str, attempt: Attempt, finish: Finish, seed: int) -> GeneratedPicture:
        for number in range(MOST_ATTEMPTS):
            draft = attempt(seed, number)
            if draft is not None and not draft.nearness.copy:
                entries = self._parts.works.entries
                return GeneratedPicture(
                    png=finish(trace(draft.large)),
                    seed=seed,
                    attempts=number + 1,
                    retrieved=tuple(entries[row].sha256 for row in draft.rows if row != NONE),
                    nearest_sha256=draft.nearness.sha256,
                    nearest_similarity=draft.nearness.similarity,
                )
        raise OnlyCopies(prompt, seed, MOST_ATTEMPTS)


def _check_size(size: int) -> None:
    if size not in SIZES:
        raise UnknownSize(size, SIZES)


def _put_back(svg: str, source: Source, size: int) -> bytes:
    """The drawing where the source had its own, on white; PNG, RGB."""
    sheet = Image.new("RGB", (size, size), "white")
    drawn = Image.open(io.BytesIO(render(svg, source.side)))
    sheet.paste(drawn, (source.left, source.top))
    buffer = io.BytesIO()
    sheet.save(buffer, format="PNG")
    return buffer.getvalue()
