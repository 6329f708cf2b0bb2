"""Retrieval: what the model is shown, in training and in use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance

from fairstock.adapters.house_model.clusters import Clusters, Looks, near_duplicates, plates_of
from fairstock.adapters.house_model.drafts import make_ground
from fairstock.adapters.house_model.library import Library, build_library
from fairstock.adapters.house_model.retrieval import (
    NONE,
    PER_CLUSTER,
    POOL,
    SHOWN,
    choose_for_prompt,
    draw_shown,
    find_candidates,
    nearest_looks,
)
from fairstock.adapters.house_model.sampling import sampling_weights

WORKS = 40


def unit(rows: int, columns: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(rows, columns))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def library() -> Library:
    small = np.random.default_rng(3).integers(0, 255, (WORKS, 32, 32, 3)).astype(np.uint8)
    captions = [f"{('apple', 'house', 'tree', 'flag')[row % 4]} thing" for row in range(WORKS)]
    cluster = np.arange(WORKS, dtype=np.int64) // 4 * 4 + np.arange(WORKS) % 2
    return build_library(unit(WORKS, 512, 1), unit(WORKS, 128, 2), small, cluster, captions)


@given(st.lists(st.integers(0, WORKS - 1), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_training_never_shows_a_work_of_the_targets_own_cluster(rows: list[int], seed: int) -> None:
    library = library_of_few_clusters()
    own = library.cluster[rows]
    found, _ = find_candidates(library, library.text[rows], ["apple"] * len(rows), own)
    shown = draw_shown(nearest_looks(library, found, library.look[rows]), np.random.default_rng(seed))
    for number, row in enumerate(rows):
        seen = shown[number][shown[number] != NONE]
        assert row not in seen
        assert own[number] not in library.cluster[seen]


def library_of_few_clusters() -> Library:
    small = np.zeros((WORKS, 32, 32, 3), dtype=np.uint8)
    cluster = np.arange(WORKS, dtype=np.int64) % 5
    return build_library(unit(WORKS, 512, 1), unit(WORKS, 128, 2), small, cluster, ["apple"] * WORKS)


def test_candidates_are_found_by_their_words_and_few_of_a_cluster(library: Library) -> None:
    found, scores = find_candidates(library, library.text[:1] * 0, ["apples"], None, count=6)
    assert {int(row) % 4 for row in found[0]} == {0}
    assert np.all(np.diff(scores[0]) <= 0)
    assert np.bincount(library.cluster[found[0]]).max() <= PER_CLUSTER


def test_too_few_works_are_filled_up_with_none(library: Library) -> None:
    everything = np.zeros(WORKS, dtype=np.int64)
    alone = build_library(library.text, library.look[:, :128], np.zeros((WORKS, 32, 32, 3), np.uint8),
                          everything, ["apple"] * WORKS)  # fmt: skip
    found, _ = find_candidates(alone, alone.text[:1], ["apple"], np.zeros(1, dtype=np.int64))
    assert (found == NONE).all()
    pool = nearest_looks(alone, found, alone.look[:1])
    assert pool.shape == (1, POOL)
    assert (draw_shown(pool, np.random.default_rng(0)) == NONE).all()


def test_a_prompts_choice_depends_on_the_seed_alone(library: Library) -> None:
    series = np.arange(WORKS, dtype=np.int64)
    chosen = [
        tuple(choose_for_prompt(library, series, library.text[0], "apple", np.random.default_rng(seed)))
        for seed in (1, 1, 2, 3, 4, 5)
    ]
    assert chosen[0] == chosen[1]
    assert len(set(chosen)) > 1
    assert all(len(set(rows)) == SHOWN for rows in chosen)


def views() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture, another one, and the first one turned by 7 degrees, cut and brighter."""
    first = Image.new("RGB", (128, 128), "white")
    draw = ImageDraw.Draw(first)
    draw.rectangle((20, 20, 60, 100), fill=(150, 40, 30))
    draw.ellipse((50, 60, 110, 110), fill=(30, 90, 60))
    draw.polygon([(70, 20), (115, 35), (80, 55)], fill=(40, 40, 140))
    other = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(other).line([(10, 110), (60, 15), (118, 90)], fill=(20, 80, 200), width=9)
    turned = first.rotate(7, Image.Resampling.BICUBIC, fillcolor="white").crop((6, 6, 122, 122))
    turned = ImageEnhance.Brightness(turned.resize((128, 128))).enhance(0.9)
    one, two, three = (np.asarray(each, dtype=np.uint8) for each in (first, other, turned))
    return one, two, three


def looks(features: NDArray[np.float32], shown: list[NDArray[np.uint8]]) -> Looks:
    return Looks(features, np.stack(shown), [plates_of(Image.fromarray(each)) for each in shown])


def test_mirror_images_light_changes_and_turned_works_are_near_duplicates() -> None:
    first, other, turned = views()
    lighter = np.clip(first.astype(int) + 3, 0, 255).astype(np.uint8)
    shown = [first, first[:, ::-1], lighter, other, turned]
    features = unit(1, 64, 9).repeat(5, axis=0) * np.float32(0.7)  # alike enough to be laid on each other
    for each in (1, 0):  # laid on what features or pixels bring near
        assert near_duplicates(looks(features * np.float32(each), shown), [None] * 5).tolist() == [
            0,
            0,
            0,
            1,
            0,
        ]


def test_a_later_work_changes_no_earlier_cluster() -> None:
    """Not even one that is a near-duplicate of two: it joins the earlier of them."""
    first, other, _ = views()
    features = np.array([[1, 0], [0.6, 0.8], [0.9, 0.43589]], dtype=np.float32)  # the third lies between
    half = np.uint8(first // 2 + other // 2)
    two = Clusters().with_more(looks(features[:2], [first, other]))
    assert two.first == (0, 1)
    assert two.with_more(looks(features[2:], [half])).first[:2] == two.first
    late = looks(np.eye(3, 64, dtype=np.float32), [first, other, first])
    assert near_duplicates(late, ["2026-02", None, None]).tolist() == [1, 0, 1]
    assert two.with_more(looks(features[:1], [first])).first == (0, 1, 0)


def test_the_earliest_publication_leads_a_cluster() -> None:
    first, other, _ = views()
    works = looks(np.eye(3, 64, dtype=np.float32), [first, first, other])
    for dates in (["2026-02", "2026-01", "2026-03"], [None, "2026-01", None], ["2026-01", None, "2026-01"]):
        assert near_duplicates(works, dates).tolist() == [0, 0, 1]


def test_nobody_and_no_folder_rules_the_training() -> None:
    cluster = np.arange(300, dtype=np.int64)
    people = ["one"] * 200 + [f"p{row}" for row in range(100)]
    weights = sampling_weights(cluster, ["thing"] * 300, people, people)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[:200].sum() < 0.05


def test_a_ground_is_the_first_work_bent_and_never_the_work_itself() -> None:
    works = np.ones((SHOWN, 3, 32, 32), dtype=np.float32)
    works[0, 1:, 8:24, 8:24] = -1.0
    works[1, :2, 4:28, 12:20] = -1.0
    shown = works.reshape(1, 3 * SHOWN, 32, 32)
    grounds = [make_ground(shown, np.random.default_rng(seed), mirror=True) for seed in (1, 1, 2)]
    assert np.array_equal(grounds[0], grounds[1])
    assert not np.array_equal(grounds[0], grounds[2])
    for ground in grounds:
        assert ground.shape == (1, 3, 32, 32)
        assert np.abs(ground[0] - works[0]).max() > 0.5
        overlap = (ground[0].min(axis=0) < 0) & (works[0].min(axis=0) < 0)
        assert overlap.sum() > 100
    nothing = make_ground(np.zeros_like(shown), np.random.default_rng(1), mirror=False)
    assert (nothing == 1.0).all()
