"""The problems of a text: a squiggle under the code, and by line what gutter and tooltips say about them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor, QTextDocument

from workbench.editor.colors import EditorColors
from workbench.editor.line_anchors import LineAnchors
from workbench.editor.problems import Problem
from workbench.editor.selection_layers import Layer, SelectionLayers, span, squiggle


class ProblemMarks:
    """Marks the problems of one document. Lines count from 1; marks follow their lines when text above is edited."""

    def __init__(self, document: QTextDocument, layers: SelectionLayers, colors: EditorColors) -> None:
        self._document, self._layers, self._colors = document, layers, colors
        self._anchors: LineAnchors[Problem] = LineAnchors(document)

    def set(self, problems: Sequence[Problem]) -> None:
        """Replace the marked problems; those beyond the end of the text are dropped."""
        self._anchors.set((problem.line, problem) for problem in problems)
        self._mark()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self._colors = colors
        self._mark()

    def by_line(self) -> dict[int, list[Problem]]:
        """Return the problems by the line they are on now."""
        return self._anchors.by_line()

    def text(self, line: int) -> str:
        """Return the messages of a line's problems, one per line; "" without problems."""
        return "\n".join(problem.message for problem in self.by_line().get(line, ()))

    def _mark(self) -> None:
        colors = {"error": self._colors.error, "warning": self._colors.warning}
        self._layers.set(Layer.PROBLEMS, [
            squiggle(self._span(line, problem.column), colors[problem.severity])
            for line, problems in self.by_line().items() for problem in problems
        ])

    def _span(self, line: int, column: int) -> QTextCursor:
        """Select from the column to the end of the line, or all code of the line if that would be nothing."""
        block = self._document.findBlockByNumber(line - 1)
        length = block.length() - 1
        start = column - 1 if 0 < column <= length else length - len(block.text().lstrip())
        return span(QTextCursor(block), block.position() + max(0, start), block.position() + length)
