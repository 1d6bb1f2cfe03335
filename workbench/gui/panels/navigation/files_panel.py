"""The workspace's files as a tree."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, QSortFilterProxyModel, Signal
from PySide6.QtWidgets import (
    QFileSystemModel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.widgets.section import Section
from workbench.model.left_out import NEVER_CODE

Index = QModelIndex | QPersistentModelIndex


class _WorkspaceFiles(QSortFilterProxyModel):
    """Leaves out what belongs to tools: it is never part of a function, and nobody edits it here."""

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        """Whether a row of the file system is shown."""
        name = self.sourceModel().index(row, 0, parent).data()
        return not NEVER_CODE.has(str(name))

    def lessThan(self, left: Index, right: Index) -> bool:
        """Folders first, then names without regard to case."""
        model = self.sourceModel()
        assert isinstance(model, QFileSystemModel)
        is_file = [not model.isDir(index) for index in (left, right)]
        return (is_file[0], str(left.data()).lower()) < (is_file[1], str(right.data()).lower())


class _RowDelegate(QStyledItemDelegate):
    """Rows as high as those of the other lists."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Room for the text, and some around it."""
        return QSize(super().sizeHint(option, index).width(), option.fontMetrics.height() + 10)


class FilesPanel(QWidget):
    """Emits `file_opened(str path)` for Return or a click on a file."""

    file_opened = Signal(str)

    def __init__(self, root: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.files = QFileSystemModel(self)
        self.files.setReadOnly(True)
        self.files.setOption(QFileSystemModel.Option.DontUseCustomDirectoryIcons)
        self._shown = _WorkspaceFiles(self)
        self._shown.setSourceModel(self.files)
        self.tree = QTreeView()
        self._delegate = _RowDelegate(self)
        self.tree.setItemDelegate(self._delegate)
        self.tree.setModel(self._shown)
        self.tree.setAccessibleName("Files")
        self.tree.setHeaderHidden(True)
        self.tree.setFrameShape(QTreeView.Shape.NoFrame)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(self.fontMetrics().averageCharWidth() * 2)
        for column in range(1, self.files.columnCount()):
            self.tree.hideColumn(column)
        self.tree.viewport().setAutoFillBackground(False)
        self._shown.sort(0)
        self.tree.setRootIndex(self._shown.mapFromSource(self.files.setRootPath(str(root))))
        self.tree.clicked.connect(self._on_chosen)
        self.tree.activated.connect(self._on_chosen)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.addWidget(Section("Files", self.tree))
        self.setFocusProxy(self.tree)

    def index_of(self, path: Path) -> QModelIndex:
        """The row of a file or folder; an invalid index if it is not shown (yet)."""
        return self._shown.mapFromSource(self.files.index(str(path)))

    def _on_chosen(self, index: QModelIndex) -> None:
        source = self._shown.mapToSource(index)
        if not self.files.isDir(source):
            self.file_opened.emit(self.files.filePath(source))
