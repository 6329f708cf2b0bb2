"""Typed settings from the environment, read once by bootstrap. README lists them for operators."""

import json
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from fairstock.kit.errors import Failure

PACKAGE_DATA = Path(__file__).parent / "data"
"""What travels with the package: the committed model release and the demo library."""


class HomeUnusable(Failure):
    """FAIRSTOCK_HOME cannot be made or written."""

    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {home} cannot be used: {reason}.",
            remedy="set FAIRSTOCK_HOME to a folder that you may write",
        )


class Settings(BaseSettings):
    """Every field is the environment variable ``FAIRSTOCK_<NAME>``; nothing else is read."""

    model_config = SettingsConfigDict(env_prefix="FAIRSTOCK_", frozen=True, validate_default=True)

    home: Path = Path(".fairstock")
    """The one directory that holds all data: embedded database, objects, keys, statements."""
    database_url: str | None = None
    """Any PostgreSQL with pgvector, as ``postgresql://…``; without it the embedded one in ``home``."""
    objects: str | None = None
    """``s3://bucket/prefix``; without it the folder ``home/objects``."""
    model: str = str(PACKAGE_DATA / "house-1")
    """A house release's folder, a diffusers model id or folder, or the base URL of a remote images API."""
    model_revision: str | None = None
    """The diffusers model's revision; required when ``model`` is a hub id, so that a release is one thing."""
    model_key: SecretStr | None = None
    """Bearer token of a remote images API."""
    model_name: str | None = None
    """The model's name at a remote images API."""
    tsa_url: str | None = None
    """RFC 3161 time stamp authority for C2PA signatures; without it the one that `keys init` made, if any."""
    signing_chain: Path | None = None
    """PEM certificates that sign files, leaf first; without it a development chain in ``home/keys``."""
    signing_key: Path | None = None
    """The leaf's ES256 key, PEM."""
    signing_root: Path | None = None
    """PEM certificates that make our own files trusted when we verify them; for the signing chain's root."""
    public_url: str = "http://127.0.0.1:8420"
    """Base of all links that leave the house."""
    api_seconds: float = Field(default=300.0, gt=0)
    """How long a call of the images API may take, waiting included; then it ends without a charge."""
    demo: bool | None = Field(default=None)
    """Whether money is invented, which pages and statements then say; default: whether `demo` ran here."""

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        """``~`` and a relative path mean the same folder wherever they are read."""
        return home.expanduser().resolve()

    @property
    def model_id(self) -> str:
        """What clients call the model in use, told without loading it."""
        release = Path(self.model) / "release.json"
        if release.is_file():
            return str(json.loads(release.read_bytes())["release_id"])
        return self.model_name or self.model.rstrip("/").rpartition("/")[2]

    @property
    def demo_marker(self) -> Path:
        """Written by the demo: from then on this home's money is invented money."""
        return self.home / "demo" / "money-is-invented"

    @property
    def invented_money(self) -> bool:
        """True when pages, statements and files must say that the money in them is invented."""
        return self.demo_marker.exists() if self.demo is None else self.demo
