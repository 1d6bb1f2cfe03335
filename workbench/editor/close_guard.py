"""Asks before unsaved text is discarded, without ever blocking the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.editor.editor_page import EditorPage

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox  # takes 1 ms to import, so only once something is closed


class CloseGuard(QObject):
    """Asks one question at a time; each ends in exactly one of the signals, which carries the page."""

    save_chosen = Signal(object)
    discard_chosen = Signal(object)
    cancelled = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._page: EditorPage | None = None
        self.box: QMessageBox | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a question is open."""
        return self.box is not None

    def ask(self, page: EditorPage, title: str) -> None:
        """Ask about the unsaved changes of a page; `title` names it. Returns at once."""
        from PySide6.QtWidgets import QMessageBox

        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Unsaved changes"))
        box.setText(self.tr("Save the changes to {title}?").format(title=title))
        box.setInformativeText(self.tr("If you do not save them, they are kept among the earlier versions of the file."))
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        box.finished.connect(self._finish)
        self._page, self.box = page, box
        box.open()

    def _finish(self, result: int) -> None:
        from PySide6.QtWidgets import QMessageBox

        # Cleared before the signal: when all tabs are being closed, its receiver asks the next question at once.
        box, page = self.box, self._page
        self.box, self._page = None, None
        if box is not None:
            box.deleteLater()
        signals = {QMessageBox.StandardButton.Save.value: self.save_chosen,
                   QMessageBox.StandardButton.Discard.value: self.discard_chosen}
        signals.get(result, self.cancelled).emit(page)  # Escape and the window's close button count as Cancel
