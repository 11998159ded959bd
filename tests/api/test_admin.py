"""The operator's side over HTTP: all accounts, for keys with the scope admin of the operator's own account."""

import uuid

import pytest
from support.api import Api

UNKNOWN = "acc_01jd" + "0" * 21 + "a"


@pytest.fixture(scope="module")
def admin(server):
    client = Api(server, server.create_key("root", "--scopes", "admin,keys"))
    yield client
    client.close()


def new_account(admin: Api, **more) -> dict:
    body = {"name": "Ada", "email": f"{uuid.uuid4().hex}@example.org", **more}
    return admin.post("/v1/admin/accounts", 201, json=body).json()


CALLS = [
    ("GET", "/v1/admin/accounts", None),
    ("POST", "/v1/admin/accounts", {"name": "A", "email": "a@example.org"}),
    ("GET", f"/v1/admin/accounts/{UNKNOWN}", None),
    ("PATCH", f"/v1/admin/accounts/{UNKNOWN}", {"status": "active"}),
    ("DELETE", f"/v1/admin/accounts/{UNKNOWN}", None),
    ("POST", f"/v1/admin/accounts/{UNKNOWN}/grants", {"amount": 1, "reason": "x"}),
    ("POST", f"/v1/admin/accounts/{UNKNOWN}/keys", {"name": "k"}),
]


@pytest.mark.parametrize("method, path, body", CALLS)
def test_every_call_needs_the_scope(api: Api, anonymous: Api, method: str, path: str, body: dict | None):
    options = {} if body is None else {"json": body}
    api.problem(method, path, 403, "insufficient_scope", **options)
    anonymous.problem(method, path, 401, "missing_api_key", **options)


@pytest.mark.parametrize("method, path, body", CALLS[2:])
def test_an_unknown_account_is_not_found(admin: Api, method: str, path: str, body: dict | None):
    admin.problem(method, path, 404, "not_found", **({} if body is None else {"json": body}))


def test_nobody_gives_themselves_admin(server, admin: Api):
    made = new_account(admin, plan="Pro")
    customer = Api(server, made["key"])
    customer.problem("POST", "/v1/keys", 403, "insufficient_scope", json={"name": "k", "scopes": ["admin"]})
    customer.problem(
        "PATCH", f"/v1/keys/{made['keyId']}", 403, "insufficient_scope", json={"scopes": ["keys", "admin"]}
    )
    problem = admin.problem(
        "POST", f"/v1/admin/accounts/{made['id']}/keys", 422, "invalid_field", json={"name": "k", "scopes": ["admin"]}
    )
    assert problem["errors"][0]["pointer"] == "/scopes"
    refused = server.command("key", "create", "--name", "k", "--account", made["id"], "--scopes", "admin")
    assert refused.returncode != 0 and refused.stdout == ""


def test_an_account_is_made_although_sign_up_is_closed(server, admin: Api, anonymous: Api):
    anonymous.problem("POST", "/v1/accounts", 403, "signup_closed", json={"name": "A", "email": "a@example.org"})
    made = new_account(admin, plan="Starter")
    assert (made["planName"], made["status"], made["monthlyAllowance"]) == ("Starter", "active", 500)
    assert Api(server, made["key"]).get("/v1/account").json()["id"] == made["id"]
    assert admin.get(f"/v1/admin/accounts/{made['id']}").json()["email"] == made["email"]
    problem = admin.problem(
        "POST", "/v1/admin/accounts", 422, "invalid_field", json={"name": "A", "email": "a@b.org", "plan": "Gold"}
    )
    assert problem["errors"][0]["pointer"] == "/plan"


def test_the_list_has_filters_and_pages(admin: Api):
    ada, bob = new_account(admin), new_account(admin, plan="Pro")
    admin.patch(f"/v1/admin/accounts/{bob['id']}", json={"status": "suspended"})

    def found(**query) -> list[str]:
        return [account["id"] for account in admin.get("/v1/admin/accounts", params=query).json()["data"]]

    assert found(limit=2) == [bob["id"], ada["id"]]
    assert found(email=ada["email"].upper()) == [ada["id"]]
    assert bob["id"] in found(plan="Pro", status="suspended") and ada["id"] not in found(status="suspended")
    assert found(email=ada["email"], plan="Pro") == []
    page = admin.get("/v1/admin/accounts?limit=1").json()
    assert found(limit=1, cursor=page["nextCursor"]) == [ada["id"]]
    admin.problem("GET", "/v1/admin/accounts", 422, "invalid_field", params={"status": "gone"})


def test_a_new_plan_and_a_suspension_hold_on_the_next_request(server, admin: Api):
    made = new_account(admin)
    customer = Api(server, made["key"])
    path = f"/v1/admin/accounts/{made['id']}"
    changed = admin.patch(path, json={"plan": "Starter"}).json()
    assert (changed["planName"], changed["balance"]) == ("Starter", 525)
    assert customer.get("/v1/account").json()["limits"]["keys"] == 3
    assert admin.patch(path, json={"status": "suspended"}).json()["status"] == "suspended"
    customer.problem("GET", "/v1/account", 403, "account_suspended")
    admin.patch(path, json={"status": "active"})
    customer.get("/v1/account")
    admin.problem("PATCH", path, 422, "invalid_field", json={"plan": "Gold"})
    admin.problem("PATCH", path, 422, "unknown_field", json={"name": "B"})


def test_a_grant_is_in_the_ledger_once(server, admin: Api):
    made = new_account(admin)
    customer = Api(server, made["key"])
    path = f"/v1/admin/accounts/{made['id']}/grants"
    body = {"amount": 100, "reason": "the outage"}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = admin.post(path, 201, json=body, headers=key)
    again = admin.post(path, 201, json=body, headers=key)
    assert again.json() == first.json() and again.headers["idempotent-replayed"] == "true"
    assert first.json()["balanceAfter"] == 125
    newest = customer.get("/v1/credits/transactions").json()["data"][0]
    assert (newest["type"], newest["amount"], newest["reason"]) == ("grant", 100, "the outage")
    taken = admin.post(path, 201, json={"amount": -25, "reason": "too many"}).json()
    assert (taken["type"], taken["balanceAfter"]) == ("adjust", 100)
    for bad in [
        {"amount": 0, "reason": "x"},
        {"amount": 1.5, "reason": "x"},
        {"amount": -101, "reason": "x"},
        {"amount": 1},
    ]:
        admin.problem("POST", path, 422, "invalid_field", json=bad)
    assert customer.get("/v1/credits/balance").json()["balance"] == 100


def test_a_key_of_an_account_is_made_past_the_number_of_its_plan(server, admin: Api):
    made = new_account(admin)
    key = admin.post(f"/v1/admin/accounts/{made['id']}/keys", 201, json={"name": "spare", "scopes": ["images"]}).json()
    spare = Api(server, key["key"])
    spare.get("/v1/sessions")
    spare.problem("GET", "/v1/keys", 403, "insufficient_scope")


def test_a_deleted_account_is_gone_and_the_operator_stays(server, admin: Api):
    made = new_account(admin)
    path = f"/v1/admin/accounts/{made['id']}"
    admin.delete(path)
    admin.problem("GET", path, 404, "not_found")
    Api(server, made["key"]).problem("GET", "/v1/account", 401, "invalid_api_key")
    own = f"/v1/admin/accounts/{admin.get('/v1/account').json()['id']}"
    admin.problem("DELETE", own, 403, "insufficient_scope")
    admin.problem("PATCH", own, 403, "insufficient_scope", json={"status": "suspended"})
    admin.get(own)


@pytest.mark.parametrize("what", ["accounts", "grants", "keys"])
def test_a_repeat_under_the_same_idempotency_key_is_the_first_answer(admin: Api, what: str):
    account = new_account(admin)["id"]
    path, body = {
        "accounts": ("/v1/admin/accounts", {"name": "Bo", "email": f"{uuid.uuid4().hex}@example.org"}),
        "grants": (f"/v1/admin/accounts/{account}/grants", {"amount": 7, "reason": "thanks"}),
        "keys": (f"/v1/admin/accounts/{account}/keys", {"name": "once"}),
    }[what]
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = admin.post(path, None, headers=key, json=body)
    assert first.status_code < 300, first.text
    again = admin.post(path, None, headers=key, json=body)
    assert again.headers["idempotent-replayed"] == "true" and again.content == first.content
    admin.problem("POST", path, 422, "idempotency_key_reused", headers=key, json={**body, "name": "other"})
