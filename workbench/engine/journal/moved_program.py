"""The program that keeps the journal's file for an engine under load: calls of JournalStore on standard input, answers on output.

It ends with its input: when the engine is killed, what it was told is written, and the file is closed for the next engine.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from workbench.engine.journal.moved_store import read_message, status_of, write_message
from workbench.engine.journal.store import JournalStore

NICENESS = 5
"""What is written may come later; callers, functions and the engine may not. A process of this niceness has a quarter of
what it shares with the engine, whatever else the machine does, and needs a fifth. With less it would not keep up on busy cores:
what is not written takes the engine's memory.
"""


def main() -> None:
    """Take over a file, and do what is asked until nobody is there any more."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the engine decides when this ends
        signal.signal(number, signal.SIG_IGN)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # nothing here is multiplied: the threads would be there for nothing
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    with contextlib.suppress(EOFError, OSError):
        path, handed = read_message(sys.stdin.buffer)
        store = JournalStore(path)
        try:
            store.take_over(handed)
            _answer(store, None)
            import numpy  # noqa: F401 (for `grams`; only after the engine knows that the file is taken)

            while True:
                name, *arguments = read_message(sys.stdin.buffer)
                _do(store, name, arguments)
        finally:
            store.close()


def _do(store: JournalStore, name: str, arguments: list[object]) -> None:
    try:
        answer = getattr(store, name)(*arguments)
    except Exception as error:
        _answer(store, error, is_answer=False)
    else:
        _answer(store, answer)


def _answer(store: JournalStore, answer: object, *, is_answer: bool = True) -> None:
    write_message(sys.stdout.buffer, (is_answer, answer, status_of(store)))


if __name__ == "__main__":
    main()
