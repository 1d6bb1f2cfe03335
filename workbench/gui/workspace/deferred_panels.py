"""Creates what can wait until an opened workspace is on screen, in the order in which a person misses it.

Each turn of the loop does one piece of work, so that input which arrived meanwhile is handled first. Threads only import
modules without Qt: PySide creates a Qt class when it is first touched, and two threads that do so at once crash the process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from workbench.editor.highlighter import load_lexer
from workbench.editor.tabs import EditorTabs
from workbench.gui.widgets.lazy_panel import LazyPanel

SLICE_S = 0.005


ALWAYS = ("timeline", "result", "logs")
"""Panels that are made although nobody may see them yet: whoever invokes turns to them."""


async def complete(tabs: EditorTabs, panels: Mapping[str, LazyPanel[Any]]) -> None:
    """Color the code, create the visible panels and those of `ALWAYS`; others when first shown. Runs on the window's loop."""
    await _color(tabs)
    # The timeline needs pyqtgraph, which needs numpy. Imported in this order, each in its own turn, no single turn is long:
    # so also where it is not seen yet, because turning to it would do all of that in one turn.
    await asyncio.to_thread(import_module, "numpy")
    await _touch_qt()
    import_module("workbench.gui.panels.timeline.timeline_panel")
    # In this order, which is also the order in which Tab goes through them.
    for name, panel in panels.items():
        if name in ALWAYS or panel.place.isVisible():
            await asyncio.sleep(0)
            panel.fill()
    for panel in panels.values():
        panel.fill_when_shown()


async def _color(tabs: EditorTabs) -> None:
    """Color the code that was shown plain. The lexers, 50 ms for the first one, are created on a thread."""
    for alias in tabs.look.lexers():
        await asyncio.to_thread(load_lexer, alias)
    tabs.look.color()


async def _touch_qt() -> None:
    """Have PySide create every class of Qt, in slices. Importing pyqtgraph would do it in one go, which takes 40 ms."""
    slice_ends_s = time.perf_counter() + SLICE_S
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name)
            if time.perf_counter() > slice_ends_s:
                await asyncio.sleep(0)
                slice_ends_s = time.perf_counter() + SLICE_S
