"""The dialog for the name of a new or renamed event."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui.dialogs.form_dialog import FormDialog


class EventNameDialog(FormDialog):
    """Asks for an event's name (its path below events/ without .json). Emits `chosen(str)`."""

    chosen = Signal(str)

    def __init__(self, title: str, confirm: str, suggestion: str, taken: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(title, confirm, parent)
        # Whatever the case, because macOS and Windows would write both names to the same file.
        self._taken = {name.casefold() for name in taken}
        self._suggestion = suggestion
        self.name = QLineEdit(suggestion)
        self.name.setPlaceholderText("For example order-placed, or MyFunction/order-placed")
        self.name.textChanged.connect(self.refresh)
        self.form.addRow("Name", self.name)
        self.name.selectAll()
        self.refresh()

    def problem(self) -> str:
        """Return what is wrong with the name. The workspace checks the rest when it writes the file."""
        name = self.name.text().strip()
        if not name:
            return "Give the event a name."
        if name.casefold() not in self._taken:
            return ""
        return "Type another name." if name == self._suggestion else f"There is an event {name} already."

    def hand_over(self) -> None:
        """Emit the name."""
        self.chosen.emit(self.name.text().strip())
