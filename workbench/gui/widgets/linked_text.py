"""Read-only text whose references to the person's own files open with a click, or with Enter at the caret."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from workbench.editor.reading_direction import read_from_left
from workbench.editor.utf16 import Utf16Positions
from workbench.gui.widgets.source_links import SourceLink, SourceLinks, link_at


class LinkedText(QPlainTextEdit):
    """Emits `place_chosen(str path, int line, int column)`. Without `links` it is plain text."""

    place_chosen = Signal(str, int, int)

    def __init__(self, links: SourceLinks | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.function_name = ""
        self._links = links
        self._hovered: SourceLink | None = None
        self._pressed: SourceLink | None = None
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.viewport().setMouseTracking(True)
        read_from_left(self)
        self.textChanged.connect(self._forget)

    def link_at(self, position: QPoint) -> SourceLink | None:
        """Return the link under a point of the viewport, or None."""
        return self._link_of(self.cursorForPosition(position))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Underline a link under the mouse and show the hand."""
        super().mouseMoveEvent(event)
        self._hover(event.position().toPoint())

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the underline."""
        super().leaveEvent(event)
        self._underline(None, None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Note the link under the button; the press may also begin a selection."""
        super().mousePressEvent(event)
        self._pressed = self.link_at(event.position().toPoint()) if event.button() == Qt.MouseButton.LeftButton else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the file of a clicked link, unless the mouse selected text."""
        super().mouseReleaseEvent(event)
        pressed, self._pressed = self._pressed, None
        on_it = pressed is not None and self.link_at(event.position().toPoint()) == pressed
        if pressed is not None and on_it and not self.textCursor().hasSelection():
            self._choose(pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the link at the caret with Enter, else the first link of its line."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            links = self._links_of(self.textCursor())
            found = self._link_of(self.textCursor()) or (links[0] if links else None)
            if found is not None:
                self._choose(found)
                return
        super().keyPressEvent(event)

    def _choose(self, link: SourceLink) -> None:
        self.place_chosen.emit(str(link.file), link.line, link.column)

    def _links_of(self, cursor: QTextCursor) -> list[SourceLink]:
        return self._links.of(cursor.block().text(), self.function_name) if self._links is not None else []

    def _link_of(self, cursor: QTextCursor) -> SourceLink | None:
        # Qt counts UTF-16 units, Python characters: they differ after an emoji.
        position = Utf16Positions(cursor.block().text()).to_python(cursor.positionInBlock())
        return link_at(self._links_of(cursor), position)

    def _hover(self, position: QPoint) -> None:
        cursor = self.cursorForPosition(position)
        self._underline(self._link_of(cursor), cursor)

    def _underline(self, link: SourceLink | None, cursor: QTextCursor | None) -> None:
        if link == self._hovered:  # mouse moves come by the hundred, and each new selection repaints the text
            return
        self._hovered = link
        self.setExtraSelections([] if link is None or cursor is None else [_underlined(link, cursor)])
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor if link is None else Qt.CursorShape.PointingHandCursor)
        self.viewport().setToolTip("" if link is None else link.tip)

    def _forget(self) -> None:
        self._pressed = None
        self._underline(None, None)


def _underlined(link: SourceLink, cursor: QTextCursor) -> QTextEdit.ExtraSelection:
    positions, start = Utf16Positions(cursor.block().text()), cursor.block().position()
    look = QTextCharFormat()
    look.setFontUnderline(True)
    selection = QTextEdit.ExtraSelection()
    selected = QTextCursor(cursor)
    selected.setPosition(start + positions.to_qt(link.start))
    selected.setPosition(start + positions.to_qt(link.end), QTextCursor.MoveMode.KeepAnchor)
    selection.cursor, selection.format = selected, look
    return selection
