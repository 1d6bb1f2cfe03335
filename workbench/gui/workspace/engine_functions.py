"""Keeps the functions of the open workspace as the engine resolves them: their names are those that can be invoked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.engine_api import Health
from workbench.model.failures import WorkbenchError
from workbench.state.session import Topic


class EngineFunctions(QObject):
    """Asks the engine when it is connected, and when the workspace, the Region or a function of the API has changed.

    Runs on the window's loop.
    """

    def __init__(self, link: EngineLink, model: WorkspaceState, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._model = model
        self._question = RepeatedQuestion("functions of the engine", link, self._ask, report)
        self._region = ""
        self._asked_of = model.functions_read
        link.state_changed.connect(self._on_link_state)
        link.health_changed.connect(self._on_health)
        link.topics_changed.connect(self._on_topics)
        model.functions_changed.connect(self._on_functions_changed)

    def ask(self) -> None:
        """Have the engine read the workspace again, and take its functions. Without an engine, it is asked once there is one."""
        self._question.ask()

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other: the stream goes on until the link is closed."""
        await self._question.close()

    async def _ask(self) -> None:
        read = self._asked_of = self._model.functions_read
        with suppress(WorkbenchError):  # the engine is gone: the link says so, and it is asked again when there is one
            # Not its list as it is: its own watch may not have noticed yet what the window has read.
            answered = await self._link.client.refresh()
            self._model.take_answer(read, answered, await self._link.client.template.overrides())

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "running":
            self.ask()

    def _on_health(self, health: Health) -> None:
        before, self._region = self._region, health.settings.region
        if before not in ("", self._region):  # the first one comes with the connection
            self.ask()

    def _on_topics(self, topics: set[Topic]) -> None:
        if topics & {Topic.FUNCTIONS, Topic.PARTS}:  # of parts, the template may declare some: they are overrides then
            self.ask()

    def _on_functions_changed(self) -> None:
        if self._model.functions_read != self._asked_of:
            self.ask()
