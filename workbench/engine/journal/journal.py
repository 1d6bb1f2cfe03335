"""The store of the stream: SQLite in WAL mode, written in batches and read by one thread; under load, by a process of its own.

One engine at a time has the file (an exclusive lock, which a crash releases); a second one keeps its events in memory. A crash of
the engine loses at most the last `FLUSH_INTERVAL_S` of events; nothing that a person saved is kept here.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbench.background import submit
from workbench.engine.journal.contents import Contents
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.packed import PACK_ENTRIES, Packed, pack
from workbench.engine.journal.removed import Removed
from workbench.engine.journal.rows import MOST_READ_BYTES, NEWEST, ROW_BYTES, Row
from workbench.engine.journal.store import JournalStore
from workbench.engine.journal.traffic import Traffic
from workbench.engine.journal.unmade import Entry
from workbench.engine.journal.whole_events import MOST_EVENT_BYTES, WholeEvent
from workbench.model.failures import EngineError
from workbench.model.past_invocations import Retention

if TYPE_CHECKING:
    from workbench.engine.journal.moved_store import MovedStore

FLUSH_INTERVAL_S = 0.2
"""How long events wait for a batch, in seconds. Larger batches cost less per event. A read first writes what is pending, so it
never misses an event."""
FLUSH_BYTES = 1 << 20
"""A batch of this size is written at once, before FLUSH_INTERVAL_S is over."""
RETRY_S = 1.0
"""How long what could not be written waits for the next attempt, in seconds, if nothing else happens meanwhile."""
MOST_WAITING_BYTES = 16 << 20
"""Writers of log lines pause while more than this waits for the disk."""
MOST_WAITING_EVENT_BYTES = 64 << 20
"""As much of long events waits for the disk; of others only what the stream tells is kept."""

T = TypeVar("T")


class Journal:
    """Append-only store of events. Call its methods on the engine's loop; all disk work happens in one thread.

    The single thread is also the order: whatever is asked of it runs after everything that was appended before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: JournalStore | MovedStore = JournalStore(path)
        self._traffic = Traffic()
        self._pending: list[Entry] = []
        self._packs: list[bytes] = []
        self._pending_events: list[WholeEvent] = []
        self._pending_bytes = self._appended_bytes = self._given_event_bytes = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._timer: asyncio.TimerHandle | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._is_open = self._is_closed = False

    @property
    def problem(self) -> str:
        """A sentence while writing fails (disk full), "" otherwise; events then wait in memory, and only followers see them."""
        return self._store.problem

    @property
    def is_taken(self) -> bool:
        """Whether another engine of this workspace has the file; this one's events are kept in memory."""
        return self._store.is_taken

    @property
    def limit_bytes(self) -> int:
        """The size above which the oldest events are deleted."""
        return self._store.kept_bytes

    @property
    def process_id(self) -> int:
        """The process that keeps the file under load; 0 while this one does."""
        return self._store.pid

    def size_bytes(self) -> int:
        """Return the size of the file and of what is about to be merged into it, 0 if the events are kept in memory. Blocks."""
        return 0 if self.is_taken else sum(map(_size, (self._path, self._path.with_name(f"{self._path.name}-wal"))))

    async def open(self) -> int:
        """Open or create the file and return the last sequence number. A file that is no journal is set aside, see `problem`."""
        self._is_open = True
        assert isinstance(self._store, JournalStore)
        return await self._in_thread(self._store.open)

    def append(self, entry: Entry) -> None:
        """Keep an entry; it is on disk within FLUSH_INTERVAL_S. What comes after `close` (a thread's last words) is dropped."""
        if self._is_closed:
            return
        self._pending.append(entry)
        self._pending_bytes += len(entry[3]) + ROW_BYTES
        if len(self._pending) >= PACK_ENTRIES and self._store.pid:
            self._packs.append(pack(self._pending))
            self._pending = []
        if self._pending_bytes > FLUSH_BYTES:
            self._write_pending()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_INTERVAL_S, self._flush_soon)

    def append_event(self, seq: int, event: bytes) -> None:
        """Keep the whole event of the invocation with this first event; given up where the disk is far behind, or full."""
        if self._is_closed or len(event) > MOST_EVENT_BYTES:
            return
        if self._given_event_bytes - self._store.settled_event_bytes > MOST_WAITING_EVENT_BYTES:
            return
        self._given_event_bytes += len(event)
        self._pending_events.append((seq, event))  # whoever tells of the event has rows written, too
        if sum(len(event) for _, event in self._pending_events) > FLUSH_BYTES:
            self._write_pending()

    @property
    def is_behind(self) -> bool:
        """Whether writers should pause because too much waits for the disk.

        False while writing fails: a full disk must not stop functions.
        """
        return self._appended_bytes - self._store.written_bytes > MOST_WAITING_BYTES and not self.problem

    async def written(self) -> None:
        """Return when everything appended so far is on disk."""
        self._write_pending()
        await self._in_thread(lambda: None)

    async def read(self, since: int, limit: int, until: int = NEWEST, most_bytes: int = MOST_READ_BYTES) -> list[Row]:
        """Return rows with seq above `since`, up to and including `until`, in order; fewer if they exceed `most_bytes`."""
        return await self.look(partial(_between, since=since, until=until, limit=limit, most_bytes=most_bytes), [])

    async def of_request(self, request_id: str) -> list[Row]:
        """Return all rows of one invocation in order; of very many log lines only the first and the last."""
        return await self.look(partial(_of_request, request_id=request_id), [])

    async def of_environment(self, environment_id: str, until: int) -> list[Row]:
        """Return the rows of an environment that belong to no invocation (its INIT), up to a sequence number."""
        return await self.look(partial(_of_environment, environment_id=environment_id, until=until), [])

    async def look(self, look: Callable[[Contents, InvocationIndex], T], otherwise: T) -> T:
        """Return what `look` finds, which is called in the journal's thread; `otherwise` if the file cannot be read.

        It should take a moment only: what was appended meanwhile waits for it. It is a function of a module or a `partial` of
        one, and so are its arguments and what it returns values: under load, another process calls it.
        """
        self._write_pending()
        return await self._in_thread(lambda: self._store.read(look, otherwise))

    async def forget(self, seqs: Sequence[int], removed: Removed | None = None) -> int:
        """Delete invocations by the numbers of their first events, with all that they left. Return how many they were.

        `removed` takes what is deleted. Raises EngineError if the file cannot be written, TooMuch if that cannot take it.
        """
        self._write_pending()
        return await self._changing(lambda: self._store.forget(seqs, removed))

    async def restore(self, removed: Removed) -> int:
        """Put back what was deleted. Return how many invocations they were. Raises EngineError if the file cannot be written."""
        self._write_pending()
        return await self._changing(lambda: self._store.restore(removed))

    async def change(self, change: Callable[[InvocationIndex], T]) -> T:
        """Change what the file says beside events; `change` is as `look` is. Raises EngineError if it cannot be written."""
        self._write_pending()
        return await self._changing(lambda: self._store.change(change))

    async def keep(self, retention: Retention) -> None:
        """Keep history so long and so much from now on; what is older is deleted by `prune` and with what is written."""
        await self._in_thread(lambda: self._store.keep(retention))

    async def settle(self) -> None:
        """Have the file kept by this process again, if another one does and there is little to write. Call it regularly."""
        if self.process_id:
            await self._in_thread(self._come_back)

    async def prune(self) -> None:
        """Delete what is too old or too much, a little at a time. Raises EngineError if the file cannot be written."""
        self._write_pending()
        while not await self._changing(lambda: self._store.prune()):
            pass

    async def _changing(self, change: Callable[[], T]) -> T:
        try:
            return await self._in_thread(change)
        except sqlite3.Error as error:
            raise EngineError(f"History cannot be changed: {error}.", "Look whether the disk is full, and try again.") from error

    async def shrink(self) -> None:
        """Free the pages of the file that SQLite caches; they are read again when needed."""
        await self._in_thread(lambda: self._store.shrink())

    async def lost_environments(self) -> list[bytes]:
        """Return the `sandbox.creating` events of environments that a crashed engine left without an end.

        An engine that ends normally leaves none.
        """
        return await self._in_thread(lambda: self._store.lost())

    async def close(self) -> None:
        """Write what is pending and close the file. Does nothing if it is not open."""
        if not self._is_open:
            return
        self._is_open = False
        for timer in filter(None, (self._timer, self._retry)):
            timer.cancel()
        self._write_pending()
        self._is_closed = True
        await self._in_thread(lambda: self._store.close())
        self._executor.shutdown()

    def _take(self) -> tuple[Sequence[Entry], int]:
        """Return what was appended, and its size."""
        entries, self._pending = self._pending, []
        packs, self._packs = self._packs, []
        size_bytes, self._pending_bytes = self._pending_bytes, 0
        self._appended_bytes += size_bytes
        return Packed(packs, entries) if packs else entries, size_bytes

    def _flush_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()  # where `_write_again` comes before it, nobody would know of it any more at the end
        self._timer = None
        self._write_pending()
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._write_again)

    def _write_again(self) -> None:
        """Write what could not be written, until it can be: a disk has room again without any event that would tell."""
        self._retry = None
        if self._appended_bytes > self._store.written_bytes:
            self._flush_soon()

    def _write_pending(self) -> None:
        """Write in the one thread, and so before whatever is asked of it next.

        Never awaited: a reader that is cancelled would otherwise take the rows it was about to write with it.
        """
        events, self._pending_events = self._pending_events, []
        submit(self._executor, "Writing the journal", self._write, *self._take(), events)

    def _write(self, entries: Sequence[Entry], size_bytes: int, events: list[WholeEvent]) -> None:
        """Write entries and long events; in the one thread. With much to write, it soon is another process that does."""
        self._traffic.note(size_bytes)
        if not self._store.pid:
            self._store = self._store.back()  # of a process that has ended by itself
            if self._traffic.is_much and not self._is_closed:
                self._move(self._store)
        self._store.write(entries, events)

    def _move(self, store: JournalStore | MovedStore) -> None:
        from workbench.engine.journal.moved_store import moved  # few engines ever have so much to write

        assert isinstance(store, JournalStore)
        self._traffic.begin()  # where it cannot be, it is tried again after a while
        self._store = moved(store)

    def _come_back(self) -> None:
        if self._traffic.is_little:
            self._store = self._store.back()

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)


def _between(contents: Contents, _: InvocationIndex, *, since: int, until: int, limit: int, most_bytes: int) -> list[Row]:
    return contents.between(since, until, limit, most_bytes)


def _of_request(contents: Contents, _: InvocationIndex, *, request_id: str) -> list[Row]:
    return contents.of_request(request_id)


def _of_environment(contents: Contents, _: InvocationIndex, *, environment_id: str, until: int) -> list[Row]:
    return contents.of_environment(environment_id, until)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
