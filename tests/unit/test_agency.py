"""Names of agencies: read with errors and cut off they are found, in other words they are not."""

from __future__ import annotations

import pytest

from fairstock.screening.rights.agency import agency_in, names_owner, shipped


@pytest.mark.parametrize("name", sorted(shipped().written))
def test_each_agency_is_found_as_it_writes_itself(name: str) -> None:
    assert agency_in(name) == name
    assert agency_in(f"Credit: {name} / 123456") == name


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("shutterst0ck", "Shutterstock"),
        ("SHUTTERSTCK", "Shutterstock"),
        ("utterstock", "Shutterstock"),
        ("Getty lmages", "Getty Images"),
        ("www.dreamstime.com", "Dreamstime"),
        ("deposltphotos", "Depositphotos"),
        ("Image ID: 2A3B4C alamy", "Alamy"),
        ("iStock by Getty", "iStock"),
        ("123RF", "123RF"),
    ],
)
def test_reading_errors_and_fragments_are_forgiven(line: str, agency: str) -> None:
    assert agency_in(line) == agency


@pytest.mark.parametrize(
    "line",
    [
        "", "Woodstock 1969", "livestock market", "Thai stock exchange", "stock photo", "Adobe house",
        "photos",         "Gettysburg",
        "Stuttgart stock", "dream time", "a lamy pen", "shutter speed", "pond 5 km",
        "Freeport", "elements of nature", "images", "splash",
    ],
)  # fmt: skip
def test_other_words_are_no_agency(line: str) -> None:
    assert agency_in(line) is None


def test_fields_that_name_an_owner() -> None:
    assert all(names_owner(key) for key in ("photoshop:Credit", "dc:rights", "Copyright Notice", "Source"))
    assert not any(names_owner(key) for key in ("dc:title", "parameters", "Software", ""))
