"""The HTTP request behind an invocation that came through a function URL, and its response."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.http_text import request_pieces, response_pieces
from workbench.gui.panels.result.result_text import Piece, seen_pieces
from workbench.gui.panels.result.result_view import ResultView
from workbench.model.url_exchanges import UrlExchangeInfo

NOT_KEPT = ("The engine keeps the latest HTTP requests only, until it ends, and has this one no more. "
            "The event that the function got is in its log and history.")
ASKING = "Asking the engine…"


class HttpInspector(QWidget):
    """Shows what `show_exchange` was given last. `back` leads to the answer where there is no room for both."""

    def __init__(self, theme: Theme, seen: Callable[[str], str] = str, parent: QWidget | None = None) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(parent)
        self._seen = seen
        self.exchange: UrlExchangeInfo | None = None
        self._empty = ASKING
        self.title, self.text, self.copy_curl = PlainLabel("HTTP"), ResultView(None, theme), QToolButton()
        self.back = QToolButton()
        self.back.setText("answer")
        self.back.setToolTip("Show the answer again")
        self.back.setAccessibleName("Show the answer again")
        self.back.setAutoRaise(True)
        self.title.setObjectName("sectionTitle")
        self.text.setAccessibleName("HTTP request and response")
        self.copy_curl.setText("copy as curl")
        self.copy_curl.setToolTip("Copy a command that sends this request again. Masked values have to be filled in.")
        self.copy_curl.setAutoRaise(True)
        self.copy_curl.clicked.connect(self.copy_as_curl)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.back)
        top.addWidget(self.copy_curl)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(top)
        layout.addWidget(self.text, 1)
        self._write()

    def show_exchange(self, exchange: UrlExchangeInfo | None) -> None:
        """Show an exchange; None if the engine has none of this invocation."""
        if exchange != self.exchange or self._empty != NOT_KEPT:
            self.exchange, self._empty = exchange, NOT_KEPT
            self._write()

    def show_asking(self) -> None:
        """Show that the engine is asked."""
        self.exchange, self._empty = None, ASKING
        self._write()

    def copy_as_curl(self) -> None:
        """Copy a command that sends the request again."""
        if self.exchange is not None:
            QGuiApplication.clipboard().setText(self._seen(self.exchange.as_curl()))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and font."""
        self.text.set_theme(theme)
        self._write()  # the text has its colors in it

    def _write(self) -> None:
        exchange = self.exchange
        self.copy_curl.setEnabled(exchange is not None)
        self.text.write([Piece(self._empty, "muted")] if exchange is None
                        else seen_pieces([*request_pieces(exchange), *response_pieces(exchange)], self._seen))
