"""Labelled pictures to learn from and to be measured on: a folder with a manifest.csv, and plain folders."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fairstock.kit.errors import BadInput

KINDS = {"ai": True, "real": False}
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


class BadCases(BadInput):
    """A folder of cases cannot be used."""

    def __init__(self, folder: Path, problem: str) -> None:
        super().__init__(
            f"{folder} cannot be used as cases: {problem}.",
            remedy="give a folder with a manifest.csv of at least path, label (ai or real) and source",
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled picture."""

    path: Path
    generated: bool
    source: str
    """Whoever collected it; pictures of one source are alike and stay together."""
    style: str
    """``clip art``, ``painting`` or ``other``; for figures apart, never for the model."""
    pair: str
    """Sources of one repository have the same name here and are left out together."""


def read_cases(folder: Path) -> list[Case]:
    """The cases of a folder's manifest.csv; lines with another label (fixtures) are passed over.

    Raises BadCases where the manifest is missing, lacks a column, or names no picture that is there.
    """
    manifest = folder / "manifest.csv"
    try:
        with manifest.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadCases(folder, f"its manifest.csv cannot be read ({error})") from error
    missing = {"path", "label", "source"} - set(rows[0] if rows else ())
    if missing:
        raise BadCases(folder, f"its manifest.csv lacks {', '.join(sorted(missing)) or 'lines'}")
    cases = [_case(folder, row) for row in rows if row["label"] in KINDS]
    absent = [case.path for case in cases if not case.path.is_file()]
    if absent:
        raise BadCases(folder, f"{len(absent)} pictures are missing, among them {absent[0].name}")
    if len({case.generated for case in cases}) < len(KINDS):
        raise BadCases(folder, "it needs pictures of both kinds, ai and real")
    return cases


def _case(folder: Path, row: dict[str, str]) -> Case:
    source = row["source"]
    words = f"{row.get('generator') or ''} {source}".lower()
    style = "clip art" if "clip" in words else "painting" if "paint" in words else "other"
    pair = row.get("repo") or source
    return Case(folder / row["path"], KINDS[row["label"]], source, style, pair)


def read_folder(text: str) -> list[Case]:
    """Cases of a plain folder given as KIND:SOURCE:STYLE:FOLDER, its pictures in the order of their names."""
    parts = text.split(":", 3)
    if len(parts) < 4 or parts[0] not in KINDS:
        raise BadCases(Path(text), "it is not of the form ai|real:SOURCE:STYLE:FOLDER")
    kind, source, style, name = parts
    folder = Path(name)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise BadCases(folder, "no picture lies there")
    return [Case(path, KINDS[kind], source, style, source) for path in files]


def read_accounts(text: str) -> list[Case]:
    """Human accounts given as SOURCE:STYLE:FOLDER: each folder within is a person, who is the case's source;
    SOURCE is the repository that they belong to, whose pictures no model may have seen that judges them.
    """
    parts = text.split(":", 2)
    folder = Path(parts[-1])
    if len(parts) < 3 or not folder.is_dir():
        raise BadCases(folder, "it is not of the form SOURCE:STYLE:FOLDER, with a folder for each person")
    source, style, _ = parts
    people = sorted(each for each in folder.iterdir() if each.is_dir())
    return [
        Case(path, False, person.name, style, source)
        for person in people
        for path in sorted(person.iterdir())
        if path.suffix.lower() in SUFFIXES
    ]


def groups(cases: Sequence[Case]) -> list[str]:
    """For each case, what is left out together with it: its repository, which all of its source share."""
    homes: dict[str, str] = {}
    for case in cases:
        homes.setdefault(case.source, case.pair)
    return [homes[case.source] for case in cases]


def at_home(people: Sequence[Case], cases: Sequence[Case]) -> list[Case]:
    """The people, moved to the repository that their source has among the cases, which may call it otherwise.

    Else a model would judge them that has seen pictures of the same collection.
    """
    homes = {case.source: home for case, home in zip(cases, groups(cases), strict=True)}
    return [replace(case, pair=homes.get(case.pair, case.pair)) for case in people]
