"""`BuildMethod: python-uv`: export what a pyproject.toml or its uv.lock asks for as a list that is installed like any other.

AWS's builder runs `uv export` without development groups and without the project itself, then `uv pip install`; so do we. The
builder itself is not used because it installs only for Lambda's Linux, and a process needs packages for this machine. Source:
aws-lambda-builders, workflow `python_uv`.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.model.function import FunctionConfiguration
from workbench.packages.build_failures import DependencyError
from workbench.packages.dependencies import OUT, Plan
from workbench.packages.list_files import read_list
from workbench.packages.python_packages import local_paths
from workbench.packages.targets import Target, language

PYPROJECT = "pyproject.toml"
UV_LOCK = "uv.lock"
UV_METHOD = "python-uv"
EXPORTED = "requirements.txt"
_MANIFESTS = ("requirements.txt", "requirements-dev.txt", "requirements-test.txt", "requirements-prod.txt")
_QUIET = {"NO_COLOR": "1", "UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}


def asks_for_uv(function: FunctionConfiguration) -> bool:
    """Whether the function's BuildMethod is python-uv."""
    return function.build is not None and function.build.method == UV_METHOD


def requirements_of(code: Path) -> str:
    """The name of the list that AWS's uv builder would use, "" if it would use pyproject.toml. Blocks."""
    return next((name for name in _MANIFESTS if (code / name).is_file()), "")


def project_files(code: Path) -> dict[str, bytes]:
    """pyproject.toml and uv.lock, {} without a pyproject.toml. Blocks. Raises DependencyError for one that cannot be read."""
    if not (code / PYPROJECT).is_file():
        return {}
    return {name: read_list(code / name) for name in (PYPROJECT, UV_LOCK) if (code / name).is_file()}


def project_places(code: Path) -> list[Path]:
    """The folders and files of this machine that a pyproject.toml names as sources or workspace members, or requires.

    Blocks. Raises DependencyError for a pyproject.toml that cannot be read.
    """
    document = _document(read_list(code / PYPROJECT)) if (code / PYPROJECT).is_file() else {}
    named = [text for text in _texts(_settings_of_uv(document)) if os.path.exists(code / text)]
    needs = document.get("project", {}).get("dependencies") if isinstance(document.get("project"), dict) else None
    lines = "\n".join(map(str, needs)) if isinstance(needs, list) else ""
    return [*(code / text for text in named), *local_paths(code, {EXPORTED: lines.encode()})]


def _settings_of_uv(document: Mapping[str, Any]) -> Any:
    tools = document.get("tool")
    settings = tools.get("uv") if isinstance(tools, dict) else None
    return [settings.get("sources"), settings.get("workspace")] if isinstance(settings, dict) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def find_uv(function: FunctionConfiguration, variables: Mapping[str, str]) -> str:
    """The path of uv. Raises DependencyError when it is not on PATH."""
    found = shutil.which("uv", path=variables.get("PATH"))
    if found is None:
        raise DependencyError(f"{function.name} is built with {UV_METHOD}, which needs uv, and uv was not found on PATH.",
                              "Install uv (docs.astral.sh/uv, or pip install uv).")
    return found


def export_plan(function: FunctionConfiguration, target: Target, files: Mapping[str, bytes],
                variables: Mapping[str, str]) -> Plan:
    """How uv makes the list: exported from the lock, which is updated in a copy if it lags behind, or resolved without a lock.

    A project that names folders of this machine is read in place with its lock as it is, because relative paths would break.
    """
    uv = find_uv(function, variables)
    python = target.interpreter or ".".join(map(str, language(function.runtime)[1]))
    out = ("--output-file", f"{OUT}/{EXPORTED}")
    if UV_LOCK in files:
        # A coarse test: a false match only means that uv reads the project where it is instead of a copy.
        in_place = b"path" in files[PYPROJECT] or b"workspace" in files[PYPROJECT]
        command = [uv, "export", "--format", "requirements.txt", "--no-emit-project", "--no-hashes", "--no-default-groups", *out]
        # In place, the lock is the person's file and stays as it is. In a copy, uv may update it.
        command += ["--frozen"] if in_place else ["--python", python]
        return Plan(tool="uv", command=tuple(command), variables={**variables, **_QUIET}, inputs=files,
                    folder=function.code_path if in_place else "", runs_code=True,
                    no_such_hint=f"Check the names and versions in {PYPROJECT}.")
    version = ".".join(map(str, language(function.runtime)[1]))
    command = [uv, "pip", "compile", PYPROJECT, "--python-version", version, "--no-header", "--no-annotate", *out]
    return Plan(tool="uv", command=tuple(command), variables={**variables, **_QUIET}, folder=function.code_path,
                runs_code=True,
                    no_such_hint=f"Check the names and versions in {PYPROJECT}.")


def unlisted_notice(function: FunctionConfiguration, code: Path) -> str:
    """A sentence on a pyproject.toml whose dependencies `sam build` does not install, "" if there is nothing to say. Blocks."""
    if not (code / PYPROJECT).is_file() or (code / "requirements.txt").exists() or any(code.glob("*.dist-info")):
        return ""
    if not _lists_packages(read_list(code / PYPROJECT)):
        return ""
    return (f"The {PYPROJECT} of {function.name} lists dependencies, which sam build does not install without "
            f"Metadata: BuildMethod: {UV_METHOD}. Add that, or write them into a requirements.txt beside it.")


def _document(content: bytes) -> dict[str, Any]:
    """The parsed pyproject.toml, {} if it is not valid."""
    try:
        return tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        return {}


def _lists_packages(content: bytes) -> bool:
    document = _document(content)
    project, tool = document.get("project"), document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    poetrys = poetry.get("dependencies") if isinstance(poetry, dict) else None
    own = project.get("dependencies") if isinstance(project, dict) else None
    return bool(own) or bool(isinstance(poetrys, dict) and set(poetrys) - {"python"})
