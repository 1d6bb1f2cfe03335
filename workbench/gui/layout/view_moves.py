"""Moves views to the pages of another arrangement: those that are seen at once, the others one a turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.layout.view_page import ViewPage


class ViewMoves(QObject):
    """Qt styles all that is in a widget anew each time its parent changes: for all views together, half of a long turn.

    So a view that nobody sees stays in a former arrangement until it is its turn, or until it is to be seen. Former arrangements
    are hidden, and deleted when the last view has left them. What is asked for meanwhile finds each view wherever it is.

    Signal: `moved()` after a view has followed in a later turn.
    """

    moved = Signal()

    def __init__(self, views: Mapping[str, QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._views = views
        self._goals: dict[str, ViewPage] = {}
        self._former: list[QWidget] = []
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._go_on)

    def begin(self, pages: Iterable[ViewPage], former: QWidget | None) -> None:
        """Move all views to these pages, out of `former`. At once if they have no place yet."""
        self._goals = {page.name: page for page in pages}
        if former is None:
            for name in list(self._goals):
                self.move(name)
        else:
            former.hide()
            self._former.append(former)
            self._turn.start()

    def move(self, name: str) -> None:
        """Move a view now, if it is not there yet: it is to be seen."""
        page = self._goals.pop(name, None)
        if page is not None:
            page.take(self._views[name])

    def _go_on(self) -> None:
        if self._goals:
            self.move(next(iter(self._goals)))
            self.moved.emit()
            self._turn.start()
        else:
            for former in self._former:
                former.deleteLater()
            self._former.clear()
