"""Where things are on the page of a workspace, and what the window remembers of that."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from workbench.gui.application.preferences import Preferences
from workbench.gui.widgets.lazy_panel import PanelPlace

_FORMER_NAMES = {"center": "centre"}
"""Splitters whose position earlier versions saved under another name."""


class PageRegions(QSplitter):
    """On the left functions, events and history; on the right code, configuration and versions above timeline and results.

    Behind timeline and results are the queue, the inbox and the grid of concurrency, which need the whole width too.

    Panels that are created later have their places already.
    """

    def __init__(
        self, functions: QWidget, events: QWidget, editors: QWidget, preferences: Preferences, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.history, self.timeline = PanelPlace(), PanelPlace()
        self.configuration, self.versions = PanelPlace(), PanelPlace()
        self.sides = QTabWidget()
        self.queue, self.inbox, self.concurrency = PanelPlace(), PanelPlace(), PanelPlace()
        self.views = QTabWidget()
        self.result, self.logs, self.cost, self.environments = PanelPlace(), PanelPlace(), PanelPlace(), PanelPlace()
        self.results = QTabWidget()
        self._prepare()
        top = _fill(QSplitter(), (editors, self.sides), sizes=(776, 280), stretches=(4, 1))
        # Timeline and results get the whole width: at 1280 pixels, a third of it would cut both off.
        bottom = _fill(QSplitter(), (self.timeline, self.results), sizes=(570, 486), stretches=(1, 1))
        for place, title in (
                (bottom, "Invocations"), (self.queue, "Queue"), (self.inbox, "Inbox"), (self.concurrency, "Concurrency")):
            self.views.addTab(place, title)
        center = _fill(QSplitter(Qt.Orientation.Vertical), (top, self.views), sizes=(380, 330), stretches=(3, 2))
        _fill(self, (_side_bar(functions, events, self.history), center), sizes=(224, 1056), stretches=(1, 8))
        self.splitters = {"top": top, "bottom": bottom, "center": center, "main": self}
        """The splitters by the names under which their positions are saved."""

    def restore(self) -> None:
        """Restore the splitters' positions from the last window."""
        for name, splitter in self.splitters.items():
            saved = self._preferences.blob(name)
            splitter.restoreState(self._preferences.blob(_FORMER_NAMES.get(name, name)) if saved.isEmpty() else saved)

    def save(self) -> None:
        """Save the splitters' positions for the next window."""
        for name, splitter in self.splitters.items():
            self._preferences.save_blob(name, splitter.saveState())

    def _prepare(self) -> None:
        titles = ((self.result, "Result"), (self.logs, "Logs"), (self.cost, "Cost"), (self.environments, "Environments"))
        for place, title in titles:
            self.results.addTab(place, title)
        self.sides.addTab(self.configuration, "Configuration")
        self.sides.addTab(self.versions, "Versions")
        for tabs, name, width_px in ((self.results, "results", 320), (self.sides, "sides", 280), (self.views, "views", 640)):
            tabs.setDocumentMode(True)
            tabs.tabBar().setDrawBase(False)
            tabs.setObjectName(name)
            tabs.setMinimumWidth(width_px)
        for place in (self.configuration, self.versions):
            _style(place, "sidePanel", minimum_width_px=280)
        _style(self.timeline, "timeline", minimum_width_px=320)


def _fill(splitter: QSplitter, parts: tuple[QWidget, ...], sizes: tuple[int, ...], stretches: tuple[int, ...]) -> QSplitter:
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    for part in parts:
        splitter.addWidget(part)
    splitter.setSizes(sizes)
    for index, stretch in enumerate(stretches):
        splitter.setStretchFactor(index, stretch)
    return splitter


def _side_bar(*parts: QWidget) -> QWidget:
    bar = QWidget()
    _style(bar, "sidePanel", minimum_width_px=190)
    layout = QVBoxLayout(bar)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for part in parts:
        layout.addWidget(part)
    layout.setStretchFactor(parts[-1], 1)
    return bar


def _style(widget: QWidget, name: str, *, minimum_width_px: int) -> None:
    """Let the style sheet's rule of that name apply."""
    widget.setObjectName(name)
    # Without this attribute Qt paints no style-sheet background for a subclass of QWidget (Qt Style Sheets Reference).
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    widget.setMinimumWidth(minimum_width_px)
