"""The generation port over a remote images endpoint of the OpenAI kind: POST {base}/v1/images/generations,
/edits and /variations.

Reference: https://platform.openai.com/docs/api-reference/images. One request makes one picture, so
that a failure never loses pictures that were already paid for.
"""

from __future__ import annotations

import base64
import binascii
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from PIL import Image, ImageChops, UnidentifiedImageError

from fairstock.adapters.remote_errors import (
    RemoteAnswerUnusable,
    RemoteRefused,
    RemoteUnavailable,
    SizeNotOffered,
)
from fairstock.generation.model import GeneratedPicture
from fairstock.generation.ports import CannotEdit

SIZES = frozenset({256, 512, 1024})
"""Sides of delivered pictures in pixels."""

TIMEOUT = httpx.Timeout(180.0, connect=10.0)
"""Seconds: a picture may take minutes, a connection may not."""

ATTEMPTS = 4
"""Requests for one picture at most."""

LONGEST_WAIT = 30.0
"""Seconds waited between two requests at most, whatever the server asks for."""

NOT_STARTED = frozenset({429, 503})
"""Answers by which a server says that it did not begin the work; only after these is a request repeated."""

MOST_PIXELS = 40_000_000
"""Pixels of an answer's picture that are decoded at most."""

_File = tuple[str, bytes, str]
"""Name, bytes and type of a form's part."""


class RemoteImages:
    """Asks a service for pictures; nothing is repeated that may already have been billed."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        model: str,
        *,
        offered: Sequence[int] = (256, 512, 1024),
        sends_seed: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """``offered`` are the sides that the service makes; ``sends_seed`` for services that know the
        field.
        """
        self._model, self._offered, self._sends_seed, self._sleep = model, sorted(offered), sends_seed, sleep
        self._base = f"{base_url.rstrip('/').removesuffix('/v1')}/v1/images"
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {api_key}"}, timeout=TIMEOUT, follow_redirects=False
        )

    @property
    def release_id(self) -> str:
        """The service's host and the model's name there."""
        return f"{httpx.URL(self._base).host}/{self._model}"

    @property
    def sizes(self) -> frozenset[int]:
        """256, 512 and 1024 pixels."""
        return SIZES

    def generate(self, prompt: str, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """One picture per seed; a service without seeds gives another picture each time.

        Raises SizeNotOffered, RemoteRefused (the request or the key is at fault), RemoteUnavailable (the
        network or the service is) and RemoteAnswerUnusable.
        """
        return [self._picture("generations", {"prompt": prompt}, {}, seed, size) for seed in seeds]

    def edit(
        self,
        prompt: str,
        image: Image.Image,
        mask: Image.Image | None,
        seeds: Sequence[int],
        size: int,
        *,
        strength: float,
        guide: Image.Image | None = None,
    ) -> list[GeneratedPicture]:
        """The service's own edits; it knows neither ``strength`` nor, so CannotEdit, a second picture.

        Raises what ``generate`` raises. Not every service takes an edit without a mask.
        """
        if guide is not None:
            raise CannotEdit(self.release_id)
        files = {"image": _file("image", image)}
        if mask is not None:
            clear = image.convert("RGBA")
            clear.putalpha(ImageChops.invert(mask))
            files["mask"] = _file("mask", clear)
        return [self._picture("edits", {"prompt": prompt}, files, seed, size) for seed in seeds]

    def vary(self, image: Image.Image, seeds: Sequence[int], size: int) -> list[GeneratedPicture]:
        """The service's own variations; raises what ``generate`` raises."""
        files = {"image": _file("image", image)}
        return [self._picture("variations", {}, files, seed, size) for seed in seeds]

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _picture(
        self, what: str, words: dict[str, str], files: dict[str, _File], seed: int, size: int
    ) -> GeneratedPicture:
        if size not in SIZES:
            raise SizeNotOffered(size, SIZES)
        side = next((offered for offered in self._offered if offered >= size), self._offered[-1])
        body: dict[str, Any] = {"model": self._model, **words, "n": 1, "size": f"{side}x{side}"}
        body["response_format"] = "b64_json"
        if self._sends_seed:
            body["seed"] = seed
        url = f"{self._base}/{what}"
        # Files travel as a form, whose fields are text; words alone travel as JSON.
        given: dict[str, Any] = {"data": body, "files": files} if files else {"json": body}
        png = _to_png(self._ask(url, given), size, url)
        return GeneratedPicture(
            png=png, seed=seed, attempts=1, retrieved=(), nearest_sha256=None, nearest_similarity=None
        )

    def _ask(self, url: str, given: dict[str, Any]) -> bytes:
        """The picture's bytes as the service sent them."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._client.post(url, **given)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if attempt == ATTEMPTS:
                    raise RemoteUnavailable(url, str(error) or "no connection") from error
                self._sleep(2.0 ** (attempt - 1))
                continue
            except httpx.HTTPError as error:
                # The request was sent: the picture may have been made and billed, so a person has to decide.
                raise RemoteUnavailable(url, f"{type(error).__name__} after the request was sent") from error
            if response.status_code in NOT_STARTED and attempt < ATTEMPTS:
                self._sleep(_wait(response, attempt))
                continue
            return _picture_in(response, url)
        raise AssertionError("unreachable")


def _file(name: str, picture: Image.Image) -> _File:
    """A part of a form, as PNG."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return f"{name}.png", buffer.getvalue(), "image/png"


def _wait(response: httpx.Response, attempt: int) -> float:
    """Seconds that the server asks to wait, else 1, 2, 4 …"""
    asked = response.headers.get("retry-after", "")
    return min(LONGEST_WAIT, float(asked) if asked.isdecimal() else 2.0 ** (attempt - 1))


def _picture_in(response: httpx.Response, url: str) -> bytes:
    if 400 <= response.status_code < 500 and response.status_code not in NOT_STARTED:
        raise RemoteRefused(url, response.status_code, _message(response))
    if response.status_code != 200:
        raise RemoteUnavailable(url, f"status {response.status_code}, {_message(response)}")
    try:
        return base64.b64decode(response.json()["data"][0]["b64_json"], validate=True)
    except (ValueError, KeyError, IndexError, TypeError, binascii.Error) as error:
        raise RemoteAnswerUnusable(url, "no data[0].b64_json in it") from error


def _message(response: httpx.Response) -> str:
    """The service's own words, shortened; OpenAI puts them under error.message."""
    try:
        return str(response.json()["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return response.text[:120] or "no explanation"


def _to_png(data: bytes, size: int, url: str) -> bytes:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise RemoteAnswerUnusable(url, f"its picture has {image.width} × {image.height} pixels")
            picture = image.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise RemoteAnswerUnusable(url, "its picture cannot be decoded") from error
    if picture.size != (size, size):
        picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()
