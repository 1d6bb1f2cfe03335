"""Past invocations, newest first: status, time of day, duration, cold or warm."""

from __future__ import annotations

from itertools import islice
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme
from workbench.gui.panels.invocation_words import figures, status_look, summary
from workbench.gui.widgets.row import ROW_ROLE, Row, RowDelegate
from workbench.model.function_version import LATEST
from workbench.model.moments import local_time
from workbench.state.history import History
from workbench.state.invocation import Invocation
from workbench.state.session import Session

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class HistoryModel(QAbstractListModel):
    """The history as a list, newest first. `update` inserts new rows at the top, so that the selection stays."""

    def __init__(self, history: History, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._history = history
        self._rows: list[Invocation] = []
        self._added = 0
        self._names_functions = False

    def update(self) -> None:
        """Take over new, changed and dropped invocations."""
        # Counted by `added`, because the length stays the same once the history drops one for each new one.
        fresh = min(self._history.added - self._added, len(self._history))
        self._added = self._history.added
        if fresh:
            self.beginInsertRows(_NO_INDEX, 0, fresh - 1)
            self._rows[:0] = list(islice(reversed(list(self._history)), fresh))
            self.endInsertRows()
        if len(self._rows) > len(self._history):
            self.beginRemoveRows(_NO_INDEX, len(self._history), len(self._rows) - 1)
            del self._rows[len(self._history):]
            self.endRemoveRows()
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def name_functions(self, *, named: bool) -> bool:
        """Set whether rows show their function's name, on a second line. False if nothing changed."""
        if named == self._names_functions:
            return False
        self._names_functions = named
        self.layoutChanged.emit()
        return True

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of invocations that the session keeps."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return a text for screen readers, a tool tip with all figures, or the `Row` for the delegate."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        invocation = self._rows[index.row()]
        if role == ROW_ROLE:
            return _row(invocation, names_function=self._names_functions)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{status_look(invocation).word} {_clock(invocation)} {summary(invocation)} {invocation.function_name}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{invocation.function_name}\n{figures(invocation)}\nrequest {invocation.request_id}"
        return None

    def request_id(self, row: int) -> str:
        """Return the request ID of a row."""
        return self._rows[row].request_id

    def position(self, request_id: str) -> int:
        """Return the row of a request, -1 if there is none."""
        return next((row for row, invocation in enumerate(self._rows) if invocation.request_id == request_id), -1)


class HistoryPanel(QWidget):
    """Emits `invocation_selected(str request_id)`. The window calls `refresh` for Topic.INVOCATIONS."""

    invocation_selected = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # QListView lays out all rows at each insertion, which is bearable with these 2,000 but not with the log's 100,000.
        self.model = HistoryModel(session.history, self)
        self.list = QListView()
        self._title = PlainLabel(self.tr("HISTORY"))
        self._delegate = RowDelegate(self)
        self._quiet = False
        self._awaited = ""
        """An invocation that was chosen elsewhere before it was known here: its answer came before its events."""
        self._prepare()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addWidget(self.list, 1)
        self.setFocusProxy(self.list)
        self.refresh()

    def _prepare(self) -> None:
        font = small(self._title.font())
        font.setLetterSpacing(font.SpacingType.PercentageSpacing, 106)
        self._title.setFont(font)
        self._title.setObjectName("sectionTitle")
        self._title.setContentsMargins(14, 9, 8, 4)
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName(self.tr("Past invocations"))
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.viewport().setAutoFillBackground(False)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._delegate.theme = theme
        self.list.viewport().update()

    def name_functions(self, *, named: bool) -> None:
        """Set whether rows show their function's name, which they should if there are several functions."""
        if self.model.name_functions(named=named):
            self.list.scheduleDelayedItemsLayout()  # rows have another height now, which a view with uniform sizes keeps

    def refresh(self) -> None:
        """Show what the session knows now. The selection stays on its invocation and nothing is emitted."""
        self._quiet = True
        self.model.update()
        self._quiet = False
        if self._awaited and self.model.position(self._awaited) >= 0:
            self.select(self._awaited)

    def select(self, request_id: str) -> None:
        """Select an invocation that was chosen elsewhere, without emitting it again."""
        self._quiet = True
        position = self.model.position(request_id)
        self._awaited = request_id if position < 0 else ""
        if position >= 0:
            self.list.setCurrentIndex(self.model.index(position))
        else:
            self.list.selectionModel().clear()
        self._quiet = False

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not self._quiet and current.isValid():
            self._awaited = ""
            self.invocation_selected.emit(self.model.request_id(current.row()))


def _row(invocation: Invocation, *, names_function: bool) -> Row:
    look, clock = status_look(invocation), _clock(invocation)
    published = "" if invocation.version == LATEST else invocation.version
    if names_function:
        text, note = ":".join(filter(None, (invocation.function_name, published))), clock
    else:
        text, note = f"{clock} · version {published}" if published else clock, ""
    return Row(
        key=invocation.request_id, text=text, note=note,
        badge=look.mark, badge_token=look.token, detail=summary(invocation),
        detail_token=look.token if invocation.status in ("error", "timeout") else "muted",
    )


def _clock(invocation: Invocation) -> str:
    return local_time(invocation.received_ms / 1_000).strftime("%H:%M:%S")
