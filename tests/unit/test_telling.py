"""What of a long text the sentence encoders read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairstock.adapters.sentences import Sentences
from fairstock.moderation.features import Featuriser
from fairstock.moderation.model import Verdict
from fairstock.moderation.moderator import load_moderator
from fairstock.moderation.phrases import Hit, tokenise
from fairstock.moderation.policy import load_policy
from fairstock.moderation.telling import MOST_BYTES, telling

HARMLESS = "a quiet village street with flower boxes, cats on the walls and washing on the lines. "
HARMFUL = "a man is beaten to death by a gang, his skull cracked open, blood all over the floor. "


def test_a_short_text_is_read_whole() -> None:
    assert telling("a cat", tokenise("a cat"), []) == (0, 5)
    assert telling("", [], []) == (0, 0)


def test_a_long_text_is_read_where_most_is_named() -> None:
    read = Featuriser(load_policy().lists).read(HARMLESS * 5 + HARMFUL + HARMLESS * 5)
    start, end = read.telling
    assert "beaten to death" in read.text[start:end]
    assert len(read.text[start:end].encode()) <= MOST_BYTES


def test_of_equal_parts_the_first_is_read() -> None:
    text = "word " * 200
    tokens = tokenise(text)
    assert telling(text, tokens, []) == telling(text, tokens, [Hit(0, 0), Hit(199, 199)])
    assert telling(text, tokens, [])[0] == 0


def test_harm_between_harmless_sentences_is_refused_and_named() -> None:
    decision = load_moderator(Sentences()).decide(HARMLESS * 5 + HARMFUL + HARMLESS * 5)
    assert decision.decision is Verdict.BLOCK
    assert decision.span is not None
    assert decision.span.text.strip() in HARMFUL


@given(st.text(max_size=1000))
def test_any_text_has_a_part_that_fits(text: str) -> None:
    start, end = telling(text, tokenise(text), [])
    assert 0 <= start <= end <= len(text)
    assert end > start or not text
    assert len(text[start:end].encode("utf-8", "replace")) <= MOST_BYTES
