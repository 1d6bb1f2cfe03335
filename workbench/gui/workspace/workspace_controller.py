"""Everything that belongs to one open workspace: model, session, engine, documents, page. Created and closed together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.preferences import Preferences, WorkspaceMemory
from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.alias_traffic import AliasShifts, AliasTraffic
from workbench.gui.workspace.answer_judging import AnswerJudging
from workbench.gui.workspace.asynchronous_views import AsynchronousViews
from workbench.gui.workspace.choosers import Choosers
from workbench.gui.workspace.configuration_controller import ConfigurationController
from workbench.gui.workspace.credentials_controller import CredentialsController
from workbench.gui.workspace.debug_controller import DebugController
from workbench.gui.workspace.deferred_panels import DeferredPanels
from workbench.gui.workspace.dialog_answers import DialogAnswers
from workbench.gui.workspace.document_sync import DocumentSync
from workbench.gui.workspace.engine_controller import EngineController
from workbench.gui.workspace.engine_functions import EngineFunctions
from workbench.gui.workspace.engine_notices import EngineNotices
from workbench.gui.workspace.event_beside import EventBeside
from workbench.gui.workspace.event_commands import EventCommands
from workbench.gui.workspace.expectation_commands import ExpectationCommands
from workbench.gui.workspace.expectation_panes import ExpectationPanes
from workbench.gui.workspace.file_commands import FileCommands
from workbench.gui.workspace.files_display import FilesDisplay
from workbench.gui.workspace.function_commands import FunctionCommands
from workbench.gui.workspace.function_figures import FunctionFigures
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.gui.workspace.history_commands import HistoryCommands
from workbench.gui.workspace.invocation_controller import InvocationController
from workbench.gui.workspace.invocation_display import InvocationDisplay
from workbench.gui.workspace.navigation import Navigation
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.override_controller import OverrideController
from workbench.gui.workspace.pages_in_browser import PagesInBrowser
from workbench.gui.workspace.panel_feeds import PanelFeeds
from workbench.gui.workspace.panel_focus import PanelFocus
from workbench.gui.workspace.presentation import Presentation
from workbench.gui.workspace.progress_notices import ProgressNotices
from workbench.gui.workspace.region_prices import RegionPrices
from workbench.gui.workspace.request_source import RequestSource
from workbench.gui.workspace.saving_commands import SavingCommands
from workbench.gui.workspace.sent_events import Sent, SentEvents
from workbench.gui.workspace.session_panels import SessionPanels
from workbench.gui.workspace.settings_commands import SettingsCommands
from workbench.gui.workspace.strip_actions import StripActions
from workbench.gui.workspace.template_notices import TemplateNotices
from workbench.gui.workspace.timeline_memory import keep_arrangement
from workbench.gui.workspace.trash_commands import TrashCommands
from workbench.gui.workspace.trash_display import TrashDisplay
from workbench.gui.workspace.trust_controller import TrustController
from workbench.gui.workspace.version_commands import VersionCommands
from workbench.gui.workspace.version_comparisons import VersionComparisons
from workbench.gui.workspace.versions_display import VersionsDisplay
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.allowances import WORKSPACE, allowed_for
from workbench.model.failures import WorkbenchError
from workbench.model.prices import DEFAULT_REGION
from workbench.state.costs import Pricing
from workbench.state.session import Session, Topic
from workbench.workspace.events import expectation_file
from workbench.workspace.price_file import load_prices
from workbench.workspace.state_directory import state_directory
from workbench.workspace.workspace import Workspace

if TYPE_CHECKING:
    from workbench.gui.panels.history.history_panel import HistoryPanel
    from workbench.gui.workspace.lesson_display import LessonDisplay


class WorkspaceController(QObject):
    """Puts the parts of one workspace together: call `fill` first, then `start` once the page is on screen.

    It belongs to the page. Signals: `state_changed()` when an action may have become possible or impossible, `completed()`
    when all panels are made.
    """

    state_changed = Signal()
    completed = Signal()

    def __init__(
        self, workspace: Workspace, page: WorkspacePage, preferences: Preferences, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        """`page` may already show code. Raises WorkspaceError if the workspace's state folder cannot be used."""
        super().__init__(page)
        self._tasks = Tasks(report)
        pricing = Pricing(load_prices(DEFAULT_REGION))
        # The stream begins with the journal's last events; only those from now on count towards this session's totals.
        self.session = Session(pricing, since_ms=time.time() * 1_000)
        memory = WorkspaceMemory(preferences, workspace.root)
        self.model = WorkspaceState(workspace, memory, self)
        self.page, self.documents = page, page.documents
        self.link = EngineLink(workspace.root, state_directory(workspace.root), self.session, report, self)
        self._prices = RegionPrices(pricing, self.model, self)
        self._choosers = Choosers(self.model, self.session, page)
        self.panels = SessionPanels(self.model, self.session, page, appearance)
        self.panels.timeline_made.connect(partial(keep_arrangement, memory))
        self.configuration = ConfigurationController(self.model, page, appearance)
        self.figures = FunctionFigures(self.model, self.session, page, self)
        self.navigation = Navigation(self.model, self.documents, memory, self)
        self._event_beside = EventBeside(self.model, page)
        self._document_sync = DocumentSync(self.model, self.documents, self)
        self._template_notices = TemplateNotices(self.model, page.notice, self)
        self.engine = EngineController(self.link, report, appearance, page)
        self._engine_functions = EngineFunctions(self.link, self.model, report, self)
        self._engine_notices = EngineNotices(self.link, report, self)
        self._browser_pages = PagesInBrowser(page.notice, self)
        self.panels.browser_wanted.connect(self._browser_pages.open)
        self._feeds = PanelFeeds(self.link, self.session, self.panels, report)
        self.versions = FunctionVersions(self.link, self.model, report, self)
        source = RequestSource(self.model, self.versions, self.documents, self.configuration)
        self.version_commands = VersionCommands(self.link, self.versions, source.save_for_invoke, page, report)
        self.comparisons = VersionComparisons(self.link, self.versions, page, appearance, report)
        self.versions_display = VersionsDisplay(self.versions, self.version_commands, self.comparisons, page, appearance)
        self._alias_shifts = AliasShifts(self.link, self.versions, report)
        self._alias_traffic = AliasTraffic(
            self._alias_shifts, self.versions, self.model, self.session.history, self.panels.refresher)
        self.versions_display.panel_made.connect(self._alias_traffic.follow)
        self.overrides = OverrideController(self.link, self.model, self.configuration, appearance, report)
        self.asynchronous = AsynchronousViews(self, memory, source, appearance, report)
        self.presentation = Presentation(page, self.configuration, appearance, self.model, self.session.hidden)
        self.files_display = FilesDisplay(workspace.root, page)
        self._lazy = {**self.panels.lazy, "files": self.files_display.lazy_panel, "configuration": self.configuration.lazy_panel,
                      "versions": self.versions_display.lazy_panel, **self.asynchronous.lazy}
        self._deferred = DeferredPanels(self.documents.tabs, self._lazy, page.regions.area)
        self.focus = PanelFocus(page, self._lazy)
        self.invocations = InvocationController(self.link, source, report, self)
        self._sent_events = SentEvents(state_directory(workspace.root), report, self)
        self._sent_events.recalled.connect(self._choosers.endings.recall)
        for note in (self._choosers.endings.note, self._sent_events.note):
            self.invocations.named.connect(note)
        self._invocation_display = InvocationDisplay(self.invocations, self.panels, page.notice, self)
        self._progress_notices = ProgressNotices(page.notice, self.invocations, self.session.since_ms, self)
        self.trust = TrustController(self.link, report, page)
        self.credentials = CredentialsController(self.link, report, page)
        self.debug = DebugController(self.link, self.model, self.session.debugging, report, self)
        self._answers = DialogAnswers(self)
        self.functions = FunctionCommands(self.model, self._answers, self.documents.save_for, page)
        self.saving = SavingCommands(self.link, self.model, self._answers, report, page)
        self._judging = AnswerJudging(self.link, self.model, self.session, report)
        self._expectation_panes = ExpectationPanes(workspace.events, self._judging, page, appearance, report)
        self.expectations = ExpectationCommands(self.model, self._judging, self._expectation_panes, self._answers, page)
        self.events = EventCommands(self.model, self._answers, appearance, page)
        self.settings = SettingsCommands(self.model, self._answers, appearance, page)
        self.trash = TrashCommands(self.model, self._answers, appearance, page)
        self._trash_display = TrashDisplay(self.trash, self._document_sync, self.navigation, page)
        self.past = HistoryCommands(self.link, self.session, page, appearance, report)
        self.strip_actions = StripActions(self.link, self.session, self.past, report)
        self.files = FileCommands(workspace, self.documents, appearance, page)
        self._make_lessons = partial(_lessons, self.session, memory, workspace.root, report, page, appearance)
        self._lessons: LessonDisplay | None = None
        self._connect_model()
        self._connect_page()
        self._connect_engine()
        self._connect_commands()

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
        self._event_beside.begin()
        await self._deferred.complete()
        self._expectation_panes.begin()
        self.completed.emit()
        await self._sent_events.recall()
        self._begin_lessons()
        await self.lessons.reader.look()
        self._template_notices.watch_left_out()
        for kept in (self.model.workspace.history, self.model.workspace.trash, self._browser_pages):
            await asyncio.to_thread(kept.prune)

    async def close(self) -> None:
        """Leave the engine and remove the recovery copies. The caller has already dealt with unsaved text."""
        self.configuration.flush()
        self.presentation.end()
        self.page.layouts.save()
        # The link goes last: the tasks of the others use its client, and would report its end as a failure.
        for part in (self.invocations, self.engine, self._engine_functions, self._engine_notices, self._feeds,
                     self._browser_pages, self.strip_actions, self.past, self._alias_shifts, self.versions, self.credentials,
                     self.version_commands, self.comparisons, self.overrides, self.saving, self.debug, self.trust,
                     self.asynchronous, self._expectation_panes, self._judging, self._sent_events):
            await part.close()
        if self._lessons is not None:
            await self._lessons.close()
        await self._tasks.cancel()
        await self.link.close()
        self.documents.close()

    @property
    def has_lessons(self) -> bool:
        """Whether `lessons` is there, which it is once the page is complete."""
        return self._lessons is not None

    @property
    def lessons(self) -> LessonDisplay:
        """The lessons of the workspace."""
        assert self._lessons is not None
        return self._lessons

    def stop_environments(self) -> None:
        """Stop the chosen function's environments, so that its next invocation starts cold."""
        function = self.model.function
        if function is not None:
            self.engine.stop_environments(function.name)

    def show_settings(self) -> None:
        """Show the dialog for sandbox, network, Region and images. The engine stores the answer."""
        health = self.link.health
        if health is not None:
            self.settings.change_settings(health.settings, network=allowed_for(health.allowed, WORKSPACE).network)

    def _show_configuration(self, function_name: str) -> None:
        """Show how a function is configured, because a failure of it says so."""
        function = self.model.named(function_name)
        if function is not None:
            self.model.choose_function(function.logical_id)
            self.focus.go_to("configuration")

    # --- connections; what is connected first is also called first

    def _connect_model(self) -> None:
        self.model.function_selected.connect(self.navigation.open_handler)
        self.model.function_selected.connect(self.figures.turn)
        self.model.function_selected.connect(self._on_function_selected)
        self.model.functions_changed.connect(self.trust.look)
        self.documents.failed.connect(self.page.notice.show_error)
        self.navigation.failed.connect(self.page.notice.show_error)
        self._feeds.log.files.told.connect(self.page.notice.show_message)
        self._feeds.log.files.failed.connect(self.page.notice.show_error)
        for changed in (self.model.function_selected, self.model.functions_changed, self.versions.changed,
                        self.documents.changed):
            changed.connect(self.state_changed)

    def _connect_page(self) -> None:
        self.page.events.event_opened.connect(self.navigation.go_to_event)
        self.page.events.browse_requested.connect(self.events.browse_templates)
        self.page.regions.rail.chosen.connect(self._on_rail_chosen)
        self.page.toolbar.sandbox_chosen.connect(self.engine.choose_sandbox)
        self.page.notice.cancelled.connect(self.invocations.cancel)
        self.configuration.written.connect(self._document_sync.take_in_templates)
        self.configuration.allowance_changed.connect(self.engine.allow)
        self.configuration.credentials_wanted.connect(self.credentials.show)
        self.configuration.credentials_unwanted.connect(self.credentials.forget)
        self.panels.allowance_changed.connect(self.engine.allow)
        self.panels.cancel_requested.connect(self.invocations.cancel)
        self.panels.stop_requested.connect(self.engine.stop_environment)
        self.panels.place_chosen.connect(self.navigation.open_place)
        self.panels.configuration_wanted.connect(self._show_configuration)
        self.panels.debug_bar.stop_requested.connect(self.debug.stop)
        self.panels.debug_bar.configuration_requested.connect(self.debug.write_configuration)
        self.panels.refresher.add(self.page.functions, self._choosers.show_standings, Topic.ENVIRONMENTS, Topic.DEBUGGING,
                                  Topic.INVOCATIONS, at_most_every_ms=100)

    def _connect_engine(self) -> None:
        self.link.progressed.connect(self._progress_notices.take)
        for take_topics in (self.panels.take, self.figures.take, self._judging.take):
            self.link.topics_changed.connect(take_topics)
        for take_health in (self.figures.take_health, self.page.toolbar.sandbox.show_health, self.panels.take_health,
                            self.configuration.take_health, self._prices.take_health):
            self.link.health_changed.connect(take_health)
        self._prices.changed.connect(self.figures.show_cost)
        self.link.state_changed.connect(self._on_link_state)
        self.debug.changed.connect(self._on_debugging_changed)
        self.debug.written.connect(self.settings.show_configuration)
        self.debug.failed.connect(self.trust.take_failure)
        for failed in (self.invocations.failed, self.asynchronous.event_sender.failed):
            failed.connect(self._on_invocation_failed)
        self.engine.allowances_refused.connect(self._on_allowances_refused)
        for part in (self.engine, self.trust, self.credentials, self.debug):
            part.failed.connect(self.page.notice.show_error)
        for changed in (self.link.topics_changed, self.link.health_changed, self.link.state_changed, self.debug.changed,
                        self.invocations.running_changed, self.asynchronous.queue.held_changed):
            changed.connect(self.state_changed)

    def _connect_commands(self) -> None:
        self._answers.about_to_change.connect(self.configuration.flush)
        self._answers.changed.connect(self._document_sync.take_in_templates)
        self._answers.failed.connect(self.page.notice.show_error)
        self.files.failed.connect(self.page.notice.show_error)
        self.functions.moved.connect(self.documents.follow)
        self.functions.renamed.connect(self.configuration.follow_rename)
        self.saving.told.connect(self.page.notice.show_message)
        self.saving.failed.connect(self.page.notice.show_error)
        self.invocations.named.connect(self._judging.note)
        self._sent_events.recalled.connect(self._judging.recall)
        for show in (self._choosers.show_standings, self._name_more_events, self.panels.recall_requests):
            self._sent_events.recalled.connect(show)
        self.invocations.failed.connect(self._judging.forget)
        self._judging.judged.connect(self.panels.show_verdict)
        self._judging.judged.connect(self._choosers.show_standings)
        self.events.moved.connect(self._on_event_moved)
        self.events.made.connect(self.navigation.open_event)
        for fill in (self.past.follow, self._name_events):
            self.panels.history_made.connect(fill)
        self.panels.strip_made.connect(self.strip_actions.follow)
        self.panels.verdict_chosen.connect(self.expectations.show)
        self.panels.recall_wanted.connect(self.past.recall)
        self.past.recalled.connect(self.panels.select_invocation)
        self.past.event_wanted.connect(self.events.keep)
        self.past.forgetting.forgotten.connect(self.session.verdicts.forget)
        self.past.forgetting.forgotten.connect(self.panels.leave)
        self.past.forgetting.forgotten.connect(self._feeds.log.read_again)
        self.past.forgetting.restored.connect(self._feeds.log.read_again)
        self.past.told.connect(self.page.notice.show_message)
        self.past.failed.connect(self.page.notice.show_error)
        self.settings.told.connect(self.page.notice.show_message)
        self.settings.settings_chosen.connect(self.engine.choose_settings)
        self.settings.network_chosen.connect(self.engine.choose_network)
        self.settings.values_given.connect(self._engine_functions.ask)
        self._trash_display.changed.connect(self.state_changed)
        self.version_commands.failed.connect(self.trust.take_failure)
        self.page.functions.hidden_chosen.connect(self.overrides.bring_back)
        self.overrides.failed.connect(self.page.notice.show_error)
        self.overrides.about_to_write.connect(self.configuration.flush)
        self.overrides.written.connect(self._document_sync.take_in_templates)
        for changed in (self.overrides.written, self.overrides.dropped):
            changed.connect(self._engine_functions.ask)

    def _on_rail_chosen(self, name: str) -> None:
        self.show_settings() if name == "settings" else self.focus.choose(name)

    def _on_function_selected(self) -> None:
        function = self.model.function
        if function is not None:
            self.engine.turn_to(function.name)

    def _name_events(self, panel: HistoryPanel) -> None:
        panel.show_events(self._judging.event_of)

    def _name_more_events(self, _sent: Sent) -> None:
        if self.panels.history.made is not None:
            self._name_events(self.panels.history.made)

    def _begin_lessons(self) -> None:
        """Make what shows them; the code is on screen sooner without."""
        self._lessons = self._make_lessons()
        self.link.topics_changed.connect(self.lessons.course.take)
        self.lessons.course.changed.connect(self.state_changed)
        self._judging.judged.connect(self.lessons.course.take_verdict)

    def _on_event_moved(self, old: Path, new: Path) -> None:
        self.documents.follow(old, new)
        self.documents.follow(expectation_file(old), expectation_file(new))

    def _on_invocation_failed(self, _request_id: str, error: WorkbenchError) -> None:
        self.trust.take_failure(error)

    def _on_debugging_changed(self) -> None:
        self.panels.take({Topic.DEBUGGING})

    def _on_allowances_refused(self) -> None:
        """Show the old state again: the check box that was clicked already shows the new one."""
        if self.link.health is not None:
            self.configuration.take_health(self.link.health)
            self.panels.take_health(self.link.health)

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "failed":
            self.page.notice.show_error(WorkbenchError(state.message, state.hint))
        if state.phase != "running":
            self.page.toolbar.sandbox.show_health(None)
        else:
            self.trust.look()


def _lessons(
    session: Session, memory: WorkspaceMemory, root: Path, report: Callable[[BaseException], None], page: WorkspacePage,
    appearance: Appearance,
) -> LessonDisplay:
    from workbench.gui.workspace.lesson_course import LessonCourse
    from workbench.gui.workspace.lesson_display import LessonDisplay
    from workbench.gui.workspace.lesson_reader import LessonReader

    return LessonDisplay(LessonCourse(session, memory, page), LessonReader(root, report, page), page, appearance)
