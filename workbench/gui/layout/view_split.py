"""Parts of the area side by side or one above the other, with borders that can be moved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from workbench.gui.layout.arrangement import Split

_ENOUGH = 10_000
"""More than there are pixels: Qt then shares out what there is in the proportions that it is given."""


class ViewSplit(QSplitter):
    """A splitter that knows its shares also while some of its parts are hidden, when Qt says that those have no size."""

    def __init__(self, split: Split, parts: Sequence[QWidget], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.parts = tuple(parts)
        self.shares = split.sizes
        """The sizes of the parts, relative to each other."""
        for part in parts:
            self.addWidget(part)
        self.divide(split)
        self.splitterMoved.connect(self._on_moved)

    def divide(self, split: Split) -> None:
        """Lay the parts out in the direction of a split, with its shares."""
        self.setOrientation(Qt.Orientation.Vertical if split.is_vertical else Qt.Orientation.Horizontal)
        self.shares = split.sizes
        total = sum(self.shares)
        self.setSizes([round(share / total * _ENOUGH) for share in self.shares])
        for index, share in enumerate(self.shares):
            self.setStretchFactor(index, max(1, round(share / total * 100)))

    def _on_moved(self, *_: object) -> None:
        sizes = self.sizes()
        if all(size > 0 for size in sizes):
            self.shares = tuple(map(float, sizes))
