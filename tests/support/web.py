"""A web server of the tests' own: pictures at addresses, redirects, and everything else that can go wrong there."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import pictures


class Web:
    """Serves until `close`. `seen` are the paths that were asked for."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.seen.append(self.path)
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
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        if path == "/photo.jpg":
            self.send(request, 200, pictures.jpeg())
        elif path == "/page.html":
            self.send(request, 200, b"<!doctype html><p>Not a picture.</p>")
        elif path == "/to":
            self.send(request, 302, b"", location=query)
        elif path == "/hops":
            left = int(query)
            self.send(request, 302, b"", location=f"/hops?{left - 1}" if left > 1 else "/photo.jpg")
        elif path == "/loop":
            self.send(request, 302, b"", location="/loop")
        elif path == "/endless":
            self.send_forever(request)
        elif path == "/broken":
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + pictures.jpeg()[:1000])
        elif path == "/garbage":
            request.wfile.write(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
        else:
            self.send(request, 404, b"no such page")

    @staticmethod
    def send(request: BaseHTTPRequestHandler, status: int, body: bytes, location: str = "") -> None:
        request.send_response(status)
        request.send_header("Content-Type", "image/jpeg")
        request.send_header("Content-Length", str(len(body)))
        if location:
            request.send_header("Location", location)
        request.end_headers()
        request.wfile.write(body)

    @staticmethod
    def send_forever(request: BaseHTTPRequestHandler) -> None:
        """More than any limit, without saying how much; stops when the other side hangs up."""
        request.send_response(200)
        request.end_headers()
        try:
            for _ in range(4_000):
                request.wfile.write(b"\xff\xd8\xff\xe0" + bytes(65_532))
        except OSError:
            time.sleep(0)
