"""`fairstock moderate` with lines that are no prompts: one sentence names the line and what it lacks."""

from __future__ import annotations

import pytest

from fairstock.cli.look import NotAPrompt, _prompt


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"a cat", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'{"id": 1, "prompt": "caf\xe9"}', "it is not UTF-8"),
        (b'["id", "prompt"]', "it is no JSON object"),
        (b'{"prompt": "a cat"}', "it has no “id”"),
        (b'{"id": 1}', "it has no “prompt”"),
        (b'{"id": 1, "prompt": 5}', "its prompt is no text"),
    ],
)
def test_what_is_no_prompt_is_named(line: bytes, problem: str) -> None:
    with pytest.raises(NotAPrompt, match=f"Line 3 is no prompt: {problem}"):
        _prompt(3, line)


def test_prompts_keep_their_id_as_it_was_written() -> None:
    assert _prompt(1, '{"id": {"row": 1}, "prompt": "café"}'.encode()) == ({"row": 1}, "café")
    assert _prompt(1, b'{"id": null, "prompt": "\\ud800 cat"}') == (None, "\ud800 cat")
