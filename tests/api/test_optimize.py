"""POST /v1/optimize: one picture in, one out, in one call."""

import base64
import hashlib
import re
import time

import pytest
from support import pictures
from support.api import Api

JSON = {"Accept": "application/json"}


def test_a_raw_body_comes_back_as_a_picture_with_its_figures(api: Api):
    content = pictures.png()
    answer = api.post(
        "/v1/optimize?format=webp&preset=high", 200, content=content, headers={"Content-Type": "image/png"}
    )
    assert answer.headers["content-type"] == "image/webp"
    assert pictures.opened(answer.content).format == "WEBP"
    before, after = int(answer.headers["x-original-size"]), int(answer.headers["x-optimized-size"])
    assert (before, after) == (len(content), len(answer.content))
    assert abs(float(answer.headers["x-savings-percent"]) - 100 * (before - after) / before) < 0.1
    assert "x-credits-charged" in answer.headers


def test_the_defaults_are_those_of_export(api: Api):
    answer = api.post("/v1/optimize", 200, content=pictures.png(), headers={"Accept": "*/*"})
    assert answer.headers["content-type"] == "image/webp"


@pytest.mark.parametrize("field", ["file", "files", "images[]", "images"])
def test_multipart_takes_the_picture_and_fields(api: Api, field: str):
    parts = [(field, ("a.png", pictures.png(), "image/png")), ("format", (None, "jpeg")), ("width", (None, "100"))]
    answer = api.post("/v1/optimize", 200, files=parts)
    assert pictures.opened(answer.content).size == (100, 75)
    assert answer.headers["content-type"] == "image/jpeg"


def test_two_pictures_are_one_too_many(api: Api):
    parts = [("file", (f"{i}.png", pictures.png(), "image/png")) for i in range(2)]
    answer = api.request("POST", "/v1/optimize", files=parts)
    assert answer.status_code in (400, 422) and answer.json()["code"] in ("too_many_images", "invalid_field")


FLAT = [
    ("format=jpeg&quality=40", "JPEG", (320, 240)),
    ("format=png&lossless=true", "PNG", (320, 240)),
    ("format=avif&effort=0", "AVIF", (320, 240)),
    ("format=webp&width=80&height=80&fit=cover&gravity=north", "WEBP", (80, 80)),
    ("format=webp&width=640&enlarge=true", "WEBP", (640, 480)),
    ("format=jpeg&keep=icc,copyright&background=%23ffffff", "JPEG", (320, 240)),
    ("format=original", "PNG", (320, 240)),
]


@pytest.mark.parametrize("query, kind, size", FLAT, ids=[row[0] for row in FLAT])
def test_settings_are_flat_names(api: Api, query: str, kind: str, size: tuple[int, int]):
    picture = pictures.opened(api.post(f"/v1/optimize?{query}", 200, content=pictures.png()).content)
    assert (picture.format, picture.size) == (kind, size)


def test_auto_follows_the_accept_header(api: Api):
    for accept, kind in (("image/webp", "webp"), ("image/jpeg", "jpeg"), ("image/avif,image/*;q=0.1", "avif")):
        answer = api.post("/v1/optimize?format=auto", 200, content=pictures.jpeg(), headers={"Accept": accept})
        assert answer.headers["content-type"] == f"image/{kind}", accept
    chosen = api.post(
        "/v1/optimize?format=auto&accept=jpeg", 200, content=pictures.png(), headers={"Accept": "image/webp"}
    )
    assert chosen.headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    "query, status, code, pointer",
    [
        ("formt=webp", 422, "unknown_field", "?formt"),
        ("format=bmp", 422, "invalid_field", "?format"),
        ("quality=0", 422, "invalid_field", "?quality"),
        ("quality=high", 422, "invalid_field", "?quality"),
        ("quality=1e2", 422, "invalid_field", "?quality"),
        ("width=-5", 422, "invalid_field", "?width"),
        ("width=99999999999999999999", 422, "invalid_field", "?width"),
        ("quality=5&quality=6", 422, "invalid_field", "?quality"),
        ("fit=cover", 422, "invalid_field", "?width"),
        ("enlarge=perhaps&width=5", 422, "invalid_field", "?enlarge"),
        ("analyze=perhaps", 422, "invalid_field", "?analyze"),
        ("language=", 422, "invalid_field", "?language"),
        ("filename=..%2fx", 422, "invalid_field", "?filename"),
        ("language=tlh&analyze=true", 422, "language_unsupported", None),
    ],
)
def test_bad_settings_are_named(api: Api, query: str, status: int, code: str, pointer: str | None):
    problem = api.problem("POST", f"/v1/optimize?{query}", status, code, content=pictures.png())
    assert pointer is None or pointer in [fault["pointer"] for fault in problem["errors"]], problem


NAMES = [
    ("?filename=red-fox", {}, "red-fox.webp"),
    ("", {"Content-Disposition": 'attachment; filename="IMG_1.png"'}, "IMG_1.webp"),
    ("?filename=mine", {"Content-Disposition": 'attachment; filename="IMG_1.png"'}, "mine.webp"),
    ("", {}, f"image-{hashlib.sha256(pictures.png()).hexdigest()[:8]}.webp"),
]


@pytest.mark.parametrize("query, headers, name", NAMES, ids=[n[2] for n in NAMES])
def test_the_name_is_the_wish_the_uploads_or_the_digests(api: Api, query: str, headers: dict, name: str):
    answer = api.post(f"/v1/optimize{query}", 200, content=pictures.png(), headers=headers)
    assert f'filename="{name}"' in answer.headers["content-disposition"]


def test_as_json_the_result_has_an_address_that_the_same_key_reads(api: Api, other: Api, anonymous: Api):
    answer = api.post("/v1/optimize?format=jpeg", 200, content=pictures.png(), headers=JSON)
    result = answer.json()
    rows = result.get("variants") or [result.get("variant") or result]
    url = rows[0]["url"]
    content = api.get(url).content
    assert hashlib.sha256(content).hexdigest() == rows[0]["sha256"]
    other.problem("GET", url, 404, "not_found")
    anonymous.problem("GET", url, 401, "missing_api_key")


def test_the_result_of_the_json_form_ends_after_its_time(start_server):
    server = start_server(PICTOR_RESULT_TTL="2s")
    api = Api(server, server.first_key)
    result = api.post("/v1/optimize", 200, content=pictures.png(), headers=JSON).json()
    url = re.search(r'"(/v1/exports/[^"]+/files/[^"]+)"', str(result).replace("'", '"')).group(1)
    api.get(url)
    time.sleep(3)
    assert api.request("GET", url).status_code in (404, 410)
    api.close()


def test_json_in_takes_base64(api: Api):
    body = {"data": base64.b64encode(pictures.png()).decode(), "filename": "a.png"}
    answer = api.post("/v1/optimize?format=jpeg", 200, json=body)
    assert pictures.opened(answer.content).format == "JPEG"
    assert 'filename="a.jpg"' in answer.headers["content-disposition"]
    api.problem("POST", "/v1/optimize", 422, "unknown_field", json={**body, "dta": 1})


def test_analyze_adds_words(api: Api):
    result = api.post("/v1/optimize?analyze=true&format=webp", 200, content=pictures.jpeg(), headers=JSON).json()
    assert result["metadata"]["alt"]
    assert result["metadata"]["facts"]["colours"]


def test_without_analyze_nothing_is_looked_at(api: Api):
    assert api.post("/v1/optimize", 200, content=pictures.jpeg(), headers=JSON).json().get("metadata") is None


def test_no_session_is_made(server):
    api = Api(server, server.create_account("optimizer"))
    api.post("/v1/optimize", 200, content=pictures.png())
    assert api.get("/v1/sessions").json()["data"] == []
    assert api.get("/v1/jobs").json()["data"] == []
    api.close()


def test_a_picture_that_cannot_shrink_is_passed_through(api: Api):
    content = pictures.encoded(pictures.scene(200, 150), "JPEG", quality=12, optimize=True)
    answer = api.post("/v1/optimize?format=original&preset=maximum", 200, content=content)
    assert answer.content == content
    assert float(answer.headers["x-savings-percent"]) == 0
    assert answer.headers["x-credits-charged"] == "0"


def test_it_gives_the_bytes_that_export_gives(api: Api):
    settings = {"format": "webp", "resize": {"width": 100}, "embedMetadata": False}
    exported = api.export_one(pictures.jpeg(), settings).content
    direct = api.post("/v1/optimize?format=webp&width=100", 200, content=pictures.jpeg()).content
    assert pictures.opened(direct).tobytes() == pictures.opened(exported).tobytes()
