"""A refusal in the real window with a real engine: the sentence, the click that allows, the run that works, the way back."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.dialogs.settings_dialog import SettingsDialog
from workbench.gui.look.theme import DARK, LIGHT
from workbench.model.allowances import Allowance
from workbench.model.events import StreamEvent

__all__ = ["play"]
PLAIN = {"app.py": "def handler(event, context):\n    return 1\n"}


async def isolated(window: Window) -> None:
    """Functions run isolated from now on."""
    health = window.workspace.link.health
    assert health is not None
    if not any(status.kind == "isolated" and status.available for status in health.sandboxes):
        pytest.skip("There is no isolated sandbox here.")
    window.workspace.engine.choose_sandbox("isolated")
    link = window.workspace.link
    await until(lambda: link.health is not None and link.health.settings.sandbox == "isolated")


def test_allowances(play: Callable[[Scenario], None], data: Path, tmp_path: Path) -> None:
    builder = WorkspaceBuilder(tmp_path / "app").function("Alpha", PLAIN).function("Beta", PLAIN).function("Reader", {
        "app.py": f"def handler(event, context):\n    return open('{data}/data.csv').read()\n"})
    root = builder.function("Caller", {
        "app.py": "import socket\ndef handler(event, context):\n    return socket.getaddrinfo('example.com', 80)\n"}).write()

    async def scenario(window: Window) -> None:
        await the_network_of_all_functions_is_switched_off_in_the_settings(window, root)
        await isolated(window)
        await a_folder_is_allowed_with_one_click_and_withdrawn_with_another(window, data)
        await the_network_is_given_back_with_one_click(window)
        await all_that_is_said_of_one_invocation_stands_together(window)
        await the_sandbox_that_is_chosen_is_shown_at_once(window)

    play(scenario)


async def the_network_of_all_functions_is_switched_off_in_the_settings(window: Window, root: Path) -> None:
    await window.open(root)
    window.window.run("focus.configuration")
    link, listed = window.workspace.link, window.workspace.configuration.panel.allowances
    await switched(window, is_on=False)
    await until(lambda: link.health is not None and link.health.allowed == {"*": Allowance(network=False)})
    assert not listed.network.isChecked()
    assert listed.network_field.note == "Workspace setting"
    listed.network.click()
    await until(lambda: link.health is not None and link.health.allowed.get("Alpha") == Allowance())
    assert listed.network_field.note == ""
    await switched(window, is_on=True)
    await until(lambda: link.health is not None and link.health.allowed == {})


async def a_folder_is_allowed_with_one_click_and_withdrawn_with_another(window: Window, data: Path) -> None:
    window.workspace.model.choose_function("Reader")
    assert (await window.invoke()).status == "error"
    result, listed = window.workspace.panels.result.panel, window.workspace.configuration.panel.allowances
    await until(lambda: result.allowance.isVisible())
    assert "none of your files" in result.explanation.text()
    assert result.allowance.allow.text() == f"Allow {data} for this function"
    assert not listed.isVisible()
    pictures(window, "refused")
    result.allowance.allow.setFocus()
    QTest.keyClick(result.allowance.allow, Qt.Key.Key_Space)
    await until(result.allowance.withdraw.isVisible)
    assert not result.allowance.allow.isVisible()
    assert f"{data} is allowed for Reader" in result.allowance.said.text()
    await until(lambda: listed.texts() == [f"Stop allowing {data}"])
    pictures(window, "allowed")
    assert (await window.invoke()).status == "success"
    await until(lambda: not result.allowance.isVisible())
    listed.buttons[0].click()
    await until(lambda: listed.texts() == [])
    assert (await window.invoke()).status == "error"
    await until(result.allowance.allow.isVisible)


async def the_network_is_given_back_with_one_click(window: Window) -> None:
    window.workspace.model.choose_function("Caller")
    switch = window.workspace.configuration.panel.allowances.network
    await until(lambda: switch.isVisible() and switch.isChecked())
    switch.click()
    health = window.workspace.link
    await until(lambda: health.health is not None and health.health.allowed == {"Caller": Allowance(network=False)})
    assert switch.text() == "Off"
    pictures(window, "no-network")
    assert (await window.invoke()).status == "error"
    card = window.workspace.panels.result.panel.allowance
    await until(card.allow.isVisible)
    assert card.allow.text() == "Allow the network for this function"
    card.allow.click()
    await until(card.withdraw.isVisible)
    assert switch.isChecked()
    assert switch.text() == "On"


async def all_that_is_said_of_one_invocation_stands_together(window: Window) -> None:
    gone = "/var/tmp/workbench-test-gone"
    window.workspace.model.choose_function("Alpha")
    Path(gone).mkdir()
    await window.workspace.link.allow("Alpha", lambda _: Allowance(folders=(gone,), addresses=("127.0.0.1:9001",)))
    Path(gone).rmdir()
    assert (await window.invoke()).status == "success"
    notice = window.workspace.page.notice
    await until(lambda: "is not there any more" in notice.text and "has its Runtime API" in notice.text)
    ours = window.workspace.session.history.newest()
    assert ours is not None
    for request_id, text in ((ours.request_id, "First."), (ours.request_id, "Second."), ("", "Third.")):
        record = {"stage": "notice", "text": text}
        window.workspace.link.progressed.emit([StreamEvent(
            seq=0, time_ms=window.workspace.session.since_ms, type="sandbox.progress", function_name="Alpha",
            request_id=request_id, record=record)])
        assert text != "Second." or notice.text.endswith("Alpha: First.\nAlpha: Second.")
    assert notice.text == "Alpha: Third."


async def the_sandbox_that_is_chosen_is_shown_at_once(window: Window) -> None:
    """Where the function ran before says nothing then."""
    assert (await window.invoke()).status == "success"
    chip = window.workspace.page.toolbar.sandbox
    assert chip.text().startswith("Isolated")
    window.workspace.engine.choose_sandbox("process")
    await until(lambda: chip.text().startswith("Process"))
    assert "Local processes, without isolation" in [label.toolTip() for label in window.window.status_line.findChildren(QLabel)]


async def switched(window: Window, *, is_on: bool) -> None:
    """The network of all functions, in the settings of the workspace."""
    dialog = await window.dialog("settings", SettingsDialog)
    assert dialog.network.isChecked() is not is_on
    dialog.network.setChecked(is_on)
    dialog.accept()


def pictures(window: Window, name: str) -> None:
    """For somebody who looks at them."""
    folder = os.environ.get("WORKBENCH_TEST_PICTURES")
    for theme in (LIGHT, DARK) if folder else ():
        window.appearance.choose("dark" if theme is DARK else "light")
        window.appearance.apply()
        window.window.grab().save(f"{folder}/{name}-{'dark' if theme is DARK else 'light'}.png")
