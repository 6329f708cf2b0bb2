"""The search's pure rules: cleaning a query and correcting its spelling."""

from hypothesis import given
from hypothesis import strategies as st

from fairstock.search import rules
from fairstock.search.model import MAX_QUERY_CHARACTERS

VOCABULARY = {"apple": 30, "maple": 3, "house": 12, "horse": 9, "flower": 20, "flag": 5}


def test_a_typo_goes_to_the_closest_word_and_a_tie_to_the_commoner_one() -> None:
    assert rules.closest("aple", VOCABULARY) == "apple"
    assert rules.closest("hosue", VOCABULARY) == "house"
    assert rules.closest("flwoer", VOCABULARY) == "flower"
    assert rules.closest("hoXse".lower(), VOCABULARY) == "house"  # as far from horse, which is rarer


def test_short_and_far_words_are_left_alone() -> None:
    assert rules.closest("fl", VOCABULARY) is None
    assert rules.closest("zebra", VOCABULARY) is None
    assert rules.corrected("house", VOCABULARY) is None
    assert rules.corrected("red hosue", VOCABULARY) == "red house"


@given(st.text())
def test_a_cleaned_query_can_be_stored_and_its_prefixes_hold_no_operators(words: str) -> None:
    cleaned = rules.clean(words)
    assert len(cleaned) <= MAX_QUERY_CHARACTERS
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")
    for part in rules.prefixes(cleaned).split(" & "):
        assert not set(part.removesuffix(":*")) & set("&|!():*<>'\\")


@given(st.text(min_size=1, max_size=12))
def test_correcting_gives_a_known_word_or_nothing(word: str) -> None:
    assert rules.closest(word, VOCABULARY) in {None, *VOCABULARY}
