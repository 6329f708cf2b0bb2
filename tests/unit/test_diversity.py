"""Diversity planning: whom it acts on, what it leaves alone, and that its shares hold."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairstock.moderation.diversity import load_diversity

OPEN = [
    "a photo of a nurse",
    "image of CEO",
    "painting of guard",
    "a photo of a sign language interpreter",
    "a photo of a TV presenter",
    "engineers in a meeting",
    "A person riding a bicycle in the rain",
    "portrait of a baker, studio light",
    'a teacher holding a sign that says "Women first"',
]
CLOSED = [
    "a photo of a woman working as a nurse",
    "a Korean chef",
    "an elderly Indian man working as a judge",
    "a medieval blacksmith and a baker",
    "samurai at the battle of Sekigahara",
    "a soldier in 1915",
    "my doctor at the hospital",
    "a portrait of my grandmother in her garden",
    "a chef named Jamie cooking in a small kitchen",
    "a painter's palette",
    "a pilot light on a stove",
    "a guard dog",
    "a chess queen and king",
    "a cat dressed as a doctor",
    "eine Blutwurst auf einem Teller",
    "a lego firefighter",
    "a statue of a soldier",
    'a sign that says "nurse wanted"',
    "a red apple",
    "",
]


@pytest.mark.parametrize("prompt", OPEN)
def test_people_left_open_are_planned(prompt: str) -> None:
    plan = load_diversity().plan(prompt, 4, seed=1)
    assert plan is not None
    for picture in plan.pictures:
        assert picture.prompt != prompt
        before, _, after = picture.prompt.partition(" (")
        assert before + after.partition(")")[2] == prompt


@pytest.mark.parametrize("prompt", CLOSED)
def test_stated_anchored_and_inanimate_prompts_are_left_alone(prompt: str) -> None:
    assert load_diversity().plan(prompt, 4, seed=1) is None


def test_the_words_fit_the_person() -> None:
    diversity = load_diversity()
    child = diversity.plan("a child on a swing", 10, seed=1)
    elder = diversity.plan("an old farmer", 10, seed=1)
    assert child is not None
    assert elder is not None
    assert all("age" not in each.attributes for each in (*child.pictures, *elder.pictures))
    assert not any(" woman" in each.prompt or " man" in each.prompt for each in child.pictures)


@given(n=st.integers(1, 10), seed=st.integers(0, 2**63))
@settings(deadline=None)
def test_a_batch_is_stratified_and_repeatable(n: int, seed: int) -> None:
    plan = load_diversity().plan("a photo of a judge", n, seed)
    assert plan is not None
    assert plan == load_diversity().plan("a photo of a judge", n, seed)
    counts = Counter(each.attributes["gender"] for each in plan.pictures)
    assert abs(counts["woman"] - 0.49 * n) <= 1
    assert abs(counts["man"] - 0.49 * n) <= 1


def test_single_pictures_follow_the_shares_over_many_requests() -> None:
    plans = [load_diversity().plan("a photo of a judge", 1, seed) for seed in range(4000)]
    counts = Counter(plan.pictures[0].attributes["gender"] for plan in plans if plan)
    assert 0.45 < counts["woman"] / 4000 < 0.53
    assert 0.01 < counts["non-binary person"] / 4000 < 0.03


@given(prompt=st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_planned_or_not_and_keeps_its_quotes(prompt: str) -> None:
    plan = load_diversity().plan(f'{prompt} "a nurse"', 2, seed=3)
    for picture in plan.pictures if plan else ():
        assert '"a nurse"' in picture.prompt
