"""Reading a prompt the way a person sees it, with a way back to the characters that were typed.

Three layers: characters are folded (compatibility forms, look-alike letters of other scripts, accents,
invisible characters); letters spaced out with blanks or dots are joined; digits and signs that stand for
letters are read as letters. Every character of the result remembers which character of the prompt it came
from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fairstock.moderation.spelling import likeliest

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_LOOK_ALIKES = {
    # Cyrillic, after case folding
    **dict(zip("авсеёніїјкморѕтуѵхԛԝӏһԁпьғ", "abceehiijkmopstyvxqwlhdnbf", strict=True)),
    # Greek, lower case by shape
    **dict(zip("αβγεζηικμνορτυχω", "abyeznikuvoptuxw", strict=True)),
    # Armenian and Latin letters of other alphabets
    **dict(zip("օոսհցıłøđðħŧɑɡɩ", "onuhgilodhhtagi", strict=True)),
    # small capitals
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ð": "d",
    **dict.fromkeys("’‘ʼ`´", "'"),
    **dict.fromkeys("‐‑‒–—", "-"),
    "\u2800": " ",
    "\u1160": "",
    "\u115f": "",
}
_GREEK_CAPITALS = dict(zip("ΗΝΥΧΤΖΜΙΚΡΒΑΕΟ", "hnyxtzmikpbaeo", strict=True))
_LETTER_EMOJI = {
    chr(base + offset): letter
    for base in (0x1F1E6, 0x1F150, 0x1F170, 0x1F130)
    for offset, letter in enumerate(_LATIN)
}
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cs", "Co"})
_CACHE_LIMIT = 4096

_SPACED = re.compile(r"(?<![^\W_])[^\W_]([ .\-_*~·])(?:(?:[^\W_]|['\-])\1)+[^\W_](?![^\W_])")
_CHUNK = re.compile(r"\S+")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*(?:[a-z][013456789@$!|+€£]|[013456789@$€£][a-z])).*", re.DOTALL)
_LEET = dict(zip("0345678@$!|+€£9", "oeasgtbasiltelg", strict=True))
_END_MARKS = "!|+"
_PUNCTUATION = ".,;:?)\"'"
_MODEL_NUMBER = re.compile(r"\W*(?:\d+[a-z]{1,2}|[a-z]{1,2}\d|\d{2,}s?|mp[34])\W*")
"""8k, 3d, 1920s, mp3: digits that are digits."""


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; ``origins[i]`` is the index in the prompt of the character that ``text[i]`` came from."""

    text: str
    origins: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the prompt behind ``text[start:end]``, which must not be empty."""
        return self.origins[start], self.origins[end - 1] + 1


class _FoldTable(dict[str, str]):
    """Folded form of each character, filled as characters are met; bounded against hostile prompts."""

    def __missing__(self, char: str) -> str:
        folded = _fold_char(char)
        if len(self) < _CACHE_LIMIT:
            self[char] = folded
        return folded


_TABLE = _FoldTable()


def fold(prompt: str) -> Folded:
    """The prompt in lower-case Latin letters as far as it looks like them."""
    if prompt.isascii():
        return Folded(prompt.lower(), range(len(prompt)))
    letters: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(prompt):
        for letter in _TABLE[char]:
            letters.append(letter)
            origins.append(index)
    return Folded("".join(letters), origins)


def unmask(folded: Folded) -> list[Folded]:
    """Further readings with spaced-out letters joined and leet read as letters; empty when there are none.

    ``1`` stands for i or l, so there can be two.
    """
    joined = _join_spaced(folded)
    readings = [joined] if joined is not folded else []
    for one in ("i", "l") if "1" in joined.text else ("i",):
        plain = _read_leet(joined, one)
        if plain is not joined and all(plain.text != other.text for other in readings):
            readings.append(plain)
    return readings


def _fold_char(char: str) -> str:
    """The folded form of one character; empty for those that nobody sees."""
    if char in _LETTER_EMOJI:
        return _LETTER_EMOJI[char]
    if char in _GREEK_CAPITALS:
        return _GREEK_CAPITALS[char]
    if unicodedata.category(char) in _INVISIBLE:
        return ""
    parts = (
        part for part in unicodedata.normalize("NFKD", char) if unicodedata.category(part) not in _INVISIBLE
    )
    return "".join(_LOOK_ALIKES.get(part, part) for part in "".join(parts).casefold())


def _join_spaced(folded: Folded) -> Folded:
    """``d.i.e`` and ``d i e`` become ``die``; the same object when nothing changed."""
    kept: list[int] = []
    at = 0
    for match in _SPACED.finditer(folded.text):
        kept.extend(range(at, match.start()))
        kept.extend(range(match.start(), match.end(), 2))
        at = match.end()
    if not at:
        return folded
    kept.extend(range(at, len(folded.text)))
    return Folded("".join(folded.text[i] for i in kept), [folded.origins[i] for i in kept])


def _read_leet(folded: Folded, one: str) -> Folded:
    """Signs read as letters in words that mix them with letters; the same object when nothing changed."""
    table = {**_LEET, "1": one}
    letters = list(folded.text)
    changed = False
    for chunk in _CHUNK.finditer(folded.text):
        word = chunk.group().rstrip(_PUNCTUATION)
        core = word.rstrip(_END_MARKS)
        if not _is_mixed(core):
            continue
        for index in range(chunk.start(), chunk.start() + len(core)):
            if letters[index] in table:
                letters[index] = table[letters[index]]
                changed = True
    return Folded("".join(letters), folded.origins) if changed else folded


def plain_reading(folded: Folded) -> Folded:
    """The one reading that a person would most likely make: for models, which read once.

    Spaced-out letters are joined and leet is read, except in words such as "8k" or "mp3". Where leet is the
    rule, short numbers are words too ("4 m4n" is "a man").
    """
    joined = _join_spaced(folded)
    words = list(_CHUNK.finditer(joined.text))
    masked = [match for match in words if _is_masked(match.group())]
    if not masked:
        return joined
    heavy = len(masked) * 4 >= len(words)
    letters = list(joined.text)
    for match in words if heavy else masked:
        word = match.group().rstrip(_PUNCTUATION)
        if word.isdigit() and len(word) > 2:
            continue
        for at, letter in enumerate(_unleeted(word), match.start()):
            letters[at] = letter
    return Folded("".join(letters), joined.origins)


@lru_cache(maxsize=_CACHE_LIMIT)
def _is_mixed(core: str) -> bool:
    """Whether letters and signs for letters stand side by side."""
    return bool(_MIXED.fullmatch(core))


def _is_masked(word: str) -> bool:
    """Whether a word mixes letters with signs for letters, and is no model number."""
    core = word.rstrip(_PUNCTUATION + _END_MARKS)
    return _is_mixed(core) and not _MODEL_NUMBER.fullmatch(core)


def _unleeted(word: str) -> str:
    """The word with signs read as letters, of the same length."""
    core = word.rstrip(_END_MARKS)
    read = "".join(_LEET.get(letter, letter) for letter in core)
    return likeliest(read, "1", "il") + word[len(core) :]
