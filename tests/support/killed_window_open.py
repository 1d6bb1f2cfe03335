"""The window of `killed_window_program`: its workspaces, and what a person finds in them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox

from tests.gallery.sitter import Sitter, until
from tests.support.killed_window_found import FUNCTION, files_found, functions_found, in_force_found, versions_found
from workbench.client.api import EngineClient
from workbench.editor.code_editor import CodeEditor
from workbench.editor.recovery import UnsavedText
from workbench.editor.sheet import MessageSheet
from workbench.gui.link.link_state import LinkState
from workbench.gui.workspace.workspace_controller import WorkspaceController
from workbench.model.engine_api import TrustAnswer
from workbench.model.past_invocations import PastInvocation, PastInvocationFilter
from workbench.workspace.recent import RecentWorkspaces
from workbench.workspace.state_directory import state_directory

DialogT = TypeVar("DialogT", bound=QDialog)
_MOST = 1_000


class OpenWindow:
    """Runs on the window's loop. `losses` counts how often the engine was lost."""

    def __init__(self, sitter: Sitter, roots: list[Path], preferences: Path) -> None:
        self.sitter = sitter
        self.roots = roots
        self._preferences = preferences
        self.losses = 0
        self.accepted: list[str] = []
        """The request IDs of events that the engine has in its queue."""
        self.begun: list[str] = []
        """Those of replays that were sent."""

    @property
    def workspace(self) -> WorkspaceController:
        """The open workspace."""
        return self.sitter.workspace

    @property
    def root(self) -> Path:
        """Its folder."""
        return self.workspace.model.workspace.root

    @property
    def client(self) -> EngineClient:
        """Its engine's client."""
        return self.workspace.link.client

    async def begin(self) -> None:
        """Open the first workspace."""
        self.sitter.window.show()
        assert await self.sitter.window.open_workspace(self.roots[0])
        await self.follow()

    async def switch_to(self, root: Path) -> None:
        """Open another workspace; what was not saved is saved when the window asks."""
        self.sitter.window.pages.recent_chosen.emit(str(root))
        await until(lambda: self._save_if_asked() or self.root == root)
        await self.follow()

    async def follow(self) -> None:
        """Wait for the engine of a workspace that was just opened, and for its code."""
        workspace = self.workspace
        workspace.link.state_changed.connect(self._on_link_state)
        workspace.asynchronous.event_sender.accepted.connect(self.accepted.append)
        workspace.past.replays.begun.connect(self.begun.append)
        client = await workspace.link.ready()
        await client.answer_trust(TrustAnswer(trusted=True))
        for each in await client.debugging.debugged():  # begun by a window that was killed
            await client.debugging.stop(each.function_name)
        await self.show_code()

    async def show_code(self) -> CodeEditor:
        """Turn to the function, and to its code."""
        self.workspace.model.choose_function(FUNCTION)
        self.sitter.window.run("function.open")
        return await self.editor_of(self.root / "function" / "app.py")

    async def editor_of(self, path: Path) -> CodeEditor:
        """The editor of a file, once it is in front."""
        tabs = self.workspace.documents.tabs
        await until(lambda: tabs.current_path() == str(path))
        editor = tabs.current_editor()
        assert editor is not None
        return editor

    async def dialog(self, kind: type[DialogT]) -> DialogT:
        """The dialog that has just been asked for."""
        await until(lambda: isinstance(QApplication.activeModalWidget(), kind))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, kind)
        return dialog

    async def lost(self) -> None:
        """Return when the engine is lost from now on."""
        before = self.losses
        while self.losses == before:  # noqa: ASYNC110  (a count has no event)
            await asyncio.sleep(0.01)

    async def recover(self) -> None:
        """Go on after the engine was lost: give up what is open, and wait for the next engine."""
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            dialog.reject()
        await self.workspace.link.ready()

    async def drain(self) -> None:
        """Have everything in the queue run."""
        while (await self.client.queue.info(limit=0)).waiting:
            await self.client.queue.forward()
            await asyncio.sleep(0.05)

    # --- what is there

    async def has_regional_parts(self) -> bool:
        """Whether the function has anything of the API's in this Region."""
        versions = await self.client.versions.versions(FUNCTION)
        return len(versions) > 1 or bool(await self.client.template.overrides(FUNCTION))

    async def pasts(self) -> list[PastInvocation]:
        """All invocations of the history, the newest first."""
        found: list[PastInvocation] = []
        before: int | None = None
        while True:
            page = await self.client.history.invocations(PastInvocationFilter(), before=before, limit=_MOST)
            found += page.invocations
            before = page.next
            if before is None:
                return found

    async def past(self, request_id: str) -> list[PastInvocation]:
        """One invocation, or its attempts, as the history has it now."""
        return (await self.client.history.invocations(PastInvocationFilter(request_id=request_id))).invocations

    async def found(self) -> dict[str, dict[str, Any]]:
        """The facts of the open workspace and of the person."""
        recent = {f"recent {root.name}": True for root in RecentWorkspaces(self._preferences.parent).list()}
        functions = {**functions_found(self.workspace.model.functions), **await in_force_found(self.client),
                     **await versions_found(self.client)}
        return {self.root.name: {**await self._settings(), **await self._history(), **self._files(), **functions},
                "person": {**recent, "theme": self.remembered("theme=(.*)") or "auto"}}

    async def _settings(self) -> dict[str, Any]:
        health, function = await self.client.health(), self.workspace.model.workspace.function(FUNCTION)
        layouts = self.workspace.page.layouts
        return {"region": health.settings.region, "sandbox": health.settings.sandbox, "memory_mb": function.memory_mb,
                "days": (await self.client.history.retention()).days, "layout": layouts.name,
                "drawer": self.workspace.page.regions.is_drawer_open}

    async def _history(self) -> dict[str, Any]:
        queued = (await self.client.queue.info(limit=_MOST)).events
        pasts = await self.pasts()
        messages = await self.client.inbox.page(limit=_MOST)
        return {**{f"inbox {each.request_id}": True for each in messages},
                **{f"queued {event.request_id}": True for event in queued},
                **{f"{what} {past.request_id}": True for past in pasts for what in ("queued", "invoked")},
                **{f"star {past.request_id}": past.is_starred for past in pasts},
                **{f"name {past.request_id}": past.name for past in pasts}}

    def _files(self) -> dict[str, Any]:
        """An event that was deleted is in the trash."""
        model = self.workspace.model.workspace
        names = {event.name for event in model.events.list()} | {entry.name for entry in model.trash.entries()}
        editor = self.workspace.documents.tabs.current_editor()
        assert editor is not None
        return {"edit": editor.text(), "event": event_number(model.events.read("event")),
                "expected": event_number(model.events.expectation("event")),
                **{f"made {name}": True for name in names}, **files_found(self.root)}

    def unsaved_texts(self) -> list[str]:
        """The texts that the next window would recover."""
        copies = [path for path in (state_directory(self.root) / "recovery").rglob("*.json") if path.name != "owner.json"]
        return [msgspec.json.decode(path.read_bytes(), type=UnsavedText).text for path in copies]

    def remembered(self, pattern: str) -> str:
        """What the file of the preferences has, with the quotes of a remembered text as it was given."""
        text = self._preferences.read_text().replace('\\"', '"') if self._preferences.exists() else ""
        found = re.search(pattern, text)
        return found.group(1) if found else ""

    def remembered_layout(self, pattern: str) -> str:
        """The same of the open workspace's layouts."""
        return self.remembered(rf"{self.root.name}\\layout=.*{pattern}")

    # --- inside

    def _save_if_asked(self) -> bool:
        sheet = QApplication.activeModalWidget()
        if isinstance(sheet, MessageSheet):
            sheet.button(QDialogButtonBox.StandardButton.Save).click()
        return False

    def _on_link_state(self, state: LinkState) -> None:
        self.losses += state.phase in ("lost", "failed")


def event_number(content: bytes) -> int:
    """The number in an event, -1 for one that is half written."""
    try:
        return int(msgspec.json.decode(content)["n"])
    except (msgspec.DecodeError, KeyError):
        return -1
