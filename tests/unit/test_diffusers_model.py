"""Any diffusers pipeline behind the port: a tiny Stable Diffusion, made here with random weights."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from fairstock.adapters.diffusers_model import DiffusersGenerator, ModelNotUsable, SizeNotMade
from fairstock.generation.ports import CannotEdit


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny-sd")
    torch.manual_seed(0)
    words = CLIPTextConfig(
        vocab_size=200,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=0,
        eos_token_id=1,
    )
    pipeline = StableDiffusionPipeline(
        vae=AutoencoderKL(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            norm_num_groups=4,
        ),
        text_encoder=CLIPTextModel(words),
        tokenizer=_tokenizer(folder / "words"),
        unet=UNet2DConditionModel(
            sample_size=16,
            block_out_channels=(8, 16),
            layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=16,
            attention_head_dim=4,
            norm_num_groups=4,
        ),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder / "model", safe_serialization=True)
    return folder / "model"


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """A vocabulary of single letters."""
    folder.mkdir()
    letters = [letter + end for end in ("", "</w>") for letter in "abcdefghijklmnopqrstuvwxyz"]
    tokens = ["<|startoftext|>", "<|endoftext|>", *letters]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=16)


def test_a_pipeline_from_a_directory_makes_the_sizes_asked_for_and_repeats_itself(tiny: Path) -> None:
    generator = DiffusersGenerator(str(tiny), steps=2, device="cpu", local_files_only=True)
    first, second = generator.generate("a red apple", [1, 2], 256)
    assert first.png != second.png
    assert (first.seed, first.attempts, first.retrieved, first.nearest_sha256) == (1, 1, (), None)
    for picture in (first, second):
        with Image.open(io.BytesIO(picture.png)) as image:
            assert image.size == (256, 256)
    assert generator.generate("a red apple", [2], 256) == [second]
    with Image.open(io.BytesIO(generator.generate("a red apple", [1], 512)[0].png)) as image:
        assert image.size == (512, 512)


def test_a_release_is_named_by_id_and_revision(tiny: Path) -> None:
    assert DiffusersGenerator("org/model", "abc123").release_id == "org/model@abc123"
    assert DiffusersGenerator(str(tiny)).release_id == f"{tiny}@unpinned"


def test_a_model_that_cannot_be_loaded_and_an_unknown_size_are_told_in_a_sentence(tmp_path: Path) -> None:
    generator = DiffusersGenerator(str(tmp_path / "nothing"), "r1", device="cpu", local_files_only=True)
    with pytest.raises(ModelNotUsable, match="at revision r1 cannot be loaded"):
        generator.generate("apple", [1], 256)
    with pytest.raises(SizeNotMade):
        generator.generate("apple", [1], 300)


def test_the_kin_of_a_pipeline_edits_and_varies_over_the_same_weights(tiny: Path) -> None:
    generator = DiffusersGenerator(str(tiny), steps=2, device="cpu", local_files_only=True)
    image = Image.new("RGB", (256, 256), (200, 30, 30))
    mask = Image.new("L", (256, 256))
    mask.paste(255, (64, 64, 192, 192))
    inside = generator.edit("a pear", image, mask, [1, 2], 256, strength=0.5)
    whole = generator.edit("a pear", image, None, [1], 256, strength=0.3)
    varied = generator.vary(image, [1], 512)
    assert len({each.png for each in (*inside, *whole, *varied)}) == 4
    assert generator.edit("a pear", image, mask, [2], 256, strength=0.5) == inside[1:]
    for picture, size in ((inside[0], 256), (whole[0], 256), (varied[0], 512)):
        with Image.open(io.BytesIO(picture.png)) as made:
            assert (made.mode, made.size) == ("RGB", (size, size))
    with pytest.raises(CannotEdit, match="unpinned"):
        generator.edit("a pear", image, None, [1], 256, strength=0.5, guide=image)
    with pytest.raises(SizeNotMade):
        generator.vary(image, [1], 300)
