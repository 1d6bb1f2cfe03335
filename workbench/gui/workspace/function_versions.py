"""The versions, aliases and URLs of the chosen function, as the engine has them, and which of them Invoke is to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.gui.workspace.open_workspace import WorkspaceState
from workbench.model.failures import WorkbenchError
from workbench.model.function_urls import FunctionUrlInfo
from workbench.model.function_version import LATEST
from workbench.model.versions import AliasInfo, VersionInfo
from workbench.state.session import Topic

STARTING = "The engine is starting."


class _Told(NamedTuple):
    """What the engine answered about one function."""

    function_name: str = ""
    versions: tuple[VersionInfo, ...] = ()
    aliases: tuple[AliasInfo, ...] = ()
    urls: tuple[FunctionUrlInfo, ...] = ()
    problem: str = ""


class FunctionVersions(QObject):
    """Asks the engine again whenever something of it may have changed. Runs on the window's loop.

    Signals: `changed()` with any of the attributes. `function_name`: whose they are, "" for no function. `problem`: why there is
    nothing to show, "" if there is. Without a problem and without versions, the engine has been asked.
    """

    changed = Signal()

    def __init__(self, link: EngineLink, model: WorkspaceState, report: Callable[[BaseException], None], parent: QObject) -> None:
        super().__init__(parent)
        self._link = link
        self._model = model
        self._question = RepeatedQuestion("versions of a function", link, self._ask, report)
        self._chosen: dict[str, str] = {}
        self.tenant_id = ""
        self.function_name = ""
        self.versions: tuple[VersionInfo, ...] = ()
        self.aliases: tuple[AliasInfo, ...] = ()
        self.urls: tuple[FunctionUrlInfo, ...] = ()
        self.problem = STARTING
        link.state_changed.connect(self._on_link_state)
        link.topics_changed.connect(self._on_topics)
        model.function_selected.connect(self._on_function_selected)
        model.functions_changed.connect(self.ask)

    @property
    def qualifiers(self) -> tuple[str, ...]:
        """What Invoke can run: `$LATEST`, the aliases, then the versions, the newest first."""
        published = [each.version for each in self.versions if not each.is_latest]
        return (LATEST, *(alias.name for alias in self.aliases), *reversed(published))

    @property
    def qualifier(self) -> str:
        """What Invoke is to run: the one chosen for this function as long as it is there, else `$LATEST`."""
        chosen = self._chosen.get(self.function_name, LATEST)
        return chosen if chosen in self.qualifiers else LATEST

    def choose_qualifier(self, qualifier: str) -> None:
        """Have Invoke run another version or alias of the chosen function."""
        self._chosen[self.function_name] = qualifier
        self.changed.emit()

    def choose_tenant(self, tenant_id: str) -> None:
        """Have Invoke name this tenant for functions that isolate tenants."""
        self.tenant_id = tenant_id

    def alias(self, name: str) -> AliasInfo | None:
        """Return an alias of the chosen function, None if it is not there."""
        return next((alias for alias in self.aliases if alias.name == name), None)

    def ask(self) -> None:
        """Ask the engine. Without one, it is asked once there is one."""
        self._question.ask()

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        await self._question.close()

    async def _ask(self) -> None:
        function = self._model.function
        if function is None:
            self._take(_Told())
            return
        told = await self._answer(function.name)
        if self._model.function is not None and self._model.function.name == function.name:
            self._take(told)

    async def _answer(self, name: str) -> _Told:
        try:
            calls = self._link.client.versions
            return _Told(name, tuple(await calls.versions(name)), tuple(await calls.aliases(name)),
                         tuple(await calls.function_urls(name)))
        except WorkbenchError as error:
            return _Told(name, problem=str(error))

    def _take(self, told: _Told) -> None:
        if told != _Told(self.function_name, self.versions, self.aliases, self.urls, self.problem):
            self.function_name, self.versions, self.aliases, self.urls, self.problem = told
            self.changed.emit()

    def _on_function_selected(self) -> None:
        name = self._model.function.name if self._model.function is not None else ""
        if name != self.function_name:
            # What is there belongs to another function: nothing of it may be invoked under this one's name.
            self._take(_Told(name, problem="" if self._link.is_running else STARTING))
        self.ask()

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "running":
            self.ask()

    def _on_topics(self, topics: set[Topic]) -> None:
        if topics & {Topic.FUNCTIONS, Topic.PARTS}:
            self.ask()
