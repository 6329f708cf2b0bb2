"""Which adapter draws with which model. Each is imported where it is needed: torch alone takes seconds."""

from __future__ import annotations

from pathlib import Path

from fairstock.generation.ports import ImageGenerator
from fairstock.kit.errors import BadInput


class NoPublicModel(BadInput):
    """A generator was named in a way that does not pin down one model."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"FAIRSTOCK_MODEL={model} is no folder and names no revision.",
            remedy="give a release folder, a URL, or a diffusers model id with FAIRSTOCK_MODEL_REVISION",
        )


def open_generator(model: str, revision: str | None, name: str | None, key: str) -> ImageGenerator:
    """The generator behind ``model``: the URL of an images API (``name`` and ``key`` are for it), a house
    release's folder, or a diffusers model by folder or by id and ``revision``. Raises ``NoPublicModel``.
    """
    if model.startswith(("http://", "https://")):
        from fairstock.adapters.remote_images import RemoteImages  # noqa: PLC0415 - see above

        return RemoteImages(model, key, name or "dall-e-2")
    if (Path(model) / "release.json").is_file():
        from fairstock.adapters.house_model.generator import HouseGenerator  # noqa: PLC0415 - see above

        return HouseGenerator(Path(model))
    if not Path(model).is_dir() and not revision:
        raise NoPublicModel(model)
    from fairstock.adapters.diffusers_model import DiffusersGenerator  # noqa: PLC0415 - see above

    return DiffusersGenerator(model, revision)
