"""Shifts an alias's weight as its slider moves, and shows which versions its requests run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.gui.workspace.panel_refresher import PanelRefresher
from workbench.model.failures import WorkbenchError
from workbench.model.versions import AliasInfo
from workbench.state.history import History
from workbench.state.session import Topic
from workbench.state.traffic import latest_traffic

if TYPE_CHECKING:  # created after the code has been painted, and imported only then
    from workbench.gui.panels.versions.traffic_card import TrafficCard
    from workbench.gui.panels.versions.versions_panel import VersionsPanel


class AliasShifts(QObject):
    """Has the engine change an alias, one change after the other; of those that wait, only the newest counts.

    Signals: `done()`; `refused(str)` in the engine's words.
    """

    done = Signal()
    refused = Signal(str)

    def __init__(self, link: EngineLink, versions: FunctionVersions, report: Callable[[BaseException], None]) -> None:
        super().__init__(versions)
        self._link, self._versions = link, versions
        self._wanted: tuple[str, AliasInfo] | None = None
        self._change = RepeatedQuestion("shift of an alias", link, self._put, report)

    def shift(self, alias: AliasInfo) -> None:
        """Change an alias of the chosen function."""
        self._wanted = self._versions.function_name, alias
        self._change.ask()

    async def close(self) -> None:
        """Stop waiting for answers. What the engine was asked for is done all the same."""
        await self._change.close()

    async def _put(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is None:
            return
        try:
            await self._link.client.versions.update_alias(*wanted)
        except WorkbenchError as error:
            self.refused.emit(f"{error.message}\n{error.hint}".strip())
        else:
            self.done.emit()
        self._versions.ask()


class AliasTraffic(QObject):
    """Keeps the card of an alias in step with what happens, once its panel is made."""

    def __init__(
        self, shifts: AliasShifts, versions: FunctionVersions, model: WorkspaceState, history: History, refresher: PanelRefresher
    ) -> None:
        super().__init__(shifts)
        self._shifts, self._versions, self._model, self._history, self._refresher = shifts, versions, model, history, refresher
        self._card: TrafficCard | None = None

    def follow(self, panel: VersionsPanel) -> None:
        """Show the traffic in the panel's card, and do what is asked for there."""
        card = self._card = panel.traffic
        card.shifted.connect(self._shifts.shift)
        self._shifts.done.connect(card.settled)
        self._shifts.refused.connect(card.show_refusal)
        panel.aliases.row_selected.connect(self.refresh)
        self._versions.changed.connect(self.refresh)
        self._model.functions_changed.connect(self.refresh)
        self._refresher.add(card, self.refresh, Topic.INVOCATIONS, at_most_every_ms=100)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the latest requests, and whether the template declares the alias otherwise."""
        card = self._card
        if card is not None and card.alias is not None:
            card.show_traffic(latest_traffic(self._history, self._versions.function_name, card.alias.name))
            card.show_overrides(self._override_of(card.alias.name))

    def _override_of(self, alias: str) -> str:
        place = f"Alias.{alias}"
        found = [each for each in self._model.overrides if each.function == self._versions.function_name
                 and (each.property == place or each.property.startswith(f"{place}."))]
        return (f"The template declares {alias} otherwise. What you set here is in force until it is dropped, or written back, "
                "above the configuration.") if found else ""
