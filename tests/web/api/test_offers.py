"""Search first, create on a miss, for applications: matches, price and split before anything is made."""

from __future__ import annotations

from decimal import Decimal

from web.api.conftest import Studio
from web.api.test_images import GENERATE, refusal

OFFER = "/v1/images/offers"


def test_an_offer_says_what_there_is_and_what_making_it_costs_and_to_whom_it_goes(studio: Studio) -> None:
    ask = {"prompt": "a red apple", "size": "512x512", "n": 2}
    with studio.client() as client:
        miss = client.post(OFFER, json=ask).json()
        assert (miss["matches"], miss["hit"]) == ([], False)
        assert client.post(GENERATE, json=ask).status_code == 200
        found = client.post(OFFER, json=ask).json()
    assert (found["hit"], found["total"], len(found["matches"])) == (True, 2, 2)
    assert found["matches"][0]["url"].startswith(f"{studio.url}/works/ast_")
    create = found["create"]
    assert (create["currency"], create["price_each"], create["price"]) == ("USD", "0.018", "0.036")
    assert Decimal(create["to_contributors"]) + Decimal(create["to_house"]) == Decimal(create["price"])
    assert studio.count("license_sale") == 2  # those of the pictures; offers cost nothing


def test_an_offer_is_asked_for_as_a_picture_is(studio: Studio) -> None:
    with studio.client() as client:
        for ask, param in (({}, "prompt"), ({"prompt": "x", "n": 0}, "n"), ({"prompt": "x", "m": 1}, "m")):
            assert refusal(client.post(OFFER, json=ask), 400)["param"] == param
