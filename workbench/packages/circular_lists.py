"""Requirements that include themselves: told before a tool runs, as older versions of pip end in a RecursionError there."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.packages.dependencies import DependencyError

_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[ =]*([^\s#]+)")


def check_includes(path: Path) -> None:
    """Raise DependencyError when the list includes itself, also by way of others. Blocks."""
    _follow(path, path.parent, (path,))


def _follow(path: Path, code: Path, above: tuple[Path, ...]) -> None:
    for number, line in enumerate(_lines(path), 1):
        included = _INCLUDE.match(line)
        target = (path.parent / included[1]).resolve() if included else None
        if target is None or not target.is_file():
            continue
        if any(target == each.resolve() for each in above):
            place = f"{_name(path, code)}, line {number}, says “{line.strip()}”"
            raise DependencyError(f"{_name(target, code)} includes itself: {place}.", "Take that line out.")
        _follow(target, code, (*above, target))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def _name(path: Path, code: Path) -> str:
    path, code = path.resolve(), code.resolve()
    return path.relative_to(code).as_posix() if path.is_relative_to(code) else str(path)
