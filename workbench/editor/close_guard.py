"""Asks before unsaved text is discarded, without ever blocking the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.editor.editor_page import EditorPage

if TYPE_CHECKING:
    from workbench.editor.sheet import MessageSheet  # takes time to import, so only once something is closed


class CloseGuard(QObject):
    """Asks one question at a time; each ends in exactly one of the signals, which carries the page."""

    save_chosen = Signal(object)
    discard_chosen = Signal(object)
    cancelled = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._page: EditorPage | None = None
        self.box: MessageSheet | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a question is open."""
        return self.box is not None

    def ask(self, page: EditorPage, title: str) -> None:
        """Ask about the unsaved changes of a page; `title` names it. Returns at once."""
        from PySide6.QtWidgets import QDialogButtonBox

        from workbench.editor.sheet import MessageSheet

        buttons = QDialogButtonBox.StandardButton
        box = MessageSheet(
            self.tr("Save the changes to {title}?").format(title=title),
            self.tr("If you do not save them, they are kept among the earlier versions of the file."), "", self._window)
        box.offer(buttons.Save, buttons.Discard, buttons.Cancel)
        box.finished.connect(self._finish)
        self._page, self.box = page, box
        box.open()

    def _finish(self, result: int) -> None:
        from PySide6.QtWidgets import QDialogButtonBox

        # Cleared before the signal: when all tabs are being closed, its receiver asks the next question at once.
        box, page = self.box, self._page
        self.box, self._page = None, None
        if box is not None:
            box.deleteLater()
        signals = {QDialogButtonBox.StandardButton.Save.value: self.save_chosen,
                   QDialogButtonBox.StandardButton.Discard.value: self.discard_chosen}
        signals.get(result, self.cancelled).emit(page)  # Escape counts as Cancel
