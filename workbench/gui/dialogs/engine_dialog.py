"""The base of dialogs whose answer the engine carries out: they stay open until it has, and show what it refuses."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog

from workbench.gui.dialogs.form_dialog import FormDialog


class EngineDialog(FormDialog):
    """A FormDialog that is answered later. Whoever carries out what `chosen` brings calls `close_done` or `show_refusal`."""

    chosen = Signal(object)

    def accept(self) -> None:
        """Hand over, and wait."""
        self.refresh()
        if not self.problem():
            self.confirm.setEnabled(False)  # one request at a time
            self.hand_over()

    def close_done(self) -> None:
        """Close: it has been done."""
        self.done(QDialog.DialogCode.Accepted)

    def show_refusal(self, reason: str) -> None:
        """Show why it could not be done. What was typed stays, and can be handed over again."""
        self.tell(reason)
        self.confirm.setEnabled(True)
        layout = self.layout()
        if layout is not None:  # a sentence of several lines would otherwise press the fields together
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))
