"""What a resize ought to give: Lanczos3 in linear light, in double precision, with the edges' weights normalised."""

import math
from pathlib import Path

import numpy as np
from PIL import Image


def to_linear(samples: np.ndarray) -> np.ndarray:
    value = samples.astype(np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    value = np.clip(linear, 0, 1)
    value = np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.floor(value * 255 + 0.5).astype(np.uint8)


def lanczos(x: np.ndarray) -> np.ndarray:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


def along_rows(picture: np.ndarray, length: int) -> np.ndarray:
    """The first axis to `length`."""
    ratio = picture.shape[0] / length
    stretch = max(ratio, 1.0)
    out = np.empty((length, *picture.shape[1:]))
    for i in range(length):
        centre = (i + 0.5) * ratio
        first, last = max(0, math.floor(centre - 3 * stretch)), min(picture.shape[0], math.ceil(centre + 3 * stretch))
        weights = lanczos((np.arange(first, last) + 0.5 - centre) / stretch)
        out[i] = np.tensordot(weights / weights.sum(), picture[first:last], axes=1)
    return out


def reference(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The opaque picture at `size` (width, height), 8 bits."""
    linear = to_linear(np.asarray(image.convert("RGB")))
    down = along_rows(linear, size[1])
    across = along_rows(down.transpose(1, 0, 2).copy(), size[0]).transpose(1, 0, 2)
    return Image.fromarray(to_srgb(across), "RGB")


def kept_reference(image: Image.Image, size: tuple[int, int], place: Path, name: str) -> Image.Image:
    """The same, from `place` where it was made before."""
    path = place / f"{name}-{size[0]}x{size[1]}.png"
    if not path.exists():
        place.mkdir(parents=True, exist_ok=True)
        reference(image, size).save(path, compress_level=1)
    with Image.open(path) as kept:
        return kept.convert("RGB")
