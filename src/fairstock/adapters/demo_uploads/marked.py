"""Pictures that carry the marks of image generators, written as those programs write them."""

from __future__ import annotations

import gzip
import json

import numpy as np
from PIL import Image, ImageDraw

from fairstock.adapters.demo_uploads.drawing import encoded, international, png, scene, text

_SETTINGS = (
    "a quiet valley at noon\nNegative prompt: people\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: {seed}"
)
_GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 8, "steps": 20, "model": ["4", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "demo.safetensors"}},
}
_MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="{kind}"{more}/></rdf:RDF></x:xmpmeta>'
)
_GUID = ' Iptc4xmpExt:DigitalImageGUID="3f2b7c52-9d0e-4c1c-8a53-0c3f6a1f7d21"'
_SQUARES = ("#ffff66", "#42ffff", "#51da4c", "#ff6e3c", "#3c46ff")
_USER_COMMENT, _EXIF_IFD = 0x9286, 0x8769


def marked_files() -> dict[str, bytes]:
    """File name → bytes; the name says which generator's mark is inside."""
    settings = _SETTINGS.format(seed=7)
    return {
        "a1111.png": png(scene(1), text("parameters", settings)),
        "a1111_photo.jpg": _jpeg_comment(scene(2), _SETTINGS.format(seed=11)),
        "comfyui_behind_the_end.png": png(scene(3), behind=text("prompt", json.dumps(_GRAPH))),
        "invokeai.png": png(scene(4), text("invokeai_metadata", json.dumps({"positive_prompt": "a valley"}))),
        "fooocus.png": png(scene(5), text("fooocus_scheme", "a1111"), text("parameters", settings)),
        "novelai.png": png(
            scene(6),
            text("Software", "NovelAI"),
            text("Source", "Stable Diffusion 1D44365E"),
            text("Comment", "{}"),
        ),
        "hidden_in_alpha.png": encoded(_stealth(scene(7), settings), "PNG"),
        "midjourney.png": png(
            scene(8), international("XML:com.adobe.xmp", _XMP.format(kind=_MODEL, more=_GUID))
        ),
        "dalle2.jpg": encoded(_signed(scene(9)), "JPEG", quality=92, subsampling=0),
        "tc260.png": png(scene(10), text("AIGC", json.dumps({"Label": "1", "ContentProducer": "demo"}))),
        "dreamina.jpg": _jpeg_comment(scene(11), json.dumps({"aigc_info": {"aigc_label_type": 0}})),
        "source_type.webp": encoded(
            scene(12), "WEBP", quality=88, xmp=_XMP.format(kind=_MODEL, more="").encode()
        ),
    }


def _jpeg_comment(image: Image.Image, comment: str) -> bytes:
    """A JPEG with an EXIF UserComment in UTF-16, as A1111 writes it."""
    exif = Image.Exif()
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\x00" + comment.encode("utf-16-be")
    return encoded(image, "JPEG", quality=90, exif=exif.tobytes())


def _stealth(image: Image.Image, settings: str) -> Image.Image:
    """The settings hidden in the lowest bits of alpha, column by column."""
    payload = gzip.compress(settings.encode(), mtime=0)
    message = b"stealth_pngcomp" + (8 * len(payload)).to_bytes(4, "big") + payload
    bits = np.unpackbits(np.frombuffer(message, dtype=np.uint8))
    alpha = np.full((image.width, image.height), 254, dtype=np.uint8).reshape(-1)
    alpha[: len(bits)] |= bits
    image = image.convert("RGBA")
    image.putalpha(Image.fromarray(np.ascontiguousarray(alpha.reshape(image.width, image.height).T)))
    return image


def _signed(image: Image.Image) -> Image.Image:
    """DALL·E 2's five squares of 16 px at the bottom right."""
    draw = ImageDraw.Draw(image)
    for number, colour in enumerate(_SQUARES):
        left = image.width - 16 * (len(_SQUARES) - number)
        draw.rectangle((left, image.height - 16, left + 15, image.height - 1), fill=colour)
    return image
