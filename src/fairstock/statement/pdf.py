"""A statement as a PDF, typeset by Typst from the published JSON, so that both always say the same.

Names and titles of any script are set in the Noto fonts (SIL Open Font License) of the packages
``manimgx-fonts`` and ``manimgx-fonts-cjk``; no font of the machine is used, so every machine makes the
same page.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst

from fairstock.statement.view import view

TEMPLATE = Path(__file__).with_name("statement.typ")

FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")

FIRST_CHOICE = "Noto Sans"
"""Of the families; the others set what it lacks."""


def as_pdf(statement: dict[str, Any]) -> bytes:
    """The statement, given as its JSON with or without proof, as a tagged PDF; the same gives the same
    bytes.
    """
    document = {**view(statement), "fonts": list(_families())}
    made = typst.Compiler(input=TEMPLATE.read_bytes(), font_paths=_fonts(), ignore_system_fonts=True).compile(
        format="pdf",
        sys_inputs={"data": json.dumps(document, ensure_ascii=False)},
        timestamp=datetime(2000, 1, 1, tzinfo=UTC),  # the content decides, not the moment
    )
    if not isinstance(made, bytes):
        raise TypeError
    return made


@cache
def _fonts() -> typst.Fonts:
    """Found once a process: the CJK font alone is 32 MB."""
    folders = [
        str(folder)
        for package in FONT_PACKAGES
        if (spec := find_spec(package)) and spec.submodule_search_locations
        for folder in spec.submodule_search_locations
    ]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)


@cache
def _families() -> tuple[str, ...]:
    noto = sorted(family for family in _fonts().families() if family.startswith("Noto Sans"))
    return (FIRST_CHOICE, *(family for family in noto if family != FIRST_CHOICE))
