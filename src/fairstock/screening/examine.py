"""The one place that says which looks are made of a file; the flows and the command line both look by it.

    opened by the gate → marks, credentials, traces of a camera → features → pixels → rights and safety

Nothing here knows the catalogue, the registry or the account, and nothing here decides.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fairstock.screening.model import Observation, ObservationKind
from fairstock.screening.observe import from_file, from_pixels
from fairstock.screening.pixels.model import Sighting
from fairstock.screening.ports import CredentialReport, FileEvidence
from fairstock.screening.rights.agency import names_owner
from fairstock.screening.rights.looks import Item

LOOKED = frozenset(
    {
        ObservationKind.GENERATOR_MARK,
        ObservationKind.C2PA,
        ObservationKind.PIXELS,
        ObservationKind.AGENCY_TEXT,
        ObservationKind.FACES,
        ObservationKind.NUDITY,
        ObservationKind.CAPTION,
    }
)
"""Kinds that these looks alone see; of a human origin they see the file's own part."""


class GateFile(FileEvidence, Protocol):
    """What the gate makes of a file; ``upload.model.Inspection`` as it is."""

    @property
    def mime(self) -> str:
        """The media type by content."""
        ...

    @property
    def carries_c2pa(self) -> bool:
        """Whether content credentials are worth reading."""
        ...

    @property
    def width(self) -> int:
        """Pixels of the original."""
        ...

    @property
    def height(self) -> int:
        """Pixels of the original."""
        ...

    @property
    def picture(self) -> Image.Image | None:
        """The working picture; None where the file was refused."""
        ...


F = TypeVar("F", bound=GateFile)
F_co = TypeVar("F_co", bound=GateFile, covariant=True)


class Gate(Protocol[F_co]):
    """Opens files that nobody vouches for."""

    def inspecting(self, files: Sequence[bytes]) -> Iterator[F_co]:
        """One answer a file, in order and as they are ready; no file raises."""
        ...


class CredentialReader(Protocol):
    """Reads content credentials."""

    def read(self, data: bytes, mime: str) -> CredentialReport:
        """What they say; never raises for the file's content."""
        ...


class Features(Protocol):
    """A model that turns pictures into vectors."""

    @property
    def version(self) -> str:
        """Vectors of different versions are not comparable."""
        ...

    def embed(self, images: Iterable[Image.Image]) -> NDArray[np.float32]:
        """Unit vectors of shape (n, d); ``images`` may take time to give each."""
        ...


class PixelLooks(Protocol):
    """Scores pixels."""

    def look(self, seen: Sequence[Any]) -> Sequence[Sighting]:
        """One sighting for each opened file, refused ones left out."""
        ...


class RightsLooks(Protocol):
    """``rights.looks.Looks`` as it is."""

    def look(self, items: Sequence[Item]) -> Mapping[str, Sequence[Observation]]:
        """An item's key → what was seen."""
        ...


@cache
def threads() -> ThreadPoolExecutor:
    """One for each core, for whatever is done to one picture after the other; kept, since memory of threads
    that come and go does not all come back.
    """
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="looks")


@dataclass(frozen=True, slots=True)
class Words:
    """What comes with a file: the contributor's words about it."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """title, keywords and description, keywords one by one."""
    own_names: Sequence[str] = ()
    """Under which the contributor may be named as author."""
    release: str = ""
    """What is said about a model release; empty for none."""


@dataclass(frozen=True, slots=True)
class Examined(Generic[F]):
    """One file after all looks."""

    file: F
    vector: NDArray[np.float32] | None
    """Features of the picture; None where the gate refused the file."""
    observations: tuple[Observation, ...]


class Examiner(Generic[F]):
    """All looks, with what they need; safe to share between threads."""

    def __init__(
        self,
        gate: Gate[F],
        reader: CredentialReader,
        features: Features,
        *,
        pixels: PixelLooks,
        rights: RightsLooks,
    ) -> None:
        self._gate, self._reader, self._features = gate, reader, features
        self._pixels, self._rights = pixels, rights

    def examine(self, files: Sequence[bytes], words: Sequence[Words]) -> list[Examined[F]]:
        """One answer a file, in order; a refused one has what could still be read from it."""
        return list(self.examining(files, words))

    def examining(self, files: Sequence[bytes], words: Sequence[Words]) -> Iterator[Examined[F]]:
        """The same one after another as they are ready.

        All looks at one picture follow each other in one thread, while the gate's processes open later files:
        no look waits until another has seen the whole batch, so every core has work until the last picture.
        """
        return threads().map(self._examined, files, words, self._gate.inspecting(files))

    def _examined(self, data: bytes, words: Words, seen: F) -> Examined[F]:
        noted = from_file(seen, self._reader.read(data, seen.mime) if seen.carries_c2pa else None)
        if seen.picture is None:
            return Examined(seen, None, tuple(noted))
        (vector,) = self._features.embed([seen.picture])
        noted += [from_pixels(sighting) for sighting in self._pixels.look([seen])]
        item = self._item(seen, seen.picture, words, vector)
        noted += self._rights.look([item])[item.key]
        return Examined(seen, vector, tuple(noted))

    def _item(self, seen: F, picture: Image.Image, words: Words, vector: NDArray[np.float32]) -> Item:
        return Item(
            key=seen.sha256,
            picture=picture,
            longest=max(seen.width, seen.height),
            fields=words.fields,
            own_names=words.own_names,
            release=words.release,
            vector=vector.tolist(),
            vector_version=self._features.version,
            owners=[(text.key, text.text) for text in seen.texts if names_owner(text.key)],
        )
