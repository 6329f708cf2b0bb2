"""Labelled pictures to learn from and to be measured on: a folder with a manifest.csv, and plain folders."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fairstock.kit.errors import BadInput

KINDS = {"ai": True, "real": False}
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


_MANIFEST = "give a folder with a manifest.csv of at least path, label (ai or real) and source"
_FOLDER = "give ai|real:SOURCE:STYLE:FOLDER with a folder of PNG, JPEG or WebP files"
_PEOPLE = "give SOURCE:STYLE:FOLDER; in FOLDER lies a folder of PNG, JPEG or WebP files for each person"
_KINDS = "give pictures of both kinds from two repositories or more each"


class BadCases(BadInput):
    """A folder of cases cannot be used."""

    def __init__(self, folder: Path | str, problem: str, remedy: str = _MANIFEST) -> None:
        super().__init__(f"{folder} cannot be used as cases: {problem}.", remedy=remedy)


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
    rows = _manifest(folder)
    missing = {"path", "label", "source"} - set(rows[0] if rows else ())
    if missing:
        raise BadCases(folder, f"its manifest.csv lacks {', '.join(sorted(missing)) if rows else 'lines'}")
    cases = [_case(folder, row) for row in rows if row["label"] in KINDS]
    if not cases:
        labels = ", ".join(sorted({repr(row["label"] or "") for row in rows})[:5])
        raise BadCases(folder, f"no line of its manifest.csv has the label ai or real, but {labels}")
    absent = [case.path.relative_to(folder) for case in cases if not case.path.is_file()]
    if absent:
        raise BadCases(folder, f"{len(absent)} pictures are missing, among them {absent[0]}")
    return cases


def _manifest(folder: Path) -> list[dict[str, str | None]]:
    """The lines of manifest.csv, by column; a byte order mark, as spreadsheets write it, does not matter."""
    if not folder.is_dir():
        raise BadCases(folder, "there is no such folder")
    try:
        with (folder / "manifest.csv").open(newline="", encoding="utf-8-sig") as lines:
            return list(csv.DictReader(lines))
    except FileNotFoundError as error:
        raise BadCases(folder, "no manifest.csv lies in it") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadCases(folder, f"its manifest.csv cannot be read ({error})") from error


def check(cases: Sequence[Case]) -> None:
    """Raises BadCases where one kind is missing, or would be where its one repository is left out."""
    homes: dict[bool, set[str]] = {True: set(), False: set()}
    for case, home in zip(cases, groups(cases), strict=True):
        homes[case.generated].add(home)
    for name, made in KINDS.items():
        if not homes[made]:
            raise BadCases("What was given", f"it has no picture of the kind {name}", _KINDS)
        if len(homes[made]) == 1:
            (home,) = homes[made]
            told = f"all {name} pictures are of one repository ({home}); without it none is left"
            raise BadCases("What was given", told, _KINDS)


def _case(folder: Path, row: Mapping[str, str | None]) -> Case:
    source = row["source"] or ""
    words = f"{row.get('generator') or ''} {source}".lower()
    style = "clip art" if "clip" in words else "painting" if "paint" in words else "other"
    pair = row.get("repo") or source
    return Case(folder / (row["path"] or ""), row["label"] == "ai", source, style, pair)


def read_folder(text: str) -> list[Case]:
    """Cases of a plain folder given as KIND:SOURCE:STYLE:FOLDER, its pictures in the order of their names."""
    parts = text.split(":", 3)
    if len(parts) < 4 or parts[0] not in KINDS:
        raise BadCases(text, "it is not of the form ai|real:SOURCE:STYLE:FOLDER", _FOLDER)
    kind, source, style, name = parts
    folder = Path(name)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise BadCases(
            folder, "no picture lies there" if folder.is_dir() else "there is no such folder", _FOLDER
        )
    return [Case(path, KINDS[kind], source, style, source) for path in files]


def read_accounts(text: str) -> list[Case]:
    """Human accounts given as SOURCE:STYLE:FOLDER: each folder within is a person, who is the case's source;
    SOURCE is the repository that they belong to, whose pictures no model may have seen that judges them.
    """
    parts = text.split(":", 2)
    folder = Path(parts[-1])
    if len(parts) < 3 or not folder.is_dir():
        raise BadCases(text, "it is not of the form SOURCE:STYLE:FOLDER with a folder that is there", _PEOPLE)
    source, style, _ = parts
    people = sorted(each for each in folder.iterdir() if each.is_dir())
    cases = [
        Case(path, False, person.name, style, source)
        for person in people
        for path in sorted(person.iterdir())
        if path.suffix.lower() in SUFFIXES
    ]
    if not cases:
        raise BadCases(folder, "no folder with pictures lies in it", _PEOPLE)
    return cases


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
