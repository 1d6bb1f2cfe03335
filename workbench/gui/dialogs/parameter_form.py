"""A form for the parameters of an event template."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLineEdit, QPlainTextEdit, QScrollArea, QWidget

from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.workspace.event_templates import Parameter

RIGHT_PX = 8
"""Between the fields and where a scroll bar may be."""


class ParameterForm(QScrollArea):
    """One control per parameter. Emits `changed()` after each edit."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self._controls: dict[str, QWidget] = {}

    @property
    def values(self) -> dict[str, str]:
        """The entered texts, by parameter name."""
        return {name: _text(control) for name, control in self._controls.items()}

    def control(self, name: str) -> QWidget:
        """Return the control of a parameter, by its name."""
        return self._controls[name]

    def show_parameters(self, parameters: tuple[Parameter, ...]) -> None:
        """Replace the form by one for these parameters, filled with their defaults."""
        content = QWidget()
        form = QFormLayout(content)
        form.setContentsMargins(0, 4, RIGHT_PX, 4)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._controls = {}
        for parameter in parameters:
            control = self._make(parameter)
            control.setToolTip(parameter.help)
            control.setAccessibleName(parameter.label)
            self._controls[parameter.name] = control
            form.addRow(parameter.label, control)
        self.setWidget(content)

    def _make(self, parameter: Parameter) -> QWidget:
        if parameter.type == "choice":
            choice = FlatCombo()
            choice.addItems(parameter.choices)
            choice.setCurrentText(parameter.default)
            choice.currentTextChanged.connect(self._on_changed)
            return choice
        if parameter.type in ("json", "multiline"):
            area = QPlainTextEdit(parameter.default)
            area.setObjectName("area")
            area.setTabChangesFocus(True)
            area.setMaximumHeight(area.fontMetrics().height() * 6)
            area.textChanged.connect(self._on_changed)
            return area
        line = QLineEdit(parameter.default)
        line.textEdited.connect(self._on_changed)
        return line

    def _on_changed(self, *_: object) -> None:
        self.changed.emit()


def _text(control: QWidget) -> str:
    if isinstance(control, QComboBox):
        return control.currentText()
    if isinstance(control, QPlainTextEdit):
        return control.toPlainText()
    return control.text() if isinstance(control, QLineEdit) else ""
