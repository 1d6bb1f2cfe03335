"""Builders for tests that prepare packages."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.packages.cancellation import Step
from workbench.packages.targets import Target

HERE = Target(sandbox="process", interpreter=str(getattr(sys, "_base_executable", sys.executable)), trusted=True)
"""The Python under the virtual environment of the tests: it has pip, and no packages."""

DOCKER = Target(sandbox="docker", trusted=True)


def function(code: Path, *layers: Path | str, runtime: str = "python3.13", architecture: str = "x86_64") -> FunctionConfiguration:
    """A function with that code and those layers."""
    return FunctionConfiguration(name="hello", logical_id="Hello", runtime=runtime, handler="app.handler", code_path=str(code),
                                 layers=tuple(map(str, layers)), architecture=architecture)  # type: ignore[arg-type]


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


class Steps:
    """Collects progress."""

    def __init__(self) -> None:
        self.all: list[Step] = []

    def __call__(self, step: Step) -> None:
        self.all.append(step)

    @property
    def texts(self) -> str:
        """All texts, one a line."""
        return "\n".join(step.text for step in self.all)
