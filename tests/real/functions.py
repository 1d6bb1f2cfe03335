"""Functions made of the files in handlers/, with packages beside them, and the events they get."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.packages import NotInstalled, vendor
from tests.support.workspaces import WorkspaceBuilder
from workbench.workspace.event_templates import load_event_templates

HANDLERS = Path(__file__).parent / "handlers"


def real_function(root: Path, handler: str, *files: str, packages: Callable[[], Path] | None = None, **options: Any) -> Path:
    """A workspace with the function `Function` of these files; skips when its packages cannot be had."""
    workspace = WorkspaceBuilder(root).function("Function", {}, handler=handler, **options).write()
    code = workspace / "function"
    code.mkdir()
    for file in files:
        shutil.copy(HANDLERS / file, code)
    if packages is not None:
        _vendor(packages, code)
    return workspace


def guide_example(root: Path, example: str, **options: Any) -> Path:
    """An example of the guide that calls functions the guide does not show: they become built-ins before it is imported."""
    workspace = real_function(root, "app.lambda_handler", f"{example}.py", "guide_functions.py", **options)
    (workspace / "function" / "app.py").write_text(f"import guide_functions\nfrom {example} import lambda_handler\n")
    return workspace


def sample_event(template: str, **values: str) -> dict[str, Any]:
    """The event that the window makes from a template."""
    return next(known for known in load_event_templates() if known.id == template).build(values)


def _vendor(packages: Callable[[], Path], code: Path) -> None:
    try:
        folder = packages()
    except NotInstalled as reason:
        pytest.skip(str(reason))
    vendor(folder, code)
