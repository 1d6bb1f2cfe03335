"""A line above the editor for what the person should know now: an error with its hint, a message, or progress of long work."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import Theme, blend
from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    from workbench.gui.workspace.notice_parts import NoticeParts


class NoticeBar(QFrame):
    """Hidden while there is nothing to say, and empty until there is; each message replaces the one before.

    Emits `cancelled()` for the button beside a progress bar.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._theme: Theme | None = None
        self._is_error = self._is_made = False
        self.hide()

    @cached_property
    def _parts(self) -> NoticeParts:
        """Made for the first notice: the window starts without one."""
        from workbench.gui.workspace.notice_parts import NoticeParts

        made = NoticeParts(self)
        made.cancel.clicked.connect(self.cancelled)
        self._is_made = True
        return made

    @property
    def text(self) -> str:
        """The text shown now."""
        return self._parts.text.text() if self._is_made else ""

    def show_error(self, error: WorkbenchError) -> None:
        """Show an error and its hint, and have screen readers announce it: the focus stays where it is."""
        self._show(f"{error.message}\n{error.hint}".strip(), is_error=True)
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # 2 ms, before there is a first notice

        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.text))

    def show_message(self, text: str) -> None:
        """Show a message that is no error."""
        self._show(text, is_error=False)

    def show_progress(self, text: str, fraction: float | None) -> None:
        """Show long work with a Cancel button. `fraction` is from 0 to 1; None if it is not known."""
        self._show(text, is_error=False)
        self._parts.progress.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self._parts.progress.setValue(round(fraction * 1000))
        self._parts.progress.show()
        self._parts.cancel.show()
        self._parts.close.hide()

    def end_progress(self) -> None:
        """Hide the progress. A message that has replaced it meanwhile stays."""
        if self._is_made and not self._parts.progress.isHidden():
            self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors for background and icon."""
        self._theme = theme
        if not self.isHidden():  # else when there is something to say
            self._paint()

    def _show(self, text: str, *, is_error: bool) -> None:
        self._is_error = is_error
        self._parts.text.setText(text)
        for widget in (self._parts.progress, self._parts.cancel):
            widget.hide()
        self._parts.close.show()
        self._paint()
        self.show()

    def _paint(self) -> None:
        if self._theme is None:
            return
        self._parts.close.setIcon(icon("remove", self._theme.muted))
        edge = self._theme.error if self._is_error else self._theme.info
        ground = blend(edge, self._theme.panel, 0.14)
        self.setStyleSheet(f"#notice {{ background: {ground}; border-left: 3px solid {edge}; border-bottom: 1px solid "
                           f"{self._theme.border}; }}")
