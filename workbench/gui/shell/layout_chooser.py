"""The layouts in the status line: Write, Watch, Teach."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

_TIPS = {
    "write": "Code first, everything else in one place below it",
    "watch": "Timeline beside log and result, below the code",
    "teach": "Code beside the timeline and the log, without the side bar",
}


class LayoutChooser(QWidget):
    """Emits `chosen(str command)`: the ID of the command that shows a layout."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, QToolButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for number, (name, tip) in enumerate(_TIPS.items(), start=1):
            button = self._buttons[name] = QToolButton()
            button.setObjectName("layoutButton")
            button.setText(name.capitalize())
            button.setCheckable(True)
            button.setToolTip(f"{tip} (Ctrl+Alt+{number})")
            button.setAccessibleName(f"{name.capitalize()} layout")
            button.setProperty("command", f"layout.{name}")
            button.clicked.connect(self._on_clicked)
            row.addWidget(button)

    def show_layout(self, name: str) -> None:
        """Show which layout the page has; "" for none of them."""
        for each, button in self._buttons.items():
            button.setChecked(each == name)

    def _on_clicked(self) -> None:
        button = self.sender()
        assert isinstance(button, QToolButton)
        button.setChecked(not button.isChecked())  # what is shown decides, not the click
        self.chosen.emit(str(button.property("command")))
