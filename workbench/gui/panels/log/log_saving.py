"""Asks where the log is to be saved. Writing is for whoever has the engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from workbench.gui.panels.log.log_toolbar import LogToolbar
from workbench.model.log_queries import LogFileForm

_SUFFIXES: dict[LogFileForm, str] = {"text": "log", "ndjson": "ndjson"}


class LogSaving(QObject):
    """Emits `wanted(Path, str form, LogFilter)`: all entries that pass the filter, also those that are not here."""

    wanted = Signal(object, str, object)

    def __init__(self, bar: LogToolbar) -> None:
        super().__init__(bar)
        self._bar = bar

    def ask_for_text(self) -> None:
        """Ask where to save it as text."""
        self._ask("text").fileSelected.connect(self._on_text_file)

    def ask_for_ndjson(self) -> None:
        """Ask where to save it with a JSON object on each line."""
        self._ask("ndjson").fileSelected.connect(self._on_ndjson_file)

    def _ask(self, form: LogFileForm) -> QFileDialog:
        dialog = QFileDialog(self._bar, self.tr("Save the log"), f"lambda.{_SUFFIXES[form]}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(_SUFFIXES[form])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def _on_text_file(self, name: str) -> None:
        self.wanted.emit(Path(name), "text", self._bar.wanted)

    def _on_ndjson_file(self, name: str) -> None:
        self.wanted.emit(Path(name), "ndjson", self._bar.wanted)
