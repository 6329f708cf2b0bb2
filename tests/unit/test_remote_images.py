"""The adapter for remote images endpoints, against a server on loopback."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from fairstock.adapters.remote_errors import (
    RemoteAnswerUnusable,
    RemoteRefused,
    RemoteUnavailable,
    SizeNotOffered,
)
from fairstock.adapters.remote_images import ATTEMPTS, RemoteImages
from fairstock.generation.ports import CannotEdit

Answer = tuple[int, dict[str, str], bytes]


class Endpoint(ThreadingHTTPServer):
    """Gives prepared answers in turn, the last one again and again, and notes what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Answer] = []
        self.asked: list[tuple[str, str | None, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        kind = self.headers["content-type"]
        body = json.loads(data) if kind == "application/json" else form(kind, data)
        self.server.asked.append((self.path, self.headers["authorization"], body))
        answers = self.server.answers
        status, headers, data = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  named so by the base class
        """Say nothing."""


def form(kind: str, data: bytes) -> dict[str, Any]:
    """The parts of a multipart form by name: text, or bytes where they have a file name."""
    message = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + data, policy=HTTP)
    parts: dict[str, Any] = {}
    for part in message.iter_parts():
        value = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        parts[name] = value if part.get_filename() else value.decode()
    return parts


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def picture(size: int = 512) -> Answer:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), (200, 30, 30)).save(buffer, format="PNG")
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return 200, {}, json.dumps({"created": 1, "data": [{"b64_json": encoded}]}).encode()


def refusal(status: int, message: str = "no", **headers: str) -> Answer:
    return status, headers, json.dumps({"error": {"message": message}}).encode()


def remote(endpoint: Endpoint, waits: list[float] | None = None, **options: Any) -> RemoteImages:
    return RemoteImages(
        endpoint.url, "sk-secret", "draw-2", sleep=([] if waits is None else waits).append, **options
    )


def test_one_request_a_picture_with_key_model_and_size(endpoint: Endpoint) -> None:
    endpoint.answers = [picture(512)]
    adapter = remote(endpoint)
    pictures = adapter.generate("a red apple", [4, 5], 512)
    assert [each.seed for each in pictures] == [4, 5]
    path, key, body = endpoint.asked[0]
    assert (path, key) == ("/v1/images/generations", "Bearer sk-secret")
    assert body == {
        "model": "draw-2",
        "prompt": "a red apple",
        "n": 1,
        "size": "512x512",
        "response_format": "b64_json",
    }
    assert len(endpoint.asked) == 2
    assert adapter.release_id == "127.0.0.1/draw-2"
    adapter.close()


def test_the_size_comes_out_exactly_even_where_the_service_has_one_size_only(endpoint: Endpoint) -> None:
    endpoint.answers = [picture(1024)]
    adapter = remote(endpoint, offered=(1024,), sends_seed=True)
    (made,) = adapter.generate("apple", [9], 256)
    with Image.open(io.BytesIO(made.png)) as image:
        assert image.size == (256, 256)
    assert endpoint.asked[0][2]["size"] == "1024x1024"
    assert endpoint.asked[0][2]["seed"] == 9
    adapter.close()


def test_a_service_that_is_busy_is_asked_again_as_late_as_it_wishes(endpoint: Endpoint) -> None:
    endpoint.answers = [refusal(429, **{"retry-after": "7"}), refusal(503), picture()]
    waits: list[float] = []
    adapter = remote(endpoint, waits)
    assert len(adapter.generate("apple", [1], 512)) == 1
    assert waits == [7.0, 2.0]
    adapter.close()


def test_a_service_that_stays_busy_is_given_up(endpoint: Endpoint) -> None:
    endpoint.answers = [refusal(503, "overloaded")]
    adapter = remote(endpoint)
    with pytest.raises(RemoteUnavailable, match="overloaded"):
        adapter.generate("apple", [1], 512)
    assert len(endpoint.asked) == ATTEMPTS
    adapter.close()


@pytest.mark.parametrize("status", [500, 502, 504])
def test_what_may_have_been_billed_is_not_asked_for_twice(endpoint: Endpoint, status: int) -> None:
    endpoint.answers = [refusal(status)]
    adapter = remote(endpoint)
    with pytest.raises(RemoteUnavailable):
        adapter.generate("apple", [1], 512)
    assert len(endpoint.asked) == 1
    adapter.close()


def test_a_rejected_key_or_prompt_is_the_callers_fault_and_the_key_is_not_shown(endpoint: Endpoint) -> None:
    endpoint.answers = [refusal(401, "Incorrect API key provided"), refusal(400, "content policy")]
    adapter = remote(endpoint)
    with pytest.raises(RemoteRefused, match="check the API key") as caught:
        adapter.generate("apple", [1], 512)
    assert "sk-secret" not in str(caught.value)
    with pytest.raises(RemoteRefused, match="content policy"):
        adapter.generate("apple", [1], 512)
    adapter.close()


@pytest.mark.parametrize(
    "data", [b"<html>", b"{}", b'{"data": [{"url": "http://x"}]}', b'{"data": [{"b64_json": "AAAA"}]}']
)
def test_an_answer_without_a_picture_is_named(endpoint: Endpoint, data: bytes) -> None:
    endpoint.answers = [(200, {}, data)]
    adapter = remote(endpoint)
    with pytest.raises(RemoteAnswerUnusable):
        adapter.generate("apple", [1], 512)
    adapter.close()


def test_nobody_at_the_address_is_tried_again_and_then_told(endpoint: Endpoint) -> None:
    waits: list[float] = []
    adapter = RemoteImages("http://127.0.0.1:9", "k", "m", sleep=waits.append)
    with pytest.raises(RemoteUnavailable, match=r"127\.0\.0\.1:9"):
        adapter.generate("apple", [1], 512)
    assert waits == [1.0, 2.0, 4.0]
    with pytest.raises(SizeNotOffered):
        adapter.generate("apple", [1], 300)
    adapter.close()


def test_edits_and_variations_travel_as_forms_with_the_mask_transparent_where_it_changes(
    endpoint: Endpoint,
) -> None:
    endpoint.answers = [picture(256)]
    adapter = remote(endpoint)
    image = Image.new("RGB", (256, 256), (10, 20, 30))
    mask = Image.new("L", (256, 256))
    mask.paste(255, (0, 0, 128, 256))
    assert adapter.edit("a pear", image, mask, [3], 256, strength=0.5)[0].seed == 3
    adapter.edit("a pear", image, None, [3], 256, strength=0.5)
    adapter.vary(image, [3], 256)
    (path, key, body), (_, _, whole), (varied_path, _, varied) = endpoint.asked
    assert (path, varied_path) == ("/v1/images/edits", "/v1/images/variations")
    assert key == "Bearer sk-secret"
    assert (body["prompt"], body["n"], body["size"]) == ("a pear", "1", "256x256")
    with Image.open(io.BytesIO(body["mask"])) as sent:
        assert [sent.getpixel((1, 1)), sent.getpixel((200, 1))] == [(10, 20, 30, 0), (10, 20, 30, 255)]
    assert body["image"] == whole["image"] == varied["image"]
    assert "mask" not in whole
    assert "prompt" not in varied
    with pytest.raises(CannotEdit):
        adapter.edit("a pear", image, None, [3], 256, strength=0.5, guide=image)
    adapter.close()
