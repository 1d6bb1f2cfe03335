"""Source maps of a bundle: they name the person's files, not the copies that were bundled."""

from __future__ import annotations

import json
import os
from pathlib import Path


def name_the_sources(content: Path, place: Path, source: Path) -> None:
    """Have maps below `content` name files of `source` in the place of their copies in `place`. Blocks."""
    for path in content.rglob("*.map"):
        try:
            found = json.loads(path.read_bytes())
            named = [_named(path.parent, name, place, source) for name in found["sources"]]
        except (OSError, ValueError, LookupError, TypeError):
            continue  # no source map
        path.write_text(json.dumps({**found, "sources": named}))


def _named(folder: Path, name: str, place: Path, source: Path) -> str:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(place):
        return str(path) if path.is_file() else name
    return str(source / path.relative_to(place))
