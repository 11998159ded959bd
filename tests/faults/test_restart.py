"""A server that is killed, stopped or left alone: nothing is lost, nothing is done twice."""

import contextlib
import hashlib
import json
import signal
import threading
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest
from support import pictures
from support.api import Api
from support.server import Server
from support.sse import Event, assert_whole, read_events

SLOW = {"format": "avif", "effort": 7, "resize": {"width": 900, "enlarge": True}, "neverWorse": False}


@pytest.fixture
def own(tmp_path) -> Iterator[Server]:
    """A server of this test's own, which it may kill."""
    server = Server(tmp_path).start()
    yield server
    server.stop()


def upload(api: Api, count: int) -> dict:
    return api.upload(*[(f"{i}.jpg", pictures.jpeg(300, 220, i)) for i in range(count)])


def wait_for(api: Api, job: str, done, seconds: float = 90) -> dict:
    until = time.monotonic() + seconds
    while not done(found := api.get(f"/v1/jobs/{job}").json()):
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


def finished(job: dict) -> bool:
    return job["status"] not in ("queued", "running")


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_killed_server_goes_on_where_it_was_and_does_nothing_twice(own: Server, at: int):
    """kill -9 when `at` of 6 images are done; events and results are whole afterwards."""
    api = Api(own, own.first_key)
    session = upload(api, 6)
    job = api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": SLOW}).json()["id"]
    before = wait_for(api, job, lambda j: j["progress"]["current"] >= at)
    seen = stored_events(api, job)
    own.kill()

    own.start()
    job_after = wait_for(api, job, finished)
    assert job_after["status"] == "completed"
    assert job_after["progress"] == {"current": 6, "total": 6}
    events = api.events("GET", f"/v1/jobs/{job}/events")
    assert_whole(events)
    assert events[: len(seen)] == seen, "what was told before the kill is told differently now"
    results = [event.body["imageId"] for event in events if event.type == "result"]
    assert sorted(results) == sorted(image["id"] for image in session["images"])
    done_before = {result["imageId"] for result in before["results"]}
    started_again = [e.body["imageId"] for e in events[len(seen) :] if e.type == "progress"]
    assert not done_before & set(started_again), "an image that was done is done again"
    result = api.get(f"/v1/exports/{job_after['exportId']}").json()
    for image in result["images"]:
        pictures.opened(api.download(image, "full").content)
    api.close()


def stored_events(api: Api, job: str) -> list[Event]:
    """Those that are there now, without waiting for more."""
    events: list[Event] = []
    headers = {"X-API-Key": api.key, "Accept": "text/event-stream"}
    with httpx.stream("GET", f"{api.server.url}/v1/jobs/{job}/events", headers=headers, timeout=0.7) as response:
        try:
            for event in read_events(response.iter_lines()):
                events.append(event)
        except httpx.ReadTimeout:
            pass
    return events


def test_a_listener_loses_and_repeats_nothing_across_a_restart(own: Server):
    """It reads until the connection breaks, and comes back with Last-Event-ID."""
    api = Api(own, own.first_key)
    session = upload(api, 6)
    job = api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": SLOW}).json()["id"]
    heard: list[Event] = []
    breaks = 0
    ended = threading.Event()

    def listen() -> None:
        nonlocal breaks
        while not (heard and heard[-1].type == "complete"):
            last = {"Last-Event-ID": str(heard[-1].id)} if heard else {}
            headers = {"X-API-Key": api.key, "Accept": "text/event-stream", **last}
            try:
                with httpx.stream("GET", f"{own.url}/v1/jobs/{job}/events", headers=headers, timeout=60) as response:
                    for event in read_events(response.iter_lines()):
                        heard.append(event)
            except httpx.TransportError:
                breaks += 1
                time.sleep(0.1)
        ended.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    for done in (1, 3):
        wait_for(api, job, lambda j, done=done: j["progress"]["current"] >= done)
        own.kill()
        own.start()
    assert ended.wait(90)
    assert breaks >= 2
    assert_whole(heard)
    assert heard == api.events("GET", f"/v1/jobs/{job}/events")
    api.close()


def test_analysis_goes_on_after_a_kill_and_words_are_written_once(own: Server):
    api = Api(own, own.first_key)
    session = upload(api, 5)
    job = api.post("/v1/analyze", 202, json={"sessionId": session["sessionId"]}).json()["id"]
    wait_for(api, job, lambda j: j["progress"]["current"] >= 1)
    own.kill()
    own.start()
    assert wait_for(api, job, finished)["status"] == "completed"
    images = api.get(f"/v1/sessions/{session['sessionId']}").json()["images"]
    assert [image["metadata"]["version"] for image in images] == [1] * 5
    api.close()


def test_everything_that_was_told_survives_a_kill(own: Server):
    api = Api(own, own.first_key)
    content = pictures.jpeg(300, 220, 9)
    session = api.upload(("a.jpg", content))
    image = f"/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}"
    api.patch(f"{image}/metadata", json={"alt": "Told before."})
    result = api.export(session["sessionId"], {"format": "webp"})
    other = own.create_account("second")
    own.kill()
    own.start()
    assert api.get(f"{image}/original").content == content
    assert api.get(image).json()["metadata"]["alt"] == "Told before."
    assert api.get(f"/v1/exports/{result['exportId']}").json() == result
    api.download(result["images"][0], "full")
    Api(own, other).get("/v1/sessions")
    assert own.first_key == api.key
    api.close()


def test_an_upload_that_a_kill_interrupts_leaves_nothing(own: Server):
    api = Api(own, own.first_key)
    size = 8 << 20
    sent = threading.Event()

    def endless():
        yield pictures.jpeg(64, 64)
        for i in range(size >> 16):
            yield bytes(65_536)
            if i == 20:
                sent.set()
            time.sleep(0.02)

    def send() -> None:
        headers = {"X-API-Key": own.first_key, "Content-Type": "image/jpeg"}
        with httpx.Client() as client, contextlib.suppress(httpx.TransportError):
            client.post(f"{own.url}/v1/sessions", content=endless(), headers=headers, timeout=20)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    assert sent.wait(10)
    own.kill()
    sender.join(15)
    own.start()
    assert api.get("/v1/sessions").json()["data"] == []
    until = time.monotonic() + 5
    while large := [p for p in own.data.rglob("*") if p.is_file() and p.stat().st_size > 1 << 20 and "sqlite" not in p.name
                    and ".db" not in p.name]:  # fmt: skip
        assert time.monotonic() < until, f"left over: {large}"
        time.sleep(0.1)
    api.close()


def test_many_kills_in_a_row_lose_nothing(own: Server):
    api = Api(own, own.first_key)
    session = upload(api, 8)
    quick = {"format": "webp", "effort": 6, "resize": {"width": 900, "enlarge": True}}
    job = api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": quick}).json()["id"]
    for _ in range(4):
        time.sleep(0.25)
        own.kill()
        own.start()
    assert wait_for(api, job, finished)["status"] == "completed"
    events = api.events("GET", f"/v1/jobs/{job}/events")
    assert_whole(events)
    assert len({e.body["imageId"] for e in events if e.type == "result"}) == 8
    assert sum(e.type == "result" for e in events) == 8
    api.close()


def kill_a_child(server: Server) -> None:
    children = [child for child in server.children() if child.is_running()]
    if children:
        with contextlib.suppress(psutil.NoSuchProcess):
            children[-1].kill()


def test_a_job_of_200_images_is_charged_once_for_each_whatever_is_killed(own: Server):
    """kill -9 of the server, of children, and of the whole tree, in turn, while 200 images are exported."""
    api = Api(own, own.first_key)
    session = api.upload(*[(f"{i}.jpg", pictures.jpeg(160, 120, i)) for i in range(200)])
    before = api.get("/v1/credits/balance").json()
    settings = {"format": "webp", "effort": 5, "resize": {"width": 500, "enlarge": True}, "neverWorse": False}
    body = {"sessionId": session["sessionId"], "settings": settings}
    job = api.post("/v1/export", 202, json=body).json()["id"]
    held = api.get("/v1/credits/balance").json()
    assert held["balance"] == before["balance"] - 200
    for step in range(6):
        time.sleep(0.4)
        if step % 2 == 0:
            kill_a_child(own)
        else:
            own.kill()
            own.start()
            assert httpx.get(f"{own.url}/readyz?deep=1", timeout=10).status_code == 200
    done = wait_for(api, job, finished)
    assert (done["status"], done["creditsCharged"], done["creditsReleased"]) == ("completed", 200, 0)
    after = api.get("/v1/credits/balance").json()
    assert (after["balance"], after["held"]) == (before["balance"] - 200, 0)
    captured, path = 0, "/v1/credits/transactions?limit=100"
    while path:
        page = api.get(path).json()
        captured += sum(entry.get("captured", 0) for entry in page["data"] if entry["jobId"] == job)
        path = page["nextCursor"] and f"/v1/credits/transactions?limit=100&cursor={page['nextCursor']}"
    assert captured == 200
    events = api.events("GET", f"/v1/jobs/{job}/events")
    assert_whole(events)
    results = [event.body["imageId"] for event in events if event.type == "result"]
    assert sorted(results) == sorted(image["id"] for image in session["images"])
    api.close()


# --- stopping


def test_sigterm_ends_it_within_ten_seconds_with_work_under_way_and_the_work_goes_on(own: Server):
    api = Api(own, own.first_key)
    session = upload(api, 6)
    job = api.post(
        "/v1/export", 202, json={"sessionId": session["sessionId"], "settings": {**SLOW, "effort": 9}}
    ).json()["id"]
    wait_for(api, job, lambda j: j["status"] == "running")
    started = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - started < 10
    own.start()
    assert wait_for(api, job, finished)["status"] == "completed"
    assert_whole(api.events("GET", f"/v1/jobs/{job}/events"))
    api.close()


def test_sigterm_ends_it_with_listeners_and_idle_connections(own: Server):
    api = Api(own, own.first_key)
    session = upload(api, 4)
    job = api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": SLOW}).json()["id"]
    with httpx.Client() as idle:
        idle.get(f"{own.url}/healthz")
        with httpx.stream(
            "GET",
            f"{own.url}/v1/jobs/{job}/events",
            headers={"X-API-Key": api.key, "Accept": "text/event-stream"},
            timeout=20,
        ) as stream:
            next(stream.iter_lines())
            started = time.monotonic()
            assert own.stop() == 0
            assert time.monotonic() - started < 10
    own.start()
    wait_for(api, job, finished)
    api.close()


def test_what_is_being_downloaded_is_finished_first(own: Server):
    api = Api(own, own.first_key)
    content = pictures.encoded(pictures.scene(1500, 1200), "PNG")
    session = api.upload(("large.png", content))
    path = f"{own.url}/v1/sessions/{session['sessionId']}/images/{session['images'][0]['id']}/original"
    with httpx.stream("GET", path, headers={"X-API-Key": api.key}, timeout=20) as response:
        pieces = response.iter_bytes(65_536)
        got = next(pieces)
        own.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        got += b"".join(pieces)
    assert hashlib.sha256(got).hexdigest() == hashlib.sha256(content).hexdigest()
    assert own.process.wait(10) == 0
    own.start()
    api.close()


# --- children


def engines(server: Server) -> list[psutil.Process]:
    return [child for child in server.children() if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_a_child_that_is_killed_costs_nothing_but_a_retry(own: Server):
    api = Api(own, own.first_key)
    session = upload(api, 6)
    job = api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": SLOW}).json()["id"]
    wait_for(api, job, lambda j: j["progress"]["current"] >= 1)
    victims = sorted(engines(own), key=lambda p: sum(p.cpu_times()[:2]))
    victims[-1].kill()
    found = wait_for(api, job, finished)
    assert found["status"] == "completed", found["errors"]
    assert_whole(api.events("GET", f"/v1/jobs/{job}/events"))
    api.close()


def test_all_children_killed_again_and_again_leave_the_server_well(own: Server):
    api = Api(own, own.first_key)
    for _ in range(3):
        for child in engines(own):
            child.kill()
        time.sleep(0.5)
        answer = api.request("POST", "/v1/optimize?format=webp", content=pictures.jpeg())
        assert answer.status_code in (200, 422, 503), answer.text
    time.sleep(0.5)
    assert api.post("/v1/optimize?format=webp", 200, content=pictures.jpeg()).content
    assert api.get("/readyz").status_code == 200
    api.close()


def test_the_server_loads_no_codec_and_no_model_runtime(own: Server):
    with open(f"/proc/{own.process.pid}/maps", encoding="utf-8") as file:
        loaded = file.read().lower()
    for word in ("vips", "onnx", "libheif", "libjxl", "libavif", "libwebp", "libjpeg", "libpng"):
        assert word not in loaded, word


def test_children_have_no_network_and_no_way_up(own: Server):
    """Each runs under a seccomp filter, with no new privileges."""
    api = Api(own, own.first_key)
    api.post("/v1/optimize?format=webp", 200, content=pictures.jpeg())
    workers = 0
    for child in engines(own):
        with open(f"/proc/{child.pid}/status", encoding="utf-8") as file:
            status = dict(line.split(":", 1) for line in file if ":" in line)
        if status["Seccomp"].strip() == "2":
            workers += 1
            assert status["NoNewPrivs"].strip() == "1"
    assert workers >= 1, "no child is sandboxed"
    api.close()


# --- under load


def test_health_answers_at_once_while_exports_are_queued(own: Server):
    api = Api(own, own.first_key)
    session = upload(api, 20)
    jobs = [
        api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": SLOW}).json()["id"]
        for _ in range(10)
    ]
    times = []
    for _ in range(60):
        started = time.perf_counter()
        assert httpx.get(f"{own.url}/healthz", timeout=5).status_code == 200
        times.append(time.perf_counter() - started)
        time.sleep(0.02)
    for job in jobs:
        api.post(f"/v1/jobs/{job}/cancel")
    # The bar, 50 ms, is bench's; here the client shares the cores with the work, and perhaps with other suites.
    assert sorted(times)[len(times) // 2] < 0.25, sorted(times)
    assert max(times) < 2, sorted(times)[-5:]
    api.close()


def test_a_picture_that_needs_more_memory_than_there_is_waits_or_is_refused(tmp_path):
    server = Server(tmp_path, PICTOR_MEMORY_BUDGET="256MiB").start()
    api = Api(server, server.first_key)
    large = pictures.encoded(pictures.Image.new("RGB", (9000, 9000), (10, 90, 60)), "PNG")
    answers = []

    def send() -> None:
        own = Api(server, server.first_key)
        answers.append(own.request("POST", "/v1/optimize?format=jpeg&width=100", content=large))
        own.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        assert answer.status_code in (200, 422, 503), answer.text
        if answer.status_code == 503:
            assert answer.json()["code"] == "overloaded"
            assert int(answer.headers["retry-after"]) >= 1
    assert api.post("/v1/optimize?format=webp", 200, content=pictures.jpeg()).content
    api.close()
    assert server.stop() == 0


# --- starting


def test_a_second_start_keeps_the_key_and_does_not_print_it_again(own: Server):
    key = own.first_key
    assert own.log_text().count(f"API key: {key}") == 1
    assert (own.data / "first-key").stat().st_mode & 0o777 == 0o600
    assert own.stop() == 0
    own.start()
    assert own.first_key == key
    assert own.log_text().count(key) == 1


@pytest.mark.parametrize("name, value", [
    ("PICTOR_SESSION_TTL", "soon"), ("PICTOR_LISTEN", "nowhere"), ("PICTOR_WORKERS", "-3"), ("PICTOR_MAX_UPLOAD", "large"),
    ("PICTOR_ALLOWED_NETWORKS", "10.0.0.0/99"), ("PICTOR_SIGNUP", "perhaps"),
])  # fmt: skip
def test_a_setting_that_is_wrong_is_named_and_nothing_starts(tmp_path, name: str, value: str):
    server = Server(tmp_path, **{name: value})
    ran = server.command("serve")
    assert ran.returncode not in (0, None)
    assert name in ran.stderr or name.removeprefix("PICTOR_").lower() in ran.stderr, ran.stderr


def test_a_port_that_is_taken_is_told(own: Server, tmp_path):
    second = Server(tmp_path / "second")
    second.port = own.port
    ran = second.command("serve")
    assert ran.returncode not in (0, None)
    assert str(own.port) in ran.stderr


def test_config_prints_what_is_in_force(own: Server):
    printed = own.command("config")
    assert printed.returncode == 0
    assert f"127.0.0.1:{own.port}" in printed.stdout
    assert own.first_key not in printed.stdout


def test_logs_are_json_lines_when_asked_for(own: Server):
    rows = [json.loads(line) for line in own.log_text().splitlines() if line.startswith("{")]
    assert rows
