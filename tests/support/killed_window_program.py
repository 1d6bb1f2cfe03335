"""A window at work, for tests that kill it: it says what it is doing, and what is kept as soon as a person may rely on it.

    python -m tests.support.killed_window_program work|last SEED PERSON WORKSPACE OTHER…

PERSON is the folder of the window's preferences. Prints one JSON line at a time: `{"found": …}`, what a window finds when it
opens the workspace, comes first; `{"doing": name}` when something begins; `{"tried": …}` before it may have an effect, and
`{"kept": …}` once that is certain; each with facts by name, in a dictionary by the name of what they are about. It ends when its
standard input does. The `last` one has what is in the queue run first, does nothing, and saves before it ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from functools import partial
from pathlib import Path

import qasync
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from tests.gallery.sitter import PATIENCE_S, Sitter, until
from tests.support.killed_window_flows import Flows
from tests.support.killed_window_open import OpenWindow
from tests.support.killed_window_teller import tell
from workbench.gui.shell.app import make_application


class Browser(QObject):
    """Takes the pages that would be shown in the person's browser."""

    @Slot(QUrl)
    def take(self, _: QUrl) -> None:
        """Show nothing."""


async def live(window: OpenWindow, flows: Flows, *, is_last: bool) -> None:
    """Open the workspace, work, and close once standard input ends."""
    ended = asyncio.get_running_loop().create_future()
    told = partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set_result, None)
    threading.Thread(target=lambda: (sys.stdin.read(), told()), daemon=True).start()
    await window.begin()
    if is_last:
        await window.drain()
        tell(found=await window.found())
        window.sitter.window.run("save.all")
        await until(lambda: not window.workspace.documents.tabs.unsaved_paths())
        await ended
    else:
        tell(found=await window.found())
        working = asyncio.ensure_future(flows.work())
        await asyncio.wait([ended, working], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    await end(window.sitter)


async def end(sitter: Sitter) -> None:
    """Close the window without questions."""
    closed = asyncio.Event()
    sitter.window.closed.connect(closed.set)
    sitter.window.end()
    async with asyncio.timeout(PATIENCE_S):
        await closed.wait()


def main(arguments: list[str]) -> int:
    what, seed, person, *roots = arguments
    application, browser = make_application(sys.argv[:1]), Browser()
    QDesktopServices.setUrlHandler("file", browser, "take")
    with contextlib.closing(qasync.QEventLoop(application)) as loop:
        window = OpenWindow(Sitter(application, Path(person)), [Path(each) for each in roots], Path(person) / "window.ini")
        loop.run_until_complete(live(window, Flows(window, int(seed)), is_last=what == "last"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
