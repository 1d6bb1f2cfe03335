"""The controls of a function's configuration, one per field. They do not know where values come from or go to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSlider, QSpinBox, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small
from workbench.gui.panels.configuration.environment_table import EnvironmentTable
from workbench.gui.widgets.field import Field, WheelGuard
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.model import quotas

ARCHITECTURES = ("x86_64", "arm64")
_TYPING_MAX = 999_999
"""Spin boxes accept more than Lambda does, so that a wrong value gets Lambda's message instead of being changed silently."""


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
        self.storage = _spin(" MB", 512)
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


class NumberSlider(QWidget):
    """A slider for round values beside a spin box for exact ones. Emits `value_changed(int)`."""

    value_changed = Signal(int)

    def __init__(self, low: int, high: int, step: int, unit: str, scale: tuple[str, ...]) -> None:
        super().__init__()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(low, high)
        self._slider.setSingleStep(step)
        self._slider.setPageStep(max(step, (high - low) // 20))
        self._box = _spin(unit, step)
        self._slider.valueChanged.connect(self._on_slider)
        self._box.valueChanged.connect(self._on_box)
        self.setFocusProxy(self._box)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._slider, 1)
        row.addWidget(self._box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(row)
        if scale:
            layout.addLayout(_scale_row(scale))

    @property
    def controls(self) -> tuple[QWidget, QWidget]:
        """Slider and spin box."""
        return self._slider, self._box

    @property
    def value(self) -> int:
        """The value shown."""
        return self._box.value()

    def set_value(self, value: int) -> None:
        """Show a value in both controls."""
        self._box.setValue(value)

    def setAccessibleName(self, name: str) -> None:
        """Give both controls the name: screen readers see them, not this widget."""
        super().setAccessibleName(name)
        self._slider.setAccessibleName(name)
        self._box.setAccessibleName(name)

    def _on_slider(self, value: int) -> None:
        if self._slider.isSliderDown():  # dragging goes in steps; the keyboard may set any value
            step = self._slider.singleStep()
            value = max(self._slider.minimum(), value - value % step)
        self._box.setValue(value)

    def _on_box(self, value: int) -> None:
        # Blocked, because the slider clamps to its range and would send a value above it back as the limit.
        self._slider.blockSignals(True)
        self._slider.setValue(value)
        self._slider.blockSignals(False)
        self.value_changed.emit(value)


def _memory_scale() -> tuple[str, ...]:
    return f"{quotas.MEMORY_MIN_MB}", f"{quotas.MB_PER_VCPU:,} = 1 vCPU", f"{quotas.MEMORY_MAX_MB:,}"


def _scale_row(texts: tuple[str, ...]) -> QHBoxLayout:
    row = QHBoxLayout()
    for number, text in enumerate(texts):
        label = PlainLabel(text)
        label.setObjectName("muted")
        label.setFont(small(label.font()))
        if number:
            row.addStretch(1)
        row.addWidget(label)
    return row


def _spin(unit: str, step: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, _TYPING_MAX)
    box.setSingleStep(step)
    box.setSuffix(unit)
    box.setGroupSeparatorShown(True)
    box.lineEdit().setTextMargins(7, 0, 7, 0)
    box.setFixedWidth(box.fontMetrics().horizontalAdvance("10,240 MB") + 22)
    return box
