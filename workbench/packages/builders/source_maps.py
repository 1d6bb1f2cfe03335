"""Correct the source maps of a bundle to name the person's files instead of the copies that were bundled."""

from __future__ import annotations

import json
import os
from pathlib import Path


def name_the_sources(content: Path, place: Path, source: Path) -> None:
    """Rewrite the maps below `content`: files in `place` become the files of `source` that they are copies of. Blocks."""
    for path in content.rglob("*.map"):
        try:
            found = json.loads(path.read_bytes())
            named = [_named(path.parent, name, place, source) for name in found["sources"]]
        except (OSError, ValueError, LookupError, TypeError):
            continue  # not a source map
        path.write_text(json.dumps({**found, "sources": named}))


def _named(folder: Path, name: str, place: Path, source: Path) -> str:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(place):
        return str(path) if path.is_file() else name
    return str(source / path.relative_to(place))
