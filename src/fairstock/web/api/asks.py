"""The three image endpoints' parameters: which there are, what holds where one is missing, what is refused.

Defaults and limits are those of the public specification, version 1.1.0 of November 2022; parameters that it
gained later are taken at their default value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from fairstock.generation.edit_rules import STRENGTHS
from fairstock.generation.rules import MOST_PICTURES, PROMPT_LIMIT
from fairstock.web.api import fields
from fairstock.web.api.bodies import Body
from fairstock.web.api.errors import ApiError, BadField

SIZES = ("256x256", "512x512", "1024x1024")
ALIAS = "dall-e-2"
"""What clients of 2022 call the model."""
_USER_LIMIT = 256
_URL_LIMIT = 2000
_COMMON = frozenset({"n", "size", "response_format", "user", "model"})
_LATER: Mapping[str, tuple[Any, ...]] = {
    "background": ("auto",),
    "input_fidelity": ("low",),
    "moderation": ("auto",),
    "output_compression": (100,),
    "output_format": ("png",),
    "partial_images": (0,),
    "quality": ("standard", "auto"),
    "stream": (False,),
    "style": ("vivid",),
}
OPTIONS: Mapping[str, tuple[str, ...]] = {"diversity": ("on", "off"), "visible_mark": ("on", "off")}
"""Our own options, which the official clients send with ``extra_body``."""
REFINE = "refine_of"
"""Ours: the earlier picture, by id or by the URL of its answer, that is carried on."""
STRENGTH = "strength"
"""Ours: how far a change of a whole picture may leave it."""
CONSENT = "consent_declared"
"""Ours, for pictures that show a person: the buyer declares to have that person's consent."""


class Endpoint(StrEnum):
    """What can be asked for."""

    generations = "generations"
    """Pictures from words."""
    edits = "edits"
    """A picture, changed by words, inside a mask where there is one."""
    variations = "variations"
    """Pictures like a picture."""


_KNOWN = {
    Endpoint.generations: _COMMON | {"prompt", REFINE, STRENGTH} | set(OPTIONS),
    Endpoint.edits: _COMMON | {"prompt", "image", "mask", CONSENT, REFINE, STRENGTH} | set(OPTIONS),
    Endpoint.variations: _COMMON | {"image", CONSENT},
}
_UNFIT = {Endpoint.variations: {"background", "moderation", "quality", "style", "input_fidelity"}}
"""Later parameters that an endpoint never had."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked ask."""

    endpoint: Endpoint
    prompt: str
    """Empty for variations."""
    n: int
    size: int
    """Edge in pixels."""
    as_url: bool
    user: str | None
    options: dict[str, str] = field(default_factory=dict)
    image: bytes | None = None
    """As it was sent; only edits and variations have one."""
    mask: bytes | None = None
    refine_of: str | None = None
    """Id of the caller's own picture that is carried on; then ``image`` is only what guides it."""

    @property
    def digest(self) -> str:
        """SHA-256 of what is asked, which a retry shares though its multipart boundary differs.

        How the pictures are delivered is part of it: another format is another call.
        """
        told = asdict(self) | {name: _digest(getattr(self, name)) for name in ("image", "mask")}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


class UnknownModel(ApiError):
    """A model that the house does not have."""

    def __init__(self, name: str) -> None:
        message = f"The model '{name[:80]}' does not exist, or you do not have access to it."
        super().__init__(404, message, param="model", code="model_not_found")


def read_ask(endpoint: Endpoint, body: Body, models: frozenset[str]) -> Wanted:
    """The ask in a body; ``models`` are the names that the house's model answers to.

    Raises ``BadField`` and ``UnknownModel``.
    """
    known = _KNOWN[endpoint]
    later = {name: each for name, each in _LATER.items() if name not in _UNFIT.get(endpoint, ())}
    fields.check_known(body, frozenset(known), later)
    model = fields.text(body, "model")
    if model is not None and model not in models:
        raise UnknownModel(model)
    takes_picture = endpoint is not Endpoint.generations
    refined = _refined(body) if REFINE in known else None
    n, size = _amount(body)
    return Wanted(
        endpoint=endpoint,
        prompt=_prompt(body) if "prompt" in known else "",
        n=n,
        size=size,
        as_url=fields.choice(body, "response_format", ("url", "b64_json")) != "b64_json",
        user=fields.text(body, "user", most=_USER_LIMIT),
        options=_options(body, known, has_picture=takes_picture or refined is not None),
        image=_file(body, "image", required=refined is None) if takes_picture else None,
        mask=_file(body, "mask", required=False) if "mask" in known else None,
        refine_of=refined,
    )


def offer_ask(body: Body) -> tuple[str, int, int]:
    """Prompt, number and edge in pixels that an offer is asked for. Raises ``BadField``."""
    fields.check_known(body, frozenset({"prompt", "n", "size"}), {})
    return _prompt(body), *_amount(body)


def _amount(body: Body) -> tuple[int, int]:
    """How many pictures, and their edge in pixels."""
    n = fields.whole(body, "n", least=1, most=MOST_PICTURES) or 1
    return n, int((fields.choice(body, "size", SIZES) or SIZES[-1]).partition("x")[0])


def _prompt(body: Body) -> str:
    prompt = fields.text(body, "prompt", most=PROMPT_LIMIT)
    if prompt is None:
        raise fields.missing("prompt")
    if not prompt.strip():
        raise BadField("prompt", "Invalid 'prompt': it is empty.", "string_below_min_length")
    return prompt


def _options(body: Body, known: frozenset[str] | set[str], *, has_picture: bool) -> dict[str, str]:
    """Our own options that were set."""
    chosen = {name: fields.choice(body, name, each) for name, each in OPTIONS.items() if name in known}
    if CONSENT in known:
        chosen[CONSENT] = fields.choice(body, CONSENT, ("true", "false"))
    if STRENGTH in known:
        share = fields.number(body, STRENGTH, least=STRENGTHS[0], most=STRENGTHS[1])
        if share is not None and not has_picture:
            message = f"Invalid '{STRENGTH}': it says how far a picture is changed; send '{REFINE}' too."
            raise BadField(STRENGTH, message, "unsupported_value")
        chosen[STRENGTH] = None if share is None else repr(share)
    return {name: value for name, value in chosen.items() if value is not None}


def _refined(body: Body) -> str | None:
    """The id in ``refine_of``, which may be the whole URL of a picture; None where there is none."""
    given = fields.text(body, REFINE, most=_URL_LIMIT)
    if given is None:
        return None
    name = given.partition("?")[0].rpartition("/")[2]
    if not name:
        raise BadField(REFINE, f"Invalid '{REFINE}': expected a picture's id, or the URL of its answer.")
    return name.removesuffix(".png")


def _file(body: Body, name: str, *, required: bool) -> bytes | None:
    """The one file of this name."""
    sent = body.files.get(name, [])
    if name in body.fields and body.fields[name] not in (None, ""):
        raise BadField(name, f"Invalid '{name}': expected a file, got text.", "invalid_type")
    if not sent and required:
        raise fields.missing(name)
    if len(sent) > 1:
        raise BadField(
            name, f"Invalid '{name}': this model takes one file, got {len(sent)}.", "too_many_files"
        )
    return sent[0] if sent else None


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
