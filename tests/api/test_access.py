"""Keys, scopes, and what one account can see of another: nothing."""

import pytest
from support import pictures
from support.api import Api
from support.server import account_id_in

UNKNOWN = "01jd" + "0" * 21 + "a"


def key_with(server, *scopes: str) -> Api:
    return Api(server, server.create_key("-".join(scopes), "--scopes", ",".join(scopes)))


# --- keys


def test_a_request_without_a_key_is_told_so(anonymous: Api):
    answer = anonymous.request("GET", "/v1/sessions")
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_api_key")
    assert answer.headers["www-authenticate"]


WELL_FORMED_BUT_UNKNOWN = "sk-" + "a" * 40


@pytest.mark.parametrize(
    "key", [WELL_FORMED_BUT_UNKNOWN, "sk-", "x", "sk-" + "é" * 3, "sk-" + "a" * 5000, "' OR 1=1 --"]
)
def test_a_wrong_key_is_told_so_and_nothing_else(server, anonymous: Api, key: str):
    answer = anonymous.request("GET", "/v1/sessions", headers={"X-API-Key": key.encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
    assert key not in answer.text or len(key) < 4


def test_a_key_with_one_wrong_character_fails_like_an_unknown_one(server, anonymous: Api):
    good = server.first_key
    bad = good[:-1] + ("0" if good[-1] != "0" else "1")
    first = anonymous.problem("GET", "/v1/sessions", 401, "invalid_api_key", headers={"X-API-Key": bad})
    second = anonymous.problem(
        "GET", "/v1/sessions", 401, "invalid_api_key", headers={"X-API-Key": WELL_FORMED_BUT_UNKNOWN}
    )
    assert without_request_id(first) == without_request_id(second)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_bearer_token_works_as_well(server, anonymous: Api, scheme: str):
    anonymous.get("/v1/sessions", headers={"Authorization": f"{scheme} {server.first_key}"})


@pytest.mark.parametrize("value", ["Basic dTpw", "Bearer", "Bearer x", "sk-abc"])
def test_another_authorization_is_no_key(anonymous: Api, value: str):
    answer = anonymous.request("GET", "/v1/sessions", headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.json()["code"] in ("missing_api_key", "invalid_api_key")


PUBLIC = ["/v1/presets", "/v1/formats", "/healthz", "/readyz", "/metrics", "/openapi.json"]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_addresses_need_no_key(anonymous: Api, path: str):
    anonymous.get(path)


GUARDED = [
    ("GET", "/v1/sessions"),
    ("POST", "/v1/sessions"),
    ("GET", f"/v1/sessions/ses_{UNKNOWN}"),
    ("DELETE", f"/v1/sessions/ses_{UNKNOWN}"),
    ("POST", f"/v1/sessions/ses_{UNKNOWN}/images"),
    ("GET", f"/v1/sessions/ses_{UNKNOWN}/metadata"),
    ("PUT", f"/v1/sessions/ses_{UNKNOWN}/metadata"),
    ("GET", f"/v1/sessions/ses_{UNKNOWN}/images/img_{UNKNOWN}/original"),
    ("PATCH", f"/v1/sessions/ses_{UNKNOWN}/images/img_{UNKNOWN}/metadata"),
    ("POST", "/v1/analyze"),
    ("POST", "/v1/export"),
    ("POST", "/v1/sample"),
    ("POST", "/v1/optimize"),
    ("GET", "/v1/jobs"),
    ("GET", f"/v1/jobs/job_{UNKNOWN}"),
    ("GET", f"/v1/jobs/job_{UNKNOWN}/events"),
    ("POST", f"/v1/jobs/job_{UNKNOWN}/cancel"),
    ("GET", f"/v1/exports/exp_{UNKNOWN}"),
    ("GET", f"/v1/exports/exp_{UNKNOWN}/archive"),
    ("POST", f"/v1/exports/exp_{UNKNOWN}/links"),
]


@pytest.mark.parametrize("method, path", GUARDED)
def test_everything_else_does(anonymous: Api, method: str, path: str):
    anonymous.problem(method, path, 401, "missing_api_key")


# --- scopes


SCOPES = [
    ("images", "GET", "/v1/sessions", {}),
    ("images", "POST", "/v1/sessions", {"content": b"x"}),
    ("images", "GET", f"/v1/sessions/ses_{UNKNOWN}", {}),
    ("images", "GET", "/v1/jobs", {}),
    ("images", "GET", f"/v1/exports/exp_{UNKNOWN}", {}),
    ("analyze", "POST", "/v1/analyze", {"json": {"sessionId": f"ses_{UNKNOWN}"}}),
    ("export", "POST", "/v1/export", {"json": {"sessionId": f"ses_{UNKNOWN}"}}),
    ("export", "POST", "/v1/sample", {"json": {"sessionId": f"ses_{UNKNOWN}"}}),
    ("export", "POST", "/v1/optimize", {"content": b"x"}),
]


@pytest.mark.parametrize("scope, method, path, body", SCOPES)
def test_each_call_needs_its_scope_and_no_other(server, scope: str, method: str, path: str, body: dict):
    others = [s for s in ("images", "analyze", "export", "keys", "webhooks") if s != scope]
    without, only = key_with(server, *others), key_with(server, scope)
    without.problem(method, path, 403, "insufficient_scope", **body)
    assert only.request(method, path, **body).status_code in (200, 404, 415)
    without.close()
    only.close()


def test_an_unknown_scope_makes_no_key(server):
    made = server.command("key", "create", "--name", "x", "--scopes", "images,everything")
    assert made.returncode != 0
    assert made.stdout == ""


def test_a_key_for_another_account_acts_for_that_account(server):
    made = server.command("account", "create", "--name", "second", "--email", "second@example.com")
    account = account_id_in(made.stderr)
    first = Api(server, made.stdout.strip())
    session = first.upload(("a.jpg", pictures.jpeg(64, 64)))
    second = Api(server, server.create_key("more", "--account", account))
    assert second.get(f"/v1/sessions/{session['sessionId']}").json()["sessionId"] == session["sessionId"]
    first.close()
    second.close()


# --- tenancy


def without_request_id(problem: dict) -> dict:
    return {name: value for name, value in problem.items() if name not in ("requestId", "instance")}


@pytest.fixture(scope="module")
def foreign(api: Api) -> dict:
    """Ids of the first account: a session, its image, a job, an export and a file of it."""
    session = api.upload(("secret.jpg", pictures.jpeg(64, 64)))
    job = api.analyze(session["sessionId"])
    result = api.export(session["sessionId"])
    return {
        "session": session["sessionId"],
        "image": session["images"][0]["id"],
        "job": job["id"],
        "export": result["exportId"],
        "file": result["images"][0]["variants"][0]["filename"],
    }


TENANCY = [
    ("GET", "/v1/sessions/{session}", {}),
    ("DELETE", "/v1/sessions/{session}", {}),
    ("POST", "/v1/sessions/{session}/images", {"content": pictures.png(16, 16)}),
    ("GET", "/v1/sessions/{session}/images/{image}", {}),
    ("GET", "/v1/sessions/{session}/images/{image}/original", {}),
    ("GET", "/v1/sessions/{session}/images/{image}/thumbnail", {}),
    ("DELETE", "/v1/sessions/{session}/images/{image}", {}),
    ("GET", "/v1/sessions/{session}/metadata", {}),
    ("GET", "/v1/sessions/{session}/metadata", {"headers": {"Accept": "text/csv"}}),
    ("PUT", "/v1/sessions/{session}/metadata", {"json": {"data": [{"imageId": "{image}", "metadata": {"alt": "x"}}]}}),
    ("PATCH", "/v1/sessions/{session}/images/{image}/metadata", {"json": {"alt": "mine now"}}),
    ("GET", "/v1/sessions/{session}/images/{image}/metadata/versions", {}),
    ("POST", "/v1/sessions/{session}/images/{image}/metadata/restore", {"json": {"version": 1}}),
    ("POST", "/v1/analyze", {"json": {"sessionId": "{session}"}}),
    ("POST", "/v1/export", {"json": {"sessionId": "{session}"}}),
    ("POST", "/v1/sample", {"json": {"sessionId": "{session}"}}),
    ("GET", "/v1/jobs/{job}", {}),
    ("GET", "/v1/jobs/{job}/events", {}),
    ("POST", "/v1/jobs/{job}/cancel", {}),
    ("GET", "/v1/exports/{export}", {}),
    ("GET", "/v1/exports/{export}/archive", {}),
    ("GET", "/v1/exports/{export}/files/{file}", {}),
    ("POST", "/v1/exports/{export}/links", {"json": {"expiresIn": 60}}),
]


def filled(value, ids: dict):
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, ids) for inner in value]
    return value.format(**ids) if isinstance(value, str) else value


@pytest.mark.parametrize("method, path, options", TENANCY, ids=[f"{m} {p}" for m, p, _ in TENANCY])
def test_another_accounts_id_answers_like_one_that_never_was(other: Api, foreign: dict, method, path, options):
    unknown = {
        "session": f"ses_{UNKNOWN}",
        "image": f"img_{UNKNOWN}",
        "job": f"job_{UNKNOWN}",
        "export": f"exp_{UNKNOWN}",
        "file": "nothing.webp",
    }
    theirs = other.problem(method, path.format(**foreign), 404, "not_found", **filled(options, foreign))
    nobodys = other.problem(method, path.format(**unknown), 404, "not_found", **filled(options, unknown))
    assert without_request_id(theirs) == without_request_id(nobodys)


def test_nothing_of_it_changed(api: Api, foreign: dict):
    session = api.get(f"/v1/sessions/{foreign['session']}").json()
    assert [image["id"] for image in session["images"]] == [foreign["image"]]
    assert session["images"][0]["metadata"]["version"] == 1
    assert api.get(f"/v1/jobs/{foreign['job']}").json()["status"] == "completed"


def test_lists_hold_only_ones_own(api: Api, other: Api, foreign: dict):
    other.upload(("mine.jpg", pictures.jpeg(64, 64)))
    assert foreign["session"] not in other.get("/v1/sessions?limit=100").text
    assert foreign["job"] not in other.get("/v1/jobs?limit=100").text


def test_another_accounts_image_in_ones_own_session_is_refused(other: Api, foreign: dict):
    mine = other.upload(("mine.jpg", pictures.jpeg(64, 64)))["sessionId"]
    for path, images in (
        ("analyze", {"imageIds": [foreign["image"]]}),
        ("export", {"images": [{"id": foreign["image"]}]}),
    ):
        answer = other.request("POST", f"/v1/{path}", json={"sessionId": mine, **images})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), answer.text
    row = {"imageId": foreign["image"], "metadata": {"alt": "x"}}
    other.problem("PUT", f"/v1/sessions/{mine}/metadata", 422, "invalid_field", json={"data": [row]})
    for rest in ("", "/original", "/thumbnail"):
        other.problem("GET", f"/v1/sessions/{mine}/images/{foreign['image']}{rest}", 404, "not_found")


WRONG_IDS = [
    "/v1/sessions/{image}",
    "/v1/sessions/{job}",
    "/v1/sessions/x",
    "/v1/sessions/ses_",
    "/v1/sessions/ses_" + "u" * 26,
    "/v1/sessions/ses_" + "0" * 5000,
    "/v1/sessions/%27%20OR%201%3D1%20--",
    "/v1/sessions/ses_%00",
    "/v1/sessions/..%2f..%2fetc%2fpasswd",
    "/v1/sessions/../../etc/passwd",
    "/v1/sessions/{session}/images/{session}",
    "/v1/sessions/{session}/images/..%2f{image}",
    "/v1/jobs/{export}",
    "/v1/exports/{job}",
    "/v1/exports/{export}/files/..%2f..%2f..%2fetc%2fpasswd",
    "/v1/exports/{export}/files/%2e%2e",
    "/v1/exports/{export}/files/nothing.webp",
]


@pytest.mark.parametrize("path", WRONG_IDS)
def test_ids_of_another_type_and_of_sql_and_path_characters_lead_nowhere(api: Api, foreign: dict, path: str):
    answer = api.request("GET", path.format(**foreign))
    assert answer.status_code in (404, 400), answer.text
    assert answer.json()["code"] in ("not_found", "malformed_request")
