"""Edits of the pixels, and every kind of file that is read."""

import io
import struct

import pytest
from PIL import Image
from support import pictures
from support.api import Api
from support.judges import looked_at

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 40, 220), (250, 250, 250)


def quarters(width: int = 200, height: int = 100) -> bytes:
    """Red, green, blue, white: left to right, top to bottom."""
    picture = Image.new("RGB", (width, height), WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return pictures.encoded(picture, "PNG")


def made(api: Api, content: bytes, **settings) -> Image.Image:
    settings = {"format": "png", "neverWorse": False, **settings}
    return looked_at(api.export_one(content, settings))


def colour_at(picture: Image.Image, x: float, y: float) -> tuple[int, int, int]:
    return pictures.rgb_at(picture, x, y)


def near(seen: tuple[int, ...], wanted: tuple[int, int, int]) -> bool:
    return pictures.near(seen, wanted, 12)


@pytest.mark.parametrize(
    "edits, size, top_left",
    [
        ({"rotate": 90}, (100, 200), BLUE),
        ({"rotate": 180}, (200, 100), WHITE),
        ({"rotate": -90}, (100, 200), GREEN),
        ({"flip": "horizontal"}, (200, 100), GREEN),
        ({"flip": "vertical"}, (200, 100), BLUE),
        ({"flip": "both"}, (200, 100), WHITE),
        ({"crop": {"left": 100, "top": 50, "width": 60, "height": 40}}, (60, 40), WHITE),
        ({"rotate": 90, "flip": "horizontal"}, (100, 200), RED),
        ({"resize": {"width": 50}, "dpr": 2}, (100, 50), RED),
        ({"pad": 10, "background": "#1e28dc"}, (220, 120), BLUE),
        ({"rotate": 90, "crop": {"left": 50, "top": 0, "width": 50, "height": 80}}, (50, 80), RED),
    ],
)
def test_edits_move_the_pixels_as_they_say(api: Api, edits: dict, size: tuple[int, int], top_left: tuple):
    picture = made(api, quarters(), **edits)
    assert picture.size == size
    assert near(colour_at(picture, 0.02, 0.02), top_left)


def test_edits_of_optimize_are_the_same(api: Api):
    answer = api.post(
        "/v1/optimize?format=png&rotate=90&crop=0,0,50,80&pad=2",
        content=quarters(),
        headers={"Content-Type": "image/png"},
    )
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (54, 84)
    assert near(colour_at(picture, 0.5, 0.5), BLUE)


def test_a_crop_that_reaches_out_is_refused_with_the_size(api: Api):
    problem = api.problem(
        "POST",
        "/v1/optimize?crop=150,0,100,50",
        422,
        "invalid_field",
        content=quarters(),
        headers={"Content-Type": "image/png"},
    )
    assert problem["errors"][0]["pointer"] == "?crop"
    assert "200 × 100" in problem["detail"]


def test_trim_takes_the_border(api: Api):
    picture = Image.new("RGB", (120, 90), WHITE)
    picture.paste(RED, (20, 30, 60, 50))
    assert made(api, pictures.encoded(picture, "PNG"), trim=True).size == (40, 20)


def test_a_free_angle_shows_the_background_where_the_format_has_no_alpha(api: Api):
    jpeg = made(api, quarters(100, 100), format="jpeg", rotate=45, background="#00ff00", quality=95)
    assert jpeg.width in range(140, 144)
    assert pictures.near(colour_at(jpeg, 0.02, 0.02), (0, 255, 0), 30)
    png = made(api, quarters(100, 100), rotate=45)
    assert png.convert("RGBA").getpixel((2, 2))[3] == 0


def test_responsive_widths_have_the_same_edits(api: Api):
    session = api.upload(("a.png", quarters(1200, 600)))
    settings = {
        "format": "png",
        "neverWorse": False,
        "rotate": 90,
        "pad": {"left": 60},
        "responsive": True,
        "responsiveSizes": [330],
    }
    image = api.export(session["sessionId"], settings)["images"][0]
    sizes = {v["name"]: (v["width"], v["height"]) for v in image["variants"]}
    assert sizes == {"full": (660, 1200), "330w": (330, 600)}
    small = looked_at(api.download(image, "330w"))
    assert small.size == (330, 600)
    assert near(colour_at(small, 0.2, 0.1), BLUE)


# --- watermark


def mark() -> bytes:
    return pictures.encoded(Image.new("RGBA", (40, 20), (0, 0, 0, 255)), "PNG")


def test_a_watermark_lies_where_it_was_asked(api: Api):
    image_id = api.upload(("mark.png", mark()))["images"][0]["id"]
    watermark = {"imageId": image_id, "gravity": "southeast", "scale": 0.2, "margin": 10, "opacity": 1}
    picture = made(api, quarters(), watermark=watermark)
    assert picture.size == (200, 100)
    assert near(picture.convert("RGB").getpixel((170, 80)), (0, 0, 0))
    assert near(picture.convert("RGB").getpixel((196, 96)), WHITE)
    assert near(picture.convert("RGB").getpixel((20, 20)), RED)
    answer = api.post(
        f"/v1/optimize?format=png&watermark={image_id}", content=quarters(), headers={"Content-Type": "image/png"}
    )
    assert near(Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((170, 75)), (0, 0, 0))


def test_a_watermark_of_another_account_is_unknown(api: Api, other: Api):
    foreign = other.upload(("mark.png", mark()))["images"][0]["id"]
    session = api.upload(("a.png", quarters()))["sessionId"]
    answers = []
    for image_id in (foreign, "img_00000000000000000000000000", "nonsense"):
        body = {"sessionId": session, "settings": {"watermark": {"imageId": image_id}}}
        problem = api.problem("POST", "/v1/export", 422, "invalid_field", json=body)
        answers.append(problem["errors"])
        assert problem["errors"][0]["pointer"] == "/settings/watermark/imageId"
        flat = api.problem(
            "POST",
            f"/v1/optimize?watermark={image_id}",
            422,
            "invalid_field",
            content=quarters(),
            headers={"Content-Type": "image/png"},
        )
        assert flat["errors"][0]["pointer"] == "?watermark"
    assert answers[0] == answers[1] == answers[2]


# --- inputs


def apng() -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in (RED, GREEN, BLUE)]
    stream = io.BytesIO()
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=3)
    return stream.getvalue()


def test_an_animated_png_goes_on_moving(api: Api):
    image = api.upload(("a.png", apng()))["images"][0]
    assert image["frames"] == 3
    moving = made(api, apng(), format="webp", lossless=True, resize={"width": 20})
    assert (moving.n_frames, moving.size, moving.info["loop"]) == (3, (20, 15), 3)
    moving.seek(1)
    moving.load()
    assert near(colour_at(moving, 0.5, 0.5), GREEN) and moving.info["duration"] == 200


def test_a_page_is_the_frame_that_becomes_a_still(api: Api):
    file = api.export_one(apng(), {"format": "png", "page": 2, "neverWorse": False})
    assert near(colour_at(looked_at(file), 0.5, 0.5), BLUE)
    assert "animation_flattened" in file.image["warnings"]


def test_pages_of_a_tiff(api: Api):
    pages = [Image.new("RGB", (40, 30), RED), Image.new("RGB", (20, 50), GREEN)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    second = made(api, stream.getvalue(), page=1)
    assert second.size == (20, 50) and near(colour_at(second, 0.5, 0.5), GREEN)
    problem = api.problem(
        "POST",
        "/v1/optimize?page=2",
        422,
        "invalid_field",
        content=stream.getvalue(),
        headers={"Content-Type": "image/tiff"},
    )
    assert "2 pages" in problem["detail"]


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA"])
def test_bitmaps_are_read(api: Api, mode: str):
    bitmap = pictures.encoded(Image.open(io.BytesIO(quarters())).convert(mode), "BMP")
    image = api.upload(("a.bmp", bitmap))["images"][0]
    assert (image["format"], image["mime"], image["width"]) == ("bmp", "image/bmp", 200)
    wanted = Image.open(io.BytesIO(bitmap)).convert("RGB")
    seen = made(api, bitmap).convert("RGB")
    for at in ((20, 20), (150, 20), (20, 80), (150, 80)):
        assert pictures.near(seen.getpixel(at), wanted.getpixel(at), 6)


def test_a_raw_file_is_read_by_its_preview(api: Api):
    stream = io.BytesIO()
    Image.open(io.BytesIO(quarters())).save(stream, "JPEG", quality=95, subsampling=0)
    entries = b"".join(struct.pack("<HHII", tag, 3, 1, value) for tag, value in ((262, 32803), (274, 6)))
    raw = b"II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0) + b"U" * 100 + stream.getvalue()
    image = api.upload(("a.dng", raw))["images"][0]
    assert image["format"] == "raw" and image["orientation"] == 6
    picture = made(api, raw)
    assert picture.size == (100, 200)
    assert near(colour_at(picture, 0.1, 0.1), BLUE)


def test_a_lossless_jpeg_says_what_to_do(api: Api):
    content = bytearray(pictures.jpeg())
    at = content.find(b"\xff\xc0\x00\x11\x08")
    content[at + 1] = 0xC3
    problem = api.problem(
        "POST", "/v1/optimize", 422, "image_unreadable", content=bytes(content), headers={"Content-Type": "image/jpeg"}
    )
    assert "lossless" in problem["detail"] and "PNG" in problem["detail"]


@pytest.mark.parametrize("query", ["width=0", "width=-1", "width=100000", "fit=cover"])
def test_sizes_that_cannot_be(api: Api, query: str):
    api.problem(
        "POST", f"/v1/optimize?{query}", 422, "invalid_field", content=quarters(), headers={"Content-Type": "image/png"}
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000)])
def test_extreme_shapes(api: Api, size: tuple[int, int]):
    content = pictures.encoded(Image.new("RGB", size, RED), "PNG")
    assert made(api, content).size == size
    assert made(api, content, resize={"height": 1}).size == (1, 1)


def test_sixteen_bits_stay_in_png(api: Api):
    grey = Image.new("I;16", (64, 16))
    for x in range(64):
        for y in range(16):
            grey.putpixel((x, y), 20_000 + x)
    seen = made(api, pictures.encoded(grey, "PNG"), rotate=180)
    assert seen.mode.startswith("I")
    assert len({seen.getpixel((x, 5)) for x in range(64)}) == 64
