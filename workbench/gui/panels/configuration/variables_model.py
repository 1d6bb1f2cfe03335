"""A function's environment variables as an editable table, whose last row takes new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import DARK, Theme
from workbench.model.secret_names import looks_secret

Index = QModelIndex | QPersistentModelIndex
KEY, VALUE, REVEAL, REMOVE = range(4)
MASK = "••••••••"
_NO_INDEX = QModelIndex()


class VariablesModel(QAbstractTableModel):
    """Rows of name and value. Emits `edited()` after every change by the person, `removed(str name, str value)` for a removal."""

    edited = Signal()
    removed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str]] = []
        self._revealed: set[int] = set()
        self._removed: tuple[int, tuple[str, str]] | None = None
        self.theme: Theme = DARK
        self.read_only = False
        self._is_hidden = False

    @property
    def variables(self) -> dict[str, str]:
        """The variables; rows without a name are left out, and of repeated names the last row counts."""
        return {key: value for key, value in self._rows if key}

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """All rows, including those without a name or with a repeated one."""
        return tuple(self._rows)

    @property
    def has_nameless_values(self) -> bool:
        """Whether there is a row with a value but no name, which is kept here but is no variable yet."""
        return any(value and not key for key, value in self._rows)

    @property
    def repeated_names(self) -> list[str]:
        """Names that occur in more than one row, sorted."""
        names = [key for key, _ in self._rows if key]
        return sorted({name for name in names if names.count(name) > 1})

    def replace(self, variables: Mapping[str, str], typed: Sequence[tuple[str, str]] = ()) -> None:
        """Show other variables. `typed`: the rows as the person left them, if a mapping cannot express them.

        The same variables change nothing: a reset would close the open cell and hide revealed values at each reload.
        """
        rows = list(typed or variables.items())
        if rows == self._rows or (not typed and dict(variables) == self.variables and not self.repeated_names):
            return
        self.beginResetModel()
        self._rows = rows
        self._revealed.clear()
        self._removed = None
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of rows, including the one for a new variable."""
        return 0 if parent.isValid() else len(self._rows) + (0 if self.read_only else 1)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return 4: name, value, reveal, remove."""
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the column titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("Key", "Value", "", "")[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Make names and values editable, unless the folder is read-only."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        can_edit = index.column() in (KEY, VALUE) and not self.read_only and not self._is_hidden  # the editor shows the value
        return flags | Qt.ItemFlag.ItemIsEditable if can_edit else flags

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return texts (masked if they look secret), icons and tool tips."""
        if index.row() >= len(self._rows):
            return self._new_row(index.column(), role)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(index, role == Qt.ItemDataRole.EditRole)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(index)
        if role == Qt.ItemDataRole.FontRole and index.column() in (KEY, VALUE):
            return QFont(self.theme.mono_family)
        return self._tip(index) if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) else None

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        """Set a name or value. Text in the last row creates a variable."""
        if role != Qt.ItemDataRole.EditRole or index.column() not in (KEY, VALUE):
            return False
        row, text = index.row(), str(value)
        if row >= len(self._rows):
            return self._append(index.column(), text)
        key, old = self._rows[row]
        self._rows[row] = (text.strip(), old) if index.column() == KEY else (key, text)
        self.dataChanged.emit(self.index(row, KEY), self.index(row, REMOVE))
        self.edited.emit()
        return True

    def is_masked(self, row: int) -> bool:
        """Whether a row's value is hidden now."""
        if row >= len(self._rows):
            return False
        return self._is_hidden or (looks_secret(self._rows[row][0]) and row not in self._revealed)

    def hide_values(self, *, is_hidden: bool) -> None:
        """Mask all values, whatever their names, and neither reveal nor edit any; what was revealed is masked from then on."""
        self._is_hidden = is_hidden
        self._revealed.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0, KEY), self.index(len(self._rows) - 1, REMOVE))

    def toggle_reveal(self, row: int) -> None:
        """Show or hide a value that looks secret."""
        if row < len(self._rows) and not self._is_hidden:
            self._revealed ^= {row}
            self.dataChanged.emit(self.index(row, VALUE), self.index(row, REVEAL))

    def remove(self, row: int) -> None:
        """Remove a row. `put_back` undoes it."""
        if self.read_only or row >= len(self._rows):
            return
        self.beginRemoveRows(QModelIndex(), row, row)
        self._removed = (row, self._rows.pop(row))
        self._revealed = {other - (other > row) for other in self._revealed if other != row}
        self.endRemoveRows()
        self.edited.emit()
        self.removed.emit(*self._removed[1])

    @property
    def can_put_back(self) -> bool:
        """Whether there is a removal to undo."""
        return self._removed is not None and not self.read_only

    def put_back(self) -> bool:
        """Undo the last `remove`. False if there is none, or if other rows are shown by now."""
        if self._removed is None or self.read_only:
            return False
        place, row = self._removed
        self._removed = None
        place = min(place, len(self._rows))
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, row)
        self._revealed = {other + (other >= place) for other in self._revealed}
        self.endInsertRows()
        self.edited.emit()
        return True

    def _append(self, column: int, text: str) -> bool:
        if not text.strip():
            return False
        row = len(self._rows)
        # Announced as a row inserted below: the row that was typed into becomes the variable's. Whatever holds its index (the
        # cell being edited, the one that Tab goes to) stays with the variable.
        self.beginInsertRows(QModelIndex(), row + 1, row + 1)
        self._rows.append((text.strip(), "") if column == KEY else ("", text))
        self.endInsertRows()
        self.dataChanged.emit(self.index(row, KEY), self.index(row, REMOVE))
        self.edited.emit()
        return True

    def _text(self, index: Index, for_editing: bool) -> str | None:
        if index.column() == KEY:
            return self._rows[index.row()][0]
        if index.column() == VALUE:
            return MASK if self.is_masked(index.row()) and not for_editing else self._rows[index.row()][1]
        return None

    def _icon(self, index: Index) -> Any:
        if index.column() == REVEAL and looks_secret(self._rows[index.row()][0]):
            return icon("eye-off" if self.is_masked(index.row()) else "eye", self.theme.muted)
        if index.column() == REMOVE and not self.read_only:
            return icon("remove", self.theme.muted)
        return None

    def _tip(self, index: Index) -> str | None:
        key = self._rows[index.row()][0]
        if index.column() == REVEAL and looks_secret(key):
            return f"Show the value of {key}" if self.is_masked(index.row()) else f"Hide the value of {key}"
        return f"Remove {key}" if index.column() == REMOVE else None

    def _new_row(self, column: int, role: int) -> Any:
        if column == KEY and role == Qt.ItemDataRole.DisplayRole:
            return "+ add"
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self.theme.muted)
        return "" if role == Qt.ItemDataRole.EditRole else None
