"""The table of the queue: its columns, its keys, and which of its rows can be seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QHelpEvent, QKeySequence, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QTableView, QToolTip, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.queue.queue_model import ACTIONS, AGE, ATTEMPT, EVENT, FUNCTION, NEXT, STATE, WHY, QueueModel
from workbench.gui.panels.queue.queue_row_delegate import QueueRowDelegate, places
from workbench.gui.widgets.fitting_columns import FittingColumns
from workbench.gui.widgets.row_table import choose_rows
from workbench.state.queue_rows import QueueRow, QueueRows
from workbench.state.queue_words import QueueAction

_LONGEST = {EVENT: "1000", FUNCTION: "ThumbnailFun", STATE: "RetriesExhausted", ATTEMPT: "Attempt", AGE: "2 min 30 s",
            NEXT: "in 2 min", WHY: "KeyError", ACTIONS: "ooooo"}
"""`ACTIONS`: as wide as three icons."""
_ACTION_TIPS: dict[QueueAction, str] = {
    "retry": "Try it now, whatever the clock shows (R)", "edit": "Change its payload and send it again (Return)",
    "drop": "Remove it from the queue: it goes nowhere (Delete)"}
_ACTIONS_SHARE = 0.18
"""Part of a wide table in which actions are written out; in a narrow one they are icons."""


class QueueTable(QTableView):
    """Keeps its selection on an event, wherever its row goes.

    Signals: `event_chosen(int event_id, str request_id)` by the person; `part_needed(int first, int last)` for rows that can be
    seen and are not here; `retry_requested()`, `edit_requested()`, `drop_requested()` by what stands in the row of the event,
    `open_requested()` (the invocation); all by keys and context menu, too.
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
        self.actions_by_name: dict[QueueAction, QAction] = {
            "retry": self.retry_action, "edit": self.edit_action, "drop": self.drop_action}
        for action, signal in ((self.retry_action, self.retry_requested), (self.edit_action, self.edit_requested),
                               (self.drop_action, self.drop_requested), (self.open_action, self.open_requested)):
            action.triggered.connect(signal)
        self._cells = QueueRowDelegate(self.lines, self)
        self._pressed: tuple[int, QueueAction | None] = -1, None
        self._prepare()
        FittingColumns(self, _LONGEST, (AGE, FUNCTION, ATTEMPT, NEXT), WHY, {ACTIONS: _ACTIONS_SHARE})

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

    def action_place(self, row: int, name: QueueAction) -> QRect:
        """Return where an action of a row is, in the viewport."""
        return places(self.visualRect(self.lines.index(row, ACTIONS)), self.fontMetrics())[name]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the row, and note the action under the button."""
        super().mousePressEvent(event)
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._pressed = self._action_under(event.position().toPoint()) if is_left else (-1, None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do what the button was pressed and released on, as a button does."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, (-1, None)
        if pressed[1] is not None and self._action_under(event.position().toPoint()) == pressed:
            self.actions_by_name[pressed[1]].trigger()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit an event. Two clicks on an action are its own."""
        if self.columnAt(round(event.position().x())) == ACTIONS:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)
            self.edit_action.trigger()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Underline the action under the mouse and show the hand."""
        super().mouseMoveEvent(event)
        self._show_hovered(self._action_under(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what the action under the mouse does."""
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tip = self.tip_at(event.pos())
            if tip:
                QToolTip.showText(event.globalPos(), tip, self.viewport())
                return True
        return super().viewportEvent(event)

    def tip_at(self, point: QPoint) -> str:
        """Return what the action at a point of the viewport does; "" where there is none."""
        name = self._action_under(point)[1]
        return "" if name is None else _ACTION_TIPS[name]

    def leaveEvent(self, event: QEvent) -> None:
        """Underline none."""
        super().leaveEvent(event)
        self._show_hovered((-1, None))

    def _action_under(self, point: QPoint) -> tuple[int, QueueAction | None]:
        index = self.indexAt(point)
        if index.column() != ACTIONS:
            return -1, None
        name = self._cells.action_at(index.row(), self.visualRect(index), point, self.fontMetrics())
        return (-1, None) if name is None else (index.row(), name)

    def _show_hovered(self, hovered: tuple[int, QueueAction | None]) -> None:
        if hovered != self._cells.hovered:
            self._cells.hovered = hovered
            is_link = hovered[1] is not None
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if is_link else Qt.CursorShape.ArrowCursor)
            self.viewport().update()

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
        self.setItemDelegate(self._cells)
        self.viewport().setMouseTracking(True)
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
