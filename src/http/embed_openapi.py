"""Turns docs/openapi.yaml into a C++ source with the same document as JSON: embed_openapi.py YAML CPP."""

import json
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    sys.exit("embed_openapi: PyYAML is missing (Debian package python3-yaml). Run: ./run setup")

# MSVC's limit of 16 KiB a literal is not ours, but short lines keep compilers and editors quick.
PIECE = 4000


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    text = json.dumps(
        yaml.load(source.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)), ensure_ascii=True
    )
    pieces = [text[i : i + PIECE] for i in range(0, len(text), PIECE)]
    lines = "\n".join(f'    R"JSON({piece})JSON"' for piece in pieces)
    target.write_text(
        '#include "http/openapi_document.hpp"\n\nnamespace pictor::http {\n\n'
        f"std::string_view openapi_document() {{\n  return\n{lines};\n}}\n\n}}  // namespace pictor::http\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
