"""Creates what can wait until an opened workspace is on screen, in the order in which a person misses it.

Each turn of the loop does one piece of work, so that input which arrived meanwhile is handled first. Threads only import
modules without Qt: PySide creates a Qt class when it is first touched, and two threads that do so at once crash the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

from PySide6.QtCore import QTimer

from workbench.background import begin_awaited
from workbench.editor.highlighter import load_lexer
from workbench.editor.tabs import EditorTabs
from workbench.gui.layout.view_area import ViewArea
from workbench.gui.widgets.lazy_panel import LazyPanel

ALWAYS = ("timeline", "result", "logs")
"""Panels that are made although nobody may see them yet: whoever invokes turns to them."""
LONGEST = "configuration"
"""The panel that takes longest, half of it to be made and half to be shown: it is made when nobody waits for anything."""
_MODULES = {
    "result": ("result.text_view", "result.answer_views", "result.result_panel"),
    "timeline": ("timeline.drawing", "timeline.timeline_plot", "timeline.timeline_panel"),
    "logs": ("log.metric_chart", "log.metrics_view", "log.log_panel"),
    "configuration": ("configuration.configuration_panel",),
    "history": ("history.history_panel",), "concurrency": ("concurrency.concurrency_panel",), "queue": ("queue.queue_panel",),
    "environments": ("environments.execution_environments_panel",), "versions": ("versions.versions_panel",),
    "cost": ("cost.cost_panel",), "inbox": ("inbox.inbox_panel",), "files": ("navigation.files_panel",),
}
"""What panels are made of, to be imported in turns: that takes up to as long as to make the panel."""
_COUNTING = ("timeline", "logs")
"""Panels that need numpy, which takes a fifth of a second to import."""
_NUMBERS = ("numpy", "numpy.ma", "workbench.state.timeline", "workbench.state.timeline_view", "workbench.state.lanes",
            "workbench.state.log_metrics", "workbench.state.span_filter", "workbench.state.aligned_lanes")
"""numpy and what those panels show: without Qt, so a thread imports it. `numpy.unique` imports `numpy.ma` at its first call."""


class DeferredPanels:
    """Panels of a page that are made after it is on screen. One that a person turns to comes next, as soon as it is loaded."""

    def __init__(self, tabs: EditorTabs, panels: Mapping[str, LazyPanel[Any]], area: ViewArea) -> None:
        self._tabs = tabs
        self._panels = panels
        self._area = area
        self._wanted: list[str] = []
        self._shown: list[str] = []
        self._turn = QTimer(area, singleShot=True, interval=0)
        self._turn.timeout.connect(self._make_shown)
        for name, panel in panels.items():
            panel.wait_for(partial(self._want, name))

    async def complete(self) -> None:
        """Color the code, create the visible panels and those of `ALWAYS`; others when first shown. Runs on the window's loop."""
        for name, panel in self._panels.items():
            panel.place.shown.connect(partial(self._on_shown, name))
        await self._load("result")  # first, as somebody may invoke meanwhile
        await _color(self._tabs)
        waiting, has_numbers = list(self._panels), False
        while waiting:
            early = [name for name in self._wanted if name in waiting and name not in _COUNTING]
            name = self._next(waiting if has_numbers else early)
            if name:
                waiting.remove(name)
                await self._load(name)
                await self._make(name)
            else:
                await _load_numpy()
                has_numbers = True
        self._panels[LONGEST].fill()

    def _on_shown(self, name: str) -> None:
        """Have a panel made whose place is seen: now, or in a turn of its own if another arrangement shows several."""
        if self._area.is_arranging:
            self._shown.append(name)
            self._turn.start()
        else:
            self._panels[name].want()

    def _make_shown(self) -> None:
        panel = self._panels[self._shown.pop(0)]
        if panel.place.isVisible():
            panel.want()
        if self._shown:
            self._turn.start()

    def _want(self, name: str) -> None:
        if name not in self._wanted:
            self._wanted.append(name)

    def _next(self, loadable: list[str]) -> str:
        """What comes next of these: what a person has turned to, what is seen, what is always made, and the rest. "" if none."""
        def rank(name: str) -> int:
            is_early = name in ALWAYS or self._panels[name].place.isVisible()
            return self._wanted.index(name) - len(self._wanted) if name in self._wanted else 0 if is_early else 1

        return min(loadable, key=rank, default="")

    async def _make(self, name: str) -> None:
        panel = self._panels[name]
        panel.go_on()
        if name in ALWAYS or panel.place.isVisible():
            panel.fill()
        await asyncio.sleep(0)

    async def _load(self, name: str) -> None:
        for module in _modules_of(name):
            import_module(module)
            await asyncio.sleep(0)


async def _color(tabs: EditorTabs) -> None:
    """Color the code that was shown plain. The lexers, 50 ms for the first one, are created on a thread."""
    for alias in tabs.look.lexers():
        await asyncio.to_thread(load_lexer, alias)
    tabs.look.color()


async def _load_numpy() -> None:
    """Import numpy. Nothing else is imported meanwhile: the loop would wait for modules that the thread has begun."""
    numbers = begin_awaited("Loading numpy", asyncio.to_thread(_load_numbers))
    try:
        await asyncio.wait([numbers])
    finally:
        await numbers  # a thread goes on, whoever is cancelled


def _load_numbers() -> None:
    for module in _NUMBERS:
        import_module(module)


def _modules_of(name: str) -> list[str]:
    return [f"workbench.gui.panels.{module}" for module in _MODULES.get(name, ())]
