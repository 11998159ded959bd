"""`pip download` asks a source package's build backend for its metadata, even if nothing will be built.

This answers with what the package says of itself, so that no backend has to be fetched and run.
"""

import re
import shutil
from pathlib import Path


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    """PEP 517: writes NAME-VERSION.dist-info and returns its name. The working directory is the package's."""
    information = Path("PKG-INFO").read_text(encoding="utf-8")
    name = re.search(r"^Name: (.+)$", information, re.MULTILINE)[1].replace("-", "_")
    version = re.search(r"^Version: (.+)$", information, re.MULTILINE)[1]
    folder = Path(metadata_directory) / f"{name}-{version}.dist-info"
    folder.mkdir()
    shutil.copy("PKG-INFO", folder / "METADATA")
    return folder.name
