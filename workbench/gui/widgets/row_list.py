"""Lists of rows as in the side bar: a badge, a text, a detail at the right edge, and perhaps a second line."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QSizePolicy, QWidget

from workbench.editor.viewport import viewport_of
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.row import ROW_ROLE, Index, Row, RowDelegate

_NO_INDEX = QModelIndex()


class RowsModel(QAbstractListModel):
    """The rows as Qt's model."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def replace(self, rows: tuple[Row, ...]) -> None:
        """Show other rows. With the same keys in the same order they are only repainted.

        A reset would lose the view's selection, current row and scroll position at each refresh.
        """
        if rows == self.rows:
            return
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of rows; a list has none below another row."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return text, tool tip, accessible text, or the `Row` itself for `ROW_ROLE`."""
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.spoken or " ".join(part for part in (row.badge, row.text, row.tag, row.alert, row.detail) if part)
        return row if role == ROW_ROLE else None

    def position(self, key: str) -> int:
        """Return the row number of a key, -1 if there is none."""
        return next((number for number, row in enumerate(self.rows) if row.key == key), -1)


class RowList(QListView):
    """A list of rows with single selection.

    Signals, all with a row's key: `row_selected` when another row becomes current, `row_activated` for Enter or a double
    click, `action_chosen` for action rows.
    """

    row_selected = Signal(str)
    row_activated = Signal(str)
    action_chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._quiet = False
        self._rows = RowsModel(self)
        self._delegate = RowDelegate(self)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._inside = viewport_of(self)  # held, so that Qt's `viewport()` is quick
        self._inside.setAutoFillBackground(False)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_activated)

    def set_theme(self, theme: Theme) -> None:
        """Paint in the theme's colors."""
        self._delegate.theme = theme
        self._inside.update()

    def show_rows(self, rows: tuple[Row, ...], current: str) -> None:
        """Show these rows and select the one with the key `current`, or none. Emits nothing."""
        # A flag of our own: with blocked signals, the view itself would not hear of the change and not repaint.
        self._quiet, before = True, self.sizeHint()
        self._rows.replace(rows)
        position = self._rows.position(current)
        if position >= 0:
            self.setCurrentIndex(self._rows.index(position))
        else:
            self.selectionModel().clear()
        self._quiet = False
        if self.sizeHint() != before:  # it depends on the number of rows
            self.updateGeometry()
            self._keep_whole()

    def repaint_rows(self, rows: tuple[Row, ...]) -> None:
        """Show the same rows with other words. What is selected stays so, a row that is a command included."""
        self._rows.replace(rows)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows shown now."""
        return self._rows.rows

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show whole rows only: half of one looks like a defect, and is not read."""
        super().resizeEvent(event)
        self._keep_whole()

    def _keep_whole(self) -> None:
        room_px, row_px = self.contentsRect().height(), self._row_height()
        cut_px = room_px % row_px if row_px <= room_px < len(self.rows) * row_px else 0
        if self.viewportMargins().bottom() != cut_px:
            self.setViewportMargins(0, 0, 0, cut_px)

    def current_key(self) -> str:
        """Return the selected row's key; "" without one."""
        row = self.currentIndex().data(ROW_ROLE)
        return row.key if isinstance(row, Row) and not row.is_action else ""

    def sizeHint(self) -> QSize:
        """Return the height of all rows."""
        return QSize(160, max(1, len(self.rows)) * self._row_height() + 2)

    def minimumSizeHint(self) -> QSize:
        """Return room for three rows, or for fewer if there are fewer."""
        return QSize(120, min(3, max(1, len(self.rows))) * self._row_height() + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose an action row with Return; Qt would only activate it."""
        row = self.currentIndex().data(ROW_ROLE)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(row, Row) and row.is_action:
            self.action_chosen.emit(row.key)
            return
        super().keyPressEvent(event)

    def _row_height(self) -> int:
        lines = 2 if self.rows and self.rows[0].note else 1
        return self.fontMetrics().height() * lines + 10

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which row became the current one. The selection model would tell as well, but making its class takes 1 ms."""
        super().currentChanged(current, previous)
        row = current.data(ROW_ROLE)
        # Action rows only act on a click or Return: arrow keys pass over them.
        if not self._quiet and isinstance(row, Row) and not row.is_action:
            self.row_selected.emit(row.key)

    def _on_clicked(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, Row) and row.is_action:
            self.action_chosen.emit(row.key)

    def _on_activated(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, Row) and not row.is_action:
            self.row_activated.emit(row.key)
