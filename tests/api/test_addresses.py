"""Addresses that clients name are never inner ones, however they are spelt and whatever they are for."""

import pytest
from support import pictures
from support.addresses import FORBIDDEN
from support.api import Api


@pytest.fixture(scope="module")
def session(api: Api) -> str:
    return api.upload(("one.jpg", pictures.jpeg()))["sessionId"]


def picture(url: str, _session: str) -> tuple[str, dict, str | None]:
    return "/v1/sessions", {"images": [{"url": url}]}, None


def picture_of_a_job(url: str, _session: str) -> tuple[str, dict, str | None]:
    return "/v1/export", {"images": [{"url": url}]}, None


def optimized(url: str, _session: str) -> tuple[str, dict, str | None]:
    return "/v1/optimize", {"url": url}, None


def webhook(url: str, _session: str) -> tuple[str, dict, str | None]:
    return "/v1/webhooks", {"url": url, "events": ["job.failed"]}, "/url"


def callback_of_analyze(url: str, session: str) -> tuple[str, dict, str | None]:
    return "/v1/analyze", {"sessionId": session, "callbackUrl": url}, "/callbackUrl"


def callback_of_export(url: str, session: str) -> tuple[str, dict, str | None]:
    return "/v1/export", {"sessionId": session, "callbackUrl": url}, "/callbackUrl"


@pytest.mark.parametrize(
    "use", [picture, picture_of_a_job, optimized, webhook, callback_of_analyze, callback_of_export]
)
@pytest.mark.parametrize("url", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_it_is_refused_and_costs_nothing(api: Api, session: str, url: str, use):
    before = api.get("/v1/credits/balance").json()
    path, body, pointer = use(url, session)
    answer = api.request("POST", path, json=body)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] in ("url_not_allowed", "url_fetch_failed"), answer.text
    if pointer:
        assert problem["errors"][0]["pointer"] == pointer
    assert api.get("/v1/credits/balance").json() == before
