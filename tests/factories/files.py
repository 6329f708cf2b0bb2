"""Image files for tests, built in the test, so that each case shows what is inside."""

from __future__ import annotations

import json

from PIL import Image

from fairstock.adapters.demo_uploads.drawing import chunk, encoded, international, packed, png, scene, text
from fairstock.adapters.demo_uploads.marked import marked_files

__all__ = [
    "A1111",
    "chunk",
    "encoded",
    "exif_jpeg",
    "generator_files",
    "packed",
    "png",
    "scene",
    "text",
    "xmp_png",
]

A1111 = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"
_USER_COMMENT, _EXIF_IFD = 0x9286, 0x8769


def exif_jpeg(tags: dict[int, str], comment: bytes | None = None) -> bytes:
    """A JPEG with EXIF tags and, raw with its character code, a UserComment."""
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[tag] = value
    if comment is not None:
        exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = comment
    return encoded(scene(1), "JPEG", exif=exif.tobytes())


def xmp_png(attributes: str) -> bytes:
    """A PNG with an XMP packet whose one description has these attributes."""
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/" '
        f"{attributes}/></rdf:RDF></x:xmpmeta>"
    )
    return png(scene(1), international("XML:com.adobe.xmp", packet))


def _demo(name: str) -> bytes:
    return marked_files()[name]


def generator_files() -> dict[str, tuple[bytes, str]]:
    """Case → (file, the generator that must be named)."""
    dream = '"a cat" -s 50 -W 512 -H 512 -C 7.5 -A k_lms -S 123'
    workflow = json.dumps({"last_node_id": 1, "last_link_id": 1, "nodes": [], "links": []})
    aigc = '{"Label": "1", "ContentProducer": "x"}'
    kind = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    a1111, comfy, source = "AUTOMATIC1111 (Stable Diffusion)", "ComfyUI", "a generator (DigitalSourceType)"
    tc260 = "a generator (TC260 AIGC label)"
    return {
        "a1111 png text": (_demo("a1111.png"), a1111),
        "a1111 packed text": (png(scene(1), packed("parameters", A1111.encode())), a1111),
        "a1111 behind the end": (png(scene(1), behind=text("parameters", A1111)), a1111),
        "a1111 exif, utf-16 big": (_demo("a1111_photo.jpg"), a1111),
        "a1111 exif, utf-16 little": (exif_jpeg({}, b"UNICODE\x00" + A1111.encode("utf-16-le")), a1111),
        "a1111 exif, ascii": (exif_jpeg({}, b"ASCII\x00\x00\x00" + A1111.encode()), a1111),
        "stealth pnginfo": (_demo("hidden_in_alpha.png"), a1111),
        "stable-diffusion.cpp": (
            png(scene(1), text("parameters", A1111 + ", Version: stable-diffusion.cpp")),
            "stable-diffusion.cpp",
        ),
        "comfyui prompt behind the end": (_demo("comfyui_behind_the_end.png"), comfy),
        "comfyui workflow": (png(scene(1), text("workflow", workflow)), comfy),
        "comfyui webp exif": (exif_jpeg({0x010F: "workflow:" + workflow}), comfy),
        "invokeai": (_demo("invokeai.png"), "InvokeAI"),
        "invokeai dream": (png(scene(1), text("Dream", dream)), "InvokeAI"),
        "invokeai sd-metadata": (
            png(scene(1), text("sd-metadata", '{"app_id": "invoke-ai/InvokeAI"}')),
            "InvokeAI",
        ),
        "fooocus": (_demo("fooocus.png"), "Fooocus"),
        "novelai": (_demo("novelai.png"), "NovelAI"),
        "midjourney xmp": (_demo("midjourney.png"), "Midjourney"),
        "midjourney job": (
            png(scene(1), text("Description", "a cat Job ID: 3f2b7c52-9d0e-4c1c-8a53-0c3f6a1f7d21")),
            "Midjourney",
        ),
        "dall-e 2 squares": (_demo("dalle2.jpg"), "DALL·E 2"),
        "tc260 png": (_demo("tc260.png"), tc260),
        "tc260 xmp": (xmp_png(f"TC260:AIGC='{aigc}'"), tc260),
        "dreamina": (_demo("dreamina.jpg"), "Dreamina"),
        "source type webp": (_demo("source_type.webp"), source),
        "source type composite": (
            xmp_png(f'Iptc4xmpExt:DigitalSourceType="{kind}compositeWithTrainedAlgorithmicMedia"'),
            source,
        ),
        "google credit": (xmp_png('photoshop:Credit="Made with Google AI"'), "Google AI"),
        "firefly tool": (xmp_png('xmp:CreatorTool="Adobe Firefly 2.0"'), "Adobe Firefly"),
        "grok": (
            exif_jpeg({0x010E: "Signature: abc", 0x013B: "3f2b7c52-9d0e-4c1c-8a53-0c3f6a1f7d21"}),
            "Grok",
        ),
        "swarmui": (png(scene(1), text("parameters", '{"sui_image_params": {"prompt": "a"}}')), "SwarmUI"),
        "easy diffusion": (png(scene(1), text("use_stable_diffusion_model", "sd-v1-4")), "Easy Diffusion"),
        "google credit in iptc-less xmp, edited": (
            xmp_png('photoshop:Credit="Edited with Google AI"'),
            "Google AI",
        ),
        "meta ai artist": (exif_jpeg({0x013B: "Imagined with AI"}), "Meta AI"),
        "meta ai credit": (xmp_png('photoshop:Credit="Imagined with Meta AI"'), "Meta AI"),
        "apple image playground": (
            xmp_png('photoshop:Credit="Apple Image Playground"'),
            "Apple Image Playground",
        ),
        "flux reference program": (exif_jpeg({0x0131: "AI generated;txt2img;flux"}), "Flux"),
        "flux maker": (exif_jpeg({0x010F: "Black Forest Labs", 0x0110: "flux-dev"}), "Flux"),
        "leonardo": (exif_jpeg({0x0131: "Leonardo.Ai"}), "Leonardo.Ai"),
        "ideogram": (png(scene(1), text("Software", "Ideogram 2.0")), "Ideogram"),
        "recraft": (xmp_png('xmp:CreatorTool="Recraft v3"'), "Recraft"),
        "krea": (png(scene(1), text("Software", "Krea.ai")), "Krea"),
        "playground": (png(scene(1), text("Software", "Playground AI")), "Playground"),
        "stability api": (png(scene(1), text("Software", "Stability AI")), "Stability AI"),
        "bing image creator": (exif_jpeg({0x0131: "Bing Image Creator"}), "Bing Image Creator"),
        "microsoft designer": (
            exif_jpeg({0x0131: "Microsoft Designer Image Creator"}),
            "Microsoft Designer",
        ),
        "nmkd": (png(scene(1), text("NMKDiffusion", '{"prompt": "a cat"}')), "NMKD"),
        "imaginairy": (exif_jpeg({0x0131: "Imaginairy 14.1"}), "imaginAIry"),
        "draw things creator tool": (xmp_png('xmp:CreatorTool="Draw Things"'), "Draw Things"),
        "civitai": (
            exif_jpeg(
                {},
                b"UNICODE\x00"
                + (A1111 + ', Civitai resources: [{"type":"checkpoint"}], Civitai metadata: {}').encode(
                    "utf-16-be"
                ),
            ),
            "Civitai",
        ),
        "kling label in exif": (exif_jpeg({}, b"ASCII\x00\x00\x00" + b'{"AIGC": {"Label": "1"}}'), tc260),
        "photoshop generative fill": (
            xmp_png(f'photoshop:Instructions="x" Iptc4xmpExt:DigitalSourceType="{kind}compositeSynthetic"'),
            source,
        ),
        "source type without address": (
            xmp_png('Iptc4xmpExt:DigitalSourceType="trainedAlgorithmicMedia"'),
            source,
        ),
        "draw things": (
            exif_jpeg({}, b"ASCII\x00\x00\x00" + b'{"seed": 1, "steps": 20, "sampler": "DPM", "c": "cat"}'),
            "a diffusion program",
        ),
    }
