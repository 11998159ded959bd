"""What each peer does with a picture at one setting, as its users call it; what a machine lacks is not offered."""

import json
import os
import queue
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from peers import PLACE, ROOT

NICE = ["nice", "-n", os.environ.get("PICTOR_BENCH_NICE", "0")]


@dataclass(frozen=True)
class Peer:
    """One encoder at fixed settings. `qualities` is what its rate curve is sampled at, from few bytes to many."""

    name: str
    format: str
    suffix: str
    qualities: tuple[float, ...]
    encode: object  # (input PNG, quality, output) -> None
    version: str
    alpha: bool = True


class Sharp:
    """sharp's worker process. Thread-safe: one task at a time."""

    def __init__(self, threads: int = 1):
        self.threads, self.lock = threads, threading.Lock()
        self.start()

    def start(self) -> None:
        # aom and others read the number of processors; sharp.concurrency alone does not bind them.
        environment = os.environ | {"VIPS_CONCURRENCY": str(self.threads), "UV_THREADPOOL_SIZE": "1"}
        worker = ROOT / "bench" / "peers" / "sharp_worker.mjs"
        self.child = subprocess.Popen(
            [*NICE, "node", worker, PLACE / "npm" / "node_modules" / "sharp", str(self.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.versions = json.loads(self.child.stdout.readline())

    @property
    def pid(self) -> int:
        return self.child.pid

    def run(self, source: Path, output: Path, format_: str, options: dict, width: int | None = None) -> int:
        task = {"input": str(source), "output": str(output), "format": format_, "options": options, "width": width}
        with self.lock:
            if self.child.poll() is not None:
                self.start()
            self.child.stdin.write(json.dumps(task) + "\n")
            self.child.stdin.flush()
            answer = json.loads(self.child.stdout.readline() or '{"error": "its process ended"}')
        if "error" in answer:
            raise RuntimeError(f"sharp: {answer['error']}")
        return answer["bytes"]

    def close(self) -> None:
        self.child.stdin.close()
        self.child.wait()


def call(*command: object, **environment: str) -> None:
    done = subprocess.run(
        [*NICE, *map(str, command)], capture_output=True, text=True, check=False, env=os.environ | environment
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(str(command[0])).name}: {done.stderr.strip()[-300:]}")


def version_of(*command: object) -> str | None:
    try:
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    except OSError:
        return None
    return (done.stdout or done.stderr).strip().splitlines()[0] if done.returncode == 0 else None


def jpegli(program: Path, chroma: str):
    def encode(source: Path, quality: float, output: Path) -> None:
        raw = output.with_suffix(".rgb")
        with Image.open(source) as image:
            raw.write_bytes(image.convert("RGB").tobytes())
            width, height = image.size
        call(program, raw, width, height, int(quality), chroma, output)
        raw.unlink()

    return encode


def oximg(program: Path, source: Path, quality: float, output: Path, width: int = 0) -> None:
    knobs = {".webp": "OXIMG_WEBP_QUALITY", ".avif": "OXIMG_AVIF_QUALITY"}
    if output.suffix == ".jpg":
        call(program, "resize", source, width, 0, output, "-q", int(quality), OXIMG_WORKERS="1", OXIMG_OVERLAP="0")
    else:
        knob = {knobs[output.suffix]: str(int(quality))} if output.suffix in knobs else {}
        call(program, "resize", source, width, 0, output, OXIMG_WORKERS="1", OXIMG_OVERLAP="0", **knob)


def peers(sharp: "Sharp | SharpPool") -> tuple[list[Peer], list[str]]:
    """Those of this machine, and a line for each that it lacks."""
    vips = f"sharp {sharp.versions['sharp']}"
    found = [
        Peer(
            "sharp mozjpeg", "jpeg", ".jpg", (30, 50, 68, 80, 88, 94),
            lambda s, q, o: sharp.run(s, o, "jpeg", {"quality": int(q), "mozjpeg": True}), vips, alpha=False,
        ),
        Peer(
            "sharp WebP effort 4", "webp", ".webp", (20, 45, 68, 84, 93, 100),
            lambda s, q, o: sharp.run(s, o, "webp", {"quality": int(q), "effort": 4}),
            f"{vips}, libwebp {sharp.versions['webp']}",
        ),
        Peer(
            "sharp AVIF effort 4", "avif", ".avif", (28, 42, 55, 68, 80, 90),
            lambda s, q, o: sharp.run(s, o, "avif", {"quality": int(q), "effort": 4}),
            f"{vips}, aom {sharp.versions['aom']}",
        ),
    ]  # fmt: skip
    missing = []
    program = PLACE / "jpegli" / "jpegli_fixed"
    if program.exists():
        for chroma in ("420", "444"):
            name = f"jpegli 4:{chroma[1]}:{chroma[2]}"
            qualities = (25, 45, 65, 80, 90, 96)
            found.append(Peer(name, "jpeg", ".jpg", qualities, jpegli(program, chroma), "pyjpegli 0.3.2", alpha=False))
    else:
        missing.append("jpegli at fixed settings: its program is not built")
    if version := version_of("cwebp", "-version"):
        found.append(
            Peer(
                "cwebp -m 4", "webp", ".webp", (20, 45, 68, 84, 93, 100),
                lambda s, q, o: call("cwebp", "-quiet", "-m", 4, "-q", int(q), s, "-o", o), f"cwebp {version}",
            )
        )  # fmt: skip
    else:
        missing.append("cwebp: not installed")
    if version := version_of("cjxl", "--version"):
        found.append(
            Peer(
                "cjxl -e 7", "jxl", ".jxl", (7.0, 4.0, 2.4, 1.4, 0.8, 0.4),
                lambda s, q, o: call("cjxl", s, o, "-e", 7, "-d", q, "--num_threads=0", "--quiet"), version,
            )
        )  # fmt: skip
    else:
        missing.append("cjxl: not installed")
    return found, missing


def program_of(name: str) -> Path | None:
    path = PLACE / "bin" / name
    return path if path.exists() else None


class SharpPool:
    """Some workers of sharp, each with one thread; `run` takes one that is free."""

    def __init__(self, size: int):
        self.workers = [Sharp() for _ in range(size)]
        self.versions = self.workers[0].versions
        self.free: queue.Queue[Sharp] = queue.Queue()
        for worker in self.workers:
            self.free.put(worker)

    def run(self, *words) -> int:
        worker = self.free.get()
        try:
            return worker.run(*words)
        finally:
            self.free.put(worker)

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
