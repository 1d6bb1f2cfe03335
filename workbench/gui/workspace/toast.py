"""A toast: what was just done, with Undo. It lies over the lower edge of the page, where it moves nothing, and goes by itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget
from shiboken6 import isValid

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.close_button import close_button

SHOWN_MS = 12_000
"""How long it stays. Whoever needs longer finds the same in the Edit menu; while the mouse or the focus is on it, it stays."""
_ABOVE_EDGE_PX = 18


class Toast(QFrame):
    """One at a time: each replaces the one before. It takes no focus, and screen readers announce it."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self.setObjectName("toast")
        self._page = page
        self._undoing: Callable[[], object] | None = None
        self._settled: Callable[[], object] | None = None
        self._focused_before: QWidget | None = None
        self._label = PlainLabel()
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.undo = QPushButton("Undo")
        self.undo.clicked.connect(self._on_undo)
        self._close = close_button(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 8, 8)
        row.addWidget(self._label, 1)
        row.addWidget(self.undo)
        row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_time)
        page.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """The text shown now, or shown last."""
        return self._label.text()

    def show_undo(self, text: str, undo: Callable[[], object], settled: Callable[[], object] | None = None) -> None:
        """Say what was done, with a button that calls `undo` once. `settled` is called when it was not, in the end."""
        self._settle()
        self._undoing, self._settled = undo, settled
        self._focused_before = self.window().focusWidget()
        self._label.setText(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(SHOWN_MS)
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # 2 ms, before there is a first toast

        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def setVisible(self, visible: bool) -> None:
        """Give the keyboard back before it goes, or Qt would give it to whatever comes next."""
        before, focused = self._focused_before, self.window().focusWidget()
        if not visible and focused is not None and self.isAncestorOf(focused) and before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        super().setVisible(visible)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icon in the theme's color."""
        self._close.setIcon(icon("remove", theme.muted))

    def hideEvent(self, event: QHideEvent) -> None:
        """Say that Undo is not offered any more, unless only the page is hidden."""
        super().hideEvent(event)
        if self.isHidden():
            self._settle()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Stay at the lower edge of the page."""
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        width = min(self._page.width() - 2 * _ABOVE_EDGE_PX, self.fontMetrics().averageCharWidth() * 90)
        self.resize(width, max(self.heightForWidth(width), self.sizeHint().height()))
        self.move((self._page.width() - width) // 2, self._page.height() - self.height() - _ABOVE_EDGE_PX)

    def _on_undo(self) -> None:
        undo, self._undoing, self._settled = self._undoing, None, None
        self.hide()  # first: what `undo` does may show another
        if undo is not None:
            undo()

    def _settle(self) -> None:
        settled, self._undoing, self._settled = self._settled, None, None
        if settled is not None:
            settled()

    def _on_time(self) -> None:
        focused = self.window().focusWidget()
        if self.underMouse() or (focused is not None and self.isAncestorOf(focused)):
            self._timer.start(SHOWN_MS)
        else:
            self.hide()
            self._settle()  # of a page that is not shown, nothing is hidden
