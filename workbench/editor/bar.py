"""Base of the strips under the code (find, go to line): colors, small buttons, Esc to leave."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPalette
from PySide6.QtWidgets import QFrame, QToolButton, QWidget

from workbench.editor.colors import EditorColors


class Bar(QFrame):
    """A strip that is hidden until needed; `closed` tells the editor to take the focus back."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoFillBackground(True)
        self.hide()

    def set_colors(self, colors: EditorColors) -> None:
        """Draw in these colors."""
        self.setPalette(bar_palette(self.palette(), colors))

    def leave(self) -> None:
        """Hide and give the focus back."""
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Qt's hook: Esc leaves the bar."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)


def bar_palette(palette: QPalette, colors: EditorColors) -> QPalette:
    """Return a copy of a palette with the colors for widgets on a bar."""
    made = QPalette(palette)
    role = QPalette.ColorRole
    for roles, color in (((role.Window, role.Button), colors.bar), ((role.Base,), colors.background),
                          ((role.WindowText, role.Text, role.ButtonText), colors.text),
                          ((role.PlaceholderText,), colors.muted), ((role.Highlight,), colors.selection),
                          ((role.HighlightedText,), colors.text), ((role.Mid, role.Dark), colors.border)):
        for one in roles:
            made.setColor(one, QColor(color))
    return made


def small_button(text: str, name: str, parent: QWidget, *, checkable: bool = False) -> QToolButton:
    """Create a flat button with a symbol on it; `name` is its tooltip and what screen readers say."""
    button = QToolButton(parent)
    button.setText(text)
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setCheckable(checkable)
    button.setAutoRaise(True)
    return button
