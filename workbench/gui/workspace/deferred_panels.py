"""Creates what can wait until an opened workspace is on screen, in the order in which a person misses it.

Each turn of the loop does one piece of work, so that input which arrived meanwhile is handled first. Threads only import
modules without Qt: PySide creates a Qt class when it is first touched, and two threads that do so at once crash the process.
"""

from __future__ import annotations

import asyncio
from importlib import import_module

from workbench.editor.highlighter import load_lexer
from workbench.editor.tabs import EditorTabs
from workbench.gui.workspace.asynchronous_views import AsynchronousViews
from workbench.gui.workspace.configuration_controller import ConfigurationController
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.gui.workspace.versions_display import VersionsDisplay


async def complete(
    tabs: EditorTabs, panels: SessionPanels, configuration: ConfigurationController, versions: VersionsDisplay,
    asynchronous: AsynchronousViews,
) -> None:
    """Color the code, then create the visible panels, then those behind tabs. Runs on the window's loop."""
    await _color(tabs)
    panels.history.fill()
    await asyncio.sleep(0)
    panels.result.fill()
    await asyncio.sleep(0)
    configuration.lazy_panel.fill()
    # The timeline needs numpy, which takes a tenth of a second to import.
    await asyncio.to_thread(import_module, "numpy")
    import_module("workbench.gui.panels.timeline.timeline_panel")
    await asyncio.sleep(0)
    panels.timeline.fill()
    await asyncio.sleep(0)
    panels.logs.fill()
    await asyncio.sleep(0)
    panels.cost.fill()
    await asyncio.sleep(0)
    panels.environments.fill()
    await asyncio.sleep(0)
    panels.concurrency.fill()
    await asyncio.sleep(0)
    versions.lazy_panel.fill()
    await asyncio.sleep(0)
    asynchronous.queue.lazy_panel.fill()
    await asyncio.sleep(0)
    asynchronous.inbox.lazy_panel.fill()


async def _color(tabs: EditorTabs) -> None:
    """Color the code that was shown plain. The lexers, 50 ms for the first one, are created on a thread."""
    for alias in tabs.look.lexers():
        await asyncio.to_thread(load_lexer, alias)
    tabs.look.color()
