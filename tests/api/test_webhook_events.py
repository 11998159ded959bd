"""What jobs tell: events of their ends, and callbacks of their own."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
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
    server = start_server(
        PICTOR_ALLOWED_NETWORKS="127.0.0.0/8",
        PICTOR_WEBHOOK_RETRIES="0s,100ms",
        PICTOR_SECRET_OVERLAP="3s",  # noqa: S106
    )
    client = Api(server, server.first_key)
    yield client
    client.close()


@pytest.fixture(scope="module")
def other_of_hooks(hooks: Api) -> Iterator[Api]:
    client = Api(hooks.server, hooks.server.create_account("other", "--plan", "Agency"))
    yield client
    client.close()


def eventually(look: Callable[[], object], seconds: float = 30) -> object:
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)
    return found


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


def test_a_callback_is_seen_on_its_job_and_sent_again(hooks: Api, other_of_hooks: Api, receiver: Receiver):
    url = receiver.url("/seen/200")
    session = hooks.upload(("one.jpg", pictures.jpeg()))
    wanted = {"sessionId": session["sessionId"], "callbackUrl": url}
    begun = hooks.post("/v1/export", 202, json=wanted).json()
    assert begun["callback"] == {
        "url": url,
        "status": "waiting",
        "attempts": 0,
        "lastStatus": None,
        "nextAttemptAt": None,
    }
    path = f"/v1/jobs/{begun['id']}"
    delivered = {"url": url, "status": "delivered", "attempts": 1, "lastStatus": 200, "nextAttemptAt": None}
    eventually(lambda: hooks.get(path).json()["callback"] == delivered)
    assert (
        next(job for job in hooks.get("/v1/jobs").json()["data"] if job["id"] == begun["id"])["callback"] == delivered
    )
    first = hooks.get(f"{path}/callback/deliveries").json()["data"]
    assert len(first) == 1 and first[0]["answer"]["body"] == "answer 200" and first[0]["answer"]["ms"] >= 0
    again = hooks.post(f"{path}/callback/redeliver", 202).json()
    assert again["eventId"] == first[0]["eventId"] and again["id"] != first[0]["id"]
    messages = receiver.wait("/seen/200", 2)
    assert len({m.body for m in messages}) == 1 and len({m.headers["webhook-id"] for m in messages}) == 1
    page = hooks.get(f"{path}/callback/deliveries?limit=1").json()
    assert page["data"][0]["id"] == again["id"] and page["nextCursor"]
    for method, end in (("GET", "deliveries"), ("POST", "redeliver")):
        other_of_hooks.problem(method, f"{path}/callback/{end}", 404, "not_found")


def test_a_callback_that_is_given_up_says_so(hooks: Api, receiver: Receiver):
    session = hooks.upload(("one.jpg", pictures.jpeg()))
    wanted = {"sessionId": session["sessionId"], "callbackUrl": receiver.url("/given-up/410")}
    job = hooks.post("/v1/export", 200, json=wanted, headers={"Prefer": "wait=60"}).json()

    def seen() -> dict | None:
        callback = hooks.get(f"/v1/jobs/{job['id']}").json()["callback"]
        return callback if callback["status"] == "failed" else None

    assert eventually(seen)["lastStatus"] == 410
    assert len(receiver.at("/given-up/410")) == 1


def test_there_is_nothing_to_send_again_without_a_callback_or_before_the_end(hooks: Api, receiver: Receiver):
    session = hooks.upload(*[(f"{n}.jpg", pictures.jpeg(1600, 1200, n)) for n in range(8)])
    job = hooks.post("/v1/export", 202, json={"sessionId": session["sessionId"]}).json()
    assert job["callback"] is None
    hooks.problem("POST", f"/v1/jobs/{job['id']}/callback/redeliver", 422, "invalid_field")
    assert hooks.get(f"/v1/jobs/{job['id']}/callback/deliveries").json()["data"] == []
    wanted = {"sessionId": session["sessionId"], "callbackUrl": receiver.url("/not-yet/200")}
    running = hooks.post("/v1/export", 202, json=wanted).json()
    problem = hooks.problem("POST", f"/v1/jobs/{running['id']}/callback/redeliver", 422, "invalid_field")
    assert "not over" in problem["detail"]
    hooks.post(f"/v1/jobs/{running['id']}/cancel", 200)


def test_both_signing_secrets_verify_until_the_overlap_ends(hooks: Api, receiver: Receiver):
    old = hooks.post("/v1/account/signing-secret", 201).json()["secret"]
    new = hooks.post("/v1/account/signing-secret", 201).json()["secret"]
    session = hooks.upload(("one.jpg", pictures.jpeg()))
    wanted = {"sessionId": session["sessionId"], "callbackUrl": receiver.url("/overlap/200")}
    job = hooks.post("/v1/export", 200, json=wanted, headers={"Prefer": "wait=60"}).json()
    message = receiver.wait("/overlap/200")[0]
    assert len(message.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(message.body, message.headers)

    def only_one_signs() -> bool:
        count = len(receiver.at("/overlap/200"))
        hooks.post(f"/v1/jobs/{job['id']}/callback/redeliver", 202)
        last = receiver.wait("/overlap/200", count + 1)[-1]
        Webhook(new).verify(last.body, last.headers)
        return len(last.headers["webhook-signature"].split(" ")) == 1

    assert eventually(only_one_signs)
    last = receiver.at("/overlap/200")[-1]
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(last.body, last.headers)
