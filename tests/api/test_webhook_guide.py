"""The receivers of docs/guides/webhooks.md, run as they stand: they take what is signed and refuse what is not."""

import os
import re
import subprocess
import sys
import time

import httpx
import pytest
from support.api import Api
from support.server import ROOT, free_port

PAGE = ROOT / "docs" / "guides" / "webhooks.md"


def block(language: str) -> str:
    found = re.search(rf"<!--[^>]*runs[^>]*-->\s*```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"docs/guides/webhooks.md has no block of {language} that this test runs"
    return found[1]


@pytest.mark.parametrize(
    "language, command",
    [("python", [sys.executable, "-c"]), ("js", ["node", "--input-type=module", "-e"])],
)
def test_the_receiver_of_the_guide(start_server, language: str, command: list[str]):
    server = start_server(PICTOR_ALLOWED_NETWORKS="127.0.0.0/8")
    api = Api(server, server.first_key)
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    made = api.post("/v1/webhooks", 201, json={"url": url, "events": ["job.failed"]}).json()
    environment = {**os.environ, "WEBHOOK_SECRET": made["secret"], "PORT": str(port)}
    receiver = subprocess.Popen(
        [*command, block(language)], cwd=ROOT / "build" / "npm", env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert post_unsigned(url) == 401
        api.post(f"/v1/webhooks/{made['id']}/test", 202)
        assert receiver.stdout.readline() == "webhook.test 1\n"
        until = time.monotonic() + 30
        while (newest := api.get(f"/v1/webhooks/{made['id']}/deliveries").json()["data"][0])["status"] == "pending":
            assert time.monotonic() < until
            time.sleep(0.05)
        assert newest["status"] == "delivered" and newest["answer"]["status"] == 204
    finally:
        receiver.kill()
        receiver.wait()
        api.close()


def post_unsigned(url: str) -> int:
    """What it answers to a message without a signature, once it listens."""
    until = time.monotonic() + 30
    while True:
        try:
            return httpx.post(url, content=b'{"type":"job.failed"}').status_code
        except httpx.TransportError:
            assert time.monotonic() < until, "the receiver does not listen"
            time.sleep(0.05)
