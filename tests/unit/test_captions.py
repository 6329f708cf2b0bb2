"""What captions claim: every rule finds its own examples, and lets its look-alikes pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairstock.screening.rights.captions import (
    SHIPPED,
    BadCaptionRules,
    CaptionRule,
    _parts,
    claims_in,
    load,
    observations,
    shipped,
)

RULES = shipped().rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_its_examples_and_no_rule_its_look_alikes(rule: CaptionRule) -> None:
    assert rule.finds
    assert rule.passes
    for text in rule.finds:
        assert rule.name in [claim.rule for claim in claims_in({"title": [text]})], text
    for text in rule.passes:
        assert claims_in({"title": [text]}) == [], text
        assert claims_in({"keywords": [word.strip() for word in text.split(",")]}) == [], text


@pytest.mark.parametrize(
    "title",
    [
        "Artificial intelligence concept, robot hand and human hand",
        "Robot painting a picture, illustration about AI art",
        "Hand drawn by me, no AI",
        "Stable diffusion of ink in water",
        "Fireflies over a meadow, long exposure",
        "Computer generated 3d render of a chair",
        "Midjourney: halfway through a road trip",
        "Portrait of Leonardo da Vinci",
        "Flux of traffic at night",
        "Made by hand in Italy",
    ],
)
def test_a_subject_is_no_claim(title: str) -> None:
    assert claims_in({"title": [title], "keywords": ["technology", "art", "robot"]}) == []


def test_a_keyword_alone_is_a_claim_unless_the_caption_is_about_the_technology() -> None:
    assert [c.kind for c in claims_in({"title": ["Fox"], "keywords": ["fox", "midjourney"]})] == ["generator"]
    about = {"title": ["Phone with the logo of an app"], "keywords": ["midjourney", "phone"]}
    assert claims_in(about) == []


def test_naming_oneself_as_the_author_claims_nothing() -> None:
    fields = {"title": ["Mill in autumn, photo by Anna Schmidt"]}
    (claim,) = claims_in(fields, ["Bob Miller"])
    assert (claim.kind, claim.author) == ("credit", "Anna Schmidt")
    assert claims_in(fields, ["anna  schmidt"]) == []


def test_a_claim_becomes_an_observation_that_quotes_it() -> None:
    found = observations(claims_in({"description": ["Made with Stable Diffusion, upscaled"]}))
    assert [(each.kind, each.value) for each in found] == [("caption", "generator")]
    assert found[0].evidence["quote"] == "Made with Stable Diffusion"
    assert found[0].evidence["field"] == "description"


def test_hostile_captions_end_quickly() -> None:
    for sign in ("a ", "made with ", "(", "by A", "--ar ", "a, ", "© ", "a."):
        text = sign * 50_000
        claims_in({"title": [text], "keywords": [sign * 100] * 5_000})
        assert len(list(_parts(text[:900]))) <= 3 * 900  # not every beginning with every end


@pytest.mark.parametrize("title", ["Old mill. ([AI art])", "Mill, (made by AI).", "Mill [AI-generated]"])
def test_a_mark_in_brackets_is_found_at_the_end_of_a_title(title: str) -> None:
    assert {claim.kind for claim in claims_in({"title": [title]})} == {"generator"}


def test_broken_rules_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "rules.toml"
    broken.write_text(SHIPPED.read_text(encoding="utf-8").replace("{maker}", "{no}"), encoding="utf-8")
    with pytest.raises(BadCaptionRules, match="no"):
        load(broken)
