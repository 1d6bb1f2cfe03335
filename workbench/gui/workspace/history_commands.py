"""What people do with past invocations: look, compare, replay, star, name, copy, export, forget."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.forgetting import Forgetting
from workbench.gui.workspace.history_files import HistoryFiles
from workbench.gui.workspace.history_recall import recalled
from workbench.gui.workspace.replays import Replays
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.model.past_invocations import Mark, PastInvocation, Retention
from workbench.state.copied_calls import FORMS, Call
from workbench.state.session import Session

if TYPE_CHECKING:
    from workbench.gui.panels.history.details_window import DetailsWindow
    from workbench.gui.panels.history.history_panel import HistoryPanel
    from workbench.gui.panels.history.pair_window import PairWindow
    from workbench.gui.workspace.history_reader import HistoryReader

Chosen = Sequence[PastInvocation]


class HistoryCommands(QObject):
    """Runs on the window's loop. Dialogs and windows are imported when first needed.

    Signals: `recalled(str request_id)` when an older invocation can be shown; `event_wanted(str suggestion, bytes content)` to
    save an event; `failed(WorkbenchError)`; `told(str)`. `forgetting` says when invocations are gone, or back.
    """

    recalled = Signal(str)
    event_wanted = Signal(str, bytes)
    failed = Signal(object)
    told = Signal(str)

    def __init__(
        self, link: EngineLink, session: Session, page: WorkspacePage, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(page)
        self._link, self._session, self._page, self._appearance = link, session, page, appearance
        self._report, self._tasks = report, Tasks(report)
        self._reader: HistoryReader | None = None
        self.files = HistoryFiles(link, session, page, appearance)
        self.replays = Replays(link, session)
        self.forgetting = Forgetting(link, session, page, report)
        link.past_changed.connect(self._on_past_changed)
        self.replays.begun.connect(self.recalled)
        self.files.told.connect(self.told)
        self.forgetting.forgotten.connect(self._on_forgotten)
        self.forgetting.restored.connect(self._refresh)
        self.forgetting.failed.connect(self.failed)
        self.forgetting.told.connect(self.told)

    def follow(self, panel: HistoryPanel) -> None:
        """Fill the panel, once it is made, and carry out what is asked for there."""
        from workbench.gui.workspace.history_reader import HistoryReader

        self._reader = HistoryReader(self._link, panel, self._report)
        panel.action_requested.connect(self.carry_out)

    async def close(self) -> None:
        """End what is in progress."""
        await self.forgetting.close()
        await self._tasks.cancel()
        if self._reader is not None:
            await self._reader.close()

    def _refresh(self) -> None:
        if self._reader is not None:
            self._reader.read_again()

    def carry_out(self, name: str, chosen: Chosen) -> None:
        """Carry out an action of the history on the chosen invocations."""
        kind, _, form = name.partition(".")
        if kind == "copy":
            self._spawn(name, self._copy(chosen[0], form))
            return
        actions: dict[str, Callable[[Chosen], object]] = {
            "details": self._show_details, "compare": self._compare, "replay": self._replay, "event": self._save_event,
            "star": self._star, "name": self._ask_name, "export": self._export, "open": self._open,
            "forget": self.forgetting.forget, "retention": self._ask_retention}
        actions[kind](chosen)

    def recall(self, past: PastInvocation) -> None:
        """Have an older invocation at hand, and say so with `recalled`."""
        self._spawn("recall an invocation", self._recall(past))

    # --- looking

    def _show_details(self, chosen: Chosen) -> None:
        from workbench.gui.panels.history.details_window import DetailsWindow

        window = self._appearance.dress(DetailsWindow(
            chosen[0], self._page, seen=self._session.hidden.invocation))
        window.show()
        self._spawn("details of an invocation", self._fill(window, chosen[0]))

    def _compare(self, chosen: Chosen) -> None:
        self._spawn("compare invocations", self._show_comparison(chosen[1], chosen[0]))

    async def _show_comparison(self, left: PastInvocation, right: PastInvocation) -> None:
        from workbench.gui.panels.history.pair_window import PairWindow, Side
        from workbench.gui.panels.history.readable import differences_of

        sides = []
        for past in (left, right):
            found = await recalled(self._link, self._session, past)
            sides.append(Side(past, found.invocation, await self._link.client.history.deployed(past.seq)))
        seen = self._session.hidden.invocation
        differences = await asyncio.to_thread(differences_of, *(seen(side.invocation) for side in sides))
        window = self._appearance.dress(PairWindow(sides[0], sides[1], differences, self._page, seen=seen))
        window.show()

    async def _fill(self, window: DetailsWindow, past: PastInvocation) -> None:
        from shiboken6 import isValid

        from workbench.gui.panels.history.readable import texts_of

        found = await recalled(self._link, self._session, past)
        deployed = await self._link.client.history.deployed(past.seq)
        texts = await asyncio.to_thread(texts_of, self._session.hidden.invocation(found.invocation))
        if isValid(window):  # it deletes itself when it is closed, which a person may do meanwhile
            window.show_invocation(found.invocation, texts, deployed)

    async def _recall(self, past: PastInvocation) -> None:
        found = await recalled(self._link, self._session, past)
        if self._session.history.get(past.request_id) is None:
            self._session.history.recall(found.invocation)
        self.recalled.emit(past.request_id)

    # --- using again

    def _replay(self, chosen: Chosen) -> None:
        self._spawn("replay", self._replay_all(chosen))

    async def _replay_all(self, chosen: Chosen) -> None:
        self.told.emit(await self.replays.replay(list(reversed(chosen))))

    def _save_event(self, chosen: Chosen) -> None:
        self._spawn("event of an invocation", self._want_event(chosen[0]))

    async def _want_event(self, past: PastInvocation) -> None:
        content = await self.replays.event_of(past)
        self.event_wanted.emit(past.name or f"{past.function_name}/{past.request_id[:8]}", content.encode())

    async def _copy(self, past: PastInvocation, form: str) -> None:
        event = await self.replays.event_of(past)
        health = self._link.health
        assert health is not None  # there is a client
        call = Call(url=self._link.client.connection.url, region=health.settings.region, function_name=past.function_name,
                    event=event, qualifier=past.alias or past.version)
        QApplication.clipboard().setText(self._session.hidden.text(FORMS[form](call)))
        self.told.emit(f"The invocation was copied as {form}.")

    # --- marks

    def _star(self, chosen: Chosen) -> None:
        is_starred = not all(past.is_starred for past in chosen)
        self._spawn("star", self._mark(chosen, Mark(is_starred=is_starred)))

    def _ask_name(self, chosen: Chosen) -> None:
        from workbench.gui.dialogs.history_dialogs import NameDialog

        dialog = NameDialog(chosen[0].name, self._page)
        dialog.chosen.connect(partial(self._name, chosen[0]))
        dialog.open()

    def _name(self, past: PastInvocation, name: str) -> None:
        self._spawn("name", self._mark([past], Mark(name=name)))
        self._page.toast.show_undo(
            f"The invocation is called {name}." if name else "The invocation has no name now.",
            partial(self._spawn_mark, [past], Mark(name=past.name)))

    def _spawn_mark(self, chosen: Chosen, mark: Mark) -> None:
        self._spawn("mark", self._mark(chosen, mark))

    async def _mark(self, chosen: Chosen, mark: Mark) -> None:
        await self._link.client.history.mark([past.seq for past in chosen], mark)
        self._refresh()

    # --- files

    def _export(self, chosen: Chosen) -> None:
        self.files.ask_export(chosen[0], lambda path: self._spawn("export", self.files.export(chosen[0], path)))

    def _open(self, _: Chosen) -> None:
        self.files.ask_open(lambda path: self._spawn("open an invocation", self.files.open(path)))

    # --- forgetting

    def _on_past_changed(self, change: Mapping[str, Any]) -> None:
        """Follow what another window or a command did."""
        if "forgotten" in change:
            shown = [request_id for window in self._windows() for request_id in window.request_ids]
            self.forgetting.take_forgotten(frozenset(change["forgotten"]), shown)
        elif "restored" in change:
            self.forgetting.restored.emit()
        else:
            self._refresh()

    def _on_forgotten(self, request_ids: frozenset[str]) -> None:
        """Show nothing of what is gone any more."""
        for window in self._windows():
            if window.request_ids & request_ids:
                window.close()
        self._refresh()

    def _windows(self) -> list[DetailsWindow | PairWindow]:
        from workbench.gui.panels.history.details_window import DetailsWindow
        from workbench.gui.panels.history.pair_window import PairWindow

        return [*self._page.findChildren(DetailsWindow), *self._page.findChildren(PairWindow)]

    def _ask_retention(self, _: Chosen) -> None:
        self._spawn("retention", self._show_retention())

    async def _show_retention(self) -> None:
        from workbench.gui.dialogs.history_dialogs import RetentionDialog

        dialog = RetentionDialog(await self._link.client.history.retention(), self._page)
        dialog.chosen.connect(self._on_retention)
        dialog.open()

    def _on_retention(self, retention: Retention) -> None:
        self._spawn("change retention", self._change_retention(retention))

    async def _change_retention(self, retention: Retention) -> None:
        await self._link.client.history.change_retention(retention)
        self._refresh()
        self.told.emit(f"History is kept for {retention.days:,} days, and {retention.megabytes:,} MB of it.")

    def _spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.spawn(name, self._told_failures(work))

    async def _told_failures(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except WorkbenchError as error:
            self.failed.emit(error)
