"""What a client gets for pictures that were made."""

from __future__ import annotations

import base64
from typing import Any

from fairstock.asset.model import Asset
from fairstock.bootstrap import App
from fairstock.web.api.making import Made
from fairstock.web.api.references import Stored
from fairstock.web.api.signing import Links

PICTURES = "x-fairstock-pictures"
"""Header with the ids of the pictures, in order; the contract's body has no room for them."""
CONVERTED = "x-fairstock-converted"
"""Header that says what was converted of the pictures sent, such as ``image: JPEG to PNG``."""


def answer(house: App, links: Links, made: Made, stored: Stored, *, as_url: bool) -> dict[str, Any]:
    """``created`` and ``data``, in the order of the pictures; ``converted`` where something was, and each
    picture's ``revised_prompt`` where diversity was planned.
    """
    finished = made.request.finished_at or house.clock.now()
    pictures = [_picture(house, links, asset, as_url=as_url) for asset in made.pictures]
    if made.request.plan:
        for index, picture in enumerate(pictures):
            picture["revised_prompt"] = made.request.prompt_of(index)
    body: dict[str, Any] = {"created": int(finished.timestamp()), "data": pictures}
    if stored.converted:
        body["converted"] = [{"param": name, "what": words} for name, words in stored.converted]
    return body


def headers_of(made: Made, stored: Stored) -> dict[str, str]:
    """The pictures' ids, for ``refine_of``, and the conversion."""
    headers = {PICTURES: ", ".join(asset.id for asset in made.pictures)}
    if stored.converted:
        headers[CONVERTED] = "; ".join(f"{name}: {words}" for name, words in stored.converted)
    return headers


def _picture(house: App, links: Links, asset: Asset, *, as_url: bool) -> dict[str, str]:
    if as_url:
        return {"url": links.to(f"{asset.id}.png", house.clock.now())}
    return {"b64_json": base64.b64encode(house.objects.get(asset.sha256)).decode()}
