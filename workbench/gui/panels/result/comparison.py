"""Compares this invocation with the previous one of its function, figure by figure."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QToolButton, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme
from workbench.gui.panels.invocation_words import COMPARISON_TITLES, comparison_row, start_word
from workbench.state.invocation import Invocation


class Comparison(QFrame):
    """Emits `previous_chosen()` when the person wants to see the previous invocation. Hidden while there is none."""

    previous_chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparison")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(10, 5, 10, 6)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(1)
        self._previous_button = QToolButton()
        self._previous_button.setToolTip(self.tr("Show the previous invocation"))
        self._previous_button.setAutoRaise(True)
        self._previous_button.clicked.connect(self.previous_chosen)
        self._titles = [PlainLabel(title) for title in COMPARISON_TITLES]
        self._before = [PlainLabel() for _ in COMPARISON_TITLES]
        self._now = [PlainLabel() for _ in COMPARISON_TITLES]
        self._build()
        self.has_figures = False
        """Whether there are two invocations to compare. The owner may still hide the widget for want of room."""
        self.hide()

    def _build(self) -> None:
        self._grid.addWidget(self._previous_button, 1, 0, Qt.AlignmentFlag.AlignLeft)
        self._this = PlainLabel()
        self._grid.addWidget(self._this, 2, 0, Qt.AlignmentFlag.AlignLeft)
        for row, labels in enumerate((self._titles, self._before, self._now)):
            for column, label in enumerate(labels, start=1):
                self._grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignRight)
                self._grid.setColumnStretch(column, 1)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        size = f"font-size: {small(self.font()).pointSizeF()}pt"
        self.setStyleSheet(
            f"#comparison {{ background: {theme.panel}; border: 1px solid {theme.border}; border-radius: 6px; }}"
            f"#comparison QToolButton {{ color: {theme.muted}; padding: 0; border: none; text-decoration: underline; "
            f"{size}; }}"
            f"#comparison QToolButton:focus {{ color: {theme.accent}; }}"
        )
        for label in self._titles:
            label.setStyleSheet(f"color: {theme.muted}; {size}")
        for label in self._before:
            label.setStyleSheet(f"color: {theme.muted}; {size}")
        for label in (*self._now, self._this):
            label.setStyleSheet(f"color: {theme.text}; {size}; font-weight: 600")

    def show_nothing(self) -> None:
        """Hide, because there is nothing to compare."""
        self.has_figures = False
        self.hide()

    def show_invocations(self, before: Invocation | None, now: Invocation) -> None:
        """Compare two invocations; hide if there is none before or `now` has no figures yet."""
        self.has_figures = before is not None and now.metrics is not None
        self.setVisible(self.has_figures)
        if before is None or now.metrics is None:
            return
        self._previous_button.setText(self.tr("previous · {0}").format(start_word(before)))
        self._this.setText(self.tr("this · {0}").format(start_word(now)))
        rows = comparison_row(before), comparison_row(now)
        for labels, texts in zip((self._before, self._now), rows, strict=True):
            for label, text in zip(labels, texts, strict=True):
                label.setText(text)
        spoken = zip(COMPARISON_TITLES, *rows, strict=True)
        text = "; ".join(self.tr("{0}: {1}, now {2}").format(*item) for item in spoken)
        self.setAccessibleName(self.tr("Compared with the previous invocation. {0}").format(text))
