"""Evidence that a person made a picture, weighed; it softens suspicion and never outweighs proof.

EXIF is easy to forge, so the file's own traces together reach at most ``FILE_LIMIT``: enough to ask a person
instead of the contributor, never enough to let a picture pass. Only what a forger does not have reaches
further: a camera's signature by a root that we trust, or the raw file itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairstock.screening.model import Observation, ObservationKind
from fairstock.screening.ports import CaptureReport, CredentialReport, SupportReport

DETECTOR, VERSION = "human-origin", "1"
FILE_LIMIT = 0.6
"""Most that traces inside the picture's own file weigh."""
HISTORY_LIMIT = 0.7
"""Most that they weigh together with the contributor's earlier pictures."""
MATCHING_THUMBNAIL = 0.05
"""A thumbnail this close shows the picture; the median of 70 camera files was 0.005."""
FOREIGN_THUMBNAIL = 0.3
"""A thumbnail this far shows something else: the tags come from another picture."""
FOREIGN_LIMIT = 0.1
_SIGNED, _SIGNED_BY_ANYBODY = 0.95, 0.3
_RAW, _LAYERS, _ONE_LAYER = 0.85, 0.6, 0.3


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence: its weight, 0 … 1, and the sentence for a person."""

    weight: float
    sentence: str


def of_file(capture: CaptureReport | None, credentials: CredentialReport | None) -> Observation | None:
    """What the picture's own file shows; None where it shows nothing."""
    tags = _tags(capture) if capture else []
    limit = FILE_LIMIT
    if capture and capture.thumbnail is not None and capture.thumbnail >= FOREIGN_THUMBNAIL:
        limit = FOREIGN_LIMIT
        tags.append(Item(0.0, "The small picture inside shows something else than the large one."))
    strength = min(limit, sum(item.weight for item in tags))
    signed = _signed(credentials) if credentials else None
    items = [*tags, signed] if signed else tags
    if signed:
        strength = max(strength, signed.weight)
    if not items:
        return None
    extra = {"body": capture.body, "taken": capture.taken} if capture else {}
    return _observation("file", strength, items, extra)


def _tags(capture: CaptureReport) -> list[Item]:
    """The camera's traces in one file, each weighed on its own."""
    name = f"{capture.maker} {capture.model}"
    items = [Item(0.0, f"The tags name the camera {name}.")]
    if capture.exposure:
        items.append(Item(0.1, "Exposure, aperture or sensitivity are given and possible."))
    if capture.lens:
        items.append(Item(0.05, f"The tags name the lens {capture.lens}."))
    if capture.note == "fits":
        items.append(Item(0.2, f"The maker's own note is there in the form of {capture.maker}."))
    elif capture.note == "unknown":
        items.append(Item(0.1, "A maker's own note is there."))
    if capture.tables == "own" and not capture.editor:
        items.append(Item(0.15, "The compression tables are no common program's."))
    if capture.thumbnail is not None and capture.thumbnail <= MATCHING_THUMBNAIL:
        items.append(Item(0.2, "The small picture inside shows the same as the large one."))
    return items


def _signed(credentials: CredentialReport) -> Item | None:
    """A camera's own signature; by an unknown root anybody could have made it."""
    if not credentials.captured or credentials.generated:
        return None
    by = ", ".join(credentials.generators) or "an unnamed program"
    if credentials.state == "trusted":
        return Item(_SIGNED, f"Content credentials by {by}, whose root we trust, say that a camera took it.")
    if credentials.state in ("valid", "expired"):
        sentence = f"Content credentials by {by} say that a camera took it; we do not know their root."
        return Item(_SIGNED_BY_ANYBODY, sentence)
    return None


def of_history(own: Observation, neighbours: int, verified: int) -> Observation | None:
    """What the contributor's earlier pictures add to the file's own evidence ``own``; None where nothing.

    ``neighbours``: earlier pictures by the same body within minutes; ``verified``: earlier works that a
    person looked at and let pass.
    """
    items = []
    if neighbours:
        weight = min(0.2, 0.1 * neighbours)
        items.append(Item(weight, f"{neighbours} earlier pictures by the same camera within minutes."))
    if verified:
        weight = min(0.2, 0.05 * verified)
        items.append(Item(weight, f"{verified} earlier works of the account passed a person's look."))
    if not items:
        return None
    known = float(own.evidence["strength"])
    strength = max(known, min(HISTORY_LIMIT, known + sum(item.weight for item in items)))
    return _observation("history", strength, items, {"file": known})


def of_support(support: SupportReport) -> Observation:
    """What a raw or layered file that the contributor sent says about the picture."""
    weight = 0.0
    if support.matches:
        weight = {"raw": _RAW, "layers": _LAYERS}.get(support.kind, _ONE_LAYER)
    words = "shows the same picture" if support.matches else "shows another picture"
    items = [Item(weight, f"The file that was sent as evidence ({support.kind}) {words}.")]
    items += [Item(0.0, note) for note in support.notes]
    extra = {"kind": support.kind, "difference": round(support.difference, 4)}
    return _observation("support", weight, items, extra)


def _observation(
    value: str, strength: float, items: Sequence[Item], extra: Mapping[str, object]
) -> Observation:
    listed = [{"weight": item.weight, "sentence": item.sentence} for item in items]
    evidence = {"strength": round(strength, 3), "items": listed, **extra}
    return Observation(ObservationKind.HUMAN_ORIGIN, value, evidence, DETECTOR, VERSION)
