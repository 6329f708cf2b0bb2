"""Port ``upload.look.Features`` as EfficientNet-Lite0 fills it."""

from __future__ import annotations

import numpy as np
from factories.files import scene
from PIL import Image

from fairstock.adapters.effnet import EffnetFeatures

FEATURES = EffnetFeatures()


def test_vectors_are_units_and_the_same_alone_or_together() -> None:
    pictures = [scene(number) for number in range(5)]
    together = FEATURES.embed(pictures)
    assert together.shape == (5, FEATURES.dimensions)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    for picture, vector in zip(pictures, together, strict=True):
        assert np.allclose(FEATURES.embed([picture])[0], vector, atol=1e-6)
    assert FEATURES.embed([]).shape == (0, FEATURES.dimensions)


def test_copies_are_near_and_other_pictures_are_not() -> None:
    one, other = scene(1), scene(2)
    mirrored = one.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    base, copy, flipped, strange = FEATURES.embed([one, one.resize((150, 110)), mirrored, other])
    assert base @ copy > base @ strange
    assert base @ flipped > base @ strange


def test_known_values_stay_so_that_stored_vectors_stay_comparable() -> None:
    vector = FEATURES.embed([Image.linear_gradient("L").convert("RGB")])[0]
    assert np.argsort(vector)[::-1][:3].tolist() == [71, 872, 468]
    assert np.allclose(np.sort(vector)[::-1][:3], [0.37154, 0.36891, 0.35389], atol=1e-4)


def test_inner_features_are_the_same_whether_or_not_a_picture_was_embedded_before() -> None:
    pictures = [scene(number) for number in range(3)]
    FEATURES.embed(pictures[:2])
    inner = FEATURES.inner(pictures)
    assert inner.shape == (3, FEATURES.inner_dimensions)
    assert np.allclose(inner, EffnetFeatures().inner(pictures), atol=1e-5)
    assert np.isfinite(FEATURES.inner([Image.new("RGB", (1, 1))])).all()
    assert FEATURES.inner([]).shape == (0, FEATURES.inner_dimensions)


def test_inner_features_are_forgotten_with_their_pictures() -> None:
    features = EffnetFeatures()
    pictures = [scene(number) for number in range(3)]
    features.embed(pictures)
    assert len(features._inner) == 3
    pictures.clear()
    assert not features._inner
