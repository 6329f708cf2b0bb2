"""Labels that say "made by a model" outright: IPTC DigitalSourceType, TC260, Midjourney, Dreamina, software
names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fairstock.screening.marks.base import Mark, found, json_object
from fairstock.screening.ports import EmbeddedText

_SOURCE_TYPES = frozenset(
    {"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"}
)
_MIDJOURNEY = re.compile(r"(Job ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_MIDJOURNEY_FLAGS = re.compile(r"\s--(?:v|ar|niji|chaos|stylize|s) [\d.:]+")
_CREDITS = (
    (re.compile(r"(?:Made|Created|Edited) with Google AI", re.IGNORECASE), "Google AI"),
    (re.compile(r"Imagined with (?:Meta )?AI|(?:Made|Created) with Meta AI", re.IGNORECASE), "Meta AI"),
    (re.compile(r"(?:Made|Created|Generated) (?:with|by) AI", re.IGNORECASE), "a generator (credit line)"),
    (re.compile(r"Apple Image Playground", re.IGNORECASE), "Apple Image Playground"),
    (re.compile(r"(?:Generated|Created) (?:by|with) (?:OpenAI|ChatGPT)", re.IGNORECASE), "ChatGPT"),
)
_CREDIT_FIELDS = frozenset({"photoshop:Credit", "Credit", "Artist", "dc:creator", "By-line", "XPAuthor"})
_AI_SOFTWARE = re.compile(r"AI generated\s*;\s*\w{3}2\w{3}(?:\s*;\s*([\w.-]{1,40}))?", re.IGNORECASE)
"""What the reference programs of Black Forest Labs write as EXIF Software: “AI generated;txt2img;flux”."""
_SOFTWARE_FIELDS = frozenset(
    {"Software", "xmp:CreatorTool", "tiff:Software", "OriginatingProgram", "Make", "Model"}
)
_SOFTWARE = {
    "midjourney": "Midjourney",
    "dall-e": "DALL·E",
    "dall·e": "DALL·E",
    "adobe firefly": "Adobe Firefly",
    "stable diffusion": "Stable Diffusion",
    "comfyui": "ComfyUI",
    "invokeai": "InvokeAI",
    "fooocus": "Fooocus",
    "draw things": "Draw Things",
    "diffusionbee": "DiffusionBee",
    "leonardo.ai": "Leonardo.Ai",
    "leonardo ai": "Leonardo.Ai",
    "ideogram": "Ideogram",
    "ideogram ai": "Ideogram",
    "ideogram.ai": "Ideogram",
    "recraft": "Recraft",
    "recraft.ai": "Recraft",
    "krea": "Krea",
    "krea.ai": "Krea",
    "playground ai": "Playground",
    "playgroundai.com": "Playground",
    "stability ai": "Stability AI",
    "dreamstudio": "Stability AI",
    "black forest labs": "Flux",
    "imaginairy": "imaginAIry",
    "nmkd stable diffusion gui": "NMKD",
    "kling ai": "Kling",
    "jimeng": "Jimeng",
    "dreamina": "Dreamina",
    "bing image creator": "Bing Image Creator",
    "microsoft designer image creator": "Microsoft Designer",
    "apple image playground": "Apple Image Playground",
}


def source_type(text: EmbeddedText) -> Mark | None:
    """IPTC's DigitalSourceType in XMP, as the vocabulary's address or its bare last word."""
    if not text.key.endswith(":DigitalSourceType"):
        return None
    term = text.text.strip().rstrip("/").rpartition("/")[2]
    return found("a generator (DigitalSourceType)", text) if term in _SOURCE_TYPES else None


def midjourney(text: EmbeddedText) -> Mark | None:
    """A job's id in ``Description``, XMP's DigitalImageGUID is read with the source type beside it
    (``marks_of``).
    """
    if text.key not in ("Description", "dc:description", "ImageDescription", "Caption"):
        return None
    job = _MIDJOURNEY.search(text.text)
    if job:
        return found("Midjourney", text, quote=job.group())
    flags = _MIDJOURNEY_FLAGS.search(text.text)
    return found("Midjourney", text, proof=False, quote=flags.group().strip()) if flags else None


def midjourney_pair(texts: Sequence[EmbeddedText]) -> Mark | None:
    """Midjourney's XMP: a DigitalSourceType of a model together with a DigitalImageGUID."""
    typed = next((text for text in texts if source_type(text)), None)
    guid = next(
        (text for text in texts if text.key.endswith(":DigitalImageGUID") and _UUID.search(text.text)), None
    )
    return found("Midjourney", guid, quote=f"{guid.text} with DigitalSourceType") if typed and guid else None


def tc260(text: EmbeddedText) -> Mark | None:
    """The Chinese label (TC260, GB 45438-2025): ``AIGC`` with Label 1; 2 and 3 say possibly and suspected
    only.
    """
    if text.key == "AIGC" or text.key.endswith(":AIGC"):
        value = json_object(text.text)
    elif '"AIGC"' in text.text:
        outer = json_object(text.text)
        inner = outer.get("AIGC") if outer else None
        value = inner if isinstance(inner, dict) else json_object(str(inner))
    else:
        return None
    label = str(value.get("Label", value.get("label", ""))) if value else ""
    if label not in ("1", "2", "3"):
        return None
    return found("a generator (TC260 AIGC label)", text, proof=label == "1")


def dreamina(text: EmbeddedText) -> Mark | None:
    """Dreamina and CapCut: ``{"aigc_info": …}`` in a comment."""
    value = json_object(text.text) if '"aigc_info"' in text.text else None
    return found("Dreamina", text) if value is not None and "aigc_info" in value else None


def software(text: EmbeddedText) -> Mark | None:
    """A generator's name as the program that wrote the file, alone or with a version."""
    if text.key not in _SOFTWARE_FIELDS:
        return None
    name = re.sub(r"[\s/]*v?[\d.]+\s*$", "", text.text.strip("\x00 \ufffd")).strip().lower()
    return found(_SOFTWARE[name], text) if name in _SOFTWARE else None


def credit(text: EmbeddedText) -> Mark | None:
    """A credit line by which a service names itself: “Made with Google AI”, “Imagined with AI”."""
    if text.key not in _CREDIT_FIELDS:
        return None
    name = next((name for pattern, name in _CREDITS if pattern.fullmatch(text.text.strip(" .\x00"))), None)
    return found(name, text) if name else None


def ai_software(text: EmbeddedText) -> Mark | None:
    """EXIF Software “AI generated;txt2img;flux” of Flux and its kin."""
    matched = _AI_SOFTWARE.match(text.text) if text.key in _SOFTWARE_FIELDS else None
    if matched is None:
        return None
    return found("Flux" if (matched.group(1) or "").lower().startswith("flux") else "a generator", text)


def grok(texts: Sequence[EmbeddedText]) -> Mark | None:
    """xAI's Grok: EXIF ``ImageDescription`` “Signature: …” together with a UUID as ``Artist``."""
    signature = next(
        (text for text in texts if text.key == "ImageDescription" and text.text.startswith("Signature: ")),
        None,
    )
    artist = any(text.key == "Artist" and _UUID.fullmatch(text.text.strip("\x00 ")) for text in texts)
    return found("Grok", signature) if signature and artist else None


READERS: Sequence[Callable[[EmbeddedText], Mark | None]] = (
    source_type,
    midjourney,
    tc260,
    dreamina,
    software,
    credit,
    ai_software,
)
PAIR_READERS: Sequence[Callable[[Sequence[EmbeddedText]], Mark | None]] = (midjourney_pair, grok)
"""Readers that need more than one text to be sure."""
