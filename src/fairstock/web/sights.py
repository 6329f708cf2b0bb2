"""What detectors saw, in a reviewer's words; the numbers follow for who wants them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairstock.screening.model import Observation, ObservationKind

Evidence = Mapping[str, Any]

SOFT = frozenset({ObservationKind.PIXELS, ObservationKind.HUMAN_ORIGIN})
"""Kinds that are written about nearly every picture, so they stand last."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One observation as the page shows it."""

    heading: str
    sentences: Sequence[str]
    quote: str
    """The words as they stand in the file or the picture; empty where there are none."""
    asset_id: str | None
    """The work in the catalogue that it is about."""
    numbers: Sequence[tuple[str, str]]
    """All other evidence, as it was stored."""
    detector: str


def sights(observations: Iterable[Observation]) -> list[Sight]:
    """Each observation in words; what is written about every picture comes last."""
    return [_sight(each) for each in sorted(observations, key=lambda each: each.kind in SOFT)]


def _sight(seen: Observation) -> Sight:
    heading, tell = _KINDS[seen.kind]
    try:
        sentences = tell(seen.value, seen.evidence)
    except KeyError:  # an older detector wrote less; its numbers still show
        sentences = []
    named = (ObservationKind.COPY, ObservationKind.OWN_WATERMARK)
    return Sight(
        heading,
        sentences,
        str(seen.evidence.get("quote") or ""),
        seen.value if seen.kind in named and seen.value.startswith("ast_") else None,
        [
            (key, _plain(value))
            for key, value in seen.evidence.items()
            if key not in ("quote", "sentences", "items")
        ],
        f"{seen.detector} {seen.detector_version}",
    )


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(f"({_plain(each)})" if isinstance(each, list) else _plain(each) for each in value)
    return str(value)


def about(share: float) -> str:
    """A share as a reader says it, in whole percent: ``0.004`` is “under 1 %”."""
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def _mark(value: str, seen: Evidence) -> list[str]:
    proof = "This is proof." if seen.get("proof") else "This is a sign, no proof."
    return [f"{value} left its mark in {seen.get('where', 'the file')}. {proof}"]


def _credentials(value: str, seen: Evidence) -> list[str]:
    return [str(each) for each in seen.get("sentences", [])] or [f"The content credentials are {value}."]


_WHOSE = {"same_contributor": " by the same contributor", "house": ", which our own model made"}
"""Whose work another one is, by its relation to the upload."""


def _copy(_: str, seen: Evidence) -> list[str]:
    whose = _WHOSE.get(str(seen.get("relation")), " by somebody else")
    said = [f"It resembles “{seen.get('title') or 'Untitled'}”{whose}."]
    if seen.get("exact"):
        return [*said, "The files are equal, byte for byte."]
    return [*said, *_laid(seen)]


def _laid(seen: Evidence) -> list[str]:
    """How upload and work lie on each other, where they were laid so."""
    if "agreement" in seen:
        agreeing, upload, work = (about(seen[key]) for key in ("agreement", "of_upload", "of_work"))
        return [
            f"Laid on each other ({seen['change']}), {agreeing} of the places that show anything agree.",
            f"That covers {upload} of the upload and {work} of the work.",
            *(
                [f"{count} small details lie and look the same in both."]
                if (count := seen.get("features"))
                else []
            ),
        ]
    if "difference" in seen:
        mirrored = "mirrored, " if seen.get("mirrored") else ""
        return [f"Laid on each other as they are, {mirrored}they differ by {about(seen['difference'])}."]
    return []


def _pixels(_: str, seen: Evidence) -> list[str]:
    said = f"Of pictures by people, {about(seen['tail'])} look at least as much like a generator's."
    marked = "the places marked above looked most like it"
    return [
        f"{said} That is {'unusual; ' + marked if seen.get('suspected') else 'nothing unusual'}. Never proof."
    ]


def _optout(_: str, seen: Evidence) -> list[str]:
    how = "It is the very file of" if seen.get("exact") else "It looks like the picture of"
    note = f" The registry notes: {seen['note']}." if seen.get("note") else ""
    said = f"{how} an entry in the registry of opted-out works, there since {seen.get('since')}.{note}"
    return [said] if seen.get("exact") else [said, *_laid(seen)]


def _human(_: str, seen: Evidence) -> list[str]:
    said = [str(each["sentence"]) for each in seen.get("items", [])]
    return [*said, f"Together they count {about(seen['strength'])} of what would settle it."]


def _watermark(value: str, seen: Evidence) -> list[str]:
    what = (
        "It names a picture that this house made."
        if seen.get("known")
        else f"It names {value}, which we do not know."
    )
    return [f"The pixels carry this house's own watermark. {what}"]


def _account(_: str, seen: Evidence) -> list[str]:
    odds = f"{seen['odds']:,}"
    return [
        f"After {seen['pictures']} pictures: chance alone brings at most one honest account in {odds} so far."
    ]


def _agency(value: str, seen: Evidence) -> list[str]:
    return [f"The name of {value} can be read in {seen.get('where', 'the picture')}."]


def _faces(value: str, seen: Evidence) -> list[str]:
    release = (
        f"The release “{seen['release']}” was named."
        if seen.get("released")
        else "No model release was named."
    )
    many = "A face is" if value == "1" else f"{value} faces are"
    return [
        f"{many} large enough to be recognised, the largest {about(seen['share'])} of the width. {release}"
    ]


def _nudity(_: str, seen: Evidence) -> list[str]:
    return [f"A classifier takes the picture for sexual with a score of {seen['score']:.2f} of 1."]


def _caption(value: str, seen: Evidence) -> list[str]:
    return [f"The words in “{seen.get('field', 'the caption')}” claim something to clear up ({value})."]


_KINDS: Mapping[ObservationKind, tuple[str, Callable[[str, Evidence], list[str]]]] = {
    ObservationKind.GENERATOR_MARK: ("Mark of a generator", _mark),
    ObservationKind.C2PA: ("Content credentials", _credentials),
    ObservationKind.COPY: ("A work in the catalogue", _copy),
    ObservationKind.PIXELS: ("Pixels", _pixels),
    ObservationKind.OPTOUT: ("Opt-out registry", _optout),
    ObservationKind.HUMAN_ORIGIN: ("Signs of a person's hand", _human),
    ObservationKind.OWN_WATERMARK: ("Our own watermark", _watermark),
    ObservationKind.ACCOUNT: ("The account", _account),
    ObservationKind.AGENCY_TEXT: ("Name of an agency", _agency),
    ObservationKind.FACES: ("Faces", _faces),
    ObservationKind.NUDITY: ("Nudity", _nudity),
    ObservationKind.CAPTION: ("Caption", _caption),
}
