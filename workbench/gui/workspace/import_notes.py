"""Notes behind the import lines of a handler: what each cost at the last cold start."""

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
    """Notes by line number (from 1) for Python source: the measured cost of what the line imports, children included."""
    costs = _costs(startup, handler_module)
    notes = {}
    for number, line in enumerate(source.splitlines(), start=1):
        match = _IMPORT.match(line)
        duration_ms = sum(costs.get(name.strip(), 0.0) for name in match.group(1).split(",")) if match else 0.0
        if duration_ms >= SHOWN_FROM_MS:
            notes[number] = f"# {duration_ms:.0f} ms of the last cold start{_share(duration_ms, startup.init_ms)}"
    return notes


def annotate(tabs: EditorTabs, function: FunctionConfiguration, startup: Startup) -> None:
    """Write what imports cost at a cold start behind the lines of the handler's file, if that is open and Python."""
    code = Path(function.code_path)
    path = None if function.inline_code else handler_file(code, function.runtime, function.handler)
    editor = tabs.editor_of(str(path)) if path is not None and path.suffix == ".py" else None
    if editor is not None and path is not None:
        editor.set_annotations(import_notes(editor.text(), startup, path.stem))


def _costs(startup: Startup, handler_module: str) -> Mapping[str, float]:
    """Durations by module: those imported by the handler's module, and those at the top when it is not in the list."""
    positions = {index for index, item in enumerate(startup.imports) if item.module == handler_module}
    below = {item.module: item.duration_ms for item in startup.imports if item.parent in positions}
    return below or {cost.module: cost.duration_ms for cost in top_costs(startup, limit=50)}


def _share(duration_ms: float, init_ms: float | None) -> str:
    return f" – {100 * duration_ms / init_ms:.0f} % of init" if init_ms else ""
