"""Clean captions out of titles, keywords and folder names, and the words in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fairstock.training.model import TrainingWork

NOISE = frozenset(
    "a an and as at by de for from in is it of on or the to with "
    "art clip clipart cliparts collection drawing icon icons image images library misc openclipart picture png public "
    "domain remix simple special svg theme unsorted vector external contrib contributions architetto".split()
)
"""Words that name the collection or the file and say nothing about the subject."""

KEYWORDS = 5
"""Keywords in a caption, besides title and folder."""

LONGEST = 14
"""Words in a caption; a sentence embedding of more blurs."""


def title_caption(work: TrainingWork) -> str:
    """The title in plain lower-case words, without the author's name, numbers and file-name debris; may be empty."""
    own = name_words(work.contributor)
    return " ".join(word for word in split_words(work.title) if not _is_name(word, own))


def full_caption(work: TrainingWork) -> str:
    """Title, best keywords and the two innermost folders, each word once: what the work can be found by."""
    own = name_words(work.contributor)
    short = [keyword for keyword in work.keywords if len(split_words(keyword)) <= 2]
    phrases = [work.title, *short[:KEYWORDS], *reversed(work.folder[-2:])]
    words = [word for phrase in phrases for word in split_words(phrase) if not _is_name(word, own)]
    return " ".join(list(dict.fromkeys(words))[:LONGEST]) or "picture"


def split_words(text: str) -> list[str]:
    """Lower-case words of at least two letters; camelCase is parted, digits and noise words are dropped."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    words = re.findall(r"[^\W\d_]+", parted.lower())
    return [word for word in words if len(word) > 1 and word not in NOISE]


def stems(words: Iterable[str]) -> set[str]:
    """Words without the plural's s, so that "flags" meets "flag"."""
    return {re.sub(r"(?<=[^su])s$", "", re.sub(r"ies$", "y", word)) if len(word) > 3 else word for word in words}


def name_words(contributor: str) -> frozenset[str]:
    """Parts of a contributor's name that are long enough to be told from ordinary words."""
    return frozenset(word for word in re.findall(r"[^\W\d_]+", contributor.lower()) if len(word) > 2)


def _is_name(word: str, own: frozenset[str]) -> bool:
    """Whether a word is part of the author's name; file names cut names off after some letters."""
    return any(name == word or (len(word) >= 4 and name.startswith(word)) for name in own)
