"""Port ``TextEmbedding``: what prompt moderation relies on, checked on the real encoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from fairstock.adapters import bge_small
from fairstock.adapters.bge_small import BGE_PARTS, BgeSmall, EncoderMissing, shared_bge
from fairstock.adapters.sentences import Sentences
from fairstock.moderation.classifier import centred

TEXTS = [
    "a cat on a sofa",
    "a kitten on a couch",
    "the annual report of a bank, with tables and many figures",
]


def test_vectors_are_unit_vectors_side_by_side() -> None:
    vectors = Sentences()(TEXTS)
    assert vectors.shape == (3, sum(Sentences.parts))
    for part in np.split(vectors, np.cumsum(Sentences.parts)[:-1], axis=1):
        assert np.allclose(np.linalg.norm(part, axis=1), 1, atol=1e-3)
        assert part[0] @ part[1] > part[0] @ part[2]


def test_a_text_has_the_same_vector_alone_and_among_others() -> None:
    together = Sentences()(TEXTS)
    for text, vector in zip(TEXTS, together, strict=True):
        assert np.allclose(Sentences()([text])[0], vector, atol=1e-5)


def test_no_text_and_empty_text_and_endless_text() -> None:
    assert shared_bge()([]).shape == (0, sum(BGE_PARTS))
    assert np.isfinite(Sentences()([""])).all()
    endless = shared_bge()(["word " * 400, "word " * 500])
    assert np.allclose(endless[0], endless[1])  # what is past the limit is not read
    for text in ("word " * 400, "x" * 1000, " " + "x" * 1000, "\u4e2d\u6587" * 500):
        assert np.isfinite(Sentences()([text])).all()


def test_another_model_in_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = bge_small._folder()
    model = onnx.load(known / "model.onnx")
    del model.graph.node[1:]
    onnx.save(model, tmp_path / "model.onnx")
    (tmp_path / "tokenizer.json").write_bytes((known / "tokenizer.json").read_bytes())
    monkeypatch.setattr(bge_small, "_folder", lambda: tmp_path)
    with pytest.raises(EncoderMissing, match="others"):
        BgeSmall()


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bge_small, "find_spec", lambda _name: None)
    with pytest.raises(EncoderMissing, match="bge-small"):
        BgeSmall()


def test_centred_parts_weigh_the_same() -> None:
    vectors = np.array([[3.0, 1.0, 10.0], [1.0, 1.0, 0.0]], dtype=np.float32)
    made = centred(vectors, np.array([2.0, 1.0, 5.0], dtype=np.float32), (2, 1))
    assert np.allclose(made, np.array([[1, 0, 1], [-1, 0, -1]]) / np.sqrt(2))
