"""Find the parts of a Python project that decide which code runs when it is built: its backend and the backend's settings.

Source: PEP 517 (build-backend, backend-path), PEP 621 (dynamic), the manuals of setuptools and uv.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from workbench.packages.list_files import read_list_if_there
from workbench.packages.plain_lists import unusual_requirements
from workbench.packages.started_scripts import started_by
from workbench.packages.uv_projects import PYPROJECT

_SETUP = ("setup.py", "setup.cfg")


def backend_files(place: Path, *, with_project: bool = True) -> list[Path]:
    """The files of a project that run or are obeyed when it is built; for an archive, the archive itself. Blocks.

    `with_project`: include its whole pyproject.toml.
    """
    if not place.is_dir():
        return [place]
    run = started_by([*(place / name for name in _SETUP), *_own_backend(place)], (place,))
    return [*run, place / PYPROJECT] if with_project else run


def project_words(code: Path) -> list[str]:
    """The parts of a pyproject.toml that decide what runs, which exclude versions of packages from registries. Blocks."""
    document = _document(code)
    if document is None:
        return ["unreadable"]
    project = document.get("project")
    dynamic = project.get("dynamic") if isinstance(project, dict) else None
    tools = document.get("tool")
    tool = tools.get("uv") if isinstance(tools, dict) else None
    needs = project.get("dependencies") if isinstance(project, dict) else None
    lines = {"r": "\n".join(map(str, needs)).encode()} if isinstance(needs, list) else {}
    said = (document.get("build-system"), dynamic, tool, unusual_requirements(lines))
    return [json.dumps(said, sort_keys=True, default=str)]


def _own_backend(place: Path) -> list[Path]:
    """The files of an in-tree build backend (PEP 517, backend-path), [] if the project has none."""
    system = (_document(place) or {}).get("build-system")
    if not isinstance(system, dict) or not isinstance(system.get("backend-path"), list):
        return []
    module = str(system.get("build-backend", "")).partition(":")[0].replace(".", "/")
    folders = [place / str(folder) for folder in system["backend-path"]]
    return [folder / name for folder in folders for name in (f"{module}.py", f"{module}/__init__.py")]


def _document(place: Path) -> dict[str, Any] | None:
    try:
        return tomllib.loads(read_list_if_there(place / PYPROJECT).decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
