"""A slider for round values beside a spin box for exact ones."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QSpinBox, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.scale import small

TYPING_MAX = 999_999
"""Spin boxes accept more than Lambda does, so that a wrong value gets Lambda's message instead of being changed silently."""

_USUAL = "10,240 MB"
"""Boxes have room for this, so that those below each other are equally wide."""


class NumberSlider(QWidget):
    """Emits `value_changed(int)`. `scale` are words below the slider."""

    value_changed = Signal(int)

    def __init__(self, low: int, high: int, step: int, unit: str, scale: tuple[str, ...] = ()) -> None:
        super().__init__()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(low, high)
        self._slider.setSingleStep(step)
        self._slider.setPageStep(max(step, (high - low) // 20))
        self._box = number_box(unit, step, max(_USUAL, f"{high:,}{unit}", key=len))
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


def number_box(unit: str, step: int, widest: str = _USUAL) -> QSpinBox:
    """Return a spin box for whole numbers, wide enough for a text."""
    box = plain_box(unit)
    box.setRange(0, TYPING_MAX)
    box.setSingleStep(step)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)  # digits of one value stand below those of another
    box.setFixedWidth(box.fontMetrics().horizontalAdvance(widest) + 22)
    return box


def plain_box(unit: str) -> QSpinBox:
    """Return a spin box for whole numbers that stands in a form: as wide as its row."""
    box = QSpinBox()
    box.setSuffix(unit)
    box.setGroupSeparatorShown(True)
    box.lineEdit().setTextMargins(7, 0, 7, 0)  # the style sheet's padding does not reach it
    return box
