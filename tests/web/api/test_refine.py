"""An earlier picture carried on through the API, by name or by its own file; the manifest keeps the chain."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text
from web.api.conftest import Studio, mask_file, picture_file, trusted_store
from web.api.test_edits import VARY
from web.api.test_images import EDIT, GENERATE, opened, refusal

SMALL = {"prompt": "a red apple", "size": "256x256"}


def first(client: httpx.Client, **fields: Any) -> tuple[str, str, bytes]:
    """Id, URL and file of a new picture."""
    answer = client.post(GENERATE, json={**SMALL, **fields})
    return answer.headers["x-fairstock-pictures"], *file_of(answer)


def file_of(answer: httpx.Response) -> tuple[str, bytes]:
    assert answer.status_code == 200, answer.text
    url = answer.json()["data"][0]["url"]
    return url, httpx.get(url).content


def ingredients(studio: Studio, data: bytes) -> list[tuple[str, bool]]:
    """(relationship, whether a manifest of its own came along) of ingredients, the model left out."""
    store = trusted_store(studio, data)
    found = store["manifests"][store["active_manifest"]]["ingredients"]
    return sorted(
        (each["relationship"], "active_manifest" in each) for each in found if not each.get("data_types")
    )


def test_words_carry_an_earlier_picture_on_and_the_chain_grows(studio: Studio) -> None:
    with studio.client() as client:
        name, url, _ = first(client)
        named = client.post(
            GENERATE, json={**SMALL, "prompt": "with a leaf", "refine_of": name, "strength": 0.3}
        )
        linked = client.post(GENERATE, json={**SMALL, "prompt": "with a leaf", "refine_of": url})
        again = client.post(GENERATE, json={**SMALL, "refine_of": named.headers["x-fairstock-pictures"]})
    for answer in (named, linked, again):
        assert ingredients(studio, file_of(answer)[1]) == [("parentOf", True)]
    rows = "generation_request WHERE kind = 'refine'"
    assert studio.count(f"{rows} AND parent_asset_id = '{name}'") == 2
    assert studio.count(f"{rows} AND options ->> 'strength' = '0.3'") == 1
    assert studio.count("license_sale") == 4
    assert studio.checks() == []


def test_a_guide_and_a_mask_come_with_the_words(studio: Studio) -> None:
    files = {"image": picture_file("JPEG", edge=300), "mask": mask_file()}
    with studio.client() as client:
        name, _, before = first(client)
        form = {**SMALL, "prompt": "a leaf", "refine_of": name}
        guided = client.post(EDIT, data=form, files=files)
        masked = client.post(EDIT, data=form, files={"mask": mask_file()})
    hole = np.asarray(opened(mask_file()))[..., 3] == 0
    for answer in (guided, masked):
        after = np.asarray(opened(file_of(answer)[1]).convert("RGB"))
        assert np.array_equal(after[~hole], np.asarray(opened(before))[~hole])
    assert ingredients(studio, file_of(guided)[1]) == [("inputTo", False), ("parentOf", True)]
    assert ingredients(studio, file_of(masked)[1]) == [("parentOf", True)]
    assert studio.count("asset WHERE state = 'private'") == 1  # the buyer's own guide is in it


@pytest.mark.parametrize("url", [EDIT, VARY])
def test_a_client_that_sends_its_picture_back_keeps_the_chain_without_knowing(
    studio: Studio, url: str
) -> None:
    words = {"prompt": "with a leaf"} if url == EDIT else {}
    with studio.client() as client:
        name, _, before = first(client)
        answer = client.post(url, data={"size": "256x256", **words}, files={"image": before})
        assert ingredients(studio, file_of(answer)[1]) == [("parentOf", True)]
    with studio.app.transaction() as conn:
        row = conn.execute(text("SELECT * FROM generation_request WHERE kind <> 'create'")).one()
    assert (row.parent_asset_id, row.source_sha256) == (name, None)
    with studio.client(studio.key()) as client:  # the same buyer, by another key
        assert client.post(VARY, data={"size": "256x256"}, files={"image": before}).status_code == 200


def test_what_cannot_be_carried_on_is_one_error(studio: Studio) -> None:
    with studio.client() as client:
        name, _, _ = first(client)
        with studio.app.transaction() as conn:
            conn.exec_driver_sql("UPDATE asset SET state = 'taken_down'")
        own, *_ = first(client)
        for refine_of, code in (("ast_unknown", "picture_not_found"), (name, "picture_not_found"),
                                ("https://x/", "invalid_value"), (7, "invalid_type")):  # fmt: skip
            error = refusal(client.post(GENERATE, json={**SMALL, "refine_of": refine_of}), 400)
            assert (error["param"], error["code"]) == ("refine_of", code)
        for strength in (0, 0.99, "0.5", True):
            error = refusal(
                client.post(GENERATE, json={**SMALL, "refine_of": own, "strength": strength}), 400
            )
            assert error["param"] == "strength"
        assert refusal(client.post(GENERATE, json={**SMALL, "strength": 0.5}), 400)["param"] == "strength"
        small = {"mask": mask_file(128)}
        error = refusal(client.post(EDIT, data={**SMALL, "refine_of": own}, files=small), 400)
        assert (error["param"], error["code"]) == ("mask", "invalid_mask")
    assert studio.count("license_sale") == studio.count("api_call") == 2


def test_another_buyers_picture_cannot_be_carried_on(studio: Studio) -> None:
    with studio.client() as client:
        name, _, data = first(client)
    with studio.app.transaction() as conn:
        conn.execute(text("UPDATE generation_request SET buyer_id = :other"), {"other": rival(studio)})
    with studio.client() as client:
        error = refusal(client.post(GENERATE, json={**SMALL, "refine_of": name}), 400)
        assert error["code"] == "picture_not_found"
        answer = client.post(EDIT, data=SMALL, files={"image": data})  # an upload like any other
        assert ingredients(studio, file_of(answer)[1]) == [("parentOf", True)]  # which keeps what it says
    assert studio.count("generation_request WHERE kind = 'edit'") == 1


def rival(studio: Studio) -> str:
    """The id of another buyer."""
    from factories.core import add_buyer

    with studio.app.transaction() as conn:
        return add_buyer(conn, "rival")


def test_the_size_may_change_on_the_way_and_the_answer_says_so(studio: Studio) -> None:
    with studio.client() as client:
        name, *_ = first(client)
        answer = client.post(GENERATE, json={**SMALL, "size": "512x512", "refine_of": name})
    assert answer.json()["converted"] == [{"param": "refine_of", "what": "256 to 512 pixels"}]
    assert Image.open(io.BytesIO(file_of(answer)[1])).size == (512, 512)
