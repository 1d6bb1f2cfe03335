"""The dialog for a function of the API that is to be written into the template."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from workbench.gui.dialogs.form_dialog import FormDialog, Note
from workbench.model.failures import InvalidInput
from workbench.model.function import FunctionConfiguration
from workbench.model.saving import SavingWish
from workbench.model.secret_names import looks_secret
from workbench.workspace.saving.places import check_folder


class SavingDialog(FormDialog):
    """Asks for the folder of the code, and whether secrets are written. Emits `chosen(SavingWish)`."""

    chosen = Signal(object)

    def __init__(self, function: FunctionConfiguration, template: Path, parent: QWidget | None = None) -> None:
        super().__init__(f"Save {function.name} into {template.name}", "Save into the template", parent)
        self._root = template.parent
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(f"{function.name}/")
        self.folder.textChanged.connect(self.refresh)
        self.secrets = QCheckBox("Write their values into the template")
        if function.image is None:
            self.form.addRow("Folder for the code", self.folder)
        self._add_secrets([name for name in function.environment if looks_secret(name)])
        self.refresh()

    def _add_secrets(self, names: Sequence[str]) -> None:
        if names:
            self.form.addRow("Secrets", self.secrets)
            self.form.addRow("", Note(f"{', '.join(names)}: otherwise parameters of the template, whose values stay on this "
                                      "machine.", self))

    def problem(self) -> str:
        """Return what is wrong with the folder."""
        folder = self.folder.text().strip()
        if not folder:
            return ""
        try:
            check_folder(folder)
        except InvalidInput as error:
            return f"{error.message} {error.hint}"
        return f"There is {folder} already." if os.path.lexists(self._root / folder) else ""

    def hand_over(self) -> None:
        """Emit the choices."""
        self.chosen.emit(SavingWish(folder=self.folder.text().strip(), with_secrets=self.secrets.isChecked()))
