"""What can go wrong with the house model.

BadInput
├── TooFewWorks         nothing to learn and to retrieve from
├── UnknownSize         a size that is not delivered
├── OtherTraining       a working directory begun with other works or another seed
├── NotTrained          an export before the first checkpoint
├── NotARelease         a directory without a readable release
└── NothingDrawn        a picture to begin with that is white all over
Failure
└── OnlyCopies          every draft came too near to a training work
Inconsistent
└── ManifestChanged     the manifest is not the one that the release names
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from fairstock.kit.errors import BadInput, Failure, Inconsistent


class TooFewWorks(BadInput):
    """Fewer usable works than a model needs."""

    def __init__(self, usable: int, needed: int) -> None:
        self.usable, self.needed = usable, needed
        super().__init__(
            f"Only {usable} of the works can be used for training, and {needed} are the least.",
            remedy="license more works for training, or check that their files are readable pictures",
        )


class UnknownSize(BadInput):
    """A size that the generator does not deliver."""

    def __init__(self, size: int, sizes: Collection[int]) -> None:
        self.size = size
        known = ", ".join(str(known) for known in sorted(sizes))
        super().__init__(f"Pictures of {size} pixels are not made.", remedy=f"ask for one of {known}")


class OtherTraining(BadInput):
    """A working directory that was begun with other works or another seed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        super().__init__(
            f"The training in {directory} was begun with other works or another seed.",
            remedy="train in another directory, so that each manifest names exactly what went in",
        )


class NotTrained(BadInput):
    """A working directory in which the training has not come far enough."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        super().__init__(
            f"{directory} holds no weights of both networks yet.",
            remedy="let the training run longer, then export",
        )


class NotARelease(BadInput):
    """A directory that holds no release of the house model, or a broken one."""

    def __init__(self, directory: Path, reason: str) -> None:
        self.directory = directory
        super().__init__(
            f"{directory} holds no usable release of the house model: {reason}.",
            remedy="name a directory written by the flow train_model",
        )


class NothingDrawn(BadInput):
    """A picture to be varied or changed shows nothing on white."""

    def __init__(self) -> None:
        super().__init__(
            "The picture is white all over, so there is nothing to begin with.",
            remedy="send a picture that shows something, or ask in words",
        )


class OnlyCopies(Failure):
    """No draft for a seed was far enough from the training works."""

    def __init__(self, prompt: str, seed: int, attempts: int) -> None:
        self.prompt, self.seed, self.attempts = prompt, seed, attempts
        super().__init__(
            f"All {attempts} drafts of “{prompt}” with seed {seed} came too near to a training work.",
            remedy="ask with another seed or other words",
        )


class ManifestChanged(Inconsistent):
    """A release whose manifest was altered after its export."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        super().__init__(
            f"The manifest in {directory} is not the one that its release.json names.",
            remedy="restore the release from its source",
        )
