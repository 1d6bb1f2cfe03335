"""Chooses between the layouts of a workspace's page, and remembers what the person made of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.preferences import WorkspaceMemory
from workbench.gui.panels.order import LayoutName
from workbench.gui.workspace.layout_memory import keep_layouts, read_layouts
from workbench.gui.workspace.page_layouts import PRESENTATION, KeptLayouts
from workbench.gui.workspace.page_regions import PageRegions


class LayoutKeeper(QObject):
    """Whatever changes is remembered at once, because the window may be killed.

    Signals: `chosen(str name)` when another layout is shown; `presenting_changed(bool)`.
    """

    chosen = Signal(str)
    presenting_changed = Signal(bool)

    def __init__(self, regions: PageRegions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._regions = regions
        self._memory: WorkspaceMemory | None = None
        self._kept = KeptLayouts()
        self._is_presenting = False
        regions.changed.connect(self._on_changed)
        regions.drawer_toggled.connect(self._on_changed)

    @property
    def name(self) -> LayoutName:
        """The layout that is shown; during a presentation, the one that it goes back to."""
        return self._kept.name

    @property
    def is_presenting(self) -> bool:
        """Whether the page is laid out for an audience."""
        return self._is_presenting

    def restore(self, memory: WorkspaceMemory) -> None:
        """Show the page as the person left it, and remember changes from now on. Comes before everything else."""
        self._kept = read_layouts(memory)
        self._regions.show_layout(self._kept.layout)
        self._regions.set_widths(self._kept.side_px, self._kept.drawer_px)
        self._regions.open_drawer(is_open=self._kept.is_drawer_open)
        self._memory = memory
        self.chosen.emit(self.name)

    def choose(self, name: LayoutName) -> None:
        """Show another layout, as the person left it."""
        self.present(is_on=False)
        self._keep(self._kept.replace(name=name))
        self._regions.show_layout(self._kept.layout)
        self.chosen.emit(name)

    def reset(self) -> None:
        """Show the present layout as it comes, and forget what the person made of it."""
        own = {name: layout for name, layout in self._kept.own.items() if name != self.name}
        self._keep(self._kept.replace(own=own))
        self.choose(self.name)

    def present(self, *, is_on: bool) -> None:
        """Show timeline and log and nothing beside them, or what was there before. Changes meanwhile are not remembered."""
        if is_on is self._is_presenting:
            return
        self._is_presenting = True  # also while what was there before is put back
        self._regions.show_layout(PRESENTATION if is_on else self._kept.layout)
        self._regions.open_drawer(is_open=not is_on and self._kept.is_drawer_open)
        self._is_presenting = is_on
        self.presenting_changed.emit(is_on)

    def save(self) -> None:
        """Remember the page as it is."""
        self._on_changed()

    def _on_changed(self, *_: object) -> None:
        if self._is_presenting or self._memory is None:
            return
        side_px, drawer_px = self._regions.widths_px
        self._keep(self._kept.replace(
            own={**self._kept.own, self.name: self._regions.layout_now()}, side_px=side_px, drawer_px=drawer_px,
            is_drawer_open=self._regions.is_drawer_open))

    def _keep(self, kept: KeptLayouts) -> None:
        self._kept = kept
        if self._memory is not None:
            keep_layouts(self._memory, kept)
