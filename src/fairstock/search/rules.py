"""Pure decisions of the search: reading a query, and correcting its spelling."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from fairstock.search.model import LAST_PAGE, MAX_QUERY_CHARACTERS

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
#: Control characters, among them NUL, which PostgreSQL's text cannot hold.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
#: Below this similarity a "correction" is a different word (apple and maple have 0.8, aple and apple 0.89).
_CLOSE_ENOUGH = 0.75


def clean(words: str) -> str:
    """The query as it is searched: no control characters, single spaces, bounded length."""
    text = _CONTROL.sub(" ", words).encode("utf-8", "ignore").decode("utf-8")
    return " ".join(text.split())[:MAX_QUERY_CHARACTERS].strip()


def tokens(words: str) -> list[str]:
    """The words of a query in lower case, without punctuation, each once, in order."""
    return list(dict.fromkeys(match.group().lower() for match in _WORD.finditer(words)))


def bounded_page(page: int, total: int, per_page: int) -> int:
    """The nearest page that exists, of ``total`` results; never deeper than ``LAST_PAGE``."""
    return max(1, min(LAST_PAGE, -(-total // per_page), page))


def closest(word: str, vocabulary: Mapping[str, int]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or ``None``.

    ``vocabulary`` counts in how many works each word is. Words of the same likeness are ranked by that
    count, then by the alphabet. Words of fewer than 3 letters are never corrected.
    """
    if word in vocabulary:
        return word
    if len(word) < 3:
        return None
    best: tuple[float, int, str] | None = None
    matcher = SequenceMatcher(autojunk=False, b=word)
    for known, works in vocabulary.items():
        if abs(len(known) - len(word)) > 2:
            continue
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() < _CLOSE_ENOUGH or matcher.quick_ratio() < _CLOSE_ENOUGH:
            continue
        likeness = round(matcher.ratio(), 6)
        if likeness >= _CLOSE_ENOUGH:
            candidate = (-likeness, -works, known)
            best = candidate if best is None else min(best, candidate)
    return best[2] if best else None


def corrected(words: str, vocabulary: Mapping[str, int]) -> str | None:
    """The query with every unknown word replaced by the closest known one; ``None`` if nothing changes."""
    asked = tokens(words)
    fixed = [closest(word, vocabulary) or word for word in asked]
    return " ".join(fixed) if fixed != asked else None


def any_of(words: str) -> str:
    """A web-search query that matches works with at least one of the words."""
    return " or ".join(tokens(words))


def prefixes(words: str) -> str:
    """A ``to_tsquery`` text that asks for every word as the beginning of a word.

    Tokens hold only letters and digits, so they cannot carry operators of the query language.
    """
    return " & ".join(f"{word}:*" for word in tokens(words))
