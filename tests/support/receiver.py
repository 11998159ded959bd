"""A webhook receiver of the tests' own: keeps what it was sent, and answers as badly as its path says."""

import threading
import time
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS = 30


@dataclass
class Message:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float


class Receiver:
    """Serves until `close`. Paths: `/<status>` answers so, `/silent`, `/nothing`, `/huge`, `/drip`, `/drip-head` as they
    say; `/flaky-N` fails N times, `/again-S` once and asks to be left alone for S seconds (`date`: 2)."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.changed = threading.Condition()
        self.closing = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with owner.changed:
                    owner.messages.append(Message(self.path, headers, body, time.monotonic()))
                    owner.changed.notify_all()
                owner.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def at(self, path: str) -> list[Message]:
        with self.changed:
            return [message for message in self.messages if message.path == path]

    def wait(self, path: str, count: int = 1) -> list[Message]:
        """The messages at `path`, once there are `count`."""
        with self.changed:
            came = self.changed.wait_for(lambda: sum(m.path == path for m in self.messages) >= count, SECONDS)
        assert came, f"{path}: {len(self.at(path))} messages, not {count}"
        return self.at(path)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        what = request.path.rsplit("/", 1)[-1]
        if what == "silent":
            self.closing.wait(SECONDS)
        elif what == "huge":
            self.send_forever(request, bytes(65_536), 0)
        elif what == "drip":
            self.send_forever(request, b"x", 1)
        elif what == "nothing":
            request.close_connection = True
        elif what == "drip-head":
            self.send_slowly(request, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        elif what.startswith("again-"):
            self.ask_for_rest(request, what.removeprefix("again-"))
        elif what.startswith("flaky-"):
            self.send(request, 500 if len(self.at(request.path)) <= int(what.removeprefix("flaky-")) else 200)
        else:
            self.send(request, int(what))

    def send(self, request: BaseHTTPRequestHandler, status: int) -> None:
        body = f"answer {status}".encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        if status in (301, 302, 307):
            request.send_header("Location", self.url("/200-redirected"))
        request.end_headers()
        request.wfile.write(body)

    def ask_for_rest(self, request: BaseHTTPRequestHandler, form: str) -> None:
        """503 with a Retry-After of 2 s (as seconds or as a date) the first time, then 200."""
        if len(self.at(request.path)) > 1:
            self.send(request, 200)
            return
        request.send_response(503)
        request.send_header("Retry-After", formatdate(time.time() + 2, usegmt=True) if form == "date" else form)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def send_slowly(self, request: BaseHTTPRequestHandler, answer: bytes) -> None:
        """A byte a second."""
        try:
            for byte in answer:
                request.wfile.write(bytes([byte]))
                if self.closing.wait(1):
                    return
        except OSError:
            pass

    def send_forever(self, request: BaseHTTPRequestHandler, piece: bytes, pause: float) -> None:
        """10 MB, or until the other side hangs up."""
        request.send_response(200)
        request.send_header("Content-Length", "10000000")
        request.end_headers()
        try:
            for _ in range(10_000_000 // len(piece)):
                request.wfile.write(piece)
                if self.closing.wait(pause) if pause else self.closing.is_set():
                    return
        except OSError:
            pass
