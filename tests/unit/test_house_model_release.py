"""A release: written whole, read back, and generating pictures that are no copies."""

from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from factories.clipart import works
from PIL import Image

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model import generator as generator_module
from fairstock.adapters.house_model.errors import ManifestChanged, NotARelease, OnlyCopies, UnknownSize
from fairstock.adapters.house_model.generator import HouseGenerator
from fairstock.adapters.house_model.guard import CopyGuard, Nearness
from fairstock.adapters.house_model.pipeline import HousePipeline
from fairstock.adapters.house_model.release import make_projector, manifest, read_works, release_info
from fairstock.adapters.house_model.trainer import HouseTrainer
from fairstock.adapters.house_model.vectors import render, trace
from fairstock.training.model import ReleaseInfo

COMMITTED = Path(generator_module.__file__).parents[2] / "data" / "house-1"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ReleaseInfo]:
    folder = tmp_path_factory.mktemp("house")
    trainer = HouseTrainer("cpu")
    assert trainer.train(works(), folder / "work", seed=3, max_steps=2, max_seconds=None, progress=print)
    return folder / "release", trainer.export(folder / "work", folder / "release", "house-test")


@pytest.fixture(scope="module")
def release(exported: tuple[Path, ReleaseInfo]) -> Path:
    return exported[0]


@pytest.fixture(scope="module")
def generator(release: Path) -> HouseGenerator:
    return HouseGenerator(release, device="cpu")


def test_a_release_says_what_went_into_it(exported: tuple[Path, ReleaseInfo]) -> None:
    release, info = exported
    assert release_info(release) == info
    entries = manifest(release)
    assert len(entries) == info.trained_on == len(works())
    assert {entry.sha256 for entry in entries} == {work.sha256 for work in works()}
    assert {entry.contributor for entry in entries} == {"Contributor A", "Contributor B", "Contributor C"}
    assert "house-test" in (release / "README.md").read_text()
    assert info.parameters > 1_000_000


def test_a_pipeline_survives_saving_and_loading(release: Path, tmp_path: Path) -> None:
    pipeline = HousePipeline.from_pretrained(release, local_files_only=True)
    pipeline.save_pretrained(tmp_path, variant="fp16", safe_serialization=True)
    again = HousePipeline.from_pretrained(tmp_path, variant="fp16", local_files_only=True)
    zeros = np.zeros((1, 3, 32, 32), dtype=np.float32)
    given = (
        np.zeros((1, 512), np.float32),
        np.zeros((1, 9, 32, 32), np.float32),
        HousePipeline.noise_of(1, 0),
    )
    one, other = (each(*given, zeros, steps=2).small for each in (pipeline, again))
    assert np.array_equal(one, other)


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_pictures_have_exactly_the_size_asked_for(generator: HouseGenerator, size: int) -> None:
    (picture,) = generator.generate("apple", [7], size)
    with Image.open(io.BytesIO(picture.png)) as image:
        assert image.size == (size, size)
        assert image.mode == "RGB"
        assert image.info == {}
    assert picture.seed == 7
    assert set(picture.retrieved) <= {work.sha256 for work in works()}
    assert len(picture.retrieved) == 3


def test_a_seed_means_one_picture_whatever_else_is_asked_for(generator: HouseGenerator) -> None:
    alone = generator.generate("house", [2], 256)[0]
    first, second = generator.generate("house", [1, 2], 256)
    assert second == alone
    assert first.png != second.png


def test_an_unknown_size_is_refused(generator: HouseGenerator) -> None:
    with pytest.raises(UnknownSize, match="256, 512, 1024"):
        generator.generate("apple", [1], 300)


def test_the_guard_knows_a_training_work_and_its_mirror_image(release: Path) -> None:
    known = read_works(release)
    guard = CopyGuard(known, EffnetFeatures())
    large = np.asarray(Image.fromarray(known.small[4]).resize((128, 128), Image.Resampling.BICUBIC))
    for picture in (large, large[:, ::-1]):
        nearness = guard.judge(np.ascontiguousarray(picture))
        assert nearness is not None
        assert nearness.copy
    fresh = np.full((128, 128, 3), 255, dtype=np.uint8)
    fresh[10:30, 5:120] = (250, 0, 250)
    fresh[60:120, 5:60] = (0, 250, 250)
    nearness = guard.judge(fresh)
    assert nearness is not None
    assert not nearness.copy
    assert guard.judge(np.full((128, 128, 3), 255, dtype=np.uint8)) is None


def test_copies_are_thrown_away_and_counted(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[np.ndarray] = []

    def twice_a_copy(self: CopyGuard, picture: np.ndarray) -> Nearness:
        looks.append(picture)
        return Nearness("00" * 32, 0.9, copy=len(looks) <= 2)

    monkeypatch.setattr(CopyGuard, "judge", twice_a_copy)
    (picture,) = HouseGenerator(release, device="cpu").generate("tree", [5], 256)
    assert picture.attempts == 3
    assert not np.array_equal(looks[0], looks[1])


def test_copies_alone_are_never_delivered(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CopyGuard, "judge", lambda self, picture: Nearness("00" * 32, 0.9, copy=True))
    monkeypatch.setattr(generator_module, "MOST_ATTEMPTS", 2)
    with pytest.raises(OnlyCopies, match="“tree” with seed 5"):
        HouseGenerator(release, device="cpu").generate("tree", [5], 256)


def test_an_altered_manifest_is_noticed(release: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    data = gzip.decompress((copy / "manifest.csv.gz").read_bytes()).replace(
        b"Contributor A", b"Contributor Z"
    )
    (copy / "manifest.csv.gz").write_bytes(gzip.compress(data))
    with pytest.raises(ManifestChanged):
        manifest(copy)
    with pytest.raises(NotARelease):
        HouseGenerator(tmp_path)


def test_tracing_gives_flat_colours_and_clean_edges() -> None:
    picture = np.full((128, 128, 3), 255, dtype=np.uint8)
    picture[30:98, 30:98] = (200, 30, 30)
    with Image.open(io.BytesIO(render(trace(picture), 512))) as image:
        pixels = np.asarray(image).reshape(-1, 3).astype(int)
    plain = (np.abs(pixels - 255).max(axis=1) <= 3) | (
        np.abs(pixels - np.array([200, 30, 30])).max(axis=1) <= 3
    )
    assert plain.mean() > 0.98


def test_the_committed_release_is_whole() -> None:
    info, entries = release_info(COMMITTED), manifest(COMMITTED)
    assert info.release_id == "house-1"
    assert len(entries) == info.trained_on
    works = read_works(COMMITTED)
    assert [entry.sha256 for entry in works.entries] == [entry.sha256 for entry in entries]
    assert works.image.shape == (len(entries), 128)
    assert np.linalg.norm(works.image, axis=1) == pytest.approx(np.ones(len(entries)), abs=1e-3)
    project = make_projector(works, EffnetFeatures())
    picture = Image.fromarray(works.small[10]).resize((128, 128), Image.Resampling.BICUBIC)
    assert (project([picture]) @ works.image.T)[0].argmax() == 10  # a work finds itself
    size = sum(file.stat().st_size for file in COMMITTED.rglob("*") if file.is_file())
    assert size < 25_000_000
    assert len(HouseGenerator(COMMITTED, device="cpu").generate("a red apple", [1], 256)[0].png) > 500
