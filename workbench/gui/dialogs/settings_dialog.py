"""The settings of a workspace: sandbox, network, Region, lifetime of environments, log of failures, images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSpinBox, QWidget

from workbench.gui.dialogs.form_dialog import FormDialog, Note
from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.number_slider import plain_box
from workbench.model.engine_api import (
    MOST_ACCOUNT_CONCURRENCY,
    MOST_MACHINE_ENVIRONMENTS,
    MOST_MACHINE_MEMORY_MB,
    FailureLog,
    PreparedSandboxes,
    SandboxChoice,
    Settings,
    is_services_choice,
)
from workbench.model.function import FreezeMode

_SANDBOX_NAMES: Mapping[SandboxChoice, str] = {
    "auto": "Isolated where that works, else Docker, else local processes",
    "isolated": "Isolated processes (Linux)",
    "docker": "Docker",
    "process": "Local processes",
}
_FREEZE_NAMES: Mapping[FreezeMode, str] = {
    "on": "Frozen, the quickest way there is",
    "pause": "Frozen by the container engine's own pause",
    "off": "Not frozen",
}
_FREEZE_NOTES: Mapping[FreezeMode, str] = {
    "on": "As on Lambda: threads, timers and connections stand still until the next invocation.",
    "pause": "As on Lambda, with docker pause, which takes longer. Local processes are frozen all the same.",
    "off": "Unlike on Lambda: threads and timers go on between invocations. For looking around in an environment.",
}
_LOG_NAMES: Mapping[FailureLog, str] = {
    "both": "Both editions of Lambda's lines",
    "new": "The newer: Status and Error Type in REPORT",
    "old": "The older: a line before END",
}
_LOG_NOTE = "How the log tells of a timeout or a dead runtime. AWS moves Region by Region, so code that reads logs may meet both."
_PREPARED_NAMES: Mapping[PreparedSandboxes, str] = {
    "one": "One, for the function that is worked on",
    "all": "One for every function that was invoked",
    "none": "None",
}
_PREPARED_NOTE = (
    "Made ahead of need, so that the next cold start waits for init alone. It takes memory of this machine; where there is "
    "too little of it, none is kept."
)
_NETWORK_NOTE = (
    "Off: what runs isolated reaches its Runtime API alone, unless its own configuration says otherwise. In Docker and as local "
    "processes functions always have a network."
)
_VENV_NOTE = (
    "Functions that run as local processes then find what is installed in a virtual environment beside their code. Lambda "
    "would not have it: there it must be listed in requirements.txt."
)
_NO_SERVICES = "None"
_SERVICES_NOTE = (
    "Where requests to S3, SQS, DynamoDB and other services go: moto, whose server is then started with the engine, or a URL "
    "such as http://localhost:4566. Functions reach them without a change to their code."
)
_SERVICES_PROBLEM = "Other AWS services are at moto or at a URL without a path, such as http://localhost:4566."
_CONCURRENCY_NOTE = "Beyond the first, invocations are throttled, as on AWS; beyond the others, they wait."
_LONGEST_IDLE_MINUTES = 24 * 60
_NO_IMAGE = "AWS publishes no image for it"


class SettingsDialog(FormDialog):
    """Emits `chosen(Settings)`, and `network_chosen(bool)`: whether functions without an allowance of their own have a network.

    `images`: the runtimes to ask about, each with its default image, "" if AWS publishes none. Each signal is only emitted if
    something changed.
    """

    chosen = Signal(object)
    network_chosen = Signal(bool)

    def __init__(
        self, settings: Settings, regions: Sequence[str], images: Mapping[str, str], parent: QWidget | None = None, *,
        network: bool = True,
    ) -> None:
        super().__init__(self.tr("Workspace settings"), self.tr("Apply"), parent)
        self._settings = settings
        self._had_network = network
        self.sandbox = self._combo(_SANDBOX_NAMES, settings.sandbox)
        self.region = FlatCombo()
        self.region.addItems(sorted({*regions, settings.region}))
        self.region.setCurrentText(settings.region)
        self.form.addRow(self.tr("Sandbox"), self.sandbox)
        self.network = self._switch(self.tr("Functions reach the network"), network, _NETWORK_NOTE)
        self.form.addRow(self.tr("Region"), self.region)
        self.form.addRow("", Note(self.tr("For prices, ARNs and AWS_REGION: nothing is called there.")))
        self.services = self._add_services(settings)
        self._add_environments(settings)
        self._add_failure_log(settings)
        self.images = {runtime: self._image_field(runtime, image) for runtime, image in images.items()}
        if images:
            self.form.addRow("", Note(self.tr("Empty: AWS's own image. Any that follows its contract will do.")))
        self.setMinimumWidth(640)
        self.refresh()

    def settings(self) -> Settings:
        """Return the settings as the fields have them. Images of runtimes that were not asked about stay as they were."""
        kept = {runtime: image for runtime, image in self._settings.images.items() if runtime not in self.images}
        named = {runtime: field.text().strip() for runtime, field in self.images.items() if field.text().strip()}
        minutes = self.idle_minutes.value()
        # The field shows whole minutes; a limit set in seconds by another client is kept unless the person changed it.
        same = minutes == max(1, round(self._settings.idle_limit_s / 60))
        return msgspec.structs.replace(
            self._settings, sandbox=self.sandbox.currentData(), region=self.region.currentText(), images={**kept, **named},
            idle_limit_s=self._settings.idle_limit_s if same else minutes * 60, freeze=self.freeze.currentData(),
            failure_log=self.failure_log.currentData(), prepared_sandboxes=self.prepared.currentData(),
            venv_packages=self.venv_packages.isChecked(), services=self.services.text().strip(),
            account_concurrency=self.account_concurrency.value(), machine_environments=self.machine_environments.value(),
            machine_memory_mb=self.machine_memory.value())

    def problem(self) -> str:
        """Return a complaint about an image name with blanks or an impossible address; "" if there is none."""
        if not is_services_choice(self.services.text().strip()):
            return self.tr(_SERVICES_PROBLEM)
        wrong = next((runtime for runtime, field in self.images.items() if len(field.text().split()) > 1), None)
        return self.tr("The image for {} has a blank in its name.").format(wrong) if wrong else ""

    def accept(self) -> None:
        """Close and emit what changed."""
        super().accept()
        is_accepted = self.result() == self.DialogCode.Accepted
        if is_accepted and self.network.isChecked() != self._had_network:
            self.network_chosen.emit(self.network.isChecked())
        if is_accepted and self.settings() != self._settings:
            self.chosen.emit(self.settings())

    def _add_services(self, settings: Settings) -> QLineEdit:
        field = QLineEdit(settings.services)
        field.setPlaceholderText(self.tr(_NO_SERVICES))
        field.textChanged.connect(self.refresh)
        self.form.addRow(self.tr("Other AWS services"), field)
        self.form.addRow("", Note(self.tr(_SERVICES_NOTE)))
        return field

    def _add_environments(self, settings: Settings) -> None:
        self.account_concurrency = self._number(
            self.tr("Concurrency of the account"), settings.account_concurrency, MOST_ACCOUNT_CONCURRENCY)
        self.machine_environments = self._number(
            self.tr("Environments on this machine"), settings.machine_environments, MOST_MACHINE_ENVIRONMENTS,
            unset=self.tr("By its cores"))
        self.machine_memory = self._number(
            self.tr("Memory for environments"), settings.machine_memory_mb, MOST_MACHINE_MEMORY_MB, self.tr(" MB"),
            unset=self.tr("What is available"))
        self.form.addRow("", Note(self.tr(_CONCURRENCY_NOTE)))
        self.idle_minutes = self._number(self.tr("Reclaim idle environments after"), max(1, round(settings.idle_limit_s / 60)),
                                         _LONGEST_IDLE_MINUTES, self.tr(" min"))
        self.freeze, self._freeze_note = self._combo(_FREEZE_NAMES, settings.freeze), Note("")
        self.freeze.currentIndexChanged.connect(self._show_freeze_note)
        self._show_freeze_note()
        self.form.addRow(self.tr("Between invocations"), self.freeze)
        self.form.addRow("", self._freeze_note)
        self.prepared = self._combo(_PREPARED_NAMES, settings.prepared_sandboxes)
        self.form.addRow(self.tr("Sandboxes kept ready"), self.prepared)
        self.form.addRow("", Note(self.tr(_PREPARED_NOTE)))
        self.venv_packages = self._switch(self.tr("Use packages of virtual environments"), settings.venv_packages, _VENV_NOTE)

    def _add_failure_log(self, settings: Settings) -> None:
        self.failure_log = self._combo(_LOG_NAMES, settings.failure_log)
        self.form.addRow(self.tr("Log of a failure"), self.failure_log)
        self.form.addRow("", Note(self.tr(_LOG_NOTE)))

    def _number(self, label: str, value: int, most: int, suffix: str = "", unset: str = "") -> QSpinBox:
        """`unset`: what 0 is called where it means that nothing was chosen."""
        field = plain_box(suffix)
        field.setRange(0 if unset else 1, most)
        field.setSpecialValueText(unset)
        field.setValue(value)
        self.form.addRow(label, field)
        return field

    def _switch(self, text: str, is_on: bool, note: str) -> QCheckBox:
        switch = QCheckBox(text)
        switch.setChecked(is_on)
        self.form.addRow("", switch)
        self.form.addRow("", Note(self.tr(note)))
        return switch

    def _combo(self, names: Mapping[Any, str], current: str) -> FlatCombo:
        combo = FlatCombo()
        for choice, name in names.items():
            combo.addItem(self.tr(name), choice)
        combo.setCurrentIndex(combo.findData(current))
        return combo

    def _show_freeze_note(self) -> None:
        self._freeze_note.setText(self.tr(_FREEZE_NOTES[self.freeze.currentData()]))

    def _image_field(self, runtime: str, image: str) -> QLineEdit:
        field = QLineEdit(self._settings.images.get(runtime, ""))
        field.setPlaceholderText(image or _NO_IMAGE)
        field.textChanged.connect(self.refresh)
        self.form.addRow(self.tr("Image for {}").format(runtime), field)
        return field
