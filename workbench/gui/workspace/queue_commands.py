"""The person's hand on the queue: its clocks, and single events. The engine does it; the stream tells what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from workbench.gui.application.tasks import Tasks
from workbench.gui.link.engine_link import EngineLink
from workbench.gui.look.appearance import Appearance
from workbench.gui.workspace.queue_reader import QueueReader
from workbench.gui.workspace.workspace_page import WorkspacePage
from workbench.model.failures import WorkbenchError
from workbench.model.queue import EndedEventInfo
from workbench.state.queue_rows import QueueRow

if TYPE_CHECKING:
    from workbench.client.queue import QueueCalls
    from workbench.gui.dialogs.engine_dialog import EngineDialog
    from workbench.gui.dialogs.queue_dialogs import EditedEvent


class QueueCommands(QObject):
    """Acts on what `reader` shows: the clock and the events of its function, or of all. Runs on the window's loop.

    Signals: `failed(WorkbenchError)`; `moving_changed()` with `is_moving`, whether a clock is being moved.
    """

    failed = Signal(object)
    moving_changed = Signal()

    def __init__(
        self, link: EngineLink, reader: QueueReader, page: WorkspacePage, appearance: Appearance,
        report: Callable[[BaseException], None],
    ) -> None:
        super().__init__(page)
        self._link = link
        self._reader = reader
        self._page = page
        self._appearance = appearance
        self._tasks = Tasks(report)
        self._is_stopping = False
        self.is_moving = False

    async def close(self) -> None:
        """Stop waiting for answers. What the engine was asked for is done all the same."""
        await self._tasks.cancel()

    # --- the clock

    def toggle_hold(self) -> None:
        """Hold the clock, or let it go on."""
        function = self._reader.function_name
        if self._reader.is_held:
            self._do(lambda queue: queue.resume(function))
        else:
            self._do(lambda queue: queue.hold(function))

    def run_older(self) -> None:
        """Try what was older than an hour when the engine started."""
        function = self._reader.function_name
        self._do(lambda queue: queue.resume(function))

    def step(self) -> None:
        """Try the next thing that is due under the held clock."""
        function = self._reader.function_name
        self._move(lambda queue: queue.step(function))

    def forward(self, seconds: int) -> None:
        """Move the clock forward."""
        function = self._reader.function_name
        self._move(lambda queue: queue.forward(function, seconds))

    def to_the_end(self) -> None:
        """Step until nothing waits, or, while that is being done, stop it."""
        if self.is_moving:
            self._is_stopping = True
        else:
            self._move(partial(self._step_on, self._reader.function_name))

    # --- events

    def retry(self, row: QueueRow) -> None:
        """Try an event now."""
        self._do(lambda queue: queue.retry(row.event_id))

    def drop(self, row: QueueRow) -> None:
        """Drop an event. It can be sent again."""
        self._do(partial(self._drop, row))

    def drop_all(self) -> None:
        """Drop everything that is shown of the queue, after a question: there may be too much to keep it."""
        from workbench.gui.dialogs.queue_dialogs import ConfirmDialog

        function, waiting = self._reader.function_name, self._reader.rows.info.waiting
        whose = f" of {function}" if function else ""
        dialog = ConfirmDialog("Drop all events", drop_text(waiting, whose), "Drop all", self._page)
        self._ask(dialog, lambda _: lambda queue: queue.drop_all(function))

    def edit(self, row: QueueRow) -> None:
        """Show an event's payload in an editor, and send what it becomes."""
        self._do(partial(self._open, row))

    def send_again(self, row: QueueRow) -> None:
        """Send an event that has ended again."""
        self._do(partial(self._send_again, row, None))

    # --- inside

    async def _open(self, row: QueueRow, queue: QueueCalls) -> None:
        from workbench.gui.dialogs.queue_dialogs import EditEventDialog

        payload = (await queue.payload(row.event_id)).decode("utf-8", "replace")
        has_ended = isinstance(row, EndedEventInfo)
        dialog = EditEventDialog(row.event_id, payload, self._appearance.theme, self._page, has_ended=has_ended)
        self._ask(dialog, partial(_edition, self._send_again, row))

    async def _drop(self, row: QueueRow, queue: QueueCalls) -> None:
        await queue.drop(row.event_id)
        self._page.toast.show_undo(
            f"Event {row.event_id} of {row.function_name} was dropped. Undo sends it again, as a new event.",
            partial(self.send_again, row))

    async def _send_again(self, row: QueueRow, payload: bytes | None, queue: QueueCalls) -> None:
        self._reader.choose_request(await queue.send_ended_again(row.event_id, payload))

    async def _step_on(self, function: str, queue: QueueCalls) -> None:
        """Step after step, so that each can be seen, and the last one ends it."""
        while not self._is_stopping:
            move = await queue.step(function)
            self._reader.ask()
            if not move.tried or move.queue.waiting <= move.queue.asked:
                return

    def _ask(self, dialog: EngineDialog, act: Callable[[object], Callable[[QueueCalls], Awaitable[object]]]) -> None:
        def answer(chosen: object) -> None:
            self._tasks.spawn("the answer of a dialog", self._done(act(chosen), dialog))

        dialog.chosen.connect(answer)
        dialog.open()  # not exec(): a nested event loop would run asyncio's callbacks inside this one

    def _move(self, call: Callable[[QueueCalls], Awaitable[object]]) -> None:
        if not self.is_moving:
            self._tasks.spawn("move the queue's clock", self._moved(call))

    async def _moved(self, call: Callable[[QueueCalls], Awaitable[object]]) -> None:
        self._set_moving(True)
        try:
            await self._done(call)
        finally:
            self._set_moving(False)

    def _set_moving(self, is_moving: bool) -> None:
        self.is_moving, self._is_stopping = is_moving, False
        self.moving_changed.emit()

    def _do(self, call: Callable[[QueueCalls], Awaitable[object]]) -> None:
        self._tasks.spawn("change the queue", self._done(call))

    async def _done(self, call: Callable[[QueueCalls], Awaitable[object]], dialog: EngineDialog | None = None) -> None:
        """Have the engine do something, and tell why it could not be done: in its dialog if that is still there."""
        try:
            await call(self._link.client.queue)
        except WorkbenchError as error:
            if dialog is not None and isValid(dialog):  # a person may close it meanwhile
                dialog.show_refusal(f"{error.message}\n{error.hint}".strip())
            else:
                self.failed.emit(error)
        else:
            if dialog is not None and isValid(dialog):
                dialog.close_done()
        self._reader.ask()


def drop_text(waiting: int, whose: str = "") -> str:
    """Return what dropping all events means."""
    told = (f"1 event{whose} will be removed from the queue. It is not run and goes nowhere" if waiting == 1 else
            f"{waiting:,} events{whose} will be removed from the queue. They are not run and go nowhere")
    return f"{told}, and this cannot be undone."


SendAgain = Callable[[QueueRow, bytes, "QueueCalls"], Awaitable[object]]


def _edition(send_again: SendAgain, row: QueueRow, chosen: EditedEvent) -> Callable[[QueueCalls], Awaitable[object]]:
    """Return what carries out the answer of the dialog."""
    if isinstance(row, EndedEventInfo):
        return lambda queue: send_again(row, chosen.payload, queue)
    return lambda queue: queue.edit(row.event_id, chosen.payload, send_again=chosen.begins_anew)
