"""Read lists of requirements and the lists that they include. Source: pip's manual, "Requirements File Format"."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from workbench.packages.build_failures import DependencyError
from workbench.packages.list_files import read_list

INCLUDE_OPTION = r"(?:-r|-c|--requirement|--constraint)[ =]*"
INCLUDE = re.compile(rf"{INCLUDE_OPTION}(\S+)")
_MOST_LISTS = 200


def read_with_includes(first: Path, code: Path, files: dict[str, bytes]) -> None:
    """Add a list and everything that it includes to `files`, by path relative to `code`. Blocks. Raises DependencyError."""
    waiting = [first.parent.resolve() / first.name] if os.path.isfile(first) else []
    while waiting:
        path = waiting.pop(0)
        name = path.relative_to(code).as_posix() if path.is_relative_to(code) else str(path)
        if name in files:
            continue
        if len(files) >= _MOST_LISTS:
            raise DependencyError(f"{first.name} includes more than {_MOST_LISTS} lists.", "Merge some of them.")
        files[name] = read_list(path)
        included = (match[1] for match in map(INCLUDE.match, requirement_lines(files[name])) if match)
        waiting += [found for place in included if (found := included_list(path, place)) is not None]


def included_list(including: Path, place: str) -> Path | None:
    """The path of an included list, None if there is no such file. Blocks."""
    try:
        found = (including.parent / place).resolve()
    except (OSError, ValueError, RuntimeError):  # too long, not a path at all, circular links
        return None
    return found if os.path.isfile(found) else None


def requirement_lines(content: bytes) -> Iterator[str]:
    """The lines that are not empty, without comments."""
    for line in content.decode("utf-8", errors="replace").lstrip("\ufeff").splitlines():
        meaning = re.sub(r"(^|\s)#.*$", "", line).strip()
        if meaning:
            yield meaning
