"""Writes what is typed into a function's configuration into the template, and keeps what cannot be written."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.look.appearance import Appearance
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.engine_api import Health
from workbench.model.failures import WorkbenchError
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.state_directory import state_directory

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.panels.configuration.configuration_panel import ConfigurationPanel
    from workbench.gui.panels.configuration.credentials_line import CredentialsLine
    from workbench.gui.workspace.unsaved_settings import UnsavedSettings


class ConfigurationController(QObject):
    """Shows the chosen function's configuration in its place on the page.

    Signals: `written()` after the template was changed; `allowance_changed(str logical_id, Change)`; `credentials_wanted()` to
    choose those of functions, and `credentials_unwanted()` to take real ones away.
    """

    written = Signal()
    allowance_changed = Signal(str, object)
    credentials_wanted = Signal()
    credentials_unwanted = Signal()

    def __init__(self, model: WorkspaceState, page: WorkspacePage, appearance: Appearance) -> None:
        super().__init__(page)
        self._model = model
        self._page = page
        self._appearance = appearance
        self._health: Health | None = None  # the engine may answer before the panel is made
        self._are_values_hidden = False
        self.credentials: CredentialsLine | None = None
        """Made with the panel."""
        self.lazy_panel = LazyPanel(page.regions.drawer.configuration, self._make_panel)
        model.functions_changed.connect(self._on_functions_changed)
        model.function_selected.connect(self._on_functions_changed)

    @property
    def panel(self) -> ConfigurationPanel:
        """The panel, created now if it does not exist yet."""
        return self.lazy_panel.panel

    def flush(self) -> None:
        """Write what was typed and is still waiting for the person to pause."""
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.flush()

    def take_health(self, health: Health) -> None:
        """Show what functions may use of this machine."""
        self._health = health
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.show_allowed(health.allowed)
        self._show_credentials()

    def hide_values(self, *, is_hidden: bool) -> None:
        """Mask the values of all variables, whatever their names, and let nobody reveal one: others are looking."""
        self._are_values_hidden = is_hidden
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.controls.environment.rows.hide_values(is_hidden=is_hidden)

    def follow_rename(self, logical_id: str, new_id: str) -> None:
        """Keep what was typed for a function that was given another logical ID, also where nobody has seen it in this window."""
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.follow_rename(logical_id, new_id)
            return
        unsaved = self._unsaved.read()
        if logical_id in unsaved:
            unsaved[new_id] = unsaved.pop(logical_id)
            self._unsaved.write(unsaved)

    @cached_property
    def _unsaved(self) -> UnsavedSettings:
        """Created with the panel, because its module takes time to import."""
        from workbench.gui.workspace.unsaved_settings import UnsavedSettings

        return UnsavedSettings(state_directory(self._model.workspace.root))

    def _make_panel(self) -> ConfigurationPanel:
        from workbench.gui.panels.configuration.configuration_panel import ConfigurationPanel

        panel = self._appearance.dress(ConfigurationPanel())
        panel.changes_ready.connect(self._on_changes_ready)
        panel.take_unsaved(self._unsaved.read())
        panel.variable_removed.connect(self._on_variable_removed)
        panel.unsaved_changed.connect(self._unsaved.write)
        panel.allowances.allowance_changed.connect(self.allowance_changed)
        panel.show_allowed(self._health.allowed if self._health is not None else {})
        panel.show_function(self._model.function, read_only=self._model.read_only)
        panel.controls.environment.rows.hide_values(is_hidden=self._are_values_hidden)
        panel.put_above(self._make_credentials())
        self._show_credentials()  # not before it has its place: it would be a window for a moment, and take the keyboard
        return panel

    def _make_credentials(self) -> CredentialsLine:
        from workbench.gui.panels.configuration.credentials_line import CredentialsLine

        line = self.credentials = CredentialsLine()
        line.change_wanted.connect(self.credentials_wanted)
        line.forget_wanted.connect(self.credentials_unwanted)
        return line

    def _show_credentials(self) -> None:
        function, health = self._model.function, self._health
        if self.credentials is not None and health is not None:
            of_function = health.credentials.of(function.name) if function is not None else None
            self.credentials.show_credentials(of_function, is_real_chosen=health.credentials.choice.is_real)

    def _on_functions_changed(self) -> None:
        if self.lazy_panel.made is not None:
            self.lazy_panel.made.show_function(self._model.function, read_only=self._model.read_only)
        self._show_credentials()

    def _on_changes_ready(self, logical_id: str, changes: FunctionChanges) -> None:
        try:
            self._model.change(logical_id, changes)
        except WorkbenchError as error:
            self.panel.show_failed(logical_id, error)
        else:
            self.written.emit()
            self.panel.show_saved(logical_id)

    def _on_variable_removed(self, logical_id: str, name: str, value: str) -> None:
        self._page.toast.show_undo(f"The variable {name} was removed.", partial(self._put_back, logical_id, name, value))

    def _put_back(self, logical_id: str, name: str, value: str) -> None:
        if self.panel.put_back(logical_id):
            return
        # The panel shows another function by now, so it has no row to restore: write the variable into the template instead.
        self._model.choose_function(logical_id)
        function = self._model.function
        if function is not None and function.logical_id == logical_id:
            self._on_changes_ready(logical_id, FunctionChanges(environment={**function.environment, name: value}))
