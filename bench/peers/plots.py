#!/usr/bin/env python3
"""Draws bytes against score, a format a plot, out of the newest result of bench/quality: docs/plots/quality-FORMAT.svg.

A point is a geometric mean of bits per pixel over the pictures whose curves of all peers reach that score, so that every line
of a plot is about the same pictures. Plain SVG, written here: no plotting library. Usage: plots.py [RESULT.json]
"""

import json
import math
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import ROOT
from peers.curves import at_score, geometric_mean

RESULTS = ROOT / "bench" / "results"
PLACE = ROOT / "docs" / "plots"
COLOURS = ["#0b6e4f", "#c1440e", "#2b59c3", "#8a4fbf", "#7a6a00"]
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 440, 70, 50, 700, 385
SCORES = [60 + 2.5 * step for step in range(13)]


def newest() -> Path | None:
    whole = [path for path in sorted(RESULTS.glob("quality-*.json")) if "curves" in json.loads(path.read_text())["raw"]]
    return whole[-1] if whole else None


def series_of(raw: dict, format_: str) -> dict[str, list[tuple[float, float]]]:
    """(score, bits per pixel) by name."""
    ours = [o for o in raw["ours"] if o["format"] == format_]
    pixels = {o["picture"]: o["megapixels"] * 1e6 for o in ours}
    formats = {name: r["format"] for r in raw["ratios"] for name in [r["peer"]]}
    curves = {name: c for name, c in raw["curves"].items() if formats.get(name) == format_}
    lines: dict[str, list[tuple[float, float]]] = {"Pictor": [], **{name: [] for name in curves}}
    if not curves:
        return {}
    reach = [s for s in SCORES if sum(reaches(curves, p, s) for p in pixels) >= max(1, len(pixels) // 2)]
    if not reach:
        return {}
    common = [p for p in pixels if all(reaches(curves, p, score) for score in (reach[0], reach[-1]))]
    for score in reach:
        for name, curve in curves.items():
            values = [8 * (at_score(curve[p], score) or 0) / pixels[p] for p in common]
            if values and all(values):
                lines[name].append((score, geometric_mean(values)))
    for target in sorted({o["target"] for o in ours}):
        of = [o for o in ours if o["target"] == target and o["picture"] in common]
        if of:
            mean = sum(o["score"] for o in of) / len(of)
            lines["Pictor"].append((mean, geometric_mean([8 * o["bytes"] / pixels[o["picture"]] for o in of])))
    return lines


def reaches(curves: dict, picture: str, score: float) -> bool:
    return all(at_score(curve.get(picture, []), score) is not None for curve in curves.values())


def drawn(title: str, lines: dict[str, list[tuple[float, float]]]) -> str:
    values = [y for points in lines.values() for _, y in points]
    scores = [x for points in lines.values() for x, _ in points]
    low, high = math.log2(min(values)) - 0.1, math.log2(max(values)) + 0.1
    first, last = min(scores) - 1, max(scores) + 1

    def place(point: tuple[float, float]) -> tuple[float, float]:
        across = LEFT + (RIGHT - LEFT) * (point[0] - first) / (last - first)
        return across, BOTTOM - (BOTTOM - TOP) * (math.log2(point[1]) - low) / (high - low)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="28" font-size="16">{title}</text>',
    ]
    for step in range(math.floor(low * 2), math.ceil(high * 2) + 1):
        if low <= step / 2 <= high:
            _, y = place((first, 2 ** (step / 2)))
            parts.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{2 ** (step / 2):.2f}</text>')
    for score in range(math.ceil(first / 5) * 5, math.floor(last) + 1, 5):
        x, _ = place((score, min(values)))
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{BOTTOM}" stroke="#eeeeee"/>')
        parts.append(f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{score}</text>')
    parts.append(
        f'<text x="{(LEFT + RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">SSIMULACRA2 (reference)</text>'
    )
    parts.append(
        f'<text transform="translate(18 {(TOP + BOTTOM) / 2}) rotate(-90)" text-anchor="middle">bits per pixel</text>'
    )
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, points))
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{3 if number == 0 else 1.8}"/>'
        )
        for x, y in map(place, points):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{4 if number == 0 else 2}" fill="{colour}"/>')
        parts.append(f'<text x="{LEFT + 14}" y="{TOP + 18 + 17 * number}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> int:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else newest()
    if path is None:
        print("plots: there is no result of bench/quality with curves")
        return 0
    raw = json.loads(path.read_text())["raw"]
    PLACE.mkdir(parents=True, exist_ok=True)
    for format_ in ("jpeg", "webp", "avif", "jxl"):
        lines = {name: points for name, points in series_of(raw, format_).items() if points}
        if "Pictor" in lines and len(lines) > 1:
            target = PLACE / f"quality-{format_}.svg"
            target.write_text(drawn(f"{format_.upper()}: bits per pixel at a score (less is better)", lines))
            print(f"plot: {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
