"""POST /v1/export and /v1/sample: what the files are that come out."""

import io
import json

import pytest
from PIL import Image
from support import pictures
from support.api import Api
from support.judges import PILLOW, exiftool, looked_at
from support.sse import assert_whole

# --- formats


@pytest.mark.parametrize(
    "source", [pictures.jpeg, pictures.png, pictures.webp, pictures.avif, pictures.tiff, pictures.svg]
)
@pytest.mark.parametrize("kind", ["webp", "avif", "jpeg", "png"])
def test_each_format_is_made_of_each(api: Api, source, kind: str):
    file = api.export_one(source(), {"format": kind, "neverWorse": False})
    picture = looked_at(file)
    before = pictures.opened(source()) if source is not pictures.svg else None
    assert file.variant["format"] == kind and not file.variant["passthrough"]
    assert file.variant["filename"].endswith(".jpg" if kind == "jpeg" else f".{kind}")
    assert file.variant["mime"] == f"image/{kind}"
    if before is not None:
        for x, y in ((0.2, 0.2), (0.8, 0.9)):
            assert pictures.near(pictures.rgb_at(picture, x, y), pictures.rgb_at(before, x, y), 40)


def test_webp_is_the_default(api: Api):
    assert api.export_one(pictures.jpeg()).variant["format"] == "webp"


@pytest.mark.parametrize("source, kind", [(pictures.jpeg, "jpeg"), (pictures.png, "png"), (pictures.webp, "webp")])
def test_original_keeps_the_format_and_reports_it(api: Api, source, kind: str):
    assert api.export_one(source(), {"format": "original"}).variant["format"] == kind


def test_auto_takes_the_smallest_of_those_allowed(api: Api):
    content = pictures.png(400, 300)
    sizes = {k: api.export_one(content, {"format": k}).variant["bytes"] for k in ("webp", "jpeg")}
    chosen = api.export_one(content, {"format": "auto", "accept": ["webp", "jpeg"]}).variant
    assert chosen["format"] == min(sizes, key=sizes.get)
    assert api.export_one(content, {"format": "auto", "accept": ["jpeg"]}).variant["format"] == "jpeg"


# --- quality


@pytest.mark.parametrize("kind", ["webp", "jpeg", "avif"])
def test_presets_go_from_large_to_small(api: Api, kind: str):
    session = api.upload(("a.png", pictures.png(320, 240, 3)))
    sizes = []
    for preset in ("maximum", "very_high", "high", "medium", "low", "minimum"):
        result = api.export(session["sessionId"], {"format": kind, "preset": preset, "neverWorse": False})
        sizes.append(result["images"][0]["variants"][0]["bytes"])
    assert sizes == sorted(sizes, reverse=True)
    # WebP's best may be below what the two highest ask for.
    assert len(set(sizes)) >= (5 if kind == "webp" else 6)


def test_png_is_lossless_from_high_on(api: Api):
    source = pictures.opened(pictures.png())
    high = looked_at(api.export_one(pictures.png(), {"format": "png", "preset": "high", "neverWorse": False}))
    assert high.convert("RGB").tobytes() == source.tobytes()


def test_quality_wins_over_the_preset(api: Api):
    variant = api.export_one(pictures.png(), {"format": "jpeg", "preset": "maximum", "quality": 31}).variant
    assert variant["quality"] == 31


@pytest.mark.parametrize("kind", ["webp", "png"])
def test_lossless_loses_nothing(api: Api, kind: str):
    file = api.export_one(pictures.png(), {"format": kind, "lossless": True, "neverWorse": False})
    assert looked_at(file).convert("RGB").tobytes() == pictures.opened(pictures.png()).tobytes()


def test_savings_are_true(api: Api):
    content = pictures.png()
    file = api.export_one(content, {"format": "webp"})
    saved = file.variant["savings"]
    assert saved["bytes"] == len(content) - len(file.content)
    assert abs(saved["percent"] - 100 * saved["bytes"] / len(content)) < 0.1
    session = api.upload(("a.png", content), ("b.jpg", pictures.jpeg()))
    totals = api.export(session["sessionId"], {"format": "webp"})["totals"]
    assert totals["images"] == 2
    assert totals["bytesBefore"] == len(content) + len(pictures.jpeg())


# --- size


RESIZES = [
    ({"width": 160}, (160, 120)),
    ({"height": 60}, (80, 60)),
    ({"width": 100, "height": 100}, (100, 75)),
    ({"width": 100, "height": 100, "fit": "inside"}, (100, 75)),
    ({"width": 100, "height": 100, "fit": "cover"}, (100, 100)),
    ({"width": 100, "height": 100, "fit": "contain"}, (100, 100)),
    ({"width": 100, "height": 100, "fit": "fill"}, (100, 100)),
    ({"width": 100, "height": 100, "fit": "outside"}, (133, 100)),
    ({"width": 1000}, (320, 240)),
    ({"width": 640, "enlarge": True}, (640, 480)),
    ({"width": 1, "height": 1, "fit": "fill"}, (1, 1)),
]


@pytest.mark.parametrize("resize, size", RESIZES, ids=json.dumps)
def test_resize_gives_the_size_that_sharp_gives(api: Api, resize: dict, size: tuple[int, int]):
    picture = looked_at(api.export_one(pictures.jpeg(), {"format": "png", "resize": resize, "neverWorse": False}))
    assert picture.size == size


GRAVITIES = [
    ("centre", None), ("west", (220, 20, 20)), ("east", (20, 200, 20)), ("northwest", (220, 20, 20)),
    ("southeast", (250, 250, 250)), ("southwest", (20, 20, 220)),
]  # fmt: skip


@pytest.mark.parametrize("gravity, colour", GRAVITIES)
def test_cover_crops_where_gravity_says(api: Api, gravity: str, colour):
    resize = {"width": 30, "height": 80, "fit": "cover", "gravity": gravity}
    picture = looked_at(
        api.export_one(pictures.corners_jpeg(), {"format": "png", "resize": resize, "neverWorse": False})
    )
    assert picture.size == (30, 80)
    y = 0.8 if gravity.startswith("south") else 0.2
    if colour:
        assert pictures.near(pictures.rgb_at(picture, 0.5, y), colour)
    else:
        assert pictures.near(pictures.rgb_at(picture, 0.1, y), (220, 20, 20))
        assert pictures.near(pictures.rgb_at(picture, 0.9, y), (20, 200, 20))


def test_contain_pads_with_the_background(api: Api):
    settings = {"format": "png", "background": "#ff8000", "resize": {"width": 100, "height": 100, "fit": "contain"}}
    picture = looked_at(api.export_one(pictures.jpeg(), {**settings, "neverWorse": False}))
    assert pictures.near(pictures.rgb_at(picture, 0.5, 0.03), (255, 128, 0), 6)
    assert not pictures.near(pictures.rgb_at(picture, 0.5, 0.5), (255, 128, 0), 30)


def test_responsive_widths_stand_beside_full_and_are_never_enlarged(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(900, 600)))
    result = api.export(session["sessionId"], {"format": "webp", "responsive": True})
    image = result["images"][0]
    assert {v["name"]: v["width"] for v in image["variants"]} == {"full": 900, "480w": 480, "768w": 768}
    assert len({v["filename"] for v in image["variants"]}) == 3
    for variant in image["variants"]:
        assert looked_at(api.download(image, variant["name"])).width == variant["width"]
    result = api.export(session["sessionId"], {"responsive": True, "responsiveSizes": [200, 100, 5000]})
    assert {v["name"] for v in result["images"][0]["variants"]} == {"full", "100w", "200w"}


# --- pixels


UPRIGHT = {1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB"}
QUARTERS = {"R": (220, 20, 20), "G": (20, 200, 20), "B": (20, 20, 220), "W": (250, 250, 250)}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_orientation_is_applied_to_the_pixels(api: Api, orientation: int):
    content = pictures.corners_jpeg(orientation)
    picture = looked_at(api.export_one(content, {"format": "png", "neverWorse": False}))
    assert picture.size == ((80, 120) if orientation >= 5 else (120, 80))
    seen = [pictures.rgb_at(picture, x, y) for y in (0.25, 0.75) for x in (0.25, 0.75)]
    for colour, letter in zip(seen, UPRIGHT[orientation]):
        assert pictures.near(colour, QUARTERS[letter]), (orientation, seen)


def test_width_and_height_of_a_resize_are_those_of_the_upright_picture(api: Api):
    file = api.export_one(pictures.corners_jpeg(6), {"format": "jpeg", "resize": {"width": 40}, "neverWorse": False})
    assert looked_at(file).size == (40, 60)


def test_a_wide_profile_is_kept_or_its_colours_are_converted(api: Api):
    kept = api.export_one(pictures.wide_gamut_jpeg(), {"format": "jpeg", "neverWorse": False})
    assert looked_at(kept).info.get("icc_profile") == pictures.wide_gamut_profile()
    assert pictures.near(pictures.rgb_at(looked_at(kept), 0.5, 0.5), pictures.WIDE_COLOUR, 6)
    plain = api.export_one(pictures.wide_gamut_jpeg(), {"format": "jpeg", "keep": ["none"], "neverWorse": False})
    assert pictures.near(pictures.rgb_at(looked_at(plain), 0.5, 0.5), pictures.wide_colour_as_srgb(), 8)
    profile = looked_at(plain).info.get("icc_profile")
    assert profile is None or b"sRGB" in profile


@pytest.mark.parametrize("kind", ["webp", "jpeg", "png", "avif"])
def test_cmyk_becomes_the_colours_that_were_meant(api: Api, kind: str):
    picture = looked_at(api.export_one(pictures.cmyk_jpeg(), {"format": kind, "neverWorse": False}))
    assert picture.mode in ("RGB", "RGBA", "P")
    white, red, black = (pictures.rgb_at(picture, x, 0.5) for x in (0.15, 0.5, 0.85))
    assert min(white) > 235
    assert red[0] > 180 and max(red[1:]) < 110
    assert max(black) < 80


def test_transparency_stays_where_the_format_has_it(api: Api):
    for kind in ("png", "webp", "avif"):
        settings = {"format": kind, "lossless": kind != "avif", "neverWorse": False}
        picture = looked_at(api.export_one(pictures.transparent_png(), settings)).convert("RGBA")
        assert picture.getpixel((20, 40))[3] < 8, kind
        assert picture.getpixel((100, 40))[3] > 247, kind
        assert pictures.near(picture.getpixel((100, 40)), (0, 160, 0)), kind


@pytest.mark.parametrize(
    "background, colour", [(None, (255, 255, 255)), ("#102030", (16, 32, 48)), ("#f00", (255, 0, 0))]
)
def test_transparency_gets_the_background_where_it_has_not(api: Api, background, colour):
    settings = {"format": "jpeg", "quality": 95, **({"background": background} if background else {})}
    picture = looked_at(api.export_one(pictures.transparent_png(), settings))
    assert pictures.near(pictures.rgb_at(picture, 0.2, 0.5), colour, 8)


def test_what_is_clear_never_bleeds_when_resized(api: Api):
    settings = {"format": "png", "resize": {"width": 30}, "neverWorse": False}
    picture = looked_at(api.export_one(pictures.transparent_png(), settings)).convert("RGBA")
    for x in range(30):
        red, green, _, alpha = picture.getpixel((x, 10))
        assert alpha < 10 or red < 60 or red < green, f"hidden red shows at {x}: {picture.getpixel((x, 10))}"


def test_16_bits_come_in_and_go_out_as_a_smooth_ramp(api: Api):
    picture = looked_at(api.export_one(pictures.deep_png(), {"format": "jpeg", "quality": 95}))
    ramp = [pictures.rgb_at(picture, x / 64 + 0.001, 0.5)[1] for x in range(64)]
    assert ramp[0] < 8 and ramp[-1] > 247
    assert all(b - a < 12 for a, b in zip(ramp, ramp[1:])) and ramp == sorted(ramp)


@pytest.mark.parametrize("source, kind", [
    (pictures.animated_gif, "gif"), (pictures.animated_gif, "webp"), (pictures.animated_webp, "webp"), (pictures.animated_webp, "gif"),
])  # fmt: skip
def test_animations_stay_animations(api: Api, source, kind: str):
    file = api.export_one(source(), {"format": kind, "neverWorse": False})
    picture = pictures.opened(file.content)
    assert (picture.format, picture.n_frames, picture.size) == (PILLOW[kind], 4, (64, 48))
    assert (file.variant["width"], file.variant["height"]) == (64, 48)
    picture.seek(2)
    picture.load()
    assert picture.info["duration"] == 120
    assert pictures.near(pictures.rgb_at(picture, 0.9, 0.9), (30, 80, 90), 30)


def test_animations_are_resized_frame_by_frame(api: Api):
    file = api.export_one(pictures.animated_gif(), {"format": "webp", "resize": {"width": 32}, "neverWorse": False})
    picture = pictures.opened(file.content)
    assert (picture.n_frames, picture.size) == (4, (32, 24))


@pytest.mark.parametrize("kind", ["jpeg", "png", "avif"])
def test_an_animation_in_a_still_format_is_its_first_frame_with_a_warning(api: Api, kind: str):
    file = api.export_one(pictures.animated_gif(), {"format": kind, "neverWorse": False})
    assert "animation_flattened" in file.image["warnings"]
    picture = looked_at(file)
    assert picture.size == (64, 48)
    assert pictures.near(pictures.rgb_at(picture, 0.9, 0.9), (30, 40, 90), 30)


def test_an_svg_is_drawn_at_the_size_that_is_asked_for(api: Api):
    file = api.export_one(
        pictures.svg(), {"format": "png", "resize": {"width": 480, "enlarge": True}, "neverWorse": False}
    )
    picture = looked_at(file)
    assert picture.size == (480, 320)
    edge = [picture.convert("RGB").getpixel((x, 160)) for x in range(110, 140)]
    assert sum(1 for c in edge if c not in ((255, 255, 255), (208, 32, 32))) <= 3, "blurred: drawn small, then enlarged"


# --- never worse


def test_what_cannot_be_made_smaller_is_passed_through(api: Api):
    content = pictures.encoded(pictures.scene(200, 150), "JPEG", quality=12, optimize=True)
    file = api.export_one(content, {"format": "original", "preset": "maximum", "embedMetadata": False})
    assert file.variant["passthrough"] is True
    assert file.content == content
    assert file.variant["savings"]["bytes"] == 0
    other = api.export_one(
        content, {"format": "original", "preset": "maximum", "embedMetadata": False, "neverWorse": False}
    )
    assert other.variant["passthrough"] is False and other.content != content


def test_a_resized_or_converted_picture_is_never_passed_through(api: Api):
    content = pictures.encoded(pictures.scene(200, 150), "JPEG", quality=12)
    for settings in ({"format": "jpeg", "resize": {"width": 100}, "preset": "maximum"}, {"format": "png"}):
        assert api.export_one(content, settings).variant["passthrough"] is False


def test_gps_does_not_pass_through_either(api: Api):
    """The source's bytes are smaller, but they say where it was taken."""
    exif = Image.Exif()
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (48.0, 8.0, 30.0), "E", (11.0, 34.0, 12.0)
    content = pictures.encoded(pictures.scene(200, 150), "JPEG", quality=12, exif=exif.tobytes())
    file = api.export_one(content, {"format": "original", "preset": "maximum", "embedMetadata": False})
    assert not [name for name in exiftool(file.content) if "GPS" in name]


# --- settings


SETTINGS = [
    ({"format": "bmp"}, "format"), ({"format": "tiff"}, "format"), ({"quality": 0}, "quality"), ({"quality": 101}, "quality"),
    ({"quality": "80"}, "quality"), ({"quality": 1e300}, "quality"), ({"preset": "ultra"}, "preset"), ({"effort": 10}, "effort"),
    ({"lossless": "yes"}, "lossless"), ({"resize": {}}, "resize/width"), ({"resize": {"width": 70000}}, "resize/width"),
    ({"resize": {"width": 10, "fit": "crop"}}, "resize/fit"), ({"resize": {"width": 10, "gravity": "up"}}, "resize/gravity"),
    ({"responsiveSizes": [0]}, "responsiveSizes"), ({"responsiveSizes": list(range(1, 40))}, "responsiveSizes"),
    ({"keep": ["everything"]}, "keep"), ({"keep": ["none", "icc"]}, "keep"), ({"background": "red"}, "background"),
    ({"background": "#12345"}, "background"), ({"prefer": "me"}, "prefer"), ({"accept": ["bmp"]}, "accept"), ({"accept": []}, "accept"),
]  # fmt: skip


@pytest.mark.parametrize("settings, name", SETTINGS, ids=lambda v: json.dumps(v)[:40])
def test_a_bad_setting_is_named(api: Api, settings: dict, name: str):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))["sessionId"]
    problem = api.problem("POST", "/v1/export", 422, "invalid_field", json={"sessionId": session, "settings": settings})
    assert [fault["pointer"].startswith(f"/settings/{name}") for fault in problem["errors"]] == [True]


def test_settings_of_one_image_win_and_are_named_there_when_bad(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg()), ("b.jpg", pictures.jpeg(200, 150, 2)))
    first, second = (image["id"] for image in session["images"])
    images = [{"id": first}, {"id": second, "settings": {"format": "png", "resize": {"width": 50}}}]
    result = api.export(session["sessionId"], {"format": "jpeg", "preset": "low"}, images=images)
    variants = [image["variants"][0] for image in result["images"]]
    assert [(v["format"], v["width"]) for v in variants] == [("jpeg", 320), ("png", 50)]
    assert [image["imageId"] for image in result["images"]] == [first, second]
    images[1]["settings"] = {"quality": 500}
    problem = api.problem(
        "POST", "/v1/export", 422, "invalid_field", json={"sessionId": session["sessionId"], "images": images}
    )
    assert problem["errors"][0]["pointer"] == "/images/1/settings/quality"


def test_an_export_tells_its_settings_with_defaults(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))
    settings = api.export(session["sessionId"], {"quality": 61})["settings"]
    assert settings["quality"] == 61
    assert (settings["format"], settings["preset"], settings["effort"]) == ("webp", "high", 4)
    assert sorted(settings["keep"]) == ["copyright", "icc"]
    api.export(session["sessionId"], settings)


# --- how it is asked for


def test_an_export_streams_its_variants(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg()), ("b.png", pictures.png()))
    events = api.events("POST", "/v1/export", json={"sessionId": session["sessionId"], "settings": {"format": "webp"}})
    assert_whole(events)
    results = {event.body["imageId"]: event.body["variants"] for event in events if event.type == "result"}
    assert set(results) == {image["id"] for image in session["images"]}
    export = api.get(f"/v1/exports/{events[-1].body['exportId']}").json()
    assert {image["imageId"]: image["variants"] for image in export["images"]} == results
    assert export["status"] == "completed" and export["jobId"] == events[0].body["jobId"]


def test_images_can_be_sent_with_the_call_and_settings_as_a_part(api: Api):
    parts = [
        ("images[]", ("a.jpg", pictures.jpeg(), "image/jpeg")),
        ("images[]", ("b.png", pictures.png(), "image/png")),
        ("settings", (None, json.dumps({"format": "jpeg", "resize": {"width": 100}}), "application/json")),
    ]
    job = api.post("/v1/export", 200, files=parts, headers={"Prefer": "wait=60"}).json()
    result = api.get(f"/v1/exports/{job['exportId']}").json()
    assert [(i["variants"][0]["format"], i["variants"][0]["width"]) for i in result["images"]] == [("jpeg", 100)] * 2


def test_bad_settings_in_a_part_are_named_and_no_session_is_left(server):
    api = Api(server, server.create_account("parts"))
    parts = [
        ("images[]", ("a.jpg", pictures.jpeg(), "image/jpeg")),
        ("settings", (None, '{"qualty":3}', "application/json")),
    ]
    answer = api.request("POST", "/v1/export", files=parts)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_field")
    assert answer.json()["errors"][0]["pointer"].endswith("/qualty")
    assert api.get("/v1/sessions").json()["data"] == []
    api.close()


def test_an_exported_image_says_so(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))
    result = api.export(session["sessionId"])
    read = api.get(f"/v1/sessions/{session['sessionId']}").json()
    assert read["images"][0]["state"] == "exported"
    assert [export["exportId"] for export in read["exports"]] == [result["exportId"]]
    api.analyze(session["sessionId"])
    assert api.get(f"/v1/sessions/{session['sessionId']}").json()["images"][0]["state"] == "both"


# --- samples


def test_a_sample_is_free_and_leaves_the_images_as_they_were(api: Api):
    session = api.upload(*[(f"{i}.jpg", pictures.jpeg(64, 64, i)) for i in range(5)])
    export = api.export(session["sessionId"], {"format": "webp"})
    before = api.get(f"/v1/sessions/{session['sessionId']}").json()
    job = api.post(
        "/v1/sample",
        200,
        json={"sessionId": session["sessionId"], "settings": {"format": "jpeg"}},
        headers={"Prefer": "wait=60"},
    ).json()
    assert (job["type"], job["status"], job["creditsCharged"]) == ("sample", "completed", 0)
    sample = api.get(f"/v1/exports/{job['exportId']}").json()
    assert sample["exportId"] != export["exportId"]
    assert [image["variants"][0]["format"] for image in sample["images"]] == ["jpeg"] * 5
    pictures.opened(api.download(sample["images"][0], "full").content)
    assert api.get(f"/v1/exports/{export['exportId']}").json() == export
    after = api.get(f"/v1/sessions/{session['sessionId']}").json()
    assert after["images"] == before["images"]
    assert {e["exportId"]: e["sample"] for e in after["exports"]} == {
        export["exportId"]: False,
        sample["exportId"]: True,
    }


def test_a_sample_of_more_than_five_is_refused(api: Api):
    session = api.upload(*[(f"{i}.jpg", pictures.jpeg(64, 64, i)) for i in range(6)])
    api.problem("POST", "/v1/sample", 400, "too_many_images", json={"sessionId": session["sessionId"]})
    some = [{"id": image["id"]} for image in session["images"][:5]]
    api.export(session["sessionId"], {"format": "png"}, kind="sample", images=some)


def test_a_sample_alone_does_not_make_an_image_exported(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))
    api.export(session["sessionId"], kind="sample")
    assert api.get(f"/v1/sessions/{session['sessionId']}").json()["images"][0]["state"] == "uploaded"


def test_a_picture_is_the_same_whichever_way_it_is_made(api: Api):
    settings = {"format": "webp", "resize": {"width": 100}, "embedMetadata": False}
    first, second = (api.export_one(pictures.jpeg(), settings).content for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).size == (100, 75)
