"""When a failed task is worth another try."""

from __future__ import annotations

from typing import Any

from fairstock.kit.errors import BadInput, Inconsistent


def unless_hopeless(_task: object, _run: object, state: Any) -> bool:
    """Input that cannot be used stays so, and data that contradict themselves need a person; all else may
    pass.
    """
    return not isinstance(state.result(raise_on_failure=False), BadInput | Inconsistent)
