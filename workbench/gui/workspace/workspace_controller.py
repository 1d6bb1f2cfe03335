"""Everything that belongs to one open workspace: model, session, engine, documents, page. Created and closed together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.look.theme import Theme
from workbench.gui.workspace.debug_controller import DebugController
from workbench.gui.workspace.deferred_panels import complete
from workbench.gui.workspace.engine_controller import EngineController
from workbench.gui.workspace.engine_functions import EngineFunctions
from workbench.gui.workspace.file_commands import FileCommands
from workbench.gui.workspace.function_figures import FunctionFigures
from workbench.gui.workspace.invocation_controller import InvocationController, Request
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.progress_notices import ProgressNotices
from workbench.gui.workspace.trash_commands import TrashCommands
from workbench.gui.workspace.trust_controller import TrustController
from workbench.gui.workspace.workspace_commands import WorkspaceCommands
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.allowances import WORKSPACE, allowed_for
from workbench.model.engine_api import Health
from workbench.model.failures import WorkbenchError, WorkspaceError
from workbench.model.prices import DEFAULT_REGION
from workbench.state.costs import Pricing
from workbench.state.session import Session, Topic
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.price_file import load_prices
from workbench.workspace.state_directory import state_directory
from workbench.workspace.workspace import Workspace

if TYPE_CHECKING:
    from workbench.workspace.deletions import Restored


class WorkspaceController(QObject):
    """Connects the parts of one workspace to its page: call `fill` first, then `start` once the page is on screen.

    Signals: `state_changed()` when an action may have become possible or impossible, `completed()` when all panels are made.
    """

    state_changed = Signal()
    completed = Signal()

    def __init__(
        self, workspace: Workspace, page: WorkspacePage, preferences: Preferences, theme: Callable[[], Theme],
        report: Callable[[BaseException], None], window: QWidget,
    ) -> None:
        """`page` may already show code. Raises WorkspaceError if the workspace's state folder cannot be used."""
        super().__init__(window)
        self._preferences = preferences
        self._memory = WorkspaceMemory(preferences, workspace.root)
        self._tasks = Tasks(report)
        self._left_out: tuple[str, ...] = ()
        self._pricing = Pricing(load_prices(DEFAULT_REGION))
        # The stream begins with the journal's last events; only those from now on count towards this session's totals.
        self.session = Session(self._pricing, since_ms=time.time() * 1_000)
        self.model = WorkspaceState(workspace, self._memory, self)
        self.page, self.documents = page, page.documents
        self.link = EngineLink(workspace.root, state_directory(workspace.root), self.session, report, self)
        self.figures = FunctionFigures(self.model, self.session, page, self)
        self.engine = EngineController(self.link, report, theme, window)
        self._engine_functions = EngineFunctions(self.link, self.model, report, self)
        self.invocations = InvocationController(self.link, self, report, self)
        self._notices = ProgressNotices(page.notice, self.invocations, self.session.since_ms, self)
        self.trust = TrustController(self.link, report, window)
        self.debug = DebugController(self.link, self.model, self.session.debugging, report, self)
        self.commands = WorkspaceCommands(self.model, page.documents.save_for, theme, window)
        self.trash = TrashCommands(self.model, theme, window)
        self.files = FileCommands(workspace, page.documents, theme, window)
        page.attach(self.model, self.session)
        self._connect()

    def fill(self) -> None:
        """Show functions, events and the chosen function's code, not yet colored."""
        self.model.reload()
        recovered = self.documents.recover()
        if recovered:
            self.page.notice.show_message(f"{recovered} unsaved text{'s were' if recovered > 1 else ' was'} recovered. "
                                          "Save to keep, or undo once to see what is on disk.")

    def start(self) -> None:
        """Start the engine and create the panels that can wait until the page is on screen. Needs a running loop."""
        self.link.start()
        self._tasks.spawn("complete the page", self._complete())

    async def _complete(self) -> None:
        await complete(self.page)
        self.completed.emit()
        # Connected only now: looking for nested templates reads the disk, and nobody misses the answer before the first paint.
        self.model.functions_changed.connect(self._tell_left_out)
        self._tell_left_out()
        for kept in (self.model.workspace.history, self.model.workspace.trash):
            await asyncio.to_thread(kept.prune)

    async def close(self) -> None:
        """Leave the engine and remove the recovery copies. The caller has already dealt with unsaved text."""
        self.page.flush()
        self.page.save_layout()
        # The link goes last: the tasks of the others use its client, and would report its end as a failure.
        await self.invocations.close()
        await self.engine.close()
        await self._engine_functions.close()
        await self.debug.close()
        await self.trust.close()
        await self._tasks.cancel()
        await self.link.close()
        self.documents.close()

    # --- the parts of an invocation (`invocation_controller.Source`)

    def save_for_invoke(self) -> None:
        """Save configuration, code, event and template, because the engine reads them from disk. Raises WorkspaceError."""
        self.page.flush()
        function, event = self.model.function, self.model.event_file
        if function is not None:
            files = [*self.model.workspace.template_paths(), *([Path(event.path)] if event else [])]
            self.documents.save_for(Path(function.code_path), *files)
        self.model.reload()

    def request(self) -> Request:
        """Return the chosen function and event. Raises WorkspaceError if they cannot be invoked."""
        if self.model.problem is not None:
            raise self.model.problem
        function = self.model.function
        if function is None:
            raise WorkspaceError("There is no function to invoke.", "Create one with File > New function.")
        if function.problems:
            raise WorkspaceError(f"{function.name} cannot be invoked: {function.problems[0]}", "Correct it in the template.")
        return Request(function, self.model.event_bytes(), self.model.event_name)

    # --- commands of the window

    def stop_environments(self) -> None:
        """Stop the chosen function's environments, so that its next invocation starts cold."""
        function = self.model.function
        if function is not None:
            self.engine.stop_environments(function.name)

    def show_settings(self) -> None:
        """Show the dialog for sandbox, network, Region and images. The engine stores the answer."""
        health = self.link.health
        if health is not None:
            self.commands.change_settings(health.settings, network=allowed_for(health.allowed, WORKSPACE).network)

    def open_handler(self) -> None:
        """Show the chosen function's code: its handler file, or the template that contains inline code."""
        function = self.model.function
        if function is not None:
            if function.inline_code:
                self.documents.open(self.model.workspace.template_of(function.logical_id))
            else:
                self.documents.open_handler(function)
            # The next start opens this file before it knows any function (`Pages.begin`).
            self._memory.save_text("code", self.documents.tabs.current_path())

    def open_event(self) -> None:
        """Show the chosen event's JSON."""
        event = self.model.event_file
        if event is not None:
            self.documents.open(Path(event.path))

    def open_template(self) -> None:
        """Show the workspace's template."""
        try:
            self.documents.open(self.model.workspace.template_path)
        except WorkspaceError as error:
            self.page.notice.show_error(error)

    # --- connections

    def _connect(self) -> None:
        page, model = self.page, self.model
        model.function_selected.connect(self._on_function_selected)
        model.functions_changed.connect(self._on_functions_changed)
        model.broken.connect(page.notice.show_error)
        model.mended.connect(page.notice.hide)
        page.changes_ready.connect(self._on_changes_ready)
        page.variable_removed.connect(self._on_variable_removed)
        page.events.event_opened.connect(self._on_event_opened)
        page.events.browse_requested.connect(self.commands.browse_templates)
        page.toolbar.sandbox_chosen.connect(self.engine.choose_sandbox)
        page.cancel_requested.connect(self.invocations.cancel)
        page.stop_requested.connect(self.engine.stop_environment)
        page.place_chosen.connect(self.documents.open_at)
        page.allowance_changed.connect(self.engine.allow)
        self.engine.failed.connect(page.notice.show_error)
        self.engine.allowances_refused.connect(self._on_allowances_refused)
        page.notice.cancelled.connect(self.invocations.cancel)
        self.trust.failed.connect(page.notice.show_error)
        self.debug.failed.connect(self.trust.take_failure)
        self.debug.changed.connect(self._on_debugging_changed)
        self.debug.failed.connect(page.notice.show_error)
        self.debug.written.connect(self.commands.show_configuration)
        self.commands.told.connect(page.notice.show_message)
        page.debug_bar.stop_requested.connect(self.debug.stop)
        page.debug_bar.configuration_requested.connect(self.debug.write_configuration)
        self.documents.failed.connect(page.notice.show_error)
        self.documents.saved.connect(self._on_saved)
        self.documents.saved_as.connect(self._on_saved_as)
        self.documents.changed.connect(self.state_changed)
        self.documents.tabs.font_size_changed.connect(self._on_font_size_changed)
        self.commands.event_made.connect(self._on_event_made)
        for commands in (self.commands, self.trash):
            commands.about_to_change.connect(page.flush)
            commands.changed.connect(self._on_workspace_changed)
            commands.failed.connect(page.notice.show_error)
        self.files.failed.connect(page.notice.show_error)
        self.trash.deleted.connect(self._on_deleted)
        self.trash.restored.connect(self._on_restored)
        self.commands.moved.connect(self.documents.follow)
        self.commands.function_renamed.connect(self._on_function_renamed)
        self.commands.settings_chosen.connect(self.engine.choose_settings)
        self.commands.network_chosen.connect(self.engine.choose_network)
        self.commands.values_given.connect(self._engine_functions.ask)
        self.invocations.started.connect(self._on_started)
        self.invocations.answered.connect(self._on_answered)
        self.invocations.failed.connect(self._on_failed)
        self.invocations.running_changed.connect(self._on_running_changed)
        self.link.topics_changed.connect(self._on_topics)
        self.link.progressed.connect(self._notices.take)
        self.link.health_changed.connect(self._on_health)
        self.link.state_changed.connect(self._on_link_state)

    def _on_function_selected(self) -> None:
        self.open_handler()
        self.figures.turn()
        function = self.model.function
        if function is not None:
            self.engine.turn_to(function.name)
        self.state_changed.emit()

    def _on_functions_changed(self) -> None:
        self._pricing.set_functions(self.model.functions)
        self.trust.look()
        self.state_changed.emit()

    def _tell_left_out(self) -> None:
        """Say which nested templates are missing as soon as the workspace opens, not when somebody misses a function."""
        with suppress(WorkspaceError):  # a broken template is already shown by `model.broken`
            before, self._left_out = self._left_out, self.model.workspace.left_out()
            # This is the least urgent message: it does not replace one that is on screen.
            if self._left_out and self._left_out != before and self.page.notice.isHidden():
                self.page.notice.show_message("\n".join(self._left_out))

    def _on_changes_ready(self, logical_id: str, changes: FunctionChanges) -> None:
        try:
            self.model.change(logical_id, changes)
        except WorkbenchError as error:
            self.page.configuration.panel.show_failed(logical_id, error)
        else:
            self._on_workspace_changed()
            self.page.configuration.panel.show_saved(logical_id)

    def _on_variable_removed(self, logical_id: str, name: str, value: str) -> None:
        self.page.notice.show_undo(f"The variable {name} was removed.", partial(self._put_back, logical_id, name, value))

    def _put_back(self, logical_id: str, name: str, value: str) -> None:
        if self.page.configuration.panel.put_back(logical_id):
            return
        # The panel shows another function by now, so it has no row to restore: write the variable into the template instead.
        self.model.choose_function(logical_id)
        function = self.model.function
        if function is not None and function.logical_id == logical_id:
            self._on_changes_ready(logical_id, FunctionChanges(environment={**function.environment, name: value}))

    def _on_saved(self, path: str) -> None:
        if Path(path).suffix in (".yaml", ".yml", ".json", ".template"):
            self.model.reload()

    def _on_saved_as(self, path: str) -> None:
        """Choose a newly saved event as the one to send."""
        event = next((event for event in self.model.events if event.path == path), None)
        if event is not None:
            self.model.choose_event(event.name)

    def _on_font_size_changed(self, size_pt: float) -> None:
        self._preferences.code_size_pt = size_pt

    def _on_event_opened(self, name: str) -> None:
        self.model.choose_event(name)
        self.open_event()

    def _on_event_made(self, _name: str) -> None:
        self.open_event()

    def _on_workspace_changed(self) -> None:
        """A command wrote a template: merge the change into the unsaved text of its tab, or saving that would undo it."""
        with suppress(WorkspaceError):  # a broken template is already shown by `model.broken`
            for path in self.model.workspace.template_paths():
                self.documents.take_in(path)

    def _on_deleted(self, told: str) -> None:
        self.documents.close_missing()
        self.documents.look_at_disk()
        self.page.notice.show_undo(told, self.trash.undo)
        self.state_changed.emit()

    def _on_restored(self, restored: Restored) -> None:
        self.documents.look_at_disk()
        self.open_event() if restored.entry.kind == "event" else self.open_handler()
        self.page.notice.show_message(f"{restored.entry.name} is back. {restored.note}".strip())
        self.state_changed.emit()

    def _on_function_renamed(self, logical_id: str, new_id: str) -> None:
        self.page.configuration.panel.follow_rename(logical_id, new_id)

    def _on_started(self, request_id: str, _function_name: str) -> None:
        self.page.notice.hide()
        self.page.select_invocation(request_id)
        self.page.show_results()

    def _on_answered(self, request_id: str) -> None:
        self.page.select_invocation(request_id)

    def _on_failed(self, request_id: str, error: WorkbenchError) -> None:
        self.page.result.panel.show_failure(request_id, error.message, error.hint)
        self.page.show_results()
        self.trust.take_failure(error)

    def _on_running_changed(self) -> None:
        if not self.invocations.running:
            self.page.notice.end_progress()
        self.state_changed.emit()

    def _on_debugging_changed(self) -> None:
        self._on_topics({Topic.DEBUGGING})

    def _on_topics(self, topics: set[Topic]) -> None:
        self.page.refresher.take(topics)
        if Topic.DEBUGGING in topics:
            self.page.show_debugging()
        self.figures.take(topics)
        self.state_changed.emit()

    def _on_allowances_refused(self) -> None:
        if self.link.health is not None:
            self.page.show_allowed(self.link.health.allowed)  # resets the check box that was clicked

    def _on_health(self, health: Health) -> None:
        self.figures.take_health(health)
        self.page.toolbar.sandbox.show_health(health)
        self.page.show_idle_limit(health.settings.idle_limit_s)
        self.page.show_allowed(health.allowed)
        if self._pricing.table.region != health.settings.region:
            self._pricing.table = load_prices(health.settings.region)
            self.model.reload()  # names contain the Region, for example through ${AWS::Region}
            self.figures.show_cost()
        self.state_changed.emit()

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "failed":
            self.page.notice.show_error(WorkbenchError(state.message, state.hint))
        if state.phase != "running":
            self.page.toolbar.sandbox.show_health(None)
        else:
            self.trust.look()
        self.state_changed.emit()
