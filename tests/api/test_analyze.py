"""POST /v1/analyze, and the event streams of jobs."""

import json
import threading
import time

import pytest
from support import pictures
from support.api import Api
from support.sse import assert_whole


def session_of(api: Api, count: int, start: int = 1) -> dict:
    return api.upload(*[(f"{i}.jpg", pictures.jpeg(240, 180, i)) for i in range(start, start + count)])


def ids_of(session: dict) -> list[str]:
    return [image["id"] for image in session["images"]]


METADATA = {
    "alt": str, "title": str, "caption": str, "description": str, "filename": str, "seoTags": list, "language": str,
    "altRole": str, "confidence": (int, float), "needsReview": bool, "source": str, "model": str, "facts": dict,
    "review": str, "reasons": list, "version": int,
}  # fmt: skip


def assert_metadata(metadata: dict) -> None:
    for name, kind in METADATA.items():
        assert isinstance(metadata[name], kind), (name, metadata.get(name))
    assert {"copyright", "creator", "credit", "editedAt"} <= metadata.keys()
    assert len(metadata["alt"]) <= 125 and len(metadata["title"]) <= 60 and len(metadata["caption"]) <= 200
    assert len(metadata["description"]) <= 500 and len(metadata["filename"]) <= 60
    assert metadata["alt"] or metadata["altRole"] == "decorative"
    assert 0 <= metadata["confidence"] <= 1
    assert metadata["review"] == "pending"
    facts = metadata["facts"]
    assert {
        "objects",
        "labels",
        "text",
        "faces",
        "colours",
        "kind",
        "nsfw",
        "orientation",
        "blurhash",
        "focalPoint",
    } <= facts.keys()
    assert facts["kind"] in ("photo", "drawing", "screenshot", "chart", "logo", "icon", "map", "document", "pattern")
    assert abs(sum(colour["share"] for colour in facts["colours"]) - 1) < 0.6
    for seen in [*facts["objects"], *facts["text"], *facts["faces"]]:
        assert len(seen["box"]) == 4 and all(-0.01 <= side <= 1.01 for side in seen["box"])
    assert all(0 <= place <= 1 for place in facts["focalPoint"])


# --- the three forms of the answer


def test_without_a_wish_the_answer_is_202_with_the_job_and_its_address(api: Api):
    session = session_of(api, 2)
    answer = api.post("/v1/analyze", 202, json={"sessionId": session["sessionId"]})
    job = answer.json()
    assert answer.headers["location"].endswith(f"/v1/jobs/{job['id']}")
    assert job["type"] == "analyze" and job["status"] in ("queued", "running", "completed")
    assert job["sessionId"] == session["sessionId"] and job["progress"]["total"] == 2
    until = time.monotonic() + 60
    while (job := api.get(f"/v1/jobs/{job['id']}").json())["status"] in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert job["status"] == "completed" and job["progress"] == {"current": 2, "total": 2}
    assert job["startedAt"] and job["finishedAt"]


def test_prefer_wait_answers_with_the_finished_job(api: Api):
    session = session_of(api, 1)
    answer = api.post(
        "/v1/analyze", 200, json={"sessionId": session["sessionId"]}, headers={"Prefer": "respond-async, wait=60"}
    )
    job = answer.json()
    assert job["status"] == "completed"
    assert [result["imageId"] for result in job["results"]] == ids_of(session)
    assert_metadata(job["results"][0]["metadata"])


def test_prefer_wait_answers_202_when_it_takes_longer(api: Api):
    session = session_of(api, 6, 20)
    started = time.monotonic()
    answer = api.request(
        "POST",
        "/v1/export",
        json={
            "sessionId": session["sessionId"],
            "settings": {"format": "avif", "effort": 9, "resize": {"width": 2000, "enlarge": True}},
        },
        headers={"Prefer": "wait=1"},
    )
    assert time.monotonic() - started < 5
    if answer.status_code == 202:
        assert answer.json()["status"] in ("queued", "running")
        assert answer.headers["location"].endswith(answer.json()["id"])
    else:  # a very fast machine
        assert answer.json()["status"] == "completed"
    api.post(f"/v1/jobs/{answer.json()['id']}/cancel")


def test_the_posts_own_stream_has_every_event_from_1_without_gaps(api: Api):
    session = session_of(api, 3)
    events = api.events("POST", "/v1/analyze", json={"sessionId": session["sessionId"]})
    assert_whole(events)
    results = [event.body for event in events if event.type == "result"]
    assert {result["imageId"] for result in results} == set(ids_of(session))
    for result in results:
        assert_metadata(result["metadata"])
    complete = events[-1].body
    assert (complete["status"], complete["processed"], complete["failed"], complete["skipped"], complete["total"]) == (
        "completed", 3, 0, 0, 3,
    )  # fmt: skip
    started = {e.body["imageId"] for e in events if e.type == "progress"}
    assert started == set(ids_of(session))


def test_the_jobs_stream_says_the_same(api: Api):
    session = session_of(api, 2)
    first = api.events("POST", "/v1/analyze", json={"sessionId": session["sessionId"]})
    job = first[0].body["jobId"]
    assert api.events("GET", f"/v1/jobs/{job}/events") == first


@pytest.fixture(scope="module")
def finished(api: Api) -> list:
    session = session_of(api, 2, 5)
    return api.events("POST", "/v1/analyze", json={"sessionId": session["sessionId"]})


@pytest.mark.parametrize("after", [1, 2, 3, -1])
@pytest.mark.parametrize("way", ["header", "query"])
def test_a_reconnect_gets_what_came_after_and_nothing_twice(api: Api, finished: list, way: str, after: int):
    last = after if after > 0 else len(finished) - 1
    job = finished[0].body["jobId"]
    options = {"headers": {"Last-Event-ID": str(last)}} if way == "header" else {"params": {"after": last}}
    assert api.events("GET", f"/v1/jobs/{job}/events", **options) == finished[last:]


def test_a_reconnect_after_the_last_event_gets_204(api: Api, finished: list):
    job = finished[0].body["jobId"]
    for options in ({"headers": {"Last-Event-ID": str(len(finished))}}, {"params": {"after": len(finished)}}):
        answer = api.get(f"/v1/jobs/{job}/events", 204, **options)
        assert answer.content == b""


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 30])
def test_an_event_id_that_is_none_is_named(api: Api, finished: list, value: str):
    path = f"/v1/jobs/{finished[0].body['jobId']}/events"
    api.problem("GET", path, 422, "invalid_field", params={"after": value})


def test_listeners_who_come_at_any_time_see_the_same(api: Api, server):
    session = session_of(api, 4, 30)
    job = api.post("/v1/analyze", 202, json={"sessionId": session["sessionId"]}).json()["id"]
    seen: list[list] = []

    def listen(delay: float) -> None:
        time.sleep(delay)
        own = Api(server, server.first_key)
        seen.append(own.events("GET", f"/v1/jobs/{job}/events"))
        own.close()

    listeners = [threading.Thread(target=listen, args=(0.15 * i,)) for i in range(6)]
    for listener in listeners:
        listener.start()
    for listener in listeners:
        listener.join()
    assert len(seen) == 6
    assert_whole(seen[0])
    assert all(events == seen[0] for events in seen)


def test_a_client_that_goes_away_stops_nothing(api: Api):
    session = session_of(api, 4, 40)
    with api.stream("POST", "/v1/analyze", json={"sessionId": session["sessionId"]}) as response:
        line = next(line for line in response.iter_lines() if line.startswith("data:"))
    job = json.loads(line.removeprefix("data:"))["jobId"]
    until = time.monotonic() + 60
    while (found := api.get(f"/v1/jobs/{job}").json())["status"] in ("queued", "running"):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert found["status"] == "completed" and len(found["results"]) == 4


# --- what is analysed


def test_only_the_images_asked_for_are_analysed(api: Api):
    session = session_of(api, 3)
    wanted = ids_of(session)[1]
    job = api.analyze(session["sessionId"], imageIds=[wanted])
    assert [result["imageId"] for result in job["results"]] == [wanted]
    states = [image["state"] for image in api.get(f"/v1/sessions/{session['sessionId']}").json()["images"]]
    assert states == ["uploaded", "analyzed", "uploaded"]


def test_what_is_analysed_is_skipped_unless_forced(api: Api):
    session = session_of(api, 2)
    api.analyze(session["sessionId"], imageIds=ids_of(session)[:1])
    events = api.events("POST", "/v1/analyze", json={"sessionId": session["sessionId"]})
    assert_whole(events)
    complete = events[-1].body
    assert (complete["processed"], complete["skipped"], complete["status"]) == (1, 1, "completed")
    job = api.analyze(session["sessionId"])
    assert [result["status"] for result in job["results"]] == ["skipped", "skipped"]
    again = api.analyze(session["sessionId"], options={"force": True})
    assert all(result["metadata"]["version"] >= 2 for result in again["results"])


def test_the_session_shows_the_words(api: Api):
    session = session_of(api, 1)
    job = api.analyze(session["sessionId"])
    image = api.get(f"/v1/sessions/{session['sessionId']}").json()["images"][0]
    assert image["state"] == "analyzed"
    assert image["metadata"] == job["results"][0]["metadata"]


def test_the_same_picture_gets_the_same_words(api: Api):
    first, second = (api.analyze(session_of(api, 1, 9)["sessionId"]) for _ in range(2))
    assert first["results"][0]["metadata"] == second["results"][0]["metadata"]


@pytest.mark.parametrize("make", [
    pictures.transparent_png, pictures.animated_gif, pictures.svg, pictures.cmyk_jpeg, pictures.deep_png, pictures.avif,
])  # fmt: skip
def test_every_kind_of_picture_can_be_looked_at(api: Api, make):
    session = api.upload(("x", make()))
    job = api.analyze(session["sessionId"])
    assert job["status"] == "completed", job["errors"]
    assert_metadata(job["results"][0]["metadata"])


def test_a_plain_picture_is_not_given_things_that_are_not_there(api: Api):
    from PIL import Image

    session = api.upload(("red.png", pictures.encoded(Image.new("RGB", (200, 200), (220, 20, 20)), "PNG")))
    metadata = api.analyze(session["sessionId"])["results"][0]["metadata"]
    assert metadata["facts"]["objects"] == [] and metadata["facts"]["faces"] == []
    assert metadata["needsReview"] is True
    assert metadata["facts"]["colours"][0]["hex"].lower()[1] in "cde"


def test_images_can_be_sent_with_the_call_and_options_as_a_part(api: Api):
    parts = [
        ("images[]", ("a.jpg", pictures.jpeg(240, 180, 3), "image/jpeg")),
        ("options", (None, json.dumps({"maxAltLength": 40}), "application/json")),
    ]
    job = api.post("/v1/analyze", 200, files=parts, headers={"Prefer": "wait=60"}).json()
    assert job["status"] == "completed"
    assert len(job["results"][0]["metadata"]["alt"]) <= 40
    session = api.get(f"/v1/sessions/{job['sessionId']}").json()
    assert [image["originalFilename"] for image in session["images"]] == ["a.jpg"]


def test_images_sent_with_the_call_stream_as_well(api: Api):
    parts = [("files", (f"{i}.jpg", pictures.jpeg(240, 180, i), "image/jpeg")) for i in range(2)]
    events = api.events("POST", "/v1/analyze", files=parts)
    assert_whole(events)
    assert events[-1].body["processed"] == 2


# --- options


OPTIONS = [
    ({"language": 7}, "/options/language"),
    ({"context": "x" * 2001}, "/options/context"),
    ({"keywords": ["x"] * 21}, "/options/keywords"),
    ({"keywords": "x"}, "/options/keywords"),
    ({"maxAltLength": 0}, "/options/maxAltLength"),
    ({"maxAltLength": "long"}, "/options/maxAltLength"),
    ({"force": "yes"}, "/options/force"),
    ({"provider": "nobody"}, "/options/provider"),
]


@pytest.mark.parametrize("options, pointer", OPTIONS, ids=lambda v: json.dumps(v)[:30])
def test_bad_options_are_named(api: Api, options: dict, pointer: str):
    session = session_of(api, 1)["sessionId"]
    body = {"sessionId": session, "options": options}
    problem = api.problem("POST", "/v1/analyze", 422, "invalid_field", json=body)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert api.get(f"/v1/sessions/{session}").json()["images"][0]["state"] == "uploaded"


@pytest.mark.parametrize("language", ["tlh", "xx", "no-such-language"])
def test_a_language_that_is_not_spoken_is_told(api: Api, language: str):
    session = session_of(api, 1)["sessionId"]
    body = {"sessionId": session, "options": {"language": language}}
    api.problem("POST", "/v1/analyze", 422, "language_unsupported", json=body)


BODIES = [
    ({}, 422, "invalid_field"),
    ({"sessionId": 5}, 422, "invalid_field"),
    ({"sessionId": "ses_nothing"}, 404, "not_found"),
    ({"sessionId": "{s}", "imageIds": []}, 422, "invalid_field"),
    ({"sessionId": "{s}", "imageIds": ["img_nothing"]}, 422, "invalid_field"),
    ({"sessionId": "{s}", "imageIds": "x"}, 422, "invalid_field"),
    ({"sessionId": "{s}", "options": []}, 422, "invalid_field"),
]


@pytest.mark.parametrize("body, status, code", BODIES, ids=lambda v: json.dumps(v)[:50])
def test_bad_bodies_are_told(api: Api, body: dict, status: int, code: str):
    session = session_of(api, 1)["sessionId"]
    sent = {name: session if value == "{s}" else value for name, value in body.items()}
    api.problem("POST", "/v1/analyze", status, code, json=sent)


def test_context_says_what_a_picture_is_for(api: Api):
    session = session_of(api, 1)
    job = api.analyze(
        session["sessionId"], options={"context": 'link to "https://example.com/pricing", link text: none'}
    )
    assert job["status"] == "completed"
    assert job["results"][0]["metadata"]["altRole"] in ("functional", "informative")


def test_a_true_keyword_is_kept_within_bounds(api: Api):
    session = session_of(api, 1)
    job = api.analyze(session["sessionId"], options={"keywords": ["landscape", "x" * 60]})
    tags = job["results"][0]["metadata"]["seoTags"]
    assert len(tags) <= 15


# --- jobs


def test_jobs_are_listed_newest_first(server):
    api = Api(server, server.create_account("jobs"))
    jobs = [api.analyze(session_of(api, 1)["sessionId"])["id"] for _ in range(3)]
    first = api.get("/v1/jobs?limit=2").json()
    rest = api.get("/v1/jobs", params={"limit": 2, "cursor": first["nextCursor"]}).json()
    assert [job["id"] for job in first["data"] + rest["data"]] == jobs[::-1]
    assert rest["nextCursor"] is None
    api.close()


def test_the_list_of_jobs_can_be_filtered(server):
    api = Api(server, server.create_account("filters"))
    session = session_of(api, 1)["sessionId"]
    analyzed, exported = api.analyze(session), api.export(session)
    other = api.analyze(session_of(api, 1)["sessionId"])

    def found(**query) -> list[str]:
        return [job["id"] for job in api.get("/v1/jobs", params=query).json()["data"]]

    assert found(status="completed,failed") == [other["id"], exported["jobId"], analyzed["id"]]
    assert found(status="queued,running") == []
    assert found(type="export,sample") == [exported["jobId"]]
    assert found(type="analyze", sessionId=session) == [analyzed["id"]]
    assert found(createdAfter=analyzed["createdAt"], createdBefore=other["createdAt"]) == [exported["jobId"]]
    page = api.get("/v1/jobs?type=analyze&limit=1")
    assert "type=analyze" in page.headers["link"]
    assert found(type="analyze", cursor=page.json()["nextCursor"]) == [analyzed["id"]]
    for name, value in [
        ("status", "done"),
        ("type", ""),
        ("sessionId", "x"),
        ("createdAfter", "1"),
        ("createdBefore", ""),
    ]:
        problem = api.problem("GET", "/v1/jobs", 422, "invalid_field", params={name: value})
        assert problem["errors"][0]["pointer"] == f"?{name}"
    api.problem("GET", "/v1/jobs", 422, "unknown_field", params={"state": "queued"})
    api.close()


def test_a_job_can_be_cancelled_and_its_stream_ends(api: Api):
    session = session_of(api, 10, 50)
    settings = {"format": "avif", "effort": 9, "resize": {"width": 1600, "enlarge": True}}
    job = api.post("/v1/export", 202, json={"sessionId": session["sessionId"], "settings": settings}).json()["id"]
    cancelled = api.post(f"/v1/jobs/{job}/cancel").json()
    assert cancelled["status"] in ("cancelled", "running", "queued")
    events = api.events("GET", f"/v1/jobs/{job}/events")
    assert_whole(events)
    complete = events[-1].body
    assert complete["status"] == "cancelled"
    assert complete["processed"] < 10
    found = api.get(f"/v1/jobs/{job}").json()
    assert found["status"] == "cancelled" and found["finishedAt"]
    assert api.post(f"/v1/jobs/{job}/cancel").json()["status"] == "cancelled"


def test_cancelling_what_is_finished_changes_nothing(api: Api):
    session = session_of(api, 1)
    job = api.analyze(session["sessionId"])
    again = api.post(f"/v1/jobs/{job['id']}/cancel").json()
    assert (again["status"], again["finishedAt"]) == ("completed", job["finishedAt"])


def test_one_image_that_fails_leaves_the_rest_and_the_job_is_partial(api: Api):
    """A picture whose header is right and whose body is not: it is taken, and fails when it is decoded."""
    broken = bytearray(pictures.webp(240, 180))
    broken[60:-10] = bytes(len(broken) - 70)
    answer = api.request(
        "POST",
        "/v1/sessions",
        files=[
            ("images[]", ("good.jpg", pictures.jpeg(), "image/jpeg")),
            ("images[]", ("bad.webp", bytes(broken), "image/webp")),
        ],
    )
    session = answer.json()
    if len(session["images"]) == 1:
        assert session["rejected"][0]["code"] == "image_unreadable"
        return
    events = api.events("POST", "/v1/analyze", json={"sessionId": session["sessionId"]})
    assert_whole(events)
    if events[-1].body["failed"]:
        assert events[-1].body["status"] == "partial"
        failure = next(event.body for event in events if event.type == "error")
        assert failure["imageId"] == session["images"][1]["id"]
        assert failure["problem"]["code"] == "image_unreadable"
