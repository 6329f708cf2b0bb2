"""The only wiring: settings become engines, stores and models, each made when it is first asked for.

Adapters are imported inside the properties, since torch, diffusers and c2pa take seconds that a command
which does not need them should not pay.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from fairstock.adapters.screens import Screens
from fairstock.db.bell import Bell
from fairstock.db.engine import connect
from fairstock.db.transaction import transaction
from fairstock.generation.queue import NEWS
from fairstock.kit.clock import Clock, SystemClock
from fairstock.kit.flowruns import FlowRuns
from fairstock.kit.objects import ObjectStore
from fairstock.settings import PACKAGE_DATA, HomeUnusable, Settings
from fairstock.upload.guard import DecodeGuard
from fairstock.upload.sketches import Sketches

if TYPE_CHECKING:
    from fairstock.adapters.effnet import EffnetFeatures
    from fairstock.adapters.forensic import ForensicPixels
    from fairstock.adapters.keyring import Keyring
    from fairstock.attribution.ports import Attributor
    from fairstock.generation.ports import ImageGenerator
    from fairstock.moderation.moderator import Moderator
    from fairstock.payout.ports import PaymentRail, RateSource, SanctionList
    from fairstock.provenance.ports import C2paReader, Signer, Watermark
    from fairstock.screening.examine import Examiner
    from fairstock.training.model import ManifestEntry, ReleaseInfo
    from fairstock.training.ports import ModelTrainer
    from fairstock.upload.library import LibraryWork
    from fairstock.upload.model import Inspection


class App(Screens):
    """One process's parts. Cheap to make; whatever is slow is made at its first use and kept."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()

    @cached_property
    def home(self) -> Path:
        """The data directory, made if missing. Raises HomeUnusable."""
        home = self.settings.home
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HomeUnusable(home, error.strerror or str(error)) from error
        if not os.access(home, os.W_OK | os.X_OK):
            raise HomeUnusable(home, "it may not be written")
        return home

    @cached_property
    def database_url(self) -> str:
        """The configured server, or the embedded one, which is started here if it is not running."""
        from fairstock.db import embedded

        return self.settings.database_url or embedded.start(self.home / "postgres")

    @cached_property
    def engine(self) -> Engine:
        """Connected, with all migrations, views and checks in place."""
        from fairstock.db import migrate

        engine = connect(self.database_url)
        migrate.upgrade(engine)
        return engine

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[Connection]:
        """One unit of work: committed at the end, rolled back on any error; see ``db.transaction``."""
        with transaction(self.engine, durable=durable) as conn:
            yield conn

    @cached_property
    def news(self) -> Bell:
        """Rings when a request for pictures gets on or ends; for ``generation.queue.wait_for``."""
        return Bell(self.engine, NEWS)

    @cached_property
    def objects(self) -> ObjectStore:
        """Where bytes lie, by their sha256."""
        if self.settings.objects:
            from fairstock.adapters.objects_s3 import S3Objects

            return S3Objects.from_url(self.settings.objects)
        from fairstock.adapters.objects_local import LocalObjects

        return LocalObjects(self.home / "objects")

    def library(self, source: str, folder: str) -> "Sequence[LibraryWork]":
        """The works of a library on disk, read once a process: ``folder`` (works.csv), ``uploads`` (what
        contributors send in, of the same works.csv) or ``openclipart``.
        """
        from fairstock.adapters.libraries import read_library

        key = (source, str(Path(folder).resolve()))
        if key not in self._libraries:
            self._libraries[key] = read_library(source, Path(folder))
        return self._libraries[key]

    @cached_property
    def _libraries(self) -> "dict[tuple[str, str], Sequence[LibraryWork]]":
        return {}

    @cached_property
    def decode_guard(self) -> DecodeGuard:
        """Confined processes that open files which nobody vouches for; they end with this process."""
        from fairstock.adapters.confined import open_guard

        return open_guard()

    @cached_property
    def sketches(self) -> Sketches:
        """Small drawings of catalogue pictures, remembered for as long as this process screens uploads."""
        return Sketches(self.objects, self.decode_guard)

    @property
    def package_data(self) -> Path:
        """What travels with the package: the committed release, the demo library, the demo's scenario."""
        return PACKAGE_DATA

    @cached_property
    def committed_release(self) -> "tuple[ReleaseInfo, Sequence[ManifestEntry]]":
        """What the release in use says about itself, and every work that went into it."""
        from fairstock.adapters.house_model.release import manifest, release_info

        folder = Path(self.settings.model)
        return release_info(folder), manifest(folder)

    def load_early(self) -> None:
        """Read the models' code in a thread of its own: ten seconds that a waiting process can use better."""
        modules = ("fairstock.adapters.effnet", "fairstock.adapters.house_model.trainer")
        threading.Thread(target=lambda: [import_module(name) for name in modules], daemon=True).start()

    @cached_property
    def features(self) -> "EffnetFeatures":
        """Picture vectors for copies, similar images and attribution."""
        from fairstock.adapters.effnet import EffnetFeatures

        return EffnetFeatures()

    @cached_property
    def pixels(self) -> "ForensicPixels":
        """Looks at the pixels of uploads for traces of generators."""
        from fairstock.adapters import tower_file
        from fairstock.adapters.forensic import ForensicPixels

        return ForensicPixels(PACKAGE_DATA / "pixels", self.features, tower_file.places(self.settings.home))

    @property
    def examiner(self) -> "Examiner[Inspection]":
        """All looks that are made of a file, for the flows and the command line alike."""
        from fairstock.screening.examine import Examiner

        return Examiner(
            self.decode_guard, self.c2pa_reader, self.features, pixels=self.pixels, rights=self.rights
        )

    @cached_property
    def generator(self) -> "ImageGenerator":
        """The model that FAIRSTOCK_MODEL names."""
        from fairstock.adapters.generators import open_generator

        settings = self.settings
        key = settings.model_key.get_secret_value() if settings.model_key else ""
        return open_generator(settings.model, settings.model_revision, settings.model_name, key)

    @cached_property
    def moderator(self) -> "Moderator":
        """Decides about prompts: names, rules, text classifier, diversity planning."""
        from fairstock.adapters.sentences import Sentences
        from fairstock.moderation.moderator import load_moderator

        return load_moderator(Sentences())

    @cached_property
    def trainer(self) -> "ModelTrainer":
        """Trains house releases."""
        from fairstock.adapters.house_model.trainer import HouseTrainer

        return HouseTrainer()

    @cached_property
    def attributor(self) -> "Attributor":
        """Traces pictures to the works of the release in use."""
        from fairstock.adapters.feature_attributor import FeatureAttributor

        return FeatureAttributor(Path(self.settings.model), self.features)

    @cached_property
    def keyring(self) -> "Keyring":
        """Keys, certificates and the time stamp authority, in ``home/keys`` unless settings name others."""
        from fairstock.adapters.keyring import Keyring

        given = self.settings
        files = given.signing_chain, given.signing_key, given.signing_root
        return Keyring(self.home / "keys", *files, given.tsa_url)

    @cached_property
    def signer(self) -> "Signer":
        """Signs what the house makes, with a development chain until an operator brings a real one."""
        return self.keyring.signer()

    @cached_property
    def watermark(self) -> "Watermark":
        """Marks pixels and reads them."""
        return self.keyring.watermark()

    @cached_property
    def c2pa_reader(self) -> "C2paReader":
        """Reads content credentials behind the decode guard, trusting our own root and no other."""
        return self.keyring.reader(self.decode_guard)

    @cached_property
    def payment_rail(self) -> "PaymentRail":
        """The way money leaves: so far the test bank, which keeps its books in ``home/test-bank``."""
        from fairstock.adapters.test_bank import TestBank

        return TestBank(self.home / "test-bank")

    @cached_property
    def sanction_list(self) -> "SanctionList":
        """Whom the house may not pay: ``home/sanctions.toml``, or else the package's example."""
        from fairstock.adapters.sanction_file import SanctionFile

        own = self.home / "sanctions.toml"
        return SanctionFile(own if own.exists() else PACKAGE_DATA / "sanctions.toml")

    @cached_property
    def rate_source(self) -> "RateSource":
        """Published rates of exchange: ``home/rates.csv``; without it no currency is converted."""
        from fairstock.adapters.rate_file import RateFile

        return RateFile(self.home / "rates.csv")

    @cached_property
    def flow_runs(self) -> FlowRuns:
        """Deployed flows at the Prefect server of PREFECT_API_URL."""
        from fairstock.adapters.prefect_runs import PrefectRuns

        return PrefectRuns()


@lru_cache(maxsize=1)
def get_app() -> App:
    """The process's one App, from the environment."""
    return App(Settings())
