"""`pictor optimize` and `pictor analyze` without a server, and the commands beside one."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from support import pictures
from support.server import BINARY, Server


def pictor(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PICTOR_")}
    return subprocess.run(
        [BINARY, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.jpg").write_bytes(pictures.jpeg())
    (tmp_path / "two.png").write_bytes(pictures.png())
    (tmp_path / "notes.jpg").write_text("just some words")
    return tmp_path


def test_optimize_writes_into_the_folder_that_is_asked_for(folder: Path):
    ran = pictor(folder, "optimize", "one.jpg", "two.png", "-o", "out", "--format", "webp", "--width", "100")
    assert ran.returncode == 0, ran.stderr
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["one.webp", "two.webp"]
    for name in ("one.webp", "two.webp"):
        picture = pictures.opened((folder / "out" / name).read_bytes())
        assert (picture.format, picture.size) == ("WEBP", (100, 75))
    assert not (folder / "data").exists(), "a command without a server needs no data folder"


def test_optimize_never_replaces_the_picture_itself(folder: Path):
    before = (folder / "one.jpg").read_bytes()
    ran = pictor(folder, "optimize", "one.jpg", "--format", "jpeg", "--quality", "30")
    assert ran.returncode == 0, ran.stderr
    assert (folder / "one.jpg").read_bytes() == before
    assert (folder / "one-optimized.jpg").exists()
    again = pictor(folder, "optimize", "one.jpg", "--format", "jpeg", "--quality", "30")
    assert again.returncode == 1 and "--force" in again.stderr


def test_two_pictures_of_one_name_do_not_overwrite_each_other(folder: Path):
    (folder / "one.png").write_bytes(pictures.png())
    ran = pictor(folder, "optimize", "one.jpg", "one.png", "-o", "out", "--format", "webp")
    made = list((folder / "out").iterdir())
    assert len(made) == 2 or ran.returncode == 1, [path.name for path in made]


def test_json_is_a_line_a_file_and_one_bad_file_fails_alone(folder: Path):
    ran = pictor(folder, "optimize", "one.jpg", "notes.jpg", "two.png", "-o", "out", "--json")
    assert ran.returncode == 1
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [row["file"] for row in rows] == ["one.jpg", "notes.jpg", "two.png"]
    assert rows[1]["error"]["code"] == "unsupported_media_type"
    assert rows[0]["bytesBefore"] == len(pictures.jpeg())
    assert rows[0]["bytesAfter"] == (folder / "out" / "one.webp").stat().st_size
    assert not [path for path in (folder / "out").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "words",
    [("optimize",), ("optimize", "one.jpg", "--quality", "900"), ("optimize", "one.jpg", "--what"), ("nothing",), ()],
)
def test_a_wrong_command_line_is_2_and_does_nothing(folder: Path, words: tuple[str, ...]):
    before = sorted(folder.iterdir())
    ran = pictor(folder, *words)
    assert ran.returncode == 2, (ran.returncode, ran.stdout, ran.stderr)
    assert ran.stderr and not ran.stdout
    assert sorted(folder.iterdir()) == before


def test_a_file_that_is_not_there_is_told(folder: Path):
    ran = pictor(folder, "optimize", "missing.jpg")
    assert ran.returncode == 1
    assert "missing.jpg" in ran.stderr


def test_analyze_says_what_is_seen(folder: Path):
    ran = pictor(folder, "analyze", "one.jpg", "two.png", "--json")
    assert ran.returncode == 0, ran.stderr
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert all(row["metadata"]["alt"] and row["metadata"]["facts"]["colours"] for row in rows)
    plain = pictor(folder, "analyze", "one.jpg")
    assert rows[0]["metadata"]["alt"] in plain.stdout
    assert pictor(folder, "analyze", "one.jpg", "--language", "tlh").returncode == 2


def test_help_and_version_answer(folder: Path):
    for words in (("--help",), ("optimize", "--help"), ("--version",)):
        ran = pictor(folder, *words)
        assert ran.returncode == 0 and ran.stdout, words


def test_an_account_and_its_key_are_made_beside_a_running_server(server: Server):
    made = server.command("account", "create", "--name", "cli", "--email", "cli@example.com", "--plan", "Pro")
    assert made.returncode == 0
    assert made.stdout.startswith("sk-") and made.stdout.count("\n") == 1
    listed = server.command("account", "list").stdout
    assert "cli@example.com" in listed and "Pro" in listed
    assert made.stdout.strip() not in server.command("key", "list").stdout


@pytest.mark.parametrize(
    "words", [("--name", "", "--email", "a@example.com"), ("--name", "x", "--email", "nobody"), ("--name", "x")]
)
def test_an_account_that_cannot_be_is_refused(server: Server, words: tuple[str, ...]):
    made = server.command("account", "create", *words)
    assert made.returncode != 0 and made.stdout == ""
