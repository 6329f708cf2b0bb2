"""The OpenAPI document against the running server: odd calls of all kinds, no 5xx, nothing off the schema."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from web.api.conftest import Studio

from fairstock.web.api.asks import CONSENT, REFINE, STRENGTH
from fairstock.web.api.openapi import document


def wrong_data_is_refused(context: Any, response: Any, case: Case) -> bool | None:
    """As Schemathesis checks it; it does not know that a body may be too large (413)."""
    return None if response.status_code == 413 else negative_data_rejection(context, response, case)


CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    wrong_data_is_refused,
    ignored_auth,
)
EXAMPLES = 40
OPERATIONS = [
    (path, method)
    for path, item in document("http://127.0.0.1/v1", "house-1")["paths"].items()
    for method in item
    if method in ("get", "post")
]


def test_the_document_is_served_without_a_key_and_names_the_house(studio: Studio) -> None:
    served = httpx.get(f"{studio.url}/v1/openapi.json").json()
    assert served["servers"] == [{"url": f"{studio.url}/v1"}]
    assert served == document(f"{studio.url}/v1", "house-1")


def test_our_own_fields_and_calls_are_in_the_document() -> None:
    paths = document("http://127.0.0.1/v1", "house-1")["paths"]
    assert ("/images/offers", "post") in OPERATIONS
    for path, body, fields in (
        ("/images/generations", "application/json", {REFINE, STRENGTH, "diversity", "visible_mark"}),
        ("/images/edits", "multipart/form-data", {REFINE, STRENGTH, CONSENT, "visible_mark"}),
        ("/images/variations", "multipart/form-data", {CONSENT}),
    ):
        content = paths[path]["post"]["requestBody"]["content"]
        assert fields <= set(content[body]["schema"]["properties"])


def picture_of_ours(studio: Studio, secret: str) -> str:
    """The id of a picture that was made for this key's buyer."""
    with studio.client(secret) as client:
        answer = client.post("/v1/images/generations", json={"prompt": "a red apple", "size": "256x256"})
    return str(answer.headers["x-fairstock-pictures"])


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_call_breaks_the_server_or_its_schema(
    studio: Studio, path: str, method: str, mode: GenerationMode
) -> None:
    """Calls that fit the document, and calls that break it on purpose."""
    secret = studio.key(requests_per_minute=100_000, images_per_minute=100_000)
    schema = schemathesis.openapi.from_dict(document(f"{studio.url}/v1", "house-1"))
    operation = schema[path][method.upper()]
    if mode is GenerationMode.NEGATIVE and not (operation.body or operation.path_parameters):
        pytest.skip("the operation takes nothing that could be wrong")

    own = picture_of_ours(studio, secret) if mode is GenerationMode.POSITIVE else None

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), ours=st.booleans())
    def call(case: Case, ours: bool) -> None:
        if own and ours and isinstance(case.body, dict) and case.body.get(REFINE):
            case.body[REFINE] = own  # chance names none that exists
        case.call_and_validate(
            f"{studio.url}/v1",
            headers={"Authorization": f"Bearer {secret}"},
            checks=list(CHECKS),
            timeout=120,
        )

    call()
    assert studio.checks() == []
