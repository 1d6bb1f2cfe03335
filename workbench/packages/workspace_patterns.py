"""Find the folders that patterns of npm workspaces match ("packages/*", "apps/**"), within limits.

Source: npm's manual, "workspaces". All matches are below the root: a pattern that leads out of it, or is invalid, matches
nothing. `**` does not follow links, and the number of entries is limited, so that a pattern does not walk a whole disk.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

_MOST_ENTRIES = 20_000
_PASSED_OVER = frozenset({"node_modules", ".git", ".aws-sam", ".venv"})


def matching_folders(root: Path, pattern: str) -> list[Path]:
    """The folders that match, sorted. Blocks."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if not parts or ".." in parts or pattern.startswith(("!", "/")) or "\0" in pattern or os.path.isabs(pattern):
        return []
    return _Search().matching(root, parts)


class _Search:
    """Matches one pattern, part by part, with a limit on the entries that are read."""

    def __init__(self) -> None:
        self._left = _MOST_ENTRIES

    def matching(self, root: Path, parts: list[str]) -> list[Path]:
        found = [str(root)]
        for part in parts:
            found = self._below_all(found) if part == "**" else [path for folder in found for path in self._named(folder, part)]
        return sorted({Path(path) for path in found} - {root})

    def _named(self, folder: str, part: str) -> Iterator[str]:
        if not set(part) & set("*?["):
            path = os.path.join(folder, part)
            return iter([path] if os.path.isdir(path) else [])
        return (path for path in self._folders(folder, links=True) if fnmatch.fnmatchcase(os.path.basename(path), part))

    def _below_all(self, folders: list[str]) -> list[str]:
        found, waiting = dict[str, None](), list(folders)
        while waiting:
            folder = waiting.pop()
            if folder not in found:
                found[folder] = None
                waiting += self._folders(folder)
        return list(found)

    def _folders(self, folder: str, *, links: bool = False) -> list[str]:
        try:
            with os.scandir(folder) as listing:
                # range first: at its end, zip stops without reading one more entry.
                entries = [entry for _, entry in zip(range(self._left), listing, strict=False)]
        except OSError:
            return []
        self._left -= len(entries)
        return [entry.path for entry in entries if entry.name not in _PASSED_OVER and _is_folder(entry, links)]


def _is_folder(entry: os.DirEntry[str], links: bool) -> bool:
    try:
        return entry.is_dir(follow_symlinks=links)
    except OSError:
        return False
