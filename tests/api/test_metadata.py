"""Reading, editing, versions and exchange (JSON, CSV) of metadata."""

import csv
import io
import re

import pytest
from support import pictures
from support.api import Api

COLUMNS = [
    "imageId",
    "originalFilename",
    "alt",
    "altRole",
    "title",
    "caption",
    "description",
    "filename",
    "seoTags",
    "language",
    "copyright",
    "creator",
    "credit",
    "version",
]


@pytest.fixture
def analysed(api: Api) -> dict:
    """A session of two analysed pictures."""
    session = api.upload(("one.jpg", pictures.jpeg(200, 150, 1)), ("two.jpg", pictures.jpeg(200, 150, 2)))
    assert api.analyze(session["sessionId"])["status"] == "completed"
    return api.get(f"/v1/sessions/{session['sessionId']}").json()


def address(session: dict, index: int = 0) -> str:
    return f"/v1/sessions/{session['sessionId']}/images/{session['images'][index]['id']}"


def words(api: Api, session: dict, index: int = 0) -> dict:
    return api.get(address(session, index)).json()["metadata"]


# --- PATCH


@pytest.mark.parametrize("media", ["application/json", "application/merge-patch+json"])
def test_a_patch_changes_what_it_names_and_nothing_else(api: Api, analysed: dict, media: str):
    before = words(api, analysed)
    patch = '{"alt":"A red fox crossing a snowy field.","review":"approved","seoTags":["fox","snow"]}'
    answer = api.patch(f"{address(analysed)}/metadata", content=patch, headers={"Content-Type": media})
    after = words(api, analysed)
    assert after["alt"] == "A red fox crossing a snowy field."
    assert after["review"] == "approved" and after["seoTags"] == ["fox", "snow"]
    assert after["source"] == "edited" and after["version"] == before["version"] + 1 and after["editedAt"]
    changed = {"alt", "review", "seoTags", "source", "version", "editedAt"}
    assert {n: v for n, v in after.items() if n not in changed} == {n: v for n, v in before.items() if n not in changed}
    assert answer.headers["etag"] == api.get(address(analysed)).headers["etag"]


def test_null_empties_a_field(api: Api, analysed: dict):
    path = f"{address(analysed)}/metadata"
    api.patch(path, json={"copyright": "© Somebody", "caption": "x", "filename": "x"})
    api.patch(path, json={"copyright": None, "caption": None, "filename": None})
    after = words(api, analysed)
    assert after["copyright"] is None and after["caption"] == "" and after["filename"] == ""


def test_text_of_every_script_survives(api: Api, analysed: dict):
    text = 'Ein größerer Füchs — 赤い狐 🦊 الثعلب ‘quoted’ \\ " <b>'
    api.patch(f"{address(analysed)}/metadata", json={"alt": text, "title": text})
    after = words(api, analysed)
    assert (after["alt"], after["title"]) == (text, text)


def test_an_image_that_was_never_looked_at_can_be_given_words(api: Api):
    session = api.upload(("a.jpg", pictures.jpeg(64, 64)))
    api.patch(f"{address(session)}/metadata", json={"alt": "By hand."})
    after = words(api, session)
    assert (after["alt"], after["source"]) == ("By hand.", "edited")


FAULTS = [
    ({"altt": "x"}, "unknown_field", "/altt"),
    ({"alt": 7}, "invalid_field", "/alt"),
    ({"alt": "x" * 10_001}, "invalid_field", "/alt"),
    ({"seoTags": "x"}, "invalid_field", "/seoTags"),
    ({"seoTags": ["x"] * 51}, "invalid_field", "/seoTags"),
    ({"seoTags": [1]}, "invalid_field", "/seoTags/0"),
    ({"filename": "../x"}, "invalid_field", "/filename"),
    ({"filename": "a\u0007b"}, "invalid_field", "/filename"),
    ({"altRole": "pretty"}, "invalid_field", "/altRole"),
    ({"review": "maybe"}, "invalid_field", "/review"),
    ({"confidence": 1.0e9}, "invalid_field", "/confidence"),
    ({"version": 99}, "invalid_field", "/version"),
    ({"facts": {}}, "invalid_field", "/facts"),
    ([], "invalid_field", ""),
    ("x", "invalid_field", ""),
]


@pytest.mark.parametrize("patch, code, pointer", FAULTS, ids=lambda v: str(v)[:30])
def test_a_bad_patch_is_named_and_changes_nothing(api: Api, analysed: dict, patch, code: str, pointer: str):
    before = words(api, analysed)
    problem = api.problem("PATCH", f"{address(analysed)}/metadata", 422, code, json=patch)
    assert [fault["pointer"] for fault in problem.get("errors", [{"pointer": pointer}])] == [pointer]
    assert words(api, analysed) == before


def test_if_match_lets_only_the_first_of_two_editors_through(api: Api, analysed: dict):
    etag = api.get(address(analysed)).headers["etag"]
    path = f"{address(analysed)}/metadata"
    first = api.patch(path, json={"alt": "first"}, headers={"If-Match": etag})
    assert first.headers["etag"] != etag
    api.problem("PATCH", path, 412, "metadata_changed", json={"alt": "second"}, headers={"If-Match": etag})
    assert words(api, analysed)["alt"] == "first"
    api.patch(path, json={"alt": "third"}, headers={"If-Match": first.headers["etag"]})
    api.patch(path, json={"alt": "fourth"}, headers={"If-Match": "*"})
    api.patch(path, json={"alt": "fifth"})


def test_words_of_a_person_are_not_overwritten_by_analysing_again(api: Api, analysed: dict):
    api.patch(f"{address(analysed)}/metadata", json={"alt": "Mine."})
    api.analyze(analysed["sessionId"])
    assert words(api, analysed)["alt"] == "Mine."


# --- versions


def test_versions_tell_who_changed_what_and_when(api: Api, analysed: dict):
    path = f"{address(analysed)}/metadata"
    api.patch(path, json={"alt": "two"})
    api.patch(path, json={"alt": "three"})
    rows = api.get(f"{path}/versions").json()["data"]
    assert sorted(row["version"] for row in rows) == [1, 2, 3]
    by_version = {row["version"]: row for row in rows}
    assert by_version[3]["metadata"]["alt"] == "three"
    assert by_version[1]["changedBy"] == "analyze"
    assert by_version[2]["changedBy"].startswith("key_")
    assert all(row["changedAt"] for row in rows)


def test_an_earlier_version_can_be_restored_as_a_new_one(api: Api, analysed: dict):
    first = words(api, analysed)
    path = f"{address(analysed)}/metadata"
    api.patch(path, json={"alt": "two", "seoTags": ["x"]})
    answer = api.post(f"{path}/restore", json={"version": 1})
    after = words(api, analysed)
    assert (after["alt"], after["seoTags"], after["version"]) == (first["alt"], first["seoTags"], 3)
    assert answer.headers["etag"] == api.get(address(analysed)).headers["etag"]


@pytest.mark.parametrize(
    "body, status", [({"version": 99}, 422), ({"version": 0}, 422), ({"version": "1"}, 422), ({}, 422)]
)
def test_a_version_that_never_was_cannot_be_restored(api: Api, analysed: dict, body: dict, status: int):
    before = words(api, analysed)
    assert api.request("POST", f"{address(analysed)}/metadata/restore", json=body).status_code == status
    assert words(api, analysed) == before


# --- GET and PUT, JSON


def test_metadata_of_a_session_are_given_in_one_answer(api: Api, analysed: dict):
    body = api.get(f"/v1/sessions/{analysed['sessionId']}/metadata").json()
    assert body["sessionId"] == analysed["sessionId"]
    assert [row["imageId"] for row in body["data"]] == [image["id"] for image in analysed["images"]]
    assert [row["originalFilename"] for row in body["data"]] == ["one.jpg", "two.jpg"]
    assert [row["metadata"] for row in body["data"]] == [image["metadata"] for image in analysed["images"]]


def test_what_was_got_can_be_put_back_and_changes_nothing_but_what_was_changed(api: Api, analysed: dict):
    path = f"/v1/sessions/{analysed['sessionId']}/metadata"
    body = api.get(path).json()
    body["data"][1]["metadata"]["alt"] = "Changed."
    api.put(path, json=body)
    assert words(api, analysed, 1)["alt"] == "Changed."
    assert words(api, analysed, 0)["alt"] == analysed["images"][0]["metadata"]["alt"]


def test_put_merges_partly(api: Api, analysed: dict):
    path = f"/v1/sessions/{analysed['sessionId']}/metadata"
    rows = [{"imageId": image["id"], "metadata": {"title": f"Title {i}"}} for i, image in enumerate(analysed["images"])]
    api.put(path, json={"data": rows})
    for i in range(2):
        after = words(api, analysed, i)
        assert (after["title"], after["alt"]) == (f"Title {i}", analysed["images"][i]["metadata"]["alt"])


@pytest.mark.parametrize(
    "second, pointer",
    [
        ({"imageId": "{1}", "metadata": {"altt": "x"}}, "/data/1/metadata/altt"),
        ({"imageId": "{1}", "metadata": {"alt": 7}}, "/data/1/metadata/alt"),
        ({"imageId": "img_01jd000000000000000000000a", "metadata": {"alt": "x"}}, "/data/1/imageId"),
        ({"imageId": "{1}", "metdata": {}}, "/data/1/metdata"),
        ({"metadata": {"alt": "x"}}, "/data/1/imageId"),
    ],
)
def test_put_is_all_or_none(api: Api, analysed: dict, second: dict, pointer: str):
    path = f"/v1/sessions/{analysed['sessionId']}/metadata"
    row = {n: analysed["images"][1]["id"] if v == "{1}" else v for n, v in second.items()}
    rows = [{"imageId": analysed["images"][0]["id"], "metadata": {"alt": "Must not stay."}}, row]
    answer = api.request("PUT", path, json={"data": rows})
    assert answer.status_code == 422, answer.text
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]], answer.text
    assert words(api, analysed, 0) == analysed["images"][0]["metadata"]


# --- CSV


def read_csv(api: Api, session: dict) -> tuple[str, list[dict]]:
    answer = api.get(f"/v1/sessions/{session['sessionId']}/metadata", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].lower().replace(" ", "").startswith("text/csv;charset=utf-8")
    return answer.text, list(csv.DictReader(io.StringIO(answer.text, newline="")))


def put_csv(api: Api, session: dict, text: str | bytes, status: int = 200):
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    content = text.encode() if isinstance(text, str) else text
    return api.put(f"/v1/sessions/{session['sessionId']}/metadata", status, content=content, headers=headers)


def test_csv_has_the_columns_and_rows_of_rfc_4180(api: Api, analysed: dict):
    api.patch(f"{address(analysed)}/metadata", json={"alt": 'A "quoted", long\nline', "seoTags": ["a", "b c"]})
    text, rows = read_csv(api, analysed)
    assert text.lstrip("\ufeff").split("\r\n")[0] == ",".join(COLUMNS)
    assert text.endswith("\r\n")
    assert rows[0]["alt"] == 'A "quoted", long\nline'
    assert rows[0]["seoTags"] == "a; b c"
    assert [row["imageId"] for row in rows] == [image["id"] for image in analysed["images"]]
    assert rows[0]["version"] == "2"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed_and_read_back_without(api: Api, analysed: dict, start: str):
    value = start + 'cmd|"/C calc"!A0'
    api.patch(f"{address(analysed)}/metadata", json={"alt": value})
    text, rows = read_csv(api, analysed)
    assert rows[0]["alt"] == "'" + value
    put_csv(api, analysed, text)
    assert words(api, analysed)["alt"] == value


def test_an_apostrophe_of_ones_own_survives_the_round_trip(api: Api, analysed: dict):
    for value in ("'tis a picture", "'=1+1", "''=x", "'"):
        api.patch(f"{address(analysed)}/metadata", json={"alt": value})
        put_csv(api, analysed, read_csv(api, analysed)[0])
        assert words(api, analysed)["alt"] == value


def test_csv_that_was_got_can_be_put_back_unchanged(api: Api, analysed: dict):
    before = [words(api, analysed, i) for i in range(2)]
    put_csv(api, analysed, read_csv(api, analysed)[0])
    after = [words(api, analysed, i) for i in range(2)]
    shown = ("alt", "title", "caption", "description", "filename", "seoTags", "language", "altRole", "copyright")
    assert [{n: m[n] for n in shown} for m in after] == [{n: m[n] for n in shown} for m in before]


@pytest.mark.parametrize("mark, end", [("", "\r\n"), ("", "\n"), ("\ufeff", "\r\n")], ids=["plain", "unix", "BOM"])
def test_csv_with_few_columns_in_any_order_is_taken(api: Api, analysed: dict, mark: str, end: str):
    lines = ["title,imageId,seoTags", f'"Grüße, 狐",{analysed["images"][0]["id"]},fox; white snow ;']
    put_csv(api, analysed, mark + end.join(lines) + end)
    after = words(api, analysed)
    assert (after["title"], after["seoTags"]) == ("Grüße, 狐", ["fox", "white snow"])
    assert after["alt"] == analysed["images"][0]["metadata"]["alt"]


CSV_FAULTS = [
    ("imageId,altt\r\n{0},x\r\n", 422),
    ("alt\r\nx\r\n", 422),
    ("imageId,alt\r\nimg_01jd000000000000000000000a,x\r\n", 422),
    ("imageId,alt,alt\r\n{0},x,y\r\n", 422),
    ("imageId,altRole\r\n{0},pretty\r\n", 422),
    ("imageId,alt\r\n{0},must not stay\r\nimg_01jd000000000000000000000a,x\r\n", 422),
    ('imageId,alt\r\n{0},"never closed\r\n', None),
    ("", None),
]


@pytest.mark.parametrize("text, status", CSV_FAULTS, ids=range(len(CSV_FAULTS)))
def test_bad_csv_changes_nothing(api: Api, analysed: dict, text: str, status: int | None):
    sent = text.replace("{0}", analysed["images"][0]["id"]).replace("{1}", analysed["images"][1]["id"])
    answer = put_csv(api, analysed, sent, None)
    assert answer.status_code == status or (status is None and answer.status_code in (400, 422)), answer.text
    assert words(api, analysed) == analysed["images"][0]["metadata"]


def test_csv_in_another_encoding_is_refused(api: Api, analysed: dict):
    sent = f"imageId,alt\r\n{analysed['images'][0]['id']},gr\xfcn\r\n".encode("latin-1")
    problem = put_csv(api, analysed, sent, None)
    assert problem.status_code in (400, 422)
    assert words(api, analysed) == analysed["images"][0]["metadata"]


def test_a_stale_row_of_csv_is_refused(api: Api, analysed: dict):
    text, _ = read_csv(api, analysed)
    api.patch(f"{address(analysed)}/metadata", json={"alt": "newer"})
    answer = put_csv(api, analysed, re.sub(r"\bone\.jpg,[^,]*", "one.jpg,older", text), None)
    assert (answer.status_code, answer.json()["code"]) == (412, "metadata_changed")
    assert words(api, analysed)["alt"] == "newer"
