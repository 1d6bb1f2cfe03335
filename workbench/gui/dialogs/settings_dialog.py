"""What holds for a whole workspace: sandbox, Region, how long environments stay warm, the container image of each runtime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QSpinBox, QWidget

from workbench.gui.dialogs.form_dialog import FormDialog
from workbench.gui.flat_combo import FlatCombo
from workbench.model.engine_api import SandboxChoice, Settings

_SANDBOX_NAMES: Mapping[SandboxChoice, str] = {
    "auto": "Docker where it answers, else local processes",
    "docker": "Docker",
    "process": "Local processes",
}
_LONGEST_IDLE_MINUTES = 24 * 60
_NO_IMAGE = "AWS publishes no image for it"


class SettingsDialog(FormDialog):
    """Emits `chosen(Settings)`. `images`: the runtimes to ask about and the image that each has by itself, "" for none."""

    chosen = Signal(object)

    def __init__(
        self, settings: Settings, regions: Sequence[str], images: Mapping[str, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(self.tr("Workspace settings"), self.tr("Apply"), parent)
        self._settings = settings
        self.sandbox = FlatCombo()
        for choice in get_args(SandboxChoice):
            self.sandbox.addItem(_SANDBOX_NAMES[choice], choice)
        self.sandbox.setCurrentIndex(self.sandbox.findData(settings.sandbox))
        self.region = FlatCombo()
        self.region.addItems(sorted({*regions, settings.region}))
        self.region.setCurrentText(settings.region)
        self.form.addRow(self.tr("Sandbox"), self.sandbox)
        self.form.addRow(self.tr("Region"), self.region)
        self.form.addRow("", self._muted(self.tr("For prices, ARNs and AWS_REGION: nothing is called there.")))
        self.idle_minutes = QSpinBox()
        self.idle_minutes.setRange(1, _LONGEST_IDLE_MINUTES)
        self.idle_minutes.setSuffix(self.tr(" min"))
        self.idle_minutes.setValue(max(1, round(settings.idle_limit_s / 60)))
        self.form.addRow(self.tr("Reclaim idle environments after"), self.idle_minutes)
        self.images = {runtime: self._image_field(runtime, image) for runtime, image in images.items()}
        if images:
            self.form.addRow("", self._muted(self.tr("Empty: AWS's own image. Any that follows its contract will do.")))
        self.setMinimumWidth(560)
        self.refresh()

    def settings(self) -> Settings:
        """What the fields say; images of runtimes that were not asked about stay as they were."""
        kept = {runtime: image for runtime, image in self._settings.images.items() if runtime not in self.images}
        named = {runtime: field.text().strip() for runtime, field in self.images.items() if field.text().strip()}
        minutes = self.idle_minutes.value()
        same = minutes == max(1, round(self._settings.idle_limit_s / 60))
        return msgspec.structs.replace(
            self._settings, sandbox=self.sandbox.currentData(), region=self.region.currentText(), images={**kept, **named},
            idle_limit_s=self._settings.idle_limit_s if same else minutes * 60)

    def problem(self) -> str:
        """A name of an image has no blanks."""
        wrong = next((runtime for runtime, field in self.images.items() if len(field.text().split()) > 1), None)
        return self.tr("The image for {} has a blank in its name.").format(wrong) if wrong else ""

    def accept(self) -> None:
        """Hand over the settings when they changed."""
        super().accept()
        if self.result() == self.DialogCode.Accepted and self.settings() != self._settings:
            self.chosen.emit(self.settings())

    def _image_field(self, runtime: str, image: str) -> QLineEdit:
        field = QLineEdit(self._settings.images.get(runtime, ""))
        field.setPlaceholderText(image or _NO_IMAGE)
        field.textChanged.connect(self.refresh)
        self.form.addRow(self.tr("Image for {}").format(runtime), field)
        return field

    def _muted(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setObjectName("muted")
        label.setWordWrap(True)
        return label
