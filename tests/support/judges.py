"""Judges of files that are not ours: Pillow shows them, exiftool reads their metadata."""

import json
import subprocess

from PIL import Image

from support import pictures
from support.api import File

PILLOW = {"webp": "WEBP", "avif": "AVIF", "jpeg": "JPEG", "png": "PNG", "gif": "GIF"}


def looked_at(file: File) -> Image.Image:
    """The picture as a browser shows it; what the variant says of it is true."""
    picture = pictures.opened(file.content)
    assert picture.format == PILLOW[file.variant["format"]]
    assert picture.size == (file.variant["width"], file.variant["height"])
    assert picture.getexif().get(0x0112, 1) == 1, "the orientation tag was not reset"
    return picture


def exiftool(content: bytes, *options: str) -> dict:
    """What exiftool reads, by group and name."""
    read = subprocess.run(
        ["exiftool", "-json", "-G1", "-struct", *options, "-"],
        input=content,
        capture_output=True,
        check=True,
        timeout=30,
    )
    return json.loads(read.stdout)[0]
