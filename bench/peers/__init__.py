"""Real peers for bench/quality and bench/speed: installed, run and judged alike."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / "build" / "bench-peers"
