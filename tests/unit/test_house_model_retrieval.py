"""Retrieval: what the model is shown, in training and in use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fairstock.adapters.house_model.clusters import near_duplicates, sampling_weights
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


def test_mirror_images_and_light_changes_are_near_duplicates() -> None:
    random = np.random.default_rng(5)
    first = np.full((32, 32, 3), 255, dtype=np.uint8)
    first[4:20, 2:12] = random.integers(0, 200, 3)
    other = np.full((32, 32, 3), 255, dtype=np.uint8)
    other[20:30, 4:30] = (20, 80, 200)
    small = np.stack([first, first[:, ::-1], np.clip(first.astype(int) - 3, 0, 255).astype(np.uint8), other])
    assert near_duplicates(unit(4, 64, 9), small).tolist() == [0, 0, 0, 1]


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
