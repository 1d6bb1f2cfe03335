"""What a person does with invocations in a window that may be killed: they are made, sent, replayed, marked, forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.gallery.sitter import PATIENCE_S, until
from tests.support.killed_window_teller import Flow, Teller
from workbench.gui.dialogs.history_dialogs import NameDialog
from workbench.model.past_invocations import PastInvocation

UNDONE = 0.4
"""The share of forgotten invocations that are wanted back."""


class InvocationFlows(Teller):
    """Invocations, the queue, and what is done with the history."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        return self.invoke, self.invoke, self.send, self.replay, self.star, self.name, self.forget, self.page

    async def invoke(self) -> None:
        """Invoke, and wait for the report."""
        session = self.window.workspace.session
        added = self.window.sitter.begin()
        await until(lambda: session.history.added > added)
        newest = session.history.newest()
        assert newest is not None
        await until(lambda: newest.metrics is not None)
        await self._tell_invoked(newest.request_id)

    async def send(self) -> None:
        """Invoke asynchronously, three times."""
        accepted = self.window.accepted
        accepted.clear()
        for _ in range(3):
            self.run("invoke.send")
        for number in range(3):
            await until(lambda number=number: len(accepted) > number)  # type: ignore[misc]
            self.kept(**{f"queued {accepted[number]}": True})

    async def replay(self) -> None:
        """Replay an invocation."""
        past = await self.any_past()
        if past is not None:
            self.window.begun.clear()
            self.window.workspace.past.carry_out("replay", [past])
            await until(lambda: bool(self.window.begun))
            request_id = self.window.begun[0]
            await self._until(request_id, lambda found: bool(found) and bool(found[0].status))
            await self._tell_invoked(request_id)

    async def star(self) -> None:
        """Give a star, or take it."""
        past = await self.any_past()
        if past is not None:
            fact = {f"star {past.request_id}": not past.is_starred}
            self.tried(**fact)
            self.window.workspace.past.carry_out("star", [past])
            await self._until(past.request_id, lambda found: found[0].is_starred is not past.is_starred)
            self.kept(**fact)

    async def name(self) -> None:
        """Name an invocation."""
        past = await self.any_past()
        if past is not None:
            name = f"name {next(self.numbers)}"
            self.window.workspace.past.carry_out("name", [past])
            dialog = await self.window.dialog(NameDialog)
            dialog.name.setText(name)
            self.tried(**{f"name {past.request_id}": name})
            dialog.accept()
            await self._until(past.request_id, lambda found: found[0].name == name)
            self.kept(**{f"name {past.request_id}": name})

    async def forget(self) -> None:
        """Have an invocation forgotten, and sometimes have it back.

        One from the queue may be tried again there: its engine may not have settled it.
        """
        past = await self.any_past()
        if past is not None and past.trigger != "event":
            facts = {**{f"{what} {past.request_id}": False for what in ("invoked", "queued", "star")},
                     f"name {past.request_id}": ""}
            self.tried(**facts)
            self.window.workspace.past.carry_out("forget", [past])
            await self._until(past.request_id, lambda found: not found)
            self.kept(**facts)
            if self.chance.random() < UNDONE:
                await self._undo(past)

    async def _undo(self, past: PastInvocation) -> None:
        facts = {**{f"{what} {past.request_id}": True for what in ("invoked", "queued")},
                 f"star {past.request_id}": past.is_starred, f"name {past.request_id}": past.name}
        toast = self.window.workspace.page.toast
        await until(lambda: toast.isVisible() and toast.text.startswith("The invocation is forgotten"))
        self.tried(**facts)
        toast.undo.click()
        await self._until(past.request_id, bool)
        self.kept(**facts)

    async def page(self) -> None:
        """Have an answer shown in the browser."""
        self.window.workspace.panels.browser_wanted.emit("<p>An answer</p>")
        await asyncio.sleep(0)

    async def _tell_invoked(self, request_id: str) -> None:
        await self.window.client.events(request_id=request_id)  # what can be read is on the disk
        self.kept(**{f"invoked {request_id}": True})

    async def _until(self, request_id: str, state: Callable[[list[PastInvocation]], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not state(await self.window.past(request_id)):  # noqa: ASYNC110  (the engine does not tell)
                await asyncio.sleep(0.01)
