"""What a release needs in memory to draw: read at the first use, shared by every way of drawing."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import torch
from diffusers.utils.logging import disable_progress_bar

from fairstock.adapters.effnet import EffnetFeatures
from fairstock.adapters.house_model.errors import NotARelease
from fairstock.adapters.house_model.guard import CopyGuard
from fairstock.adapters.house_model.library import Library, build_library
from fairstock.adapters.house_model.pipeline import HousePipeline
from fairstock.adapters.house_model.release import Projector, ReleaseWorks, make_projector, read_works


class ReleaseParts:
    """Works, index, guard and pipeline of one release directory; 300 MB and a second or two in all."""

    def __init__(self, directory: Path, device: str) -> None:
        self._directory, self._device = directory, device

    @cached_property
    def works(self) -> ReleaseWorks:
        """The works that can be shown."""
        return read_works(self._directory)

    @cached_property
    def library(self) -> Library:
        """The same, indexed by words and looks."""
        works = self.works
        return build_library(works.text, works.image, works.small, works.cluster, works.captions)

    @cached_property
    def features(self) -> EffnetFeatures:
        """What looks at pictures."""
        return EffnetFeatures()

    @cached_property
    def guard(self) -> CopyGuard:
        """What knows copies of the works."""
        return CopyGuard(self.works, self.features)

    @cached_property
    def projector(self) -> Projector:
        """Pictures → features comparable with the works'."""
        return make_projector(self.works, self.features)

    @cached_property
    def pipeline(self) -> HousePipeline:
        """The networks; raises NotARelease."""
        disable_progress_bar()
        try:
            pipeline = HousePipeline.from_pretrained(
                self._directory, dtype=torch.float32, local_files_only=True, low_cpu_mem_usage=False
            )
        except (OSError, ValueError) as error:
            raise NotARelease(self._directory, "its diffusers pipeline cannot be read") from error
        pipeline.set_progress_bar_config(disable=True)
        moved: HousePipeline = pipeline.to(self._device)
        return moved
