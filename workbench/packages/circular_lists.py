"""Detect requirements that include themselves before a tool runs: older versions of pip fail on them with a RecursionError."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.packages.build_failures import DependencyError
from workbench.packages.list_files import read_list
from workbench.packages.requirement_lists import included_list

_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[ =]*([^\s#]+)")


def check_includes(path: Path) -> None:
    """Raise DependencyError when the list includes itself, directly or through others. Blocks."""
    if path.is_file():
        _follow(path, path.parent, (path,), set())


def _follow(path: Path, code: Path, above: tuple[Path, ...], done: set[Path]) -> None:
    """`done` are lists already followed. Without it, lists that each include two others would be followed exponentially often."""
    done.add(path.resolve())
    for number, line in enumerate(_lines(path), 1):
        included = _INCLUDE.match(line)
        target = included_list(path, included[1]) if included else None
        if target is None:
            continue
        if any(target == each.resolve() for each in above):
            place = f"{_name(path, code)}, line {number}, says “{line.strip()}”"
            raise DependencyError(f"{_name(target, code)} includes itself: {place}.", "Remove that line.")
        if target not in done:
            _follow(target, code, (*above, target), done)


def _lines(path: Path) -> list[str]:
    return read_list(path).decode("utf-8", errors="replace").splitlines()


def _name(path: Path, code: Path) -> str:
    path, code = path.resolve(), code.resolve()
    return path.relative_to(code).as_posix() if path.is_relative_to(code) else str(path)
