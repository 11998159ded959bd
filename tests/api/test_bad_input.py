"""What somebody unfriendly sends. Each: the right status and code, in time, no child left over, nothing half made,
nothing of ours in the answer (support/api.py looks for that in every one)."""

import base64
import json
import os
import socket
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest
from support import hostile, pictures
from support.api import Api, check_problem_object
from support.server import Server
from support.web import Web

SECONDS = 2  # promised on an idle machine
GRACE = max(3.0, os.getloadavg()[0])  # times that, where the suite shares its cores


@pytest.fixture(autouse=True)
def nothing_left_over(server: Server) -> Iterator[None]:
    """In time, and the same children afterwards: none dead and unburied, none added, none missing for long."""
    before = len(server.children())
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SECONDS * GRACE, "took too long"
    until = time.monotonic() + 2
    while True:
        family = server.children()
        states = [child.status() for child in family if child.is_running()]
        if len(family) <= before + 1 and psutil.STATUS_ZOMBIE not in states:
            break
        assert time.monotonic() < until, f"{before} children before, now {list(zip(family, states))}"
        time.sleep(0.05)
    assert httpx.get(f"{server.url}/readyz", timeout=2).status_code == 200


@pytest.fixture(scope="module")
def fresh(server: Server) -> Iterator[Api]:
    """An account of its own, so that what is half made would show."""
    client = Api(server, server.create_account("hostile"))
    yield client
    client.close()


def sessions(api: Api) -> list[str]:
    return [row["sessionId"] for row in api.get("/v1/sessions?limit=100").json()["data"]]


# --- files

UNREADABLE = (422, "image_unreadable")
UNSUPPORTED = (415, "unsupported_media_type")
TOO_LARGE = (422, "image_too_large")

FILES = {
    "nothing": (lambda: b"", (400, "malformed_request")),
    "text named .jpg": (lambda: b"This is not a picture, whatever its name says.\n" * 20, UNSUPPORTED),
    "HTML": (lambda: b"<!doctype html><script>alert(1)</script>", UNSUPPORTED),
    "a program": (lambda: b"\x7fELF\x02\x01\x01" + bytes(200), UNSUPPORTED),
    "a ZIP": (lambda: b"PK\x03\x04" + bytes(200), UNSUPPORTED),
    "PDF": (lambda: b"%PDF-1.7\n" + b"x" * 200, UNSUPPORTED),
    "JPEG magic alone": (lambda: b"\xff\xd8\xff\xe0", UNREADABLE),
    "JPEG magic and noise": (lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8, UNREADABLE),
    "PNG magic alone": (lambda: b"\x89PNG\r\n\x1a\n", UNREADABLE),
    "PNG with a broken header": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), UNREADABLE),
    "PNG without pixels": (lambda: pictures.raw_png(64, 64, 8, 2, b""), UNREADABLE),
    "PNG of width 0": (lambda: pictures.raw_png(0, 64, 8, 2, b""), UNREADABLE),
    "WebP magic alone": (lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 ", UNREADABLE),
    "GIF magic alone": (lambda: b"GIF89a", UNREADABLE),
    "AVIF magic alone": (lambda: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", UNREADABLE),
    "TIFF magic alone": (lambda: b"II*\0\xff\xff\xff\xff", UNREADABLE),
    "SVG that is not XML": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><rect', UNREADABLE),
    "JPEG that claims 64,250 x 64,250": (hostile.jpeg_that_claims, TOO_LARGE),
    "AVIF that claims 60,000 x 60,000": (hostile.avif_that_claims, (422, "image_too_large image_unreadable")),
    "PNG 30,000 x 30,000 of one colour": (hostile.endless_png, TOO_LARGE),
    "GIF of 100,000 frames": (hostile.gif_of_frames, (422, "animation_too_long")),
    "SVG of 100,000 x 100,000": (lambda: hostile.svg_of_size("100000", "100000"), TOO_LARGE),
    "SVG of infinite size": (lambda: hostile.svg_of_size("1e300", "1e300"), (422, "image_too_large image_unreadable")),
    "SVG with a billion laughs": (hostile.svg_that_laughs, UNREADABLE),
}


def assert_refused(answer: httpx.Response, wanted: tuple[int, str]) -> None:
    assert answer.status_code == wanted[0], answer.text
    assert answer.json()["code"] in wanted[1].split(), answer.text


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_and_leaves_nothing(fresh: Api, name: str):
    make, wanted = FILES[name]
    before = sessions(fresh)
    content = make()
    assert_refused(
        fresh.request("POST", "/v1/sessions", content=content, headers={"Content-Type": "image/jpeg"}), wanted
    )
    assert sessions(fresh) == before


@pytest.mark.parametrize("name", FILES)
def test_optimize_refuses_it_as_well(fresh: Api, name: str):
    make, wanted = FILES[name]
    assert_refused(
        fresh.request("POST", "/v1/optimize", content=make(), headers={"Content-Type": "image/jpeg"}), wanted
    )


def test_a_bad_file_in_company_is_rejected_alone(fresh: Api):
    files = [
        ("images[]", (name, make(), "image/jpeg"))
        for name, (make, _) in FILES.items()
        if "ZIP" in name or "64,250" in name
    ]
    files.append(("images[]", ("good.png", pictures.png(), "image/png")))
    session = fresh.post("/v1/sessions", 201, files=files).json()
    assert [row["code"] for row in session["rejected"]] == ["unsupported_media_type", "image_too_large"]
    assert len(session["images"]) == 1


def test_a_tall_avif_of_some_hundred_bytes_is_refused_or_done_within_its_memory(fresh: Api):
    assert len(hostile.tall_avif()) < 600
    answer = fresh.request("POST", "/v1/optimize?format=webp", content=hostile.tall_avif())
    if answer.status_code != 200:
        assert_refused(answer, (422, "image_too_large image_unreadable format_limit"))
    answer = fresh.request("POST", "/v1/optimize?format=png&width=16", content=hostile.tall_avif())
    if answer.status_code == 200:
        assert pictures.opened(answer.content).size == (16, 17_000)


@pytest.mark.parametrize("kind", ["zTXt", "iCCP"])
def test_a_chunk_that_unpacks_to_a_gigabyte_is_not_unpacked(fresh: Api, server: Server, kind: str):
    answer = fresh.request("POST", "/v1/optimize?format=webp", content=hostile.png_with_bomb(kind))
    if answer.status_code == 200:
        assert pictures.opened(answer.content).size == (64, 64)
        assert len(answer.content) < 100_000
    else:
        assert_refused(answer, UNREADABLE)
    resident = sum(child.memory_info().rss for child in server.children() if child.is_running())
    assert resident < 4 << 30


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp], ids=lambda m: m.__name__)
@pytest.mark.parametrize("share", [0.98, 0.6, 0.3])
def test_a_truncated_picture_shows_what_can_be_shown_with_a_warning_or_is_unreadable(fresh: Api, make, share: float):
    content = hostile.truncated(make(), share)
    answer = fresh.request("POST", "/v1/sessions", content=content)
    if answer.status_code != 201:
        assert_refused(answer, UNREADABLE)
        return
    session = answer.json()
    job = fresh.post(
        "/v1/export",
        200,
        json={"sessionId": session["sessionId"], "settings": {"format": "png"}},
        headers={"Prefer": "wait=30"},
    ).json()
    if job["status"] == "failed":
        assert job["errors"][0]["problem"]["code"] == "image_unreadable"
        check_problem_object(job["errors"][0]["problem"], 422)
        return
    image = fresh.get(f"/v1/exports/{job['exportId']}").json()["images"][0]
    stored = fresh.get(f"/v1/sessions/{session['sessionId']}").json()["images"][0]
    assert "truncated" in [*image["warnings"], *stored["warnings"]], (image["warnings"], stored["warnings"])
    shown = pictures.opened(fresh.download(image, "full").content)
    assert pictures.near(pictures.rgb_at(shown, 0.1, 0.05), pictures.rgb_at(pictures.opened(make()), 0.1, 0.05), 40)


# --- SVG that wants more than to be drawn


def drawn(api: Api, content: bytes) -> bytes | None:
    """The picture as PNG; None when it was refused as unreadable."""
    answer = api.request("POST", "/v1/optimize?format=png&keep=none", content=content)
    if answer.status_code == 200:
        return answer.content
    assert_refused(answer, UNREADABLE)
    return None


def test_an_svg_reads_no_file(fresh: Api):
    with_file, without = drawn(fresh, hostile.svg_reading_a_file()), pictures.svg("<text>seen</text>")
    if with_file:
        plain = drawn(fresh, without)
        assert pictures.opened(with_file).convert("RGB").tobytes() == pictures.opened(plain).convert("RGB").tobytes()


def test_an_svg_entity_is_no_file(fresh: Api):
    shown = drawn(fresh, hostile.svg_with_entities())
    if shown:
        picture = pictures.opened(shown).convert("RGB")
        assert picture.getcolors(16) == [(picture.width * picture.height, (255, 255, 255))], "the entity was expanded"


def test_an_svg_fetches_nothing(fresh: Api, web: Web):
    web.seen.clear()
    drawn(fresh, hostile.svg_fetching(web.url("/photo.jpg")))
    fresh.request("POST", "/v1/sessions", content=hostile.svg_fetching(web.url("/photo.jpg")))
    time.sleep(0.2)
    assert web.seen == []


# --- multipart

BOUNDARY = "pictor-test-boundary"


def part(disposition: str, body: bytes, *headers: str) -> bytes:
    lines = [f"--{BOUNDARY}", f"Content-Disposition: {disposition}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body + b"\r\n"


def send_multipart(api: Api, body: bytes, boundary: str = BOUNDARY) -> httpx.Response:
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return api.request("POST", "/v1/sessions", content=body, headers=headers)


END = f"--{BOUNDARY}--\r\n".encode()
PICTURE = part('form-data; name="images[]"; filename="a.jpg"', pictures.jpeg(32, 32), "Content-Type: image/jpeg")

BROKEN_MULTIPART = {
    "no part at all": (END, 422, "invalid_field malformed_request"),
    "nothing": (b"", 400, "malformed_request"),
    "a part without a name": (
        part('form-data; filename="a.jpg"', pictures.jpeg(32, 32)) + END,
        400,
        "malformed_request",
    ),
    "a part without a disposition": (f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + END, 400, "malformed_request"),
    "a body that ends in the middle": (PICTURE[:-20], 400, "malformed_request"),
    "no closing boundary": (PICTURE, 400, "malformed_request"),
    "a part whose head is a megabyte": (
        part('form-data; name="images[]"; filename="a.jpg"', b"x", "X-Long: " + "a" * 1_000_000) + END,
        400,
        "malformed_request headers_too_large",
    ),
    "a field that is none": (part('form-data; name="colour"', b"red") + PICTURE + END, 422, "unknown_field"),
    "a head that is not UTF-8": (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="'.encode() + b'\xff\xfe"\r\n\r\nx\r\n' + END,
        400,
        "malformed_request",
    ),
}


@pytest.mark.parametrize("name", BROKEN_MULTIPART)
def test_broken_multipart_is_refused_and_leaves_nothing(fresh: Api, name: str):
    body, status, codes = BROKEN_MULTIPART[name]
    before = sessions(fresh)
    answer = send_multipart(fresh, body)
    assert answer.status_code in (status, 400, 422, 431), answer.text
    assert answer.json()["code"] in codes.split(), answer.text
    assert sessions(fresh) == before


@pytest.mark.parametrize(
    "media", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "x" * 500]
)
def test_multipart_without_a_usable_boundary_is_malformed(fresh: Api, media: str):
    fresh.problem(
        "POST", "/v1/sessions", 400, "malformed_request", content=PICTURE + END, headers={"Content-Type": media}
    )


def test_ten_thousand_parts_are_refused(fresh: Api):
    before = sessions(fresh)
    small = part('form-data; name="images[]"; filename="a.jpg"', b"x")
    answer = send_multipart(fresh, small * 10_000 + END)
    assert answer.status_code in (400, 413), answer.text
    assert answer.json()["code"] in ("too_many_images", "malformed_request", "payload_too_large")
    answer = send_multipart(fresh, part('form-data; name="options"', b"{}") * 10_000 + PICTURE + END)
    assert answer.status_code in (400, 413, 422), answer.text
    assert sessions(fresh) == before


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "..\\..\\x",
        "/etc/cron.d/x",
        "a" * 4096,
        "a\x07b\x1b[31m",
        "%2e%2e%2fx",
        ".",
        "..",
        "",
        "CON",
        "x\u202e",
    ],
    ids=range(11),
)
def test_a_strange_file_name_is_only_a_name(fresh: Api, name: str):
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    session = send_multipart(
        fresh, part(f'form-data; name="images[]"; filename="{quoted}"', pictures.jpeg(32, 32)) + END
    )
    assert session.status_code in (201, 400), session.text
    if session.status_code == 201:
        kept = session.json()["images"][0]["originalFilename"]
        assert len(kept.encode()) <= 255 and kept not in (".", "..")
        assert not any(c in kept for c in "/\\\x07\x1b\u202e\0")
        image = session.json()["images"][0]["id"]
        answer = fresh.get(f"/v1/sessions/{session.json()['sessionId']}/images/{image}/original")
        assert "\n" not in answer.headers["content-disposition"]
        fresh.export(session.json()["sessionId"], {"format": "png"})


def test_a_body_that_never_ends_is_cut_off(start_server):
    small = start_server(PICTOR_MAX_IMAGES="3", PICTOR_MAX_UPLOAD="64KiB")
    head = (
        f"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nX-API-Key: {small.first_key}\r\nTransfer-Encoding: chunked\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    start = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="images[]"; filename="a.jpg"\r\n\r\n'.encode()
    piece = b"10000\r\n" + bytes(65_536) + b"\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", small.port), timeout=5) as connection:
        connection.sendall(head.encode() + b"%x\r\n%s\r\n" % (len(start), start))
        try:
            while sent < 512 << 20:
                connection.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
    assert sent < 64 << 20, "half a gigabyte was taken"
    assert httpx.get(f"{small.url}/readyz", timeout=2).status_code == 200
    time.sleep(0.3)
    left = sum(p.stat().st_size for p in small.data.rglob("*") if p.is_file() and p.suffix != ".log")
    assert left < 32 << 20, "what was sent is still on the disk"


# --- JSON

DEEP = 10_000
BROKEN_JSON = {
    "nothing": (b"", 400, "malformed_request"),
    "half": (b'{"images":[', 400, "malformed_request"),
    "text": (b"hello", 400, "malformed_request"),
    "a trailing comma": (b'{"images":[],}', 400, "malformed_request"),
    "two documents": (b'{"images":[]} {"images":[]}', 400, "malformed_request"),
    "10,000 arrays deep": (b'{"images":' + b"[" * DEEP + b"]" * DEEP + b"}", 400, "malformed_request"),
    "10,000 objects deep": (b'{"images":' * DEEP + b"1" + b"}" * DEEP, 400, "malformed_request"),
    "bytes that are not UTF-8": (b'{"images":[{"data":"aGk=","filename":"\xff\xfe"}]}', 400, "malformed_request"),
    "half a surrogate": (b'{"images":[{"data":"aGk=","filename":"\\ud800"}]}', 400, "malformed_request"),
    "an overlong form": (b'{"images":[{"data":"aGk=","filename":"\xc0\xaf"}]}', 400, "malformed_request"),
    "the same name twice": (b'{"images":[],"images":[]}', 400, "malformed_request invalid_field"),
    "a control character": (b'{"images":[{"data":"aGk=","filename":"a\x01"}]}', 400, "malformed_request"),
    "NaN": (b'{"images":NaN}', 400, "malformed_request"),
    "a number past all ranges": (b'{"images":1e999}', 400, "malformed_request invalid_field"),
}


@pytest.mark.parametrize("name", BROKEN_JSON)
def test_broken_json_is_refused_and_leaves_nothing(fresh: Api, name: str):
    body, status, codes = BROKEN_JSON[name]
    before = sessions(fresh)
    answer = fresh.request("POST", "/v1/sessions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (status, 422), answer.text
    assert answer.json()["code"] in codes.split(), answer.text
    assert sessions(fresh) == before


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/export", "/v1/sample"])
@pytest.mark.parametrize("name", ["nothing", "half", "10,000 arrays deep", "bytes that are not UTF-8"])
def test_every_json_call_refuses_it(fresh: Api, path: str, name: str):
    body, status, codes = BROKEN_JSON[name]
    headers = {"Content-Type": "application/json"}
    fresh.problem("POST", path, status, codes, content=body, headers=headers)


NUMBERS = ["1e999", "-1", "1.5", "123456789012345678901234567890", "-0.0001", "true", '"80"', "[]", "{}"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_out_of_range_is_named(fresh: Api, number: str):
    session = fresh.upload(("a.png", pictures.png(32, 32)))["sessionId"]
    body = f'{{"sessionId":"{session}","settings":{{"quality":{number}}}}}'
    answer = fresh.request("POST", "/v1/export", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422 or (number == "1e999" and answer.status_code == 400), answer.text
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["pointer"] == "/settings/quality"


BASE64 = ["not base64!", "a", "=", "aGk", "aGk=\n", "data:image/png;base64,", "data:text/plain,hello", "é", " aGk="]


@pytest.mark.parametrize("text", BASE64)
def test_base64_that_is_not_is_refused(fresh: Api, text: str):
    before = sessions(fresh)
    answer = fresh.request("POST", "/v1/sessions", json={"images": [{"data": text}]})
    assert answer.status_code in (415, 422, 400), answer.text
    assert answer.json()["code"] in ("invalid_field", "unsupported_media_type", "malformed_request")
    assert sessions(fresh) == before


def test_base64_of_a_bad_picture_in_company_is_rejected_alone(fresh: Api):
    good = base64.b64encode(pictures.png()).decode()
    body = {"images": [{"data": "%%%", "filename": "bad.png"}, {"data": good, "filename": "good.png"}]}
    session = fresh.post("/v1/sessions", 201, json=body).json()
    assert [row["filename"] for row in session["rejected"]] == ["bad.png"]
    assert [image["originalFilename"] for image in session["images"]] == ["good.png"]


def test_a_huge_json_body_is_refused(fresh: Api):
    body = json.dumps({"sessionId": "x" * (8 << 20)})
    answer = fresh.request("POST", "/v1/export", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (404, 413, 422), answer.text[:300]
    assert len(answer.content) < 10_000


def test_text_that_looks_like_sql_or_html_is_only_text(fresh: Api):
    text = "'; DROP TABLE images; -- <script>alert(1)</script> ${jndi:ldap://x} {{7*7}} %s%n"
    session = fresh.upload(("a.png", pictures.png(32, 32)))
    path = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}"
    fresh.patch(f"{path}/metadata", json={"alt": text})
    assert fresh.get(path).json()["metadata"]["alt"] == text
