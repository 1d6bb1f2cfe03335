"""What is known of the chosen function from its invocations: where it ran last, what it costs, what its lines took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property

from PySide6.QtCore import QObject, Signal

from workbench.gui.widgets.later import Later
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.engine_api import Health
from workbench.model.prices import format_usd
from workbench.model.projection import project
from workbench.state.invocation import Invocation
from workbench.state.session import Session, Topic


class FunctionFigures(QObject):
    """Shows them in the toolbar and beside the code. Signal: `sandbox_used(str)`, "" where the function did not run."""

    sandbox_used = Signal(str)

    def __init__(self, model: WorkspaceState, session: Session, page: WorkspacePage, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self._session = session
        self._page = page
        self._annotated = ""
        self._sandbox_set = ""
        self._sandbox_since_ms = time.time() * 1_000
        """When the current sandbox setting took effect. Invocations from before do not tell where the next one will run."""
        # The chosen function may have another name by now, and figures are kept by name.
        model.functions_changed.connect(self.show_cost)
        model.functions_changed.connect(self.show_last_invocation)

    @cached_property
    def _reading(self) -> Later:
        return Later(self)

    def turn(self) -> None:
        """Another function was chosen."""
        self.show_cost()
        self._annotated = ""
        self.show_last_invocation()

    def take(self, topics: set[Topic]) -> None:
        """Something of these changed."""
        if Topic.COSTS in topics:
            self.show_cost()
        if Topic.INVOCATIONS in topics:
            self.show_last_invocation()

    def take_health(self, health: Health) -> None:
        """The engine said which sandbox is set."""
        # "" before the first answer: the engine's setting may be old, so where functions ran before it still counts.
        if self._sandbox_set not in ("", health.sandbox):
            self._sandbox_since_ms = time.time() * 1_000
            self.show_last_invocation()
        self._sandbox_set = health.sandbox

    def show_last_invocation(self) -> None:
        """Where the chosen function ran last, and what its lines took when it started."""
        function = self._model.function
        if function is None:
            return
        newest = next(self._own(function.name), None)
        used = newest.sandbox if newest is not None and newest.received_ms >= self._sandbox_since_ms else ""
        self._page.toolbar.sandbox.show_used(used)
        self.sandbox_used.emit(used)
        # Called after every drain of the stream: the editor's marks are made anew only for a cold start not seen before.
        cold = next((each for each in self._own(function.name) if each.startup and each.startup.init_ms), None)
        if cold is not None and cold.startup is not None and cold.request_id != self._annotated:
            self._annotated = cold.request_id
            from workbench.gui.workspace.cold_start_marks import mark_cold_start

            mark_cold_start(self._page.documents.tabs, function, cold.startup, self._reading)

    def _own(self, name: str) -> Iterator[Invocation]:
        """Yield a function's invocations, the newest first."""
        return (each for each in self._session.history.newest_first() if each.function_name == name)

    def show_cost(self) -> None:
        """What a million of its invocations cost, with as many cold starts as are usual."""
        function = self._model.function
        totals = self._session.costs.of_function(function.name) if function else None
        if totals is None or not totals.invocations:
            self._page.toolbar.show_cost("", "Invoke the function to see what a million invocations would cost.")
            return
        pricing = self._session.costs.pricing
        plan = pricing.plan_of(function.name, totals) if pricing is not None and function is not None else None
        if pricing is None or plan is None:
            self._page.toolbar.show_cost("", "The prices are not known: durations are measured, costs are not known.")
            return
        cold = f"{plan.cold_share * 100:.0f} %"
        self._page.toolbar.show_cost(
            format_usd(project(pricing.table, plan).usd),
            f"Estimate: 1,000,000 invocations as {totals.invocations:,} were measured here, {cold} of "
            "them cold, without the free tier. Click for the sliders and the formula.", cold)
