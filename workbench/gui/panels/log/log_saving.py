"""Asks where the log is to be saved. Writing is for whoever has the engine."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.file_places import FilePlaces
from workbench.gui.panels.log.log_toolbar import LogToolbar
from workbench.gui.widgets.file_dialog import FileDialog
from workbench.model.log_queries import LogFileForm

_SUFFIXES: dict[LogFileForm, str] = {"text": "log", "ndjson": "ndjson"}


class LogSaving(QObject):
    """Emits `wanted(Path, str form, LogFilter)`: all entries that pass the filter, also those that are not here."""

    wanted = Signal(object, str, object)

    def __init__(self, bar: LogToolbar, places: FilePlaces) -> None:
        super().__init__(bar)
        self._bar, self._places = bar, places

    def ask_for_text(self) -> None:
        """Ask where to save it as text."""
        self._ask("text").fileSelected.connect(self._on_text_file)

    def ask_for_ndjson(self) -> None:
        """Ask where to save it with a JSON object on each line."""
        self._ask("ndjson").fileSelected.connect(self._on_ndjson_file)

    def _ask(self, form: LogFileForm) -> FileDialog:
        dialog = FileDialog(self.tr("Save the log"), "log", self._places, self._bar)
        dialog.save_as(f"lambda.{_SUFFIXES[form]}", _SUFFIXES[form])
        dialog.open()
        return dialog

    def _on_text_file(self, name: str) -> None:
        self.wanted.emit(Path(name), "text", self._bar.wanted)

    def _on_ndjson_file(self, name: str) -> None:
        self.wanted.emit(Path(name), "ndjson", self._bar.wanted)
