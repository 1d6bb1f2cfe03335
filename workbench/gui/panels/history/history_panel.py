"""Past invocations, newest first, as many as the journal has: status, time, duration, cold or warm; filtered by a query."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import QItemSelection, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView, QVBoxLayout, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.history.history_actions import HistoryActions
from workbench.gui.panels.history.history_filter import HistoryFilter
from workbench.gui.panels.history.past_model import PastModel
from workbench.gui.widgets.row import RowDelegate
from workbench.gui.widgets.row_table import choose_rows
from workbench.model.past_invocations import PastInvocation


class HistoryPanel(QWidget):
    """A list that asks for what it needs; whoever has the engine puts it into `model`.

    Signals: `invocation_selected(str request_id)`; `rows_wanted()` when other rows can be seen; `refresh_wanted()` when new
    invocations may be there; `query_changed(str)`; `action_requested(str name, list[PastInvocation])`. The window calls
    `refresh` for Topic.INVOCATIONS.
    """

    invocation_selected = Signal(str)
    rows_wanted = Signal()
    refresh_wanted = Signal()
    query_changed = Signal(str)
    action_requested = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PastModel(self)
        self.list = QTableView()
        self.filter = HistoryFilter()
        self.actions_of_list = HistoryActions(self.list)
        self._delegate = RowDelegate(self)
        self._quiet = False
        self._awaited = ""
        """An invocation that was chosen elsewhere before it was known here: its answer came before its events."""
        self._chosen_id = ""
        """The one that is chosen, which stays so when the list is another one."""
        self._beside = ""
        """The one to choose once those are gone that are to be forgotten."""
        self._prepare()
        self._connect()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filter)
        layout.addWidget(self.list, 1)
        self.setFocusProxy(self.list)

    def _prepare(self) -> None:
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName(self.tr("Past invocations"))
        self.list.setObjectName("historyList")
        choose_rows(self.list)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.horizontalHeader().hide()
        self.list.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.list.viewport().setAutoFillBackground(False)
        self._set_height()
        menu = QMenu(self.filter.more)
        self.actions_of_list.fill(menu)
        self.filter.more.setMenu(menu)
        self.actions_of_list.show_chosen(())

    def _connect(self) -> None:
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self.list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.list.verticalScrollBar().valueChanged.connect(self.rows_wanted)
        self.model.dataChanged.connect(self._on_selection_changed)
        self.filter.changed.connect(self.query_changed)
        self.actions_of_list.requested.connect(self._on_requested)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.filter.field.setFocus)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._delegate.theme = theme
        self.list.viewport().update()

    def name_functions(self, *, named: bool) -> None:
        """Set whether rows show their function's name, which they should if there are several functions."""
        if self.model.name_functions(named=named):
            self._set_height()

    def show_events(self, event_of: Callable[[str], str]) -> None:
        """Name the events with which requests were sent. Call it again when more names are known."""
        self.model.event_of = event_of
        self.list.viewport().update()

    def refresh(self) -> None:
        """Ask for what is new. The selection stays on its invocation and nothing is emitted of it."""
        self.refresh_wanted.emit()

    def settle(self) -> None:
        """Choose the invocation that is awaited, or was chosen in another list, if it is there by now."""
        wanted = self._awaited or ("" if self.list.selectionModel().hasSelection() else self._chosen_id)
        if wanted and self.model.position(wanted) >= 0:
            self.select(wanted)

    def visible_rows(self) -> tuple[int, int]:
        """Return the first and the last row that can be seen."""
        last = self.list.rowAt(self.list.viewport().height() - 1)
        return max(self.list.rowAt(0), 0), last if last >= 0 else self.model.rowCount() - 1

    def chosen(self) -> list[PastInvocation]:
        """Return the chosen invocations, the newest first."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        found = (self.model.past(row) for row in rows)
        return [past for past in found if past is not None]

    def select(self, request_id: str) -> None:
        """Select an invocation that was chosen elsewhere, without emitting it again."""
        self._quiet = True
        position = self.model.position(request_id)
        self._awaited, self._chosen_id = request_id if position < 0 else "", request_id
        if position < 0:
            self.list.selectionModel().clear()
        elif self.model.request_id(self.list.currentIndex().row()) != request_id or not self.list.selectionModel().hasSelection():
            self.list.setCurrentIndex(self.model.index(position, 0))
        self._quiet = False

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the rows that can be seen now."""
        super().showEvent(event)
        self.rows_wanted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for the rows that can be seen now."""
        super().resizeEvent(event)
        self.rows_wanted.emit()

    def _set_height(self) -> None:
        lines = 2 if self.model.names_functions else 1
        self.list.verticalHeader().setDefaultSectionSize(self.list.fontMetrics().height() * lines + 10)

    def step_aside(self, gone: Collection[str]) -> bool:
        """Choose the one beside those that were forgotten at this list's request. False if there is none."""
        beside, self._beside = self._beside, ""
        row = -1 if beside in gone else self.model.position(beside)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row, 0))
        return row >= 0

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        request_id = self.model.request_id(current.row()) if current.isValid() else ""
        if not self._quiet and request_id:
            self._awaited, self._chosen_id = "", request_id
            self.invocation_selected.emit(request_id)

    def _on_selection_changed(self, _selected: QItemSelection | None = None, _gone: QItemSelection | None = None) -> None:
        self.actions_of_list.show_chosen(self.chosen())

    def _note_beside(self) -> None:
        """Note the one below the chosen ones, or above them."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        below, above = self.model.request_id(rows[-1] + 1), self.model.request_id(rows[0] - 1)
        self._beside = below or above

    def _on_requested(self, name: str) -> None:
        if name == "forget":
            self._note_beside()
        self.action_requested.emit(name, self.chosen())
