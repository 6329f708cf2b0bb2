"""What routes need of the house."""

from __future__ import annotations

from typing import cast

from starlette.requests import Request

from fairstock.bootstrap import App
from fairstock.web.api.signing import Links


def parts(request: Request) -> tuple[App, Links]:
    """The marketplace and its links to files."""
    state = request.app.state
    return cast("App", state.house), cast("Links", state.links)
