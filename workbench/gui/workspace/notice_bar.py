"""A line above the editor for what the person should know now: an error with its hint, a message, or progress of long work."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme, blend
from workbench.gui.widgets.close_button import close_button
from workbench.model.failures import WorkbenchError


class NoticeBar(QFrame):
    """Hidden while there is nothing to say; each message replaces the one before.

    Emits `cancelled()` for the button beside a progress bar.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._text = PlainLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setMaximumWidth(260)
        self._cancel = QPushButton("Cancel")
        self._cancel.clicked.connect(self.cancelled)
        self._close = close_button(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 6, 8, 6)
        for widget in (self._text, self._bar, self._cancel, self._close):
            layout.addWidget(widget)
        self._theme: Theme | None = None
        self._is_error = False
        self.hide()

    @property
    def text(self) -> str:
        """The text shown now."""
        return self._text.text()

    def show_error(self, error: WorkbenchError) -> None:
        """Show an error and its hint, and have screen readers announce it: the focus stays where it is."""
        self._show(f"{error.message}\n{error.hint}".strip(), is_error=True)
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # 2 ms, before there is a first notice

        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._text.text()))

    def show_message(self, text: str) -> None:
        """Show a message that is no error."""
        self._show(text, is_error=False)

    def show_progress(self, text: str, fraction: float | None) -> None:
        """Show long work with a Cancel button. `fraction` is from 0 to 1; None if it is not known."""
        self._show(text, is_error=False)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self._bar.setValue(round(fraction * 1000))
        self._bar.show()
        self._cancel.show()
        self._close.hide()

    def end_progress(self) -> None:
        """Hide the progress. A message that has replaced it meanwhile stays."""
        if not self._bar.isHidden():
            self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for background and icon."""
        self._theme = theme
        self._close.setIcon(icon("remove", theme.muted))
        if not self.isHidden():  # else when there is something to say
            self._paint()

    def _show(self, text: str, *, is_error: bool) -> None:
        self._is_error = is_error
        self._text.setText(text)
        for widget in (self._bar, self._cancel):
            widget.hide()
        self._close.show()
        self._paint()
        self.show()

    def _paint(self) -> None:
        if self._theme is None:
            return
        edge = self._theme.error if self._is_error else self._theme.info
        ground = blend(edge, self._theme.panel, 0.14)
        self.setStyleSheet(f"#notice {{ background: {ground}; border-left: 3px solid {edge}; border-bottom: 1px solid "
                           f"{self._theme.border}; }}")
