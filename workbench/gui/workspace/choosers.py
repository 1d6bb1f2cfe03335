"""The lists and boxes in which a function and an event are chosen."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.gui.panels.navigation.events_panel import Ending
from workbench.gui.panels.navigation.functions_panel import FunctionStanding
from workbench.gui.workspace.last_endings import LastEndings
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.state.session import Session
from workbench.workspace.events import EMPTY_EVENT


class Choosers(QObject):
    """Keeps the lists at the left and the boxes in the toolbar in step with the model, and passes on what is chosen there."""

    def __init__(self, model: WorkspaceState, session: Session, page: WorkspacePage) -> None:
        super().__init__(page)
        self._model = model
        self._session = session
        self._page = page
        self.endings = LastEndings(session.history, session.verdicts)
        self._shown_endings: dict[str, Ending] = {}
        model.functions_changed.connect(self._show_functions)
        model.function_selected.connect(self._show_functions)
        model.events_changed.connect(self._show_events)
        model.event_selected.connect(self._show_events)
        page.functions.function_selected.connect(model.choose_function)
        page.toolbar.function_chosen.connect(model.choose_function)
        page.events.event_selected.connect(model.choose_event)
        page.toolbar.event_chosen.connect(model.choose_event)

    def show_standings(self) -> None:
        """Show how the functions stand now: their warm environments, whether they are debugged, what the API changed of them, and
        how the last invocations ended, with which events.
        """
        functions = self._model.functions
        failed = self.endings.of_functions(one.name for one in functions)
        standings = {one.name: self._standing(one.name, failed.get(one.name, "")) for one in functions}
        self._page.functions.show_functions(functions, self._chosen, standings, self._model.hidden)
        if self._shown_endings != self._endings_now():
            self._shown_endings = self._endings_now()
            self._page.events.show_endings(self._shown_endings)

    @property
    def _chosen(self) -> str:
        """The logical ID of the chosen function; "" for none."""
        function = self._model.function
        return function.logical_id if function else ""

    def _standing(self, name: str, failed: str) -> FunctionStanding:
        changed = tuple(each.property for each in self._model.overrides if each.function == name)
        warm, stage = self._session.environments.warm_of(name), self._session.debugging.stage_of(name)
        return FunctionStanding(warm, stage, changed, failed)

    def _endings_now(self) -> dict[str, Ending]:
        """How the chosen function's last invocation with each event ended."""
        function = self._model.function
        return self.endings.of_events(function.name) if function is not None else {}

    def _list_events(self) -> None:
        self._shown_endings = self._endings_now()
        names = [event.name for event in self._model.events]
        self._page.events.show_events(names, self._model.event_name, self._shown_endings)

    def _show_functions(self) -> None:
        self.show_standings()
        function, toolbar = self._model.function, self._page.toolbar
        toolbar.show_functions([(entry.logical_id, entry.name) for entry in self._model.functions], self._chosen)
        toolbar.ask_for_tenant(wanted=function is not None and function.is_per_tenant)
        toolbar.sandbox.show_function(function.runtime if function else "", function.architecture if function else "")

    def _show_events(self) -> None:
        names, chosen = [event.name for event in self._model.events], self._model.event_name
        self._list_events()
        self._page.toolbar.show_events([*((name, name) for name in names), (EMPTY_EVENT, "Empty event  {}")], chosen)
