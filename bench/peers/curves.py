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
