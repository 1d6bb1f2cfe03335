"""Which places that a log names are files of the person's own: those can be opened in the editor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from workbench.model.function import FunctionConfiguration
from workbench.model.lambda_folders import LAYER_ROOT, TASK_ROOT
from workbench.state.source_places import SourcePlace, source_places


class SourceLink(NamedTuple):
    """Characters `start` to `end` of a line of text lead to a file; line and column count from 1."""

    start: int
    end: int
    file: Path
    line: int
    column: int

    @property
    def tip(self) -> str:
        """What a click does."""
        return f"Open {self.file.name} at line {self.line} (Enter)"


class SourceLinks:
    """Looks for links in the lines of a function's log. Looks at the disk: for single lines, not for whole logs."""

    def __init__(self, root: Path, function_of: Callable[[str], FunctionConfiguration | None]) -> None:
        self._root = root
        self._function_of = function_of

    def of(self, text: str, function_name: str) -> list[SourceLink]:
        """The links of one line, in its order."""
        places = source_places(text)
        function = self._function_of(function_name) if places else None
        found = [(place, self._file(place, function)) for place in places]
        return [SourceLink(place.start, place.end, file, place.line, place.column) for place, file in found if file is not None]

    def _file(self, place: SourcePlace, function: FunctionConfiguration | None) -> Path | None:
        own = [self._root, *([Path(function.code_path)] if function is not None else [])]
        for candidate in _candidates(place.path, function):
            real = os.path.realpath(candidate)
            if os.path.isfile(real) and any(Path(real).is_relative_to(os.path.realpath(folder)) for folder in own):
                return candidate
        return None


def _candidates(path: str, function: FunctionConfiguration | None) -> Iterator[Path]:
    """The path itself, and what it is here when it is one of Lambda's."""
    if os.path.isabs(path):
        yield Path(path)
    if function is not None and path.startswith(f"{TASK_ROOT}/"):
        yield Path(function.code_path, path.removeprefix(f"{TASK_ROOT}/"))
    if function is not None and path.startswith(f"{LAYER_ROOT}/"):
        yield from (Path(layer, path.removeprefix(f"{LAYER_ROOT}/")) for layer in reversed(function.layers))


def link_at(links: list[SourceLink], position: int) -> SourceLink | None:
    """The link that has this character of the line."""
    return next((link for link in links if link.start <= position < link.end), None)
