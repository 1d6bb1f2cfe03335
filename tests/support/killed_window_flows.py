"""What a person does in a window: one thing after the other, at random, and told as it is begun, tried and kept."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Coroutine
from typing import Any

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox

from tests.gallery.sitter import PATIENCE_S, until
from tests.support.killed_window_files import SavedFileFlows
from tests.support.killed_window_functions import FunctionFlows
from tests.support.killed_window_inbox import InboxFlows
from tests.support.killed_window_invocations import InvocationFlows
from tests.support.killed_window_open import OpenWindow, event_number
from tests.support.killed_window_teller import PERSON, Flow, Teller, tell
from workbench.gui.application.preferences import ThemeChoice
from workbench.gui.dialogs.event_dialogs import EventNameDialog
from workbench.gui.dialogs.history_dialogs import RetentionDialog
from workbench.gui.dialogs.settings_dialog import SettingsDialog
from workbench.gui.panels.order import LAYOUT_NAMES
from workbench.model.failures import EngineError
from workbench.workspace.events import EXPECTATION_SUFFIX

REGIONS = ("eu-central-1", "eu-west-1", "us-west-2", "ap-south-1")
SANDBOXES = ("auto", "process")
THEMES: tuple[ThemeChoice, ...] = ("light", "dark", "high-contrast")


class FileFlows(Teller):
    """Code and events."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        return self.type, self.type, self.save, self.edit_event, self.expect, self.make_event, self.delete_event

    async def type(self) -> None:
        """Type a line, which the next window would recover."""
        editor = await self.window.show_code()
        QTest.keyClicks(editor.view, "x")  # a key as a person has it; the rest at once, or a test would take long
        editor.view.textCursor().deletePreviousChar()
        editor.view.moveCursor(editor.view.textCursor().MoveOperation.End)
        editor.view.insertPlainText(f"# {next(self.numbers)}\n")
        await until(lambda: editor.text() in self.window.unsaved_texts() or self._is_saved(editor.text()))
        self.kept(edit=editor.text())

    async def save(self) -> None:
        """Save the code."""
        editor = await self.window.show_code()
        self.run("save")
        await until(lambda: self._is_saved(editor.text()))
        self.kept(edit=editor.text())

    async def edit_event(self) -> None:
        """Write an event in the editor, and save it."""
        number, file = next(self.numbers), self.file("events", "event.json")
        self.window.workspace.model.choose_event("event")
        self.run("event.open")
        editor = await self.window.editor_of(file)
        editor.view.selectAll()
        editor.view.insertPlainText(json.dumps({"n": number}))
        self.tried(event=number)
        self.run("save")
        await until(lambda: event_number(file.read_bytes()) == number)
        self.kept(event=number)

    async def expect(self) -> None:
        """Write what an event expects, and save it."""
        number, file = next(self.numbers), self.file("events", f"event{EXPECTATION_SUFFIX}")
        self.window.workspace.model.choose_event("event")
        self.run("event.expect")
        editor = await self.window.editor_of(file)
        editor.view.selectAll()
        editor.view.insertPlainText(json.dumps({"n": number}))
        self.tried(expected=number)
        self.run("save")
        await until(lambda: event_number(file.read_bytes()) == number)
        self.kept(expected=number)

    async def make_event(self) -> None:
        """Make an event."""
        name = f"made-{next(self.numbers)}"
        self.run("event.new")
        dialog = await self.window.dialog(EventNameDialog)
        dialog.name.setText(name)
        dialog.accept()
        await until(self.file("events", f"{name}.json").exists)
        self.kept(**{f"made {name}": True})

    async def delete_event(self) -> None:
        """Delete an event, and take that back."""
        model = self.window.workspace.model
        names = [event.name for event in model.events if event.name.startswith("made-")]
        if names:
            name = self.chance.choice(names)
            file = self.file("events", f"{name}.json")
            model.choose_event(name)
            self.run("event.delete")
            await until(lambda: not file.exists())
            self.run("trash.undo")
            await until(file.exists)

    def _is_saved(self, text: str) -> bool:
        return self.file("function", "app.py").read_text("utf-8") == text


class SettingFlows(Teller):
    """Settings, configuration, the layout and the look of the window, and which workspace is open."""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """What can be done."""
        return self.settings, self.memory, self.retention, self.layout, self.drawer, self.theme, self.switch

    async def settings(self) -> None:
        """Change the workspace's settings. Versions and overrides belong to a Region: it stays once there are some."""
        link = self.window.workspace.link
        await until(lambda: link.health is not None)
        assert link.health is not None
        region, sandbox = self.chance.choice(REGIONS), self.chance.choice(SANDBOXES)
        if await self.window.has_regional_parts():
            region = link.health.settings.region
        self.run("settings")
        dialog = await self.window.dialog(SettingsDialog)
        dialog.region.setCurrentText(region)
        dialog.sandbox.setCurrentIndex(dialog.sandbox.findData(sandbox))
        self.tried(region=region, sandbox=sandbox)
        dialog.accept()
        await until(lambda: link.health is not None and
                    (link.health.settings.region, link.health.settings.sandbox) == (region, sandbox))
        self.kept(region=region, sandbox=sandbox)

    async def memory(self) -> None:
        """Change the function's configuration."""
        await self.window.show_code()
        memory_mb = self.chance.randrange(128, 1_024)
        _, box = self.window.workspace.configuration.panel.controls.memory.controls
        assert isinstance(box, QSpinBox)
        self.tried(memory_mb=memory_mb)
        box.setValue(memory_mb)
        await until(lambda: f"MemorySize: {memory_mb}\n" in self.file("template.yaml").read_text("utf-8"))
        self.kept(memory_mb=memory_mb)

    async def retention(self) -> None:
        """Change how long history is kept."""
        days, client = self.chance.randrange(30, 3_000), self.window.client
        self.window.workspace.past.carry_out("retention", [])
        dialog = await self.window.dialog(RetentionDialog)
        dialog.days.setValue(days)
        self.tried(days=days)
        dialog.accept()
        while (await client.history.retention()).days != days:  # noqa: ASYNC110  (the engine does not tell)
            await asyncio.sleep(0.01)
        self.kept(days=days)

    async def layout(self) -> None:
        """Choose a layout."""
        name = self.chance.choice(LAYOUT_NAMES)
        self.tried(layout=name)
        self.run(f"layout.{name}")
        await until(lambda: self.window.remembered_layout('{"name":"([a-z]+)"') == name)
        self.kept(layout=name)

    async def drawer(self) -> None:
        """Open or close the drawer."""
        regions = self.window.workspace.page.regions
        is_open = not regions.is_drawer_open
        self.tried(drawer=is_open)
        regions.open_drawer(is_open=is_open)
        await until(lambda: self.window.remembered_layout('"is_drawer_open":([a-z]+)') == str(is_open).lower())
        self.kept(drawer=is_open)

    async def theme(self) -> None:
        """Choose a theme."""
        theme = self.chance.choice(THEMES)
        tell(tried={PERSON: {"theme": theme}})
        self.window.sitter.appearance.choose(theme)
        await until(lambda: self.window.remembered("theme=(.*)") == theme)
        tell(kept={PERSON: {"theme": theme}})

    async def switch(self) -> None:
        """Go to another workspace."""
        root = self.chance.choice([each for each in self.window.roots if each != self.window.root])
        await self.window.switch_to(root)
        tell(kept={PERSON: {f"recent {root.name}": True}})


class Flows:
    """All of them. Gives up what the end of an engine interrupts, as a person does, and goes on with something else."""

    def __init__(self, window: OpenWindow, seed: int) -> None:
        self._window = window
        self._chance = random.Random(seed)
        kinds: tuple[type[Teller], ...] = (FileFlows, SettingFlows, InvocationFlows, FunctionFlows, SavedFileFlows, InboxFlows)
        parts = [kind(window, self._chance, itertools.count(seed * 10_000 + number * 1_500))
                 for number, kind in enumerate(kinds)]
        self._flows = [flow for part in parts for flow in part.flows]

    async def work(self) -> None:
        """Work on for ever."""
        while True:
            flow = self._chance.choice(self._flows)
            tell(doing=flow.__name__)
            await self._done_or_lost(flow())

    async def _done_or_lost(self, doing: Coroutine[Any, Any, None]) -> None:
        before = self._window.losses
        working, losing = asyncio.ensure_future(doing), asyncio.ensure_future(self._window.lost())
        await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
        if working.done() and isinstance(working.exception(), EngineError):
            await asyncio.wait({losing}, timeout=PATIENCE_S)  # the window is about to find that its engine is gone
        for task in (working, losing):
            task.cancel()
        result, _ = await asyncio.gather(working, losing, return_exceptions=True)
        if self._window.losses > before:
            await self._window.recover()
        elif isinstance(result, Exception):
            raise result
