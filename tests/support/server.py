"""Starts `pictor serve` on a free port with a data folder of its own."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PICTOR_BINARY", ROOT / "build" / "release" / "pictor")).resolve()

READY_SECONDS = 30
STOP_SECONDS = 10  # promised: SIGTERM ends it within 10 s


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process. `folder` holds its data and its log; both survive `kill` and `start`."""

    def __init__(self, folder: Path, **settings: str):
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = settings
        self.process: subprocess.Popen | None = None

    def environment(self) -> dict[str, str]:
        """Ours alone: a PICTOR_ variable of the caller must not change what is tested."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PICTOR_")}
        own = {
            "PICTOR_LISTEN": f"127.0.0.1:{self.port}",
            "PICTOR_DATA": str(self.data),
            "PICTOR_LOG_FORMAT": "json",
            "PICTOR_RATE_LIMITS": "off",  # tests of limits say on
        }
        return {**inherited, **own, **self.settings}

    def start(self) -> "Server":
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "serve"],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_text()[-3000:]}")
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready after {READY_SECONDS} s:\n{self.log_text()[-3000:]}")

    @property
    def first_key(self) -> str:
        return (self.data / "first-key").read_text().strip()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`pictor WORDS…` beside the running server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [BINARY, *words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def create_account(self, name: str, *extra: str) -> str:
        """Makes an account and hands back its first key."""
        made = self.command("account", "create", "--name", name, "--email", f"{name}@example.com", *extra)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def create_key(self, name: str, *extra: str) -> str:
        made = self.command("key", "create", "--name", name, *extra)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        """SIGTERM. Returns the exit status; fails when it takes longer than promised."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        family = self.children()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not end it within {STOP_SECONDS} s") from None
        _, left = psutil.wait_procs(family, timeout=3)
        assert not left, f"children outlived the server: {left}"
        return status

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        family = self.children()
        self.process.kill()
        self.process.wait(10)
        _, left = psutil.wait_procs(family, timeout=5)
        for orphan in left:
            orphan.kill()
        assert not left, f"children outlived a killed server: {left}"


def account_id_in(text: str) -> str:
    found = re.search(r"acc_[0-9a-z]{26}", text)
    assert found, text
    return found.group()
