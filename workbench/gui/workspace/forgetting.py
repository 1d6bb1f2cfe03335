"""Forgets invocations at once, and puts them back as long as the toast stands that offers it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.model.past_invocations import Forgotten, PastInvocation
from workbench.state.invocation import Invocation
from workbench.state.session import Session

HOLD_MS = 20_000
"""So often the engine hears that the toast still stands: a minute after it heard it last, it lets go of what was forgotten."""


class _Held(msgspec.Struct, frozen=True):
    """What can be put back: by the engine under a token, and by this window."""

    token: str
    invocations: list[Invocation]


class Forgetting(QObject):
    """Runs on the window's loop.

    Signals: `forgotten(frozenset[str] request_ids)` when nothing of them may be shown any more; `restored()` when they are back;
    `failed(WorkbenchError)`; `told(str)`.
    """

    forgotten = Signal(object)
    restored = Signal()
    failed = Signal(object)
    told = Signal(str)

    def __init__(
        self, link: EngineLink, session: Session, page: WorkspacePage, report: Callable[[BaseException], None]
    ) -> None:
        super().__init__(page)
        self._link, self._session, self._page = link, session, page
        self._tasks = Tasks(report)
        self._held: _Held | None = None
        self._own: set[str] = set()
        """The requests that are being forgotten here, until the stream tells of it."""
        self._holding = QTimer(self)
        self._holding.setInterval(HOLD_MS)
        self._holding.timeout.connect(self._on_holding)

    def forget(self, chosen: Sequence[PastInvocation]) -> None:
        """Delete invocations; ask before if that cannot be undone."""
        self._spawn(self._forget(list(chosen)))

    def take_forgotten(self, marks: frozenset[str], shown: Iterable[str]) -> None:
        """Show nothing more of what another window or a command forgot. `shown` are the requests that only a window shows."""
        from workbench.model.forgotten_requests import recognized  # not before anything is forgotten

        own = recognized(marks, self._own)
        others = recognized(marks, {*self._session.history.request_ids(), *shown} - own)
        self._own -= own
        for request_id in others:
            self._session.history.forget(request_id)
        if len(marks) > len(own):  # the history and the log may show requests that are known nowhere else
            self.forgotten.emit(others)

    async def close(self) -> None:
        """Let go of what can be put back, and end what is in progress."""
        self._holding.stop()
        await self._tasks.cancel()
        if self._held is not None:
            with contextlib.suppress(WorkbenchError):
                await self._link.client.history.settle_forgotten(self._held.token)

    async def _forget(self, chosen: Sequence[PastInvocation]) -> None:
        gone = await self._deleted(chosen, can_undo=True)
        if gone.is_too_much:
            self._ask(chosen)
        else:
            self._after(chosen, gone)

    def _ask(self, chosen: Sequence[PastInvocation]) -> None:
        from workbench.gui.dialogs.history_dialogs import ForgetDialog

        dialog = ForgetDialog(len(chosen), self._page)
        dialog.chosen.connect(partial(self._on_agreed, chosen))
        dialog.open()

    def _on_agreed(self, chosen: Sequence[PastInvocation]) -> None:
        self._spawn(self._forget_for_good(chosen))

    async def _forget_for_good(self, chosen: Sequence[PastInvocation]) -> None:
        self._after(chosen, await self._deleted(chosen))

    async def _deleted(self, chosen: Sequence[PastInvocation], *, can_undo: bool = False) -> Forgotten:
        request_ids, gone = {past.request_id for past in chosen}, Forgotten(invocations=0)
        self._own |= request_ids
        try:
            gone = await self._link.client.history.forget([past.seq for past in chosen], can_undo=can_undo)
        finally:
            if not gone.invocations:
                self._own -= request_ids
        return gone

    def _after(self, chosen: Sequence[PastInvocation], gone: Forgotten) -> None:
        request_ids = frozenset(past.request_id for past in chosen)
        known = filter(None, map(self._session.history.forget, request_ids))
        what = "The invocation is" if gone.invocations == 1 else f"{gone.invocations:,} invocations are"
        told = f"{what} forgotten: event, result and log are deleted from the journal."
        if gone.undo:
            self._page.toast.show_undo(told, self._on_undo, settled=self._on_settled)  # first: the one before lets go of its own
            self._held = _Held(gone.undo, list(known))
            self._holding.start()
        else:
            self.told.emit(told)
        self.forgotten.emit(request_ids)

    # --- the toast

    def _on_undo(self) -> None:
        held = self._let_go()
        if held is not None:
            self._spawn(self._restore(held))

    def _on_settled(self) -> None:
        held = self._let_go()
        if held is not None:
            self._spawn(self._settle(held.token))

    def _on_holding(self) -> None:
        if self._held is not None:
            self._spawn(self._hold(self._held.token))

    def _let_go(self) -> _Held | None:
        self._holding.stop()
        held, self._held = self._held, None
        return held

    async def _restore(self, held: _Held) -> None:
        back = await self._link.client.history.undo_forgotten(held.token)
        self._session.history.put_back(held.invocations)
        self.restored.emit()
        self.told.emit("The invocation is back." if back.invocations == 1 else f"{back.invocations:,} invocations are back.")

    async def _settle(self, token: str) -> None:
        with contextlib.suppress(WorkbenchError):  # an engine that is gone has let go of it
            await self._link.client.history.settle_forgotten(token)

    async def _hold(self, token: str) -> None:
        with contextlib.suppress(WorkbenchError):  # Undo will say that it is too late
            await self._link.client.history.hold_forgotten(token)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn("forget invocations", self._told_failures(work))

    async def _told_failures(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except WorkbenchError as error:
            self.failed.emit(error)
