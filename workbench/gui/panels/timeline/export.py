"""Saves the timeline: as a picture of what is in view, or as a trace of everything that is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QObject, QPoint, Signal
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from workbench.gui.application.file_places import FilePlaces
from workbench.gui.panels.timeline.timeline_plot import TimelinePlot
from workbench.gui.widgets.file_dialog import FileDialog
from workbench.model.failures import WorkbenchError
from workbench.state.session import Session
from workbench.state.traces import chrome_trace
from workbench.workspace.atomic_file import write_atomically

KINDS = {
    "png": "Picture (PNG)…", "svg": "Drawing (SVG)…",
    "json": "Trace for Perfetto, DevTools and speedscope (JSON)…",
}
"""What it is saved as, by the ending of the file's name."""


class TimelineExport(QObject):
    """A button with a menu. Signals: `told(str sentence)` when it is saved, `failed(WorkbenchError)` if it cannot be written."""

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, session: Session, plot: TimelinePlot, places: FilePlaces, parent: QWidget) -> None:
        super().__init__(parent)
        self._places = places
        self._session = session
        self._plot = plot
        self.button = QToolButton()
        self.button.setText("⋯")
        self.button.setObjectName("menuButton")
        self.button.setAccessibleName(self.tr("Save the timeline"))
        self.button.setAutoRaise(True)
        self.button.setToolTip(self.tr("Save the timeline as a picture, or as a trace that Perfetto and speedscope open."))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        for suffix, title in KINDS.items():
            menu.addAction(title).setData(suffix)
        menu.triggered.connect(self._on_chosen)
        self.button.setMenu(menu)

    def save(self, path: Path) -> None:
        """Save as what the ending of the name says, and emit `told` or `failed`."""
        try:
            self._write(path)
        except WorkbenchError as error:
            self.failed.emit(error)
        else:
            self.told.emit(self.tr("The timeline was saved as {0}.").format(path))

    def _on_chosen(self, action: object) -> None:
        suffix = str(action.data())  # type: ignore[attr-defined]  # a QAction
        dialog = FileDialog(self.tr("Save the timeline"), "timeline", self._places, self._plot)
        dialog.save_as(f"timeline.{suffix}", suffix)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    def _on_file(self, name: str) -> None:
        self.save(Path(name))

    def _write(self, path: Path) -> None:
        write_atomically(path, self._contents.get(path.suffix.lower().lstrip("."), self._trace)())

    @property
    def _contents(self) -> dict[str, Callable[[], bytes]]:
        return {"png": self._picture, "svg": self._drawing}

    def _trace(self) -> bytes:
        now_ms = self._session.engine_now_ms(time.time() * 1_000)
        return chrome_trace(self._session.timeline, self._session.history, now_ms)

    def _picture(self) -> bytes:
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        self._plot.grab().save(buffer, "PNG")
        return bytes(buffer.data().data())

    def _drawing(self) -> bytes:
        buffer, drawing = QBuffer(), QSvgGenerator()
        drawing.setOutputDevice(buffer)
        drawing.setSize(self._plot.size())
        drawing.setViewBox(self._plot.rect())
        drawing.setTitle("Lambda Workbench: timeline")
        painter = QPainter(drawing)
        self._plot.render(painter, QPoint())
        painter.end()
        return bytes(buffer.data().data())
