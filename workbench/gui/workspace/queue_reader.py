"""What the engine has in its asynchronous queue, read again whenever the stream says that something of it changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.gui.link.engine_link import EngineLink
from workbench.gui.link.link_state import LinkState
from workbench.gui.link.repeated_question import RepeatedQuestion
from workbench.model.failures import WorkbenchError
from workbench.state.hidden_values import HiddenValues
from workbench.state.queue_rows import PART, QueueRow, QueueRows, Shown
from workbench.state.queued_life import QueuedLife, fold_life
from workbench.state.session import Topic

if TYPE_CHECKING:
    from workbench.client.api import EngineClient

SEEN_MS, UNSEEN_MS = 100, 1_000
"""How long to wait for further changes before the queue is read again, while somebody looks at it and while nobody does."""
PAUSES = 4
"""How many times as long as the last answer took the engine is left alone: a queue of 100,000 takes it some time to count."""
MOST_ENDED = 200


class QueueReader(QObject):
    """Reads only what can be seen: a part of the list, and the life of the chosen event. Runs on the window's loop.

    Signals: `changed()` with `rows`; `life_changed()` with `life` and `payload`, those of the event `chosen` (0: none);
    `chosen_changed()`.
    """

    changed = Signal()
    life_changed = Signal()
    chosen_changed = Signal()

    def __init__(
        self, link: EngineLink, hidden: HiddenValues, report: Callable[[BaseException], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._link = link
        self.hidden = hidden
        """What nobody is to see now of what was read."""
        self._question = RepeatedQuestion("asynchronous queue", link, self._ask, report)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self.ask)
        self._is_seen = False
        self._seen = (0, 0)
        self._awaited = ""
        self._took_ms = 0
        self._request_id = ""
        self._payload_of: object = None
        self.rows = QueueRows()
        self.function_name = ""
        self.chosen = 0
        self.life: QueuedLife | None = None
        self.payload = ""
        link.state_changed.connect(self._on_link_state)
        link.topics_changed.connect(self._on_topics)

    @property
    def is_held(self) -> bool:
        """Whether the clock is held that counts for what is shown."""
        clock = self.rows.clock_of(self.function_name)
        return clock is not None and clock.is_held

    def ask(self) -> None:
        """Read the queue now."""
        self._question.ask()

    def look(self, is_seen: bool) -> None:
        """Begin or end to read the list: somebody looks at it, or nobody does."""
        self._is_seen = is_seen
        if is_seen:
            self.ask()

    def look_at(self, first: int, last: int) -> None:
        """Have the part of the list with these rows."""
        self._seen = (first, last)
        self.ask()

    def show_function(self, name: str) -> None:
        """Show the events of one function, "" for all."""
        self.function_name, self._seen = name, (0, 0)
        self.ask()

    def show_only(self, shown: Shown) -> None:
        """Show all events, those in the queue, or those that ended."""
        self.rows.shown, self._seen = shown, (0, 0)
        self.changed.emit()
        self.ask()

    def choose(self, event_id: int, request_id: str) -> None:
        """Read the life of an event, too."""
        if event_id != self.chosen:
            self.life, self.payload, self._payload_of = None, "", None
        self.chosen, self._request_id, self._awaited = event_id, request_id, ""
        self.ask()

    def choose_request(self, request_id: str) -> None:
        """Choose the event of a request as soon as it is there."""
        self._awaited = request_id
        self.ask()

    async def close(self) -> None:
        """Cancel the request in progress, and begin no other."""
        self._pause.stop()
        await self._question.close()

    async def _ask(self) -> None:
        try:
            client = self._link.client
            await self._read(client)
            if self._is_seen and self.chosen:
                await self._read_life(client, self.chosen)
        except WorkbenchError:  # the engine is gone, which the status line says; it is asked again once there is one
            return

    async def _read(self, client: EngineClient) -> None:
        function, offset, is_listed = self.function_name, self.rows.part_for(*self._seen), self._is_seen
        limit, ended = (PART, MOST_ENDED) if is_listed else (0, 0)
        began_s = time.monotonic()
        info = await client.queue.info(function, limit=limit, offset=offset, ended=ended)
        self._took_ms = round((time.monotonic() - began_s) * 1_000)
        if function != self.function_name:  # another one was chosen meanwhile, and is asked for next
            return
        if is_listed:
            self.rows.take(info, offset, time.monotonic())
        else:
            self.rows.take_counts(info, time.monotonic())
        awaited = self.rows.find(self._awaited) if self._awaited else None
        if awaited is not None:
            self.chosen, self._request_id, self._awaited = awaited.event_id, awaited.request_id, ""
            self.chosen_changed.emit()
        self.changed.emit()

    async def _read_life(self, client: EngineClient, chosen: int) -> None:
        life = fold_life(await client.events(request_id=self._request_id), chosen)
        payload = await self._read_payload(client, chosen)
        if chosen == self.chosen:
            self.life, self.payload = life, payload
            self.life_changed.emit()

    async def _read_payload(self, client: EngineClient, chosen: int) -> str:
        """The whole payload, read again only if it was edited; of an event that nobody has any more, what was read before."""
        position = self.rows.position(chosen)
        row: QueueRow | None = self.rows.row(position) if position >= 0 else None
        known = None if row is None else (chosen, row.payload, row.payload_bytes)
        if known is None or known == self._payload_of:
            return self.payload
        payload = (await client.queue.payload(chosen)).decode("utf-8", "replace")
        self._payload_of = known
        return payload

    def _on_link_state(self, state: LinkState) -> None:
        if state.phase == "running":
            self.ask()

    def _on_topics(self, topics: set[Topic]) -> None:
        if topics & {Topic.QUEUE, Topic.QUEUED} and not self._pause.isActive():
            self._pause.start(max(SEEN_MS if self._is_seen else UNSEEN_MS, PAUSES * self._took_ms))
