"""Parameters and values: shows what the template asks for and where each value comes from, and takes the person's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QScrollArea, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.dialogs.form_dialog import FormDialog, Note
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.model.failures import InvalidInput
from workbench.workspace.locating.options import Options
from workbench.workspace.values.asked import MASK, AskedValue

_SOURCES = {"command": "command", "yours": "yours", "samconfig": "samconfig", "default": "default", "missing": "not given"}
_NAME, _VALUE, _SOURCE = range(3)


class ValuesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The dialog's initial content: the values, the template among the possible ones, samconfig's environments."""

    asked: Sequence[AskedValue]
    template: str
    templates: Sequence[str]
    options: Options
    environments: Sequence[str]


class ValuesChosen(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: changed `values` by their keys (None removes the person's own), and changed `options`, None if unchanged."""

    values: Mapping[str, str | None]
    options: Options | None


class ValuesDialog(FormDialog):
    """Emits `chosen(ValuesChosen)` if something changed. An empty field gives no value of one's own: its placeholder applies."""

    chosen = Signal(object)

    def __init__(self, shown: ValuesShown, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Parameters and values"), self.tr("Apply"), parent)
        self._shown = shown
        self.template = _choice(shown.templates, shown.template)
        self.environment = _choice(shown.environments, shown.options.config_env or "default")
        self.variables = QLineEdit(shown.options.env_vars)
        self.variables.setPlaceholderText(self.tr("None"))
        self.form.addRow(self.tr("Template"), self.template)
        if shown.environments:
            self.form.addRow(self.tr("Environment of samconfig"), self.environment)
        self.form.addRow(self.tr("File of variables"), self.variables)
        self.form.addRow("", Note(self.tr("As for sam local invoke --env-vars: {\"Function\": {\"VARIABLE\": \"value\"}}.")))
        self.fields = {value.key: self._field(value) for value in shown.asked}
        self.form.addRow(self._table())
        self.form.addRow(Note(self.tr(
            "Your values are kept in your own state folder, outside the workspace, readable for you alone.")))
        self.template.currentIndexChanged.connect(self.refresh)
        self.setMinimumWidth(680)
        self.refresh()

    def values(self) -> dict[str, str | None]:
        """Return the changed values by key; None for one that the person removed."""
        texts = {value.key: _text(self.fields[value.key]) for value in self._shown.asked}
        return {value.key: texts[value.key] or None for value in self._shown.asked if texts[value.key] != _own(value)}

    def options(self) -> Options | None:
        """Return the other choices; None if they are unchanged."""
        # A template or environment that was found and not chosen stays unchosen, so that it is found anew each time.
        same_template = self.template.currentText() == self._shown.template
        options = Options(
            template=self._shown.options.template if same_template else self.template.currentText(),
            config_env=self._shown.options.config_env if self.environment.currentText() in (
                self._shown.options.config_env or "default", "") else self.environment.currentText(),
            env_vars=self.variables.text().strip())
        return None if options == msgspec.structs.replace(self._shown.options, parameters={}) else options

    def problem(self) -> str:
        """Return CloudFormation's complaint about the first changed value that it would refuse; "" if there is none."""
        changed = self.values()
        for value in self._shown.asked:
            given = changed.get(value.key)
            if given is not None:
                try:
                    value.check(given)
                except InvalidInput as error:
                    return error.message
        return ""

    def hand_over(self) -> None:
        """Emit what changed."""
        if self.values() or self.options() is not None:
            self.chosen.emit(ValuesChosen(values=self.values(), options=self.options()))

    def _table(self) -> QWidget:
        content = QWidget()
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 4, 8, 4)
        grid.setColumnStretch(_VALUE, 1)
        for row, value in enumerate(self._shown.asked):
            name = PlainLabel(value.key)
            name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name.setBuddy(self.fields[value.key])
            grid.addWidget(name, 2 * row, _NAME)
            grid.addWidget(self.fields[value.key], 2 * row, _VALUE)
            source = PlainLabel(self.tr(_SOURCES[value.source]))
            source.setObjectName("muted")
            grid.addWidget(source, 2 * row, _SOURCE)
            grid.addWidget(Note(self._about(value)), 2 * row + 1, _VALUE, 1, 2)
        if not self._shown.asked:
            grid.addWidget(Note(self.tr("The template asks for no values.")), 0, _NAME, 1, 3)
        grid.setRowStretch(2 * len(self._shown.asked), 1)
        return _scrolled(content)

    def _about(self, value: AskedValue) -> str:
        needed = self.tr("needed by {}").format(", ".join(value.functions)) if value.functions else ""
        return " · ".join(filter(None, (value.description, value.kind, needed)))

    def _field(self, value: AskedValue) -> QWidget:
        if value.allowed:
            combo = FlatCombo()
            combo.addItem(_otherwise(value), "")
            for allowed in value.allowed:
                combo.addItem(allowed, allowed)
            combo.setCurrentIndex(max(0, combo.findData(_own(value))))
            combo.currentIndexChanged.connect(self.refresh)
            combo.setAccessibleName(value.key)
            return combo
        # A value from elsewhere is only a placeholder: as text it would be kept as the person's own, and its source ignored.
        field = QLineEdit(_own(value))
        field.setPlaceholderText(_fallback(value))
        field.setAccessibleName(value.key)
        if value.is_secret:
            field.setEchoMode(QLineEdit.EchoMode.Password)
        field.textChanged.connect(self.refresh)
        return field


def _own(value: AskedValue) -> str:
    """The person's own value; "" if it comes from elsewhere."""
    return (value.value or "") if value.source == "yours" else ""


def _fallback(value: AskedValue) -> str:
    """The value that applies while the person gives none. Secrets are masked; nothing and "" are put in words."""
    other = value.default if value.source == "yours" else value.value
    return "no value" if other is None else (MASK if value.is_secret else other) or "empty"


def _otherwise(value: AskedValue) -> str:
    """The same, with its source, as the entry of a combo box."""
    source = _SOURCES["default" if value.source == "yours" else value.source]
    return "no value" if _fallback(value) == "no value" else f"{_fallback(value)} ({source})"


def _text(field: QWidget) -> str:
    return field.text() if isinstance(field, QLineEdit) else str(field.currentData()) if isinstance(field, FlatCombo) else ""


def _choice(choices: Sequence[str], current: str) -> FlatCombo:
    combo = FlatCombo()
    combo.addItems(list(dict.fromkeys((*choices, current) if current not in choices else choices)))
    combo.setCurrentText(current)
    return combo


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(content)
    area.setMinimumHeight(min(360, max(60, content.sizeHint().height() + 8)))
    return area
