"""Clean captions out of titles, keywords and folder names, and the words in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from fairstock.training.model import TrainingWork

NOISE = frozenset(
    [
        "a", "an", "and", "as", "at", "by", "de", "for", "from", "in", "is", "it", "of", "on", "or", "the",
        "to", "with", "art", "clip", "clipart", "cliparts", "collection", "drawing", "icon", "icons",
        "image", "images", "library", "misc", "openclipart", "picture", "png", "public", "domain", "remix",
        "simple", "special", "svg", "theme", "unsorted", "vector", "external", "contrib", "contributions",
        "architetto", "hash", "aiga", "mapsym", "part", "mon", "tue", "wed", "thu", "fri", "sat", "sun",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "sibmission",
    ]
)  # fmt: skip
"""Words that name the collection or the file and say nothing about the subject."""

KEYWORDS = 5
"""Keywords in a caption, besides title and folder."""

LONGEST = 14
"""Words in a caption; a sentence embedding of more blurs."""


SAME = {
    "smile": "smiley", "smiling": "smiley", "smily": "smiley", "smilie": "smiley", "emoticon": "smiley",
    "home": "house", "cottage": "house", "blossom": "flower", "directory": "folder", "grey": "gray",
}  # fmt: skip
"""Words that the library and its buyers use for one thing."""


def title_caption(work: TrainingWork) -> str:
    """The title in plain lower-case words, without the author's name, numbers and file-name debris; may be
    empty.
    """
    own = name_words(work.contributor)
    return " ".join(word for word in split_words(work.title) if not _is_name(word, own))


def full_caption(work: TrainingWork) -> str:
    """Title, best keywords and the two innermost folders, each word once: what the work can be found by."""
    own = name_words(work.contributor)
    short = [keyword for keyword in work.keywords if len(split_words(keyword)) <= 2]
    phrases = [work.title, *short[:KEYWORDS], *reversed(work.folder[-2:])]
    words = [word for phrase in phrases for word in split_words(phrase) if not _is_name(word, own)]
    distinct = {stem(word): word for word in reversed(words)}
    ordered = [word for word in dict.fromkeys(words) if distinct[stem(word)] == word]
    return " ".join(ordered[:LONGEST]) or "picture"


def split_words(text: str) -> list[str]:
    """Lower-case words of at least two letters; camelCase is parted, digits and noise words are dropped."""
    parted = re.sub(r"(?i)\b\w+[-_ ](svg[-_ ])?(theme|icons? collection)\b", " ", text)
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", parted)
    words = re.findall(r"[^\W\d_]+", parted.lower())
    return [word for word in words if len(word) > 1 and word not in NOISE]


def stem(word: str) -> str:
    """The word without the plural's s, and one word for its plainest synonyms: "flags" meets "flag"."""
    single = re.sub(r"(?<=[^su])s$", "", re.sub(r"ies$", "y", word)) if len(word) > 3 else word
    return SAME.get(single, single)


def stems(words: Iterable[str]) -> set[str]:
    """The stem of each word."""
    return {stem(word) for word in words}


def name_words(contributor: str) -> frozenset[str]:
    """Parts of a contributor's name that are long enough to be told from ordinary words."""
    return frozenset(word for word in re.findall(r"[^\W\d_]+", contributor.lower()) if len(word) > 2)


def _is_name(word: str, own: frozenset[str]) -> bool:
    """Whether a word is part of the author's name; file names cut names off after some letters."""
    return any(name == word or (len(word) >= 4 and name.startswith(word)) for name in own)
