"""Files and bodies that somebody unfriendly would send. Written by hand, byte by byte."""

import struct
import zlib
from functools import cache

from support import pictures


@cache
def jpeg_that_claims(width: int = 64_250, height: int = 64_250) -> bytes:
    """A small JPEG whose frame header names other sizes."""
    content = bytearray(pictures.jpeg(64, 64))
    at = next(content.find(bytes([0xFF, kind])) for kind in (0xC0, 0xC2) if content.find(bytes([0xFF, kind])) > 0)
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


@cache
def tall_avif() -> bytes:
    """16 × 17,000 of one colour: some hundred bytes that claim much more."""
    from PIL import Image

    return pictures.encoded(Image.new("RGB", (16, 17_000), (10, 20, 30)), "AVIF", quality=30)


@cache
def avif_that_claims(width: int = 60_000, height: int = 60_000) -> bytes:
    content = bytearray(pictures.avif(64, 64))
    at = content.find(b"ispe")
    content[at + 8 : at + 16] = struct.pack(">II", width, height)
    return bytes(content)


def zeros(count: int) -> bytes:
    """A zlib stream of `count` zero bytes, made without having them: blocks that stand alone are repeated."""
    block_size = 1 << 20
    maker = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = maker.compress(bytes(block_size)) + maker.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    tail = rest.compress(bytes(count % block_size)) + rest.flush()
    checksum = ((count % 65_521) << 16) | 1
    return b"\x78\xda" + block * (count // block_size) + tail + struct.pack(">I", checksum)


@cache
def endless_png() -> bytes:
    """30,000 × 30,000, one bit deep, one colour."""
    side = 30_000
    return pictures.raw_png(side, side, 1, 0, zeros(side * (1 + side // 8)))


@cache
def png_with_bomb(kind: str, size: int = 1 << 30) -> bytes:
    """A 64 × 64 PNG whose text or profile unpacks to `size` bytes."""
    packed = zeros(size)
    content = b"Comment\0\0" + packed if kind == "zTXt" else b"profile\0\0" + packed
    rows = zlib.compress((b"\0" + b"\x40\x80\xc0" * 64) * 64)
    return pictures.raw_png(64, 64, 8, 2, rows, extra=pictures.png_chunk(kind.encode(), content))


@cache
def gif_of_frames(count: int = 100_000) -> bytes:
    """Frames of one pixel."""
    head = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\x0a\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return head + frame * count + b"\x3b"


def truncated(content: bytes, share: float) -> bytes:
    return content[: int(len(content) * share)]


def svg_reading_a_file() -> bytes:
    return pictures.svg('<image xlink:href="file:///etc/hostname" width="60" height="60"/><text>seen</text>')


def svg_with_entities() -> bytes:
    """XXE: an entity that is a file."""
    head = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
    return head.encode() + pictures.svg('<text x="5" y="20">&secret;</text>')


def svg_that_laughs() -> bytes:
    """Entities of entities: nine times ten to the ninth."""
    entities = ['<!ENTITY l0 "lol">']
    entities += [f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)]
    head = f'<?xml version="1.0"?><!DOCTYPE svg [{"".join(entities)}]>'
    return head.encode() + pictures.svg('<text x="5" y="20">&l9;</text>')


def svg_fetching(url: str) -> bytes:
    body = f'<image xlink:href="{url}" width="60" height="60"/><style>@import url("{url}");</style>'
    return pictures.svg(body + f'<use xlink:href="{url}#x"/>')


def svg_of_size(width: str, height: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"><rect width="9"/></svg>'.encode()
