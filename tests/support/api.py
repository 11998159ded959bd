"""A thin client that checks every answer it gets: headers, problem shape, ids, times, leaks, and docs/openapi.yaml."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from support.contract import contract
from support.server import Server
from support.sse import Event, read_events

ID_FIELDS = {
    "sessionId": "ses",
    "imageId": "img",
    "jobId": "job",
    "exportId": "exp",
    "keyId": "key",
    "accountId": "acc",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CODE = re.compile(r"[a-z][a-z0-9_]*")

# Words that no answer may hold, and those that no problem may hold (a variant's `encoder` may name a library).
NEVER = ("/tmp", "/proc/", "SELECT ", "INSERT INTO", "sqlite", "std::", "first-key")  # noqa: S108
NEVER_IN_PROBLEMS = ("vips", "onnx", "json.exception", "nlohmann", "boost", "errno", "pictor-engine", "SQLITE", ".cpp")


def check_shape(value: Any, where: str = "") -> None:
    """Ids have their prefix, times are RFC 3339 in UTC, whatever the answer."""
    if isinstance(value, dict):
        for name, inner in value.items():
            at = f"{where}/{name}"
            if name in ID_FIELDS and inner is not None:
                assert re.fullmatch(ID_FIELDS[name] + r"_[0-9a-hjkmnp-tv-z]{26}", inner), f"{at}: {inner}"
            if name in ("createdAt", "startedAt", "finishedAt", "expiresAt", "editedAt", "changedAt"):
                assert inner is None or TIME.fullmatch(inner), f"{at}: {inner}"
            check_shape(inner, at)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            check_shape(inner, f"{where}/{i}")


def check_problem_object(problem: dict, status: int | None = None) -> None:
    assert {"type", "title", "status", "detail", "code", "error"} <= problem.keys(), problem
    assert "/errors/" in problem["type"]
    assert problem["title"] and problem["detail"]
    assert 400 <= problem["status"] <= 599
    assert status is None or problem["status"] == status
    assert CODE.fullmatch(problem["code"])
    assert problem["error"] == problem["detail"]
    for fault in problem.get("errors", []):
        assert fault.keys() >= {"pointer", "detail"}, fault
        assert fault["detail"]


class Api:
    """One key's view of one server. Methods answer with httpx.Response; a broken promise is an AssertionError."""

    def __init__(self, server: Server, key: str | None):
        self.server = server
        self.key = key
        headers = {"X-API-Key": key} if key else {}
        self.http = httpx.Client(base_url=server.url, headers=headers, timeout=90)

    def close(self) -> None:
        self.http.close()

    # --- requests

    def request(self, method: str, path: str, *, expect: int | None = None, **options: Any) -> httpx.Response:
        response = self.http.request(method, path, **options)
        self.check(response)
        if expect is not None:
            assert response.status_code == expect, f"{method} {path}: {response.status_code} {response.text[:800]}"
        return response

    def get(self, path: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        return self.request("GET", path, expect=expect, **options)

    def post(self, path: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        return self.request("POST", path, expect=expect, **options)

    def put(self, path: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        return self.request("PUT", path, expect=expect, **options)

    def patch(self, path: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        return self.request("PATCH", path, expect=expect, **options)

    def delete(self, path: str, expect: int | None = 204, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, expect=expect, **options)

    def problem(self, method: str, path: str, status: int, code: str, **options: Any) -> dict:
        """A request that must fail in exactly this way. Returns the problem."""
        response = self.request(method, path, **options)
        assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text[:800]}"
        problem = response.json()
        assert problem["code"] == code, problem
        return problem

    # --- checks

    def check(self, response: httpx.Response) -> None:
        where = f"{response.request.method} {response.request.url.path} → {response.status_code}"
        assert re.fullmatch(r"[!-~]{1,200}", response.headers.get("x-request-id", "")), f"{where}: no X-Request-Id"
        assert response.status_code != 500, f"{where}: {response.text[:800]}\n{self.server.log_text()[-1500:]}"
        media = response.headers.get("content-type", "").split(";")[0].strip()
        body = None
        if response.request.method != "HEAD" and response.content:
            if media.endswith("json"):
                body = response.json()
                if response.request.url.path != "/openapi.json":
                    check_shape(body)
            if media.endswith("json") or media.startswith("text/"):
                self.check_words(response.text, where, response.status_code >= 400)
        if media == "application/json":
            assert "charset=utf-8" in response.headers["content-type"].lower(), where
        if response.status_code >= 400 and response.request.method != "HEAD":
            self.check_problem(response, body, where)
        described = contract()
        if described:
            described.check(response, body)

    def check_words(self, text: str, where: str, is_problem: bool) -> None:
        secrets = [str(self.server.data), *([self.key] if self.key else [])]
        for word in [*NEVER, *secrets, *(NEVER_IN_PROBLEMS if is_problem else [])]:
            assert word not in text, f"{where}: the answer leaks {word!r}: {text[:500]}"

    @staticmethod
    def check_problem(response: httpx.Response, body: Any, where: str) -> None:
        if response.request.url.path == "/v1/credits/check" and response.status_code == 402:
            return
        media = response.headers.get("content-type", "")
        assert media.startswith("application/problem+json"), f"{where}: {media}: {response.text[:300]}"
        check_problem_object(body, response.status_code)
        assert body["requestId"] == response.headers["x-request-id"], where

    # --- events

    @contextmanager
    def stream(self, method: str, path: str, **options: Any) -> Iterator[httpx.Response]:
        headers = {"Accept": "text/event-stream", **options.pop("headers", {})}
        with self.http.stream(method, path, headers=headers, **options) as response:
            if response.status_code >= 400:
                response.read()
                self.check(response)
            assert re.fullmatch(r"[!-~]{1,200}", response.headers.get("x-request-id", ""))
            yield response

    def events(self, method: str, path: str, **options: Any) -> list[Event]:
        """The whole stream, to its end."""
        with self.stream(method, path, **options) as response:
            assert response.status_code == 200, (response.status_code, response.read()[:800])
            assert response.headers["content-type"].startswith("text/event-stream")
            assert "no-cache" in response.headers.get("cache-control", "") or "no-store" in response.headers.get(
                "cache-control", ""
            )
            events = list(read_events(response.iter_lines()))
        for event in events:
            self.check_event(event)
        return events

    def check_event(self, event: Event) -> None:
        check_shape(event.body)
        self.check_words(json.dumps(event.body), f"event {event.id}", event.type == "error")
        body = event.body
        if event.type == "progress":
            assert {"imageId", "status", "step", "current", "total"} <= body.keys(), body
            assert 0 <= body["current"] <= body["total"]
        elif event.type == "result":
            assert "imageId" in body and ("metadata" in body or "variants" in body), body
        elif event.type == "error":
            check_problem_object(body["problem"])
        else:
            assert {"status", "processed", "failed", "skipped", "total", "creditsCharged"} <= body.keys(), body
            assert body["processed"] + body["failed"] + body["skipped"] <= body["total"]

    # --- the five steps

    def upload(self, *files: tuple[str, bytes], field: str = "images[]") -> dict:
        """A session of these files, all good."""
        parts = [(field, (name, content, "application/octet-stream")) for name, content in files]
        session = self.post("/v1/sessions", 201, files=parts).json()
        assert session["rejected"] == [], session["rejected"]
        assert len(session["images"]) == len(files)
        return session

    def analyze(self, session_id: str, **body: Any) -> dict:
        """The finished job."""
        answer = self.post("/v1/analyze", 200, json={"sessionId": session_id, **body}, headers={"Prefer": "wait=60"})
        return answer.json()

    def export(self, session_id: str, settings: dict | None = None, *, kind: str = "export", **body: Any) -> dict:
        """The finished export: GET /v1/exports/{exportId}, all images good."""
        wanted = {"sessionId": session_id, **({"settings": settings} if settings is not None else {}), **body}
        job = self.post(f"/v1/{kind}", 200, json=wanted, headers={"Prefer": "wait=60"}).json()
        assert job["status"] == "completed", job
        return self.get(f"/v1/exports/{job['exportId']}").json()

    def export_one(self, content: bytes, settings: dict | None = None, name: str = "picture", **image: Any) -> "File":
        """Uploads one picture, exports it, downloads its `full` variant."""
        session = self.upload((name, content))
        images = [{"id": session["images"][0]["id"], **image}]
        result = self.export(session["sessionId"], settings, images=images)
        return self.download(result["images"][0], "full")

    def download(self, image: dict, name: str) -> "File":
        """A variant's bytes, checked against what its row promises."""
        import hashlib

        variant = next(v for v in image["variants"] if v["name"] == name)
        content = self.get(variant["url"]).content
        assert len(content) == variant["bytes"]
        assert hashlib.sha256(content).hexdigest() == variant["sha256"]
        return File(content, variant, image)


class File:
    """A downloaded variant."""

    def __init__(self, content: bytes, variant: dict, image: dict):
        self.content = content
        self.variant = variant
        self.image = image
