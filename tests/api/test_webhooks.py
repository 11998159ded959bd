"""Webhooks: what is told, how it is signed, what becomes of bad receivers, and addresses that are never reached."""

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from support import pictures
from support.api import Api
from support.receiver import Message, Receiver
from support.server import ROOT

EVENTS = ["analyze.completed", "export.completed", "job.failed", "credits.low", "session.expired"]
RETRIES = "0s,100ms,100ms"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    serving = Receiver()
    yield serving
    serving.close()


@pytest.fixture(scope="module")
def hooks(start_server) -> Iterator[Api]:
    """A server that may send to this machine's loopback, and tries again soon."""
    server = start_server(
        PICTOR_ALLOWED_NETWORKS="127.0.0.0/8",
        PICTOR_WEBHOOK_RETRIES=RETRIES,
        PICTOR_WEBHOOK_TIMEOUT="1s",
        PICTOR_SESSION_TTL="2s",
    )
    client = Api(server, server.first_key)
    yield client
    client.close()


@pytest.fixture(scope="module")
def slow_hooks(start_server) -> Iterator[Api]:
    """The same with sessions that live and a second secret that ends soon."""
    server = start_server(
        PICTOR_ALLOWED_NETWORKS="127.0.0.0/8",
        PICTOR_WEBHOOK_RETRIES="0s,200ms,200ms",
        PICTOR_SECRET_OVERLAP="2s",  # noqa: S106
    )
    client = Api(server, server.first_key)
    yield client
    client.close()


def make(api: Api, url: str, *events: str) -> dict:
    return api.post("/v1/webhooks", 201, json={"url": url, "events": list(events or EVENTS)}).json()


def eventually(look: Callable[[], object], seconds: float = 30) -> object:
    until = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < until, "it did not come true"
        time.sleep(0.05)
    return found


def deliveries(api: Api, webhook: dict) -> list[dict]:
    return api.get(f"/v1/webhooks/{webhook['id']}/deliveries?limit=100").json()["data"]


def ended(api: Api, webhook: dict) -> dict:
    """The newest delivery, once it is over."""

    def look() -> dict | None:
        newest = deliveries(api, webhook)[0]
        return newest if newest["status"] != "pending" else None

    return eventually(look)


def send_test(api: Api, webhook: dict) -> dict:
    return api.post(f"/v1/webhooks/{webhook['id']}/test", 202).json()


# --- the resource


def test_a_webhook_is_made_listed_changed_and_removed(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/crud/200"), "job.failed", "credits.low")
    assert made["active"] is True and made["events"] == ["job.failed", "credits.low"]
    assert made["secret"].startswith("whsec_")
    assert 24 <= len(base64.b64decode(made["secret"].removeprefix("whsec_"), validate=True)) <= 64
    path = f"/v1/webhooks/{made['id']}"
    seen = hooks.get(path).json()
    assert "secret" not in seen and seen["url"] == made["url"]
    listed = hooks.get("/v1/webhooks?limit=100")
    assert made["id"] in [row["id"] for row in listed.json()["data"]]
    assert made["secret"] not in listed.text
    changed = hooks.patch(path, 200, json={"events": ["session.expired"], "description": "Shop"}).json()
    assert changed["events"] == ["session.expired"] and changed["description"] == "Shop"
    assert hooks.patch(path, 200, json={"active": False}).json()["active"] is False
    hooks.problem("POST", f"{path}/test", 422, "invalid_field")
    hooks.delete(path)
    hooks.problem("GET", path, 404, "not_found")
    hooks.problem("DELETE", path, 404, "not_found")


@pytest.mark.parametrize(
    "body, code",
    [
        ({}, "invalid_field"),
        ({"url": "https://example.org"}, "invalid_field"),
        ({"url": "https://example.org", "events": []}, "invalid_field"),
        ({"url": "https://example.org", "events": ["job.done"]}, "invalid_field"),
        ({"url": 7, "events": ["job.failed"]}, "invalid_field"),
        ({"url": "https://example.org", "events": ["job.failed"], "secret": "whsec_mine"}, "unknown_field"),
        ({"url": "https://example.org/" + "x" * 3000, "events": ["job.failed"]}, "invalid_field"),
        ({"url": "http://127.0.0.1/", "events": ["job.failed"], "description": "x" * 501}, "invalid_field"),
    ],
)
def test_a_wrong_body_is_refused_naming_the_field(api: Api, body: dict, code: str):
    problem = api.problem("POST", "/v1/webhooks", 422, code, json=body)
    assert problem["errors"]


def test_another_accounts_webhook_is_as_one_that_never_was(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/tenancy/200"))
    send_test(hooks, made)
    delivery = deliveries(hooks, made)[0]["id"]
    stranger = Api(hooks.server, hooks.server.create_account("stranger", "--plan", "Agency"))
    for method, path in [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/test"), ("POST", "/rotate"), ("GET", "/deliveries"),
        ("POST", f"/deliveries/{delivery}/redeliver"),
    ]:  # fmt: skip
        options = {"json": {"active": False}} if method == "PATCH" else {}
        stranger.problem(method, f"/v1/webhooks/{made['id']}{path}", 404, "not_found", **options)
    assert stranger.get("/v1/webhooks").json()["data"] == []
    hooks.problem("POST", f"/v1/webhooks/{made['id']}/deliveries/dlv_{'0' * 26}/redeliver", 404, "not_found")
    stranger.close()


def test_the_scope_webhooks_is_needed(hooks: Api):
    narrow = Api(hooks.server, hooks.server.create_key("images-only", "--scopes", "images"))
    narrow.problem("GET", "/v1/webhooks", 403, "insufficient_scope")
    narrow.problem("POST", "/v1/account/signing-secret", 403, "insufficient_scope")
    narrow.close()


# --- messages


def test_a_message_verifies_with_the_reference_library_of_python(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/signed/200"))
    delivery = send_test(hooks, made)
    message = receiver.wait("/signed/200")[0]
    assert message.headers["content-type"] == "application/json"
    assert message.headers["webhook-id"] == delivery["eventId"]
    assert abs(int(message.headers["webhook-timestamp"]) - time.time()) < 60
    payload = Webhook(made["secret"]).verify(message.body, message.headers)
    assert payload["type"] == "webhook.test" and payload["version"] == 1
    assert payload["data"] == {"webhookId": made["id"]}
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(message.body + b" ", message.headers)
    done = ended(hooks, made)
    assert done["status"] == "delivered" and done["attempts"] == 1
    assert done["answer"]["status"] == 200 and done["answer"]["body"] == "answer 200"
    assert done["answer"]["ms"] >= 0 and done["finishedAt"]


VERIFY = """
import { Webhook } from "standardwebhooks";
const { secret, headers, body } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
"""


def verify_with_node(secret: str, message: Message) -> dict:
    given = json.dumps({"secret": secret, "headers": message.headers, "body": message.body.decode()})
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", VERIFY, given],
        cwd=ROOT / "build" / "npm", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_message_verifies_with_the_reference_library_of_node(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/node/200"))
    send_test(hooks, made)
    message = receiver.wait("/node/200")[0]
    assert verify_with_node(made["secret"], message) == json.loads(message.body)


def test_after_a_rotation_both_secrets_verify_until_the_overlap_ends(slow_hooks: Api, receiver: Receiver):
    made = make(slow_hooks, receiver.url("/rotated/200"))
    rotated = slow_hooks.post(f"/v1/webhooks/{made['id']}/rotate").json()
    assert rotated["secret"] != made["secret"] and rotated["id"] == made["id"]
    at = time.monotonic()
    send_test(slow_hooks, made)
    message = receiver.wait("/rotated/200")[0]
    assert time.monotonic() - at < 2 and len(message.headers["webhook-signature"].split(" ")) == 2
    Webhook(made["secret"]).verify(message.body, message.headers)
    Webhook(rotated["secret"]).verify(message.body, message.headers)

    def only_one_signs() -> bool:
        count = len(receiver.at("/rotated/200"))
        send_test(slow_hooks, made)
        last = receiver.wait("/rotated/200", count + 1)[-1]
        Webhook(rotated["secret"]).verify(last.body, last.headers)
        return len(last.headers["webhook-signature"].split(" ")) == 1

    assert eventually(only_one_signs)
    last = receiver.at("/rotated/200")[-1]
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(last.body, last.headers)


def test_an_ended_session_is_told(hooks: Api, receiver: Receiver):
    make(hooks, receiver.url("/expired/200"), "session.expired")
    session = hooks.upload(("one.jpg", pictures.jpeg()))

    def told() -> dict | None:
        bodies = [json.loads(message.body) for message in receiver.at("/expired/200")]
        return next((b for b in bodies if b["data"]["sessionId"] == session["sessionId"]), None)

    body = eventually(told)
    assert body["type"] == "session.expired" and body["version"] == 1 and body["data"]["status"] == "expired"


# --- receivers that are not as they should be


def test_a_failing_receiver_is_tried_again_and_given_up(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/broken/500"))
    send_test(hooks, made)
    done = ended(hooks, made)
    assert (done["status"], done["attempts"], done["answer"]["status"]) == ("failed", 3, 500)
    messages = receiver.at("/broken/500")
    assert len(messages) == 3
    assert len({m.headers["webhook-id"] for m in messages}) == 1 and len({m.body for m in messages}) == 1


def test_a_receiver_that_recovers_gets_the_message(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/flaky-2"))
    send_test(hooks, made)
    done = ended(hooks, made)
    assert (done["status"], done["attempts"]) == ("delivered", 3)


def test_a_redirect_is_a_failure_and_is_not_followed(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/moved/301"))
    send_test(hooks, made)
    done = ended(hooks, made)
    assert (done["status"], done["answer"]["status"]) == ("failed", 301)
    assert receiver.at("/200-redirected") == []


def test_gone_disables_the_webhook_at_once(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/gone/410"))
    send_test(hooks, made)
    done = ended(hooks, made)
    assert (done["status"], done["attempts"]) == ("failed", 1)
    seen = hooks.get(f"/v1/webhooks/{made['id']}").json()
    assert seen["active"] is False and seen["disabledReason"] == "gone"
    again = hooks.patch(f"/v1/webhooks/{made['id']}", 200, json={"active": True}).json()
    assert again["active"] is True and again["disabledReason"] is None


def test_a_silent_receiver_ends_with_the_time_limit(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/silent"))
    send_test(hooks, made)
    done = ended(hooks, made)
    assert done["status"] == "failed" and done["answer"]["status"] is None and "too long" in done["answer"]["problem"]
    assert 900 <= done["answer"]["ms"] < 5_000


def test_nobody_listening_fails(hooks: Api):
    made = make(hooks, "http://127.0.0.1:1/hook")
    send_test(hooks, made)
    assert ended(hooks, made)["status"] == "failed"


@pytest.mark.parametrize("path", ["/hangs-up/nothing", "/slow/drip-head"])
def test_no_whole_answer_is_a_failure(hooks: Api, receiver: Receiver, path: str):
    made = make(hooks, receiver.url(path))
    send_test(hooks, made)
    done = ended(hooks, made)
    assert (done["status"], done["attempts"], done["answer"]["status"]) == ("failed", 3, None)
    assert done["answer"]["problem"] and done["answer"]["ms"] < 5_000


@pytest.mark.parametrize("form", ["2", "date"])
def test_a_receiver_is_left_alone_as_long_as_it_asks(slow_hooks: Api, receiver: Receiver, form: str):
    made = make(slow_hooks, receiver.url(f"/busy/again-{form}"))
    send_test(slow_hooks, made)
    first, second = receiver.wait(f"/busy/again-{form}", 2)
    assert second.at - first.at >= (2 if form == "2" else 1)  # a date has whole seconds: of 2 s at least 1 is left
    assert ended(slow_hooks, made)["status"] == "delivered"
    slow_hooks.delete(f"/v1/webhooks/{made['id']}")


def test_the_first_wait_is_kept_but_not_by_what_is_sent_by_hand(start_server, receiver: Receiver):
    server = start_server(PICTOR_ALLOWED_NETWORKS="127.0.0.0/8", PICTOR_WEBHOOK_RETRIES="1500ms,100ms")
    api = Api(server, server.first_key)
    made = make(api, receiver.url("/later/200"), "export.completed")
    session = api.upload(("one.jpg", pictures.jpeg()))
    api.post("/v1/export", 200, json={"sessionId": session["sessionId"]}, headers={"Prefer": "wait=60"})
    ended_at = time.monotonic()
    waiting = deliveries(api, made)[0]
    assert (waiting["status"], waiting["attempts"]) == ("pending", 0)
    assert waiting["nextAttemptAt"] > waiting["createdAt"]
    by_hand = send_test(api, made)
    first, second = receiver.wait("/later/200", 2)
    assert first.headers["webhook-id"] == by_hand["eventId"] and second.headers["webhook-id"] == waiting["eventId"]
    assert second.at - ended_at > 1
    api.close()


@pytest.mark.parametrize("path", ["/huge", "/drip"])
def test_a_long_answer_is_not_waited_for(slow_hooks: Api, receiver: Receiver, path: str):
    made = make(slow_hooks, receiver.url(path))
    send_test(slow_hooks, made)
    done = ended(slow_hooks, made)
    assert done["status"] == "delivered" and done["answer"]["ms"] < 5_000
    assert len(done["answer"]["body"]) <= 1024


def test_a_delivery_is_sent_again_by_hand(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/again/flaky-3"))
    send_test(hooks, made)
    failed = ended(hooks, made)
    assert failed["status"] == "failed"
    again = hooks.post(f"/v1/webhooks/{made['id']}/deliveries/{failed['id']}/redeliver", 202).json()
    assert again["eventId"] == failed["eventId"] and again["id"] != failed["id"]
    assert ended(hooks, made)["status"] == "delivered"
    messages = receiver.wait("/again/flaky-3", 4)
    assert len({m.body for m in messages}) == 1 and len({m.headers["webhook-id"] for m in messages}) == 1
    assert len(deliveries(hooks, made)) == 2


def test_deliveries_page(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/pages/200"))
    for _ in range(3):
        send_test(hooks, made)
    first = hooks.get(f"/v1/webhooks/{made['id']}/deliveries?limit=2").json()
    second = hooks.get(f"/v1/webhooks/{made['id']}/deliveries?limit=2&cursor={first['nextCursor']}").json()
    assert len(first["data"]) == 2 and len(second["data"]) == 1 and second["nextCursor"] is None


def test_a_hanging_receiver_delays_only_itself(slow_hooks: Api, receiver: Receiver):
    hanging = make(slow_hooks, receiver.url("/hangs/silent"))
    healthy = make(slow_hooks, receiver.url("/beside/200"))
    for _ in range(20):
        send_test(slow_hooks, hanging)
    started = time.monotonic()
    for _ in range(20):
        send_test(slow_hooks, healthy)
    receiver.wait("/beside/200", 20)
    assert time.monotonic() - started < 10
    assert len(receiver.at("/hangs/silent")) <= 4
    slow_hooks.delete(f"/v1/webhooks/{hanging['id']}")


@pytest.mark.timeout(120)
def test_what_was_not_sent_when_the_server_died_is_sent_by_the_next(start_server, receiver: Receiver):
    server = start_server(fresh=True, PICTOR_ALLOWED_NETWORKS="127.0.0.0/8", PICTOR_WEBHOOK_RETRIES="0s,1s,1s,1s,1s,1s")
    api = Api(server, server.first_key)
    made = make(api, receiver.url("/killed/flaky-1"))
    send_test(api, made)
    receiver.wait("/killed/flaky-1")
    server.process.kill()
    server.process.wait()
    server.start()
    assert ended(api, made)["status"] == "delivered"
    api.close()


# --- the account's signing secret


def test_the_signing_secret_is_new_each_time(hooks: Api):
    first = hooks.post("/v1/account/signing-secret", 201)
    second = hooks.post("/v1/account/signing-secret", 201)
    assert first.json()["secret"] != second.json()["secret"] and first.json()["secret"].startswith("whsec_")
    assert first.headers["cache-control"] == "no-store"


def test_secrets_are_in_no_log_and_not_in_the_database(hooks: Api, receiver: Receiver):
    made = make(hooks, receiver.url("/hidden/200"))
    signing = hooks.post("/v1/account/signing-secret", 201).json()["secret"]
    send_test(hooks, made)
    receiver.wait("/hidden/200")
    files = [hooks.server.log, *hooks.server.data.glob("pictor.sqlite3*")]
    for secret in (made["secret"], signing):
        for file in files:
            assert secret.encode() not in file.read_bytes(), file.name
            assert secret.removeprefix("whsec_").encode() not in file.read_bytes(), file.name


# --- addresses: what is never reached is in test_addresses.py


@pytest.mark.parametrize("url", ["http://127.1:1/", "http://[::ffff:10.0.0.1]/", "http://localhost./"])
def test_a_change_to_a_forbidden_address_is_refused(slow_hooks: Api, receiver: Receiver, url: str):
    made = make(slow_hooks, receiver.url("/changed/200"))
    if "127.1" in url or "localhost" in url:
        url = "http://10.1/"
    problem = slow_hooks.problem("PATCH", f"/v1/webhooks/{made['id']}", 422, "url_not_allowed", json={"url": url})
    assert problem["errors"][0]["pointer"] == "/url"
    assert slow_hooks.get(f"/v1/webhooks/{made['id']}").json()["url"] == made["url"]
    slow_hooks.delete(f"/v1/webhooks/{made['id']}")
