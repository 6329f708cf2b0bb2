"""Captions: what a work can be found by, and nothing of who made it."""

from __future__ import annotations

import numpy as np
import pytest

from fairstock.adapters.house_model.captions import full_caption, split_words, stems, title_caption
from fairstock.adapters.house_model.colours import NAMES, colour_shares, colour_wish, dominant_colours
from fairstock.training.model import TrainingWork


def a_work(
    title: str, contributor: str, keywords: tuple[str, ...] = (), folder: tuple[str, ...] = ()
) -> TrainingWork:
    return TrainingWork("00" * 32, contributor, title, keywords, folder, b"")


@pytest.mark.parametrize(
    ("title", "contributor", "expected"),
    [
        ("apple_bitten_dan_gerhard_01", "Dan Gerhards", "apple bitten"),
        ("RedAppleWithLeaf 3", "Ann", "red apple leaf"),
        ("Clipart by Nicu Buculei - head1", "Nicu Buculei", "head"),
        ("Part of the Flat Icon Collection (Wed Aug 25 23:29:46 2004)", "Danny Allen", ""),
        ("12345", "Ann", ""),
    ],
)
def test_a_title_keeps_the_subject_only(title: str, contributor: str, expected: str) -> None:
    assert title_caption(a_work(title, contributor)) == expected


def test_a_caption_joins_title_keywords_and_the_inner_folders_without_repeats() -> None:
    work = a_work("Apples", "Ann", ("fruit", "apple", "a very long keyword phrase"), ("all", "food", "fruit"))
    assert full_caption(work) == "apples fruit food"


def test_a_work_without_words_is_still_a_picture() -> None:
    assert full_caption(a_work("007", "Ann")) == "picture"


def test_the_name_of_a_theme_is_not_a_subject() -> None:
    assert "lemon" not in split_words("lemon-theme")
    assert "lemon" in split_words("lemon slice")


def test_plurals_and_synonyms_meet() -> None:
    assert stems(["flags", "smilies", "glass", "homes"]) == {"flag", "smiley", "glass", "house"}


def test_colours_are_seen_and_asked_for() -> None:
    pictures = np.full((2, 32, 32, 3), 255, dtype=np.uint8)
    pictures[0, 8:24, 8:24] = (220, 20, 20)
    assert dominant_colours(colour_shares(pictures)) == ["red", ""]
    assert NAMES[int(colour_wish(["a", "grey", "cat"]).argmax())] == "gray"
