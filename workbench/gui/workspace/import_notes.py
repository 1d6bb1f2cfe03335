"""Annotates a handler's import lines with what each import cost at the last cold start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from workbench.editor.tabs import EditorTabs
from workbench.model.function import FunctionConfiguration
from workbench.state.imports import top_costs
from workbench.state.startup import Startup
from workbench.workspace.code_files import handler_file

SHOWN_FROM_MS = 1.0
_IMPORT = re.compile(r"(?:import|from)\s+([A-Za-z_][\w.]*(?:\s*,\s*[A-Za-z_][\w.]*)*)")


def import_notes(source: str, startup: Startup, handler_module: str) -> dict[int, str]:
    """Return notes for Python source by line number (from 1): the measured time of the line's imports, children included.

    Only lines that begin with an import count: an indented one usually runs at the first invocation, not at the cold start.
    """
    costs = _costs(startup, handler_module)
    notes = {}
    for number, line in enumerate(source.splitlines(), start=1):
        match = _IMPORT.match(line)
        duration_ms = sum(costs.get(name.strip(), 0.0) for name in match.group(1).split(",")) if match else 0.0
        if duration_ms >= SHOWN_FROM_MS:
            notes[number] = f"# {duration_ms:.0f} ms of the last cold start{_share(duration_ms, startup.init_ms)}"
    return notes


def annotate(tabs: EditorTabs, function: FunctionConfiguration, startup: Startup) -> None:
    """Annotate the handler's file with what its imports cost at a cold start, if it is open and Python."""
    code = Path(function.code_path)
    path = None if function.inline_code or function.code_in_s3 else handler_file(code, function.runtime, function.handler)
    editor = tabs.editor_of(str(path)) if path is not None and path.suffix == ".py" else None
    if editor is not None and path is not None:
        editor.set_annotations(import_notes(editor.text(), startup, path.stem))


def _costs(startup: Startup, handler_module: str) -> Mapping[str, float]:
    """Durations by module: what the handler's module imported, or the costliest ones if that module is not in the list."""
    positions = {index for index, item in enumerate(startup.imports) if item.module == handler_module}
    below = {item.module: item.duration_ms for item in startup.imports if item.parent in positions}
    return below or {cost.module: cost.duration_ms for cost in top_costs(startup, limit=50)}


def _share(duration_ms: float, init_ms: float | None) -> str:
    return f" – {100 * duration_ms / init_ms:.0f} % of init" if init_ms else ""
