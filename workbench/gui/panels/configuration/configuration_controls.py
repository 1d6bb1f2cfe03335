"""The controls of a function's configuration, one per field. They do not know where values come from or go to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from workbench.gui.panels.configuration.environment_table import EnvironmentTable
from workbench.gui.widgets.field import Field, WheelGuard
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.number_slider import NumberSlider, number_box
from workbench.model import quotas

ARCHITECTURES = ("x86_64", "arm64")


class ConfigurationControls(QWidget):
    """Emits `typed(str field, value)` for what the person changes. `fields` has the labeled rows by field name."""

    typed = Signal(str, object)

    def __init__(self, runtimes: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guard = WheelGuard(self)
        self._filling = False
        self.runtime, self.architecture = FlatCombo(), FlatCombo()
        self.runtime.addItems(runtimes)
        self.architecture.addItems(ARCHITECTURES)
        self.handler, self.description = QLineEdit(), QLineEdit()
        self.description.setPlaceholderText("What this function is for")
        self.memory = NumberSlider(quotas.MEMORY_MIN_MB, quotas.MEMORY_MAX_MB, 64, " MB", _memory_scale())
        self.timeout = NumberSlider(quotas.TIMEOUT_MIN_S, quotas.TIMEOUT_MAX_S, 1, " s", ())
        self.storage = number_box(" MB", 512)
        for combo in (self.runtime, self.architecture):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
        self.environment = EnvironmentTable()
        self.fields = self._make_fields()
        self._connect()
        self._lay_out()

    def set_value(self, field: str, value: Any, read_only: bool) -> None:
        """Show a value without emitting `typed`. For environment variables, use `show_environment`."""
        self._filling = True
        setter, control = self._setters()[field]
        setter(value)
        control.setEnabled(not read_only)
        self._filling = False

    def show_environment(self, variables: Mapping[str, str], typed: Sequence[tuple[str, str]], read_only: bool) -> None:
        """Show variables, or the rows as the person left them (`typed`), without emitting `typed`."""
        self._filling = True
        self.environment.show_variables(variables, read_only, typed)
        self._filling = False

    def is_being_typed(self, field: str) -> bool:
        """Whether the person is typing into this field now, so that it must not be changed under the cursor."""
        if field == "environment":
            return self.environment.is_editing
        control = self._setters()[field][1]
        focused = control.focusWidget() if isinstance(control, NumberSlider) else control
        return isinstance(focused, (QLineEdit, QSpinBox)) and focused.hasFocus()

    def show_architectures_of(self, runtime: str) -> None:
        """Add a runtime to the list that Lambda does not know, so that the template's value can be shown."""
        if self.runtime.findText(runtime) < 0:
            self._filling = True
            self.runtime.addItem(runtime)
            self._filling = False

    def set_mono_family(self, family: str) -> None:
        """Set the font family for fields that contain code."""
        self.handler.setFont(QFont(family))

    def _setters(self) -> dict[str, tuple[Callable[[Any], object], QWidget]]:
        return {
            "runtime": (self.runtime.setCurrentText, self.runtime),
            "architecture": (self.architecture.setCurrentText, self.architecture),
            "handler": (self._set_handler, self.handler),
            "description": (self._set_description, self.description),
            "memory_mb": (self.memory.set_value, self.memory),
            "timeout_s": (self.timeout.set_value, self.timeout),
            "ephemeral_storage_mb": (self.storage.setValue, self.storage),
        }

    def _set_handler(self, text: str) -> None:
        if self.handler.text() != text:  # setText, even with the same text, moves the cursor to the end
            self.handler.setText(text)

    def _set_description(self, text: str) -> None:
        if self.description.text() != text:
            self.description.setText(text)

    def _make_fields(self) -> dict[str, Field]:
        return {
            "runtime": Field("Runtime", self.runtime),
            "architecture": Field("Architecture", self.architecture),
            "handler": Field("Handler", self.handler),
            "memory_mb": Field("Memory", self.memory),
            "timeout_s": Field("Timeout", self.timeout),
            "ephemeral_storage_mb": Field("Ephemeral storage /tmp", self.storage),
            "environment": Field("Environment variables", self.environment),
            "description": Field("Description", self.description),
        }

    def _connect(self) -> None:
        self.runtime.currentTextChanged.connect(self._on_runtime)
        self.architecture.currentTextChanged.connect(self._on_architecture)
        self.handler.textEdited.connect(self._on_handler)
        self.description.textEdited.connect(self._on_description)
        self.memory.value_changed.connect(self._on_memory)
        self.timeout.value_changed.connect(self._on_timeout)
        self.storage.valueChanged.connect(self._on_storage)
        self.environment.edited.connect(self._on_environment)
        self._guard.protect(self.runtime, self.architecture, self.storage, *self.memory.controls, *self.timeout.controls)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(11)
        first = QHBoxLayout()
        first.setSpacing(10)
        first.addWidget(self.fields["runtime"], 3)
        first.addWidget(self.fields["architecture"], 2)
        layout.addLayout(first)
        self._storage_row = QHBoxLayout()
        self._storage_row.setSpacing(10)
        for name, field in self.fields.items():
            if name == "ephemeral_storage_mb":
                self._storage_row.addWidget(field, 1)
                layout.addLayout(self._storage_row)
            elif name not in ("runtime", "architecture"):
                layout.addWidget(field)

    def add_beside_storage(self, field: Field) -> None:
        """Place a short field in the free half of the storage field's line."""
        self._storage_row.addWidget(field, 1)

    def _emit(self, field: str, value: Any) -> None:
        if not self._filling:
            self.typed.emit(field, value)

    def _on_runtime(self, text: str) -> None:
        self._emit("runtime", text)

    def _on_architecture(self, text: str) -> None:
        self._emit("architecture", text)

    def _on_handler(self, text: str) -> None:
        self._emit("handler", text)

    def _on_description(self, text: str) -> None:
        self._emit("description", text)

    def _on_memory(self, value: int) -> None:
        self._emit("memory_mb", value)

    def _on_timeout(self, value: int) -> None:
        self._emit("timeout_s", value)

    def _on_storage(self, value: int) -> None:
        self._emit("ephemeral_storage_mb", value)

    def _on_environment(self) -> None:
        self._emit("environment", self.environment.rows.variables)


def _memory_scale() -> tuple[str, ...]:
    return f"{quotas.MEMORY_MIN_MB}", f"{quotas.MB_PER_VCPU:,} = 1 vCPU", f"{quotas.MEMORY_MAX_MB:,}"
