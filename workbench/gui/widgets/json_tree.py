"""A JSON document as a tree: searched, opened, copied by value or by path."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from workbench.gui.look.appearance import mono_font
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.background import fill_background
from workbench.gui.widgets.json_tree_model import TOKEN_ROLE, JsonTreeModel
from workbench.gui.widgets.later import Later
from workbench.state.json_outline import Node, Path, find, json_path

_OPENED_ROWS = 40
"""Children of the root up to which those that are containers are opened as well: a small document is seen whole."""


class _ColoredDelegate(QStyledItemDelegate):
    """Writes names and values in their colors."""

    theme = DARK

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        token = index.data(TOKEN_ROLE)
        if token:
            for role in (QPalette.ColorRole.Text, QPalette.ColorRole.HighlightedText):
                option.palette.setColor(role, QColor(getattr(self.theme, token)))


class JsonTree(QTreeView):
    """Ctrl+C copies the chosen value, Ctrl+Shift+C its path; both are in the context menu as well."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = JsonTreeModel(self)
        self.copy_value_action, self.copy_path_action = QAction("Copy the value", self), QAction("Copy the JSON path", self)
        self._content = b""
        self._delegate = _ColoredDelegate(self)
        self._later = Later(self)
        self._found: Sequence[Path] = ()
        self.setModel(self.document)
        self.setItemDelegate(self._delegate)
        self._prepare()
        self._add_actions()

    def _prepare(self) -> None:
        self.setAccessibleName("The answer as a tree")
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setUniformRowHeights(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        header = self.header()
        header.setStretchLastSection(True)
        fill_background(self)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)

    def _add_actions(self) -> None:
        self.copy_value_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy_path_action.setShortcut(QKeySequence("Ctrl+Shift+C"))
        self.copy_value_action.triggered.connect(self.copy_value)
        self.copy_path_action.triggered.connect(self.copy_path)
        for action in (self.copy_value_action, self.copy_path_action):
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            self.addAction(action)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self._delegate.theme = theme
        self.setFont(mono_font(theme))
        self.setColumnWidth(0, self.fontMetrics().horizontalAdvance("0" * 26))

    def show_document(self, root: Node | None, content: bytes) -> None:
        """Show another document, of which `content` is the text; None for none."""
        self._later.forget()
        self._found, self._content = (), content
        self.document.show_document(root)
        if root is None:
            return
        top = self.document.index(0, 0)
        self.setCurrentIndex(top)
        self.document.fetchMore(top)  # the view would do so only once it is laid out
        self.expand(top)
        if self.document.rowCount(top) <= _OPENED_ROWS:
            for row in range(self.document.rowCount(top)):
                child = self.document.node(self.document.index(row, 0, top))
                if child is not None and child.has_children and child.is_short:
                    self.expand(self.document.index(row, 0, top))

    def search(self, needle: str, found: Callable[[int], None]) -> None:
        """Look for a text in names and values, and call `found` with the number of places."""
        content = self._content

        def keep(places: list[Path]) -> None:
            self._found = places
            found(len(places))

        if needle and content:
            self._later.do("search a tree", lambda: find(content, needle), keep)
        else:
            self._later.forget()
            keep([])

    def show_found(self, number: int) -> None:
        """Show one of the values that were found, and open what it is in."""
        if number >= len(self._found):  # another document has come since
            return
        index = self.document.index_of(self._found[number])
        above = index.parent()
        while above.isValid():
            self.expand(above)
            above = above.parent()
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the value with Ctrl+C; Qt would copy what the chosen column shows of it."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_value()
        else:
            super().keyPressEvent(event)

    def copy_value(self) -> None:
        """Copy the chosen value: a string's characters, any other as JSON."""
        node = self.document.node(self.currentIndex())
        if node is not None and node.kind != "group":
            QGuiApplication.clipboard().setText(node.value_text)

    def copy_path(self) -> None:
        """Copy the JSON path of the chosen value."""
        node = self.document.node(self.currentIndex())
        if node is not None:
            QGuiApplication.clipboard().setText(json_path(node.path))
