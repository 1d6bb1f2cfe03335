"""One open workspace on screen: its panels, their layout and their connections. Composition only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from workbench.gui.application.preferences import Preferences
from workbench.gui.commands.actions import Actions
from workbench.gui.look.theme import Theme
from workbench.gui.panels.navigation.events_panel import EventsPanel
from workbench.gui.panels.navigation.functions_panel import FunctionsPanel
from workbench.gui.panels.order import PANELS
from workbench.gui.widgets.lazy_panel import LazyPanel
from workbench.gui.workspace.documents import Documents
from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.gui.workspace.toolbar import Toolbar
from workbench.model.allowances import Allowance, allowed_for
from workbench.resource_files import resource_path

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.panels.configuration.configuration_draft import KeptDraft
    from workbench.gui.panels.configuration.configuration_panel import ConfigurationPanel
    from workbench.gui.panels.cost.cost_panel import CostPanel
    from workbench.gui.panels.environments.execution_environments_panel import ExecutionEnvironmentsPanel
    from workbench.gui.panels.history.history_panel import HistoryPanel
    from workbench.gui.panels.log.log_panel import LogPanel
    from workbench.gui.panels.result.result_panel import ResultPanel
    from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
    from workbench.gui.widgets.source_links import SourceLinks
    from workbench.gui.workspace.debug_bar import DebugBar
    from workbench.gui.workspace.open_workspace import WorkspaceState
    from workbench.gui.workspace.panel_refresher import PanelRefresher
    from workbench.state.debugging import Stage
    from workbench.state.session import Session, Topic

    InvocationPanel = CostPanel | ExecutionEnvironmentsPanel | HistoryPanel | LogPanel | ResultPanel | TimelinePanel

ThemedT = TypeVar("ThemedT", bound="Themed")

FUNCTION_MENU = ("debug", "function.new", "function.rename", "function.duplicate", "function.delete", "function.remove")
EVENT_MENU = ("event.template", "event.new", "event.rename", "event.delete")


class Themed(Protocol):
    """A part of the window that is painted in the theme's colors."""

    def set_theme(self, theme: Theme) -> None:
        """Paint in the colors of `theme`."""


class WorkspacePage(QWidget):
    """The regions of the window below the menu bar. The code is shown at once; `attach` and `deferred_panels` add the rest.

    Signals: `invocation_selected(str)` after a panel chose one; `changes_ready(str logical_id, FunctionChanges)` from the
    configuration; `variable_removed(str logical_id, str name, str value)`; `cancel_requested(str request_id)` from the result;
    `stop_requested(str environment_id)`; `place_chosen(str path, int line, int column)` from log and result;
    `allowance_changed(str function, Change)`.
    """

    invocation_selected = Signal(str)
    changes_ready = Signal(str, object)
    variable_removed = Signal(str, str, str)
    cancel_requested = Signal(str)
    stop_requested = Signal(str)
    place_chosen = Signal(str, int, int)
    allowance_changed = Signal(str, object)

    def __init__(
        self, documents: Documents, actions: Actions, preferences: Preferences, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model: WorkspaceState
        self._session: Session
        self._preferences = preferences
        self._theme = theme
        self.refresher: PanelRefresher
        self.debug_bar: DebugBar
        self.documents = documents
        documents.setParent(self)
        self.toolbar = Toolbar(actions["invoke"], actions["debug"], actions["focus.cost"])
        self.notice = NoticeBar()
        self.functions = FunctionsPanel(self._warm_of, self._stage_of, actions["function.new"],
                                        [actions[name] for name in FUNCTION_MENU])
        self.events = EventsPanel(_template_count(), actions["event.template"], [actions[name] for name in EVENT_MENU])
        self.history = LazyPanel(self._make_history)
        self.configuration, self.timeline = LazyPanel(self._make_configuration), LazyPanel(self._make_timeline)
        self.result, self.logs, self.cost = LazyPanel(self._make_result), LazyPanel(self._make_logs), LazyPanel(self._make_cost)
        self.environments = LazyPanel(self._make_environments)
        self._idle_limit_s: float | None = None
        self._allowed: Mapping[str, Allowance] = {}
        self.results = QTabWidget()
        self._panels: list[InvocationPanel] = []
        self._themed: list[Themed] = [self.toolbar, self.notice, self.functions, self.events, documents]
        self._selected = ""
        self.splitters: dict[str, QSplitter] = {}
        self._lay_out()
        self.set_theme(theme)
        if preferences.code_size_pt:
            documents.tabs.look.set_font_size(preferences.code_size_pt)

    def attach(self, model: WorkspaceState, session: Session) -> None:
        """Connect the page to a workspace and its session. Call it once, before any panel is filled."""
        from workbench.gui.workspace.debug_bar import DebugBar
        from workbench.gui.workspace.panel_refresher import PanelRefresher
        from workbench.state.session import Topic

        self._model, self._session = model, session
        self.debug_bar = self._with_theme(DebugBar())
        self._column.insertWidget(1, self.debug_bar)
        self.refresher = PanelRefresher(self)
        self.refresher.add(self.functions, self.functions.refresh, Topic.ENVIRONMENTS, Topic.DEBUGGING)
        self.history.fill()
        self._connect()

    def set_theme(self, theme: Theme) -> None:
        """Pass the theme to every panel that exists; those made later get it from `_with_theme`."""
        self._theme = theme
        for part in self._themed:
            part.set_theme(theme)

    def flush(self) -> None:
        """Emit `changes_ready` for what was typed into the configuration and is still waiting."""
        if self.configuration.made is not None:
            self.configuration.made.flush()

    def show_results(self, name: str = "result") -> None:
        """Bring `result`, `logs`, `cost` or `environments` to the front."""
        places: dict[str, LazyPanel[Any]] = {
            "result": self.result, "logs": self.logs, "cost": self.cost, "environments": self.environments,
        }
        self.results.setCurrentWidget(places[name])
        places[name].fill()

    def show_idle_limit(self, idle_limit_s: float) -> None:
        """Show after how many seconds an idle environment is reclaimed."""
        self._idle_limit_s = idle_limit_s  # the engine may answer before the panel is made
        if self.environments.made is not None:
            self.environments.made.show_idle_limit(idle_limit_s)

    def show_allowed(self, allowed: Mapping[str, Allowance]) -> None:
        """Show what functions may use of this machine, by logical id."""
        self._allowed = allowed
        if self.configuration.made is not None:
            self.configuration.made.show_allowed(allowed)
        if self.result.made is not None:
            self.result.made.refresh()

    def _allowed_of(self, name: str) -> Allowance:
        function = self._model.named(name)
        return allowed_for(self._allowed, function.logical_id if function is not None else name)

    def show_debugging(self) -> None:
        """Show which functions are being debugged."""
        debugged = self._session.debugging.by_name.values()
        self.debug_bar.show_debugged([(one, self._debugger_of(one.function_name)) for one in debugged])

    def restore_layout(self) -> None:
        """Restore the splitters' positions from the last window."""
        for name, splitter in self.splitters.items():
            splitter.restoreState(self._preferences.blob(name))

    def save_layout(self) -> None:
        """Save the splitters' positions for the next window."""
        for name, splitter in self.splitters.items():
            self._preferences.save_blob(name, splitter.saveState())

    def focus_order(self) -> tuple[QWidget, ...]:
        """Return the panels in the order in which F6 visits them; makes those that do not exist yet."""
        configuration, timeline = self.configuration.panel, self.timeline.panel
        return (self.functions.list, self.documents.tabs, configuration, timeline, self.results, self.history.panel)

    def focus_panel(self, name: str) -> None:
        """Move the focus to a panel, given its name in `PANELS` or `MORE_PANELS`."""
        if name in ("result", "logs", "cost", "environments"):
            self.show_results(name)
            self.results.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.focus_order()[PANELS.index(name)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_next_panel(self) -> None:
        """Move the focus to the next panel, from the last to the first."""
        panels, focused = self.focus_order(), self.window().focusWidget()
        here = next((i for i, panel in enumerate(panels) if focused and (panel is focused or panel.isAncestorOf(focused))), -1)
        panels[(here + 1) % len(panels)].setFocus(Qt.FocusReason.TabFocusReason)

    def select_invocation(self, request_id: str) -> None:
        """Show one invocation in every panel that shows a single one."""
        self._selected = request_id
        for panel in self._panels:
            panel.select(request_id)
        self.invocation_selected.emit(request_id)

    def _lay_out(self) -> None:
        editors = QWidget()
        column = QVBoxLayout(editors)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.documents.tabs, 1)
        top = self._splitter("top", Qt.Orientation.Horizontal, editors, self.configuration, sizes=[776, 280])
        # Timeline and results get the whole width: at 1280 pixels, a third of it would cut both off.
        bottom = self._splitter("bottom", Qt.Orientation.Horizontal, self.timeline, self.results, sizes=[570, 486])
        centre = self._splitter("centre", Qt.Orientation.Vertical, top, bottom, sizes=[400, 310])
        main = self._splitter("main", Qt.Orientation.Horizontal, self._side_bar(), centre, sizes=[224, 1056])
        for splitter, stretches in ((top, (4, 1)), (bottom, (1, 1)), (centre, (3, 2)), (main, (1, 8))):
            for index, stretch in enumerate(stretches):
                splitter.setStretchFactor(index, stretch)
        titles = ((self.result, "Result"), (self.logs, "Logs"), (self.cost, "Cost"), (self.environments, "Environments"))
        for panel, title in titles:
            self.results.addTab(panel, title)
        self.results.setDocumentMode(True)
        self.results.tabBar().setDrawBase(False)
        self.results.setObjectName("results")
        self.configuration.setObjectName("sidePanel")
        # Without this attribute Qt paints no style-sheet background for a subclass of QWidget (Qt Style Sheets Reference).
        self.configuration.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.configuration.setMinimumWidth(280)
        self.results.setMinimumWidth(320)
        self.timeline.setMinimumWidth(320)
        self.timeline.setObjectName("timeline")
        self.timeline.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.toolbar)
        self._column.addWidget(main, 1)

    def _side_bar(self) -> QWidget:
        bar = QWidget()
        bar.setObjectName("sidePanel")
        bar.setMinimumWidth(190)
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(bar)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.functions)
        layout.addWidget(self.events)
        layout.addWidget(self.history, 1)
        return bar

    def _splitter(self, name: str, orientation: Qt.Orientation, *parts: QWidget, sizes: list[int]) -> QSplitter:
        splitter = QSplitter(orientation)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        for part in parts:
            splitter.addWidget(part)
        splitter.setSizes(sizes)
        self.splitters[name] = splitter
        return splitter

    # --- panels made on demand

    def _make_history(self) -> HistoryPanel:
        from workbench.gui.panels.history.history_panel import HistoryPanel
        from workbench.state.session import Topic

        panel = self._with_theme(HistoryPanel(self._session))
        panel.name_functions(named=len(self._model.functions) > 1)
        panel.invocation_selected.connect(self.select_invocation)
        self._take_in(panel, Topic.INVOCATIONS, Topic.COSTS)
        return panel

    def _make_configuration(self) -> ConfigurationPanel:
        from workbench.gui.panels.configuration.configuration_panel import ConfigurationPanel
        from workbench.gui.workspace.unsaved_settings import UnsavedSettings
        from workbench.workspace.state_directory import state_directory

        panel = self._with_theme(ConfigurationPanel())
        panel.changes_ready.connect(self.changes_ready)
        self._unsaved_settings = UnsavedSettings(state_directory(self._model.workspace.root))
        panel.take_unsaved(self._unsaved_settings.read())
        panel.variable_removed.connect(self.variable_removed)
        panel.unsaved_changed.connect(self._on_unsaved_changed)
        panel.allowances.allowance_changed.connect(self.allowance_changed)
        panel.show_allowed(self._allowed)
        panel.show_function(self._model.function, read_only=self._model.read_only)
        return panel

    def _make_timeline(self) -> TimelinePanel:
        from workbench.gui.panels.timeline.timeline_panel import TimelinePanel
        from workbench.state.session import Topic

        panel = TimelinePanel(self._session, theme=self._theme)
        panel.invocation_selected.connect(self.select_invocation)
        self._take_in(panel, Topic.TIMELINE, Topic.INVOCATIONS)
        return panel

    def _make_result(self) -> ResultPanel:
        from workbench.gui.panels.result.result_panel import ResultPanel
        from workbench.state.session import Topic

        panel = ResultPanel(self._session, theme=self._theme, function_of=self._model.named, links=self._links(),
                            allowed_of=self._allowed_of)
        panel.allowance_changed.connect(self.allowance_changed)
        panel.place_chosen.connect(self.place_chosen)
        panel.cancel_requested.connect(self.cancel_requested)
        panel.invocation_selected.connect(self.select_invocation)
        self._take_in(panel, Topic.INVOCATIONS, Topic.COSTS, Topic.LOGS, Topic.DEBUGGING)
        return panel

    def _make_logs(self) -> LogPanel:
        from workbench.gui.panels.log.log_panel import LogPanel
        from workbench.state.session import Topic

        panel = LogPanel(self._session, theme=self._theme, links=self._links())
        panel.place_chosen.connect(self.place_chosen)
        panel.invocation_selected.connect(self.select_invocation)
        self._take_in(panel, Topic.LOGS)
        return panel

    def _links(self) -> SourceLinks:
        from workbench.gui.widgets.source_links import SourceLinks

        return SourceLinks(self._model.workspace.root, self._model.named)

    def _make_cost(self) -> CostPanel:
        from workbench.gui.panels.cost.cost_panel import CostPanel
        from workbench.state.session import Topic

        panel = CostPanel(self._session, theme=self._theme)
        self._take_in(panel, Topic.COSTS)
        return panel

    def _make_environments(self) -> ExecutionEnvironmentsPanel:
        from workbench.gui.panels.environments.execution_environments_panel import ExecutionEnvironmentsPanel
        from workbench.state.session import Topic

        panel = ExecutionEnvironmentsPanel(self._session, theme=self._theme)
        panel.stop_requested.connect(self.stop_requested)
        if self._idle_limit_s is not None:
            panel.show_idle_limit(self._idle_limit_s)
        self._take_in(panel, Topic.ENVIRONMENTS)
        return panel

    def _with_theme(self, part: ThemedT) -> ThemedT:
        self._themed.append(part)
        part.set_theme(self._theme)
        return part

    def _take_in(self, panel: InvocationPanel, *topics: Topic) -> None:
        """Let a panel of the session follow its topics, the theme and the chosen invocation."""
        self._panels.append(panel)
        if panel not in self._themed:
            self._themed.append(panel)
        if self._selected:
            panel.select(self._selected)
        # 10 Hz: a log under load is redrawn for 5 % of the GUI thread's time at that rate, and nobody reads faster.
        self.refresher.add(panel, panel.refresh, *topics, at_most_every_ms=100)

    # --- connections

    def _on_unsaved_changed(self, unsaved: dict[str, KeptDraft]) -> None:
        self._unsaved_settings.write(unsaved)

    def _connect(self) -> None:
        model = self._model
        model.functions_changed.connect(self._on_functions_changed)
        model.function_selected.connect(self._on_functions_changed)
        model.events_changed.connect(self._on_events_changed)
        model.event_selected.connect(self._on_events_changed)
        self.functions.function_selected.connect(model.choose_function)
        self.toolbar.function_chosen.connect(model.choose_function)
        self.events.event_selected.connect(model.choose_event)
        self.toolbar.event_chosen.connect(model.choose_event)

    def _on_functions_changed(self) -> None:
        model, function = self._model, self._model.function
        chosen = function.logical_id if function else ""
        self.functions.show_functions(model.functions, chosen)
        self.toolbar.show_functions([(entry.logical_id, entry.name) for entry in model.functions], chosen)
        self.toolbar.sandbox.show_function(function.runtime if function else "", function.architecture if function else "")
        if self.history.made is not None:
            self.history.made.name_functions(named=len(model.functions) > 1)
        if self.configuration.made is not None:
            self.configuration.made.show_function(function, read_only=model.read_only)

    def _on_events_changed(self) -> None:
        from workbench.workspace.events import EMPTY_EVENT

        names = [event.name for event in self._model.events]
        self.events.show_events(names, self._model.event_name)
        self.toolbar.show_events([*((name, name) for name in names), (EMPTY_EVENT, "Empty event  {}")], self._model.event_name)

    def _debugger_of(self, name: str) -> str:
        from workbench.state.debugging import debugger_of

        function = self._model.named(name)
        return debugger_of(function.runtime) if function is not None else ""

    def _warm_of(self, name: str) -> int:
        return self._session.environments.warm_of(name)

    def _stage_of(self, name: str) -> Stage | None:
        return self._session.debugging.stage_of(name)


def _template_count() -> int:
    """Count the files only; the templates are parsed when somebody opens the dialog."""
    return sum(1 for _ in resource_path("event_templates").glob("*.json"))
