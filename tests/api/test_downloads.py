"""Files, archives, links and snippets of an export."""

import base64
import hashlib
import io
import re
import time
import zipfile
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import pytest
from support import pictures
from support.api import Api


@pytest.fixture(scope="module")
def made(api: Api) -> dict:
    """An export of three pictures; names of many scripts."""
    session = api.upload(*[(f"{i}.png", pictures.png(160, 120, i)) for i in range(3)])
    names = ["red-fox", "größe-été", "日本の写真"]
    images = [
        {"id": image["id"], "metadata": {"filename": n, "alt": f"Alt {n}"}}
        for image, n in zip(session["images"], names)
    ]
    return {**api.export(session["sessionId"], {"format": "png"}, images=images), "session": session}


def variant(made: dict, index: int = 0) -> dict:
    return made["images"][index]["variants"][0]


def test_a_download_has_its_headers(api: Api, made: dict):
    answer = api.get(variant(made)["url"])
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert re.fullmatch(r'"[^"]+"', answer.headers["etag"])
    assert answer.headers["accept-ranges"] == "bytes"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["content-type"] == "image/png"
    assert parsedate_to_datetime(answer.headers["last-modified"])
    assert "private" in answer.headers["cache-control"]


@pytest.mark.parametrize("index", range(3))
def test_the_file_name_is_in_content_disposition(api: Api, made: dict, index: int):
    wanted = variant(made, index)["filename"]
    given = api.get(variant(made, index)["url"]).headers["content-disposition"]
    plain = re.search(r'filename="([^"]*)"', given)
    extended = re.search(r"filename\*=UTF-8''([^;]+)", given)
    assert plain and plain.group(1).isascii() and plain.group(1).endswith(".png")
    assert (unquote(extended.group(1)) if extended else plain.group(1)) == wanted


RANGES = [
    ("bytes=0-9", lambda b: (0, 9)),
    ("bytes=10-", lambda b: (10, b - 1)),
    ("bytes=-7", lambda b: (b - 7, b - 1)),
    ("bytes=5-999999999", lambda b: (5, b - 1)),
    ("bytes=-999999999", lambda b: (0, b - 1)),
    ("bytes=0-0", lambda b: (0, 0)),
]


@pytest.mark.parametrize("asked, wanted", RANGES, ids=[r[0] for r in RANGES])
def test_a_range_is_exactly_that(api: Api, made: dict, asked: str, wanted):
    whole = api.get(variant(made)["url"]).content
    answer = api.get(variant(made)["url"], 206, headers={"Range": asked})
    first, last = wanted(len(whole))
    assert answer.content == whole[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0"])
def test_a_range_outside_is_416_with_the_size(api: Api, made: dict, asked: str):
    size = variant(made)["bytes"]
    answer = api.request("GET", variant(made)["url"], headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize("asked", ["bytes=9-5", "items=0-5", "bytes=x", "bytes=", "bytes"])
def test_a_range_that_is_none_is_ignored(api: Api, made: dict, asked: str):
    answer = api.get(variant(made)["url"], headers={"Range": asked})
    assert len(answer.content) == variant(made)["bytes"]


def test_several_ranges_are_answered_whole_or_as_multipart(api: Api, made: dict):
    answer = api.request("GET", variant(made)["url"], headers={"Range": "bytes=0-1,5-6"})
    assert answer.status_code in (200, 206)
    if answer.status_code == 206:
        assert answer.headers["content-type"].startswith("multipart/byteranges")
    else:
        assert len(answer.content) == variant(made)["bytes"]


def test_if_range_gives_the_part_only_while_the_file_is_the_same(api: Api, made: dict):
    url = variant(made)["url"]
    whole = api.get(url)
    part = {"Range": "bytes=0-9"}
    assert api.get(url, 206, headers={**part, "If-Range": whole.headers["etag"]}).content == whole.content[:10]
    assert api.get(url, 206, headers={**part, "If-Range": whole.headers["last-modified"]}).content == whole.content[:10]
    assert api.get(url, 200, headers={**part, "If-Range": '"other"'}).content == whole.content
    assert api.get(url, 200, headers={**part, "If-Range": "Mon, 01 Jan 2001 00:00:00 GMT"}).content == whole.content


def test_what_the_client_has_is_not_sent_again(api: Api, made: dict):
    url = variant(made)["url"]
    first = api.get(url)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"x", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
    ):
        answer = api.get(url, 304, headers=headers)
        assert answer.content == b"" and answer.headers["etag"] == etag
    for headers in (
        {"If-None-Match": '"x"'},
        {"If-None-Match": '"x"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert api.get(url, 200, headers=headers).content == first.content


def test_preconditions_that_fail_are_412(api: Api, made: dict):
    url = variant(made)["url"]
    assert api.request("GET", url, headers={"If-Match": '"other"'}).status_code == 412
    assert api.get(url, 200, headers={"If-Match": "*"})
    answer = api.request("GET", url, headers={"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"})
    assert answer.status_code == 412


def test_head_says_what_get_would_send(api: Api, made: dict):
    got, headed = api.get(variant(made)["url"]), api.request("HEAD", variant(made)["url"])
    assert headed.status_code == 200 and headed.content == b""
    for name in ("content-length", "content-type", "etag", "last-modified", "repr-digest", "content-disposition"):
        assert headed.headers[name] == got.headers[name], name


def test_originals_follow_the_same_rules(api: Api, made: dict):
    session = made["session"]
    url = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}/original"
    whole = api.get(url)
    assert api.get(url, 206, headers={"Range": "bytes=3-5"}).content == whole.content[3:6]
    api.get(url, 304, headers={"If-None-Match": whole.headers["etag"]})
    thumbnail = api.get(url.replace("original", "thumbnail"))
    api.get(url.replace("original", "thumbnail"), 304, headers={"If-None-Match": thumbnail.headers["etag"]})


def test_two_files_have_two_etags(api: Api, made: dict):
    etags = {api.get(variant(made, i)["url"]).headers["etag"] for i in range(3)}
    assert len(etags) == 3


# --- the archive


def test_the_archive_is_a_zip_of_all_files_with_their_names(api: Api, made: dict):
    answer = api.get(made["archiveUrl"])
    assert answer.headers["content-type"] == "application/zip"
    assert re.search(r'filename="[^"]+\.zip"', answer.headers["content-disposition"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(variant(made, i)["filename"] for i in range(3))
        for i in range(3):
            row = variant(made, i)
            content = archive.read(row["filename"])
            assert hashlib.sha256(content).hexdigest() == row["sha256"]
            info = archive.getinfo(row["filename"])
            assert info.flag_bits & 0x800 or row["filename"].isascii(), "the name is not marked as UTF-8"


def test_a_reader_that_leaves_the_archive_does_no_harm(api: Api, made: dict):
    with api.http.stream("GET", made["archiveUrl"]) as answer:
        next(answer.iter_bytes(100))
    assert api.get(made["archiveUrl"]).status_code == 200


# --- links


def links(api: Api, made: dict, **body) -> list[dict]:
    return api.post(f"/v1/exports/{made['exportId']}/links", 200, json=body).json()["links"]


def local(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def test_links_need_no_key_and_give_the_file(api: Api, anonymous: Api, made: dict):
    given = links(api, made, expiresIn=3600)
    assert [link["name"] for link in given] == [variant(made, i)["filename"] for i in range(3)]
    for i, link in enumerate(given):
        answer = anonymous.get(local(link["url"]))
        assert hashlib.sha256(answer.content).hexdigest() == variant(made, i)["sha256"]
        assert answer.headers["etag"]
        assert link["expiresAt"]
        assert api.key not in link["url"]


def test_links_can_be_had_for_some_files(api: Api, made: dict):
    wanted = variant(made, 1)["filename"]
    assert [link["name"] for link in links(api, made, expiresIn=60, names=[wanted])] == [wanted]
    path = f"/v1/exports/{made['exportId']}/links"
    problem = api.problem("POST", path, 422, "invalid_field", json={"expiresIn": 60, "names": [wanted, "nothing.png"]})
    assert problem["errors"][0]["pointer"] == "/names/1"


def test_a_link_ends(api: Api, anonymous: Api, made: dict):
    link = links(api, made, expiresIn=1)[0]
    anonymous.get(local(link["url"]))
    time.sleep(2.2)
    anonymous.problem("GET", local(link["url"]), 404, "not_found")


def test_a_link_that_was_tampered_with_leads_nowhere(api: Api, anonymous: Api, made: dict):
    given = links(api, made, expiresIn=60)
    parts = urlsplit(given[0]["url"])
    query = dict(parse_qsl(parts.query))
    other = urlsplit(given[1]["url"]).path
    changed = [
        (parts.path, {**query, "expires": str(int(query["expires"]) + 1000)}),
        (parts.path, {**query, "signature": query["signature"][:-1] + ("a" if query["signature"][-1] != "a" else "b")}),
        (parts.path, {**query, "signature": ""}),
        (other, query),
        (parts.path, {"signature": query["signature"]}),
    ]
    for path, fields in changed:
        answer = anonymous.request("GET", f"{path}?{urlencode(fields)}")
        assert answer.status_code in (401, 404), (fields, answer.text)
        if answer.status_code == 401:  # no longer a link, but a request without a key
            assert answer.json()["code"] == "missing_api_key" and "expires" not in fields
    anonymous.get(local(given[0]["url"]))


@pytest.mark.parametrize(
    "body", [{"expiresIn": 0}, {"expiresIn": 10**9}, {"expiresIn": "1h"}, {"names": "x"}, {"expire": 1}]
)
def test_bad_wishes_for_links_are_named(api: Api, made: dict, body: dict):
    answer = api.request("POST", f"/v1/exports/{made['exportId']}/links", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/" + next(iter(body))


def test_links_can_be_had_without_a_body(api: Api, made: dict):
    assert len(api.post(f"/v1/exports/{made['exportId']}/links", 200, json={}).json()["links"]) == 3


# --- the snippet


def test_the_snippet_is_a_picture_element_ready_to_be_pasted(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(900, 600)))
    alt = 'A "fox" <script>alert(1)</script> & snow'
    path = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}/metadata"
    api.patch(path, json={"alt": alt, "filename": "fox"})
    result = api.export(session["sessionId"], {"format": "webp", "responsive": True})
    answer = api.get(f"/v1/exports/{result['exportId']}?snippet=html")
    html = answer.text if answer.headers["content-type"].startswith("text/html") else answer.json()["snippet"]
    assert "<picture" in html and "<img" in html and "<script" not in html
    assert re.search(r'width="900"', html) and re.search(r'height="600"', html)
    for row in result["images"][0]["variants"]:
        assert row["filename"] in html
    assert re.search(r"480w", html) and re.search(r"768w", html)
    assert 'alt="A &quot;fox&quot; &lt;script&gt;alert(1)&lt;/script&gt; &amp; snow"' in html


def test_an_unknown_snippet_is_named(api: Api, made: dict):
    api.problem("GET", f"/v1/exports/{made['exportId']}?snippet=pdf", 422, "invalid_field")
