"""When a failed task is worth another try."""

from __future__ import annotations

from typing import Any

from fairstock.kit.errors import BadInput, Inconsistent


def unless_hopeless(_task: object, _run: object, state: Any) -> bool:
    """Input that cannot be used stays so, and data that contradict themselves need a person; all else may
    pass. An error with ``causes`` (one for each part of a batch) is hopeless where each of them is.
    """
    trouble = state.result(raise_on_failure=False)
    causes = getattr(trouble, "causes", {}).values() or (trouble,)
    return not all(isinstance(cause, BadInput | Inconsistent) for cause in causes)
