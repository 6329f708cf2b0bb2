"""`fairstock statement`: one contributor's statement as a file."""

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fairstock.bootstrap import get_app
from fairstock.kit.errors import BadInput
from fairstock.kit.months import checked_month


class Form(StrEnum):
    """How a statement is written."""

    json = "json"
    csv = "csv"
    pdf = "pdf"


class NothingPublished(BadInput):
    """The contributor has no published statement of the month."""

    def __init__(self, handle: str, period: str) -> None:
        super().__init__(
            f"{handle} has no published statement of {period}.", remedy=f"run publish for {period} first"
        )


def statement(
    period: Annotated[str, typer.Argument(help="A closed month, YYYY-MM.", callback=checked_month)],
    handle: Annotated[str, typer.Argument(help="The contributor's handle.")],
    form: Annotated[Form, typer.Option("--format", help="pdf is set from the published JSON.")] = Form.json,
    output: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
) -> None:
    """Write the statement that was published last for a contributor and month."""
    from fairstock.party.store import by_handle
    from fairstock.statement.edition import published

    app = get_app()
    with app.transaction() as conn:
        who = by_handle(conn, handle).id
        found = published(conn, app.objects, period, [who]).get(who)
    if found is None:
        raise NothingPublished(handle, period)
    data = {Form.json: found.json, Form.csv: found.csv}.get(form) or _pdf(found.json)
    if output:
        output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)


def _pdf(data: bytes) -> bytes:
    from fairstock.statement.pdf import as_pdf

    return as_pdf(json.loads(data))
