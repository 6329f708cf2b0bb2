"""Packs the weights reached by a training as a release."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import nn

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.card import write_card
from fairstock.adapters.house_model.networks import Sharpener, TextCondition, make_denoiser, parameters_of
from fairstock.adapters.house_model.pipeline import HousePipeline, make_scheduler
from fairstock.adapters.house_model.prepare import load_prepared
from fairstock.adapters.house_model.release import write_works
from fairstock.adapters.house_model.training import read_trained
from fairstock.training.model import ReleaseInfo


def write_release(work_dir: Path, release_dir: Path, release_id: str) -> ReleaseInfo:
    """Write beside ``release_dir``, then put it in its place, so that no reader sees half a release."""
    release_dir.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{release_dir.name}.", dir=release_dir.parent))
    try:
        info = _write(work_dir, draft, release_id)
        draft.chmod(0o755)
        for file in draft.rglob("*.*"):
            file.chmod(0o644)  # safetensors writes for the owner alone
        old = release_dir.with_name(f".{release_dir.name}.old.{os.getpid()}")
        if release_dir.exists():
            release_dir.rename(old)
        draft.rename(release_dir)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return info


def _write(work_dir: Path, directory: Path, release_id: str) -> ReleaseInfo:
    denoiser, sharpener = (read_trained(work_dir, stage) for stage in ("denoiser", "sharpener"))
    pipeline = load_pipeline(denoiser.weights | sharpener.weights)
    prepared = load_prepared(work_dir)
    for network in (pipeline.unet, pipeline.condition, pipeline.sharpener):
        network.half()
    pipeline.save_pretrained(directory, safe_serialization=True)
    info = ReleaseInfo(
        release_id=release_id,
        seed=int(json.loads((work_dir / "training.json").read_text())["seed"]),
        steps=denoiser.steps,
        samples=denoiser.samples,
        trained_on=len(prepared.entries),
        manifest_sha256=write_works(prepared, directory),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        parameters=parameters_of(pipeline.unet, pipeline.condition, pipeline.sharpener),
    )
    measured = {
        "loss": round(denoiser.loss, 4),
        "sharpener_steps": sharpener.steps,
        "sharpener_samples": sharpener.samples,
        "sharpener_loss": round(sharpener.loss, 4),
        "features": EffnetFeatures.version,
        "contributors": len({entry.contributor for entry in prepared.entries}),
        "clusters": int(prepared.cluster.max()) + 1,
    }
    record = asdict(info) | measured
    (directory / "release.json").write_text(json.dumps(record, indent=2) + "\n")
    write_card(directory, record)
    return info


def load_pipeline(weights: dict[str, dict[str, torch.Tensor]]) -> HousePipeline:
    """A pipeline in float32 from weights by network: unet, condition, sharpener."""
    unet, condition, sharpener = make_denoiser(), TextCondition(), Sharpener()
    networks: dict[str, nn.Module] = {"unet": unet, "condition": condition, "sharpener": sharpener}
    for name, network in networks.items():
        network.load_state_dict(weights[name])
        network.eval()
    return HousePipeline(unet, condition, make_scheduler(), sharpener)
