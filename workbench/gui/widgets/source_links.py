"""Finds the places named in a log that are the person's own files and can be opened in the editor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT, TASK_ROOT
from workbench.state.source_places import SourcePlace, source_places


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


class SourceLinks:
    """Finds links in a line of a function's log. Each call looks at the disk, so call it for single lines, not whole logs."""

    def __init__(self, root: Path, function_of: Callable[[str], FunctionConfiguration | None]) -> None:
        self._root = root
        self._function_of = function_of

    def of(self, text: str, function_name: str) -> list[SourceLink]:
        """Return the links of one line, from left to right."""
        places = source_places(text)
        function = self._function_of(function_name) if places else None
        if function is not None and function.source == "api":  # its code and layers are packages: none of their files is here
            function = None
        found = [(place, self._file(place, function)) for place in places]
        return [SourceLink(place.start, place.end, file, place.line, place.column) for place, file in found if file is not None]

    def _file(self, place: SourcePlace, function: FunctionConfiguration | None) -> Path | None:
        own = [self._root, *([Path(function.code_path)] if function is not None else [])]
        for candidate in _candidates(place.path, function):
            # A log is text of a program that may be hostile: a path or symbolic link that leads out of the person's folders
            # does not become a link, so no click opens another file.
            real = os.path.realpath(candidate)
            if os.path.isfile(real) and any(Path(real).is_relative_to(os.path.realpath(folder)) for folder in own):
                return candidate
        return None


def _candidates(path: str, function: FunctionConfiguration | None) -> Iterator[Path]:
    """The path itself if absolute, and its counterpart on this machine if it is one of Lambda's (/var/task, /opt)."""
    if os.path.isabs(path):
        yield Path(path)
    if function is not None and path.startswith(f"{TASK_ROOT}/"):
        yield Path(function.code_path, path.removeprefix(f"{TASK_ROOT}/"))
    if function is not None and path.startswith(f"{LAYER_ROOT}/"):
        # Layers are unpacked in order, so of two files with one path the last layer's is the one that ran.
        yield from (Path(layer, path.removeprefix(f"{LAYER_ROOT}/")) for layer in reversed(function.layers))


def link_at(links: list[SourceLink], position: int) -> SourceLink | None:
    """Return the link that contains this character of the line, or None."""
    return next((link for link in links if link.start <= position < link.end), None)
