"""What can wait until an opened workspace is on screen, in the order in which a person misses it.

One piece of work a turn of the loop: what was typed in the meantime goes first. Only modules without Qt are imported on threads:
PySide makes a class of Qt when it is first touched, and two threads that do so at once crash the process.
"""

from __future__ import annotations

import asyncio
import time
from importlib import import_module

from PySide6 import QtCore, QtGui, QtWidgets

from workbench.editor.highlighter import load_lexer
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.workspace_page import WorkspacePage

SLICE_S = 0.005


async def complete(page: WorkspacePage) -> None:
    """Colors, then the panels that are in sight, then those behind them. Runs on the window's loop."""
    await _color(page.documents.tabs)
    page.result.fill()
    await asyncio.sleep(0)
    page.configuration.fill()
    await asyncio.to_thread(import_module, "numpy")
    await _touch_qt()
    import_module("workbench.gui.panels.timeline.timeline_panel")
    await asyncio.sleep(0)
    page.timeline.fill()
    await asyncio.sleep(0)
    page.logs.fill()
    await asyncio.sleep(0)
    page.cost.fill()
    await asyncio.sleep(0)
    page.environments.fill()


async def _color(tabs: EditorTabs) -> None:
    """The code was shown without colors: the lexers are made on a thread, where they do not hold the window."""
    for alias in tabs.lexers():
        await asyncio.to_thread(load_lexer, alias)
    tabs.color()


async def _touch_qt() -> None:
    """Importing pyqtgraph touches every class of Qt, 40 ms in one go. After this they are there."""
    slice_ends_s = time.perf_counter() + SLICE_S
    for module in (QtCore, QtGui, QtWidgets):
        for name in dir(module):
            getattr(module, name)
            if time.perf_counter() > slice_ends_s:
                await asyncio.sleep(0)
                slice_ends_s = time.perf_counter() + SLICE_S
