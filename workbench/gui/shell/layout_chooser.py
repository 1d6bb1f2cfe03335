"""The layouts in the status line: Write, Watch, Teach, and the presentation."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

_TIPS = {
    "write": "Code first, everything else in one place below it (Ctrl+Alt+1)",
    "watch": "Timeline beside log and result, below the code (Ctrl+Alt+2)",
    "teach": "Code beside the timeline and the log, without the side bar (Ctrl+Alt+3)",
    "presentation": "For an audience: large type, timeline and log alone, variables masked (F11)",
}
_TITLES = {"presentation": "Present"}
_COMMANDS = {"presentation": "presentation"}


class LayoutChooser(QWidget):
    """Emits `chosen(str command)`: the ID of the command that shows a layout."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for name, tip in _TIPS.items():
            button = self._buttons[name] = QToolButton()
            button.setObjectName("layoutButton")
            button.setText(_TITLES.get(name, name.capitalize()))
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName("Presentation mode" if name in _COMMANDS else f"{name.capitalize()} layout")
            button.setProperty("command", _COMMANDS.get(name, f"layout.{name}"))
            button.clicked.connect(self._on_clicked)
            row.addWidget(button)

    def show_layout(self, name: str) -> None:
        """Show which layout the page has, or "presentation"."""
        for each, button in self._buttons.items():
            button.setChecked(each == name)

    def _on_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        button.setChecked(not button.isChecked())  # what is shown decides, not the click
        self.chosen.emit(str(button.property("command")))
