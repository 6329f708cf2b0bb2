"""The style sheet's colours by day and by night, in the pairs in which they stand on each other."""

import re
from itertools import product
from pathlib import Path

import pytest

from fairstock.web import pages

SHEET = (Path(pages.__file__).parent / "static" / "fairstock.css").read_text(encoding="utf-8")
NIGHT = re.search(r"@media screen and \(prefers-color-scheme: dark\) \{(.*?)\n\}\n", SHEET, re.DOTALL)
DAY = re.search(r":root \{(.*?)\n\}\n", SHEET, re.DOTALL)
GROUNDS = ("paper", "board", "soft")
TEXT = [
    *product(("ink", "muted", "accent", "bad", "warn", "good"), GROUNDS),
    *((name, f"{name}-soft") for name in ("good", "warn", "bad", "machine")),
    *product(("ink", "muted", "accent-dark", "accent"), ("accent-soft",)),
    *product(("ink", "accent"), ("good-soft", "warn-soft", "bad-soft")),
    *product(("on-accent",), ("accent", "accent-dark", "bad", "bad-dark")),
    *product(("mat-ink", "mat-link"), ("mat",)),
]
EDGES = [("edge", "paper"), ("edge", "board"), ("accent", "paper"), ("accent", "board"), ("box", "mat")]


def colours(night: bool) -> dict[str, str]:
    assert DAY is not None
    assert NIGHT is not None
    said = DAY[1] + (NIGHT[1] if night else "")
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", said))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("night", [False, True])
def test_text_and_edges_can_be_told_from_what_is_behind_them(night: bool) -> None:
    known = colours(night)
    weak = {
        (one, other): round(contrast(known[one], known[other]), 2)
        for pairs, least in ((TEXT, 4.5), (EDGES, 3.0))
        for one, other in pairs
        if contrast(known[one], known[other]) < least
    }
    assert weak == {}


def test_every_colour_by_day_has_one_by_night_and_stands_nowhere_else() -> None:
    day, night = colours(False), colours(True)
    same_by_night = {name for name in day if day[name] == night[name]}
    assert same_by_night == {"mat", "mat-ink", "mat-link", "box"}  # pictures stay on white
    rest = SHEET[SHEET.index("*, *::before") :]
    allowed = {"#ffdf8a", "#1b2024", "#14181b", "#e7e9ea", "#98a2aa", "#ffcf70", "#ff9aa5"}  # marker, log
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rest)) <= allowed
