"""The table of the queue: its columns, its keys, and which of its rows can be seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QTableView, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.queue.queue_model import AGE, ATTEMPT, EVENT, FUNCTION, NEXT, STATE, WHY, QueueModel
from workbench.gui.widgets.fitting_columns import FittingColumns
from workbench.gui.widgets.row_table import choose_rows
from workbench.state.queue_rows import QueueRow, QueueRows

_LONGEST = {EVENT: "100000", FUNCTION: "ThumbnailFun", STATE: "RetriesExhausted", ATTEMPT: "Attempt", AGE: "2 min 30 s",
            NEXT: "in 2 min 5 s", WHY: "ValueError: total"}


class QueueTable(QTableView):
    """Keeps its selection on an event, wherever its row goes.

    Signals: `event_chosen(int event_id, str request_id)` by the person; `part_needed(int first, int last)` for rows that can be
    seen and are not here; `retry_requested()`, `edit_requested()`, `drop_requested()`, `open_requested()` (the invocation) by
    keys and context menu.
    """

    event_chosen = Signal(int, str)
    part_needed = Signal(int, int)
    retry_requested = Signal()
    edit_requested = Signal()
    drop_requested = Signal()
    open_requested = Signal()

    def __init__(self, rows: QueueRows, seen: Callable[[str], str] = str, parent: QWidget | None = None) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self.setObjectName("rowTable")
        self._rows = rows
        self._quiet = False
        self.lines = QueueModel(rows, self, seen)
        self.retry_action = self._action("Retry now", "R")
        self.edit_action = self._action("Edit and re-send…", "Return;Enter")
        self.drop_action = self._action("Drop", "Del")
        self.open_action = self._action("Open the invocation", "O")
        for action, signal in ((self.retry_action, self.retry_requested), (self.edit_action, self.edit_requested),
                               (self.drop_action, self.drop_requested), (self.open_action, self.open_requested)):
            action.triggered.connect(signal)
        self._prepare()
        FittingColumns(self, _LONGEST, (AGE, ATTEMPT, FUNCTION, NEXT), WHY)

    def refresh(self, chosen: int) -> None:
        """Show what the rows are now, with the row of this event selected; 0 for none."""
        self._quiet = True
        self.lines.update()
        self._select(chosen)
        self._quiet = False
        self._look()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.lines.theme = theme
        self.viewport().update()

    def seen(self) -> tuple[int, int]:
        """Return the first and the last row that can be seen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        return max(first, 0), last if last >= 0 else self.lines.rowCount() - 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More rows may be seen; the chosen one still is."""
        super().resizeEvent(event)
        if self.selectionModel().hasSelection():
            self.scrollTo(self.currentIndex())
        self._look()

    def _select(self, chosen: int) -> None:
        position = self._rows.position(chosen) if chosen else -1
        if position < 0:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        elif self.currentIndex().row() != position or not self.selectionModel().hasSelection():
            self.setCurrentIndex(self.lines.index(position, EVENT))

    def _prepare(self) -> None:
        self.setAccessibleName(self.tr("Asynchronous invocations"))
        self.setModel(self.lines)
        choose_rows(self)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.verticalScrollBar().valueChanged.connect(self._look)

    def _action(self, text: str, keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys.split(";")])
        # Only with the focus here: Delete in the editor must drop nothing.
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.addAction(action)
        return action

    def _look(self, *_: object) -> None:
        first, last = self.seen()
        if not self._rows.has(first, last):
            self.part_needed.emit(first, last)

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row: QueueRow | None = self._rows.row(current.row()) if current.isValid() else None
        if row is not None and not self._quiet:
            self.event_chosen.emit(row.event_id, row.request_id)
