"""Answers that are the same everywhere: problems, methods, media types, request ids, limits of the protocol."""

import json
import re
import socket
import time

import httpx
import pytest
from support import pictures
from support.api import Api, check_problem_object
from support.server import Server


def test_an_unknown_address_is_404(api: Api):
    for path in ("/v1/nothing", "/v2/sessions", "/v1", "/nothing", "/v1/sessions/", "//v1/sessions"):
        assert api.request("GET", path).status_code == 404, path


METHODS = [
    ("PUT", "/v1/sessions", {"GET", "POST"}),
    ("DELETE", "/v1/sessions", {"GET", "POST"}),
    ("GET", "/v1/analyze", {"POST"}),
    ("GET", "/v1/export", {"POST"}),
    ("PATCH", "/v1/optimize", {"POST"}),
    ("POST", "/v1/presets", {"GET"}),
    ("POST", "/healthz", {"GET"}),
    ("POST", "/v1/jobs/job_01jd000000000000000000000a", {"GET"}),
    ("BREW", "/v1/sessions", {"GET", "POST"}),
]


@pytest.mark.parametrize("method, path, allowed", METHODS)
def test_a_wrong_method_is_405_with_those_that_work(api: Api, method: str, path: str, allowed: set[str]):
    answer = api.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert allowed <= {name.strip() for name in answer.headers["allow"].split(",")}


def test_an_answer_that_nobody_can_make_is_406(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))
    path = f"/v1/sessions/{session['sessionId']}/metadata"
    api.problem("GET", path, 406, "not_acceptable", headers={"Accept": "image/png"})
    assert (
        api.get(path, headers={"Accept": "text/csv;q=0.5, application/json"})
        .headers["content-type"]
        .startswith("application/json")
    )
    assert (
        api.get(path, headers={"Accept": "application/json;q=0.1, text/csv"})
        .headers["content-type"]
        .startswith("text/csv")
    )


@pytest.mark.parametrize("path", ["/v1/analyze", "/v1/export", "/v1/sample"])
@pytest.mark.parametrize("media", ["application/xml", "text/plain"])
def test_a_body_of_another_kind_is_415(api: Api, path: str, media: str):
    api.problem("POST", path, 415, "unsupported_media_type", content=b"<a/>", headers={"Content-Type": media})


def test_an_unknown_field_is_named(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))["sessionId"]
    cases = [
        ("/v1/analyze", {"sessionId": session, "optoins": {}}, "/optoins"),
        ("/v1/analyze", {"sessionId": session, "options": {"langauge": "en"}}, "/options/langauge"),
        ("/v1/export", {"sessionId": session, "settings": {"qualty": 3}}, "/settings/qualty"),
        (
            "/v1/export",
            {"sessionId": session, "settings": {"resize": {"width": 9, "wdth": 3}}},
            "/settings/resize/wdth",
        ),
        ("/v1/export", {"sessionId": session, "images": [{"ident": "x"}]}, "/images/0/ident"),
        ("/v1/sample", {"sessionId": session, "a/b~c": 1}, "/a~1b~0c"),
    ]
    for path, body, pointer in cases:
        answer = api.request("POST", path, json=body)
        assert answer.status_code == 422, answer.text
        assert pointer in [fault["pointer"] for fault in answer.json()["errors"]], (body, answer.text)
        if "ident" not in json.dumps(body):  # there the id is missing, too
            assert answer.json()["code"] == "unknown_field", answer.text


def test_every_fault_of_a_body_is_named_at_once(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))["sessionId"]
    settings = {
        "format": "bmp",
        "quality": 101,
        "effort": -1,
        "resize": {"width": 0, "fit": "squeeze"},
        "keep": ["all!"],
    }
    problem = api.problem("POST", "/v1/export", 422, "invalid_field", json={"sessionId": session, "settings": settings})
    pointers = {fault["pointer"] for fault in problem["errors"]}
    assert pointers >= {f"/settings/{name}" for name in ("format", "quality", "effort", "resize/width", "resize/fit")}


# --- request ids


def test_a_request_id_is_echoed_and_is_in_the_problem_and_in_the_log(api: Api, server: Server):
    answer = api.request("GET", "/v1/sessions/nothing", headers={"X-Request-Id": "trace-me-4711"})
    assert answer.headers["x-request-id"] == "trace-me-4711"
    assert answer.json()["requestId"] == "trace-me-4711"
    until = time.monotonic() + 3
    while "trace-me-4711" not in server.log_text():
        assert time.monotonic() < until, "not in the log"
        time.sleep(0.05)


@pytest.mark.parametrize("sent", ["a b\tc", "x" * 5000, "é", '"; DROP', ""])
def test_a_request_id_that_is_none_is_replaced_or_harmless(api: Api, sent: str):
    answer = api.request("GET", "/v1/presets", headers={"X-Request-Id": sent.encode()})
    assert answer.status_code == 200
    assert re.fullmatch(r"[!-~]{1,200}", answer.headers["x-request-id"])


def test_two_requests_have_two_ids(api: Api):
    assert api.get("/v1/presets").headers["x-request-id"] != api.get("/v1/presets").headers["x-request-id"]


# --- the protocol, byte by byte


def raw(server: Server, sent: bytes, seconds: float = 10) -> bytes:
    """Sends bytes as they are, and reads until the server hangs up or is silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        try:
            connection.sendall(sent)
            got = b""
            while piece := connection.recv(65_536):
                got += piece
                if b"\r\n\r\n" in got and len(got) >= length_of(got):
                    break
        except (TimeoutError, ConnectionError):
            pass
        return got


def length_of(got: bytes) -> int:
    head, _, _ = got.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    return len(head) + 4 + int(found.group(1)) if found else 1 << 60


def problem_in(got: bytes) -> dict:
    head, _, body = got[: length_of(got)].partition(b"\r\n\r\n")
    assert b"application/problem+json" in head, got[:500]
    assert re.search(rb"(?i)\r\nx-request-id: [!-~]+\r\n", head + b"\r\n"), head
    problem = json.loads(body)
    check_problem_object(problem, int(head.split(b" ")[1]))
    return problem


def get_with(*headers: bytes) -> bytes:
    return b"GET /v1/presets HTTP/1.1\r\nHost: x\r\n" + b"".join(h + b"\r\n" for h in headers) + b"\r\n"


def test_a_head_that_is_too_large_is_431(server: Server):
    got = raw(server, get_with(b"X-Large: " + b"a" * 100_000))
    assert problem_in(got)["code"] == "headers_too_large"
    got = raw(server, get_with(*[b"X-%d: %s" % (i, b"a" * 100) for i in range(2_000)]))
    assert problem_in(got)["code"] == "headers_too_large"


MALFORMED = [
    b"this is not HTTP\r\n\r\n",
    b"GET /v1/presets\r\n\r\n",
    b"GET /v1/presets HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /v1/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /v1/%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /v1/presets HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40,
]


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_not_http_is_400_and_the_connection_ends(server: Server, sent: bytes):
    started = time.monotonic()
    got = raw(server, sent + b"\r\n\r\n")
    assert time.monotonic() - started < 5
    if got:
        assert problem_in(got)["code"] in ("malformed_request", "missing_api_key"), got[:500]
        assert not got.startswith(b"HTTP/1.1 2")


def test_connections_are_kept_and_pipelined_requests_are_answered_in_order(server: Server):
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: %d\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: 9\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(one % 1 + one % 2 + last)
        got = b""
        while piece := connection.recv(65_536):
            got += piece
    assert re.findall(rb"(?i)x-request-id: (\d)", got) == [b"1", b"2", b"9"]


def test_http_1_0_is_answered_and_closed(server: Server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        got = b""
        while piece := connection.recv(65_536):
            got += piece
    assert b" 200 " in got.split(b"\r\n")[0]


def test_a_client_that_waits_for_100_continue_gets_it_or_its_refusal(server: Server):
    head = b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nExpect: 100-continue\r\nContent-Type: image/jpeg\r\n"
    content = pictures.jpeg(64, 64)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head % len(content) + b"X-API-Key: " + server.first_key.encode() + b"\r\n\r\n")
        assert b" 100 " in connection.recv(4096)
        connection.sendall(content)
        assert b" 201 " in connection.recv(65_536).split(b"\r\n")[0]
    got = raw(server, head % 10_000_000 + b"\r\n")
    assert problem_in(got)["code"] == "missing_api_key"


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server: Server):
    head = b"POST /v1/optimize HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 9999999999\r\n"
    got = raw(server, head + b"X-API-Key: " + server.first_key.encode() + b"\r\n\r\n")
    assert problem_in(got)["code"] == "payload_too_large"


def test_a_chunked_body_is_read(server: Server, api: Api):
    content = pictures.jpeg()

    def pieces():
        for at in range(0, len(content), 1000):
            yield content[at : at + 1000]

    session = api.post("/v1/sessions", 201, content=pieces(), headers={"Content-Type": "image/jpeg"}).json()
    assert session["images"][0]["size"] == len(content)


def test_a_client_that_stalls_is_let_go(start_server):
    server = start_server(PICTOR_IDLE_TIMEOUT="1s")
    key = b"X-API-Key: " + server.first_key.encode() + b"\r\n"
    stalls = [
        b"",
        b"GET /v1/presets HTTP/1.1\r\nHo",
        b"POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 1000\r\n"
        + key
        + b"\r\nabc",
    ]
    for sent in stalls:
        started = time.monotonic()
        got = raw(server, sent, seconds=8)
        assert time.monotonic() - started < 6, sent
        if got:
            assert problem_in(got)["code"] == "request_timeout"


def test_a_slow_upload_that_goes_on_is_not_idle(start_server):
    server = start_server(PICTOR_IDLE_TIMEOUT="1s")
    content = pictures.jpeg(64, 64)
    step = len(content) // 6 + 1

    def pieces():
        for at in range(0, len(content), step):
            yield content[at : at + step]
            time.sleep(0.4)

    api = Api(server, server.first_key)
    assert api.post("/v1/sessions", 201, content=pieces(), headers={"Content-Type": "image/jpeg"})
    api.close()


# --- the small addresses


def test_health_and_readiness(anonymous: Api):
    assert anonymous.get("/healthz").json()["status"] == "ok"
    assert anonymous.get("/readyz").status_code == 200
    assert anonymous.request("HEAD", "/healthz").content == b""


def test_health_answers_within_50_ms(anonymous: Api):
    times = []
    for _ in range(20):
        started = time.perf_counter()
        anonymous.get("/healthz")
        times.append(time.perf_counter() - started)
    assert sorted(times)[10] < 0.05


def test_metrics_are_prometheus_text(api: Api, anonymous: Api):
    api.export_one(pictures.jpeg(64, 64), {"format": "png"})
    text = anonymous.get("/metrics").text
    for line in text.splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-zA-Z_:][\w:]*(\{.*\})? [-+0-9.eEinfNa]+( \d+)?", line), line
    for word in ("request", "job", "engine", "bytes", "stream"):
        assert re.search(rf"(?im)^pictor_\w*{word}", text), f"no metric for {word}"
    assert "sk-" not in text and "ses_" not in text and "img_" not in text


def test_presets_are_those_of_the_contract(anonymous: Api):
    text = anonymous.get("/v1/presets").text
    names = ["maximum", "very_high", "high", "medium", "low", "minimum"]
    assert [name for name in names if f'"{name}"' in text] == names


def test_formats_say_what_is_read_and_written(anonymous: Api):
    rows = {row["name"]: row for row in anonymous.get("/v1/formats").json()["data"]}
    assert {"jpeg", "png", "webp", "avif", "gif", "tiff", "svg", "heif"} <= rows.keys()
    assert {"webp", "avif", "jpeg", "png"} <= {name for name, row in rows.items() if row["output"]}
    assert rows["svg"]["input"] and not rows["svg"]["output"]


def test_the_contract_is_served(anonymous: Api):
    document = anonymous.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "/v1/sessions" in document["paths"]


@pytest.mark.parametrize("path", ["/v1/presets", "/healthz", "/openapi.json"])
def test_head_says_what_get_would(anonymous: Api, path: str):
    got, headed = anonymous.get(path), anonymous.request("HEAD", path)
    assert headed.status_code == 200
    assert headed.content == b""
    assert headed.headers.get("content-length") == got.headers.get("content-length")
    assert headed.headers["content-type"] == got.headers["content-type"]


def test_problem_types_lead_to_a_page(anonymous: Api):
    problem = anonymous.request("GET", "/v1/sessions").json()
    assert anonymous.get(httpx.URL(problem["type"]).path).status_code == 200


# --- CORS


def test_no_origin_is_allowed_by_default(api: Api):
    answer = api.get("/v1/sessions", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_origins_of_the_configuration_are_allowed_and_no_others(start_server):
    server = start_server(PICTOR_CORS_ORIGINS="https://studio.example")
    api = Api(server, server.first_key)
    good, bad = "https://studio.example", "https://evil.example"
    assert api.get("/v1/sessions", headers={"Origin": good}).headers["access-control-allow-origin"] == good
    assert "access-control-allow-origin" not in api.get("/v1/sessions", headers={"Origin": bad}).headers
    asked = {"Origin": good, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key"}
    preflight = api.http.request("OPTIONS", "/v1/sessions", headers={**asked, "X-API-Key": ""})
    assert preflight.status_code in (200, 204)
    assert preflight.headers["access-control-allow-origin"] == good
    assert "x-api-key" in preflight.headers["access-control-allow-headers"].lower()
    api.close()


# --- logs


def test_the_log_has_a_json_line_a_request_and_no_key_no_path_no_picture(api: Api, server: Server):
    api.upload(("holiday-in-rome.jpg", pictures.jpeg(64, 64)))
    api.request("GET", "/v1/sessions", headers={"X-API-Key": "sk-" + "b" * 40, "X-Request-Id": "log-line-1"})
    api.get("/v1/sessions", headers={"X-Request-Id": "log-line-2"})
    until = time.monotonic() + 3
    while "log-line-2" not in server.log_text():
        assert time.monotonic() < until
        time.sleep(0.05)
    text = server.log_text()
    # The first start prints the key once for the operator; it is in no other line.
    lines = [line for line in text.splitlines() if not line.startswith("API key: ") and line.strip()]
    for line in lines:
        assert server.first_key not in line and "sk-" + "b" * 20 not in line, line
        assert "holiday-in-rome" not in line, line
    rows = [json.loads(line) for line in lines if line.startswith("{")]
    row = next(r for r in rows if "log-line-2" in json.dumps(r))
    assert row["status"] == 200
    assert any(name.startswith("key") and str(value).startswith("key_") for name, value in row.items()), row
    assert any("ms" in name for name in row) and {"in", "out"} <= row.keys(), row
