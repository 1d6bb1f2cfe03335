"""Publishes versions of the chosen function; makes its aliases, points them elsewhere and deletes them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.function_versions import FunctionVersions
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.model.function_version import LATEST
from workbench.model.versions import AliasInfo

if TYPE_CHECKING:
    from workbench.gui.dialogs.engine_dialog import EngineDialog


class VersionCommands(QObject):
    """Opens the dialogs, which are imported when first needed, and has the engine carry out their answers.

    Emits `failed(WorkbenchError)` for what no dialog shows.
    """

    failed = Signal(object)

    def __init__(
        self, link: EngineLink, versions: FunctionVersions, save: Callable[[], None], page: WorkspacePage,
        report: Callable[[BaseException], None],
    ) -> None:
        """`save` writes what is on screen to disk, since the engine publishes what is there. It raises WorkspaceError."""
        super().__init__(page)
        self._link = link
        self._versions = versions
        self._save = save
        self._page = page
        self._tasks = Tasks(report)

    async def close(self) -> None:
        """Stop waiting for answers. What the engine was asked for is done all the same."""
        await self._tasks.cancel()

    def publish(self) -> None:
        """Ask for a version's description, and publish it."""
        from workbench.gui.dialogs.version_dialogs import PublishDialog

        function = self._versions.function_name
        self._ask(PublishDialog(function, self._page), partial(self._publish, function))

    def ask_alias(self, name: str = "") -> None:
        """Ask where an alias is to point; "" for a new one."""
        from workbench.gui.dialogs.version_dialogs import AliasDialog

        versions, function = self._versions, self._versions.function_name
        published = [each.version for each in reversed(versions.versions) if not each.is_latest]
        taken = [each.name for each in versions.aliases]
        dialog = AliasDialog(function, [*published, LATEST], taken, versions.alias(name), self._page)
        self._ask(dialog, partial(self._keep_alias, function, not name))

    def delete_alias(self, name: str) -> None:
        """Delete an alias, which can be undone."""
        alias = self._versions.alias(name)
        if alias is not None:
            self._begin("delete an alias", self._delete(self._versions.function_name, alias))

    def _ask(self, dialog: EngineDialog, carry_out: Callable[[Any], Coroutine[Any, Any, None]]) -> None:
        """Open a dialog whose `chosen` brings what `carry_out` takes."""

        def answer(chosen: Any) -> None:
            self._begin("the answer of a dialog", carry_out(chosen), dialog)

        dialog.chosen.connect(answer)
        dialog.open()  # not exec(): a nested event loop would run asyncio's callbacks inside this one

    def _begin(self, name: str, work: Coroutine[Any, Any, None], dialog: EngineDialog | None = None) -> None:
        self._tasks.spawn(name, self._carry_out(work, dialog))

    async def _carry_out(self, work: Coroutine[Any, Any, None], dialog: EngineDialog | None) -> None:
        """Do something, and tell why it could not be done: in its dialog if that is still there."""
        try:
            await work
        except WorkbenchError as error:
            if dialog is not None and isValid(dialog):  # it deletes itself when it is closed, which a person may do meanwhile
                dialog.show_refusal(f"{error.message}\n{error.hint}".strip())
            else:
                self.failed.emit(error)
        else:
            if dialog is not None and isValid(dialog):
                dialog.close_done()
        self._versions.ask()

    async def _publish(self, function: str, description: str) -> None:
        self._save()
        client = self._link.client
        await client.refresh()  # its own watch may not have noticed yet what has just been saved
        before = {each.version for each in await client.versions.versions(function)}
        published = await client.versions.publish(function, description)
        self._page.notice.show_message(
            f"Neither code nor settings of {function} changed since version {published.version}: nothing was published."
            if published.version in before else f"Version {published.version} of {function} is published.")

    async def _keep_alias(self, function: str, is_new: bool, alias: AliasInfo) -> None:
        calls = self._link.client.versions
        await (calls.create_alias if is_new else calls.update_alias)(function, alias)

    async def _delete(self, function: str, alias: AliasInfo) -> None:
        await self._link.client.versions.delete_alias(function, alias.name)
        self._page.toast.show_undo(f"The alias {alias.name} of {function} was deleted.",
                                   partial(self._bring_back, function, alias))

    def _bring_back(self, function: str, alias: AliasInfo) -> None:
        self._begin("bring back an alias", self._keep_alias(function, True, alias))
