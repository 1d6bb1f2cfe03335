"""The function URLs of a function and its aliases: one click opens one in the browser."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.widgets.row import Row
from workbench.gui.widgets.row_list import RowList
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.function_version import LATEST

WAYS = {"NONE": "everyone who is permitted", "AWS_IAM": "signed requests alone"}


class UrlList(QWidget):
    """Shows what `show_urls` was given last. Emits `open_requested(str address)`."""

    open_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = RowList("Function URLs")
        self._urls: dict[str, FunctionUrlInfo] = {}
        self.open = _button("Open in browser", "Open the chosen URL in your browser (Return in the list)")
        self.copy = _button("Copy for programs", "Copy the address that Python, Node.js and other programs find on every system")
        self.open.clicked.connect(self._on_open)
        self.copy.clicked.connect(self._on_copy)
        self.rows.row_activated.connect(self._on_open)
        line = QHBoxLayout()
        line.setContentsMargins(14, 7, 8, 4)
        line.setSpacing(5)
        line.addWidget(self.open)
        line.addWidget(self.copy)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rows)
        layout.addLayout(line)

    def show_urls(self, urls: Sequence[FunctionUrlInfo]) -> None:
        """Show the URLs of one function. The selection stays where it is, else it is the first."""
        self._urls = {each.url: each for each in urls}
        chosen = self.rows.current_key()
        self.rows.show_rows(tuple(map(_row, urls)), chosen if chosen in self._urls else next(iter(self._urls), ""))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self.rows.set_theme(theme)

    def _on_open(self, *_: object) -> None:
        if self.rows.current_key():
            self.open_requested.emit(self.rows.current_key())

    def _on_copy(self) -> None:
        if self.rows.current_key():
            QGuiApplication.clipboard().setText(self._urls[self.rows.current_key()].program_url)


def _row(url: FunctionUrlInfo) -> Row:
    streams = "streams" if url.invoke_mode == "RESPONSE_STREAM" else ""
    tip = "\n".join((url.url, f"For programs: {url.program_url}", f"Answers {WAYS.get(url.auth_type, url.auth_type)}."))
    return Row(key=url.url, text=url.alias or LATEST, tag=streams, detail=url.auth_type, note=url.url.removeprefix("http://"),
               tip=tip)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName("compact")  # three of them fit beside each other, also beside a scroll bar
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button
