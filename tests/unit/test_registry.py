"""Works of the opt-out registry are compared in the order in which searches rank them."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from PIL import Image

from fairstock.screening import local
from fairstock.screening.policy import shipped
from fairstock.screening.registry import Listed, hits
from fairstock.settings import PACKAGE_DATA
from fairstock.upload.model import Traits
from fairstock.upload.picture import sketch_of, working_picture

WORKS = sorted((PACKAGE_DATA / "demo-library/pictures").iterdir())[::20][:24]


def picture(number: int) -> Image.Image:
    with Image.open(WORKS[number]) as image:
        return working_picture(image)


def traits(shown: Image.Image) -> Traits:
    return Traits(
        upload_id="u",
        mime="image/png",
        phash=0,
        phash_mirror=0,
        width=shown.width,
        height=shown.height,
        embedding=(1.0, 0.0),
        embedding_version="test/1",
        sketch=sketch_of(shown),
        local=local.look_at_one(shown),
    )


def listed(number: int, *, cosine: float, by_words: int) -> Listed:
    shown = picture(number)
    seen = traits(shown)
    assert seen.local is not None
    packed = seen.local.packed
    since = datetime(2026, 1, 1, tzinfo=UTC)
    size = shown.width, shown.height
    return Listed(f"opt_{number}", since, "", *size, seen.sketch, cosine, by_words, packed)


def test_the_likeliest_by_words_is_compared_though_many_others_look_more_alike() -> None:
    whole = picture(0)
    upload = traits(whole.crop((0, 0, round(0.7 * whole.width), round(0.7 * whole.height))))
    others = [listed(number, cosine=0.6 + number / 100, by_words=number) for number in range(1, len(WORKS))]
    random.Random(1).shuffle(others)
    found = hits(upload, [*others, listed(0, cosine=0.0, by_words=0)], shipped())
    assert [each.entry_id for each in found if each.seen and each.seen["features"] >= 10] == ["opt_0"]
