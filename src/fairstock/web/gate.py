"""What contributors send through the pages, and the run that screens it."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from fairstock.bootstrap import App
from fairstock.kit.flowruns import DeploymentMissing, FlowServerDown
from fairstock.kit.ids import derived_id
from fairstock.party.model import Party
from fairstock.upload.intake import receive
from fairstock.upload.manifest import Line
from fairstock.upload.metadata import clean

LONGEST_NAME = 200
"""Characters that are kept of a file's name, from its end."""
_FLOW = "ingest_uploads"
log = logging.getLogger(__name__)


def take(  # noqa: PLR0917 - one form's fields
    app: App,
    whose: Party,
    files: Sequence[tuple[str, BinaryIO]],
    order: str,
    title: str,
    keywords: str,
    description: str,
    claim: str,
    release: str,
) -> list[str]:
    """Store the files (name, content) as uploads of ``whose``; the ids. The same ``order`` is one delivery,
    so a form sent twice is taken once.

    The words are said of all of them; a title only of a single file, others are titled by their names.
    """
    words = tuple(dict.fromkeys(clean(one.strip()) for one in re.split("[,;]", keywords) if one.strip()))
    with TemporaryDirectory(prefix="fairstock-sent-") as folder:
        lines = []
        for position, (name, content) in enumerate(files):
            path = Path(folder) / str(position)
            path.write_bytes(content.read())
            filename = clean(name)[-LONGEST_NAME:]
            called = clean(title.strip()) if len(files) == 1 else ""
            lines.append(
                Line(
                    position=position,
                    path=str(path),
                    filename=filename,
                    contributor=whose.handle,
                    title=called or Path(filename).stem.replace("_", " "),
                    keywords=words,
                    claim=claim,
                    description=clean(description.strip()),
                    model_release=release,
                )
            )
        with app.transaction() as conn:
            return receive(
                conn,
                app.objects,
                lines,
                contributors={whose.handle: whose.id},
                batch=f"pages {app.clock.now():%Y-%m-%d} {order[-6:]}",
                limits=app.decode_guard.limits,
                clock=app.clock,
            )


def screen_what_waits(app: App, key: str) -> bool:
    """Start the flow that screens what was received, once for each ``key``; False where no flow server runs
    it now, and what was received waits for the next run.
    """
    try:
        app.flow_runs.start(_FLOW, {}, key=derived_id("web", _FLOW, key))
    except (FlowServerDown, DeploymentMissing) as error:
        log.warning("What was sent is not screened yet: %s", error)
        return False
    return True
