"""The code of the guides, run as it stands: what a reader types must work."""

import os
import re
import shutil
import subprocess

import pytest
from support import pictures
from support.server import ROOT, Server

SHELL = re.compile(r"```(?:sh|bash)\n(.*?)```", re.DOTALL)
FENCE = re.compile(r"<!--[^>]*runs[^>]*-->\s*```(?:sh|bash)\n(.*?)```", re.DOTALL)
# Lines that start or install something: the test has its own server.
NOT_HERE = re.compile(r"^\s*(\./run|git clone|sudo|apt|cd )|build/release/pictor")


def run(script: str, server: Server, folder) -> subprocess.CompletedProcess:
    """In a folder that looks like a reader's: the data folder at `data`, some pictures."""
    (folder / "data").symlink_to(server.data)
    for name in ("photo.jpg", "one.jpg", "two.jpg", "fox.jpg", "picture.jpg"):
        (folder / name).write_bytes(pictures.jpeg(480, 360, len(name)))
    for name in ("logo.png", "photo.png"):
        (folder / name).write_bytes(pictures.png(200, 150))
    script = script.replace("http://127.0.0.1:8080", server.url).replace("http://localhost:8080", server.url)
    script = re.sub(r"curl ", "curl --fail-with-body ", script)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=folder, capture_output=True, text=True, timeout=150, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def tools():
    for tool in ("curl", "jq"):
        assert shutil.which(tool), f"{tool} is missing: it belongs in setup/apt-test.txt"


def test_the_five_steps_of_the_readme(server: Server, tmp_path):
    blocks = FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert blocks, "README.md has no block that this test runs"
    ran = run("\n".join(blocks) + "\nunzip -l pictures.zip 2>/dev/null || test -s pictures.zip", server, tmp_path)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    assert (tmp_path / "pictures.zip").read_bytes().startswith(b"PK")


def test_the_quickstart(server: Server, tmp_path):
    page = (ROOT / "docs" / "guides" / "quickstart.md").read_text(encoding="utf-8")
    blocks = [block for block in SHELL.findall(page) if not any(NOT_HERE.search(line) for line in block.splitlines())]
    assert blocks
    ran = run("\n".join(blocks), server, tmp_path)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    assert '"code"' not in ran.stdout, ran.stdout[-3000:]
