"""What fills a result: its answer, and beside that the HTTP request for an invocation that came through a function URL."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QToolButton, QWidget

from workbench.gui.look.theme import Theme
from workbench.gui.panels.result.answer_views import AnswerViews
from workbench.gui.panels.result.http_inspector import HttpInspector
from workbench.state.invocation import Invocation
from workbench.state.url_requests import came_through_url

WIDE_PX = 620
"""From this width on there is room for both beside each other; below it, the button `toggle` changes between them."""


class ResultBody(QSplitter):
    """Emits `exchange_wanted(str request_id)` for an invocation that came through a function URL, again when it has ended.

    `toggle` shows and hides the inspector; its owner places it.
    """

    exchange_wanted = Signal(str)

    def __init__(
        self, answer: AnswerViews, theme: Theme, seen: Callable[[str], str] = str, parent: QWidget | None = None
    ) -> None:
        """`seen` returns what is to be seen of a text."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.answer, self.inspector, self.toggle = answer, HttpInspector(theme, seen), QToolButton()
        self._asked: tuple[str, str] = "", ""
        self._is_url = False
        self._is_open: bool | None = None
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self.inspector.setContentsMargins(10, 0, 0, 0)
        self.inspector.setMinimumHeight(1)  # it scrolls: the panel gets along with little height
        for part in (answer, self.inspector):
            self.addWidget(part)
        self.toggle.setText("HTTP")
        self.toggle.setCheckable(True)
        self.toggle.setAutoRaise(True)
        self.toggle.setToolTip("Show the HTTP request that came through the function URL, and its response")
        self.toggle.setAccessibleName("Show the HTTP request")
        self.toggle.clicked.connect(self._on_toggled)
        self.inspector.back.clicked.connect(self._on_back)
        self._arrange()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self.answer.set_theme(theme)
        self.inspector.set_theme(theme)

    def show_invocation(self, invocation: Invocation | None) -> None:
        """Turn to an invocation; None for none."""
        self._is_url = invocation is not None and came_through_url(invocation)
        self._arrange()
        asked = (invocation.request_id, invocation.status) if invocation is not None and self._is_url else ("", "")
        if asked == self._asked:
            return
        if asked[0] != self._asked[0]:
            self.inspector.show_asking()
        self._asked = asked
        if asked[0]:
            self.exchange_wanted.emit(asked[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show both where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        is_wide = self.width() >= WIDE_PX
        is_open = self._is_url and (is_wide if self._is_open is None else self._is_open)
        self.toggle.setVisible(self._is_url)
        self.toggle.setChecked(is_open)
        self.inspector.setVisible(is_open)
        self.answer.setVisible(is_wide or not is_open)  # with it goes the bar that the toggle is in
        self.inspector.back.setVisible(not is_wide)

    def _on_back(self) -> None:
        self._on_toggled(False)
        self.toggle.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_toggled(self, is_open: bool) -> None:
        self._is_open = is_open
        self._arrange()
