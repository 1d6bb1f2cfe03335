"""The table of environment variables: edit in place, mask what looks secret, remove with Delete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)
from shiboken6 import isValid

from workbench.gui.look.theme import Theme
from workbench.gui.panels.configuration.variables_model import KEY, REMOVE, REVEAL, VALUE, VariablesModel


class EnvironmentTable(QTableView):
    """Emits `edited()` after every keystroke in a cell and every added or removed row."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Environment variables")
        self._rows = VariablesModel(self)
        self._rows.edited.connect(self.edited)
        self._rows.rowsInserted.connect(self._on_rows_changed)
        self._rows.rowsRemoved.connect(self._on_rows_changed)
        self._rows.modelReset.connect(self._on_rows_changed)
        self._delegate = _TypingDelegate(self._rows, self)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self._shape()
        self.clicked.connect(self._on_clicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._reveal_action = self._action("Show or hide value", self._on_reveal)
        self._remove_action = self._action("Remove variable", self._on_remove)

    @property
    def rows(self) -> VariablesModel:
        """The model."""
        return self._rows

    @property
    def can_undo(self) -> bool:
        """Whether a removed row can be put back, as Ctrl+Z and the Edit menu do."""
        return self._rows.can_put_back

    @property
    def is_editing(self) -> bool:
        """Whether a cell is being edited now."""
        return self.state() == QAbstractItemView.State.EditingState

    def commit(self) -> None:
        """Write the text of a cell that is still being edited to the model. The cell stays open."""
        self._delegate.commit()

    def show_variables(self, variables: Mapping[str, str], read_only: bool, typed: Sequence[tuple[str, str]] = ()) -> None:
        """Show a function's variables, or its rows as the person left them (`typed`)."""
        self._rows.read_only = read_only
        self._rows.replace(variables, typed)
        self._on_rows_changed()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._rows.theme = theme
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes a row, Ctrl+Z restores it, Space shows or hides a value."""
        if event.key() == Qt.Key.Key_Delete:
            self._on_remove()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self._rows.put_back()
        elif event.key() == Qt.Key.Key_Space and self.currentIndex().column() in (REVEAL, REMOVE):
            self._on_clicked(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Claim Ctrl+Z while the table has the focus; the window's action would undo the last deletion of a function."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.matches(
                QKeySequence.StandardKey.Undo):
            event.accept()
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Return the height of up to nine rows."""
        rows = min(9, max(1, self._rows.rowCount()))
        return QSize(200, self.horizontalHeader().sizeHint().height() + rows * self.verticalHeader().defaultSectionSize() + 1)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: the table never shrinks, because the panel around it scrolls."""
        return self.sizeHint()

    def _shape(self) -> None:
        self.setObjectName("variables")  # its grid ends with a line at the right and below: a frame there would double it
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 11)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(26)
        header.setSectionResizeMode(KEY, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(VALUE, QHeaderView.ResizeMode.Stretch)
        for narrow in (REVEAL, REMOVE):
            header.setSectionResizeMode(narrow, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(narrow, 28)
        self.setShowGrid(True)
        self.setTabKeyNavigation(False)  # Tab leaves the table, or the keyboard would be caught in it
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.SelectedClicked | triggers.EditKeyPressed | triggers.DoubleClicked | triggers.AnyKeyPressed)

    def _action(self, text: str, slot: object) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == REVEAL:
            self._rows.toggle_reveal(index.row())
        elif index.column() == REMOVE:
            self._rows.remove(index.row())
        elif index.row() == self._rows.rowCount() - 1 and not self._rows.read_only:
            self.edit(index)

    def _on_reveal(self) -> None:
        self._rows.toggle_reveal(self.currentIndex().row())

    def _on_remove(self) -> None:
        if self.currentIndex().isValid():
            self._rows.remove(self.currentIndex().row())

    def _on_rows_changed(self, *_: object) -> None:
        self.updateGeometry()


class _TypingDelegate(QStyledItemDelegate):
    """Writes every keystroke to the model at once, so that nothing is lost when another function is chosen.

    A new row is only written when its cell is left, because each keystroke would create another variable.
    """

    def __init__(self, rows: VariablesModel, parent: EnvironmentTable) -> None:
        super().__init__(parent)
        self._rows = rows
        self._line: QLineEdit | None = None
        self._place = QPersistentModelIndex()  # persistent: rows above may come and go while the cell is open

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QWidget:
        """Create the line for a cell. Hidden values stay dots while they are typed."""
        line = self._line = QLineEdit(parent)
        line.setFrame(False)
        self._place = QPersistentModelIndex(index)
        if index.column() == VALUE and self._rows.is_masked(index.row()):
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.textEdited.connect(self._on_text_edited)
        return line

    def destroyEditor(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        """Qt's hook: the editor line was removed."""
        if editor is self._line:
            self._line = None
        super().destroyEditor(editor, index)

    def commit(self) -> None:
        """Write the open line's text to the model."""
        if self._line is not None and isValid(self._line):
            self.commitData.emit(self._line)

    def _on_text_edited(self) -> None:
        if self._place.row() < self._rows.rowCount() - 1:
            self.commit()
