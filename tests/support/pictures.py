"""Pictures made on the spot, each with what a test wants to see of it. All sizes in pixels."""

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image, ImageCms, ImageDraw


def scene(width: int = 320, height: int = 240, seed: int = 1) -> Image.Image:
    """Something like a photograph: sky, hills, a sun, and grain, so that encoders have something to do."""
    generator = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    sky = np.stack([90 + 100 * y / height, 150 + 60 * y / height, 230 - 30 * y / height], axis=-1)
    hill = height * (0.6 + 0.1 * np.sin(x / width * 7 + seed))
    ground = np.stack([60 + 40 * x / width, 120 - 30 * y / height, 50 + 0 * x], axis=-1)
    pixels = np.where((y > hill)[..., None], ground, sky) + generator.normal(0, 6, (height, width, 1))
    picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")
    radius = max(2, width // 12)
    left = width * (seed % 5 + 1) // 7
    ImageDraw.Draw(picture).ellipse((left, radius, left + 2 * radius, 3 * radius), fill=(250, 220, 80))
    return picture


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@cache
def jpeg(width: int = 320, height: int = 240, seed: int = 1, quality: int = 95) -> bytes:
    return encoded(scene(width, height, seed), "JPEG", quality=quality)


@cache
def png(width: int = 320, height: int = 240, seed: int = 1) -> bytes:
    return encoded(scene(width, height, seed), "PNG")


@cache
def webp(width: int = 320, height: int = 240, seed: int = 1) -> bytes:
    return encoded(scene(width, height, seed), "WEBP", quality=90)


@cache
def avif(width: int = 320, height: int = 240, seed: int = 1) -> bytes:
    return encoded(scene(width, height, seed), "AVIF", quality=80)


@cache
def tiff(width: int = 320, height: int = 240, seed: int = 1) -> bytes:
    return encoded(scene(width, height, seed), "TIFF", compression="tiff_lzw")


@cache
def still_gif(width: int = 160, height: int = 120) -> bytes:
    return encoded(scene(width, height).quantize(64), "GIF")


def svg(body: str = '<circle cx="60" cy="40" r="30" fill="#d02020"/>', width: int = 120, height: int = 80) -> bytes:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}"'
    return f'{head} height="{height}"><rect width="100%" height="100%" fill="#ffffff"/>{body}</svg>'.encode()


@cache
def corners_jpeg(orientation: int = 1) -> bytes:
    """120×80 as stored, its quarters red, green, blue, white (from the left top, row by row), with an EXIF tag."""
    picture = Image.new("RGB", (120, 80))
    draw = ImageDraw.Draw(picture)
    for i, colour in enumerate([(220, 20, 20), (20, 200, 20), (20, 20, 220), (250, 250, 250)]):
        left, top = 60 * (i % 2), 40 * (i // 2)
        draw.rectangle((left, top, left + 59, top + 39), fill=colour)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(picture, "JPEG", quality=95, exif=exif.tobytes(), subsampling=0)


@cache
def camera_jpeg() -> bytes:
    """With what a camera writes: make, time, copyright, and where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Pictor"
    exif[0x0110] = "Test Camera"
    exif[0x8298] = "(c) Somebody"
    exif[0x013B] = "A Photographer"
    exif.get_ifd(0x8769)[0x9003] = "2024:02:03 04:05:06"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (48.0, 8.0, 30.0)
    place[3], place[4] = "E", (11.0, 34.0, 12.0)
    return encoded(scene(400, 300, 2), "JPEG", quality=92, exif=exif.tobytes())


def s15f16(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


@cache
def wide_gamut_profile() -> bytes:
    """A small ICC profile (v2, matrix and curve) with the primaries of Display P3 and gamma 2.2."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(map(s15f16, values))

    name = b"Pictor wide gamut"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + b"\0" + b"\0" * 78
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    tags = {
        b"desc": described,
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.5151, 0.2412, -0.0011),
        b"gXYZ": xyz(0.2920, 0.6922, 0.0419),
        b"bXYZ": xyz(0.1571, 0.0666, 0.7841),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, content = struct.pack(">I", len(tags)), b""
    at = 128 + 4 + 12 * len(tags)
    for tag, value in tags.items():
        padded = value + b"\0" * (-len(value) % 4)
        table += tag + struct.pack(">II", at + len(content), len(value))
        content += padded
    head = struct.pack(">I4sI4s4s4s", at + len(content), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    head += s15f16(0.9642) + s15f16(1.0) + s15f16(0.8249)
    return head.ljust(128, b"\0") + table + content


WIDE_COLOUR = (200, 100, 60)


@cache
def wide_gamut_jpeg() -> bytes:
    """One colour, WIDE_COLOUR in the wide profile."""
    picture = Image.new("RGB", (128, 128), WIDE_COLOUR)
    return encoded(picture, "JPEG", quality=98, icc_profile=wide_gamut_profile(), subsampling=0)


def wide_colour_as_srgb() -> tuple[int, int, int]:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(wide_gamut_profile()))
    picture = Image.new("RGB", (1, 1), WIDE_COLOUR)
    return ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB")).getpixel((0, 0))


@cache
def cmyk_jpeg() -> bytes:
    """Three stripes: no ink, magenta and yellow (red), black."""
    picture = Image.new("CMYK", (150, 60), (0, 0, 0, 0))
    picture.paste((0, 255, 255, 0), (50, 0, 100, 60))
    picture.paste((0, 0, 0, 255), (100, 0, 150, 60))
    return encoded(picture, "JPEG", quality=95)


@cache
def transparent_png(width: int = 120, height: int = 80) -> bytes:
    """Left half clear, right half opaque green. The clear half hides red, which must never show."""
    picture = Image.new("RGBA", (width, height), (255, 0, 0, 0))
    picture.paste((0, 160, 0, 255), (width // 2, 0, width, height))
    return encoded(picture, "PNG")


@cache
def palette_png() -> bytes:
    return encoded(scene(200, 150).quantize(32), "PNG")


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def raw_png(width: int, height: int, depth: int, colour: int, packed: bytes, *, extra: bytes = b"") -> bytes:
    """A PNG by hand. `packed` is the zlib stream of filtered rows, `extra` whole chunks that come before it."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", head)
    return start + extra + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


@cache
def deep_png(width: int = 64, height: int = 64) -> bytes:
    """16 bits a channel, RGB: a ramp from black to white."""
    ramp = np.linspace(0, 65535, width, dtype=np.float64).astype(">u2")
    row = b"\0" + np.repeat(ramp, 3).tobytes()
    return raw_png(width, height, 16, 2, zlib.compress(row * height))


def moving(frames: int, width: int = 64, height: int = 48) -> list[Image.Image]:
    pictures = []
    for i in range(frames):
        picture = Image.new("RGB", (width, height), (30, 40 + 20 * i, 90))
        ImageDraw.Draw(picture).rectangle((4 * i, 10, 4 * i + 12, 24), fill=(240, 200, 40))
        pictures.append(picture)
    return pictures


@cache
def animated_gif(frames: int = 4) -> bytes:
    first, *rest = [p.quantize(32) for p in moving(frames)]
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=120, loop=0)


@cache
def animated_webp(frames: int = 4) -> bytes:
    first, *rest = moving(frames)
    return encoded(first, "WEBP", save_all=True, append_images=rest, duration=120, loop=0, quality=80)


def near(seen: tuple[int, ...], wanted: tuple[int, ...], tolerance: int = 24) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(seen[:3], wanted[:3]))


def rgb_at(picture: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    """The colour at a place given in shares of width and height."""
    plain = picture.convert("RGB")
    return plain.getpixel((int(x * plain.width), int(y * plain.height)))
