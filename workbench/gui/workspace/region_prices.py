"""Keeps the prices of a session those of the Region that the engine works in."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.engine_api import Health
from workbench.state.costs import Pricing
from workbench.workspace.price_file import load_prices


class RegionPrices(QObject):
    """Emits `changed()` when the Region is another one."""

    changed = Signal()

    def __init__(self, pricing: Pricing, model: WorkspaceState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pricing = pricing
        self._model = model
        model.functions_changed.connect(self._on_functions_changed)

    def take_health(self, health: Health) -> None:
        """Load the prices of the Region that the engine reports, if it is another one."""
        if self._pricing.table.region != health.settings.region:
            self._pricing.table = load_prices(health.settings.region)
            self._model.reload()  # names contain the Region, for example through ${AWS::Region}
            self.changed.emit()

    def _on_functions_changed(self) -> None:
        self._pricing.set_functions(self._model.functions)
