"""POST/GET/DELETE /v1/sessions and the images in them."""

import base64
import hashlib
import json
import re
import threading
import time

import pytest
from support import pictures
from support.api import Api
from support.server import ROOT


def multipart(field: str, *files: tuple[str, bytes]) -> dict:
    return {"files": [(field, (name, content, "application/octet-stream")) for name, content in files]}


@pytest.mark.parametrize("field", ["images[]", "images", "files", "file"])
def test_a_multipart_upload_takes_each_of_the_four_field_names_repeated(api: Api, field: str):
    sent = [("one.jpg", pictures.jpeg()), ("two.png", pictures.png()), ("three.webp", pictures.webp())]
    session = api.post("/v1/sessions", 201, **multipart(field, *sent)).json()
    assert session["status"] == "open"
    assert [image["originalFilename"] for image in session["images"]] == ["one.jpg", "two.png", "three.webp"]
    assert [image["format"] for image in session["images"]] == ["jpeg", "png", "webp"]
    assert session["rejected"] == []


def test_a_raw_body_is_one_image_and_its_name_comes_from_content_disposition(api: Api):
    headers = {"Content-Type": "image/jpeg", "Content-Disposition": "attachment; filename*=UTF-8''%C3%A9t%C3%A9.jpg"}
    session = api.post("/v1/sessions", 201, content=pictures.jpeg(), headers=headers).json()
    assert [image["originalFilename"] for image in session["images"]] == ["été.jpg"]


def test_a_raw_body_is_judged_by_its_bytes_and_not_by_its_type(api: Api):
    session = api.post("/v1/sessions", 201, content=pictures.png(), headers={"Content-Type": "image/jpeg"}).json()
    assert session["images"][0]["format"] == "png"
    assert session["images"][0]["mime"] == "image/png"


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
def test_json_takes_base64_with_a_file_name(api: Api, prefix: str):
    text = prefix + base64.b64encode(pictures.png()).decode()
    session = api.post("/v1/sessions", 201, json={"images": [{"data": text, "filename": "a.png"}]}).json()
    assert session["images"][0]["originalFilename"] == "a.png"
    assert session["images"][0]["sha256"] == hashlib.sha256(pictures.png()).hexdigest()


FORMATS = [
    ("jpeg", "image/jpeg", pictures.jpeg, (320, 240), 1, False),
    ("png", "image/png", pictures.png, (320, 240), 1, False),
    ("png", "image/png", pictures.transparent_png, (120, 80), 1, True),
    ("png", "image/png", pictures.palette_png, (200, 150), 1, False),
    ("png", "image/png", pictures.deep_png, (64, 64), 1, False),
    ("webp", "image/webp", pictures.webp, (320, 240), 1, False),
    ("webp", "image/webp", pictures.animated_webp, (64, 48), 4, None),
    ("avif", "image/avif", pictures.avif, (320, 240), 1, False),
    ("gif", "image/gif", pictures.still_gif, (160, 120), 1, None),
    ("gif", "image/gif", pictures.animated_gif, (64, 48), 4, None),
    ("tiff", "image/tiff", pictures.tiff, (320, 240), 1, False),
    ("svg", "image/svg+xml", pictures.svg, (120, 80), 1, True),
    ("jpeg", "image/jpeg", pictures.cmyk_jpeg, (150, 60), 1, False),
]


@pytest.mark.parametrize("name, mime, make, size, frames, alpha", FORMATS, ids=lambda v: getattr(v, "__name__", None))
def test_what_the_header_says_is_told(api: Api, name, mime, make, size, frames, alpha):  # noqa: PLR0917
    content = make()
    image = api.upload(("x", content))["images"][0]
    assert (image["format"], image["mime"], image["size"]) == (name, mime, len(content))
    assert (image["width"], image["height"], image["frames"]) == (*size, frames)
    assert image["sha256"] == hashlib.sha256(content).hexdigest()
    assert image["state"] == "uploaded"
    assert image["metadata"] is None
    assert image["warnings"] == []
    assert alpha is None or image["hasAlpha"] is alpha


def test_heic_is_read(api: Api):
    content = (ROOT / "tests" / "support" / "files" / "quarters.heic").read_bytes()
    image = api.upload(("IMG_0042.HEIC", content))["images"][0]
    assert (image["format"], image["mime"]) == ("heif", "image/heic")
    assert (image["width"], image["height"]) == (120, 80)
    thumbnail = pictures.opened(api.get(f"{path_of(api, image)}/thumbnail").content)
    assert pictures.near(pictures.rgb_at(thumbnail, 0.25, 0.25), (220, 20, 20), 40)


def path_of(api: Api, image: dict) -> str:
    """Finds the session that an image was just put into: the newest."""
    newest = api.get("/v1/sessions", params={"limit": 1}).json()["data"][0]
    assert image["id"] in [i["id"] for i in newest["images"]]
    return f"/v1/sessions/{newest['sessionId']}/images/{image['id']}"


def test_camera_data_is_told(api: Api):
    image = api.upload(("camera.jpg", pictures.camera_jpeg()))["images"][0]
    assert image["embedded"]["copyright"] == "(c) Somebody"
    assert image["embedded"]["creator"] == "A Photographer"
    assert image["colourSpace"] == "srgb"


def test_profile_orientation_and_colour_space_are_told(api: Api):
    wide, turned, inks = api.upload(
        ("wide.jpg", pictures.wide_gamut_jpeg()),
        ("turned.jpg", pictures.corners_jpeg(6)),
        ("c.jpg", pictures.cmyk_jpeg()),
    )["images"]
    assert wide["iccProfile"] == "Pictor wide gamut"
    assert turned["orientation"] == 6
    assert (turned["width"], turned["height"]) == (120, 80)
    assert inks["colourSpace"] == "cmyk"


def test_equal_pictures_have_equal_perceptual_hashes_and_others_have_not(api: Api):
    first, smaller, other = api.upload(
        ("a.jpg", pictures.jpeg(400, 300, 1)),
        ("b.webp", pictures.webp(400, 300, 1)),
        ("c.jpg", pictures.jpeg(400, 300, 4)),
    )["images"]

    def distance(a: dict, b: dict) -> int:
        return (int(a["perceptualHash"], 16) ^ int(b["perceptualHash"], 16)).bit_count()

    assert re.fullmatch(r"[0-9a-f]{16}", first["perceptualHash"])
    assert distance(first, smaller) <= 6
    assert distance(first, other) > distance(first, smaller)


def test_one_bad_file_does_not_fail_the_others(api: Api):
    files = [("good.jpg", pictures.jpeg()), ("notes.txt", b"just some words"), ("good.png", pictures.png())]
    session = api.post("/v1/sessions", 201, **multipart("images[]", *files)).json()
    assert [image["originalFilename"] for image in session["images"]] == ["good.jpg", "good.png"]
    assert [(r["filename"], r["code"]) for r in session["rejected"]] == [("notes.txt", "unsupported_media_type")]
    assert session["rejected"][0]["detail"]


def test_when_all_are_bad_the_first_ones_problem_is_the_answer_with_an_entry_a_file(api: Api):
    files = [("notes.txt", b"just some words"), ("cut.png", pictures.png()[:20])]
    problem = api.problem("POST", "/v1/sessions", 415, "unsupported_media_type", **multipart("images[]", *files))
    assert len(problem["errors"]) == 2
    turned = api.request("POST", "/v1/sessions", **multipart("images[]", *reversed(files)))
    assert turned.status_code == 422
    assert turned.json()["code"] == "image_unreadable"
    assert len(turned.json()["errors"]) == 2


def test_a_session_is_read_back_as_it_was_made(api: Api):
    made = api.upload(("a.jpg", pictures.jpeg()), ("b.png", pictures.png()))
    read = api.get(f"/v1/sessions/{made['sessionId']}").json()
    assert read["images"] == made["images"]
    assert read["createdAt"] == made["createdAt"]
    assert read["exports"] == []


def test_images_can_be_added_in_all_three_forms(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg()))
    path = f"/v1/sessions/{session['sessionId']}/images"
    api.post(path, 201, **multipart("files", ("b.png", pictures.png())))
    encoded = base64.b64encode(pictures.webp()).decode()
    api.post(path, 201, json={"images": [{"data": encoded, "filename": "c.webp"}]})
    api.post(path, 201, content=pictures.avif(), headers={"Content-Type": "image/avif"})
    read = api.get(f"/v1/sessions/{session['sessionId']}").json()
    assert [image["format"] for image in read["images"]] == ["jpeg", "png", "webp", "avif"]


def test_one_image_has_an_address_and_an_etag(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg()))
    image = session["images"][0]
    answer = api.get(f"/v1/sessions/{session['sessionId']}/images/{image['id']}")
    assert answer.json() == image
    assert re.fullmatch(r'"[^"]+"', answer.headers["etag"])


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.animated_gif, pictures.svg, pictures.camera_jpeg])
def test_the_original_comes_back_byte_for_byte(api: Api, make):
    content = make()
    session = api.upload(("größe.bin", content))
    image = session["images"][0]
    answer = api.get(f"/v1/sessions/{session['sessionId']}/images/{image['id']}/original")
    assert answer.content == content
    assert answer.headers["content-type"].startswith(image["mime"])
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert "nosniff" in answer.headers.get("x-content-type-options", "")


def test_an_svg_cannot_run_anything_in_our_origin(api: Api):
    session = api.upload(("x.svg", pictures.svg("<script>alert(1)</script>")))
    image = session["images"][0]
    answer = api.get(f"/v1/sessions/{session['sessionId']}/images/{image['id']}/original")
    disposition, policy = answer.headers["content-disposition"], answer.headers.get("content-security-policy", "")
    assert disposition.startswith("attachment") or "sandbox" in policy or "default-src 'none'" in policy


@pytest.mark.parametrize("make", [f[2] for f in FORMATS], ids=lambda make: make.__name__)
def test_each_image_has_a_small_webp_thumbnail(api: Api, make):
    session = api.upload(("x", make()))
    image = session["images"][0]
    answer = api.get(f"/v1/sessions/{session['sessionId']}/images/{image['id']}/thumbnail")
    assert answer.headers["content-type"] == "image/webp"
    thumbnail = pictures.opened(answer.content)
    assert thumbnail.format == "WEBP"
    assert max(thumbnail.size) <= 512
    assert abs(thumbnail.width / thumbnail.height - image["width"] / image["height"]) < 0.05


def test_a_thumbnail_stands_upright(api: Api):
    session = api.upload(("turned.jpg", pictures.corners_jpeg(6)))
    image = session["images"][0]
    answer = api.get(f"/v1/sessions/{session['sessionId']}/images/{image['id']}/thumbnail")
    thumbnail = pictures.opened(answer.content)
    assert thumbnail.width < thumbnail.height
    assert pictures.near(pictures.rgb_at(thumbnail, 0.75, 0.25), (220, 20, 20), 40)  # left top of what was stored


def test_lists_are_paged_newest_first_without_gap_or_repeat(server):
    api = Api(server, server.create_account("pages"))
    made = [api.upload((f"{i}.jpg", pictures.jpeg(64, 64)))["sessionId"] for i in range(5)]
    seen, path = [], "/v1/sessions?limit=2"
    for _ in range(5):
        answer = api.get(path)
        page = answer.json()
        assert len(page["data"]) <= 2
        seen += [row["sessionId"] for row in page["data"]]
        if page.get("nextCursor") is None:
            assert 'rel="next"' not in answer.headers.get("link", "")
            break
        found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers["link"])
        path = found.group(1).removeprefix(server.url)
        assert "cursor=" in path and "limit=2" in path
    assert seen == made[::-1]
    api.close()


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=-1", "cursor=%27%3B--"])
def test_bad_paging_is_named(api: Api, query: str):
    problem = api.problem("GET", f"/v1/sessions?{query}", 422, "invalid_field")
    assert problem["errors"][0]["pointer"] == "?" + query.split("=", maxsplit=1)[0]


def test_a_deleted_image_is_gone_and_the_rest_stays(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg()), ("b.png", pictures.png()))
    gone, stays = session["images"]
    path = f"/v1/sessions/{session['sessionId']}/images"
    assert api.delete(f"{path}/{gone['id']}").content == b""
    for rest in ("", "/original", "/thumbnail"):
        api.problem("GET", f"{path}/{gone['id']}{rest}", 404, "not_found")
    api.problem("DELETE", f"{path}/{gone['id']}", 404, "not_found")
    assert [i["id"] for i in api.get(f"/v1/sessions/{session['sessionId']}").json()["images"]] == [stays["id"]]


def test_a_deleted_session_is_gone_with_its_files(api: Api, server):
    content = pictures.jpeg(150, 150, 77)  # nobody else's bytes
    session = api.upload(("a.jpg", content))
    result = api.export(session["sessionId"], {"format": "png"})
    digest = hashlib.sha256(content).hexdigest()
    made = result["images"][0]["variants"][0]["sha256"]
    image = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}"
    api.delete(f"/v1/sessions/{session['sessionId']}")
    for path in (
        f"/v1/sessions/{session['sessionId']}",
        image,
        f"{image}/original",
        f"/v1/exports/{result['exportId']}",
    ):
        api.problem("GET", path, 404, "not_found")
    api.problem("DELETE", f"/v1/sessions/{session['sessionId']}", 404, "not_found")
    until = time.monotonic() + 5
    while names := [p.name for p in server.data.rglob("*") if p.is_file() and p.name in (digest, made)]:
        assert time.monotonic() < until, f"files are left: {names}"
        time.sleep(0.1)


def test_the_same_bytes_in_two_sessions_survive_the_end_of_one(api: Api):
    content = pictures.jpeg(150, 150, 78)
    first, second = (api.upload(("a.jpg", content)) for _ in range(2))
    api.delete(f"/v1/sessions/{first['sessionId']}")
    image = f"/v1/sessions/{second['sessionId']}/images/{second['images'][0]['id']}"
    assert api.get(f"{image}/original").content == content


def test_a_session_ends_after_disuse_and_answers_410(start_server):
    server = start_server(PICTOR_SESSION_TTL="2s")
    api = Api(server, server.first_key)
    session = api.upload(("a.jpg", pictures.jpeg()))
    path = f"/v1/sessions/{session['sessionId']}"
    for _ in range(3):  # every use moves the end
        time.sleep(1.2)
        api.get(path)
    time.sleep(2.6)
    image = f"{path}/images/{session['images'][0]['id']}"
    for asked in (path, image, f"{image}/original", f"{path}/metadata"):
        api.problem("GET", asked, 410, "session_expired")
    api.problem("POST", "/v1/analyze", 410, "session_expired", json={"sessionId": session["sessionId"]})
    api.problem("POST", "/v1/export", 410, "session_expired", json={"sessionId": session["sessionId"]})
    api.problem("POST", f"{path}/images", 410, "session_expired", content=pictures.jpeg())
    api.close()


@pytest.mark.parametrize(
    "name, kept",
    [
        ("../../x.jpg", "x.jpg"),
        ("..\\..\\x.jpg", "x.jpg"),
        ("/etc/passwd", "passwd"),
        ("a\x01b\x1f.jpg", "ab.jpg"),
        ("日本の写真.jpg", "日本の写真.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
    ],
)
def test_file_names_are_made_harmless(api: Api, name: str, kept: str):
    body = {"images": [{"data": base64.b64encode(pictures.jpeg(64, 64)).decode(), "filename": name}]}
    assert api.post("/v1/sessions", 201, json=body).json()["images"][0]["originalFilename"] == kept


JSON_FAULTS = [
    ({}, 422, "invalid_field", None),
    ({"images": []}, 422, "invalid_field", "/images"),
    ({"images": "x"}, 422, "invalid_field", "/images"),
    ({"images": [{}]}, 422, "invalid_field", "/images/0"),
    ({"images": [{"data": "a", "url": "http://example.com/"}]}, 422, "invalid_field", "/images/0"),
    ({"images": [{"dta": "aGVsbG8="}]}, 422, None, "/images/0/dta"),
    ({"images": [{"data": "aGVsbG8="}], "imges": 1}, 422, "unknown_field", "/imges"),
    ({"images": [{"data": 7}]}, 422, "invalid_field", "/images/0/data"),
    ({"images": [7]}, 422, "invalid_field", "/images/0"),
    ([], 422, "invalid_field", ""),
    ("x", 422, "invalid_field", ""),
]


@pytest.mark.parametrize("body, status, code, pointer", JSON_FAULTS, ids=lambda v: json.dumps(v)[:40])
def test_faults_in_json_are_named(api: Api, body, status, code, pointer):
    answer = api.request("POST", "/v1/sessions", json=body)
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert code is None or problem["code"] == code, problem
    if pointer is not None and problem.get("errors"):
        assert any(f["pointer"].startswith(pointer) for f in problem["errors"]), problem


def test_too_many_images_in_one_request_are_refused(start_server):
    server = start_server(PICTOR_MAX_IMAGES="3", PICTOR_MAX_UPLOAD="64KiB")
    api = Api(server, server.first_key)
    files = [(f"{i}.jpg", pictures.jpeg(64, 64)) for i in range(4)]
    api.problem("POST", "/v1/sessions", 400, "too_many_images", **multipart("images[]", *files))
    assert len(api.upload(*files[:3])["images"]) == 3
    rows = [{"data": base64.b64encode(content).decode()} for _, content in files]
    api.problem("POST", "/v1/sessions", 400, "too_many_images", json={"images": rows})
    api.close()


def test_an_image_past_the_limit_is_413_alone_and_rejected_in_company(start_server):
    server = start_server(PICTOR_MAX_IMAGES="3", PICTOR_MAX_UPLOAD="64KiB")
    api = Api(server, server.first_key)
    large = pictures.png()
    assert len(large) > 65_536
    api.problem("POST", "/v1/sessions", 413, "payload_too_large", content=large)
    api.problem("POST", "/v1/sessions", 413, "payload_too_large", **multipart("images[]", ("large.png", large)))
    row = {"data": base64.b64encode(large).decode(), "filename": "large.png"}
    api.problem("POST", "/v1/sessions", 413, "payload_too_large", json={"images": [row]})
    both = multipart("images[]", ("large.png", large), ("small.jpg", pictures.jpeg(64, 64)))
    session = api.post("/v1/sessions", 201, **both).json()
    assert [r["code"] for r in session["rejected"]] == ["payload_too_large"]
    assert [i["originalFilename"] for i in session["images"]] == ["small.jpg"]
    api.problem("POST", "/v1/optimize", 413, "payload_too_large", content=large)
    api.close()


def test_many_uploads_at_once_all_arrive(server):
    api = Api(server, server.first_key)
    failures: list[str] = []

    def send(seed: int) -> None:
        content = pictures.jpeg(200, 150, seed)
        try:
            own = Api(server, server.first_key)
            session = own.upload((f"{seed}.jpg", content))
            path = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}/original"
            assert own.get(path).content == content
            own.close()
        except Exception as problem:
            failures.append(str(problem))

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(100, 116)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    api.close()
    assert failures == []
