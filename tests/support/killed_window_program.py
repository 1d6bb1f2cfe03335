"""A window at work, for tests that kill it: it says what it has kept, as soon as a person may rely on it.

    python -m tests.support.killed_window_program WORKSPACE SEED

Prints one JSON line for each thing that is kept, `{"edit": …}`, `{"event": …}`, `{"region": …}`, `{"memory_mb": …}` or
`{"request_id": …}`, and first of all `{"found": …}`, what a window finds when it opens the workspace. It ends when its standard
input does.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import tempfile
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import qasync
from PySide6.QtTest import QTest

from tests.gallery.sitter import Sitter, until
from workbench.editor.code_editor import CodeEditor
from workbench.editor.recovery import UnsavedText
from workbench.gui.shell.app import make_application
from workbench.model.past_invocations import PastInvocationFilter
from workbench.workspace.function_changes import FunctionChanges
from workbench.workspace.state_directory import state_directory

REGIONS = ("eu-central-1", "eu-west-1", "us-west-2", "ap-south-1")


class Worker:
    """Does one thing after the other, at random."""

    def __init__(self, sitter: Sitter, root: Path, seed: int) -> None:
        self._sitter, self._root = sitter, root
        self._random = random.Random(seed)
        self._numbers = itertools.count(seed * 10_000)

    async def work(self) -> None:
        """Work on for ever."""
        things: tuple[Callable[[], Awaitable[None]], ...] = (self._type, self._type, self._save, self._edit_event, self._region,
                                                             self._memory, self._invoke)
        while True:
            await self._random.choice(things)()

    async def found(self) -> dict[str, Any]:
        """What the workspace has."""
        workspace = self._sitter.workspace
        health = workspace.link.health
        function = workspace.model.function
        assert health is not None
        assert function is not None
        page = await workspace.link.client.history.invocations(PastInvocationFilter(), limit=1_000)
        return {"edit": self._editor().text(), "event": self._event_file().read_text("utf-8"), "region": health.settings.region,
                "memory_mb": function.memory_mb, "request_ids": [one.request_id for one in page.invocations]}

    async def _type(self) -> None:
        editor = self._editor()
        QTest.keyClicks(editor.view, "x")  # a key as a person has it; the rest at once, or a test would take long
        editor.view.textCursor().deletePreviousChar()
        text = f"{editor.text()}# {next(self._numbers)}\n"
        editor.view.moveCursor(editor.view.textCursor().MoveOperation.End)
        editor.view.insertPlainText(text[len(editor.text()):])
        await until(lambda: editor.text() in self._kept() or editor.text() == self._code_file().read_text("utf-8"))
        tell(edit=editor.text())

    async def _save(self) -> None:
        editor = self._editor()
        self._sitter.window.run("save")
        await until(lambda: self._code_file().read_text("utf-8") == editor.text())
        tell(edit=editor.text())

    async def _edit_event(self) -> None:
        """Write an event in the editor, and save it."""
        number = next(self._numbers)
        self._sitter.window.run("event.open")
        editor = self._editor()
        editor.view.selectAll()
        editor.view.insertPlainText(json.dumps({"n": number}))
        self._sitter.window.run("save")
        await until(lambda: str(number) in self._event_file().read_text("utf-8"))
        tell(event=editor.text())
        self._sitter.window.run("function.open")

    async def _region(self) -> None:
        region, link = self._random.choice(REGIONS), self._sitter.workspace.link
        self._sitter.workspace.engine.change_settings(lambda settings: msgspec.structs.replace(settings, region=region))
        await until(lambda: link.health is not None and link.health.settings.region == region)
        tell(region=region)

    async def _memory(self) -> None:
        memory_mb = self._random.randrange(128, 1_024)
        self._sitter.workspace.model.change("Function", FunctionChanges(memory_mb=memory_mb))
        tell(memory_mb=memory_mb)

    async def _invoke(self) -> None:
        session = self._sitter.workspace.session
        added = self._sitter.begin()
        await until(lambda: session.history.added > added)
        newest = session.history.newest()
        assert newest is not None
        await until(lambda: newest.metrics is not None)
        await self._sitter.workspace.link.client.events(request_id=newest.request_id)  # what can be read is on the disk
        tell(request_id=newest.request_id)

    def _editor(self) -> CodeEditor:
        editor = self._sitter.workspace.documents.tabs.current_editor()
        assert editor is not None
        return editor

    def _kept(self) -> list[str]:
        copies = [path for path in (state_directory(self._root) / "recovery").rglob("*.json") if path.name != "owner.json"]
        return [msgspec.json.decode(path.read_bytes(), type=UnsavedText).text for path in copies]

    def _code_file(self) -> Path:
        return self._root / "function" / "app.py"

    def _event_file(self) -> Path:
        return self._root / "events" / "event.json"


def tell(**kept: object) -> None:
    """Say what is kept from now on."""
    print(json.dumps(kept), flush=True)


async def live(sitter: Sitter, root: Path, seed: int) -> None:
    """Open the workspace, work, and close once standard input ends."""
    ended = asyncio.get_running_loop().create_future()
    told = partial(asyncio.get_running_loop().call_soon_threadsafe, ended.set_result, None)
    threading.Thread(target=lambda: (sys.stdin.read(), told()), daemon=True).start()
    worker = Worker(sitter, root, seed)
    await sitter.open(root)
    await until(lambda: sitter.workspace.documents.tabs.current_editor() is not None)
    tell(found=await worker.found())
    working = asyncio.ensure_future(worker.work())
    await asyncio.wait([ended, working], return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        working.result()
    working.cancel()
    sitter.window.end()
    await asyncio.sleep(1)


def main(arguments: list[str]) -> int:
    root, seed = Path(arguments[0]), int(arguments[1])
    application = make_application(sys.argv[:1])
    with tempfile.TemporaryDirectory() as person, qasync.QEventLoop(application) as loop:
        loop.run_until_complete(live(Sitter(application, Path(person)), root, seed))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
