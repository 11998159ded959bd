"""Pictures by URL: what is fetched, and the addresses that never are."""

import time
from collections.abc import Iterator

import pytest
from support import pictures
from support.api import Api
from support.web import Web


@pytest.fixture(scope="module")
def open_api(start_server) -> Iterator[Api]:
    """A server that may fetch from this machine's loopback, and from nowhere else that is private."""
    server = start_server(PICTOR_ALLOWED_NETWORKS="127.0.0.0/8", PICTOR_MAX_UPLOAD="4MiB")
    client = Api(server, server.first_key)
    yield client
    client.close()


def by_url(url: str, **more) -> dict:
    return {"json": {"images": [{"url": url, **more}]}}


SPELLINGS = [
    "127.0.0.1", "localhost", "127.1", "0x7f000001", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]",  # noqa: S104
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost.", "127.0.0.1.",
    "[fe80::1]", "[fc00::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_loopback_is_not_fetched_however_it_is_spelt(api: Api, web: Web, host: str):
    web.seen.clear()
    started = time.monotonic()
    answer = api.request("POST", "/v1/sessions", **by_url(web.url("/photo.jpg", host)))
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in ("url_not_allowed", "url_fetch_failed"), answer.text
    assert time.monotonic() - started < 5
    assert web.seen == []


PRIVATE = [
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "192.0.2.1", "198.51.100.1",
    "203.0.113.1", "198.18.0.1", "255.255.255.255", "240.0.0.1", "[ff02::1]", "[2001:db8::1]", "[2001::1]", "[::ffff:10.0.0.1]",
    "[64:ff9b::a00:1]", "[2002:a00:1::]", "[fe80::5efe:10.0.0.1]", "[fd00::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_addresses_that_are_nobodys_on_the_internet_are_not_fetched(api: Api, host: str):
    started = time.monotonic()
    api.problem("POST", "/v1/sessions", 422, "url_not_allowed", **by_url(f"http://{host}/photo.jpg"))
    assert time.monotonic() - started < 2


SCHEMES = [
    "file:///etc/passwd", "ftp://example.com/a.jpg", "gopher://127.0.0.1/", "dict://127.0.0.1/", "javascript:alert(1)", "data:,x",
    "//example.com/a.jpg", "/etc/passwd", "example.com/a.jpg", "http://", "http:///a.jpg", "", "http://user:pass@127.0.0.1/a.jpg",
    "http://127.0.0.1:99999/a.jpg", "http://exa mple.com/", "http://example.com\r\nX: y/", "http://[::1/a.jpg", "HTTP://127.0.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("url", SCHEMES)
def test_what_is_no_address_on_the_web_is_refused(api: Api, url: str):
    answer = api.request("POST", "/v1/sessions", **by_url(url))
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in ("url_not_allowed", "invalid_field", "url_fetch_failed")


@pytest.mark.parametrize("call", ["/v1/sessions", "/v1/optimize"])
def test_a_refusal_does_not_tell_whether_something_listens(api: Api, web: Web, call: str):
    open_port = api.request("POST", "/v1/sessions", **by_url(web.url("/photo.jpg"))).json()
    closed_port = api.request("POST", "/v1/sessions", **by_url("http://127.0.0.1:1/photo.jpg")).json()
    assert open_port["code"] == closed_port["code"] == "url_not_allowed"
    assert open_port["detail"] == closed_port["detail"]


def test_a_network_that_was_opened_is_fetched_from(open_api: Api, web: Web):
    session = open_api.post("/v1/sessions", 201, **by_url(web.url("/photo.jpg"))).json()
    image = session["images"][0]
    assert image["originalFilename"] == "photo.jpg"
    path = f"/v1/sessions/{session['sessionId']}/images/{image['id']}/original"
    assert open_api.get(path).content == pictures.jpeg()


def test_a_name_given_beside_the_url_wins(open_api: Api, web: Web):
    session = open_api.post("/v1/sessions", 201, **by_url(web.url("/photo.jpg"), filename="mine.jpg")).json()
    assert session["images"][0]["originalFilename"] == "mine.jpg"


def test_localhost_is_fetched_from_when_it_was_opened(open_api: Api, web: Web):
    open_api.post("/v1/sessions", 201, **by_url(web.url("/photo.jpg", "localhost")))


def test_up_to_three_redirects_are_followed(open_api: Api, web: Web):
    open_api.post("/v1/sessions", 201, **by_url(web.url("/hops?3")))
    open_api.problem("POST", "/v1/sessions", 422, "url_fetch_failed", **by_url(web.url("/hops?4")))
    open_api.problem("POST", "/v1/sessions", 422, "url_fetch_failed", **by_url(web.url("/loop")))


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x.jpg",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_refused(open_api: Api, web: Web, target: str):
    started = time.monotonic()
    open_api.problem("POST", "/v1/sessions", 422, "url_not_allowed", **by_url(web.url(f"/to?{target}")))
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "path, status, code",
    [
        ("/missing.jpg", 422, "url_fetch_failed"),
        ("/page.html", 415, "unsupported_media_type"),
        ("/broken", 422, "url_fetch_failed image_unreadable"),
        ("/garbage", 422, "url_fetch_failed"),
        ("/endless", 413, "payload_too_large"),
    ],
)
def test_what_goes_wrong_there_is_told(open_api: Api, web: Web, path: str, status: int, code: str):
    answer = open_api.request("POST", "/v1/sessions", **by_url(web.url(path)))
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] in code.split()


def test_nobody_listening_is_told(open_api: Api):
    open_api.problem("POST", "/v1/sessions", 422, "url_fetch_failed", **by_url("http://127.0.0.1:1/photo.jpg"))


def test_one_bad_address_does_not_fail_the_others(open_api: Api, web: Web):
    rows = [{"url": web.url("/missing.jpg")}, {"url": web.url("/photo.jpg")}, {"url": "http://10.0.0.1/a.jpg"}]
    session = open_api.post("/v1/sessions", 201, json={"images": rows}).json()
    assert len(session["images"]) == 1
    assert [row["code"] for row in session["rejected"]] == ["url_fetch_failed", "url_not_allowed"]


def test_our_key_is_not_sent_there(open_api: Api, web: Web):
    import socket
    import threading

    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            connection, _ = listener.accept()
            heard.append(connection.recv(65_536))
            connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        open_api.request("POST", "/v1/sessions", **by_url(f"http://127.0.0.1:{listener.getsockname()[1]}/a.jpg"))
        thread.join(5)
    assert heard and open_api.key.encode() not in heard[0] and b"x-api-key" not in heard[0].lower()
