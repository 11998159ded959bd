"""Credits: balance, checks, reservations, the ledger, usage, estimates, and what /v1/optimize charges."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from support import pictures
from support.api import Api
from support.receiver import Receiver
from support.server import Server

OPTIMIZE = "/v1/optimize?format=webp"


@pytest.fixture
def poor(server: Server) -> Iterator[Api]:
    """A fresh account: 25 credits."""
    client = Api(server, server.create_account(f"poor-{time.monotonic_ns()}"))
    yield client
    client.close()


def balance(api: Api) -> int:
    return api.get("/v1/credits/balance").json()["balance"]


def transactions(api: Api) -> list[dict]:
    entries, path = [], "/v1/credits/transactions?limit=7"
    while path:
        page = api.get(path).json()
        entries += page["data"]
        path = page["nextCursor"] and f"/v1/credits/transactions?limit=7&cursor={page['nextCursor']}"
    return entries


def check_sums(api: Api) -> None:
    entries = transactions(api)
    assert sum(entry["amount"] for entry in entries) == balance(api) == entries[0]["balanceAfter"]
    assert api.server and httpx.get(f"{api.server.url}/readyz?deep=1", timeout=10).status_code == 200


def reserve(api: Api, count: int, action: str = "optimize") -> dict:
    return api.post("/v1/credits/check", 200, json={"action": action, "imageCount": count, "deduct": True}).json()


def test_an_account_begins_with_what_its_plan_gives(poor: Api, api: Api):
    mine = poor.get("/v1/credits/balance").json()
    assert mine["balance"] == 25 and mine["held"] == 0 and mine["planName"] == "Free" and mine["monthlyAllowance"] == 0
    assert mine["userId"].startswith("acc_")
    [entry] = transactions(poor)
    assert (entry["type"], entry["amount"], entry["operation"]) == ("grant", 25, "signup")
    first = api.get("/v1/credits/balance").json()
    assert first["planName"] == "Agency" and first["monthlyAllowance"] == 15_000 and first["balance"] > 10_000
    assert first["resetsAt"] and mine["resetsAt"] is None


def test_a_check_says_what_it_costs_and_402_with_the_same_body(poor: Api):
    body = {"action": "export", "imageCount": 20}
    assert poor.post("/v1/credits/check", 200, json=body).json() == {
        "sufficient": True, "balance": 25, "cost": 20, "remaining": 5,
    }  # fmt: skip
    assert poor.post("/v1/credits/check", 402, json={**body, "imageCount": 26, "deduct": True}).json() == {
        "sufficient": False, "balance": 25, "cost": 26,
    }  # fmt: skip
    assert poor.post("/v1/credits/check", 200, json={"action": "sample", "imageCount": 1_000}).json()["cost"] == 0
    assert balance(poor) == 25


@pytest.mark.parametrize("count", [-1, 0, 1.5, 1_000_001, 10**30, "3", True, None, [1]])
def test_counts_are_whole_and_positive(poor: Api, count: object):
    problem = poor.problem(
        "POST", "/v1/credits/check", 422, "invalid_field", json={"action": "export", "imageCount": count}
    )
    assert problem["errors"][0]["pointer"] == "/imageCount"
    assert balance(poor) == 25


def test_unknown_fields_and_actions_are_refused(poor: Api):
    poor.problem("POST", "/v1/credits/check", 422, "unknown_field", json={"action": "export", "imageCount": 1, "x": 1})
    poor.problem("POST", "/v1/credits/check", 422, "invalid_field", json={"action": "steal", "imageCount": 1})
    poor.problem(
        "POST",
        "/v1/credits/check",
        400,
        "malformed_request",
        content=b"{",
        headers={"Content-Type": "application/json"},
    )
    poor.problem("GET", "/v1/credits/balance?verbose=1", 422, "unknown_field")


def test_a_reservation_is_held_and_given_back(poor: Api, other: Api):
    reserved = reserve(poor, 20)
    assert reserved["balance"] == 25 and reserved["remaining"] == 5
    assert poor.get("/v1/credits/balance").json() | {"balance": 5, "held": 20} == poor.get("/v1/credits/balance").json()
    path = f"/v1/credits/reservations/{reserved['reservationId']}"
    other.problem("DELETE", path, 404, "not_found")
    poor.delete(path, 204)
    poor.problem("DELETE", path, 404, "not_found")
    assert balance(poor) == 25
    check_sums(poor)


def test_a_reservation_ends_by_itself(start_server: Callable[..., Server]):
    server = start_server(PICTOR_RESERVATION_TTL="500ms")
    api = Api(server, server.first_key)
    before = balance(api)
    reservation = reserve(api, 20)["reservationId"]
    until = time.monotonic() + 20
    while balance(api) != before and time.monotonic() < until:
        time.sleep(0.1)
    assert balance(api) == before
    api.problem("POST", f"{OPTIMIZE}&reservationId={reservation}", 404, "not_found", content=pictures.png())
    check_sums(api)


def test_optimize_charges_one_and_its_words_one_more(poor: Api):
    answer = poor.post(OPTIMIZE, 200, content=pictures.jpeg())
    assert (answer.headers["x-credits-charged"], answer.headers["x-credits-balance"]) == ("1", "24")
    answer = poor.post(OPTIMIZE, 200, content=pictures.jpeg(), headers={"Accept": "application/json"})
    assert answer.json()["creditsCharged"] == 1 and answer.headers["x-credits-balance"] == "23"
    assert [entry["type"] for entry in transactions(poor)] == ["capture", "hold", "capture", "hold", "grant"]
    check_sums(poor)


def test_what_fails_or_passes_through_costs_nothing(poor: Api):
    poor.problem("POST", OPTIMIZE, 415, "unsupported_media_type", content=b"no picture at all")
    broken = pictures.jpeg()[:-2_000] if len(pictures.jpeg()) > 4_000 else pictures.jpeg()[:200]
    poor.request("POST", OPTIMIZE, content=broken)
    once = poor.post("/v1/optimize?format=webp&quality=30", 200, content=pictures.jpeg())
    spent = 25 - int(once.headers["x-credits-balance"])
    again = poor.post("/v1/optimize?format=webp&quality=95&embedMetadata=false", 200, content=once.content)
    assert again.content == once.content, "the source is the smallest"
    assert again.headers["x-credits-charged"] == "0" and balance(poor) == 25 - spent
    check_sums(poor)


def test_a_reservation_is_spent_and_never_charged_twice(poor: Api):
    reservation = reserve(poor, 2)["reservationId"]
    for _ in range(2):
        answer = poor.post(f"{OPTIMIZE}&reservationId={reservation}", 200, content=pictures.jpeg())
        assert (answer.headers["x-credits-charged"], answer.headers["x-credits-balance"]) == ("1", "23")
    poor.problem("POST", f"{OPTIMIZE}&reservationId={reservation}", 404, "not_found", content=pictures.jpeg())
    assert poor.get("/v1/credits/balance").json()["held"] == 0
    check_sums(poor)


def test_of_many_that_want_the_last_credits_exactly_as_many_win(poor: Api):
    reserve(poor, 22)  # 3 are left
    with ThreadPoolExecutor(8) as pool:
        codes = list(
            pool.map(
                lambda _: (
                    httpx.post(
                        f"{poor.server.url}{OPTIMIZE}",
                        content=pictures.jpeg(),
                        headers={"X-API-Key": poor.key},
                        timeout=60,
                    ).status_code
                ),
                range(8),
            )
        )
    assert sorted(codes) == [200] * 3 + [402] * 5
    problem = poor.problem("POST", OPTIMIZE, 402, "insufficient_credits", content=pictures.jpeg())
    assert problem["detail"] == "Insufficient credits. You have 0 but need 1."
    check_sums(poor)


def test_credits_of_a_call_that_died_with_the_server_come_back(start_server: Callable[..., Server]):
    server = start_server(fresh=True)
    api = Api(server, server.first_key)
    before = balance(api)
    large = pictures.jpeg(4_000, 3_000)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(
                lambda: httpx.post(
                    f"{server.url}/v1/optimize?format=avif&effort=9",
                    content=large,
                    headers={"X-API-Key": api.key},
                    timeout=60,
                )
            )
        until = time.monotonic() + 20
        while api.get("/v1/credits/balance").json()["held"] == 0 and time.monotonic() < until:
            time.sleep(0.01)
        server.kill()
    server.start()
    after = Api(server, server.first_key)
    state = after.get("/v1/credits/balance").json()
    charged = sum(entry.get("captured", 0) for entry in transactions(after))
    assert state["held"] == 0 and state["balance"] == before - charged
    check_sums(after)


def test_usage_by_day_key_and_operation(poor: Api):
    for _ in range(3):
        poor.post(OPTIMIZE, 200, content=pictures.jpeg())
    [row] = poor.get("/v1/usage?groupBy=key,day,operation").json()["data"]
    assert row["operation"] == "optimize" and row["images"] == row["credits"] == 3
    assert row["bytesIn"] == 3 * len(pictures.jpeg()) and 0 < row["bytesOut"] < row["bytesIn"]
    [by_key] = poor.get(f"/v1/usage?groupBy=key&from={row['day']}&to={row['day']}").json()["data"]
    assert by_key.keys() == {"keyId", "images", "credits", "bytesIn", "bytesOut"} and by_key["keyId"] == row["keyId"]
    assert poor.get("/v1/usage?to=2020-01-01").json() == {"data": [], "nextCursor": None}
    answer = poor.get("/v1/usage?groupBy=operation", headers={"Accept": "text/csv"})
    [line] = csv.DictReader(io.StringIO(answer.text))
    assert line["operation"] == "optimize" and line["images"] == "3"
    for bad in ("groupBy=week", "from=2026-02-30", "to=today", "from=2026-02-02&to=2026-02-01", "cursor=x", "limit=0"):
        poor.problem("GET", f"/v1/usage?{bad}", 422, "invalid_field")
    poor.problem("GET", "/v1/usage?group=day", 422, "unknown_field")


def test_transactions_page_and_are_one_account_s(poor: Api, other: Api):
    for _ in range(5):
        reserved = reserve(poor, 1)
        poor.delete(f"/v1/credits/reservations/{reserved['reservationId']}", 204)
    page = poor.get("/v1/credits/transactions?limit=4")
    assert len(page.json()["data"]) == 4 and 'rel="next"' in page.headers["link"]
    entries = transactions(poor)
    assert [entry["type"] for entry in entries] == ["release", "hold"] * 5 + ["grant"]
    ids = {entry["id"] for entry in entries}
    assert len(ids) == 11
    assert not ids & {entry["id"] for entry in other.get("/v1/credits/transactions?limit=100").json()["data"]}


PHOTO = {"width": 4_032, "height": 3_024, "bytes": 2_345_678, "format": "jpeg"}


def test_an_estimate_costs_what_the_work_would(poor: Api):
    made = poor.post("/v1/estimate", 200, json={"action": "export", "images": [PHOTO] * 3}).json()
    assert made["credits"] == 3 and 0 < made["bytes"]["low"] < made["bytes"]["expected"] < made["bytes"]["high"]
    assert made["seconds"] > 0
    small = poor.post(
        "/v1/estimate", 200, json={"action": "export", "images": [PHOTO], "settings": {"resize": {"width": 800}}}
    ).json()
    assert small["bytes"]["expected"] < made["bytes"]["expected"] / 6
    assert poor.post("/v1/estimate", 200, json={"action": "sample", "images": [PHOTO]}).json()["credits"] == 0
    session = poor.upload(("a.jpg", pictures.jpeg()))["sessionId"]
    assert poor.post("/v1/estimate", 200, json={"action": "analyze", "sessionId": session}).json()["credits"] == 1
    assert balance(poor) == 25


@pytest.mark.parametrize(
    "body",
    [
        {"action": "export"},
        {"action": "export", "images": []},
        {"action": "export", "images": [PHOTO | {"width": -1}]},
        {"action": "export", "images": [PHOTO | {"height": 1.5}]},
        {"action": "export", "images": [PHOTO | {"bytes": 10**20}]},
        {"action": "export", "images": [PHOTO | {"format": "doc"}]},
        {"action": "export", "images": [PHOTO], "sessionId": "ses_x"},
        {"action": "export", "images": [PHOTO], "settings": {"quality": 101}},
    ],
)
def test_estimates_of_nonsense_are_refused(poor: Api, body: dict):
    poor.problem("POST", "/v1/estimate", 422, "invalid_field", json=body)


def test_readiness_looks_deep_when_asked_to(server: Server, anonymous: Api):
    assert anonymous.get("/readyz?deep=1").json() == {"status": "ready"}
    anonymous.problem("GET", "/readyz?deep=2", 422, "invalid_field")


# --- what else moves credits


def test_a_job_holds_captures_and_gives_back_and_spends_a_reservation(poor: Api):
    reservation = reserve(poor, 3, "export")["reservationId"]
    session = poor.upload(
        ("a.jpg", pictures.jpeg(seed=1)), ("b.jpg", pictures.jpeg(seed=2)), ("c.jpg", pictures.jpeg(seed=3))
    )
    body = {"sessionId": session["sessionId"], "settings": {"format": "webp"}, "reservationId": reservation}
    job = poor.post("/v1/export", 200, json=body, headers={"Prefer": "wait=60"}).json()
    assert job["status"] == "completed" and job["creditsCharged"] == 3
    assert poor.get("/v1/credits/balance").json()["held"] == 0 and balance(poor) == 22
    captures = [entry for entry in transactions(poor) if entry["type"] == "capture"]
    assert sum(entry["captured"] for entry in captures) == 3 and {entry["jobId"] for entry in captures} == {job["id"]}
    poor.problem("POST", "/v1/export", 404, "not_found", json=body)
    check_sums(poor)


def test_answers_say_what_was_charged_and_what_is_left(poor: Api):
    session = poor.upload(("one.jpg", pictures.jpeg(1600, 1200, 1)), ("two.jpg", pictures.jpeg(1600, 1200, 2)))
    body = {"sessionId": session["sessionId"]}
    for path, cost in (("/v1/analyze", 2), ("/v1/export", 2), ("/v1/sample", 0)):
        before = balance(poor)
        done = poor.post(path, 200, json=body, headers={"Prefer": "wait=60"})
        assert done.json()["creditsCharged"] == cost
        assert done.headers["X-Credits-Charged"] == str(cost)
        assert done.headers["X-Credits-Balance"] == str(balance(poor)) == str(before - cost)


def test_a_job_that_is_not_over_has_charged_nothing_yet(poor: Api):
    session = poor.upload(("one.jpg", pictures.jpeg(1600, 1200, 3)), ("two.jpg", pictures.jpeg(1600, 1200, 4)))
    body = {"sessionId": session["sessionId"]}
    before = balance(poor)
    key = {"Idempotency-Key": "headers of credits"}
    accepted = poor.post("/v1/export", 202, json=body, headers=key)
    assert "X-Credits-Charged" not in accepted.headers
    assert accepted.headers["X-Credits-Balance"] == str(before - 2), "held already"
    replayed = poor.post("/v1/export", 200, json=body, headers={**key, "Prefer": "wait=60"})
    assert replayed.headers["X-Credits-Charged"] == "2"
    assert replayed.headers["X-Credits-Balance"] == str(before - 2)
    events = poor.request("POST", "/v1/export", json=body, headers={"Accept": "text/event-stream"})
    assert events.headers["X-Credits-Balance"] == str(before - 4) and "X-Credits-Charged" not in events.headers


def test_cancelling_gives_back_at_once_what_is_not_being_worked_on(poor: Api):
    count = 20
    session = poor.upload(*[(f"{n}.jpg", pictures.jpeg(1600, 1200, n)) for n in range(count)])
    before = balance(poor)
    job = poor.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": {"format": "avif"}}).json()
    cancelled = poor.post(f"/v1/jobs/{job['id']}/cancel", 200).json()
    money = poor.get("/v1/credits/balance").json()
    assert cancelled["creditsReleased"] > 0 and money["held"] < count // 2
    eventually_over = time.monotonic() + 60
    while (now := poor.get(f"/v1/jobs/{job['id']}").json())["status"] != "cancelled":
        assert time.monotonic() < eventually_over
        time.sleep(0.05)
    assert now["creditsCharged"] + now["creditsReleased"] == count
    assert balance(poor) == before - now["creditsCharged"]
    check_sums(poor)


def test_a_key_stops_at_its_own_limit(server: Server):
    pro = Api(server, server.create_account(f"pro-{time.monotonic_ns()}", "--plan", "Pro"))
    made = pro.post("/v1/keys", 201, json={"name": "shop", "monthlyCreditLimit": 2}).json()
    shop = Api(server, made["key"])
    for _ in range(2):
        shop.post(OPTIMIZE, 200, content=pictures.jpeg())
    problem = shop.problem("POST", OPTIMIZE, 402, "key_limit_exceeded", content=pictures.jpeg())
    assert "2 credits a month" in problem["detail"]
    shop.problem("POST", "/v1/credits/check", 402, "key_limit_exceeded", json={"action": "export", "imageCount": 1})
    pro.post(OPTIMIZE, 200, content=pictures.jpeg())
    check_sums(pro)
    shop.close()
    pro.close()


def test_a_low_balance_is_told_once_per_crossing(start_server: Callable[..., Server]):
    server = start_server(PICTOR_ALLOWED_NETWORKS="127.0.0.0/8", PICTOR_WEBHOOK_RETRIES="0s")
    poor, receiver = Api(server, server.create_account("low")), Receiver()
    poor.post("/v1/webhooks", 201, json={"url": receiver.url("/low/200"), "events": ["credits.low"]})
    reserve(poor, 20)
    assert receiver.at("/low/200") == [], "5 is not below 5"
    for _ in range(2):
        poor.post(OPTIMIZE, 200, content=pictures.jpeg())
    [message] = receiver.wait("/low/200", 1)
    told = json.loads(message.body)
    assert told["type"] == "credits.low" and told["data"]["balance"] == 4 and told["data"]["threshold"] == 5
    assert server.command("account", "grant", account_of(poor), "10", "--reason", "thanks").returncode == 0
    reserve(poor, 10)
    assert len(receiver.wait("/low/200", 2)) == 2, "it fell again"
    check_sums(poor)
    poor.close()
    receiver.close()


def account_of(api: Api) -> str:
    return api.get("/v1/credits/balance").json()["userId"]
