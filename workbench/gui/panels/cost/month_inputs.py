"""What a month is reckoned from: as it was measured, until the person moves a slider."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QSlider, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.widgets.field import WheelGuard
from workbench.gui.widgets.number_slider import NumberSlider
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.model import quotas
from workbench.model.projection import HOURS_A_MONTH, MonthPlan
from workbench.state.costs import MILLION

MOST_INVOCATIONS = 2_000_000_000
"""Within 32 bits, which is all that QIntValidator takes."""
_ROUND = (*(digit * 10**power for power in range(3, 9) for digit in (1, 2, 5)), 10**9)
"""The numbers of invocations at which the slider stops."""
_SLIDER_MS, _MOST_PROVISIONED = 3_000, 100


class MonthInputs(QWidget):
    """Emits `changed` when the person moved something. Values that the person did not set follow the measured ones."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.invocations_box = QLineEdit(_numbers().toString(MILLION))
        self.invocations_slider = QSlider(Qt.Orientation.Horizontal)
        self.sliders = {
            "cold_share": NumberSlider(0, 100, 1, " %"),
            "warm_ms": NumberSlider(1, _SLIDER_MS, 10, " ms"),
            "cold_ms": NumberSlider(1, _SLIDER_MS, 10, " ms"),
            "memory_mb": NumberSlider(quotas.MEMORY_MIN_MB, quotas.MEMORY_MAX_MB, 64, " MB"),
            "ephemeral_mb": NumberSlider(quotas.EPHEMERAL_STORAGE_MIN_MB, quotas.EPHEMERAL_STORAGE_MAX_MB, 64, " MB"),
            "provisioned": NumberSlider(0, _MOST_PROVISIONED, 1, ""),
            "provisioned_hours": NumberSlider(0, HOURS_A_MONTH, 1, " h"),
        }
        self.free_tier_box = QCheckBox(self.tr("take off the free tier"))
        self.measured_button = QPushButton(self.tr("As measured"))
        self._set: dict[str, int] = {}
        self._filling = False
        self._prepare()
        self._lay_out()

    @property
    def invocations(self) -> int:
        """The number that the person entered; 0 if it is not a number."""
        value, valid = _numbers().toInt(self.invocations_box.text() or "0")
        return value if valid else 0

    def plan(self, measured: MonthPlan) -> MonthPlan:
        """Return a month with what the person set, and what was measured for the rest, and show that in the sliders."""
        self._show(measured)
        given: dict[str, Any] = dict(self._set)
        for name in given.keys() & {"warm_ms", "cold_ms"}:
            given[name] = Decimal(given[name])
        if "cold_share" in given:
            given["cold_share"] = Decimal(given["cold_share"]) / 100
        return msgspec.structs.replace(
            measured, invocations=self.invocations, free_tier=self.free_tier_box.isChecked(), **given)

    def _show(self, measured: MonthPlan) -> None:
        values: dict[str, Decimal | int] = {
            "cold_share": measured.cold_share * 100, "warm_ms": measured.warm_ms, "cold_ms": measured.cold_ms,
            "memory_mb": measured.memory_mb, "ephemeral_mb": measured.ephemeral_mb, "provisioned": measured.provisioned,
            "provisioned_hours": measured.provisioned_hours,
        }
        self._filling = True
        for name, value in values.items():
            if name not in self._set:
                self.sliders[name].set_value(round(value))
        self._filling = False
        self.measured_button.setEnabled(bool(self._set))

    def _prepare(self) -> None:
        box, slider = self.invocations_box, self.invocations_slider
        for control in (box, slider):
            control.setAccessibleName(self.tr("Invocations a month"))
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        width_px = box.fontMetrics().horizontalAdvance("2,000,000,000") + 22
        for each in (box, *(each.controls[1] for each in self.sliders.values())):
            each.setFixedWidth(width_px)  # so that all sliders are equally long
        validator = QIntValidator(0, MOST_INVOCATIONS, self)
        validator.setLocale(_numbers())
        box.setValidator(validator)
        box.textChanged.connect(self._on_invocations)
        box.editingFinished.connect(self._tidy_number)
        slider.setRange(0, len(_ROUND) - 1)
        slider.setPageStep(3)
        slider.setValue(_ROUND.index(MILLION))
        slider.valueChanged.connect(self._on_slider)
        # One method for each: a lambda here would keep the panel.
        for name, each in self.sliders.items():
            each.setObjectName(name)
            each.value_changed.connect(self._on_value)
        self.free_tier_box.setToolTip(self.tr("1 million requests and 400,000 GB-s a month cost nothing, once per account."))
        self.free_tier_box.toggled.connect(self.changed)
        self.measured_button.setToolTip(self.tr("Reckon from what was measured again."))
        self.measured_button.clicked.connect(self._on_measured)
        WheelGuard(self).protect(slider, *(control for each in self.sliders.values() for control in each.controls))

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 2, 0, 2)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)  # where there is little room, below their words
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        invocations = QHBoxLayout()
        invocations.setSpacing(10)
        invocations.addWidget(self.invocations_slider, 1)
        invocations.addWidget(self.invocations_box)
        form.addRow(self._word(self.tr("Invocations a month")), invocations)
        words = {
            "cold_share": self.tr("Cold starts"), "warm_ms": self.tr("Billed when warm"), "cold_ms": self.tr("Billed when cold"),
            "memory_mb": self.tr("Memory"), "ephemeral_mb": self.tr("Storage /tmp"),
            "provisioned": self.tr("Provisioned"), "provisioned_hours": self.tr("for hours a month"),
        }
        for name, word in words.items():
            self.sliders[name].setAccessibleName(word)
            form.addRow(self._word(word), self.sliders[name])
        foot = TwoGroups()
        foot.left.add(self.free_tier_box)
        foot.right.add(self.measured_button)
        form.addRow(foot)

    def _word(self, text: str) -> PlainLabel:
        label = PlainLabel(text)
        label.setObjectName("muted")
        return label

    def _on_value(self, value: int) -> None:
        sender = self.sender()
        if not self._filling and sender is not None:
            self._set[sender.objectName()] = value
            self.changed.emit()

    def _on_slider(self, position: int) -> None:
        if not self._filling:
            self.invocations_box.setText(_numbers().toString(_ROUND[position]))

    def _on_invocations(self) -> None:
        self._filling = True
        nearest = min(range(len(_ROUND)), key=lambda index: abs(_ROUND[index] - self.invocations))
        self.invocations_slider.setValue(nearest)
        self._filling = False
        self.changed.emit()

    def _on_measured(self) -> None:
        self._set.clear()
        self.changed.emit()

    def _tidy_number(self) -> None:
        # Only when editing is finished: separators set with each keystroke would move the cursor.
        self.invocations_box.setText(_numbers().toString(self.invocations))


def _numbers() -> QLocale:
    """The person's way to write numbers, with thousands separated as in all other figures, also where none was chosen (C)."""
    locale = QLocale()
    apart = QLocale.NumberOption.OmitGroupSeparator | QLocale.NumberOption.RejectGroupSeparator
    locale.setNumberOptions(locale.numberOptions() & ~apart)
    return locale
