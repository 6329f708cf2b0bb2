"""Which watermarks live through what, on the same pictures: ours beside the open libraries.

`python -m tests.bench.survival ours,dwtDct,dwtDctSvd,rivaGan,blind FILE …` prints, for each attack, the
mean share of right bits and how many pictures gave the whole payload. The libraries are not dependencies:
run it with a Python that has invisible-watermark 0.2, blind-watermark 0.4.4 and onnxruntime besides ours.
"""

import hashlib
import math
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.bench.attacks import ATTACKS

Bits = NDArray[np.int_]
Method = tuple[int, Callable[[Image.Image, Bits], Image.Image], Callable[[Image.Image], Bits]]
"""Bits of a payload; putting them in; reading them."""


def ours() -> Method:
    """The house's watermark, through its port."""
    from fairstock.adapters.watermark import SpectrumWatermark

    mark = SpectrumWatermark(b"the bench's own key, 32 bytes...")

    def read(image: Image.Image) -> Bits:
        found = mark.read(image)
        return np.zeros(0, int) if found is None else np.unpackbits(np.frombuffer(found.payload, np.uint8))

    return 48, lambda image, bits: mark.embed(image, np.packbits(bits).tobytes()), read


def invisible(name: str) -> Method:
    """A method of invisible-watermark."""
    from imwatermark import WatermarkDecoder, WatermarkEncoder  # type: ignore[import-not-found]

    length = 32 if name == "rivaGan" else 48
    encoder, decoder = WatermarkEncoder(), WatermarkDecoder("bits", length)
    if name == "rivaGan":
        WatermarkEncoder.loadModel()
        WatermarkDecoder.loadModel()

    def embed(image: Image.Image, bits: Bits) -> Image.Image:
        encoder.set_watermark("bits", [int(bit) for bit in bits])
        marked = encoder.encode(np.asarray(image)[..., ::-1].copy(), name)
        return Image.fromarray(marked[..., ::-1].copy())

    def read(image: Image.Image) -> Bits:
        try:
            return np.array(decoder.decode(np.asarray(image)[..., ::-1].copy(), name)).astype(int)
        except Exception:  # it wants 256 × 256 pixels at least
            return np.zeros(0, int)

    return length, embed, read


def blind() -> Method:
    """blind-watermark."""
    from blind_watermark import WaterMark  # type: ignore[import-not-found]

    def tool() -> Any:
        return WaterMark(password_img=1, password_wm=1)

    def embed(image: Image.Image, bits: Bits) -> Image.Image:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.png"
            image.save(path)
            one = tool()
            one.read_img(str(path))
            one.read_wm(bits.astype(bool), mode="bit")
            one.embed(str(Path(folder) / "b.png"))
            return Image.open(Path(folder) / "b.png").convert("RGB")

    def read(image: Image.Image) -> Bits:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.png"
            image.save(path)
            return (np.asarray(tool().extract(str(path), wm_shape=48, mode="bit")) > 0.5).astype(int)

    return 48, embed, read


def measure(name: str, files: list[str]) -> None:
    """Print one method's row for each attack."""
    length, embed, read = {"ours": ours, "blind": blind}.get(name, lambda: invisible(name))()
    right: dict[str, list[float]] = {attack: [] for attack in ATTACKS}
    noise: list[float] = []
    spent = [0.0, 0.0]
    for file in files:
        with Image.open(file) as opened:
            image = opened.convert("RGB")
        digest = np.frombuffer(hashlib.sha256(file.encode()).digest(), np.uint8)
        bits = np.unpackbits(digest)[:length].astype(int)
        began = time.process_time()
        marked = embed(image, bits)
        spent[0] += time.process_time() - began
        change = np.asarray(marked, float) - np.asarray(image, float)
        noise.append(10 * math.log10(255**2 / max(float((change**2).mean()), 1e-9)))
        for attack, apply in ATTACKS.items():
            attacked = apply(marked)
            began = time.process_time()
            got = read(attacked)
            spent[1] += time.process_time() - began
            right[attack].append(float((got == bits).mean()) if len(got) == length else 0.5)
    reads = len(files) * len(ATTACKS)
    sys.stdout.write(
        f"{name}: {length} bits, PSNR {np.mean(noise):.1f} dB (least {min(noise):.1f}),"
        f" CPU {spent[0] / len(files):.2f} s to embed, {spent[1] / reads:.2f} s to read\n"
    )
    for attack, shares in right.items():
        whole = sum(share == 1 for share in shares)
        sys.stdout.write(f"  {attack:<30} {np.mean(shares):.2f}  {whole}/{len(shares)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for method in sys.argv[1].split(","):
        measure(method, sys.argv[2:])
