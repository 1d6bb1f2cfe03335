"""The values of an open workspace that count as secret."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkspaceError
from workbench.model.secret_names import looks_secret


def secret_values(model: WorkspaceState) -> Iterator[str]:
    """Yield those of variables whose names look secret, and what the template's parameters with `NoEcho` and secrets stand for.

    Reads the template, which blocks.
    """
    for function in (*model.functions_read, *model.functions):
        yield from (value for name, value in function.environment.items() if looks_secret(name))
    with contextlib.suppress(WorkspaceError):  # reported by the model, which reads the same template
        yield from (asked.value for asked in model.workspace.asked_values() if asked.is_secret and asked.value)
