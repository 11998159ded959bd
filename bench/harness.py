"""What all harnesses share: a server of their own, measuring process trees by /proc, results with the machine's description.

Standard library only. Figures are medians over rounds; where two things are compared their rounds alternate (A B A B).
"""

import contextlib
import datetime
import fcntl
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "release" / "pictor"
RESULTS = ROOT / "bench" / "results"
TICKS = os.sysconf("SC_CLK_TCK")
READY_SECONDS = 60


class BenchError(Exception):
    """The bench could not be run: no figure."""


# --- processes -------------------------------------------------------------------------------------------------------


def stat_of(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat after the command's name, or None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None


def tree_of(pid: int) -> list[int]:
    """The process and all that descend from it, itself first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_of(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    tree, open_ = [], [pid]
    while open_:
        tree.append(open_.pop())
        open_ += children.get(tree[-1], [])
    return tree


def rss_of(pid: int) -> int:
    """Resident bytes, 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def pss_of(pid: int) -> int:
    """Resident bytes, shared pages divided among those who share them; plain RSS where the kernel does not tell."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return rss_of(pid)


def cpu_of_tree(pid: int) -> float:
    """CPU seconds, user and system, of the tree; children that ended count by what their parents waited for."""
    total = 0
    for member in tree_of(pid):
        if fields := stat_of(member):
            total += sum(int(value) for value in fields[11:15])
    return total / TICKS


class Watch(threading.Thread):
    """Samples a number until stopped. `with Watch(f) as watch: …; watch.highest`."""

    def __init__(self, sample, interval: float = 0.02):
        super().__init__(daemon=True)
        self.sample, self.interval = sample, interval
        self.values: list[float] = []
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            self.values.append(self.sample())
            self.ended.wait(self.interval)

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.join()

    @property
    def highest(self) -> float:
        return max(self.values, default=0)


# --- server ----------------------------------------------------------------------------------------------------------


class Server:
    """build/release/pictor on a free port, with a data folder and a folder for temporary files of its own."""

    def __init__(self, name: str, **settings: str):
        if not PROGRAM.exists():
            raise BenchError(f"{PROGRAM.relative_to(ROOT)} is missing; ./run build makes it")
        self.place = ROOT / "build" / "bench" / name
        shutil.rmtree(self.place, ignore_errors=True)
        self.data, self.temporary = self.place / "data", self.place / "tmp"
        self.temporary.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {n: v for n, v in os.environ.items() if not n.startswith("PICTOR_")}
        environment |= {
            "PICTOR_LISTEN": f"127.0.0.1:{self.port}",
            "PICTOR_DATA": str(self.data),
            "TMPDIR": str(self.temporary),
            "PICTOR_RATE_LIMITS": "off",
        }
        environment |= settings
        with (self.place / "server.log").open("wb") as log:
            self.child = subprocess.Popen([PROGRAM, "serve"], stdout=log, stderr=log, env=environment, cwd=self.place)
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        self.key = (self.data / "first-key").read_text().strip()

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.child.poll() is not None:
                raise BenchError(f"the server ended with {self.child.returncode}: {self.last_words()}")
            with contextlib.suppress(OSError):
                if self.request("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.05)
        raise BenchError(f"the server was not ready within {READY_SECONDS} s: {self.last_words()}")

    @property
    def pid(self) -> int:
        return self.child.pid

    def last_words(self) -> str:
        return "\n".join((self.place / "server.log").read_text(errors="replace").splitlines()[-5:])

    def connect(self, seconds: float = 300) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def request(self, method: str, path: str, body: bytes | None = None, connection=None, **headers: str):
        """Status, headers and body of one call; names of headers with _ for -."""
        own = connection or self.connect()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if hasattr(self, "key"):
            named["X-API-Key"] = self.key
        own.request(method, path, body, named)
        answer = own.getresponse()
        got = answer.status, answer.headers, answer.read()
        if connection is None:
            own.close()
        return got

    def call(
        self, method: str, path: str, expected: int, value: object = None, connection=None, **headers: str
    ) -> dict:
        """A JSON call that must answer `expected`."""
        body = None if value is None else json.dumps(value).encode()
        if body is not None:
            headers["Content_Type"] = "application/json"
        status, _, answer = self.request(method, path, body, connection, **headers)
        if status != expected:
            raise BenchError(
                f"{method} {path} answered {status}, not {expected}: {answer[:300].decode(errors='replace')}"
            )
        return json.loads(answer) if answer else {}

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(15)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def ask_health(port: int, ended, times) -> None:
    """Asks /healthz every 5 ms until `ended`, then puts the seconds that each answer took into `times`.

    To be run in a process of its own, so that no other reader delays it.
    """
    taken = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    while not ended.is_set():
        started = time.monotonic()
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                taken.append(float("inf"))
                continue
        except OSError:
            taken.append(float("inf"))
            connection.close()
            continue
        taken.append(time.monotonic() - started)
        time.sleep(0.005)
    times.put(taken)


def multipart(parts: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """Body and Content-Type of `images[]` parts of (name, bytes)."""
    boundary = "pictor-bench-" + os.urandom(12).hex()
    chunks = []
    for name, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="images[]"; filename="{name}"\r\n\r\n'
        chunks.append(head.encode() + content + b"\r\n")
    return b"".join(chunks) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def corpus(name: str) -> list[Path]:
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "corpus", name], stdout=subprocess.PIPE, text=True, check=False
    )
    if found.returncode != 0:
        raise BenchError("the corpus could not be fetched")
    return [Path(line) for line in found.stdout.splitlines()]


# --- figures ---------------------------------------------------------------------------------------------------------


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def median(values: list[float]) -> float:
    return statistics.median(values)


def output_of(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False, cwd=ROOT)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return ""


def machine() -> dict:
    """What the figures depend on."""
    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
        )
    libvips = ROOT / "build" / "npm" / "node_modules" / "@img" / "sharp-libvips-linux-x64" / "package.json"
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "memoryBytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
        "system": output_of("sh", "-c", ". /etc/os-release && echo $PRETTY_NAME"),
        "loadAtStart": os.getloadavg(),
        "pictor": output_of(str(PROGRAM), "--version"),
        "commit": output_of("git", "describe", "--always", "--dirty"),
        "compiler": output_of("g++", "--version"),
        "sharpLibvips": json.loads(libvips.read_text())["version"] if libvips.exists() else "",
        "wrk": output_of("wrk", "--version"),
        "python": platform.python_version(),
    }


class Bar:
    """One promised figure: `Bar("requests/s", 41000, 40000, at_least=True)`."""

    def __init__(self, name: str, value: float, limit: float, at_least: bool = False, unit: str = ""):
        self.name, self.value, self.limit, self.at_least, self.unit = name, value, limit, at_least, unit

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> tuple[str, ...]:
        sign = "≥" if self.at_least else "≤"
        mark = "holds" if self.holds else "MISSED"
        return self.name, f"{sign} {self.limit:g} {self.unit}".strip(), f"{self.value:.4g} {self.unit}".strip(), mark


def finish(name: str, command: list[str], description: dict, bars: list[Bar], raw: dict) -> int:
    """Prints the table, writes the raw results. 0 when every bar holds."""
    rows = [("figure", "bar", "measured", ""), *(bar.row() for bar in bars)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    print()
    for row in rows:
        print("  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip())
    RESULTS.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC)
    path = RESULTS / f"{name}-{now:%Y-%m-%dT%H%M%S}.json"
    figures = [
        {"name": b.name, "value": b.value, "bar": b.limit, "atLeast": b.at_least, "holds": b.holds} for b in bars
    ]
    result = {
        "bench": name,
        "command": command,
        "at": now.isoformat(),
        "machine": description,
        "figures": figures,
        "raw": raw,
    }
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nraw results: {path.relative_to(ROOT)}")
    return 0 if all(bar.holds for bar in bars) else 1


def guarded(run) -> int:
    """Runs a bench's main and turns what stopped it into a message. One at a time: two would share cores and folders."""
    try:
        (ROOT / "build" / "bench").mkdir(parents=True, exist_ok=True)
        with (ROOT / "build" / "bench" / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BenchError("another bench is running; wait for it to end") from None
            return run()
    except (BenchError, OSError, http.client.HTTPException) as error:
        print(f"bench: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
