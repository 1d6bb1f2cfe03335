"""The inbox: what asynchronous invocations sent to any ARN that nobody else received."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.look.theme import DARK, Theme
from workbench.gui.panels.inbox.inbox_model import CONDITION, FUNCTION, KIND, TARGET, TIME, InboxModel
from workbench.gui.panels.queue.event_text import message_pieces
from workbench.gui.panels.result.result_text import Piece, Prose, seen_pieces
from workbench.gui.panels.result.result_view import ResultView
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.beside_or_below import BesideOrBelow
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.gui.widgets.empty_note import EmptyNote
from workbench.gui.widgets.fitting_columns import FittingColumns
from workbench.gui.widgets.row_table import choose_rows
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.model.inbox import InboxMessage
from workbench.state.inbox_rows import InboxRow, InboxRows

EMPTY = ("The inbox is empty. What asynchronous invocations send to a dead-letter queue or a destination arrives here as long as "
         "no services endpoint receives it, whatever its ARN is: nothing has to be made first.")
_CHOOSE = "Choose a message: what its target would have got is shown here."
_LONGEST = {TIME: "12-30 00:00:00", KIND: "Dead letter", FUNCTION: "ThumbnailFunct", CONDITION: "RetriesExhausted",
            TARGET: "Addressed to"}
_WIDE_CHARACTERS = 100


class InboxPanel(QWidget):
    """Shows `rows`; whoever changes them calls `refresh`.

    Signals: `visibility_changed(bool)`; `more_needed()` for earlier messages; `message_chosen(int id)`;
    `invocation_requested(str request_id)`; `clear_requested()`.
    """

    visibility_changed = Signal(bool)
    more_needed = Signal()
    message_chosen = Signal(int)
    invocation_requested = Signal(str)
    clear_requested = Signal()

    def __init__(
        self, rows: InboxRows, parent: QWidget | None = None, theme: Theme = DARK, seen: Callable[[str], str] = str
    ) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self._seen = seen
        self._quiet = False
        self._chosen = 0
        self._message: InboxMessage | None = None
        self._written: list[Piece] | None = None
        self.lines = InboxModel(rows, self, seen)
        self.table, self.text = QTableView(), ResultView(None, theme)
        self.note, self.empty = ElidedLabel(), EmptyNote(EMPTY)
        self.open, self.clear = QPushButton("Open the invocation"), QPushButton("Clear…")
        self._open_action = QAction("Open the invocation", self)
        self._stack, self._beside = QStackedWidget(), QWidget()
        self._prepare()
        self._prepare_table()
        self._lay_out()
        self.setFocusProxy(self.table)
        self.set_theme(theme)
        self.refresh()

    @property
    def chosen(self) -> InboxRow | None:
        """The chosen message as it is listed, None if there is none."""
        position = self.lines.position(self._chosen) if self._chosen else -1
        return self.lines.row(position) if position >= 0 else None

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        fill_background(self)
        self.lines.theme = theme
        self.text.set_theme(theme)
        self._written = None  # the text has its colors in it, so it is written anew
        self._show_text()

    def refresh(self) -> None:
        """Show what the rows are now. The selection stays on its message."""
        self._quiet = True
        self.lines.update()
        position = self.lines.position(self._chosen) if self._chosen else -1
        if position < 0:
            self.table.clearSelection()
            self.table.setCurrentIndex(QModelIndex())
        elif self.table.currentIndex().row() != position:
            self.table.setCurrentIndex(self.lines.index(position, TIME))
        self._quiet = False
        count = self.lines.rowCount()
        self.note.setText("" if not count else f"{count:,} messages, the newest first" if count > 1 else "1 message")
        self._stack.setCurrentIndex(0 if count else 1)
        self._beside.setVisible(count > 0)  # or the words for none would have half of the room
        self.clear.setEnabled(count > 0)
        self._settle_open()
        self._show_text()

    def show_message(self, message: InboxMessage | None) -> None:
        """Show the body of a message, None for no message."""
        self._message = message
        self._show_text()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell it: what can be seen is read."""
        super().showEvent(event)
        self.visibility_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell it."""
        super().hideEvent(event)
        self.visibility_changed.emit(False)

    def _prepare(self) -> None:
        self.note.setObjectName("muted")
        self.text.setAccessibleName(self.tr("The chosen message"))
        self.text.setMinimumWidth(120)
        self.open.setToolTip("Show the invocation that caused the chosen message (Return in the list)")
        self.clear.setToolTip("Delete all messages of the inbox")
        self.lines.more_needed.connect(self.more_needed)
        self.open.clicked.connect(self._on_open)
        self.clear.clicked.connect(self._on_clear)
        self._open_action.setShortcuts([QKeySequence(Qt.Key.Key_Return), QKeySequence(Qt.Key.Key_Enter)])
        self._open_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._open_action.triggered.connect(self._on_open)

    def _prepare_table(self) -> None:
        table = self.table
        table.setObjectName("rowTable")
        table.setAccessibleName(self.tr("Messages of the inbox"))
        table.setModel(self.lines)
        table.addAction(self._open_action)
        choose_rows(table)
        table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        FittingColumns(table, _LONGEST, (TARGET, FUNCTION, TIME))  # the message itself says the same

    def _lay_out(self) -> None:
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self._beside)
        column.setContentsMargins(10, 4, 0, 0)
        column.addWidget(self.text)
        parts = BesideOrBelow(_WIDE_CHARACTERS)
        parts.addWidget(self._stack)
        parts.addWidget(self._beside)
        top = TwoGroups()
        top.setContentsMargins(14, 6, 10, 6)
        top.left.add(self.note)
        top.right.add(self.open, self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(top)
        layout.addWidget(parts, 1)

    def _show_text(self) -> None:
        hint: list[Piece] = [Prose(_CHOOSE, "muted")] if self.lines.rowCount() else []
        pieces = hint if self._message is None else seen_pieces(message_pieces(self._message), self._seen)
        if pieces != self._written:  # writing the same text again would lose selection and scrolling
            self._written = pieces
            self.text.write(pieces)

    def _settle_open(self) -> None:
        self.open.setEnabled(self.chosen is not None)
        self._open_action.setEnabled(self.chosen is not None)

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self._quiet:
            self._chosen = self.lines.row(current.row()).id
            self._settle_open()
            self.message_chosen.emit(self._chosen)

    def _on_open(self) -> None:
        if self.chosen is not None:
            self.invocation_requested.emit(self.chosen.request_id)

    def _on_clear(self) -> None:
        self.clear_requested.emit()
