"""The independent judge: decodes a file as a browser would and scores it by the reference SSIMULACRA2.

JPEG by libjpeg-turbo, WebP by libwebp, AVIF by libavif, PNG by libpng (all inside Pillow, pinned), JXL by djxl. A picture
with alpha is laid over black and over white, and the lower score counts.
"""

import ctypes
import subprocess
import tempfile
from pathlib import Path

from PIL import Image, features

from peers import PLACE

Image.MAX_IMAGE_PIXELS = None


class Judge:
    def __init__(self):
        library = ctypes.CDLL(str(PLACE / "judge" / "judge.so"))
        self.score_of = library.pictor_judge
        self.score_of.restype = ctypes.c_double
        self.score_of.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t]
        self.known: dict[str, list[bytes]] = {}

    @staticmethod
    def decoders() -> dict:
        names = {"jpg": "libjpeg_turbo", "webp": "webp", "avif": "avif", "zlib": "zlib_ng"}
        return {name: str(features.version(feature) or "") for name, feature in names.items()}

    def score(self, original: Image.Image, file: Path) -> float:
        """SSIMULACRA2 of the file against the picture. Raises ValueError where the sizes differ."""
        decoded = decode(file)
        if decoded.size != original.size:
            raise ValueError(f"{file.name} has {decoded.size}, not {original.size}")
        grounds = ["white", "black"] if original.mode == "RGBA" else [None]
        pairs = [(over(original, ground), over(decoded, ground)) for ground in grounds]
        return min(self.score_of(a, b, original.width, original.height) for a, b in pairs)


def over(image: Image.Image, ground: str | None) -> bytes:
    if ground is None:
        return (over_image(image, "white") if image.mode == "RGBA" else image.convert("RGB")).tobytes()
    return over_image(image.convert("RGBA"), ground).tobytes()


def over_image(image: Image.Image, ground: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, ground), image).convert("RGB")


def decode(file: Path) -> Image.Image:
    if file.suffix == ".jxl":
        with tempfile.TemporaryDirectory() as room:
            png = Path(room) / "decoded.png"
            subprocess.run(["djxl", file, png, "--num_threads=0"], check=True, capture_output=True)
            return loaded(png)
    return loaded(file)


def loaded(file: Path) -> Image.Image:
    """Its pixels, 8 bits, as RGB or RGBA."""
    with Image.open(file) as image:
        alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
        if image.mode in ("I;16", "I"):
            return image.point(lambda v: v / 257).convert("L").convert("RGB")
        return image.convert("RGBA" if alpha else "RGB")
