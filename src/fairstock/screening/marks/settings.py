"""Generators that write their settings as text: A1111 and its kin, ComfyUI, InvokeAI, Fooocus, NovelAI and
more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fairstock.screening.marks.base import Mark, found, json_object, objects_in
from fairstock.screening.ports import EmbeddedText

_A1111 = re.compile(
    r"(?:^|\n|, |\. )Steps: \d{1,5},(?:[\w ]{1,40}: [^,\n]{1,200},){0,12}"
    r" (?:Sampler|CFG scale|Seed|Model|Size): \S"
)
_INVOKE_DREAM = re.compile(r"\s-s\s*\d+\s.*-S\s*\d+", re.DOTALL)
_INVOKE_KEYS = frozenset({"invokeai_metadata", "invokeai_workflow", "invokeai_graph", "sd-metadata"})
_EASY_KEYS = frozenset({"use_stable_diffusion_model", "stable_diffusion_model", "use_vae_model"})
AUTOMATIC = "AUTOMATIC1111 (Stable Diffusion)"
"""Name for the form of settings that its web interface introduced and that many programs write."""
_COMFY_WORDS = (('"class_type"', '"inputs"'), ('"last_link_id"', '"nodes"'))
_KIN = (
    ("stable-diffusion.cpp", "stable-diffusion.cpp"),
    ("Fooocus", "Fooocus"),
    ("ComfyUI", "ComfyUI"),
    ("SD.Next", "SD.Next"),
    ("easydiffusion", "Easy Diffusion"),
    ("Civitai resources: [", "Civitai"),
)


def a1111(text: EmbeddedText) -> Mark | None:
    """“… Steps: 20, Sampler: …” as AUTOMATIC1111 writes it and many others do, in any field, hidden in pixels
    too.
    """
    matched = _A1111.search(text.text)
    if matched is None:
        return None
    version = text.text[matched.end() :].rpartition("Version:")[2]
    name = next((name for word, name in _KIN if word in version), AUTOMATIC)
    return found(name, text, quote=matched.group().strip(" ,.\n"))


def comfyui(text: EmbeddedText) -> Mark | None:
    """ComfyUI's graph: JSON of nodes with ``class_type``, or a workflow of nodes and links; also in EXIF
    Make, Model.
    """
    body = re.sub(r"^\s*(?:prompt|workflow|Prompt|Workflow)\s*:\s*(?=\{)", "", text.text)
    if not body.lstrip().startswith("{"):
        return None
    value = json_object(body.rstrip("\x00 \ufffd"))
    if value is None:  # cut off or with Python's NaN in places: the words of the graph still tell
        cut = any(first in body and then in body for first, then in _COMFY_WORDS)
        return found("ComfyUI", text) if cut else None
    graph = any("class_type" in node and "inputs" in node for node in objects_in(value))
    drawn = isinstance(value.get("nodes"), list) and ("links" in value or "last_node_id" in value)
    return found("ComfyUI", text) if graph or drawn else None


def invokeai(text: EmbeddedText) -> Mark | None:
    """InvokeAI's own chunks, and ``Dream`` with its command line."""
    if text.key in _INVOKE_KEYS and text.text.lstrip().startswith("{"):
        return found("InvokeAI", text)
    if text.key == "Dream" and _INVOKE_DREAM.search(text.text[:4000]):
        return found("InvokeAI", text)
    return None


def fooocus(text: EmbeddedText) -> Mark | None:
    """``fooocus_scheme``, or its settings as JSON (with ``adm_guidance`` or a version that says Fooocus)."""
    if text.key == "fooocus_scheme":
        return found("Fooocus", text)
    value = json_object(text.text) if "ooocus" in text.text or "adm_guidance" in text.text else None
    if value is None:
        return None
    named = "Fooocus" in str(value.get("version", value.get("Version", "")))
    return found("Fooocus", text) if named or {"adm_guidance", "base_model"} <= value.keys() else None


def novelai(text: EmbeddedText) -> Mark | None:
    """``Software: NovelAI``, ``Source: Stable Diffusion <hash>``, or a ``Comment`` with its settings."""
    if text.key == "Software" and text.text.strip() == "NovelAI":
        return found("NovelAI", text)
    if text.key == "Source" and re.fullmatch(
        r"(?:Stable Diffusion|NovelAI)[\w .]* [0-9A-F]{8}", text.text.strip()
    ):
        return found("NovelAI", text)
    value = json_object(text.text)
    if value is not None and (
        {"sampler", "seed", "steps"} <= value.keys() or str(value.get("Software", "")) == "NovelAI"
    ):
        return found("NovelAI", text) if text.key == "Comment" or "Software" in value else None
    return None


def swarm_and_easy(text: EmbeddedText) -> Mark | None:
    """SwarmUI's ``sui_image_params`` and Easy Diffusion's field names."""
    if "sui_image_params" in text.text[:200]:
        return found("SwarmUI", text)
    if text.key in _EASY_KEYS:
        return found("Easy Diffusion", text)
    value = json_object(text.text) if "stable_diffusion_model" in text.text else None
    return found("Easy Diffusion", text) if value is not None and _EASY_KEYS & value.keys() else None


def nmkd(text: EmbeddedText) -> Mark | None:
    """NMKD's chunk of its own name, with its settings as JSON."""
    return found("NMKD", text) if text.key == "NMKDiffusion" and json_object(text.text) else None


def upscaled(text: EmbeddedText) -> Mark | None:
    """AUTOMATIC1111's “extras”: an upscaler's settings, which honest pictures may have gone through as
    well.
    """
    if text.key not in ("extras", "postprocessing") or "pscale" not in text.text:
        return None
    return found(AUTOMATIC, text, proof=False)


def draw_things(text: EmbeddedText) -> Mark | None:
    """Settings as JSON in a comment: model, sampler, seed and steps together (Draw Things and others)."""
    if text.key not in (
        "UserComment",
        "exif:UserComment",
        "ImageDescription",
        "parameters",
        "comment",
        "Comment",
    ):
        return None
    value = json_object(text.text)
    if value is None:
        return None
    names = {str(name).lower() for name in value}
    if {"seed", "steps"} <= names and names & {
        "sampler",
        "scale",
        "cfg_scale",
        "cfg",
        "guidance_scale",
        "model",
    }:
        return found("a diffusion program", text)
    return None


READERS: Sequence[Callable[[EmbeddedText], Mark | None]] = (
    fooocus,
    comfyui,
    invokeai,
    novelai,
    swarm_and_easy,
    nmkd,
    a1111,
    draw_things,
    upscaled,
)
"""In the order of asking: the most specific first."""
