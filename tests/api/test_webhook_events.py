"""What jobs tell: events of their ends, and callbacks of their own."""

import json
from collections.abc import Iterator

import pytest
from standardwebhooks.webhooks import Webhook
from support import pictures
from support.api import Api
from support.receiver import Receiver


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    serving = Receiver()
    yield serving
    serving.close()


@pytest.fixture(scope="module")
def hooks(start_server) -> Iterator[Api]:
    server = start_server(PICTOR_ALLOWED_NETWORKS="127.0.0.0/8", PICTOR_WEBHOOK_RETRIES="0s,100ms")
    client = Api(server, server.first_key)
    yield client
    client.close()


def told(receiver: Receiver, path: str, job_id: str) -> dict:
    """The payload about a job, once it has come."""
    receiver.wait(path)
    bodies = [json.loads(message.body) for message in receiver.at(path)]
    return next(body for body in bodies if body["data"]["id"] == job_id)


def listen(api: Api, receiver: Receiver, path: str, *events: str) -> dict:
    body = {"url": receiver.url(path), "events": list(events)}
    return api.post("/v1/webhooks", 201, json=body).json()


def test_a_finished_export_is_told_with_the_job_as_it_is(hooks: Api, receiver: Receiver):
    made = listen(hooks, receiver, "/export/200", "export.completed")
    session = hooks.upload(("one.jpg", pictures.jpeg()))
    job = hooks.post("/v1/export", 200, json={"sessionId": session["sessionId"]}, headers={"Prefer": "wait=60"}).json()
    body = told(receiver, "/export/200", job["id"])
    assert body["type"] == "export.completed" and body["version"] == 1
    for field in ("status", "sessionId", "exportId", "creditsCharged", "finishedAt"):
        assert body["data"][field] == job[field], field
    message = receiver.at("/export/200")[0]
    assert Webhook(made["secret"]).verify(message.body, message.headers) == body
    hooks.delete(f"/v1/webhooks/{made['id']}")


def test_a_callback_is_signed_with_the_accounts_secret(hooks: Api, receiver: Receiver):
    secret = hooks.post("/v1/account/signing-secret", 201).json()["secret"]
    session = hooks.upload(("one.jpg", pictures.jpeg()))
    wanted = {"sessionId": session["sessionId"], "callbackUrl": receiver.url("/callback/200")}
    job = hooks.post("/v1/export", 200, json=wanted, headers={"Prefer": "wait=60"}).json()
    body = told(receiver, "/callback/200", job["id"])
    assert body["type"] == "export.completed" and body["data"]["status"] == "completed"
    message = receiver.at("/callback/200")[0]
    assert Webhook(secret).verify(message.body, message.headers) == body
    assert len(receiver.at("/callback/200")) == 1


def test_a_callback_that_fails_is_tried_again(hooks: Api, receiver: Receiver):
    session = hooks.upload(("one.jpg", pictures.jpeg()))
    wanted = {"sessionId": session["sessionId"], "callbackUrl": receiver.url("/again/flaky-1")}
    hooks.post("/v1/export", 200, json=wanted, headers={"Prefer": "wait=60"})
    first, second = receiver.wait("/again/flaky-1", 2)
    assert first.body == second.body and first.headers["webhook-id"] == second.headers["webhook-id"]


FORBIDDEN = [
    "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://0177.0.0.1/",
    "http://0/", "http://localhost/", "http://localhost./", "http://127.0.0.1./", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::7f00:1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[fd00::1]/",
    "http://①②⑦.⓪.⓪.①/", "http://xn--nxasmq6b.invalid/", "ftp://8.8.8.8/", "file:///etc/passwd", "http://user:pass@8.8.8.8/",
    "http://8.8.8.8:0/", "//8.8.8.8/x",
]  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_callback_to_a_forbidden_address_is_refused_and_costs_nothing(api: Api, url: str):
    session = api.upload(("one.jpg", pictures.jpeg()))
    before = len(api.get("/v1/jobs?limit=100").json()["data"])
    wanted = {"sessionId": session["sessionId"], "callbackUrl": url}
    for call in ("/v1/analyze", "/v1/export"):
        answer = api.request("POST", call, json=wanted)
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] in ("url_not_allowed", "url_fetch_failed")
        assert answer.json()["errors"][0]["pointer"] == "/callbackUrl"
    assert len(api.get("/v1/jobs?limit=100").json()["data"]) == before
