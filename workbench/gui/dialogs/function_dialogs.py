"""Dialogs for functions: create from a starter, rename, duplicate."""

from __future__ import annotations

import re
from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.dialogs.form_dialog import FormDialog
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.workspace.starters import Starter


class _LogicalIdDialog(FormDialog):
    """Asks for a logical ID that is not taken yet."""

    def __init__(self, title: str, confirm: str, suggestion: str, taken: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__(title, confirm, parent)
        self._taken, self._suggestion = frozenset(taken), suggestion
        self.name = QLineEdit(suggestion)
        self.name.setPlaceholderText("For example ResizeImage")
        self.name.textChanged.connect(self.refresh)
        self.form.addRow("Name", self.name)
        self.name.selectAll()
        self.refresh()

    def problem(self) -> str:
        """Return what is wrong with the name."""
        if self.name.text() == self._suggestion in self._taken:
            return "Type another name."
        return logical_id_problem(self.name.text(), self._taken)

    def hand_over(self) -> None:
        """Emit the choices."""
        self._hand_over(self.name.text().strip())

    def _hand_over(self, name: str) -> None:
        raise NotImplementedError


class NewFunctionDialog(_LogicalIdDialog):
    """Emits `chosen(str logical_id, str starter_key)`."""

    chosen = Signal(str, str)

    def __init__(self, starters: tuple[Starter, ...], taken: Collection[str], parent: QWidget | None = None) -> None:
        super().__init__("New function", "Create function", "MyFunction" if "MyFunction" not in taken else "", taken, parent)
        self._starters = {starter.key: starter for starter in starters}
        self.starter = FlatCombo()
        for starter in starters:
            self.starter.addItem(f"{starter.title}  –  {starter.runtime}", starter.key)
        self.starter.currentIndexChanged.connect(self._on_starter)
        self._description = PlainLabel()
        self._description.setObjectName("muted")
        self._description.setWordWrap(True)
        self.form.addRow("Starter", self.starter)
        self.form.addRow("", self._description)
        self._on_starter()

    def _hand_over(self, name: str) -> None:
        self.chosen.emit(name, str(self.starter.currentData()))

    def _on_starter(self) -> None:
        starter = self._starters.get(str(self.starter.currentData()))
        self._description.setText(starter.description if starter else "")


class NameDialog(_LogicalIdDialog):
    """Asks for a new logical ID. Emits `chosen(str)`."""

    chosen = Signal(str)

    def _hand_over(self, name: str) -> None:
        self.chosen.emit(name)


def logical_id_problem(text: str, taken: Collection[str]) -> str:
    """Return why a text cannot be a new logical ID; "" if it can.

    Source: CloudFormation, "Resources": alphanumeric, unique in the template.
    """
    name = text.strip()
    if not name:
        return "Give it a name."
    if not re.fullmatch(r"[A-Za-z0-9]{1,255}", name):
        return "CloudFormation allows letters and digits only, for example ResizeImage."
    return f"There is a resource {name} already." if name in taken else ""
