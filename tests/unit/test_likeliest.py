"""Which works are laid on an upload when some of its candidates were compared before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from factories.drawings import PICTURES, drawing
from PIL import Image
from unit.test_candidates import traits, work

from fairstock.asset.model import Asset, Fingerprint
from fairstock.screening import local
from fairstock.screening.candidates import Known, Neighbourhood, Subject
from fairstock.screening.catalogue import likenesses
from fairstock.screening.policy import shipped
from fairstock.upload.picture import sketch_of

ORIGINAL, OTHERS = drawing(PICTURES[0]), [drawing(path) for path in PICTURES[1:9]]


def published(name: str, image: Image.Image) -> Asset:
    return replace(work(name), width=image.width, height=image.height)


@pytest.mark.parametrize(("cosine", "laid"), [(0.6, True), (0.46, False)])
def test_the_likeliest_of_all_candidates_are_laid_also_where_most_were_compared_before(
    cosine: float, laid: bool
) -> None:
    """Eight works of the catalogue have been compared; one that was published since is laid on the upload,
    which shows it turned, where it is likelier than one of them, and not where all of them are likelier.
    """
    shown = ORIGINAL.rotate(10, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    seen = replace(
        traits(()),
        width=shown.width,
        height=shown.height,
        sketch=sketch_of(shown),
        local=local.look_at_one(shown),
    )
    subject = Subject("bob", "d", seen)
    old = {f"old {number}": image for number, image in enumerate(OTHERS)}
    near = Neighbourhood(
        shipped(),
        {"d": dict.fromkeys(old, 0.5)},
        {name: published(name, image) for name, image in old.items()},
        dict.fromkeys(old, Fingerprint(-1, -1)),
        packed={name: local.look_at_one(image).packed for name, image in old.items()},
    )
    vector = (cosine, (1 - cosine**2) ** 0.5)
    near.learn(
        published("new", ORIGINAL), Known(Fingerprint(-1, -1), vector, "test/1", local.look_at_one(ORIGINAL))
    )
    sketches = {name: sketch_of(image) for name, image in (old | {"new": ORIGINAL}).items()}
    found = likenesses(subject, near, lambda _: sketches, ["new"])
    assert any(each.laid is not None for each in found) is laid
