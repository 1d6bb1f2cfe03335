"""The marks on search results."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor, QTextDocument

from workbench.editor.colors import EditorColors
from workbench.editor.selection_layers import Layer, SelectionLayers, mark, span

if TYPE_CHECKING:
    from PySide6.QtWidgets import QTextEdit


class MatchMarks:
    """Marks only the matches in view: a thousand selections would make every repaint slow. Positions are Qt's (UTF-16 units)."""

    def __init__(
        self, document: QTextDocument, layers: SelectionLayers, visible: Callable[[], tuple[int, int]], colors: EditorColors
    ) -> None:
        """`visible` returns the first position in view and the first one below it."""
        self._document, self._layers, self._visible, self._colors = document, layers, visible, colors
        self._matches: Sequence[tuple[int, int]] = ()
        self._current = -1

    def show(self, matches: Sequence[tuple[int, int]], current: int) -> None:
        """Mark search results. `matches` must be ascending; `current` is the index of the selected one or -1."""
        self._matches, self._current = matches, current
        self.refresh()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self._colors = colors
        self.refresh()

    def refresh(self) -> None:
        """Mark the matches that are in view by now; call it after scrolling and resizing."""
        first, end_of_view = self._visible()
        start = bisect_left(self._matches, (first, 0))
        end = bisect_left(self._matches, (end_of_view, 0))
        # One more at the start, because a match that begins above the view can reach into it.
        self._layers.set(Layer.MATCHES, [self._mark(index) for index in range(max(0, start - 1), end)])

    def _mark(self, index: int) -> QTextEdit.ExtraSelection:
        begin, end = self._matches[index]
        ground = self._colors.current_match if index == self._current else self._colors.match
        return mark(span(QTextCursor(self._document), begin, end), ground)
