"""Remembers how a workspace's timeline is arranged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, get_args

from workbench.gui.application.preferences import WorkspaceMemory

if TYPE_CHECKING:  # it is made late, because it needs numpy
    from workbench.gui.panels.timeline.timeline_panel import TimelinePanel

_KEY = "timeline"


def keep_arrangement(memory: WorkspaceMemory, panel: TimelinePanel) -> None:
    """Arrange a timeline as the person left it, aligned at the start of its invocations if nothing is remembered."""
    from workbench.state.lanes import Grouping

    remembered = memory.text(_KEY)
    panel.filter.group(next((each for each in get_args(Grouping) if each == remembered), "aligned"))
    panel.filter.arranged.connect(partial(memory.save_text, _KEY))
