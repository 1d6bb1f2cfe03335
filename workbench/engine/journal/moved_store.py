"""The engine's side of a journal whose file is kept by a process of its own, see `moved_program`.

Under a load of invocations, the journal's thread would hold Python's global lock whenever the engine's loop has to wait for
nothing: of 2,740 warm invocations a second, 2,160 were left, and one in a hundred took 13 ms instead of 8.

The process is asked one thing after the other, so that the order stays that of the journal's thread. If it ends by itself, the
file comes back to this process, and what it was asked last is done here.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, TypeAlias, TypeVar, cast

import msgspec

from workbench.engine.journal.contents import Contents
from workbench.engine.journal.index import InvocationIndex
from workbench.engine.journal.removed import Removed
from workbench.engine.journal.store import GAP, HandedOver, JournalStore
from workbench.engine.journal.unmade import Entry
from workbench.engine.journal.whole_events import WholeEvent
from workbench.model.past_invocations import Retention

LENGTH_BYTES = 8
END_LIMIT_S = 10.0
"""How long the process may take to end once its file is closed."""
_MODULE = "workbench.engine.journal.moved_program"

T = TypeVar("T")
Status: TypeAlias = tuple[str, bool, int, int, int]
"""`problem`, `is_taken`, `written_bytes`, `settled_event_bytes` and `kept_bytes` of a store."""


class MovedStore:
    """Has the methods of JournalStore, for the same thread. What it says of itself is as of the last answer."""

    def __init__(self, process: subprocess.Popen[bytes], store: JournalStore, handed: HandedOver) -> None:
        """`store` has handed over its file. Raises OSError if the process does not take it."""
        self._process: subprocess.Popen[bytes] | None = process
        self._home = store
        self._handed = handed
        self._note(status_of(store))
        self._told(store.path, handed)

    @property
    def pid(self) -> int:
        """The number of the process; 0 when it has ended."""
        return self._process.pid if self._process is not None else 0

    def write(self, entries: Sequence[Entry], events: Sequence[WholeEvent] = ()) -> None:
        """See JournalStore."""
        self._ask("write", entries, events)

    def read(self, look: Callable[[Contents, InvocationIndex], T], otherwise: T) -> T:
        """See JournalStore. `look` is a function of a module, or a `partial` of one, so that another process can call it."""
        return cast("T", self._ask("read", look, otherwise))

    def change(self, change: Callable[[InvocationIndex], T]) -> T:
        """See JournalStore; `change` is as `look` is."""
        return cast("T", self._ask("change", change))

    def forget(self, seqs: Sequence[int], removed: Removed | None = None) -> int:
        """See JournalStore."""
        count, taken = self._ask("forgotten", seqs, removed)
        if removed is not None:
            removed.take_over(taken)
        return cast("int", count)

    def restore(self, removed: Removed) -> int:
        """See JournalStore."""
        return cast("int", self._ask("restore", removed))

    def keep(self, retention: Retention) -> None:
        """See JournalStore."""
        self._handed = msgspec.structs.replace(self._handed, retention=retention)
        self._ask("keep", retention)

    def prune(self) -> bool:
        """See JournalStore."""
        return bool(self._ask("prune"))

    def lost(self) -> list[bytes]:
        """See JournalStore."""
        return cast("list[bytes]", self._ask("lost"))

    def shrink(self) -> None:
        """See JournalStore."""
        self._ask("shrink")

    def close(self) -> None:
        """Close the file and end the process."""
        self._ask("close")
        self._end()

    def back(self) -> JournalStore | MovedStore:
        """Take the file back and end the process. Return who has it: the process, where something could not be written yet."""
        if self._process is None:
            return self._home
        try:
            handed = self._told("hand_over")
        except (EOFError, OSError):
            self._take_what_is_left()
            return self._home
        if handed is None:
            return self
        self._take_back(handed)
        return self._home

    def _ask(self, name: str, *arguments: object) -> Any:
        if self._process is None:
            return self._done_here(name, *arguments)
        try:
            return self._told(name, *arguments)
        except (EOFError, OSError):
            self._take_what_is_left()
        if name == "write":  # perhaps it was, and only nobody said so
            entries, events = cast("tuple[Sequence[Entry], Sequence[WholeEvent]]", arguments)
            last_seq = self._home.last_seq()
            arguments = [entry for entry in entries if entry[0] > last_seq], events
        return self._done_here(name, *arguments)

    def _told(self, *message: object) -> Any:
        """Ask the process. Raises EOFError or OSError if it has ended, and what it raised itself."""
        assert self._process is not None
        write_message(cast("BinaryIO", self._process.stdin), message)
        is_answer, answer, status = read_message(cast("BinaryIO", self._process.stdout))
        self._note(status)
        if not is_answer:
            raise answer
        return answer

    def _done_here(self, name: str, *arguments: object) -> Any:
        answer = getattr(self._home, name)(*arguments)
        self._note(status_of(self._home))
        return answer

    def _note(self, status: Status) -> None:
        self.problem, self.is_taken, self.written_bytes, self.settled_event_bytes, self.kept_bytes = status

    def _take_what_is_left(self) -> None:
        """Open the file here after the process has ended by itself. What it could not write is gone with it."""
        opening = GAP if self.problem else self._handed.opening
        self._take_back(msgspec.structs.replace(
            self._handed, opening=opening, written_bytes=self.written_bytes, settled_event_bytes=self.settled_event_bytes),
            is_lost=True)

    def _take_back(self, handed: HandedOver, *, is_lost: bool = False) -> None:
        self._end()
        self._home.take_over(handed, is_lost=is_lost)

    def _end(self) -> None:
        """End the process, which has no file any more or has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):  # what could not be sent to one that has ended
                cast("BinaryIO", pipe).close()
        try:
            process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def status_of(store: JournalStore) -> Status:
    """Return what a store says of itself."""
    return store.problem, store.is_taken, store.written_bytes, store.settled_event_bytes, store.kept_bytes


def moved(store: JournalStore) -> JournalStore | MovedStore:
    """Have a process of its own keep the file from now on. Return who has it: `store` where it cannot be handed over now."""
    if not store.may_move:
        return store
    # -P keeps modules of the current folder, perhaps a clone's, from being imported. A process group of its own keeps the signals
    # of a terminal away: it ends with our pipe. It stays in our session, in which Linux compares priorities: sched(7), "The
    # autogroup feature".
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            process_group=0, creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0))
    except OSError:  # no room for another process
        return store
    handed = store.hand_over()
    assert handed is not None
    try:
        return MovedStore(process, store, handed)
    except (EOFError, OSError):
        process.kill()
        process.communicate()
        store.take_over(handed)
        return store


def write_message(pipe: BinaryIO, message: object) -> None:
    """Send a message: its length, and the message pickled. Only this engine and its own process have the pipe."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(len(data).to_bytes(LENGTH_BYTES, "little"))
    pipe.write(data)
    pipe.flush()


def read_message(pipe: BinaryIO) -> Any:
    """Return the next message. Raises EOFError if the other side has ended."""
    length = pipe.read(LENGTH_BYTES)
    data = pipe.read(int.from_bytes(length, "little")) if len(length) == LENGTH_BYTES else b""
    if not data:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 (see `write_message`)
