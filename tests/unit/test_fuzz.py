"""Hostile files through the real gate, the reader of credentials and the marks: no flow is ever hurt.

The bench (``python -m tests.bench.fuzz``) does the same with a hundred thousand.
"""

from __future__ import annotations

from itertools import islice

import pytest
from factories.mutations import bombs, mutated

from fairstock.adapters.confined import open_guard
from tests.bench.fuzz import through_the_gate

COUNT = 2000


@pytest.mark.timeout(300)
def test_hostile_files_hurt_nobody_but_their_process() -> None:
    with open_guard() as guard:
        hostile = through_the_gate(guard, bombs())
        outcome = through_the_gate(guard, islice(mutated(20261122), COUNT))
    assert outcome.files == COUNT
    assert outcome.verdicts["accept"] > 0, "some mutations leave a picture"
    assert outcome.verdicts["unreadable"] > 0
    assert hostile.verdicts["too_much_metadata"] >= 2
    assert hostile.ended + outcome.ended < 5
