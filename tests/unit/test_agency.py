"""Names of agencies: read with errors and cut off they are found, in other words they are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairstock.screening.rights.agency import LETTERS_AN_ERROR, SHORT, agency_in, names_owner, shipped


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


LONG = [
    form for forms in shipped().written.values() for form in forms if len(form) > SHORT and form[-1] != "!"
]


@given(st.sampled_from(LONG), st.data())
def test_a_long_name_is_found_with_any_few_letters_wrong(form: str, data: st.DataObject) -> None:
    letters = list(form)
    for _ in range(len(form) // LETTERS_AN_ERROR):
        place = data.draw(st.integers(0, len(letters) - 1))
        letters[place] = data.draw(st.sampled_from(["", "x", letters[place] + "x"]))
    assert agency_in(f"by qq{''.join(letters)}qq 7") is not None


@pytest.mark.parametrize("part", ["a", "shutter", "getty ", "istock dreams "])
def test_a_field_of_millions_of_letters_costs_no_more_than_its_beginning(part: str) -> None:
    assert agency_in(part * 1_000_000) == agency_in(part * 100)


def test_fields_that_name_an_owner() -> None:
    assert all(names_owner(key) for key in ("photoshop:Credit", "dc:rights", "Copyright Notice", "Source"))
    assert not any(names_owner(key) for key in ("dc:title", "parameters", "Software", ""))
