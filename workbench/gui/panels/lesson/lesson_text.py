"""The text of a lesson's step: Markdown, laid out without HTML, pictures, or links that lead anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent, QTextCharFormat, QTextCursor, QTextDocument, QTextFragment, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.widgets.safe_page import SafePage

_SPARE_PX = 2


class LessonText(SafePage):
    """As high as its text: what is around it scrolls."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._markdown = ""
        self._theme = theme
        self.setAccessibleName("The step's text")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for set_policy in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            set_policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)

    def show_text(self, markdown: str) -> None:
        """Show another text; one that is shown already keeps its place."""
        if markdown != self._markdown:
            self._markdown = markdown
            self._write()
        self.setVisible(bool(markdown))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self._theme = theme
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to what is around."""
        event.ignore()

    def changeEvent(self, event: QEvent) -> None:
        """Another font does too, and code has its own."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._write()

    def _write(self) -> None:
        features = QTextDocument.MarkdownFeature.MarkdownNoHTML | QTextDocument.MarkdownFeature.MarkdownDialectCommonMark
        self.document().setDefaultFont(self.font())
        self.document().setMarkdown(self._markdown, features)
        self._set_code()
        self._fit()

    def _set_code(self) -> None:
        """Qt gives code the system's monospaced font, in its size."""
        mono, cursor = QTextCharFormat(), QTextCursor(self.document())
        mono.setFontFamilies([self._theme.mono_family])
        mono.setFontPointSize(self.font().pointSizeF())
        cursor.beginEditBlock()  # or Qt would lay all of it out anew after each piece
        for begin, end in [(piece.position(), piece.position() + piece.length()) for piece in _code(self.document())]:
            cursor.setPosition(begin)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(mono)
        cursor.endEditBlock()

    def _fit(self, *_: object) -> None:
        self.setFixedHeight(math.ceil(self.document().size().height()) + 2 * self.frameWidth() + _SPARE_PX)


def _code(document: QTextDocument) -> Iterator[QTextFragment]:
    """Code alone has a font of its own."""
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            if pieces.fragment().charFormat().fontFamilies():
                yield pieces.fragment()
            pieces += 1
        block = block.next()
