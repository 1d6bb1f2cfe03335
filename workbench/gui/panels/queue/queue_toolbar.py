"""The buttons above the queue: what is done with its clock. What is done with an event is in its row."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from workbench.gui.look.icons import icon
from workbench.gui.look.theme import DARK, Theme
from workbench.gui.widgets.wrapped_row import WrappedRow


class QueueToolbar(QWidget):
    """The buttons tell themselves that they were pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = DARK
        self._is_held = False
        self.hold = _button("Hold clock", "Hold the queue's clock: nothing becomes due by itself any more")
        self.step = _button("Step", "Move the held clock to the next thing that is due, and try it")
        self.minute = _button("+1 min", "Move the clock forward by 1 minute: the wait after a first failure")
        self.two_minutes = _button("+2 min", "Move the clock forward by 2 minutes: the wait after a second failure")
        self.to_end = _button("To the end", "Step until nothing waits any more")
        self._lay_out()

    def show_clock(self, *, is_held: bool, is_moving: bool, waits: bool) -> None:
        """Show whether the clock is held, whether it is being moved, and whether there is anything to move it for."""
        was_held, self._is_held = self._is_held, is_held
        self.hold.setText("Let it run" if is_held else "Hold clock")
        self.hold.setToolTip("Let the clock go on from what it shows" if is_held
                             else "Hold the queue's clock: nothing becomes due by itself any more")
        self.hold.setAccessibleName("Let the queue's clock run" if is_held else "Hold the queue's clock")
        self.step.setEnabled(is_held and waits and not is_moving)
        self.to_end.setEnabled(is_moving or (is_held and waits))
        self.to_end.setText("Stop" if is_moving else "To the end")
        for button in (self.minute, self.two_minutes):
            button.setEnabled((is_held or waits) and not is_moving)
        if was_held != is_held:  # a style sheet is too slow to be set with every event
            self._paint()

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors."""
        self._theme = theme
        self._paint()

    def _lay_out(self) -> None:
        self.setObjectName("queueToolbar")
        groups = WrappedRow()
        groups.add(self.hold, self.step, self.minute, self.two_minutes, self.to_end)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 10, 6)
        layout.addWidget(groups)

    def _paint(self) -> None:
        edge = self._theme.warning if self._is_held else ""
        self.hold.setIcon(icon("play" if self._is_held else "pause", self._theme.success if self._is_held else self._theme.text))
        self.hold.setStyleSheet(f"border-color: {edge}" if edge else "")


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setAccessibleName(text.rstrip("…"))
    return button

