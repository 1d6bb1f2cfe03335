"""A function's configuration: typed here, checked as Lambda would, and saved to the template after a short pause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.configuration import configuration_words
from workbench.gui.panels.configuration.allowance_list import AllowanceList
from workbench.gui.panels.configuration.configuration_controls import ConfigurationControls
from workbench.gui.panels.configuration.configuration_draft import FIELDS, ConfigurationDraft, KeptDraft
from workbench.gui.widgets.heading import Heading
from workbench.model.allowances import Allowance, allowed_for
from workbench.model.failures import WorkbenchError
from workbench.model.function import FunctionConfiguration, vcpus
from workbench.model.limits import Violation
from workbench.model.unknown_values import unknown_summary
from workbench.runtimes.catalogue import find_runtime, known_runtimes, runtime_warning

SAVE_PAUSE_MS = 400
"""Pause in typing after which valid values are written, so that the template does not pass through half-typed ones."""


class ConfigurationPanel(QScrollArea):
    """Emits `changes_ready(str logical_id, FunctionChanges)`; the owner saves and calls `show_saved` or `show_failed`.

    `unsaved_changed(dict)` has a `KeptDraft` by logical ID for what cannot be saved as it is; `take_unsaved` restores them.
    """

    changes_ready = Signal(str, object)
    unsaved_changed = Signal(object)
    variable_removed = Signal(str, str, str)
    """Logical ID, name and value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drafts: dict[str, ConfigurationDraft] = {}
        self._kept: dict[str, KeptDraft] = {}
        self._told: dict[str, KeptDraft] = {}
        self._shown = ""
        self._allowed: Mapping[str, Allowance] = {}
        self.allowances = AllowanceList()
        self._read_only = False
        self._runtimes = tuple(runtime.identifier for runtime in known_runtimes())
        self.controls = ConfigurationControls(self._runtimes)
        self.controls.add_beside_storage(self.allowances.network_field)
        self.controls.typed.connect(self._on_typed)
        self.controls.environment.rows.removed.connect(self._on_variable_removed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SAVE_PAUSE_MS)
        self._pause.timeout.connect(self._send)
        self._name, self._note, self._problems, self._hint = Heading(), PlainLabel(), PlainLabel(), PlainLabel()
        self._column = QVBoxLayout()
        self._lay_out()
        self.show_function(None, read_only=False)

    @property
    def note(self) -> str:
        """The text about saving, such as "saving…"; "" if there is none."""
        return self._note.text()

    @property
    def problems(self) -> str:
        """The problems shown of the function or of saving it, one per line."""
        return self._problems.text()

    def show_function(self, function: FunctionConfiguration | None, *, read_only: bool) -> None:
        """Show a function; None for no function. What was typed for the previous one is saved first.

        Also called after each reload, for the function already shown: typed values are never overwritten then.
        """
        switched = function is None or function.logical_id != self._shown
        if switched:
            self.flush()  # while `_shown` still names the function that was typed into
        hint = configuration_words.hint(function)
        self._read_only = read_only or bool(hint)
        self._shown = function.logical_id if function else ""
        self._name.show_name(function.name if function else "")
        self.show_allowed(self._allowed)
        self.controls.setVisible(function is not None)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._say("read-only folder" if read_only else "", "muted")
        self._problems.setVisible(False)
        if function is not None:
            self._fill(function, switched)

    def put_above(self, card: QWidget) -> None:
        """Show a card above the fields."""
        self._column.insertWidget(1, card)

    def show_allowed(self, allowed: Mapping[str, Allowance]) -> None:
        """Show what the function may use of this machine. `allowed`: by logical ID."""
        self._allowed = allowed
        self.allowances.show_allowed(self._shown, allowed_for(allowed, self._shown), is_workspaces=self._shown not in allowed)

    def flush(self) -> None:
        """Emit valid typed values now, without waiting for the pause, including a cell that is still being edited."""
        self.controls.environment.commit()
        self._send()

    def _send(self) -> None:
        self._pause.stop()
        draft = self._drafts.get(self._shown)
        changes = draft.changes() if draft is not None and not self._read_only else None
        if changes is not None:
            self._say("saving…", "muted")
            self.changes_ready.emit(self._shown, changes)
        self._tell_unsaved()

    def follow_rename(self, logical_id: str, new_id: str) -> None:
        """Keep the unsaved values of a function whose logical ID changed."""
        draft = self._drafts.pop(logical_id, None)
        if draft is not None:
            self._drafts[new_id] = draft
        if self._shown == logical_id:
            self._shown = new_id

    def take_unsaved(self, kept: Mapping[str, KeptDraft]) -> None:
        """Restore what was typed in an earlier window. Call it before a function is shown."""
        self._kept = dict(kept)
        self._told = dict(kept)

    def show_saved(self, logical_id: str) -> None:
        """Say that the change is in the template."""
        if logical_id == self._shown:
            self._say("saved to template.yaml", "saved")

    def show_failed(self, logical_id: str, error: WorkbenchError) -> None:
        """Say why the template could not be changed. The typed values stay."""
        if logical_id == self._shown:
            self._say("not saved", "problem")
            self._show_problems((f"{error.message} {error.hint}".strip(),))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self.controls.environment.set_theme(theme)
        self.allowances.set_theme(theme)
        self.controls.set_mono_family(theme.mono_family)

    def _fill(self, function: FunctionConfiguration, switched: bool) -> None:
        draft = self._drafts.get(function.logical_id)
        if draft is None:
            draft = self._drafts[function.logical_id] = ConfigurationDraft(function, self._runtimes)
            if function.logical_id in self._kept:
                draft.take(self._kept.pop(function.logical_id))
        draft.update(function)
        self.controls.show_architectures_of(function.runtime)
        for field in FIELDS:
            if switched or not self.controls.is_being_typed(field):
                self._show_value(draft, field)
            self._check(draft, field)
        self._show_problems((*function.problems, *unknown_summary(function)))

    def _tell_unsaved(self) -> None:
        # `_kept`: drafts of functions not shown yet. Left out here, they would be lost with the next write.
        drafts = {logical_id: draft.kept() for logical_id, draft in self._drafts.items()}
        unsaved = {**self._kept, **{logical_id: kept for logical_id, kept in drafts.items() if kept is not None}}
        if unsaved != self._told:
            self._told = unsaved
            self.unsaved_changed.emit(unsaved)

    def _show_value(self, draft: ConfigurationDraft, field: str) -> None:
        if field == "environment":
            self.controls.show_environment(draft.value(field), draft.environment_rows, self._read_only)
        else:
            self.controls.set_value(field, draft.value(field), self._read_only)

    def _on_typed(self, field: str, value: Any) -> None:
        draft = self._drafts.get(self._shown)
        if draft is None or self._read_only:
            return
        draft.type(field, value)
        if field == "environment":
            self._keep_rows(draft)
        self._check(draft, field)
        if draft.is_pending:
            self._say("", "muted")
        # Also for a value that was typed back, and for a row without a name: what the next window is to find has changed.
        self._pause.start()

    def _on_variable_removed(self, name: str, value: str) -> None:
        if name or value:
            self.variable_removed.emit(self._shown, name, value)

    def put_back(self, logical_id: str) -> bool:
        """Undo removing a variable. False if another function is shown by now."""
        return logical_id == self._shown and self.controls.environment.rows.put_back()

    def _keep_rows(self, draft: ConfigurationDraft) -> None:
        rows = self.controls.environment.rows
        repeated = ", ".join(rows.repeated_names)
        draft.environment_rows = rows.rows if repeated or rows.has_nameless_values else ()
        draft.block("environment", Violation("environment", "", f"{repeated} is there twice.", "Rename or remove one of them.")
                    if repeated else None)

    def _check(self, draft: ConfigurationDraft, field: str) -> None:
        self.controls.fields[field].show_violation(draft.violation(field))
        value = draft.value(field)
        if field == "memory_mb":
            self.controls.fields[field].show_figure(f"{value:,} MB · {vcpus(value):.2f} vCPU")
        elif field == "timeout_s":
            self.controls.fields[field].show_figure(configuration_words.duration(value))
        elif field == "environment":
            self.controls.fields[field].show_figure(configuration_words.environment_figure(value))
            self.controls.fields[field].show_note("A value without a key is not saved." if draft.has_nameless_values else "")
        elif field == "runtime":
            runtime = find_runtime(value)
            self.controls.fields[field].show_note(runtime_warning(runtime, date.today()) if runtime else "")

    def _show_problems(self, problems: tuple[str, ...]) -> None:
        self._problems.setText("\n".join(problems))
        self._problems.setVisible(bool(problems))

    def _say(self, text: str, name: str) -> None:
        self._note.setText(text)
        if self._note.objectName() != name:
            # Qt does not evaluate a style sheet again when an object name changes.
            self._note.setObjectName(name)
            self._note.style().unpolish(self._note)
            self._note.style().polish(self._note)

    def _lay_out(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("framed")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(280)
        self.setAccessibleName("Configuration")
        self._hint.setObjectName("muted")
        self._hint.setWordWrap(True)
        self._problems.setObjectName("problem")
        self._problems.setWordWrap(True)
        content = QWidget()
        content.setObjectName("sidePanel")
        header = QHBoxLayout()
        header.addWidget(self._name, 1)
        header.addWidget(self._note)
        content.setLayout(self._column)
        self._column.setContentsMargins(14, 11, 14, 14)
        self._column.setSpacing(9)
        self._column.addLayout(header)
        for widget in (self._problems, self._hint, self.controls, self.allowances):
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self.setWidget(content)
