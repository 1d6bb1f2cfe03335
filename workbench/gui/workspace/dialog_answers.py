"""Carries out what a person answers in a dialog, and shows in that dialog why it could not be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog
from shiboken6 import isValid

from workbench.model.failures import WorkbenchError

P = ParamSpec("P")
T = TypeVar("T")


class DialogAnswers(QObject):
    """Shared by the commands of one workspace that change its files, of which one runs at a time.

    Signals: `about_to_change()` before files are changed and `changed()` afterwards; `failed(WorkbenchError)` for a failure that
    no dialog shows.
    """

    about_to_change = Signal()
    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dialog: QDialog | None = None

    def ask(self, dialog: QDialog) -> None:
        """Open a dialog."""
        self._dialog = dialog
        dialog.open()  # not exec(): a nested event loop would run asyncio's callbacks inside this one

    def attempt(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | None:
        """Call what changes files and return its result; None, after reporting the failure, if it could not be done."""
        self.about_to_change.emit()  # what was typed is written first, so that it is part of what changes
        try:
            result = work(*arguments, **named)
        except WorkbenchError as error:
            self._refuse(error)
            return None
        self.changed.emit()
        return result

    def _refuse(self, error: WorkbenchError) -> None:
        """Show a failure in the dialog that caused it, which then stays open with what was typed; else emit `failed`."""
        from workbench.gui.dialogs.form_dialog import FormDialog
        from workbench.gui.dialogs.template_dialog import TemplateDialog

        dialog = self._dialog
        # isValid: dialogs delete themselves when closed, which leaves a Python object without its C++ half.
        if isinstance(dialog, (FormDialog, TemplateDialog)) and isValid(dialog) and dialog.isVisible():
            dialog.refuse(f"{error.message} {error.hint}".strip())
        else:
            self.failed.emit(error)
