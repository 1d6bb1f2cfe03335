"""Finds the templates with functions below a folder, to choose from if a repository has several."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.storage.bounded_reading import read_bounded

MAX_DEPTH = 5
MAX_FOLDERS = 2_000
MAX_CANDIDATES = 200
_MAX_BYTES = 5_000_000

_SUFFIXES = (".yaml", ".yml", ".json", ".template")
_NOT_LOOKED_INTO = frozenset({
    "node_modules", "__pycache__", "venv", "site-packages", "events", "dist", "build", "target", "bin", "obj", "vendor"})
_LOOKED_INTO = frozenset({"cdk.out", ".serverless"})
_FUNCTION = re.compile(rb"""["']?Type["']?\s*:\s*["']?AWS::(?:Serverless|Lambda)::Function["']?\s*[,}\r\n#]""")
_TEMPLATE = re.compile(rb"""^\s*(?:[{"'\s]*)Resources["']?\s*:|"Resources"\s*:""", re.MULTILINE)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A template: its path relative to the folder, with forward slashes, and the number of functions in its text."""

    path: str
    functions: int


def templates_below(root: Path) -> tuple[Candidate, ...]:
    """Return the templates with functions in the folder and below, nearest first. Only searches their text; parses nothing.

    Bounds: five levels, 2,000 folders, 200 templates. Leaves out what packages, tools and builds create, except `cdk.out`.
    Blocks.
    """
    found = []
    for path in _files(root):
        count = _functions_in(path)
        if count:
            found.append(Candidate(path=path.relative_to(root).as_posix(), functions=count))
        if len(found) == MAX_CANDIDATES:
            break
    return tuple(sorted(found, key=lambda candidate: (candidate.path.count("/"), candidate.path)))


def _files(root: Path) -> Iterator[Path]:
    for folders, (parent, names, files) in enumerate(os.walk(root), start=1):
        depth = len(Path(parent).relative_to(root).parts)
        names[:] = sorted(name for name in names if _is_looked_into(name)) if depth < MAX_DEPTH else []
        yield from (Path(parent, name) for name in sorted(files) if name.endswith(_SUFFIXES))
        if folders == MAX_FOLDERS:
            return


def _is_looked_into(name: str) -> bool:
    return name in _LOOKED_INTO or not (name.startswith((".", "asset.")) or name in _NOT_LOOKED_INTO)


def _functions_in(path: Path) -> int:
    try:
        content = read_bounded(path, _MAX_BYTES)
    except OSError:
        return 0
    return len(_FUNCTION.findall(content)) if _TEMPLATE.search(content) else 0
