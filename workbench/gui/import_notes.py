"""Notes behind the import lines of a handler: what each cost at the last cold start."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.state.imports import top_costs
from workbench.state.startup import Startup

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


def _costs(startup: Startup, handler_module: str) -> Mapping[str, float]:
    """Durations by module: those imported by the handler's module, and those at the top when it is not in the list."""
    positions = {index for index, item in enumerate(startup.imports) if item.module == handler_module}
    below = {item.module: item.duration_ms for item in startup.imports if item.parent in positions}
    return below or {cost.module: cost.duration_ms for cost in top_costs(startup, limit=50)}


def _share(duration_ms: float, init_ms: float | None) -> str:
    return f" – {100 * duration_ms / init_ms:.0f} % of init" if init_ms else ""
