"""The panels that show what the engine does: history, timeline, concurrency, result, logs, cost, environments, debugging."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from workbench.gui.look.appearance import Appearance
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.widgets.painting import paint_now
from workbench.gui.widgets.source_links import SourceLinks
from workbench.gui.workspace.debug_bar import DebugBar
from workbench.gui.workspace.invocation_controller import Request
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.panel_refresher import PanelRefresher
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.engine_api import Health
from workbench.model.failures import WorkbenchError
from workbench.state.debugging import debugger_of
from workbench.state.session import Session, Topic

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.panels.concurrency.concurrency_panel import ConcurrencyPanel
    from workbench.gui.panels.cost.cost_panel import CostPanel
    from workbench.gui.panels.environments.execution_environments_panel import ExecutionEnvironmentsPanel
    from workbench.gui.panels.history.history_panel import HistoryPanel
    from workbench.gui.panels.log.log_panel import LogPanel
    from workbench.gui.panels.result.result_panel import ResultPanel
    from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
    from workbench.gui.workspace.sent_events import Sent

    InvocationPanel = (
        ConcurrencyPanel | CostPanel | ExecutionEnvironmentsPanel | HistoryPanel | LogPanel | ResultPanel | TimelinePanel)


_WATCHED = ("logs", "timeline", "history", "concurrency", "result")
"""Views that show an invocation as it goes."""


class SessionPanels(QObject):
    """Creates each panel in its place on the page when it is first needed. All of them show the same chosen invocation.

    Signals: `cancel_requested(str request_id)`, `queue_requested(str request_id)` from the result;
    `stop_requested(str environment_id)`; `place_chosen(str path, int line, int column)` from log and result;
    `configuration_wanted(str function_name)` where the log says that a setting is at fault;
    `allowance_changed(str function_name, Change)`; `concurrency_wanted()` when the engine should be asked for ceilings;
    `exchange_wanted(str request_id)` for the HTTP request behind the result, `answer_wanted(str request_id)` for the whole of an
    answer; `browser_wanted(str html)` for a page that a function returned; `vitals_wanted()` when the engine should be asked how
    it does; `work_unwanted(int number)` to cancel a preparation; `recall_wanted(PastInvocation)` for one that this session does
    not have; `verdict_chosen(str request_id)` to see how an answer differs from what is expected; `logs_made(LogPanel)`,
    `history_made(HistoryPanel)`, `timeline_made(TimelinePanel)` and `strip_made(ResultStrip)` once each.
    """

    cancel_requested = Signal(str)
    stop_requested = Signal(str)
    queue_requested = Signal(str)
    place_chosen = Signal(str, int, int)
    configuration_wanted = Signal(str)
    allowance_changed = Signal(str, object)
    concurrency_wanted = Signal()
    exchange_wanted = Signal(str)
    vitals_wanted = Signal()
    work_unwanted = Signal(object)
    answer_wanted = Signal(str)
    browser_wanted = Signal(str)
    logs_made = Signal(object)
    recall_wanted = Signal(object)
    history_made = Signal(object)
    strip_made = Signal(object)
    timeline_made = Signal(object)
    verdict_chosen = Signal(str)

    def __init__(self, model: WorkspaceState, session: Session, page: WorkspacePage, appearance: Appearance) -> None:
        super().__init__(page)
        self._model, self._session, self._appearance = model, session, appearance
        regions = page.regions
        self._regions, self._notice, self._places, self._layouts = regions, page.notice, page.file_places, page.layouts
        self.refresher = PanelRefresher(self)
        self.debug_bar = appearance.dress(DebugBar())
        page.add_below_toolbar(self.debug_bar)
        self.history = LazyPanel(regions.history, self._make_history)
        self.timeline = LazyPanel(regions.timeline, self._make_timeline)
        self.result = LazyPanel(regions.result, self._make_result)
        self.logs = LazyPanel(regions.logs, self._make_logs)
        self.cost = LazyPanel(regions.cost, self._make_cost)
        self.environments = LazyPanel(regions.environments, self._make_environments)
        self.concurrency = LazyPanel(regions.concurrency, self._make_concurrency)
        self.lazy: dict[str, LazyPanel[Any]] = {
            "history": self.history, "timeline": self.timeline, "result": self.result, "logs": self.logs, "cost": self.cost,
            "environments": self.environments, "concurrency": self.concurrency,
        }
        """The views of this object, by name."""
        self._health: Health | None = None  # the engine may answer before the panels that show it are made
        self._shown: list[InvocationPanel] = []
        self.selected = ""
        """The chosen invocation; "" for none."""
        model.functions_changed.connect(self._on_functions_changed)

    def select_invocation(self, request_id: str) -> None:
        """Show one invocation in every panel that shows a single one."""
        self.selected = request_id
        for panel in self._shown:
            panel.select(request_id)

    def leave(self, request_ids: Collection[str]) -> None:
        """Show invocations no more, because they were deleted. In place of the chosen one, show the one beside it in the list."""
        made, is_gone = self.history.made, self.selected in request_ids
        if not is_gone or made is None or not made.step_aside(request_ids):
            self.select_invocation("" if is_gone else self.selected)
        self.refresher.take({Topic.INVOCATIONS, Topic.LOGS})

    def bring_to_front(self, name: str) -> None:
        """Show one of the views, by its name in `VIEW_TITLES`."""
        self._regions.reveal_view(name)
        if name in self.lazy:
            self.lazy[name].want()

    def name_request(self, request_id: str, request: Request) -> None:
        """Keep which event a request was sent with, which the stream does not know."""
        from workbench.gui.panels.result.identity import SentRequest

        sent = SentRequest(request.function.name, request.qualifier, request.event_name)
        self.result.panel.note_request(request_id, sent)

    def recall_requests(self, sent: Sent) -> None:
        """Keep which events earlier windows sent."""
        from workbench.gui.panels.result.identity import SentRequest

        self.result.panel.recall_requests(
            {request_id: SentRequest(function, event_name=event) for request_id, (function, event) in sent.items()})

    def compare_result(self, request_id: str) -> None:
        """Show how an invocation's result differs from that of the one before it; another one can be chosen there."""
        self.compare_results(request_id, "")

    def compare_results(self, request_id: str, other_id: str) -> None:
        """Show one invocation, and how its result differs from that of another one."""
        self.select_invocation(request_id)
        self.bring_to_front("result")
        self.result.panel.compare_with(other_id)

    def show_accepted(self, request_id: str) -> None:
        """Show that an event was accepted: its function runs later."""
        self.select_invocation(request_id)
        self.result.panel.show_accepted(request_id)
        self.bring_to_front("result")

    def show_verdict(self, request_id: str) -> None:
        """Show how an answer compares with what its event expects."""
        if self.result.made is not None:
            self.result.made.strip.refresh()
        if self.history.made is not None:
            self.history.made.model.repaint(request_id)

    def show_failure(self, request_id: str, error: WorkbenchError) -> None:
        """Show why a request never reached a function."""
        self.result.panel.show_failure(request_id, error.message, error.hint)
        self.bring_to_front("result")

    def turn_to_result(self) -> None:
        """Show the result of an invocation that begins. A person who watches it in another way goes on doing so."""
        if self._regions.area.group_front("result") not in _WATCHED:
            self.bring_to_front("result")

    def select_environment(self, environment_id: str, request_id: str) -> None:
        """Show an environment, and the invocation that it runs or ran last as long as the session knows that."""
        if self._session.history.get(request_id) is not None:
            self.select_invocation(request_id)
        for panel in (self.environments.made, self.concurrency.made):
            if panel is not None:
                panel.select_environment(environment_id)

    def take(self, topics: set[Topic]) -> None:
        """Refresh what shows these topics of the session."""
        self._hurry_result()
        self.refresher.take(topics)
        if Topic.DEBUGGING in topics:
            self.show_debugging()

    def _hurry_result(self) -> None:
        """Show at once what a person waits for: not after the pause that panels have, and before all other panels."""
        result = self.result.made
        if result is None:
            return
        if not result.isVisible():
            if self.refresher.is_giving_way:
                result.strip.refresh()
        elif result.is_awaited:
            result.refresh()
            paint_now(result)
            self.refresher.go_on()
        elif self.refresher.is_giving_way:
            result.refresh()

    def take_health(self, health: Health) -> None:
        """Show when idle environments are reclaimed and what functions may use of this machine."""
        self._health = health
        if self.environments.made is not None:
            self.environments.made.show_idle_limit(health.settings.idle_limit_s)
        if self.concurrency.made is not None:
            self.concurrency.made.show_idle_limit(health.settings.idle_limit_s)
        if self.result.made is not None:
            self.result.made.show_allowed(health.allowed)

    def show_debugging(self) -> None:
        """Show which functions are being debugged."""
        debugged = self._session.debugging.by_name.values()
        self.debug_bar.show_debugged([(one, self._debugger_of(one.function_name)) for one in debugged])

    def _debugger_of(self, name: str) -> str:
        function = self._model.named(name)
        return debugger_of(function.runtime) if function is not None else ""

    def _open_log(self, request_id: str) -> None:
        self.select_invocation(request_id)
        self.bring_to_front("logs")

    def _on_invocation_opened(self) -> None:
        self.bring_to_front("result")

    def _find_cold_starts(self, function_name: str) -> None:
        self.bring_to_front("history")
        self.history.panel.filter.set_query(f"is:cold function:{function_name}")
        self.history.panel.setFocus()

    def _on_functions_changed(self) -> None:
        if self.history.made is not None:
            self.history.made.name_functions(named=len(self._model.functions) > 1)

    # --- panels made on demand

    def _make_history(self) -> HistoryPanel:
        from workbench.gui.panels.history.history_panel import HistoryPanel

        panel = HistoryPanel()
        panel.set_theme(self._appearance.theme)
        panel.model.verdicts, panel.model.runs = self._session.verdicts, self._session.history.is_running
        panel.name_functions(named=len(self._model.functions) > 1)
        panel.invocation_selected.connect(self._on_history_chosen)
        self._follow(panel, Topic.INVOCATIONS, every_ms=200)
        self.history_made.emit(panel)
        return panel

    def _on_history_chosen(self, request_id: str) -> None:
        chosen = self.history.panel.chosen()
        if self._session.history.get(request_id) is None and len(chosen) == 1:
            self.recall_wanted.emit(chosen[0])
        self.select_invocation(request_id)

    def _make_timeline(self) -> TimelinePanel:
        from workbench.gui.panels.timeline.timeline_panel import TimelinePanel

        panel = TimelinePanel(self._session, theme=self._appearance.theme, places=self._places)
        panel.invocation_selected.connect(self.select_invocation)
        panel.export.told.connect(self._notice.show_message)
        panel.export.failed.connect(self._notice.show_error)
        panel.card.history_wanted.connect(self._find_cold_starts)
        panel.hold(self.refresher.is_paused)
        self.refresher.paused.connect(panel.hold)
        self._follow(panel, Topic.TIMELINE, Topic.INVOCATIONS)
        self.timeline_made.emit(panel)
        return panel

    def _make_result(self) -> ResultPanel:
        from workbench.gui.panels.result.result_panel import ResultPanel

        panel = ResultPanel(self._session, theme=self._appearance.theme, function_of=self._model.named, links=self._links())
        if self._health is not None:
            panel.show_allowed(self._health.allowed)
        panel.allowance_changed.connect(self.allowance_changed)
        panel.place_chosen.connect(self.place_chosen)
        panel.strip.cancel_requested.connect(self.cancel_requested)
        panel.strip.queue_requested.connect(self.queue_requested)
        panel.strip.invocation_selected.connect(self.select_invocation)
        panel.strip.compare_requested.connect(self.compare_result)
        panel.strip.verdict_chosen.connect(self.verdict_chosen)
        self._regions.strip.put(panel.strip)
        self.strip_made.emit(panel.strip)
        panel.body.exchange_wanted.connect(self.exchange_wanted)
        panel.answer_wanted.connect(self.answer_wanted)
        panel.browser_wanted.connect(self.browser_wanted)
        self._follow(panel, Topic.INVOCATIONS, Topic.COSTS, Topic.LOGS, Topic.DEBUGGING)
        self.refresher.add(
            panel.strip, panel.strip.refresh, Topic.INVOCATIONS, Topic.COSTS, Topic.DEBUGGING, at_most_every_ms=100)
        return panel

    def _make_logs(self) -> LogPanel:
        from workbench.gui.panels.log.log_panel import LogPanel

        panel = LogPanel(self._session, theme=self._appearance.theme, links=self._links(), places=self._places)
        panel.place_chosen.connect(self.place_chosen)
        panel.configuration_wanted.connect(self.configuration_wanted)
        panel.invocation_selected.connect(self.select_invocation)
        panel.present(self._layouts.is_presenting)
        self._layouts.presenting_changed.connect(panel.present)
        self._follow(panel, Topic.LOGS)
        self.refresher.add(panel, panel.refresh_folds, Topic.INVOCATIONS, at_most_every_ms=500)
        self.logs_made.emit(panel)
        return panel

    def _make_cost(self) -> CostPanel:
        from workbench.gui.panels.cost.cost_panel import CostPanel

        panel = CostPanel(self._session, theme=self._appearance.theme)
        self._follow(panel, Topic.COSTS)
        return panel

    def _make_environments(self) -> ExecutionEnvironmentsPanel:
        from workbench.gui.panels.environments.execution_environments_panel import ExecutionEnvironmentsPanel

        panel = ExecutionEnvironmentsPanel(self._session, theme=self._appearance.theme)
        panel.stop_requested.connect(self.stop_requested)
        panel.log_requested.connect(self._open_log)
        panel.copied.connect(self._notice.show_message)
        panel.vitals_wanted.connect(self.vitals_wanted)
        panel.work_unwanted.connect(self.work_unwanted)
        if self._health is not None:
            panel.show_idle_limit(self._health.settings.idle_limit_s)
        panel.hold(self.refresher.is_paused)
        self.refresher.paused.connect(panel.hold)
        self._follow(panel, Topic.ENVIRONMENTS)
        return panel

    def _make_concurrency(self) -> ConcurrencyPanel:
        from workbench.gui.panels.concurrency.concurrency_panel import ConcurrencyPanel

        panel = ConcurrencyPanel(self._session, theme=self._appearance.theme)
        panel.environment_chosen.connect(self.select_environment)
        panel.invocation_opened.connect(self._on_invocation_opened)
        panel.report_wanted.connect(self.concurrency_wanted)
        if self._health is not None:
            panel.show_idle_limit(self._health.settings.idle_limit_s)
        self._follow(panel, Topic.CONCURRENCY, Topic.PARTS, every_ms=0)
        return panel

    def _links(self) -> SourceLinks:
        return SourceLinks(self._model.workspace.root, self._model.named, self._session.environments.folders_of)

    def _follow(self, panel: InvocationPanel, *topics: Topic, every_ms: int = 100) -> None:
        """Let a new panel follow its topics, the theme and the chosen invocation."""
        self._shown.append(panel)
        self._appearance.theme_changed.connect(panel.set_theme)
        if self.selected:
            panel.select(self.selected)
        # 10 Hz: a log under load is redrawn for 5 % of the GUI thread's time at that rate, and nobody reads faster.
        self.refresher.add(panel, panel.refresh, *topics, at_most_every_ms=every_ms)
