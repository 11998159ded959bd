#!/usr/bin/env python3
"""Shows Pictor at work: starts a server of its own, takes six pictures through the five steps, prints what came out.

Session, analyze with live events, review with one edit, export in WebP, AVIF and JPEG with the words inside, download of
the files and of the archive. The files stay in build/demo; the server ends. Exits 0 only if every step did what
docs/openapi.yaml promises. Standard library only.

Usage: ./run demo
"""

import hashlib
import http.client
import json
import mimetypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build" / "demo"
READY_SECONDS = 60
CALL_SECONDS = 120
# The formats to show, one for each picture in turn.
FORMATS = ["webp", "avif", "jpeg"]
EDIT = {"caption": "A dog on a porch, beside a bicycle.", "review": "approved"}


class StepError(Exception):
    """A step of the demonstration did not do what the API promises."""


class Answer:
    def __init__(self, status: int, headers: http.client.HTTPMessage, body: bytes):
        self.status, self.headers, self.body = status, headers, body

    def json(self) -> dict:
        return json.loads(self.body)


class Client:
    """Speaks to the server by one connection a call."""

    def __init__(self, port: int, key: str = ""):
        self.port, self.key = port, key

    def open(self, method: str, path: str, body: bytes | None, headers: dict) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CALL_SECONDS)
        connection.request(method, path, body, {"X-API-Key": self.key, **headers} if self.key else headers)
        return connection.getresponse()

    def call(self, method: str, path: str, expected: int, body: bytes | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with self.open(method, path, body, named) as response:
            answer = Answer(response.status, response.headers, response.read())
        if answer.status != expected:
            raise StepError(
                f"{method} {path} answered {answer.status}, not {expected}: {answer.body[:400].decode(errors='replace')}"
            )
        return answer

    def send_json(self, method: str, path: str, value: dict, expected: int, **headers: str) -> Answer:
        body = json.dumps(value, ensure_ascii=False).encode()
        return self.call(method, path, expected, body, Content_Type="application/json", **headers)

    def events(self, path: str, value: dict) -> Iterator[tuple[str, dict]]:
        """Events of a POST as they arrive, to the last. Checks that their ids count from 1 without a gap."""
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        with self.open("POST", path, json.dumps(value).encode(), headers) as response:
            if response.status != 200:
                raise StepError(
                    f"POST {path} answered {response.status}: {response.read(400).decode(errors='replace')}"
                )
            expected, fields = 1, {}
            while line := response.readline():
                text = line.decode().rstrip("\r\n")
                if text == "" and "data" in fields:
                    if fields.get("id") != str(expected):
                        raise StepError(f"event {expected} of {path} has the id {fields.get('id')}")
                    yield fields.get("event", "message"), json.loads(fields["data"])
                    expected, fields = expected + 1, {}
                elif text and not text.startswith(":"):
                    name, _, content = text.partition(":")
                    fields[name] = content.removeprefix(" ")


class Server:
    """build/release/pictor with a data folder of its own, on a free port of the loopback."""

    def __init__(self, data: Path, log: Path):
        program = ROOT / "build" / "release" / "pictor"
        if not program.exists():
            raise StepError(f"{program.relative_to(ROOT)} is missing; ./run build makes it")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.data, self.log = data, log
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PICTOR_")}
        environment |= {"PICTOR_LISTEN": f"127.0.0.1:{self.port}", "PICTOR_DATA": str(data)}
        with log.open("wb") as output:
            self.child = subprocess.Popen([program, "serve"], stdout=output, stderr=output, env=environment, cwd=PLACE)

    def wait_until_ready(self) -> str:
        """The first key, once /readyz says 200."""
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.child.poll() is not None:
                raise StepError(f"the server ended with {self.child.returncode}:\n{self.last_words()}")
            try:
                if Client(self.port).open("GET", "/readyz", None, {}).status == 200:
                    return (self.data / "first-key").read_text(encoding="ascii").strip()
            except OSError:
                pass
            time.sleep(0.05)
        raise StepError(f"the server was not ready within {READY_SECONDS} s:\n{self.last_words()}")

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def stop(self) -> None:
        """SIGTERM; the server has 10 seconds by its own promise."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(12)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise StepError("the server did not end within 12 s of SIGTERM") from None


def heading(number: int, text: str) -> None:
    print(f"\n{number}. {text}", flush=True)


def pictures() -> list[Path]:
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "corpus", "demo"], stdout=subprocess.PIPE, text=True, check=False
    )
    if found.returncode != 0:
        raise StepError("the demonstration's pictures could not be fetched")
    return [Path(line) for line in found.stdout.splitlines()]


def multipart(files: list[Path]) -> tuple[bytes, str]:
    boundary = uuid.uuid4().hex
    parts = []
    for file in files:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="images[]"; filename="{file.name}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + file.read_bytes() + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def create_session(client: Client, files: list[Path]) -> dict:
    body, kind = multipart(files)
    session = client.call("POST", "/v1/sessions", 201, body, Content_Type=kind).json()
    if len(session["images"]) != len(files) or session.get("rejected"):
        raise StepError(f"{len(files)} pictures went in, {len(session['images'])} came: {session.get('rejected')}")
    for image in session["images"]:
        print(
            f"   {image['id']}  {image['originalFilename']}  {image['width']}×{image['height']}  {image['size']:,} bytes"
        )
    return session


def watch(client: Client, path: str, value: dict, names: dict[str, str]) -> dict:
    """Prints a job's events as they come. Returns the `complete` event; a picture's failure is the step's."""
    started, last = time.monotonic(), None
    for kind, event in client.events(path, value):
        name = names.get(event.get("imageId", ""), "")
        seconds = f"{time.monotonic() - started:6.2f} s"
        if kind == "progress":
            print(
                f"   {seconds}  progress  {name}: {event['status']} ({event['current']}/{event['total']})", flush=True
            )
        elif kind == "result" and "metadata" in event:
            print(f"   {seconds}  result    {name}: {event['metadata']['alt'] or '(decorative)'}", flush=True)
        elif kind == "result":
            made = ", ".join(f"{v['filename']} {v['bytes']:,} bytes" for v in event["variants"])
            print(f"   {seconds}  result    {name}: {made}", flush=True)
        elif kind == "error":
            raise StepError(f"{name} failed: {event['problem'].get('detail')}")
        elif kind == "complete":
            print(f"   {seconds}  complete  {event['processed']} done, {event['failed']} failed", flush=True)
        last = (kind, event)
    if last is None or last[0] != "complete":
        raise StepError(f"the events of {path} ended without `complete`")
    if last[1]["failed"] or last[1]["status"] != "completed":
        raise StepError(f"the job ended {last[1]['status']} with {last[1]['failed']} failures")
    return last[1]


def review(client: Client, session: str, names: dict[str, str]) -> dict[str, dict]:
    """Reads all words, edits the first picture's, and reads them back."""
    listed = client.call("GET", f"/v1/sessions/{session}/metadata", 200).json()["data"]
    words = {entry["imageId"]: entry["metadata"] for entry in listed}
    for image, metadata in words.items():
        mark = f"please look: {', '.join(metadata['reasons'])}" if metadata["needsReview"] else "sure"
        print(
            f"   {names[image]}: {metadata['title']} | {metadata['filename']} | {', '.join(metadata['seoTags'][:4])} | {mark}"
        )
    first = next(iter(words))
    path = f"/v1/sessions/{session}/images/{first}"
    etag = client.call("GET", path, 200).headers["ETag"]
    edited = client.send_json("PATCH", f"{path}/metadata", EDIT, 200, If_Match=etag).json()
    edited = edited.get("metadata", edited)
    if edited["caption"] != EDIT["caption"] or edited["version"] <= words[first]["version"]:
        raise StepError("the edit was answered but not made")
    print(f"   edited {names[first]}: “{edited['caption']}” (version {edited['version']}, {edited['review']})")
    words[first] = edited
    return words


def download(client: Client, export: dict, folder: Path) -> None:
    """Every file, checked against its digest, and the archive with the same files in it."""
    wanted = {}
    for image in export["images"]:
        for variant in image["variants"]:
            body = client.call("GET", variant["url"], 200).body
            if hashlib.sha256(body).hexdigest() != variant["sha256"] or len(body) != variant["bytes"]:
                raise StepError(f"{variant['filename']} arrived with other bytes than promised")
            (folder / variant["filename"]).write_bytes(body)
            wanted[variant["filename"]] = len(body)
    archive = folder / "pictures.zip"
    archive.write_bytes(client.call("GET", export["archiveUrl"], 200).body)
    with zipfile.ZipFile(archive) as opened:
        if opened.testzip() is not None or {i.filename: i.file_size for i in opened.infolist()} != wanted:
            raise StepError("the archive does not hold the same files")
    print(f"   {len(wanted)} files and pictures.zip ({archive.stat().st_size:,} bytes) in {folder.relative_to(ROOT)}")


def print_table(export: dict, words: dict[str, dict], sizes: dict[str, int]) -> None:
    rows = [("picture", "alt text", "bytes before", "after", "saved %")]
    before_all = after_all = 0
    for image in export["images"]:
        variant, before = image["variants"][0], sizes[image["imageId"]]
        alt = words[image["imageId"]]["alt"] or "(decorative)"
        saved = 100 * (1 - variant["bytes"] / before)
        rows.append((variant["filename"], alt, f"{before:,}", f"{variant['bytes']:,}", f"{saved:.1f}"))
        before_all, after_all = before_all + before, after_all + variant["bytes"]
    rows.append(("all", "", f"{before_all:,}", f"{after_all:,}", f"{100 * (1 - after_all / before_all):.1f}"))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    print()
    for index, row in enumerate(rows):
        cells = [cell.ljust(widths[i]) if i < 2 else cell.rjust(widths[i]) for i, cell in enumerate(row)]
        print("  ".join(cells).rstrip())
        if index in (0, len(rows) - 2):
            print("  ".join("-" * width for width in widths))


def five_steps(client: Client, files: list[Path]) -> None:
    heading(1, "Session: six pictures go in")
    session = create_session(client, files)
    names = {image["id"]: image["originalFilename"] for image in session["images"]}
    sizes = {image["id"]: image["size"] for image in session["images"]}
    identifier = session["sessionId"]

    heading(2, "Analyze: what is in them, with live events")
    watch(client, "/v1/analyze", {"sessionId": identifier, "options": {"language": "en"}}, names)

    heading(3, "Review: read the words, edit some")
    words = review(client, identifier, names)

    heading(4, "Export: WebP, AVIF and JPEG with the words inside")
    # JPEG would paint a ground under what is transparent.
    formats = {
        image["id"]: "webp" if image["hasAlpha"] else FORMATS[index % len(FORMATS)]
        for index, image in enumerate(session["images"])
    }
    wish = {
        "sessionId": identifier,
        "images": [{"id": image, "settings": {"format": form}} for image, form in formats.items()],
        "settings": {"preset": "high", "embedMetadata": True},
    }
    done = watch(client, "/v1/export", wish, names)

    heading(5, "Download: each file and the archive")
    export = client.call("GET", f"/v1/exports/{done['exportId']}", 200).json()
    download(client, export, PLACE)
    print_table(export, words, sizes)


def main() -> int:
    server = None
    try:
        files = pictures()
        shutil.rmtree(PLACE, ignore_errors=True)
        PLACE.mkdir(parents=True)
        server = Server(PLACE / "data", PLACE / "server.log")
        key = server.wait_until_ready()
        print(f"Pictor listens on http://127.0.0.1:{server.port}, its data lies in {server.data.relative_to(ROOT)}")
        five_steps(Client(server.port, key), files)
        server.stop()
        if server.child.returncode != 0:
            raise StepError(f"the server ended with {server.child.returncode}:\n{server.last_words()}")
    except (StepError, OSError, KeyError, ValueError, http.client.HTTPException) as error:
        kind = "" if isinstance(error, StepError) else f"{type(error).__name__}: "
        print(f"\ndemo: {kind}{error}", file=sys.stderr)
        return 1
    finally:
        if server is not None and server.child.poll() is None:
            server.child.kill()
            server.child.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
