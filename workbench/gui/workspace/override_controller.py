"""What the API changed of the template's functions: shown above their configuration, written back, dropped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.configuration_controller import ConfigurationController
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkbenchError
from workbench.model.overrides import OverrideInfo

if TYPE_CHECKING:  # nearly always nothing is overridden
    from workbench.gui.panels.overrides.override_card import OverrideCard


class OverrideController(QObject):
    """Shows the overrides of the chosen function once there are some.

    Signals: `about_to_write()` and `written()` around a change of the template; `dropped()`; `failed(WorkbenchError)`.
    """

    about_to_write = Signal()
    written = Signal()
    dropped = Signal()
    failed = Signal(object)

    def __init__(
        self, link: EngineLink, model: WorkspaceState, configuration: ConfigurationController, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(configuration)
        self._link = link
        self._model = model
        self._configuration = configuration
        self._appearance = appearance
        self._tasks = Tasks(report)
        self.card: OverrideCard | None = None
        """None until there is something to show."""
        model.functions_changed.connect(self._show)
        model.function_selected.connect(self._show)

    async def close(self) -> None:
        """Stop waiting for answers."""
        await self._tasks.cancel()

    def _make_card(self) -> OverrideCard:
        from workbench.gui.panels.overrides.override_card import OverrideCard

        card = self._appearance.dress(OverrideCard())
        card.written_back.connect(self._on_written_back)
        card.dropped.connect(self._on_dropped)
        self._configuration.panel.put_above(card)
        return card

    def _show(self) -> None:
        found = self._overrides()
        if self.card is None and found:
            self.card = self._make_card()
        if self.card is not None:
            self.card.show_overrides(found)

    def _overrides(self) -> tuple[OverrideInfo, ...]:
        function = self._model.function
        if function is None or function.source == "api":
            return ()
        return tuple(each for each in self._model.overrides if each.function == function.name and each.property)

    def _on_written_back(self, member: str) -> None:
        function = self._model.function
        if function is not None:
            self.about_to_write.emit()
            self._tasks.spawn("write back", self._write_back(function.name, member or None))

    def _on_dropped(self, member: str) -> None:
        function = self._model.function
        if function is not None:
            self._tasks.spawn("drop", self._drop(function.name, member or None))

    def bring_back(self, name: str) -> None:
        """Show a function of the template again that the API deleted."""
        self._tasks.spawn("bring back a function", self._drop(name, None))

    async def _write_back(self, name: str, member: str | None) -> None:
        if await self._is_done(lambda: self._link.client.template.write_back_overrides(name, member)):
            self.written.emit()

    async def _drop(self, name: str, member: str | None) -> None:
        if await self._is_done(lambda: self._link.client.template.drop_overrides(name, member)):
            self.dropped.emit()

    async def _is_done(self, work: Callable[[], Awaitable[object]]) -> bool:
        try:
            await work()
        except WorkbenchError as error:
            self.failed.emit(error)
            return False
        return True
