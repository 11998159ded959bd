"""Pictor as the benches ask it: a resident server, /v1/optimize, its receipt."""

import json
import os
import urllib.parse
from pathlib import Path

from harness import BenchError, Server, cpu_of_tree

MIME = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}


class Ours:
    """One server for a bench. Thread-safe: every call has a connection of its own."""

    def __init__(self, name: str, workers: int):
        self.server = Server(name, PICTOR_WORKERS=str(workers))

    def optimize(self, source: Path, output: Path, distinct: bool = True, **fields: object) -> dict:
        """Writes `output`; the receipt's variant. `distinct` adds 8 bytes after the end so that nothing is known already."""
        content = source.read_bytes() + (os.urandom(8) if distinct else b"")
        query = urllib.parse.urlencode({name: value for name, value in fields.items() if value is not None})
        status, _, body = self.server.request(
            "POST", f"/v1/optimize?{query}", content, None,
            Content_Type=MIME[source.suffix], Accept="application/json",
        )  # fmt: skip
        if status != 200:
            raise BenchError(f"/v1/optimize?{query} answered {status}: {body[:300].decode(errors='replace')}")
        answer = json.loads(body)
        status, _, picture = self.server.request("GET", answer["url"])
        if status != 200:
            raise BenchError(f"{answer['url']} answered {status}")
        output.write_bytes(picture)
        return answer["variant"]

    def cpu(self) -> float:
        return cpu_of_tree(self.server.pid)

    def __enter__(self) -> "Ours":
        self.server.__enter__()
        return self

    def __exit__(self, *words: object) -> None:
        self.server.__exit__(*words)
