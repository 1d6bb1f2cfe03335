"""The text area: a QPlainTextEdit with gutter, marks and the keys of a code editor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QToolTip, QWidget

from workbench.editor.brackets import bracket_pair
from workbench.editor.code_font import default_font
from workbench.editor.colors import DARK_COLORS, EditorColors
from workbench.editor.ground import fill
from workbench.editor.gutter import Gutter
from workbench.editor.languages import TEXT, Language
from workbench.editor.line_marks import LineMark, LineMarks
from workbench.editor.match_marks import MatchMarks
from workbench.editor.problem_marks import ProblemMarks
from workbench.editor.problems import Problem
from workbench.editor.reading_direction import read_from_left
from workbench.editor.selection_layers import Layer, SelectionLayers, mark, span
from workbench.editor.typing_keys import TypingKeys
from workbench.editor.viewport import viewport_of

if TYPE_CHECKING:
    from workbench.editor.highlighter import Highlighter


class CodeView(QPlainTextEdit):
    """Shows and edits one text. Lines count from 1, positions are Qt's (UTF-16 units)."""

    zoom_requested = Signal(int)
    """Ctrl+wheel was turned: 1 to zoom in, -1 to zoom out."""
    colors: EditorColors = DARK_COLORS
    _highlighter: Highlighter | None = None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        read_from_left(self)
        self.language: Language = TEXT
        self.layers = SelectionLayers(self)
        self._brackets: list[QTextCursor] = []
        self._keys = TypingKeys(self)
        self.problem_marks = ProblemMarks(self.document(), self.layers, self.colors)
        self.match_marks = MatchMarks(self.document(), self.layers, self._visible_span, self.colors)
        self.line_marks = LineMarks()
        self._inside = viewport_of(self)  # held, so that Qt's `viewport()` is quick
        self._gutter = Gutter(self)
        self._set_up()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName(self.tr("Code"))
        self.setFont(default_font())
        self.set_colors(self.colors)
        self.blockCountChanged.connect(self._fit_gutter)
        self.document().contentsChanged.connect(self._on_changed)
        self.updateRequest.connect(self._follow_update)
        self.cursorPositionChanged.connect(self.mark_caret)

    @property
    def highlighter(self) -> Highlighter:
        """What colors the text. Made when colors are wanted first, because a window that starts shows its code before."""
        if self._highlighter is None:
            from workbench.editor.highlighter import Highlighter

            self._highlighter = Highlighter(self.document(), self.colors, self)
            self._highlighter.rehighlight()  # while it is paused: Qt would do so in the next turn, when it is not
        return self._highlighter

    def load(self, text: str, language: Language, *, is_plain: bool = False) -> None:
        """Load a new text, without undo history, problems or marks of the old one. `is_plain`: no colors until `color`."""
        self.line_marks.clear()
        self.match_marks.show((), -1)
        self.problem_marks.set(())
        self.set_language(language, restart=False)
        if self._highlighter is not None:
            self._highlighter.pause()  # Qt highlights within setPlainText, line by line from the first one to the last
        self.setPlainText(text)
        if not is_plain:
            self.color()
        self.mark_caret()

    def color(self) -> None:
        """Start syntax coloring, from the first line on."""
        highlighter = self.highlighter
        self._use_palette()
        highlighter.restart(self.language)

    def set_language(self, language: Language, *, restart: bool = True) -> None:
        """Color and indent by the rules of a language. `restart`: color the present text again."""
        self.language = self._keys.language = language
        self._fit_tab_stop()
        if restart:
            self.highlighter.restart(language)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self.colors = colors
        self._use_palette()
        if self._highlighter is not None:
            self._highlighter.set_colors(colors)
        self._color_brackets()
        self.problem_marks.set_colors(colors)
        self.match_marks.set_colors(colors)

    def changeEvent(self, event: QEvent) -> None:
        """Keep our colors: under a style sheet, Qt puts an earlier palette back when a widget gets another parent."""
        super().changeEvent(event)
        is_set = event.type() == QEvent.Type.PaletteChange
        if is_set and self.palette().color(QPalette.ColorRole.Base) != QColor(self.colors.background):
            self._use_palette()

    def _use_palette(self) -> None:
        palette = self.palette()
        for role, color in ((QPalette.ColorRole.Base, self.colors.background), (QPalette.ColorRole.Text, self.colors.text),
                             (QPalette.ColorRole.Highlight, self.colors.selection)):
            palette.setColor(role, QColor(color))
        if self._highlighter is not None:  # without a brush, Qt lets selected text keep its syntax colors
            palette.setBrush(QPalette.ColorRole.HighlightedText, QBrush(Qt.BrushStyle.NoBrush))
        self.setPalette(palette)
        self.viewport().setPalette(palette)  # under a style sheet, it does not inherit it

    def set_code_font(self, font: QFont) -> None:
        """Use a font for code and line numbers."""
        self.setFont(font)
        self._gutter.setFont(font)
        self._fit_tab_stop()
        self._fit_gutter()

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Replace the marked problems; marks follow their lines when text above is edited."""
        self.problem_marks.set(problems)
        self._gutter.update()

    def set_line_marks(self, marks: Iterable[LineMark]) -> None:
        """Replace the words in the margin. They are about the text as it is now: another one is shown without them."""
        self.line_marks.set(marks, self.document())
        self._fit_gutter()
        self._gutter.update()

    def visible_lines(self) -> Iterator[tuple[int, float, float]]:
        """Yield line number, top and height in pixels of each line in view."""
        for block, rect in self._visible_blocks():
            yield block.blockNumber() + 1, rect.top(), rect.height()

    def line_at(self, y: float) -> int:
        """Return the line at a y position of the viewport; 0 below the text."""
        return next((line for line, top, height in self.visible_lines() if top <= y < top + height), 0)

    def select_line(self, line: int) -> None:
        """Select a whole line, without its line end, leaving the caret at its start."""
        cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's hook: our keys first."""
        if self.isReadOnly() or not self._keys.handle(event):
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Qt's hook: with Ctrl the wheel zooms."""
        steps = event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and steps:
            self.zoom_requested.emit(1 if steps > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt's hook: the gutter stays as high as the view."""
        super().resizeEvent(event)
        self._fit_gutter()
        self._after_scroll()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Qt's hook: other lines are in view now. The scroll bar tells as well, but making its class takes 1 ms."""
        super().scrollContentsBy(dx, dy)
        self._after_scroll()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt's hook: paints the background of the current line, then the text."""
        # The current line across the whole width: an extra selection would leave out the document's margin.
        rect, painter = self._place_of(self.textCursor().block()), QPainter(self.viewport())
        fill(painter, QRectF(0, rect.top(), self.viewport().width(), rect.height()), self.colors.current_line)
        painter.end()
        super().paintEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Qt's hook: shows problems and the margin's marks as tooltips on their line."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            line = self.line_at(event.pos().y())
            text = "\n".join(filter(None, (self.problem_marks.text(line), self.line_marks.tip(line))))
            QToolTip.showText(event.globalPos(), text, self.viewport())
            return True
        return super().viewportEvent(event)

    def _visible_blocks(self) -> Iterator[tuple[QTextBlock, QRectF]]:
        # From the first visible line on, so that painting takes the same time in a long file as in a short one.
        block, bottom = self.firstVisibleBlock(), self.viewport().height()
        while block.isValid():
            rect = self._place_of(block)
            if rect.top() > bottom:
                return
            yield block, rect
            block = block.next()

    def _place_of(self, block: QTextBlock) -> QRectF:
        """Return a line's rectangle in the viewport, without the bottom margin that Qt adds to the last line."""
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        return QRectF(rect.topLeft(), QSizeF(rect.width(), block.layout().boundingRect().height() or rect.height()))

    def _on_changed(self) -> None:
        if self.line_marks.look(self.document()):
            self._gutter.update()

    def mark_caret(self) -> None:
        """Mark the caret's line and brackets anew. Where text changes and the caret stays, nothing else does."""
        cursor = self.textCursor()
        self._brackets = [span(cursor, at, at + 1) for at in bracket_pair(cursor) or ()]
        self._color_brackets()
        self.viewport().update()
        self._gutter.update()

    def _color_brackets(self) -> None:
        self.layers.set(Layer.BRACKETS, [mark(bracket, self.colors.bracket) for bracket in self._brackets])

    def _visible_span(self) -> tuple[int, int]:
        """Return the first position in view, and the first one below the view."""
        last = self.cursorForPosition(QPoint(self.viewport().width(), self.viewport().height())).block()
        return self.firstVisibleBlock().position(), last.position() + last.length()

    def _after_scroll(self) -> None:
        self.match_marks.refresh()
        if self._highlighter is not None and not self._highlighter.is_finished:  # scrolled faster than the slices color
            lines = self.viewport().height() // max(1, self.fontMetrics().height()) + 2
            self._highlighter.read_ahead(self.firstVisibleBlock(), lines)

    def _fit_gutter(self) -> None:
        width = self._gutter.needed_width()
        # Setting margins lays the view out anew, which comes back here: where a scroll bar appears and goes, without end.
        if self.viewportMargins().left() != width:
            self.setViewportMargins(width, 0, 0, 0)
        inner = self.contentsRect()
        self._gutter.setGeometry(QRect(inner.left(), inner.top(), width, self.viewport().height()))

    def _follow_update(self, rect: QRect, scrolled_by: int) -> None:
        # Moves the gutter's pixels along with the text's; painting it anew for each step would make scrolling slower.
        if scrolled_by:
            self._gutter.scroll(0, scrolled_by)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())

    def _fit_tab_stop(self) -> None:
        width = 4 if "\t" in self.language.indent else len(self.language.indent)
        self.setTabStopDistance(width * QFontMetricsF(self.font()).horizontalAdvance(" "))
