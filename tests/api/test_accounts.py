"""Accounts and keys: signing up, what a key may, and that every change holds on the next request."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import pictures
from support.api import Api
from support.server import account_id_in

KEY = re.compile(r"sk-[0-9A-Za-z]{40}")
ADA = {"name": "Ada", "email": "ada@example.org"}
UNKNOWN = "key_01jd" + "0" * 21 + "a"


@pytest.fixture(scope="module")
def open_server(start_server):
    return start_server(PICTOR_SIGNUP="open", PICTOR_SIGNUP_RATE="0")


@pytest.fixture(scope="module")
def visitor(open_server):
    client = Api(open_server, None)
    yield client
    client.close()


@pytest.fixture
def pro(server):
    """A new account on the plan Pro."""
    client = Api(server, server.create_account("pro", "--plan", "Pro"))
    yield client
    client.close()


def signed_up(visitor: Api, server) -> Api:
    return Api(server, visitor.post("/v1/accounts", 201, json=ADA).json()["key"])


# --- signing up


def test_signing_up_gives_an_account_25_credits_and_a_key_that_works(open_server, visitor: Api):
    answer = visitor.post("/v1/accounts", 201, json=ADA)
    made = answer.json()
    assert KEY.fullmatch(made["key"])
    assert (made["name"], made["email"], made["planName"], made["balance"]) == ("Ada", "ada@example.org", "Free", 25)
    assert made["limits"]["keys"] == 1
    own = Api(open_server, made["key"])
    account = own.get("/v1/account").json()
    assert account["id"] == made["id"]
    assert made["key"] not in own.get("/v1/keys").text
    assert made["key"] not in open_server.log_text()


def test_a_server_takes_nobody_unless_told_so(anonymous: Api):
    anonymous.problem("POST", "/v1/accounts", 403, "signup_closed", json=ADA)


@pytest.mark.parametrize(
    "body, pointer",
    [
        ({"email": "a@example.org"}, "/name"),
        ({"name": "", "email": "a@example.org"}, "/name"),
        ({"name": "A\nB", "email": "a@example.org"}, "/name"),
        ({"name": "A"}, "/email"),
        ({"name": "A", "email": "a.example.org"}, "/email"),
        ({"name": "A", "email": "a@b@example.org"}, "/email"),
        ({"name": "A", "email": "a@example"}, "/email"),
        ({"name": "A", "email": "a" * 255 + "@example.org"}, "/email"),
        ({"name": 1, "email": "a@example.org"}, "/name"),
    ],
)
def test_a_bad_field_is_named(visitor: Api, body: dict, pointer: str):
    problem = visitor.problem("POST", "/v1/accounts", 422, "invalid_field", json=body)
    assert pointer in [e["pointer"] for e in problem["errors"]]


def test_nobody_chooses_a_plan_for_themselves(visitor: Api):
    visitor.problem("POST", "/v1/accounts", 422, "unknown_field", json={**ADA, "plan": "Agency"})


def test_one_address_signs_up_only_so_often(start_server):
    client = Api(start_server(PICTOR_SIGNUP="open", PICTOR_SIGNUP_RATE="2"), None)
    client.post("/v1/accounts", 201, json=ADA)
    client.post("/v1/accounts", 201, json=ADA)
    answer = client.request("POST", "/v1/accounts", json=ADA)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(answer.headers["retry-after"]) <= 30


def test_the_operators_command_is_run_without_a_shell(start_server, tmp_path):
    out = tmp_path / "told"
    script = tmp_path / "tell"
    script.write_text(
        f'#!/bin/sh\nprintf "%s|%s|%s" "$1" "$PICTOR_ACCOUNT_NAME" "$PICTOR_ACCOUNT_EMAIL" > {out}.part\nmv {out}.part {out}\n'
    )
    script.chmod(0o755)
    server = start_server(PICTOR_SIGNUP="open", PICTOR_SIGNUP_COMMAND=json.dumps([str(script), "$(id),a"]))
    Api(server, None).post("/v1/accounts", 201, json={"name": "$(touch x); `id`", "email": "a@example.org"})
    wait_until(out.exists)
    assert out.read_text() == "$(id),a|$(touch x); `id`|a@example.org"


def wait_until(condition, seconds: float = 15):
    import time

    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


# --- keys


def test_a_new_key_works_with_its_scopes_only_and_is_shown_once(server, pro: Api):
    made = pro.post("/v1/keys", 201, json={"name": "shop", "scopes": ["images"], "monthlyCreditLimit": 500}).json()
    assert KEY.fullmatch(made["key"]) and made["scopes"] == ["images"] and made["monthlyCreditLimit"] == 500
    weak = Api(server, made["key"])
    weak.get("/v1/sessions")
    weak.problem("GET", "/v1/keys", 403, "insufficient_scope")
    weak.problem("DELETE", "/v1/account", 403, "insufficient_scope")
    listed = next(k for k in pro.get("/v1/keys").json()["data"] if k["id"] == made["id"])
    assert listed["maskedKey"] == "sk-…" + made["key"][-4:] and "key" not in listed


def test_the_list_has_pages(pro: Api):
    for number in range(3):
        pro.post("/v1/keys", 201, json={"name": f"k{number}"})
    first = pro.get("/v1/keys?limit=3").json()
    second = pro.get(f"/v1/keys?limit=3&cursor={first['nextCursor']}").json()
    assert [k["name"] for k in first["data"] + second["data"]] == ["k2", "k1", "k0", "first key"]
    assert second["nextCursor"] is None


def test_switching_off_holds_on_the_next_request_and_back(server, pro: Api):
    made = pro.post("/v1/keys", 201, json={"name": "k"}).json()
    own = Api(server, made["key"])
    for _ in range(20):
        own.get("/v1/sessions")
        pro.request("PATCH", f"/v1/keys/{made['id']}", json={"active": False})
        own.problem("GET", "/v1/sessions", 403, "key_inactive")
        pro.request("PATCH", f"/v1/keys/{made['id']}", json={"active": True})
    own.get("/v1/sessions")


def test_a_key_is_renamed_and_limited_and_the_limit_taken_away(pro: Api):
    made = pro.post("/v1/keys", 201, json={"name": "k", "monthlyCreditLimit": 1}).json()
    changed = pro.request("PATCH", f"/v1/keys/{made['id']}", json={"name": "n", "monthlyCreditLimit": None}).json()
    assert (changed["name"], changed["monthlyCreditLimit"], changed["active"]) == ("n", None, True)


def test_a_key_ends_at_its_time(server, pro: Api):
    made = pro.post("/v1/keys", 201, json={"name": "k"}).json()
    own = Api(server, made["key"])
    own.get("/v1/sessions")
    answer = pro.request("PATCH", f"/v1/keys/{made['id']}", json={"expiresAt": "2001-01-01T00:00:00Z"})
    assert answer.status_code == 200
    own.problem("GET", "/v1/sessions", 401, "key_expired")


def test_a_deleted_key_is_unknown_at_once(server, pro: Api):
    made = pro.post("/v1/keys", 201, json={"name": "k"}).json()
    own = Api(server, made["key"])
    own.get("/v1/sessions")
    assert pro.request("DELETE", f"/v1/keys/{made['id']}").status_code == 204
    own.problem("GET", "/v1/sessions", 401, "invalid_api_key")
    pro.problem("DELETE", f"/v1/keys/{made['id']}", 404, "not_found")


def test_rotation_with_an_overlap_leaves_both_working_and_without_one_only_the_new(server, pro: Api):
    made = pro.post("/v1/keys", 201, json={"name": "k", "scopes": ["images"]}).json()
    new = pro.post(f"/v1/keys/{made['id']}/rotate", 201, json={"overlapSeconds": 3600}).json()
    assert new["id"] != made["id"] and new["scopes"] == ["images"] and new["key"] != made["key"]
    Api(server, made["key"]).get("/v1/sessions")
    Api(server, new["key"]).get("/v1/sessions")
    newest = pro.post(f"/v1/keys/{new['id']}/rotate", 201, json={"overlapSeconds": 0}).json()
    Api(server, new["key"]).problem("GET", "/v1/sessions", 401, "key_expired")
    Api(server, newest["key"]).get("/v1/sessions")


def test_past_the_plans_number_there_are_no_more_keys(server):
    free = Api(server, server.create_account("free"))
    free.problem("POST", "/v1/keys", 403, "key_limit_reached", json={"name": "second"})
    own = free.get("/v1/keys").json()["data"][0]
    free.post(f"/v1/keys/{own['id']}/rotate", 201)
    free.problem("POST", f"/v1/keys/{own['id']}/rotate", 403, "key_limit_reached")


def test_of_many_who_ask_for_the_last_place_one_gets_it(server):
    starter = Api(server, server.create_account("starter", "--plan", "Starter"))
    starter.post("/v1/keys", 201, json={"name": "second"})

    def ask(_: int) -> int:
        return Api(server, starter.key).request("POST", "/v1/keys", json={"name": "third"}).status_code

    with ThreadPoolExecutor(8) as crew:
        assert sorted(crew.map(ask, range(8))) == [201] + [403] * 7


def test_no_key_gives_what_it_lacks(server, pro: Api):
    weak = Api(server, pro.post("/v1/keys", 201, json={"name": "w", "scopes": ["keys", "images"]}).json()["key"])
    strong = pro.post("/v1/keys", 201, json={"name": "s"}).json()
    weak.problem("POST", "/v1/keys", 403, "insufficient_scope", json={"name": "x", "scopes": ["export"]})
    pro.problem("POST", "/v1/keys", 403, "insufficient_scope", json={"name": "x", "scopes": ["admin"]})
    weak.problem("PATCH", f"/v1/keys/{strong['id']}", 403, "insufficient_scope", json={"scopes": ["export"]})
    weak.problem("POST", f"/v1/keys/{strong['id']}/rotate", 403, "insufficient_scope")
    made = weak.post("/v1/keys", 201, json={"name": "x"}).json()
    assert made["scopes"] == ["images", "keys"]


def test_another_accounts_key_is_unknown(pro: Api, other: Api):
    theirs = other.get("/v1/keys").json()["data"][0]["id"]
    for one in (theirs, UNKNOWN, "key_x", "ses_1"):
        pro.problem("PATCH", f"/v1/keys/{one}", 404, "not_found", json={"active": False})
        pro.problem("DELETE", f"/v1/keys/{one}", 404, "not_found")
        pro.problem("POST", f"/v1/keys/{one}/rotate", 404, "not_found")
    other.get("/v1/keys")


@pytest.mark.parametrize(
    "body, code, pointer",
    [
        ({}, "invalid_field", "/name"),
        ({"name": "k", "scopes": []}, "invalid_field", "/scopes"),
        ({"name": "k", "scopes": ["root"]}, "invalid_field", "/scopes"),
        ({"name": "k", "scopes": "images"}, "invalid_field", "/scopes"),
        ({"name": "k", "monthlyCreditLimit": -1}, "invalid_field", "/monthlyCreditLimit"),
        ({"name": "k", "monthlyCreditLimit": 0.5}, "invalid_field", "/monthlyCreditLimit"),
        ({"name": "k", "monthlyCreditLimit": 10**20}, "invalid_field", "/monthlyCreditLimit"),
        ({"name": "k", "expiresAt": "soon"}, "invalid_field", "/expiresAt"),
        ({"name": "k", "expiresAt": "2001-01-01T00:00:00Z"}, "invalid_field", "/expiresAt"),
        ({"name": "k", "active": False}, "unknown_field", "/active"),
    ],
)
def test_a_bad_key_names_its_field(pro: Api, body: dict, code: str, pointer: str):
    problem = pro.problem("POST", "/v1/keys", 422, code, json=body)
    assert pointer in [e["pointer"] for e in problem["errors"]]


@pytest.mark.parametrize("overlap", [-1, 1.5, 10**12, "1h"])
def test_a_bad_overlap_is_named(pro: Api, overlap):
    own = pro.get("/v1/keys").json()["data"][0]["id"]
    pro.problem("POST", f"/v1/keys/{own}/rotate", 422, "invalid_field", json={"overlapSeconds": overlap})


# --- the command line beside the running server


def test_what_the_operator_does_holds_on_the_next_request(server, pro: Api):
    account = pro.get("/v1/account").json()["id"]
    key = server.create_key("cli", "--account", account)
    own = Api(server, key)
    own.get("/v1/sessions")
    assert server.command("account", "suspend", account).returncode == 0
    own.problem("GET", "/v1/sessions", 403, "account_suspended")
    assert server.command("account", "resume", account).returncode == 0
    own.get("/v1/sessions")
    assert server.command("account", "plan", account, "Agency").returncode == 0
    assert own.get("/v1/account").json()["planName"] == "Agency"
    listed = server.command("key", "list", "--account", account).stdout
    key_id = next(line.split("\t")[0] for line in listed.splitlines() if line.endswith("cli"))
    assert server.command("key", "revoke", key_id).returncode == 0
    own.problem("GET", "/v1/sessions", 401, "invalid_api_key")
    assert server.command("key", "revoke", key_id).returncode == 1


def test_a_grant_has_a_reason_and_shows(server, pro: Api):
    before = pro.get("/v1/account").json()
    assert server.command("account", "grant", before["id"], "7").returncode == 2
    assert server.command("account", "grant", before["id"], "7", "--reason", "sorry").returncode == 0
    assert pro.get("/v1/account").json()["balance"] == before["balance"] + 7
    assert "sorry" in json.dumps(pro.get("/v1/account/export").json()["credits"])
    assert server.command("account", "grant", before["id"], "0", "--reason", "x").returncode == 1
    assert server.command("account", "grant", before["id"], "-1000000", "--reason", "x").returncode == 1
    assert server.command("account", "grant", before["id"], "-2", "--reason", "x").returncode == 0
    assert pro.get("/v1/account").json()["balance"] == before["balance"] + 5
    shown = server.command("account", "show", before["id"]).stdout
    assert f"balance\t{before['balance'] + 5}\n" in shown


def test_a_plan_or_account_that_does_not_exist_is_told_so(server, pro: Api):
    account = pro.get("/v1/account").json()["id"]
    for words in (
        ["account", "plan", account, "Gold"],
        ["account", "create", "--name", "x", "--email", "x@example.org", "--plan", "Gold"],
    ):
        done = server.command(*words)
        assert done.returncode != 0 and "Free, Starter, Pro, Agency" in done.stderr and not done.stdout
    for words in (["show"], ["suspend"], ["resume"], ["delete"]):
        done = server.command("account", *words, "acc_nobody")
        assert done.returncode == 1 and "no such account" in done.stderr


def test_plans_come_from_the_configuration(start_server, tmp_path):
    file = tmp_path / "plans.toml"
    file.write_text(
        '[[plans]]\nname = "Free"\nsignup_credits = 3\nkeys = 2\n[[plans]]\nname = "Gold"\nmonthly_credits = 9\n'
    )
    server = start_server(PICTOR_CONFIG=str(file), PICTOR_SIGNUP="open")
    visitor = Api(server, None)
    plans = {plan["name"]: plan for plan in visitor.get("/v1/plans").json()["data"]}
    assert list(plans) == ["Free", "Starter", "Pro", "Agency", "Gold"]
    assert (plans["Free"]["keys"], plans["Gold"]["monthlyCredits"]) == (2, 9)
    made = visitor.post("/v1/accounts", 201, json=ADA).json()
    assert (made["balance"], made["limits"]["keys"]) == (3, 2)
    assert "Gold\t9" in server.command("plan", "list").stdout
    server.create_account("gold", "--plan", "Gold")
    file.write_text('[[plans]]\nname = "Free"\nkeys = 0\n')
    done = server.command("config")
    assert done.returncode == 2 and "plans[0].keys" in done.stderr


# --- the end of an account


def blobs_of(server) -> int:
    return sum(1 for path in server.data.rglob("*") if path.is_file() and re.fullmatch(r"[0-9a-f]{60,64}", path.name))


def test_a_deleted_account_is_gone_with_its_pictures_at_once(open_server, visitor: Api):
    ada, bob = signed_up(visitor, open_server), signed_up(visitor, open_server)
    theirs = bob.upload(("b.png", pictures.png(40, 30)))
    before = blobs_of(open_server)
    mine = ada.upload(("a.png", pictures.png(50, 30)), ("b.png", pictures.png(40, 30)))
    assert blobs_of(open_server) > before
    link = f"/v1/sessions/{mine['sessionId']}"
    ada.get(link)
    assert ada.request("DELETE", "/v1/account").status_code == 204
    assert blobs_of(open_server) == before
    ada.problem("GET", link, 401, "invalid_api_key")
    bob.get(f"/v1/sessions/{theirs['sessionId']}/images/{theirs['images'][0]['id']}/original")


def test_what_the_operator_deletes_is_removed_by_the_running_server(open_server, visitor: Api):
    ada = signed_up(visitor, open_server)
    before = blobs_of(open_server)
    ada.upload(("a.png", pictures.png(60, 30)))
    account = ada.get("/v1/account").json()["id"]
    assert open_server.command("account", "delete", account).returncode == 0
    ada.problem("GET", "/v1/account", 401, "invalid_api_key")
    wait_until(lambda: blobs_of(open_server) == before)


def test_the_export_holds_everything_but_secrets(open_server, visitor: Api):
    ada = signed_up(visitor, open_server)
    session = ada.upload(("secret-holiday.png", pictures.png(40, 30)))
    told = ada.get("/v1/account/export")
    body = told.json()
    assert body["account"]["email"] == "ada@example.org"
    assert [s["sessionId"] for s in body["sessions"]] == [session["sessionId"]]
    assert body["images"][0]["originalFilename"] == "secret-holiday.png"
    assert [c["amount"] for c in body["credits"]] == [25]
    assert "attachment" in told.headers["content-disposition"]
    assert ada.key not in told.text


def test_deleting_needs_an_account_of_its_own(open_server, visitor: Api):
    assert account_id_in(visitor.post("/v1/accounts", 201, json=ADA).text)
    visitor.problem("DELETE", "/v1/account", 401, "missing_api_key")
