"""Debugging from the window: one click, a real engine, a real debugger."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.dap_client import dap_client
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.dialogs.paste_dialog import PasteDialog
from workbench.gui.widgets.row import ROW_ROLE

__all__ = ["play"]

pytestmark = pytest.mark.usefixtures("one_cache")

CODE = {"app.py": """
    def handler(event, context):
        total = 40 + 2
        return total
"""}
RUBY = {"app.rb": "def handler(event:, context:) = 42\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE, timeout_s=2)
    return builder.function("Beta", RUBY, runtime="ruby3.4", handler="app.handler").write()


class Debugging:
    """What a person sees of it."""

    def __init__(self, window: Window) -> None:
        self.page, self.panels = window.workspace.page, window.workspace.panels
        self.action = window.window.actions_by_id["debug"]
        self._state = window.workspace.session.debugging

    @property
    def text(self) -> str:
        line = self.panels.debug_bar.lines.get("Alpha")
        return line.text if line is not None and self.panels.debug_bar.isVisible() else ""

    @property
    def mark(self) -> str:
        return self.page.functions.list.model().index(0, 0).data(ROW_ROLE).detail  # type: ignore[no-any-return]

    @property
    def port(self) -> int:
        return self._state.by_name["Alpha"].port

    async def says(self, words: str) -> None:
        await until(lambda: words in self.text)

    async def is_off(self) -> None:
        await until(self.panels.debug_bar.isHidden)
        assert not self.action.isChecked()

    async def switch_on(self) -> None:
        self.page.toolbar.debug.click()
        await self.says("can be debugged")
        assert self.action.isChecked()


def test_from_the_click_to_a_breakpoint_and_off_again(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        debugging = Debugging(window)
        assert debugging.panels.debug_bar.isHidden()
        await debugging.switch_on()
        assert f"can be debugged: attach to 127.0.0.1:{debugging.port} (Python, debugpy)" in debugging.text
        await until(lambda: debugging.mark == "debug")
        invoking = asyncio.create_task(window.invoke())
        await debugging.says("is waiting for a debugger")
        await until(lambda: "Waiting for a debugger" in debugging.panels.result.panel.strip.headline.accessibleName())
        assert f"127.0.0.1:{debugging.port}" in debugging.panels.result.panel.strip.headline.accessibleName()
        window.window.actions_by_id["invoke"].trigger()
        await until(lambda: "its turn comes after" in debugging.panels.result.panel.strip.headline.accessibleName())
        invocations = window.workspace.invocations
        first, second = invocations.running
        invocations.cancel(second)
        await until(lambda: invocations.running == (first,))
        debugging.panels.select_invocation(first)
        async with dap_client(debugging.port) as ide:
            await ide.attach(breakpoints={root / "alpha" / "app.py": [3]})
            thread, _ = await ide.stopped()
            await debugging.says("time limits are suspended")
            await until(lambda: debugging.mark == "stopped")
            await until(lambda: "Stopped by the debugger" in debugging.panels.result.panel.strip.headline.accessibleName())
            await ide.request("continue", {"threadId": thread})
            assert (await invoking).payload == "42"
            await debugging.says("a debugger is attached")
        await debugging.says("can be debugged")
        debugging.panels.debug_bar.lines["Alpha"].stop.click()
        await debugging.is_off()
        assert (await window.invoke()).payload == "42"

    play(scenario)


def test_configurations_are_written_or_shown(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        debugging = Debugging(window)
        await debugging.switch_on()
        line = debugging.panels.debug_bar.lines["Alpha"]
        line.copy.click()
        assert QApplication.clipboard().text() == f"127.0.0.1:{debugging.port}"
        line.vscode.click()
        await until(lambda: "launch.json" in debugging.page.notice.text)
        written = json.loads((root / ".vscode" / "launch.json").read_text())
        assert written["configurations"][0]["connect"]["port"] == debugging.port
        line.pycharm.click()
        await until(lambda: isinstance(QApplication.activeModalWidget(), PasteDialog))
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, PasteDialog)
        assert "PyCharm" in dialog.why.text()
        dialog.copy.click()
        assert f"127.0.0.1:{debugging.port}" in QApplication.clipboard().text()
        dialog.close()

    play(scenario)


def test_a_new_engine_debugs_nothing(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        debugging = Debugging(window)
        await debugging.switch_on()
        link = window.workspace.link
        first = link.client.connection.pid
        seen: list[tuple[str, bool]] = []
        link.state_changed.connect(lambda state: seen.append((state.phase, debugging.panels.debug_bar.isVisible())))
        window.window.actions_by_id["engine.restart"].trigger()
        await until(lambda: link.state.phase == "running" and link.is_running and link.client.connection.pid != first)
        await debugging.is_off()
        assert seen == [("starting", False), ("running", False)]
        await debugging.switch_on()

    play(scenario)


def test_a_runtime_without_a_debugger_says_so(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        debugging = Debugging(window)
        assert debugging.action.isEnabled()
        assert debugging.action.toolTip().startswith("Open a port where debuggers attach to Alpha (Python, debugpy)")
        window.workspace.model.choose_function("Beta")
        assert not debugging.action.isEnabled()
        assert "there is a debugger for Python and Node.js, not for ruby3.4" in debugging.page.toolbar.debug.toolTip()

    play(scenario)


def test_why_the_engine_refuses_is_shown(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        debugging = Debugging(window)
        template = root / "template.yaml"
        template.write_text(template.read_text().replace("python", "python9", 1))
        debugging.page.toolbar.debug.click()
        await until(lambda: bool(debugging.page.notice.text))
        await debugging.is_off()

    play(scenario)
