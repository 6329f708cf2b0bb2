"""The reader of Open Clip Art, on a small tree that the test writes."""

from pathlib import Path

import pytest
from PIL import Image

from fairstock.adapters.openclipart import PUBLIC_DOMAIN, NotOpenClipArt, read_openclipart

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:cc="http://web.resource.org/cc/"><cc:Work rdf:about=""><dc:title>{title}</dc:title>
<dc:subject><rdf:Bag><rdf:li>Fruit</rdf:li><rdf:li>fruit</rdf:li><rdf:li>unsorted</rdf:li></rdf:Bag></dc:subject>
<dc:creator><cc:Agent><dc:title>{author}</dc:title></cc:Agent></dc:creator></cc:Work></rdf:RDF>"""


def _write(root: Path, key: str, svg: str) -> None:
    for kind in ("png", "svg"):
        (root / kind / key).parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), "red").save(root / "png" / f"{key}.png")
    (root / "svg" / f"{key}.svg").write_text(svg, encoding="utf-8")


def _svg(title: str = "An apple", author: str = "Ada Example", head: str = "") -> str:
    return f'{head}<svg xmlns="http://www.w3.org/2000/svg">{RDF.format(title=title, author=author)}</svg>'


def test_title_author_and_keywords_come_from_the_rdf(tmp_path: Path) -> None:
    _write(tmp_path, "food/apple_01", _svg())
    (work,) = read_openclipart(tmp_path)
    assert (work.key, work.title, work.author) == ("food/apple_01", "An apple", "Ada Example")
    assert work.keywords == ("fruit",)
    assert work.folder == ("food",)
    assert work.license == PUBLIC_DOMAIN
    assert work.training


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Jo Sample [jo@example.org]", "Jo Sample"),
        ("Jo Sample &lt;jo@example.org&gt;", "Jo Sample"),
        ("Josu&amp;Atilde;&amp;copy; Sample", "Josué Sample"),
        ("unknown", None),
        ("jo@example.org", None),
        ("", None),
    ],
)
def test_names_are_readable_and_carry_no_addresses(tmp_path: Path, written: str, read: str | None) -> None:
    _write(tmp_path, "a/b", _svg(author=written))
    assert next(read_openclipart(tmp_path)).author == read


def test_a_drawing_with_entities_still_names_its_author(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY lol "&ns_svg;&ns_svg;">]>'
    _write(tmp_path, "a/b", _svg(head=doctype))
    assert next(read_openclipart(tmp_path)).author == "Ada Example"


@pytest.mark.parametrize("broken", ["", "<svg", "<svg><rdf:RDF><dc:title>x</rdf:RDF></svg>", "\x00\xff"])
def test_a_broken_drawing_keeps_the_picture_under_its_files_name(tmp_path: Path, broken: str) -> None:
    _write(tmp_path, "a/red_ball", broken)
    (work,) = read_openclipart(tmp_path)
    assert (work.title, work.author) == ("red ball", None)


def test_a_folder_without_the_trees_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotOpenClipArt, match="no folders png and svg") as caught:
        list(read_openclipart(tmp_path))
    assert str(tmp_path) in str(caught.value)
    assert caught.value.exit_code == 2
