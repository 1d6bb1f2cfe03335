"""A JSON document as a model of Qt whose rows are read when they are looked at."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.state.json_outline import Node, Path, json_path

Index = QModelIndex | QPersistentModelIndex
TOKEN_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The color token of a value."""
_NO_INDEX = QModelIndex()
_TOKENS = {"string": "syntax_string", "number": "syntax_number", "word": "syntax_keyword"}
_DISPLAY = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class JsonTreeModel(QAbstractItemModel):
    """Columns: name and value. The root is the first row, so that a document that is a single value is shown as well."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root: Node | None = None
        # `fetchMore` tells Qt of the rows of a node, which may have been read before: Qt must not hear of them twice.
        self._told: set[int] = set()

    def show_document(self, root: Node | None) -> None:
        """Show another document; None for none."""
        self.beginResetModel()
        self._root = root
        self._told.clear()
        self.endResetModel()

    def node(self, index: Index) -> Node | None:
        """Return the value at an index."""
        found = index.internalPointer() if index.isValid() else None
        return found if isinstance(found, Node) else None

    def index_of(self, path: Path) -> QModelIndex:
        """Return the index of the value at a path, and tell Qt of what lies on the way; an invalid one if there is none."""
        index = self.index(0, 0)
        for step in path:
            index = self._child(index, step)
        return index

    def index(self, row: int, column: int, parent: Index = _NO_INDEX) -> QModelIndex:
        """Return the index of a child."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        above = self.node(parent)
        node = self._root if above is None else above.children[row]
        return self.createIndex(row, column, node)

    def parent(self, index: Index = _NO_INDEX) -> QModelIndex:  # type: ignore[override]  # QObject has one without arguments
        """Return the index of what contains it."""
        node = self.node(index)
        above = node.parent if node is not None else None
        return QModelIndex() if above is None else self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of children that Qt has been told of."""
        if not parent.isValid():
            return int(self._root is not None)
        node = self.node(parent)
        return len(node.children) if node is not None and parent.column() == 0 and id(node) in self._told else 0

    def columnCount(self, _parent: Index = _NO_INDEX) -> int:
        """Return 2."""
        return 2

    def hasChildren(self, parent: Index = _NO_INDEX) -> bool:
        """Whether it is an object or array that is not empty, without reading it."""
        node = self.node(parent)
        return self._root is not None if node is None else parent.column() == 0 and node.has_children

    def canFetchMore(self, parent: Index) -> bool:
        """Whether its children are still to be read."""
        node = self.node(parent)
        return node is not None and parent.column() == 0 and node.has_children and id(node) not in self._told

    def fetchMore(self, parent: Index) -> None:
        """Read its children. There are GROUP at most, or groups of them."""
        node = self.node(parent)
        if node is None or not self.canFetchMore(parent):
            return
        count = len(node.children)
        if count:
            self.beginInsertRows(self._plain(parent), 0, count - 1)
        self._told.add(id(node))
        if count:
            self.endInsertRows()

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return name or value as text, the value's color, and the path as a tool tip."""
        node = self.node(index)
        if node is None:
            return None
        if role in _DISPLAY:
            return node.label if index.column() == 0 else node.preview
        if role == TOKEN_ROLE:
            return "syntax_function" if index.column() == 0 else _TOKENS.get(node.kind, "muted")
        return json_path(node.path) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Return the titles of the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("Name", "Value")[section]
        return None

    def _plain(self, index: Index) -> QModelIndex:
        """Return an index that is not persistent."""
        return self.createIndex(index.row(), index.column(), index.internalPointer()) if index.isValid() else QModelIndex()

    def _child(self, parent: QModelIndex, step: str | int) -> QModelIndex:
        node = self.node(parent)
        if node is None or not node.has_children:
            return QModelIndex()
        self.fetchMore(parent)
        for row, child in enumerate(node.children):
            if child.step == step and child.kind != "group":
                return self.index(row, 0, parent)
            if child.kind == "group" and child.holds(step):
                return self._child(self.index(row, 0, parent), step)
        return QModelIndex()
