"""The dialogs to publish a version, and to make an alias or point it elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QWidget

from workbench.gui.dialogs.engine_dialog import EngineDialog
from workbench.gui.dialogs.form_dialog import Note
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.model.function_version import LATEST
from workbench.model.versions import AliasInfo, Routing

PUBLISHING = ("A version keeps the code and the settings of $LATEST for good. Dependencies are built first if that has to be "
              "done. If nothing changed since the last version, Lambda publishes nothing.")
WEIGHTS = "Each request goes to one of the two versions, drawn by these shares."
_NO_SECOND = ""
_TEXT_MARGIN_PX = 7
"""The style sheet's padding of other fields, which does not reach the text of this kind of spin box."""


class PublishDialog(EngineDialog):
    """Asks for a version's description. Emits `chosen(str description)`."""

    def __init__(self, function_name: str, parent: QWidget | None = None) -> None:
        super().__init__(f"Publish a version of {function_name}", "Publish", parent)
        self.description = QLineEdit()
        self.description.setMaxLength(256)  # Source: API reference, PublishVersion
        self.description.setPlaceholderText("What is new in it. May be empty.")
        self.form.addRow("Description", self.description)
        self.form.addRow(Note(PUBLISHING))
        self.description.setFocus()

    def hand_over(self) -> None:
        """Emit the description."""
        self.chosen.emit(self.description.text().strip())


class AliasDialog(EngineDialog):
    """Asks where an alias points. Emits `chosen(AliasInfo)`."""

    def __init__(
        self, function_name: str, versions: Sequence[str], taken: Collection[str], alias: AliasInfo | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """`versions`: those that it may point to, the most likely one first. `alias`: the one to change, None for a new one."""
        title = f"New alias of {function_name}" if alias is None else f"Alias {alias.name} of {function_name}"
        super().__init__(title, "Create" if alias is None else "Save", parent)
        self._taken = frozenset(taken)
        self._is_new = alias is None
        now = alias or AliasInfo(name="", function_version=versions[0])
        self.name, self.description = QLineEdit(now.name), QLineEdit(now.description)
        self.name.setPlaceholderText("For example live")
        self.name.setEnabled(alias is None)
        self.description.setMaxLength(256)  # Source: API reference, CreateAlias
        self.version, self.second = _versions(versions), _versions([_NO_SECOND, *(each for each in versions if each != LATEST)])
        self.second.setItemText(0, "none")
        self.percent = _Percent()
        self._note = Note(WEIGHTS)
        self._fill(now)
        for title, field in (("Name", self.name), ("Version", self.version), ("Second version", self.second),
                             ("Its share", self.percent)):
            field.setAccessibleName(title)
            self.form.addRow(title, field)
        self.form.addRow("", self._note)
        self.form.addRow("Description", self.description)
        self.name.textChanged.connect(self.refresh)
        self.second.currentIndexChanged.connect(self._settle)
        self._settle()
        (self.version if alias else self.name).setFocus()

    def problem(self) -> str:
        """Return what is wrong with the name; Lambda checks the rest."""
        name = self.name.text().strip()
        if self._is_new and not name:
            return "Give the alias a name."
        return f"There is an alias {name} already." if self._is_new and name in self._taken else ""

    def hand_over(self) -> None:
        """Emit the alias as it is to be."""
        second = str(self.second.currentData())
        weights = {second: round(self.percent.value() / 100, 6)} if second else {}
        self.chosen.emit(AliasInfo(
            name=self.name.text().strip(), function_version=str(self.version.currentData()),
            description=self.description.text().strip(), routing_config=Routing(weights)))

    def _fill(self, alias: AliasInfo) -> None:
        self.version.setCurrentIndex(max(0, self.version.findData(alias.function_version)))
        for version, weight in alias.weights.items():
            self.second.setCurrentIndex(max(0, self.second.findData(version)))
            self.percent.setValue(weight * 100)

    def _settle(self, *_: object) -> None:
        has_second = bool(self.second.currentData())
        self.percent.setEnabled(has_second)
        self._note.setEnabled(has_second)
        self.refresh()


def _versions(versions: Sequence[str]) -> QComboBox:
    combo = FlatCombo()
    for version in versions:
        combo.addItem(version if version in (LATEST, "") else f"Version {version}", version)
    return combo


class _Percent(QDoubleSpinBox):
    """A share in percent, without decimals that say nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, 100)
        self.setDecimals(2)
        self.setValue(10)
        self.setSuffix(" %")
        self.lineEdit().setTextMargins(_TEXT_MARGIN_PX, 0, 0, 0)

    def textFromValue(self, value: float) -> str:
        """Return `10` or `12.5`."""
        return self.locale().toString(value, "g", 6)
