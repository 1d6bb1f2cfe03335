"""An answer as the HTTP response that it is: status, headers and cookies, and beside them the body by what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http import HTTPStatus

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.invocation_words import size
from workbench.gui.panels.result.result_text import Piece, json_row_pieces
from workbench.gui.panels.result.result_view import ResultView
from workbench.gui.widgets.beside_or_below import least_px
from workbench.gui.widgets.lines_view import LinesView
from workbench.gui.widgets.picture_view import PictureView
from workbench.gui.widgets.safe_page import SafePage, why_not_drawn
from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.state.answers import ReadText
from workbench.state.hex_lines import HexLines
from workbench.state.http_answers import HttpAnswer
from workbench.state.picture_kinds import picture_kind

_WIDE_PX = 520
"""From this width on, head and body stand beside each other."""
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_LONGEST_VALUE = 2_000


class ResponseView(QSplitter):
    """Emits `browser_wanted(str html)` for a page that is to be shown in the person's browser."""

    browser_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head, self.told = ResultView(None, theme), PlainLabel()
        self.source_button, self.browser_button = QToolButton(), QToolButton()
        self.lines, self.page, self.picture = LinesView("The body"), SafePage(), PictureView()
        self._stack, self._buttons = QStackedWidget(), WrappedRow()
        self._body: ReadText | None = None
        self._prepare()
        self._lay_out()
        self.set_theme(theme)

    @property
    def shown(self) -> QWidget:
        """What shows the body: `lines`, `page` or `picture`."""
        return self._stack.currentWidget() or self.lines

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        for part in (self.head, self.lines, self.page, self.picture):
            part.set_theme(theme)

    def show_response(self, response: HttpAnswer, body: ReadText) -> None:
        """Show a response; `body` is its body, read."""
        self._body = body
        self.head.write(list(head_pieces(response)))
        kind = picture_kind(body.content, response.media_type)
        html = body.lines.text if body.lines is not None and response.media_type in _PAGES else ""
        refusal = why_not_drawn(html) if html else ""
        self.told.setText(" ".join(filter(None, (response.problem, refusal, _body_word(response, body, kind)))))
        for button in (self.browser_button, self.source_button):
            button.setVisible(bool(html))
        self._buttons.settle()
        self.source_button.setEnabled(not refusal)
        self.source_button.setChecked(bool(refusal))
        if kind:
            self.picture.show_picture(body.content, kind)
            self._stack.setCurrentWidget(self.picture)
        elif html and not refusal:
            self.page.show_page(html)
            self._stack.setCurrentWidget(self.page)
        else:
            self._show_lines()
        self._share()

    def search(self, needle: str, found: Callable[[int], None]) -> None:
        """Look for a text in the body's source."""
        if needle and self._stack.currentWidget() is not self.lines:
            self.source_button.setChecked(True)
            self._show_lines()
        self.lines.search(needle, found)

    def show_found(self, number: int) -> None:
        """Show one of the places that were found."""
        self.lines.show_found(number)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the wider part: with less room than both need, one goes below the other."""
        return QSize(least_px(self), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand beside each other where there is room."""
        super().resizeEvent(event)
        wanted = Qt.Orientation.Horizontal if self.width() >= _WIDE_PX else Qt.Orientation.Vertical
        if wanted is not self.orientation():
            self.setOrientation(wanted)
            self._share()

    def _share(self) -> None:
        """Beside each other, the body has more; one below the other, it has what the head does not need."""
        is_beside = self.orientation() is Qt.Orientation.Horizontal
        self.setStretchFactor(0, 2 if is_beside else 0)
        if is_beside:
            self.setSizes([2, 3])
        else:
            text = self.head.document()
            head_px = round(text.size().height() * self.head.fontMetrics().lineSpacing() + 2 * text.documentMargin())
            self.setSizes([min(head_px, self.height() // 2), max(self.height() - head_px, 1)])

    def _prepare(self) -> None:
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.head.setAccessibleName("Status, headers and cookies")
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        self.source_button.setText("source")
        self.source_button.setCheckable(True)
        self.source_button.setToolTip("Show the page's text")
        self.source_button.clicked.connect(self._on_source)
        self.browser_button.setText("browser")
        self.browser_button.setToolTip("Show the page in your browser, without scripts and without access to any network")
        self.browser_button.clicked.connect(self._on_browser)
        for button in (self.source_button, self.browser_button):
            button.setAutoRaise(True)

    def _lay_out(self) -> None:
        for part in (self.lines, self.page, self.picture):
            self._stack.addWidget(part)
        self._buttons.add(self.source_button, self.browser_button)
        top = QHBoxLayout()
        top.addWidget(self.told, 1)
        top.addWidget(self._buttons, 0, Qt.AlignmentFlag.AlignTop)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(top)
        layout.addWidget(self._stack, 1)
        self.addWidget(self.head)
        self.addWidget(body)
        self.setStretchFactor(1, 3)

    def _show_lines(self) -> None:
        body = self._body
        if body is not None and body.lines is not None:
            self.lines.show_rows(body.lines, json_row_pieces if body.root is not None else None)
        elif body is not None:
            self.lines.show_rows(HexLines(body.content))
        self._stack.setCurrentWidget(self.lines)

    def _on_source(self, is_on: bool) -> None:
        if is_on:
            self._show_lines()
        else:
            self._stack.setCurrentWidget(self.page)

    def _on_browser(self) -> None:
        if self._body is not None and self._body.lines is not None:
            self.browser_wanted.emit(self._body.lines.text)


def head_pieces(response: HttpAnswer) -> Iterator[Piece]:
    """Yield status, headers and cookies."""
    token = "error" if response.status >= 500 else "warning" if response.status >= 400 else "success"
    yield Piece(f"{response.status} {_phrase(response.status)}".rstrip() + "\n", token, bold=True)
    for name, value in response.headers:
        yield Piece(f"{name}: ", "syntax_function")
        yield Piece(f"{value[:_LONGEST_VALUE]}\n", "text")
    if response.cookies:
        yield Piece("\nCOOKIES\n", "muted", bold=True)
    for cookie in response.cookies:
        name, equals, rest = cookie[:_LONGEST_VALUE].partition("=")
        yield Piece(f"{name}{equals}", "syntax_function")
        yield Piece(f"{rest}\n", "text")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _body_word(response: HttpAnswer, body: ReadText, kind: str) -> str:
    if not body.content:
        return "No body"
    what = kind.upper() or ("JSON" if body.root is not None else "no text, as bytes" if body.lines is None else "")
    return " · ".join(filter(None, (response.media_type, what if what.lower() not in response.media_type else "",
                                    size(len(body.content)))))
