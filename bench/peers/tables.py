#!/usr/bin/env python3
"""Prints the newest results of bench/quality and bench/speed as the Markdown tables of docs/quality.md.

Usage: tables.py [QUALITY.json… SPEED.json…]: later files' parts replace earlier ones' of the same name.
"""

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from peers import ROOT
from peers.curves import geometric_mean

RESULTS = ROOT / "bench" / "results"


def table(head: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def ratios(raw: dict) -> None:
    rows: dict[str, dict] = {}
    for one in raw["ratios"]:
        rows.setdefault(one["peer"], {})[one["target"]] = one
    targets = sorted({one["target"] for one in raw["ratios"]})
    lines = []
    for peer, by in rows.items():
        cells = [
            f"{by[t]['ratio']:.3f} ({by[t]['won']}/{by[t]['pictures']})" if by[t]["pictures"] else "–" for t in targets
        ]
        of = [by[t]["ratio"] for t in targets if by[t]["pictures"]]
        lines.append([by[targets[0]]["format"], peer, *cells, f"{geometric_mean(of):.3f}" if of else "–"])
    table(["format", "peer", *[f"at {t}" for t in targets], "mean"], lines)


def promises(raw: dict) -> None:
    table(
        ["format", "target", "within −0.3/+1.0", "else `limitedBy`", "of", "tried", "receipt's score off by at most"],
        [
            [
                p["format"],
                str(p["target"]),
                str(p["kept"]),
                str(p["limited"]),
                str(p["pictures"]),
                f"{p['tried']:.2f}",
                "–" if p["claimOff"] is None else f"{p['claimOff']:.2f}",
            ]
            for p in raw["promises"]
        ],
    )


def figures(result: dict) -> None:
    table(
        ["figure", "bar", "measured", ""],
        [
            [
                f["name"],
                f"{'≥' if f['atLeast'] else '≤'} {f['bar']:.4g}",
                f"{f['value']:.4g}",
                "holds" if f["holds"] else "**missed**",
            ]
            for f in result["figures"]
        ],
    )


def pipeline(raw: dict) -> None:
    lines = []
    for format_, one in raw["pipeline"].items():
        for name, value in one["cpuMs"].items():
            setting = one["settings"]
            effort = f", effort {setting['effort']}" if name == "pictor" else ""
            lines.append(
                [
                    format_,
                    name + effort,
                    f"{value:.0f}",
                    f"{setting['bytes'][name] / 1000:.0f}",
                    f"{setting['score'][name]:.1f}",
                ]
            )
    table(["format", "who", "CPU ms a picture", "kB at the score", "score"], lines)


def main() -> None:
    paths = [Path(word) for word in sys.argv[1:]]
    for name in ("quality", "speed"):
        newest = sorted(RESULTS.glob(f"{name}-*.json"))[-1:]
        for path in [p for p in paths if p.name.startswith(name)] or newest:
            result = json.loads(path.read_text())
            raw = result["raw"]
            print(f"<!-- {path.name}, commit {result['machine']['commit']} -->\n")
            figures(result)
            for part, show in (("ratios", ratios), ("promises", promises), ("pipeline", pipeline)):
                if part in raw:
                    show(raw)


if __name__ == "__main__":
    main()
