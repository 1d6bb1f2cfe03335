"""The slim rail at the left: what the side bar shows, ways to history and queue, and below them configuration and settings."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.scale import small
from workbench.gui.look.theme import Theme
from workbench.model.value import Value


class RailEntry(Value):
    """One button. Those that are `below` stand at the lower end; `is_toggle` ones show what is open by how they look."""

    name: str
    icon: str
    title: str
    is_toggle: bool = False
    below: bool = False


ENTRIES = (
    RailEntry("files", "files", "Files (Ctrl+Shift+E)", is_toggle=True),
    RailEntry("functions", "lambda", "Functions and their events (Alt+1)", is_toggle=True),
    RailEntry("events", "braces", "Events (Ctrl+Shift+V)", is_toggle=True),
    RailEntry("history", "clock", "History of invocations (Alt+6)"),
    RailEntry("queue", "queue", "Queue of events (Alt+8)"),
    RailEntry("drawer", "sliders", "Configuration and versions (Alt+3)", is_toggle=True, below=True),
    RailEntry("settings", "gear", "Workspace settings (Ctrl+,)", below=True),
)


class ActivityRail(QFrame):
    """Emits `chosen(str name)`. Arrow keys go from button to button."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.buttons = {entry.name: _RailButton(entry, self) for entry in ENTRIES}
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 6, 4, 6)
        column.setSpacing(3)
        for entry in ENTRIES:
            if entry.below and not column.property("stretched"):
                column.setProperty("stretched", True)
                column.addStretch(1)
            column.addWidget(self.buttons[entry.name])
            self.buttons[entry.name].asked.connect(self.chosen)

    def show_open(self, *names: str) -> None:
        """Show what is open: at most one of the side bar's activities, and perhaps the drawer."""
        for entry in ENTRIES:
            if entry.is_toggle:
                self.buttons[entry.name].setChecked(entry.name in names)

    def show_count(self, name: str, count: int) -> None:
        """Show a number at a button; 0 for none."""
        self.buttons[name].show_count(count)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colors."""
        for button in self.buttons.values():
            button.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next or previous button with the arrow keys."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()), 0)
        buttons = list(self.buttons.values())
        here = next((number for number, button in enumerate(buttons) if button is self.window().focusWidget()), -1)
        if step and here >= 0:
            buttons[(here + step) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)


class _RailButton(QToolButton):
    """Emits `asked(str name)` when it is pressed."""

    asked = Signal(str)

    def __init__(self, entry: RailEntry, parent: QWidget) -> None:
        super().__init__(parent)
        self._entry, self._count = entry, 0
        self._theme: Theme | None = None
        self.setCheckable(entry.is_toggle)
        self.setToolTip(entry.title)
        self.setAccessibleName(entry.title.partition(" (")[0])
        side = self.fontMetrics().height()
        self.setIconSize(QSize(side + 2, side + 2))
        self.clicked.connect(self._on_clicked)

    def show_count(self, count: int) -> None:
        """Show a number; 0 for none."""
        self._count = count
        name = self._entry.title.partition(" (")[0]
        self.setAccessibleName(f"{name}: {count}" if count else name)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Draw the icon in the theme's colors."""
        self._theme = theme
        self.setIcon(icon(self._entry.icon, theme.text if self.isChecked() else theme.muted))

    def checkStateSet(self) -> None:
        """Draw what is open brighter."""
        super().checkStateSet()
        if self._theme is not None:
            self.set_theme(self._theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the arrow keys to the rail."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the number over the icon's upper right corner."""
        super().paintEvent(event)
        if not self._count or self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small(self.font()))
        text = str(self._count) if self._count < 100 else "99+"
        height = painter.fontMetrics().height()
        width = max(height, painter.fontMetrics().horizontalAdvance(text) + 6)
        place = QRectF(self.width() - width - 1, 1, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.info))
        painter.drawRoundedRect(place, height / 2, height / 2)
        painter.setPen(QColor(self._theme.window))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _on_clicked(self) -> None:
        self.setChecked(not self.isChecked())  # what is open decides, not the click
        self.asked.emit(self._entry.name)
