"""The pictures of bench/quality and bench/speed: made out of Debian packages, the same on every machine.

bench/corpus-quality.json names each picture: where it comes from, how it was cut and scaled, and the SHA-256 of its pixels.
A picture is `held` when the hash of its name is odd, else `fit`: predictions are fitted on one half, figures are reported
on the other. `python -m peers.pictures --write` in bench/ makes the list anew.
"""

import hashlib
import json
import math
import random
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from peers import PLACE as PEERS
from peers import ROOT

LIST = ROOT / "bench" / "corpus-quality.json"
PLACE = ROOT / "build" / "bench" / "pictures"
SHARP = PEERS / "npm" / "node_modules" / "sharp"
SHAPES = [(4, 3), (3, 2), (1, 1), (16, 9), (2, 3)]
Image.MAX_IMAGE_PIXELS = None


def hash_of(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)


def half_of(name: str) -> str:
    return "held" if hash_of(name) % 2 else "fit"


def pixels_digest(image: Image.Image) -> str:
    return hashlib.sha256(f"{image.mode} {image.size}".encode() + image.tobytes()).hexdigest()


def cut(image: Image.Image, megapixels: float, name: str) -> Image.Image:
    """The largest part of a shape that the name decides, out of the middle, scaled by Lanczos to so many pixels."""
    across, down = SHAPES[hash_of("shape" + name) % len(SHAPES)]
    if image.width < image.height:
        across, down = min(across, down), max(across, down)
    width, height = image.width, image.height
    scale = min(width / across, height / down)
    wide, high = int(across * scale), int(down * scale)
    if wide * high < megapixels * 1e6:
        wide, high = width, height
    left, top = (width - wide) // 2, (height - high) // 2
    image = image.crop((left, top, left + wide, top + high))
    shrink = math.sqrt(megapixels * 1e6 / (wide * high))
    if shrink >= 1:
        return image
    return image.resize((round(wide * shrink), round(high * shrink)), Image.Resampling.LANCZOS)


def rendered(svg: Path, width: int) -> Image.Image:
    """The drawing at so many pixels across, by sharp's own librsvg, whose version is pinned."""
    script = (
        "const sharp = require(process.argv[1]); const width = Number(process.argv[3]);"
        "sharp(process.argv[2], {density: 300, unlimited: true}).resize(width).ensureAlpha().toColourspace('srgb')"
        ".png({compressionLevel: 1}).toFile(process.argv[4])"
    )
    target = PLACE / ".rendered.png"
    subprocess.run(["node", "-e", script, SHARP, svg, str(width), target], check=True)
    image = Image.open(target).convert("RGBA")
    target.unlink()
    return image


def flattened(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")


def plot(kind: str) -> Image.Image:
    """A chart as programs draw them: anti-aliased lines, flat areas, small text in Pillow's own font."""
    chance, scale, size = random.Random(kind), 3, (1000, 700)
    image = Image.new("RGB", (size[0] * scale, size[1] * scale), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(13 * scale)
    colours = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd"]
    left, top, right, bottom = (v * scale for v in (70, 50, 970, 640))
    for step in range(9):
        y = bottom - (bottom - top) * step // 8
        draw.line((left, y, right, y), fill="#dddddd", width=scale)
        draw.text((left - 55 * scale, y - 8 * scale), f"{step * 12.5:.1f}", fill="black", font=font)
        x = left + (right - left) * step // 8
        draw.text((x - 10 * scale, bottom + 8 * scale), str(2016 + step), fill="black", font=font)
    draw.text(
        (left, 15 * scale), f"{kind.capitalize()}: figures made up by a seeded generator", fill="black", font=font
    )
    for number, colour in enumerate(colours):
        if kind == "lines":
            value, points = 50.0, []
            for x in range(0, 201):
                value = min(98, max(2, value + chance.gauss(0, 2.2)))
                points.append((left + (right - left) * x / 200, bottom - (bottom - top) * value / 100))
            draw.line(points, fill=colour, width=2 * scale, joint="curve")
        elif kind == "bars":
            for group in range(8):
                x = left + (right - left) * (group + 0.1 + number * 0.16) / 8
                y = bottom - (bottom - top) * chance.uniform(0.1, 0.95)
                draw.rectangle((x, y, x + (right - left) * 0.018, bottom), fill=colour)
        else:
            for _ in range(160):
                x, y = chance.gauss(0.3 + 0.1 * number, 0.1), chance.gauss(0.25 + 0.12 * number, 0.09)
                x, y = left + (right - left) * x, bottom - (bottom - top) * y
                draw.ellipse((x - 4 * scale, y - 4 * scale, x + 4 * scale, y + 4 * scale), fill=colour)
    draw.rectangle((left, top, right, bottom), outline="black", width=scale)
    return image.resize(size, Image.Resampling.BOX)


def catalogue() -> dict[tuple[str, str], Path]:
    """Files of tools/corpus by package and path, fetched where they are missing."""
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "corpus", "all", "--json"], stdout=subprocess.PIPE, text=True, check=True
    )
    return {(p["package"], p["path"]): Path(p["file"]) for p in json.loads(found.stdout)}


def make(row: dict, files: dict[tuple[str, str], Path]) -> Image.Image:
    if row["kind"] == "plot":
        return plot(row["plot"])
    source = files[row["package"], row["path"]]
    if source.suffix == ".svg":
        image = rendered(source, row["width"])
        return image if row["alpha"] else flattened(image)
    image = Image.open(source)
    if row["alpha"]:
        image = image.convert("RGBA")
    else:
        image = flattened(image) if image.mode in ("RGBA", "P", "LA") else image.convert("RGB")
    return image if row.get("megapixels") is None else cut(image, row["megapixels"], row["name"])


def picture_of(row: dict, files: dict | None, wanted: str | None) -> Path:
    """Its PNG below build/bench/pictures; made, and checked against the list, where it is missing."""
    path = PLACE / f"{row['name']}.png"
    mark = PLACE / f".{row['name']}.sha256"
    if path.exists() and mark.exists() and mark.read_text() == wanted:
        return path
    image = make(row, files if files is not None else catalogue())
    image.info.clear()  # no profile (all are sRGB), no words: nothing that one encoder would keep and another drop
    digest = pixels_digest(image)
    if wanted is not None and digest != wanted:
        print(f"note: {row['name']} is not the picture of the list (other pixels)", file=sys.stderr)
    image.save(path, compress_level=6)
    mark.write_text(digest)
    row["sha256"], row["pixels"] = digest, [image.width, image.height]
    return path


def pictures(half: str | None = "held") -> list[dict]:
    """Rows of the list with `file` and `half`, of one half or (None) of both."""
    PLACE.mkdir(parents=True, exist_ok=True)
    rows = json.loads(LIST.read_text(encoding="utf-8"))["pictures"]
    files = None
    if not all((PLACE / f"{row['name']}.png").exists() for row in rows):
        files = catalogue()
    for row in rows:
        row["half"] = half_of(row["name"])
        if half in (None, row["half"]):
            row["file"] = picture_of(row, files, row["sha256"])
    return [row for row in rows if "file" in row]


def write() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    document = json.loads(LIST.read_text(encoding="utf-8"))
    files = catalogue()
    for row in document["pictures"]:
        row.pop("sha256", None)
        picture_of(row, files, None)
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in document["pictures"])
    about = json.dumps(document["about"], ensure_ascii=False)
    LIST.write_text(f'{{\n "about": {about},\n "pictures": [\n{lines}\n ]\n}}\n', encoding="utf-8")


if __name__ == "__main__" and "--write" in sys.argv:
    write()
