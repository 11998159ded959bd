"""Rate curves: bytes against score, sampled once for a peer, its settings and a picture, and kept in build/bench-peers/cache."""

import hashlib
import json
import math
import tempfile
from pathlib import Path

from PIL import Image

from peers import PLACE
from peers.encoders import Peer
from peers.judge import Judge

CACHE = PLACE / "cache"
NARROW = 4.0  # a gap of so much score is read as it is
MOST_STEPS = 3


def key_of(peer: Peer, digest: str) -> Path:
    text = json.dumps([peer.name, peer.version, peer.qualities, digest, ""])
    return (
        CACHE / f"{peer.name.replace(' ', '-').replace(':', '')}-{hashlib.sha256(text.encode()).hexdigest()[:20]}.json"
    )


def sample(peer: Peer, source: Path, reference: Image.Image, digest: str, judge: Judge) -> list[dict]:
    """The curve's points, `{quality, bytes, score}`, from the cache where they are there."""
    kept = key_of(peer, digest)
    if kept.exists():
        return json.loads(kept.read_text())
    points = []
    with tempfile.TemporaryDirectory(prefix="pictor-bench-") as room:
        for quality in peer.qualities:
            output = Path(room) / f"out{peer.suffix}"
            peer.encode(source, quality, output)
            points.append({"quality": quality, "bytes": output.stat().st_size, "score": judge.score(reference, output)})
    CACHE.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(points))
    return points


def refine(peer: Peer, row: dict, reference: Image.Image, judge: Judge, scores: list[float]) -> list[dict]:
    """The curve with points of its own beside each of the scores: a wide gap would be read up to 3 % wrong."""
    source, digest = row["file"], row["sha256"]
    points = sample(peer, source, reference, digest, judge)
    known = {point["quality"] for point in points}
    with tempfile.TemporaryDirectory(prefix="pictor-bench-") as room:
        for score in scores:
            for _ in range(MOST_STEPS):
                points.sort(key=lambda point: point["bytes"])
                pair = next(
                    (p for p in zip(points, points[1:], strict=False) if p[0]["score"] <= score <= p[1]["score"]), None
                )
                if pair is None or pair[1]["score"] - pair[0]["score"] <= NARROW:
                    break
                quality = between(peer, *pair, score)
                if quality in known:
                    break
                known.add(quality)
                output = Path(room) / f"out{peer.suffix}"
                peer.encode(source, quality, output)
                size = output.stat().st_size
                points.append({"quality": quality, "bytes": size, "score": judge.score(reference, output)})
    key_of(peer, digest).write_text(json.dumps(points))
    return points


def between(peer: Peer, low: dict, high: dict, score: float) -> float:
    """A setting near the score's and well inside the gap: whole numbers, but for distances."""
    share = (score - low["score"]) / (high["score"] - low["score"])
    quality = low["quality"] + min(0.8, max(0.2, share)) * (high["quality"] - low["quality"])
    return round(quality, 2) if peer.format == "jxl" else float(round(quality))


def at_score(points: list[dict], score: float, what: str = "bytes") -> float | None:
    """Bytes (log, monotone cubic in the score) or quality at a score; None beyond the curve's ends: nothing is made up."""
    curve: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda p: p["bytes"]):
        value = math.log(point["bytes"]) if what == "bytes" else point["quality"]
        if not curve or point["score"] > curve[-1][0] + 1e-6:
            curve.append((point["score"], value))
    if len(curve) < 2 or not curve[0][0] <= score <= curve[-1][0]:
        return None
    value = pchip(curve, score)
    return math.exp(value) if what == "bytes" else value


def pchip(curve: list[tuple[float, float]], x: float) -> float:
    """Fritsch and Carlson's monotone cubic through the points (SIAM J. Numer. Anal. 17, 1980)."""
    xs, ys = zip(*curve, strict=True)
    h = [b - a for a, b in zip(xs, xs[1:], strict=False)]
    d = [(b - a) / w for a, b, w in zip(ys, ys[1:], h, strict=False)]
    slopes = [d[0]]
    for i in range(1, len(d)):
        if d[i - 1] * d[i] <= 0:
            slopes.append(0.0)
        else:
            w1, w2 = 2 * h[i] + h[i - 1], h[i] + 2 * h[i - 1]
            slopes.append((w1 + w2) / (w1 / d[i - 1] + w2 / d[i]))
    slopes.append(d[-1])
    i = next(k for k in range(len(d)) if x <= xs[k + 1])
    t = (x - xs[i]) / h[i]
    return (
        (1 + 2 * t) * (1 - t) ** 2 * ys[i]
        + t * (1 - t) ** 2 * h[i] * slopes[i]
        + t * t * (3 - 2 * t) * ys[i + 1]
        + t * t * (t - 1) * h[i] * slopes[i + 1]
    )


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values)) if values else float("nan")
