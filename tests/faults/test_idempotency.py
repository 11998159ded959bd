"""kill -9 around a POST with an Idempotency-Key: one effect, and its answer, whatever the moment."""

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Iterator

import httpx
import pytest
from support import pictures
from support.api import Api
from support.server import Server

ROUNDS = 6


@pytest.fixture
def own(tmp_path) -> Iterator[Server]:
    """A server of this test's own, which it may kill."""
    server = Server(tmp_path).start()
    yield server
    server.stop()


def sessions(api: Api) -> list[str]:
    return [session["sessionId"] for session in api.get("/v1/sessions?limit=100").json()["data"]]


def jobs(api: Api) -> list[str]:
    return [job["id"] for job in api.get("/v1/jobs?limit=100").json()["data"]]


def send_and_kill(server: Server, path: str, after: float, **options) -> httpx.Response | None:
    """One request, and kill -9 so many seconds after it began. What was answered, if anything was."""
    got: list[httpx.Response] = []

    def send() -> None:
        with contextlib.suppress(httpx.TransportError):
            got.append(httpx.post(f"{server.url}{path}", timeout=30, **options))

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    time.sleep(after)
    server.kill()
    sender.join(35)
    assert not sender.is_alive()
    return got[0] if got and got[0].status_code < 300 else None


def again(server: Server, path: str, **options) -> httpx.Response:
    """Repeats, as a client would, until it is not told to wait."""
    until = time.monotonic() + 30
    while True:
        response = httpx.post(f"{server.url}{path}", timeout=60, **options)
        if response.status_code not in (409, 503):
            return response
        assert time.monotonic() < until, response.text
        time.sleep(0.1)


def test_an_answer_survives_a_kill(own: Server):
    api = Api(own, own.first_key)
    headers = {"X-API-Key": api.key, "Idempotency-Key": str(uuid.uuid4())}
    content = pictures.jpeg(300, 220, 1)
    first = httpx.post(f"{own.url}/v1/sessions", headers=headers, content=content, timeout=30)
    picture = httpx.post(
        f"{own.url}/v1/optimize", headers={**headers, "Idempotency-Key": "p"}, content=content, timeout=30
    )
    own.kill()
    own.start()
    second = httpx.post(f"{own.url}/v1/sessions", headers=headers, content=content, timeout=30)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotent-replayed"] == "true"
    twice = httpx.post(
        f"{own.url}/v1/optimize", headers={**headers, "Idempotency-Key": "p"}, content=content, timeout=30
    )
    assert twice.content == picture.content and twice.headers["idempotent-replayed"] == "true"
    assert sessions(api) == [first.json()["sessionId"]]
    api.close()


def test_a_session_is_made_once_whenever_the_server_is_killed(own: Server):
    api = Api(own, own.first_key)
    files = [("images[]", (f"{i}.jpg", pictures.jpeg(300, 220, i), "image/jpeg")) for i in range(4)]
    dice = random.Random(7)
    for seen in range(ROUNDS):
        headers = {"X-API-Key": api.key, "Idempotency-Key": str(uuid.uuid4())}
        told = send_and_kill(own, "/v1/sessions", dice.uniform(0, 0.25), headers=headers, files=files)
        own.start()
        before = sessions(api)
        assert len(before) in (seen, seen + 1)
        response = again(own, "/v1/sessions", headers=headers, files=files)
        assert response.status_code == 201, response.text
        assert (response.headers.get("idempotent-replayed") == "true") == (len(before) == seen + 1)
        if told is not None:
            assert response.json() == told.json()
        assert len(sessions(api)) == seen + 1
        assert response.json()["sessionId"] in sessions(api)
    api.close()


def test_a_job_is_started_once_whenever_the_server_is_killed(own: Server):
    """Images and job in one call: session and job come together or not at all."""
    api = Api(own, own.first_key)
    files = [("images[]", (f"{i}.jpg", pictures.jpeg(300, 220, i), "image/jpeg")) for i in range(3)]
    dice = random.Random(11)
    for number in range(ROUNDS):
        headers = {"X-API-Key": api.key, "Idempotency-Key": str(uuid.uuid4())}
        told = send_and_kill(own, "/v1/export", dice.uniform(0, 0.25), headers=headers, files=files)
        own.start()
        assert len(sessions(api)) == len(jobs(api)) in (number, number + 1)
        response = again(own, "/v1/export", headers=headers, files=files)
        assert response.status_code == 202, response.text
        if told is not None:
            assert response.json() == told.json()
        assert len(sessions(api)) == len(jobs(api)) == number + 1
        job = again(own, "/v1/export", headers={**headers, "Prefer": "wait=60"}, files=files).json()
        assert (job["id"], job["status"]) == (response.json()["id"], "completed")
    api.close()


def test_a_picture_is_made_whenever_the_server_is_killed(own: Server):
    api = Api(own, own.first_key)
    content = pictures.jpeg(900, 600, 1)
    path = "/v1/optimize?format=avif&effort=5"
    dice = random.Random(13)
    for _ in range(ROUNDS):
        headers = {"X-API-Key": api.key, "Idempotency-Key": str(uuid.uuid4())}
        told = send_and_kill(own, path, dice.uniform(0, 1.0), headers=headers, content=content)
        own.start()
        response = again(own, path, headers=headers, content=content)
        assert response.status_code == 200, response.text
        assert pictures.opened(response.content).format == "AVIF"
        if told is not None:
            assert response.content == told.content
            assert response.headers["idempotent-replayed"] == "true"
    api.close()
