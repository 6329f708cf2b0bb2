"""The ground on which a picture is drawn: one shown work, bent out of shape, in another's colours.

A small model, a few hours trained, knows better how things look in detail than how they are laid out. So
drawing does not begin with noise alone (Meng et al. 2022, SDEdit, arXiv 2108.01073): the ground gives the
layout, much noise over it takes the details away, and the denoiser finds new ones.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from fairstock.adapters.house_model.pictures import SMALL
from fairstock.adapters.house_model.retrieval import SHOWN

TURN, STRETCH, SHEAR, BEND = 0.16, 0.14, 0.12, 0.05
"""Most radians turned, share stretched, shear, and share of the side by which control points move."""

SMALLER = 1.12
"""How much smaller a work becomes, so that turning it does not push it over the edge."""

FOREIGN = 0.8
"""Most of the way from a work's own colours to those of another."""


def make_ground(
    shown: NDArray[np.float32], random: np.random.Generator, *, mirror: bool
) -> NDArray[np.float32]:
    """A ground (1, 3, 32, 32) from the works shown (1, 9, 32, 32), all in -1 … 1.

    It is the first work in the colours of another; ``mirror`` allows turning sides.
    """
    works = shown.reshape(SHOWN, 3, SMALL, SMALL)
    real = [work for work in works if np.abs(work).any()]
    if not real:
        return np.ones((1, 3, SMALL, SMALL), dtype=np.float32)
    other = real[int(random.integers(1, len(real)))] if len(real) > 1 else real[0]
    moved = recolour(real[0], other, float(random.uniform(0.0, FOREIGN)))
    return bend(moved, random, mirror=mirror)[None]


def recolour(work: NDArray[np.float32], other: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The work's inked pixels, moved ``share`` of the way to the other's mean and spread of colours."""
    ink, foreign = work.min(axis=0) < INKED, other.min(axis=0) < INKED
    if ink.sum() < FEWEST or foreign.sum() < FEWEST:
        return work
    own, theirs = work[:, ink], other[:, foreign]
    own_mean, mean = own.mean(axis=1, keepdims=True), theirs.mean(axis=1, keepdims=True)
    spread = np.clip(theirs.std(axis=1, keepdims=True) / (own.std(axis=1, keepdims=True) + 0.05), 0.6, 1.6)
    moved = work.copy()
    moved[:, ink] = np.clip(own + share * ((own - own_mean) * spread + mean - own), -1.0, 1.0)
    return moved


INKED, FEWEST = 0.85, 12
"""Value below which a pixel belongs to the subject, and pixels without which colours are left alone."""


def bend(work: NDArray[np.float32], random: np.random.Generator, *, mirror: bool) -> NDArray[np.float32]:
    """Turn, stretch, shear and bend (3, 32, 32) a little, on white."""
    turn, shear = random.uniform(-TURN, TURN), random.uniform(-SHEAR, SHEAR)
    wide, high = SMALLER + random.uniform(-STRETCH, STRETCH, 2)
    side = -1.0 if mirror and random.random() < 0.5 else 1.0
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = matrix @ np.array([[side * wide, shear], [0.0, high]])
    theta = torch.tensor(np.concatenate([matrix, np.zeros((2, 1))], axis=1)[None], dtype=torch.float32)
    grid = functional.affine_grid(theta, [1, 3, SMALL, SMALL], align_corners=False)
    control = torch.from_numpy(random.uniform(-2 * BEND, 2 * BEND, (1, 2, 4, 4)).astype(np.float32))
    field = functional.interpolate(control, size=(SMALL, SMALL), mode="bicubic", align_corners=True)
    source = torch.from_numpy(work)[None] - 1.0  # white is 0 here, which is what lies outside
    bent = functional.grid_sample(source, grid + field.permute(0, 2, 3, 1), align_corners=False) + 1.0
    ground: NDArray[np.float32] = bent[0].clamp(-1.0, 1.0).numpy()
    return ground
