"""Idempotency-Key on every POST: one effect, one answer, however often it is asked."""

import base64
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from support import pictures
from support.api import Api
from support.contract import contract
from support.server import Server

# Answers may differ in these alone.
OF_THE_MOMENT = ("date", "x-request-id", "idempotent-replayed", "ratelimit", "ratelimit-policy", "connection")


def new_key() -> str:
    return str(uuid.uuid4())


def part(name: str, seed: int) -> tuple:
    return ("images[]", (name, pictures.jpeg(120, 90, seed), "image/jpeg"))


def session_of(api: Api, count: int = 1) -> dict:
    return api.upload(*[(f"{i}.jpg", pictures.jpeg(120, 90, i)) for i in range(count)])


@pytest.fixture(scope="module")
def server(start_server) -> Server:
    """Where every POST can be tried: sign-up is open, webhooks may go to this machine."""
    return start_server(PICTOR_SIGNUP="open", PICTOR_SIGNUP_RATE="0", PICTOR_ALLOWED_NETWORKS="127.0.0.0/8")


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[Api]:
    client = Api(server, server.first_key)
    yield client
    client.close()


@pytest.fixture(scope="module")
def other(server: Server) -> Iterator[Api]:
    client = Api(server, server.create_account("other", "--plan", "Agency"))
    yield client
    client.close()


# What each POST is tried with: path and options of a request, and of another one that must not pass for it.
# A case for each operation of the description; test_every_post_has_a_case sees to it.


def create_session(api: Api):
    return "/v1/sessions", {"files": [part("a.jpg", 1)]}, {"files": [part("a.jpg", 2)]}


def add_images(api: Api):
    path = f"/v1/sessions/{session_of(api)['sessionId']}/images"
    return path, {"files": [part("a.jpg", 1)]}, {"files": [part("b.jpg", 1)]}


def analyze(api: Api):
    body = {"sessionId": session_of(api)["sessionId"]}
    return "/v1/analyze", {"json": body}, {"json": {**body, "options": {"language": "en"}}}


def export(api: Api):
    body = {"sessionId": session_of(api)["sessionId"]}
    return "/v1/export", {"json": body}, {"json": {**body, "settings": {"format": "jpeg"}}}


def sample(api: Api):
    body = {"sessionId": session_of(api)["sessionId"]}
    return "/v1/sample", {"json": body}, {"json": {**body, "settings": {"format": "jpeg"}}}


def optimize(api: Api):
    return "/v1/optimize?format=webp", {"content": pictures.jpeg(120, 90, 5)}, {"content": pictures.jpeg(120, 90, 6)}


def restore(api: Api):
    session = session_of(api)
    image = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}"
    api.patch(f"{image}/metadata", json={"alt": "First."})
    api.patch(f"{image}/metadata", json={"alt": "Second."})
    return f"{image}/metadata/restore", {"json": {"version": 1}}, {"json": {"version": 2}}


def links(api: Api):
    result = api.export(session_of(api)["sessionId"], {"format": "webp"})
    return f"/v1/exports/{result['exportId']}/links", {"json": {"expiresIn": 60}}, {"json": {"expiresIn": 61}}


def cancel(api: Api):
    job = api.post("/v1/export", 202, json={"sessionId": session_of(api)["sessionId"]}).json()["id"]
    return f"/v1/jobs/{job}/cancel", {}, None


def check_credits(api: Api):
    body = {"action": "export", "imageCount": 1, "deduct": True}
    return "/v1/credits/check", {"json": body}, {"json": {**body, "imageCount": 2}}


def estimate(api: Api):
    image = {"width": 400, "height": 300, "bytes": 40_000, "format": "jpeg"}
    body = {"action": "export", "images": [image]}
    return "/v1/estimate", {"json": body}, {"json": {**body, "action": "optimize"}}


def create_key(api: Api):
    return "/v1/keys", {"json": {"name": "one"}}, {"json": {"name": "two"}}


def rotate_key(api: Api):
    key = api.post("/v1/keys", 201, json={"name": "old"}).json()["id"]
    return f"/v1/keys/{key}/rotate", {"json": {"overlapSeconds": 60}}, {"json": {"overlapSeconds": 61}}


def webhook_body() -> dict:
    return {"url": "http://127.0.0.1:9/hook", "events": ["job.failed"]}


def create_webhook(api: Api):
    different = {**webhook_body(), "events": ["credits.low"]}
    return "/v1/webhooks", {"json": webhook_body()}, {"json": different}


def try_webhook(api: Api):
    webhook = api.post("/v1/webhooks", 201, json=webhook_body()).json()["id"]
    return f"/v1/webhooks/{webhook}/test", {}, None


def rotate_webhook(api: Api):
    return try_webhook(api)[0].replace("/test", "/rotate"), {}, None


def redeliver(api: Api):
    path = try_webhook(api)[0]
    delivery = api.post(path, 202).json()["id"]
    return path.replace("/test", f"/deliveries/{delivery}/redeliver"), {}, None


def redeliver_callback(api: Api):
    body = {"sessionId": session_of(api)["sessionId"], "callbackUrl": "http://127.0.0.1:9/hook"}
    job = api.post("/v1/export", 200, json=body, headers={"Prefer": "wait=60"}).json()["id"]
    return f"/v1/jobs/{job}/callback/redeliver", {}, None


def signing_secret(api: Api):
    return "/v1/account/signing-secret", {}, None


CASES: dict[str, Callable] = {
    "/v1/credits/check": check_credits,
    "/v1/estimate": estimate,
    "/v1/keys": create_key,
    "/v1/keys/{keyId}/rotate": rotate_key,
    "/v1/webhooks": create_webhook,
    "/v1/webhooks/{webhookId}/test": try_webhook,
    "/v1/webhooks/{webhookId}/rotate": rotate_webhook,
    "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver": redeliver,
    "/v1/account/signing-secret": signing_secret,
    "/v1/sessions": create_session,
    "/v1/sessions/{sessionId}/images": add_images,
    "/v1/analyze": analyze,
    "/v1/export": export,
    "/v1/sample": sample,
    "/v1/optimize": optimize,
    "/v1/sessions/{sessionId}/images/{imageId}/metadata/restore": restore,
    "/v1/exports/{exportId}/links": links,
    "/v1/jobs/{jobId}/cancel": cancel,
    "/v1/jobs/{jobId}/callback/redeliver": redeliver_callback,
}


def posts() -> list[str]:
    """All but signing up (keys are the account's, and there is none yet) and the operator's: test_admin.py."""
    described = contract().document["paths"]
    ours = (path for path, item in described.items() if "post" in item and not path.startswith("/v1/admin/"))
    return sorted(path for path in ours if path != "/v1/accounts")


def tried() -> list:
    return [pytest.param(CASES[path], id=path) for path in posts() if path in CASES]


def test_every_post_has_a_case():
    assert [path for path in posts() if path not in CASES] == []


@pytest.mark.parametrize("path", posts())
def test_every_post_describes_it(path: str):
    judge = contract()
    operation = judge.document["paths"][path]["post"]
    names = [judge.follow(parameter, [])[0]["name"] for parameter in operation.get("parameters", [])]
    assert "Idempotency-Key" in names
    assert {"409", "422"} <= operation["responses"].keys()
    for status, given in operation["responses"].items():
        if status.startswith("2"):
            assert "Idempotent-Replayed" in judge.follow(given, [])[0].get("headers", {}), status


def repeat(api: Api, path: str, key: str, options: dict) -> tuple[httpx.Response, httpx.Response]:
    headers = {**options.pop("headers", {}), "Idempotency-Key": key}
    first = api.post(path, None, headers=headers, **options)
    assert first.status_code < 300, first.text[:500]
    assert "idempotent-replayed" not in first.headers
    again = api.post(path, None, headers=headers, **options)
    assert again.headers.get("idempotent-replayed") == "true", again.text[:500]
    return first, again


def lasting(response: httpx.Response) -> dict:
    return {name: value for name, value in response.headers.items() if name not in OF_THE_MOMENT}


@pytest.mark.parametrize("case", tried())
def test_the_first_answer_comes_again(api: Api, case: Callable):
    path, options, _ = case(api)
    first, again = repeat(api, path, new_key(), options)
    assert again.status_code == first.status_code
    assert again.content == first.content
    assert lasting(again) == lasting(first)


@pytest.mark.parametrize("case", tried())
def test_another_request_under_the_key_is_refused(api: Api, case: Callable):
    path, options, different = case(api)
    key = {"Idempotency-Key": new_key()}
    first = api.post(path, None, headers=key, **options)
    if different is not None:
        api.problem("POST", path, 422, "idempotency_key_reused", headers=key, **different)
    if path != "/v1/accounts":  # which belongs to no account
        api.problem(
            "POST", "/v1/jobs/job_0123456789abcdefghjkmnpqrs/cancel", 422, "idempotency_key_reused", headers=key
        )
    assert api.post(path, None, headers=key, **options).content == first.content


def test_a_session_is_made_once(api: Api):
    before = {s["sessionId"] for s in api.get("/v1/sessions?limit=100").json()["data"]}
    first, again = repeat(api, "/v1/sessions", new_key(), {"files": [part("a.jpg", 1), part("b.jpg", 2)]})
    assert first.json() == again.json()
    after = {s["sessionId"] for s in api.get("/v1/sessions?limit=100").json()["data"]}
    assert after - before == {first.json()["sessionId"]}


def test_the_same_upload_in_another_frame_is_the_same(api: Api):
    """Boundaries, names of file parts and file types do not count; file names and bytes do."""
    key = {"Idempotency-Key": new_key()}
    content = pictures.jpeg(120, 90, 3)
    first = api.post("/v1/sessions", 201, headers=key, files=[("images[]", ("a.jpg", content, "image/jpeg"))])
    again = api.post("/v1/sessions", 201, headers=key, files=[("file", ("a.jpg", content, "application/octet-stream"))])
    assert again.json() == first.json() and again.headers["idempotent-replayed"] == "true"
    parts = [("images[]", ("b.jpg", content, "image/jpeg"))]
    api.problem("POST", "/v1/sessions", 422, "idempotency_key_reused", headers=key, files=parts)


@pytest.mark.parametrize("size", [(40, 30), (400, 300)], ids=["short", "long"])
def test_base64_counts_by_its_bytes(api: Api, size: tuple[int, int]):
    key = {"Idempotency-Key": new_key()}

    def body(seed: int) -> dict:
        text = base64.b64encode(pictures.jpeg(*size, seed)).decode()
        return {"images": [{"data": text, "filename": "a.jpg"}]}

    first = api.post("/v1/sessions", 201, headers=key, json=body(1))
    assert api.post("/v1/sessions", 201, headers=key, json=body(1)).json() == first.json()
    api.problem("POST", "/v1/sessions", 422, "idempotency_key_reused", headers=key, json=body(2))


def test_a_key_belongs_to_its_account(api: Api, other: Api):
    key = {"Idempotency-Key": new_key()}
    ours = api.post("/v1/sessions", 201, headers=key, files=[part("a.jpg", 1)])
    theirs = other.post("/v1/sessions", 201, headers=key, files=[part("a.jpg", 1)])
    assert "idempotent-replayed" not in theirs.headers
    assert theirs.json()["sessionId"] != ours.json()["sessionId"]


def test_another_key_of_the_account_gets_the_same_answer(api: Api, server: Server):
    name = {"Idempotency-Key": new_key()}
    first = api.post("/v1/sessions", 201, headers=name, files=[part("a.jpg", 1)])
    second = Api(server, api.post("/v1/keys", 201, json={"name": "second"}).json()["key"])
    again = second.request("POST", "/v1/sessions", headers=name, files=[part("a.jpg", 1)])
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, "true")
    assert again.json() == first.json()
    second.close()


@pytest.mark.parametrize(
    "key",
    [b"", b"x" * 256, "schlüssel".encode(), b"tab\there"],
    ids=["empty", "long", "utf-8", "tab"],
)
def test_keys_that_are_none_are_refused(api: Api, key: bytes):
    headers = {"Idempotency-Key": key}
    problem = api.problem("POST", "/v1/sessions", 422, "invalid_field", headers=headers, files=[part("a.jpg", 1)])
    assert problem["errors"][0]["pointer"] == "Idempotency-Key"


def test_two_keys_are_refused(api: Api):
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    api.problem("POST", "/v1/sessions", 422, "invalid_field", headers=headers, files=[part("a.jpg", 1)])


@pytest.mark.parametrize("key", ["x", "y" * 255, '"a quoted one"', "with spaces and ~!@#$%^&*()"])
def test_every_printable_key_will_do(api: Api, key: str):
    key = f"{new_key()}{key}"[-255:]
    first, again = repeat(api, "/v1/sessions", key, {"files": [part("a.jpg", 1)]})
    assert first.json() == again.json()


def test_keys_on_other_methods_mean_nothing(api: Api):
    session = session_of(api)
    key = {"Idempotency-Key": new_key()}
    path = f"/v1/sessions/{session['sessionId']}"
    assert "idempotent-replayed" not in api.get(path, headers=key).headers
    assert "idempotent-replayed" not in api.get(path, headers=key).headers
    api.get(path, headers={"Idempotency-Key": "ü".encode()})
    api.delete(path, headers=key)
    assert api.request("DELETE", path, headers=key).status_code == 404


def test_a_failure_is_not_kept(api: Api):
    """The client may try again under the same key, with another body too."""
    key = {"Idempotency-Key": new_key()}
    api.problem("POST", "/v1/sessions", 415, "unsupported_media_type", headers=key, content=b"no picture")
    api.problem("POST", "/v1/export", 422, "invalid_field", headers=key, json={"sessionId": 17})
    first = api.post("/v1/sessions", 201, headers=key, files=[part("a.jpg", 1)])
    assert "idempotent-replayed" not in first.headers


def test_nothing_is_left_of_a_failure(api: Api):
    """The images are taken in before the job turns out to be impossible: the session goes, too."""
    before = api.get("/v1/sessions?limit=1").json()["data"]
    files = [part("a.jpg", 1), ("settings", (None, '{"format":"webp","quality":1000}'))]
    api.problem("POST", "/v1/export", 422, "invalid_field", headers={"Idempotency-Key": new_key()}, files=files)
    files = [part(f"{i}.jpg", i) for i in range(6)]
    api.problem("POST", "/v1/sample", 400, "too_many_images", headers={"Idempotency-Key": new_key()}, files=files)
    assert api.get("/v1/sessions?limit=1").json()["data"] == before


# --- jobs


def test_a_job_is_started_once_and_its_202_stays(api: Api):
    session = session_of(api, 2)["sessionId"]
    key = {"Idempotency-Key": new_key()}
    body = {"json": {"sessionId": session}}
    first = api.post("/v1/export", 202, headers=key, **body)
    job = first.json()["id"]
    done = api.post("/v1/export", 200, headers={**key, "Prefer": "wait=60"}, **body)
    assert done.headers["idempotent-replayed"] == "true"
    assert (done.json()["id"], done.json()["status"]) == (job, "completed")
    again = api.post("/v1/export", 202, headers=key, **body)
    assert again.json() == first.json() and again.headers["location"] == f"/v1/jobs/{job}"
    assert [j["id"] for j in api.get("/v1/jobs?limit=100").json()["data"] if j["sessionId"] == session] == [job]


def test_a_stream_comes_again_from_its_start(api: Api):
    session = session_of(api, 2)["sessionId"]
    key = {"Idempotency-Key": new_key()}
    first = api.events("POST", "/v1/analyze", headers=key, json={"sessionId": session})
    again = api.events("POST", "/v1/analyze", headers=key, json={"sessionId": session})
    assert again == first
    job = api.post("/v1/analyze", 202, headers=key, json={"sessionId": session}).json()
    assert job["id"] == first[0].body["jobId"] and job["status"] == "queued"


def test_files_that_were_refused_are_named_again(api: Api):
    key = {"Idempotency-Key": new_key()}
    files = [part("a.jpg", 1), ("images[]", ("notes.txt", b"hello", "text/plain"))]
    first = api.post("/v1/analyze", 202, headers=key, files=files).json()
    assert [r["filename"] for r in first["rejected"]] == ["notes.txt"]
    assert api.post("/v1/analyze", 202, headers=key, files=files).json() == first
    done = api.post("/v1/analyze", 200, headers={**key, "Prefer": "wait=60"}, files=files).json()
    assert done["rejected"] == first["rejected"]


def test_a_replay_stays_when_the_session_is_gone(api: Api):
    session = session_of(api)["sessionId"]
    key = {"Idempotency-Key": new_key()}
    first = api.post("/v1/export", 202, headers=key, json={"sessionId": session}).json()
    api.delete(f"/v1/sessions/{session}")
    assert api.post("/v1/export", 202, headers=key, json={"sessionId": session}).json() == first
    wait = {**key, "Prefer": "wait=1"}
    api.problem("POST", "/v1/export", 404, "not_found", headers=wait, json={"sessionId": session})


# --- optimize


def test_a_picture_comes_again_byte_for_byte_and_is_made_once(api: Api):
    content = pictures.jpeg(600, 400, 8)
    started = time.monotonic()
    first, again = repeat(api, "/v1/optimize?format=avif&effort=3", new_key(), {"content": content})
    assert pictures.opened(again.content).format == "AVIF"
    assert again.content == first.content
    assert time.monotonic() - started < 60
    assert again.headers["repr-digest"] == first.headers["repr-digest"]


def test_the_json_form_keeps_one_export(api: Api):
    options = {"content": pictures.jpeg(300, 200, 8), "headers": {"Accept": "application/json"}}
    first, again = repeat(api, "/v1/optimize?format=webp", new_key(), options)
    assert again.json() == first.json()
    assert api.get(first.json()["url"]).content


# --- credits


def spendable(api: Api) -> int:
    return api.get("/v1/credits/balance").json()["balance"]


def test_a_repeat_is_charged_once(api: Api):
    before = spendable(api)
    repeat(api, "/v1/optimize?format=webp", new_key(), {"content": pictures.png(300, 200)})
    assert spendable(api) == before - 1
    body = {"json": {"sessionId": session_of(api, 2)["sessionId"], "settings": {"neverWorse": False}}}
    repeat(api, "/v1/export", new_key(), {**body, "headers": {"Prefer": "wait=60"}})
    assert spendable(api) == before - 3
    reservation, _ = repeat(api, "/v1/credits/check", new_key(), check_credits(api)[1])
    assert spendable(api) == before - 4
    api.delete(f"/v1/credits/reservations/{reservation.json()['reservationId']}")
    assert spendable(api) == before - 3


@pytest.mark.parametrize("accept", ["image/*", "application/json"])
def test_credits_of_a_failure_are_back_at_once_and_its_repeats_charge_nothing(api: Api, accept: str):
    before = api.get("/v1/credits/balance").json()
    headers = {"Idempotency-Key": new_key(), "Accept": accept}
    too_wide = {"headers": headers, "content": pictures.png(17_000, 8)}
    for _ in range(3):
        api.problem("POST", "/v1/optimize?format=webp", 422, "format_limit", **too_wide)
        assert api.get("/v1/credits/balance").json() == before
    # The same key, and a request that succeeds: its first answer, charged once.
    for _ in range(3):
        api.post("/v1/optimize?format=webp", 200, headers=headers, content=pictures.jpeg(120, 90, 7))
        assert api.get("/v1/credits/balance").json()["balance"] == before["balance"] - 1


def test_too_few_credits_are_not_remembered(server: Server):
    api = Api(server, server.create_account("poor"))
    key = {"Idempotency-Key": new_key()}
    hold = {"action": "export", "imageCount": spendable(api), "deduct": True}
    reservation = api.post("/v1/credits/check", 200, json=hold).json()["reservationId"]
    content = pictures.png(300, 200)
    api.problem("POST", "/v1/optimize", 402, "insufficient_credits", headers=key, content=content)
    api.delete(f"/v1/credits/reservations/{reservation}")
    assert "idempotent-replayed" not in api.post("/v1/optimize", 200, headers=key, content=content).headers
    assert spendable(api) == hold["imageCount"] - 1
    api.close()


# --- at the same moment


def test_of_fifty_at_once_exactly_one_runs(api: Api, server: Server):
    before = {s["sessionId"] for s in api.get("/v1/sessions?limit=100").json()["data"]}
    headers = {"X-API-Key": api.key, "Idempotency-Key": new_key()}
    content = pictures.jpeg(200, 150, 4)
    start = threading.Barrier(50)

    def send(_: int) -> httpx.Response:
        start.wait(30)
        return httpx.post(f"{server.url}/v1/sessions", headers=headers, files={"file": ("a.jpg", content)}, timeout=60)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))
    told = Counter((a.status_code, a.headers.get("idempotent-replayed", "")) for a in answers)
    assert told[(201, "")] == 1, told
    assert told[(201, "")] + told[(201, "true")] + told[(409, "")] == 50, told
    assert len({a.json()["sessionId"] for a in answers if a.status_code == 201}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "request_in_progress"
            assert int(answer.headers["retry-after"]) >= 1
    after = {s["sessionId"] for s in api.get("/v1/sessions?limit=100").json()["data"]}
    assert len(after - before) == 1


SLOW = "/v1/optimize?format=avif&effort=6&width=1800&enlarge=true"


def test_while_the_first_runs_the_second_is_told(api: Api, server: Server):
    headers = {"X-API-Key": api.key, "Idempotency-Key": new_key()}
    content = pictures.jpeg(600, 400, 4)

    def send() -> httpx.Response:
        return httpx.post(server.url + SLOW, headers=headers, content=content, timeout=90)

    with ThreadPoolExecutor(2) as pool:
        answers = [sent.result() for sent in [pool.submit(send), pool.submit(send)]]
    answers.sort(key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "request_in_progress"
    assert send().content == answers[0].content


def test_others_write_while_a_request_with_a_key_works(api: Api, server: Server):
    """Its transaction is open only when its long work is over."""
    headers = {"X-API-Key": api.key, "Idempotency-Key": new_key()}
    session = session_of(api)
    image = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}"
    slowest = 0.0
    edits = 0
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(
            httpx.post, server.url + SLOW, headers=headers, content=pictures.jpeg(600, 400, 9), timeout=90
        )
        while not first.done():
            started = time.monotonic()
            api.patch(f"{image}/metadata", json={"alt": f"Edit {edits}."})
            slowest = max(slowest, time.monotonic() - started)
            edits += 1
            time.sleep(0.02)
    assert first.result().status_code == 200
    assert edits > 3
    assert slowest < 0.5 * first.result().elapsed.total_seconds(), (slowest, first.result().elapsed)


# --- time


def test_answers_are_forgotten_with_their_files(start_server):
    server = start_server(PICTOR_IDEMPOTENCY_TTL="2s")
    api = Api(server, server.first_key)
    key = new_key()
    content = pictures.jpeg(300, 200, 31)
    first, _ = repeat(api, "/v1/optimize?format=webp", key, {"content": content})
    assert list((server.data / "blobs").glob("*/*/*"))
    until = time.monotonic() + 15
    while list((server.data / "blobs").glob("*/*/*")):
        assert time.monotonic() < until, "the file of a forgotten answer stays"
        time.sleep(0.1)
    third = api.post("/v1/optimize?format=webp", 200, headers={"Idempotency-Key": key}, content=content)
    assert "idempotent-replayed" not in third.headers
    assert third.content == first.content
    api.close()


def test_stored_answers_can_t_be_read_in_the_database(api: Api, server: Server):
    first = api.post("/v1/sessions", 201, headers={"Idempotency-Key": new_key()}, files=[part("a.jpg", 1)])
    database = sqlite3.connect(f"file:{server.data / 'pictor.sqlite3'}?mode=ro", uri=True)
    bodies = [row[0] for row in database.execute("SELECT body FROM idempotent_requests WHERE state = 'done'")]
    database.close()
    assert bodies
    assert not any(first.json()["sessionId"] in body for body in bodies)
