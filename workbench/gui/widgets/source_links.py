"""Finds the places named in a log that are source files and can be opened in the editor: the person's own, and dependencies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path, PurePath
from typing import NamedTuple

from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT, TASK_ROOT
from workbench.state.source_places import SourcePlace, source_places
from workbench.state.startup import RunFolders

_LIBRARIES = frozenset({"site-packages", "dist-packages", "node_modules", "gems"})
"""Folders in which package managers of Python, Node.js and Ruby put what others wrote."""
_SOURCES = frozenset({".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".rb"})


class SourceLink(NamedTuple):
    """The characters `start` to `end` of a line of text refer to a file; `line` and `column` count from 1."""

    start: int
    end: int
    file: Path
    line: int
    column: int

    @property
    def tip(self) -> str:
        """The tool tip: what a click does."""
        return f"Open {self.file.name} at line {self.line} (Enter)"


def _no_folders(_name: str) -> RunFolders:
    return RunFolders()


class SourceLinks:
    """Finds links in a line of a function's log. Each call looks at the disk, so call it for single lines, not whole logs.

    `folders_of` gives the folders that a function of this name last ran from.
    """

    def __init__(
        self, root: Path, function_of: Callable[[str], FunctionConfiguration | None],
        folders_of: Callable[[str], RunFolders] = _no_folders,
    ) -> None:
        self._root = root
        self._function_of = function_of
        self._folders_of = folders_of

    def function(self, name: str) -> FunctionConfiguration | None:
        """Return the function of a name as it is configured now; None if there is none."""
        return self._function_of(name)

    def of(self, text: str, function_name: str) -> list[SourceLink]:
        """Return the links of one line, from left to right."""
        places = source_places(text)
        if not places:
            return []
        function, ran_from = self._function_of(function_name), self._folders_of(function_name)
        if function is not None and function.source == "api":  # its code and layers are packages: none of its files is here
            function = None
        found = [(place, self._file(place, function, ran_from)) for place in places]
        return [SourceLink(place.start, place.end, file, place.line, place.column) for place, file in found if file is not None]

    def _file(self, place: SourcePlace, function: FunctionConfiguration | None, ran_from: RunFolders) -> Path | None:
        own = [str(self._root), *([function.code_path] if function is not None else [])]
        brought = [folder for folder in (ran_from.code, *ran_from.layers) if folder]
        for candidate in _candidates(place.path, function, ran_from):
            # A log is text of a program that may be hostile: a path or symbolic link that leads out of the person's folders
            # does not become a link, so no click opens another file. Sources of dependencies may be anywhere.
            real = os.path.realpath(candidate)
            if os.path.isfile(real) and (_is_below(real, own) or (_is_source(real) and (
                    _is_below(real, brought) or is_dependency(Path(real))))):
                return candidate
        return None


def is_dependency(path: Path) -> bool:
    """Whether a file is what others wrote: a package manager put it there, or it is part of Python's own library."""
    parts = PurePath(path).parts
    return any(part in _LIBRARIES for part in parts) or any(
        above == "lib" and part.startswith("python3") for above, part in pairwise(parts))


def _is_below(real: str, folders: list[str]) -> bool:
    return any(Path(real).is_relative_to(os.path.realpath(folder)) for folder in folders)


def _is_source(real: str) -> bool:
    return Path(real).suffix in _SOURCES


def _candidates(path: str, function: FunctionConfiguration | None, ran_from: RunFolders) -> Iterator[Path]:
    """The path itself if absolute, and its counterparts on this machine if it is one of Lambda's (/var/task, /opt).

    The person's own file comes first, then the one in the package that ran: there are the dependencies.
    """
    if os.path.isabs(path):
        yield Path(path)
    if path.startswith(f"{TASK_ROOT}/"):
        code = [function.code_path] if function is not None else []
        yield from (Path(folder, path.removeprefix(f"{TASK_ROOT}/")) for folder in (*code, ran_from.code) if folder)
    if path.startswith(f"{LAYER_ROOT}/"):
        # Layers are unpacked in order, so of two files with one path the last layer's is the one that ran.
        layers = function.layers if function is not None else ()
        yield from (Path(layer, path.removeprefix(f"{LAYER_ROOT}/")) for layer in (*reversed(layers), *reversed(ran_from.layers)))


def link_at(links: list[SourceLink], position: int) -> SourceLink | None:
    """Return the link that contains this character of the line, or None."""
    return next((link for link in links if link.start <= position < link.end), None)
