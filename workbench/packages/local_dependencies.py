"""The packages in other folders of this machine that a function's package includes."""

from __future__ import annotations

from pathlib import Path

from workbench.model.function import FunctionConfiguration
from workbench.packages.node_packages import node_project
from workbench.packages.python_packages import local_paths, python_files
from workbench.packages.targets import language


def local_dependencies(function: FunctionConfiguration) -> tuple[Path, ...]:
    """The folders and files outside the code's folder that package.json or requirements.txt names. Blocks."""
    code = Path(function.code_path).resolve()
    if function.inline_code or not code.is_dir():
        return ()
    found = {"nodejs": _of_node, "python": _of_python}.get(language(function.runtime)[0], _of_others)(code)
    return tuple(place for place in found if not place.is_relative_to(code) and not code.is_relative_to(place))


def _of_node(code: Path) -> list[Path]:
    project = node_project(code)
    return list(project.folders.values()) if project else []


def _of_python(code: Path) -> list[Path]:
    return local_paths(code, python_files(code))


def _of_others(_: Path) -> list[Path]:
    return []
