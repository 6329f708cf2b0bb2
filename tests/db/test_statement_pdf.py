"""The PDF: set from the published JSON, readable for people of any script, with the notice on every page."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from factories.statements import NOTICE, Month, publish_all
from sqlalchemy import Connection

from fairstock.adapters.test_bank import TestBank
from fairstock.kit.objects import ObjectStore
from fairstock.statement.pdf import as_pdf
from fairstock.statement.view import view

NAMES = "Zoë Łukasz Дмитрий Ελένη 王小明 さくら 김민준 نور אורי สมชาย प्रिया"


@pytest.fixture
def statement(conn: Connection, objects: ObjectStore, tmp_path: Path) -> Any:
    month = Month(conn)
    month.pay(TestBank(tmp_path / "bank"))
    publish_all(month, objects, tmp_path / "out")
    return json.loads((tmp_path / "out" / "ann.json").read_bytes())


@pytest.fixture
def words(tmp_path: Path) -> Any:
    """A function from a PDF to the words of each page."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")

    def read(data: bytes) -> list[str]:
        path = tmp_path / "statement.pdf"
        path.write_bytes(data)
        done = subprocess.run([program, "-layout", str(path), "-"], capture_output=True, check=True)
        return done.stdout.decode().rstrip("\f").split("\f")

    return read


def test_it_says_what_the_json_says(statement: Any, words: Any) -> None:
    [page] = words(as_pdf(statement))
    for told in (
        "Statement for October 2026",
        "USD 5.0045",
        "Owed before",
        "Data deal with Studio",
        "Of all pools together",
        "licensed 2 works",
        "sale sal_",
    ):
        assert told in page
    assert statement["proof"]["root"] in page
    assert "verify.py" in page
    assert as_pdf(statement) == as_pdf(copy.deepcopy(statement))


def test_names_of_any_script_are_set(statement: Any, words: Any, recwarn: pytest.WarningsRecorder) -> None:
    statement["name"] = NAMES
    page = words(as_pdf(statement))[0]
    for name in ("Łukasz", "Дмитрий", "Ελένη", "王小明", "さくら", "김민준"):
        assert name in page
    assert not recwarn.list


def test_many_lines_fill_pages_and_each_says_that_the_money_is_invented(statement: Any, words: Any) -> None:
    [section] = statement["currencies"]
    influence = next(each for each in section["lines"] if each["part"] == "influence")
    section["lines"] = [{**influence, "title": f"Work {n}", "work_sha256": f"{n:064d}"} for n in range(450)]
    pages = words(as_pdf(statement))
    assert len(pages) > 5
    assert all(NOTICE in page for page in pages)
    assert "50 more lines are in the CSV and JSON files" in " ".join(pages[-2:])
    assert "438 more works" in pages[0]


def test_markup_in_titles_stays_text(statement: Any, words: Any) -> None:
    """A title is data: Typst never evaluates it."""
    statement["currencies"][0]["lines"][0]["title"] = "#panic() *x* $y$ @ref"
    assert "#panic() *x* $y$" in words(as_pdf(statement))[0]


def test_what_was_not_published_says_so(statement: Any) -> None:
    del statement["proof"]
    assert "not published yet" in view(statement)["proof"]
