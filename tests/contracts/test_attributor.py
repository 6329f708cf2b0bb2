"""What every attribution method keeps to."""

import math

import pytest
from factories.core import picture
from factories.money import sha
from fakes.attributor import FixedAttributor

from fairstock.attribution.ports import Attributor


@pytest.fixture(params=["fixed"])
def attributor() -> Attributor:
    return FixedAttributor("house-test", [(sha("cat"), 0.25), (sha("dog"), 3.0)])


def test_it_says_what_it_is(attributor: Attributor) -> None:
    assert attributor.method
    assert attributor.version
    assert attributor.release_id


def test_every_picture_gets_weights_in_order(attributor: Attributor) -> None:
    pictures = [picture(1), picture(2), picture(3)]
    weights = attributor.attribute(pictures)
    assert len(weights) == 3
    assert attributor.attribute(pictures) == weights
    assert attributor.attribute(pictures[1:2]) == weights[1:2]


def test_weights_are_finite_not_negative_and_each_work_once(attributor: Attributor) -> None:
    for weights in attributor.attribute([picture(4)]):
        assert len({work for work, _ in weights}) == len(weights)
        assert all(len(work) == 64 and math.isfinite(weight) and weight >= 0 for work, weight in weights)


def test_no_pictures_no_weights(attributor: Attributor) -> None:
    assert attributor.attribute([]) == []
