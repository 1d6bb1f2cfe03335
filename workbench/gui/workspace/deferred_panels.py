"""Creates what can wait until an opened workspace is on screen, in the order in which a person misses it.

Each turn of the loop does one piece of work, so that input which arrived meanwhile is handled first. Threads only import
modules without Qt: PySide creates a Qt class when it is first touched, and two threads that do so at once crash the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from workbench.editor.highlighter import load_lexer
from workbench.editor.tabs import EditorTabs
from workbench.gui.widgets.lazy_panel import LazyPanel

ALWAYS = ("timeline", "result", "logs")
"""Panels that are made although nobody may see them yet: whoever invokes turns to them."""
_MODULES = {
    "result": ("result.text_view", "result.answer_views", "result.result_panel"),
    "timeline": ("timeline.drawing", "timeline.timeline_plot", "timeline.timeline_panel"),
    "logs": ("log.metric_chart", "log.metrics_view", "log.log_panel"),
    "configuration": ("configuration.configuration_panel",),
    "history": ("history.history_panel",), "concurrency": ("concurrency.concurrency_panel",), "queue": ("queue.queue_panel",),
    "environments": ("environments.execution_environments_panel",), "versions": ("versions.versions_panel",),
    "cost": ("cost.cost_panel",), "inbox": ("inbox.inbox_panel",),
}
"""What panels are made of, to be imported in turns: that takes up to as long as to make the panel."""


async def complete(tabs: EditorTabs, panels: Mapping[str, LazyPanel[Any]]) -> None:
    """Color the code, create the visible panels and those of `ALWAYS`; others when first shown. Runs on the window's loop."""
    await _color(tabs)
    await _load("result")  # first, as somebody may invoke meanwhile
    # The timeline needs numpy, which takes a tenth of a second to import: also where it is not seen yet, because turning to it
    # would do that in one turn. `numpy.unique` imports `numpy.ma` when it is called first, which takes as long.
    for name in ("numpy", "numpy.ma"):
        await asyncio.to_thread(import_module, name)
    # In this order, which is also the order in which Tab goes through them.
    for name, panel in panels.items():
        if name in ALWAYS or panel.place.isVisible():
            await _load(name)
            panel.fill()
            await asyncio.sleep(0)
    for panel in panels.values():
        panel.fill_when_shown()
    for name in panels:
        await _load(name)  # now that nobody waits for anything


async def _load(name: str) -> None:
    for module in _MODULES.get(name, ()):
        import_module(f"workbench.gui.panels.{module}")
        await asyncio.sleep(0)


async def _color(tabs: EditorTabs) -> None:
    """Color the code that was shown plain. The lexers, 50 ms for the first one, are created on a thread."""
    for alias in tabs.look.lexers():
        await asyncio.to_thread(load_lexer, alias)
    tabs.look.color()
