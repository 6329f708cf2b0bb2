"""Port ``provenance.ports.C2paReader`` through c2pa-python, with every fetch from a network switched off."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from c2pa import C2paError, Context, Reader

from fairstock.provenance.model import C2paReport, C2paState, SourceType

_ALTERED = frozenset(
    f"assertion.{kind}.mismatch"
    for kind in ("dataHash", "boxesHash", "bmffHash", "hashedURI", "collectionHash")
)
_ABOUT_TRUST = ("signingCredential.untrusted", "cawg.", "timeStamp.untrusted", "signingCredential.ocsp")
_EXPIRED = ("signingCredential.expired", "claimSignature.outsideValidity")
_CAPTURED = frozenset({"digitalCapture", "computationalCapture"})
"""Words of IPTC's Digital Source Type for a photograph."""
_MODEL_WORDS = (b"/trainedAlgorithmicMedia", b"/compositeWithTrainedAlgorithmicMedia")
_DEPTH_LIMIT = 40
"""Levels of a manifest's JSON that are searched."""


class C2paFileReader:
    """Reads manifests against given trust anchors."""

    def __init__(self, trust_anchors_pem: bytes = b"") -> None:
        """``trust_anchors_pem``: root certificates that make an intact file trusted; none means nobody is."""
        settings: dict[str, Any] = {
            "version": 1,
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
            # Identities of CAWG are looked up at web addresses that the file itself names.
            "core": {"decode_identity_assertions": False},
        }
        if trust_anchors_pem:
            settings["trust"] = {"user_anchors": trust_anchors_pem.decode("ascii")}
        self._settings = settings

    def read(self, data: bytes, mime: str) -> C2paReport:
        """The report on ``data``; any file gives one. A context a call: contexts do not cross threads."""
        try:
            with (
                Context.from_dict(self._settings) as context,
                Reader(mime, io.BytesIO(data), context=context) as reader,
            ):
                store = json.loads(reader.json())
        except C2paError as cause:
            return _unreadable(cause, data)
        except (ValueError, RecursionError):
            return C2paReport(C2paState.UNREADABLE, evidence=("The C2PA manifest is not readable as JSON.",))
        return _report(store)


def _unreadable(cause: C2paError, data: bytes) -> C2paReport:
    """A report where the library gives no manifest: there is none, it lies elsewhere, or it is damaged.

    A damaged one that still holds the word for a trained model counts as naming one.
    """
    text = str(cause)
    if isinstance(cause, C2paError.ManifestNotFound | C2paError.NotSupported):
        return C2paReport(C2paState.ABSENT)
    if text.startswith("Remote"):
        address = text.rpartition(" ")[2]
        sentence = f"The file points to a C2PA manifest at {address}, which was not fetched."
        return C2paReport(C2paState.REMOTE, evidence=(sentence,))
    named = any(word in data for word in _MODEL_WORDS)
    sentence = f"The C2PA manifest cannot be read: {text}."
    return C2paReport(C2paState.UNREADABLE, generated=named, evidence=(sentence,))


def _report(store: Mapping[str, Any]) -> C2paReport:
    """The report on a parsed manifest store."""
    manifests: Mapping[str, Any] = store.get("manifests") or {}
    label = store.get("active_manifest") or ""
    active: Mapping[str, Any] = manifests.get(label) or {}
    failures = tuple(_failure_codes(store.get("validation_results") or {}))
    ordered = [active, *(manifest for name, manifest in manifests.items() if name != label)]
    state = _state(failures) if active else C2paState.UNREADABLE
    sources = tuple(dict.fromkeys(uri for manifest in ordered for uri in _source_types(manifest)))
    generators = tuple(dict.fromkeys(name for manifest in ordered if (name := _generator(manifest))))
    signature = active.get("signature_info") or {}
    return C2paReport(
        state=state,
        generator=_generator(active),
        generators=generators,
        signer=signature.get("common_name") or signature.get("issuer"),
        source_types=sources,
        generated=any(_by_model(uri) for uri in sources),
        captured=any(uri.rstrip("/").rpartition("/")[2] in _CAPTURED for uri in sources),
        evidence=tuple(_evidence(state, ordered, failures)),
        failures=failures,
    )


def _failure_codes(results: Mapping[str, Any]) -> Iterator[str]:
    """Codes of the active manifest and of ingredients whose own validation changed for the worse."""
    parts = [results.get("activeManifest") or {}]
    parts += [delta.get("validationDeltas") or {} for delta in results.get("ingredientDeltas") or []]
    yield from dict.fromkeys(item["code"] for part in parts for item in part.get("failure") or [])


def _state(failures: Sequence[str]) -> C2paState:
    """What the failure codes amount to: an unknown or expired signer is told apart from changed bytes."""
    hard = [code for code in failures if not code.startswith(_ABOUT_TRUST) and code not in _EXPIRED]
    if any(code in _ALTERED for code in hard):
        return C2paState.ALTERED
    if hard:
        return C2paState.BROKEN
    if any(code in _EXPIRED for code in failures):
        return C2paState.EXPIRED
    return C2paState.VALID if "signingCredential.untrusted" in failures else C2paState.TRUSTED


def _generator(manifest: Mapping[str, Any]) -> str | None:
    """The software that wrote a manifest, from the new field or the old one."""
    info = manifest.get("claim_generator_info") or [{}]
    if isinstance(info, list):
        info = info[0] if info else {}
    name = info.get("name") or manifest.get("claim_generator")
    version = info.get("version")
    return f"{name} {version}" if name and version else name


def _source_types(value: Any, depth: int = 0) -> Iterator[str]:
    """Every ``digitalSourceType`` anywhere inside a manifest."""
    if depth > _DEPTH_LIMIT:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key.lower() == "digitalsourcetype" and isinstance(inner, str):
                yield inner
            else:
                yield from _source_types(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _source_types(inner, depth + 1)


def _by_model(uri: str) -> bool:
    """Whether a source type says that a trained model took part; http, https and bare terms count alike."""
    term = uri.rstrip("/").rpartition("/")[2]
    return term in {member.value.rpartition("/")[2] for member in SourceType}


def _wrong_with_ingredients(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What the signer found wrong in the manifests of the pictures that went in."""
    for ingredient in manifest.get("ingredients") or []:
        results = ingredient.get("validation_results") or {}
        codes = dict.fromkeys(
            each["code"] for each in (results.get("activeManifest") or {}).get("failure") or []
        )
        if codes:
            said = ", ".join(dict.fromkeys(_in_words(code) for code in codes))
            yield f"Of its ingredient “{ingredient.get('title', 'unnamed')}” it says: {said}."


def _in_words(code: str) -> str:
    """One of C2PA's failure codes about an ingredient."""
    if code in _ALTERED:
        return "it had been changed after it was signed"
    if code in _EXPIRED:
        return "the certificate of its signature had run out"
    return "its signer was not known" if code == "signingCredential.untrusted" else code


def _evidence(
    state: C2paState, manifests: Sequence[Mapping[str, Any]], failures: Sequence[str]
) -> Iterator[str]:
    """Sentences for a person: who wrote each manifest, what it says about a model, what failed."""
    for position, manifest in enumerate(manifests):
        which = "The C2PA manifest" if position == 0 else "The C2PA manifest of an ingredient"
        writer = f" by {name}" if (name := _generator(manifest)) else ""
        for uri in dict.fromkeys(_source_types(manifest)):
            if _by_model(uri):
                yield f"{which}{writer} says {uri.rstrip('/').rpartition('/')[2]}."
            else:
                yield f"{which}{writer} gives the source type {uri.rstrip('/').rpartition('/')[2]}."
    yield from _wrong_with_ingredients(manifests[0])
    if failures:
        yield f"C2PA validation ({state.value}) reports: {', '.join(failures)}."
