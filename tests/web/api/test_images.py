"""Pictures over the wire: what a client gets, what it pays, and what is refused."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image
from web.api.conftest import Studio

GENERATE = "/v1/images/generations"
EDIT = "/v1/images/edits"


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refusal(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The error, which has all four keys whatever it is."""
    assert answer.status_code == status, answer.text
    assert answer.headers["x-request-id"].startswith("req_")
    error: dict[str, Any] = answer.json()["error"]
    assert {"message", "type", "param", "code"} <= error.keys()
    return error


def test_a_prompt_alone_gives_one_large_picture_by_link(studio: Studio) -> None:
    with studio.client() as client:
        answer = client.post(GENERATE, json={"prompt": "a red apple"})
        assert answer.status_code == 200
        body = answer.json()
        assert body.keys() == {"created", "data"}
        assert isinstance(body["created"], int)
        (picture,) = body["data"]
        assert picture["url"].startswith(f"{studio.url}/v1/images/files/ast_")
        assert answer.headers["x-request-id"].startswith("req_")
        assert answer.headers["x-ratelimit-limit-requests"] == "1000"
        assert answer.headers["x-ratelimit-remaining-requests"] == "999"
        assert answer.headers["x-ratelimit-reset-requests"] == "1s"
    file = httpx.get(picture["url"])  # without a key
    assert file.headers["content-type"] == "image/png"
    assert opened(file.content).size == (1024, 1024)
    assert studio.count("license_sale") == 1
    assert studio.checks() == []


def test_pictures_in_the_answer_itself_at_the_size_that_was_asked(studio: Studio) -> None:
    ask = {"prompt": "a red apple", "n": 3, "size": "256x256", "response_format": "b64_json", "user": "u1"}
    with studio.client() as client:
        body = client.post(GENERATE, json={**ask, "model": "dall-e-2"}).json()
    pictures = [base64.b64decode(each["b64_json"]) for each in body["data"]]
    assert [opened(each).size for each in pictures] == [(256, 256)] * 3
    assert len(set(pictures)) == 3
    assert all(each.keys() == {"b64_json"} for each in body["data"])
    assert studio.count("license_sale") == 3


def test_null_means_the_default(studio: Studio) -> None:
    nulls = dict.fromkeys(["n", "size", "response_format", "user", "model", "quality", "stream"])
    later = {"quality": "standard", "style": "vivid", "background": "auto", "output_format": "png"}
    with studio.client() as client:
        assert len(client.post(GENERATE, json={"prompt": "an apple", **nulls}).json()["data"]) == 1
        small = {"prompt": "an apple", "size": "256x256", **later, "stream": False, "n": 1.0}
        assert client.post(GENERATE, json=small).status_code == 200


FIELDS = {
    "prompt missing": ({}, "prompt", "missing_required_parameter"),
    "prompt null": ({"prompt": None}, "prompt", "missing_required_parameter"),
    "prompt blank": ({"prompt": " \n"}, "prompt", "string_below_min_length"),
    "prompt long": ({"prompt": "a" * 1001}, "prompt", "string_above_max_length"),
    "prompt number": ({"prompt": 5}, "prompt", "invalid_type"),
    "prompt surrogate": ({"prompt": "a \ud800 b"}, "prompt", "invalid_value"),
    "prompt zero byte": ({"prompt": "a\x00b"}, "prompt", "invalid_value"),
    "n text": ({"n": "2"}, "n", "invalid_type"),
    "n true": ({"n": True}, "n", "invalid_type"),
    "n half": ({"n": 1.5}, "n", "invalid_type"),
    "n none": ({"n": 0}, "n", "integer_below_min_value"),
    "n eleven": ({"n": 11}, "n", "integer_above_max_value"),
    "n huge": ({"n": 10**300}, "n", "integer_above_max_value"),
    "size": ({"size": "640x480"}, "size", "invalid_value"),
    "size number": ({"size": 256}, "size", "invalid_type"),
    "format": ({"response_format": "jpeg"}, "response_format", "invalid_value"),
    "user surrogate": ({"user": "\udfff"}, "user", "invalid_value"),
    "model": ({"model": "dall-e-9"}, "model", "model_not_found"),
    "later parameter": ({"quality": "hd"}, "quality", "unsupported_value"),
    "streaming": ({"stream": True}, "stream", "unsupported_value"),
    "unknown": ({"colour": "red"}, "colour", "unknown_parameter"),
    "unknown surrogate": ({"\ud800": "red"}, "?", "unknown_parameter"),
    "own option": ({"diversity": "maybe"}, "diversity", "invalid_value"),
}


def test_each_wrong_field_is_named_and_nothing_is_charged(studio: Studio) -> None:
    with studio.client() as client:
        for case, (change, param, code) in FIELDS.items():
            ask = {"prompt": "an apple", **change} if case != "prompt missing" else {}
            body = json.dumps(ask).encode()
            answer = client.post(GENERATE, content=body, headers={"content-type": "application/json"})
            error = refusal(answer, 404 if code == "model_not_found" else 400)
            assert (case, error["param"], error["code"]) == (case, param, code)
            assert error["type"] == "invalid_request_error"
    assert studio.count("api_call") == studio.count("generation_request") == 0


BODIES = {
    "no JSON": (b"{prompt", "application/json", "invalid_json"),
    "empty": (b"", "application/json", "invalid_json"),
    "not UTF-8": (b'{"prompt": "\xff\xfe"}', "application/json", "invalid_json"),
    "a list": (b"[]", "application/json", "invalid_json"),
    "not a number": (b'{"prompt": "a", "n": NaN}', "application/json", "invalid_json"),
    "endless digits": (b'{"n": ' + b"9" * 5000 + b"}", "application/json", "invalid_json"),
    "deep": (b'{"prompt": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "application/json", "invalid_json"),
    "form": (b"prompt=apple", "application/x-www-form-urlencoded", "unsupported_content_type"),
    "odd type": (b'{"prompt": "a"}', "text/plain", "unsupported_content_type"),
    "no type": (b'{"prompt": "a"}', None, "unsupported_content_type"),
}


def test_each_wrong_body_is_one_clear_error(studio: Studio) -> None:
    with studio.client() as client:
        for case, (body, kind, code) in BODIES.items():
            headers = {"content-type": kind} if kind else {}
            error = refusal(client.post(GENERATE, content=body, headers=headers), 400)
            assert (case, error["code"]) == (case, code)
        refusal(
            client.post(GENERATE, content=b" " * 1_000_001, headers={"content-type": "application/json"}), 413
        )
        wrong = {"content-type": "multipart/form-data"}
        assert refusal(client.post(EDIT, content=b"x", headers=wrong), 400)["code"] == "invalid_multipart"
        wrong = {"content-type": "multipart/form-data; boundary=b"}
        assert refusal(client.post(EDIT, content=b"--c\r\nx", headers=wrong), 400)["code"]
        assert refusal(client.post(EDIT, json={"prompt": "a"}), 400)["code"] == "unsupported_content_type"


def test_unknown_addresses_and_methods_have_the_same_shape(studio: Studio) -> None:
    with studio.client() as client:
        assert refusal(client.get("/v1/engines"), 404)["code"] == "unknown_url"
        assert refusal(client.get("/v1/"), 404)["code"] == "unknown_url"
        wrong = client.get(GENERATE)
        assert refusal(wrong, 405)["code"] == "method_not_allowed"
        assert wrong.headers["allow"] == "POST"
        assert refusal(client.delete("/v1/models"), 405)["type"] == "invalid_request_error"


def test_a_key_must_be_there_known_and_open(studio: Studio) -> None:
    ask = {"prompt": "an apple"}
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer fsk-wrong"}):
        error = refusal(httpx.post(studio.url + GENERATE, json=ask, headers=headers), 401)
        assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_api_key")
    secret = studio.key()
    with studio.app.transaction() as conn:
        from fairstock.access import keys, store

        keys.revoke(conn, store.keys(conn)[0].id, studio.app.clock)
    with studio.client(secret) as client:
        assert "revoked" in refusal(client.post(GENERATE, json=ask), 401)["message"]


def test_what_the_policy_refuses_is_told_with_its_words_and_costs_nothing(studio: Studio) -> None:
    with studio.client() as client:
        error = refusal(client.post(GENERATE, json={"prompt": "a severed head"}), 400)
    assert error["code"] == "content_policy_violation"
    assert error["moderation"]["category"] == "violence/graphic"
    assert error["moderation"]["span"]["text"] in "a severed head"
    assert studio.count("license_sale") == 0
    assert studio.count("api_call WHERE state = 'failed'") == 1
    assert studio.checks() == []


def test_models_under_both_names(studio: Studio) -> None:
    with studio.client() as client:
        listed = client.get("/v1/models").json()
        assert [each["id"] for each in listed["data"]] == ["dall-e-2", "house-1"]
        assert client.get("/v1/models/dall-e-2").json()["object"] == "model"
        error = refusal(client.get("/v1/models/gpt-4"), 404)
        assert (error["param"], error["code"]) == ("model", "model_not_found")


@pytest.mark.parametrize("given", ["a red apple", ["a red apple", "a severed head"]])
def test_texts_are_judged_in_thirteen_categories(studio: Studio, given: str | list[str]) -> None:
    with studio.client() as client:
        answer = client.post("/v1/moderations", json={"input": given, "model": "omni-moderation-latest"})
    body = answer.json()
    assert body.keys() == {"id", "model", "results"}
    flagged = [each["flagged"] for each in body["results"]]
    assert flagged == ([False] if isinstance(given, str) else [False, True])
    for each in body["results"]:
        names = each["categories"].keys()
        assert len(names) == 13
        assert each["category_scores"].keys() == names == each["category_applied_input_types"].keys()
        assert any(each["categories"].values()) == each["flagged"]
    assert studio.count("generation_request") == 0


def test_typed_parts_are_one_text(studio: Studio) -> None:
    parts = [{"type": "text", "text": "a severed"}, {"type": "text", "text": "head"}]
    with studio.client() as client:
        assert len(client.post("/v1/moderations", json={"input": parts}).json()["results"]) == 1
        for wrong in ([], 5, [None], [{"type": "image_url"}], [parts[0], "text"], None, "a\ud800"):
            content = json.dumps({"input": wrong}).encode()
            headers = {"content-type": "application/json"}
            error = refusal(client.post("/v1/moderations", content=content, headers=headers), 400)
            assert error["param"] == "input"


def test_a_path_with_a_line_break_gets_an_api_error_too(studio: Studio) -> None:
    with studio.client() as client:
        answer = client.get("/v1/models/odd%0Aname")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) >= {"message", "type", "param", "code"}
