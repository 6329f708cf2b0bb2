"""The training loop: resumable, stoppable at any moment, and with a decay of the rate that can be called
early.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from fairstock.adapters.house_model.files import replace_file
from fairstock.adapters.house_model.stages import BATCH, Stage

RATE, DECAY_SHARE, WARM_UP = 1e-3, 0.15, 200
"""AdamW's rate; the last share of steps over which it falls to zero; steps over which it rises."""

REPORT_STEPS, CHECKPOINT_SECONDS = 10, 120.0
"""Steps between two reports, and time between two checkpoints."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Warm up, stay, fall linearly to zero."""

    steps: int
    decay_start: int

    def rate(self, step: int) -> float:
        """Share of ``RATE`` at a step, counted from 0."""
        warm = min(1.0, (step + 1) / min(WARM_UP, max(1, self.steps // 10)))
        left = (self.steps - step) / max(1, self.steps - self.decay_start)
        return max(0.0, min(warm, left))


def request_decay(work_dir: Path, start: int, steps: int) -> None:
    """Ask a running or later training of the denoiser to let its rate fall from step ``start`` and to end
    then.
    """
    plan = json.dumps({"steps": start + steps, "decay_start": start})
    replace_file(work_dir / "denoiser.plan.json", lambda path: path.write_text(plan))


def read_schedule(work_dir: Path, stage: str, steps: int) -> Schedule:
    """The plain schedule of ``steps``, or the one asked for with ``request_decay``."""
    plan = work_dir / f"{stage}.plan.json"
    if plan.is_file():
        return Schedule(**json.loads(plan.read_text()))
    return Schedule(steps=steps, decay_start=steps - max(1, round(DECAY_SHARE * steps)))


@dataclass(slots=True)
class Limits:
    """When a call to train has to come back."""

    deadline: float
    """``time.monotonic()`` value; infinity for no limit."""

    @staticmethod
    def of(seconds: float | None) -> Limits:
        """From now on for so many seconds."""
        return Limits(math.inf if seconds is None else time.monotonic() + seconds)

    def reached(self) -> bool:
        """Whether time is up."""
        return time.monotonic() >= self.deadline


class StageRun:
    """One stage with its optimiser, its averaged weights and its checkpoint."""

    def __init__(self, stage: Stage, work_dir: Path, device: torch.device) -> None:
        self.stage, self.step, self.samples, self.loss = stage, 0, 0, math.nan
        self._work_dir, self._device = work_dir, device
        self._path = work_dir / f"{stage.name}.pt"
        for network in stage.networks.values():
            network.to(device).to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self._mean = {name: deepcopy(network) for name, network in stage.networks.items()}
        self._weights = _parameters(stage.networks)
        self._mean_weights = [weight.requires_grad_(False) for weight in _parameters(self._mean)]
        self._optimiser = torch.optim.AdamW(self._weights, lr=RATE, betas=(0.9, 0.99), weight_decay=0.01)
        if self._path.is_file():
            self._load()

    def run(self, steps: int, limits: Limits, report: Callable[[int, float, float], None]) -> bool:
        """Train up to ``steps``; True when all are done. ``report`` gets step, mean loss and pictures a
        second.
        """
        schedule = read_schedule(self._work_dir, self.stage.name, steps)
        since, saved, losses = time.monotonic(), time.monotonic(), [torch.zeros(())][:0]
        while self.step < schedule.steps and not limits.reached():
            losses.append(self._one_step(schedule.rate(self.step)))
            self.step, self.samples = self.step + 1, self.samples + BATCH
            if len(losses) == REPORT_STEPS or self.step == schedule.steps:
                self.loss, seconds = float(torch.stack(losses).mean()), time.monotonic() - since
                report(self.step, self.loss, len(losses) * BATCH / seconds)
                since, losses = time.monotonic(), []
                schedule = read_schedule(self._work_dir, self.stage.name, steps)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                self.save()
                saved = time.monotonic()
        self.save()
        return self.step >= schedule.steps

    def _one_step(self, rate: float) -> Tensor:
        for group in self._optimiser.param_groups:
            group["lr"] = RATE * rate
        with torch.autocast(self._device.type, torch.bfloat16, enabled=half_precision(self._device)):
            loss = self.stage.loss(self.step)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._weights, 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        keep = min(0.999, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self._mean_weights, [w.detach() for w in self._weights], 1.0 - keep)
        return loss.detach()

    def save(self) -> None:
        """Write everything that a resumed training needs, whole or not at all."""
        state: dict[str, Any] = {
            "step": self.step,
            "samples": self.samples,
            "loss": self.loss,
            "networks": {name: network.state_dict() for name, network in self.stage.networks.items()},
            "mean": {name: network.state_dict() for name, network in self._mean.items()},
            "optimiser": self._optimiser.state_dict(),
        }
        replace_file(self._path, lambda path: torch.save(state, path))

    def _load(self) -> None:
        state = torch.load(self._path, map_location=self._device, weights_only=True)
        self.step, self.samples, self.loss = state["step"], state["samples"], state["loss"]
        for name, network in self.stage.networks.items():
            network.load_state_dict(state["networks"][name])
            self._mean[name].load_state_dict(state["mean"][name])
        self._optimiser.load_state_dict(state["optimiser"])


class Trained(NamedTuple):
    """What a stage has reached."""

    weights: dict[str, dict[str, Tensor]]
    """Averaged over the last steps, by network and parameter."""
    steps: int
    samples: int
    """Pictures seen, repetitions counted."""
    loss: float
    """Mean of the last steps reported."""


def read_trained(work_dir: Path, stage: str) -> Trained:
    """What a stage's last checkpoint holds; FileNotFoundError where there is none."""
    state = torch.load(work_dir / f"{stage}.pt", map_location="cpu", weights_only=True)
    return Trained(state["mean"], state["step"], state["samples"], state["loss"])


def half_precision(device: torch.device) -> bool:
    """Whether bfloat16 is fast there: on graphics cards, and on processors that multiply it."""
    return device.type == "cuda" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _parameters(networks: dict[str, nn.Module]) -> list[Tensor]:
    return [weight for name in sorted(networks) for weight in networks[name].parameters()]
