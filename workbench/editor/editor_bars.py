"""The strips under the text: find and replace, go to line."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.editor.code_view import CodeView
from workbench.editor.colors import EditorColors

if TYPE_CHECKING:  # imported only when a bar is first opened, which keeps the window's start fast
    from workbench.editor.bar import Bar
    from workbench.editor.find_bar import FindBar
    from workbench.editor.finder import Finder
    from workbench.editor.goto_bar import GotoBar


class EditorBars(QWidget):
    """The bars of one view, at most one of which is open. Each is created on first use; without an open one, the height is 0."""

    place_chosen = Signal(int, int)
    """Line and column to go to."""

    def __init__(self, view: CodeView, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._made: list[Bar] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @cached_property
    def find_bar(self) -> FindBar:
        """The find and replace bar, created for the first search."""
        from workbench.editor.find_bar import FindBar

        bar = FindBar(self)
        self._take_in(bar)
        return bar

    @cached_property
    def goto_bar(self) -> GotoBar:
        """The go-to-line bar, created on first use."""
        from workbench.editor.goto_bar import GotoBar

        bar = GotoBar(self)
        bar.place_chosen.connect(self.place_chosen)
        self._take_in(bar)
        return bar

    @cached_property
    def finder(self) -> Finder:
        """The search, created together with its bar."""
        from workbench.editor.finder import Finder

        return Finder(self._view, self.find_bar)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors; bars created later take the view's."""
        for bar in self._made:
            bar.set_colors(colors)

    def open_goto(self) -> None:
        """Show the go-to-line bar."""
        self._hide_all()
        self.goto_bar.open(self._view.textCursor().blockNumber() + 1, self._view.blockCount())

    def open_find(self) -> None:
        """Show the find bar."""
        self._hide_all()
        self.finder.open()

    def open_replace(self) -> None:
        """Show the find bar with its replace row."""
        self._hide_all()
        self.finder.open_replace()

    def find_next(self) -> None:
        """Go to the next match."""
        self.finder.go_next()

    def find_previous(self) -> None:
        """Go to the previous match."""
        self.finder.go_previous()

    def _take_in(self, bar: Bar) -> None:
        self._made.append(bar)
        bar.set_colors(self._view.colors)
        bar.closed.connect(self._view.setFocus)  # a hidden bar would leave the focus nowhere
        self._column.addWidget(bar)

    def _hide_all(self) -> None:
        for bar in self._made:
            bar.hide()
