"""The question whether a folder is trusted, in the real window with a real engine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.test_window_with_engine import CODE, Scenario, Window, play, until
from tests.security.conftest import nothing_trusted
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.sheet import Sheet
from workbench.gui.dialogs.trust_dialog import TrustDialog
from workbench.gui.look.theme import DARK, LIGHT
from workbench.workspace.starters import create_workspace
from workbench.workspace.trusted_folders import TrustedFolders

__all__ = ["nothing_trusted", "play"]


def with_makefile(root: Path) -> Path:
    """A workspace with a function that a makefile builds, and one that is built by nothing."""
    made = "Metadata:\n  BuildMethod: makefile"
    builder = WorkspaceBuilder(root).function("Alpha", CODE, environment={"STAGE": "one"})
    builder.function("Made", {**CODE, "Makefile": "build-Made:\n\tcp app.py $(ARTIFACTS_DIR)\n"}, environment={"STAGE": "two"})
    folder = builder.write()
    text = (folder / "template.yaml").read_text()
    (folder / "template.yaml").write_text(text + f"    {made.replace(chr(10), chr(10) + '    ')}\n")
    return folder


async def asked(window: Window) -> TrustDialog:
    """The question, once it is there and has the keyboard, as a window manager gives it."""
    trust = window.workspace.trust
    await until(lambda: trust.dialog is not None and trust.dialog.isVisible())
    assert trust.dialog is not None
    trust.dialog.activateWindow()
    await until(trust.dialog.isActiveWindow)
    return trust.dialog


def rows(dialog: TrustDialog) -> list[str]:
    return [dialog.list.item(row).text() for row in range(dialog.list.count())]


def test_the_question_is_asked_once_and_enter_does_not_trust(
    play: Callable[[Scenario], None], nothing_trusted: TrustedFolders, tmp_path: Path
) -> None:
    root = with_makefile(tmp_path / "clone")

    async def first(window: Window) -> None:
        assert await window.window.open_workspace(root)
        dialog = await asked(window)
        assert not dialog.isModal()
        assert isinstance(dialog, Sheet)
        assert dialog.focusWidget() is dialog.refuse
        assert any("make build-Made, as made/Makefile says" in row for row in rows(dialog))
        picture = os.environ.get("WORKBENCH_TEST_PICTURES")
        for theme in (LIGHT, DARK) if picture else ():
            window.appearance.choose("dark" if theme is DARK else "light")
            window.appearance.apply()
            dialog.grab().save(f"{picture}/trust-{'dark' if theme is DARK else 'light'}.png")
            window.window.grab().save(f"{picture}/window-{'dark' if theme is DARK else 'light'}.png")
        assert window.window.status_line.trust.isVisible()
        QTest.keyClick(dialog, Qt.Key.Key_Return)
        await until(lambda: nothing_trusted.of(root).standing == "declined")
        assert window.window.status_line.trust.isVisible()

    async def again(window: Window) -> None:
        await window.open(root)
        await until(lambda: window.workspace.trust.report is not None)
        assert window.workspace.trust.dialog is None
        await until(window.window.status_line.trust.isVisible)
        window.window.status_line.trust.click()
        dialog = await asked(window)
        dialog.confirm.setFocus()
        QTest.keyClick(dialog.confirm, Qt.Key.Key_Space)
        await until(lambda: nothing_trusted.of(root).standing == "trusted")
        await until(lambda: not window.window.status_line.trust.isVisible())
        window.workspace.model.choose_function("Made")
        assert (await window.invoke()).status == "success"

    play(first)
    play(again)


def test_the_first_run_as_a_process_asks_and_then_runs(
    play: Callable[[Scenario], None], nothing_trusted: TrustedFolders, tmp_path: Path
) -> None:
    root = WorkspaceBuilder(tmp_path / "clone").function("Alpha", CODE, environment={"STAGE": "one"}).write()

    async def scenario(window: Window) -> None:
        await window.open(root)
        await until(lambda: window.workspace.trust.report is not None)
        assert window.workspace.trust.dialog is None  # nothing but its functions would run, and none has been asked to
        window.window.actions_by_id["invoke"].trigger()
        dialog = await asked(window)
        assert "would run as a process" in dialog.why.text()
        dialog.confirm.click()
        await until(lambda: nothing_trusted.of(root).standing == "trusted")
        assert (await window.invoke()).status == "success"
        window.window.actions_by_id["trust"].trigger()
        dialog = await asked(window)
        assert getattr(dialog.focusWidget(), "text", str)() == "Close"
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await until(lambda: window.workspace.trust.dialog is None)
        assert nothing_trusted.of(root).standing == "trusted"
        window.window.actions_by_id["trust"].trigger()
        dialog = await asked(window)
        dialog.withdrawn.emit()
        await until(lambda: nothing_trusted.of(root).standing == "unknown")

    play(scenario)


def test_a_makefile_that_changes_is_asked_about_and_an_edited_handler_is_not(
    play: Callable[[Scenario], None], nothing_trusted: TrustedFolders, tmp_path: Path
) -> None:
    root = with_makefile(tmp_path / "clone")

    async def scenario(window: Window) -> None:
        assert await window.window.open_workspace(root)
        (await asked(window)).confirm.click()
        await until(lambda: nothing_trusted.of(root).standing == "trusted")
        (root / "alpha" / "app.py").write_text("def handler(event, context):\n    return 2\n")
        window.workspace.model.reload()
        await until(lambda: not window.window.status_line.trust.isVisible())
        (root / "made" / "Makefile").write_text("build-Made:\n\tcp app.py $(ARTIFACTS_DIR)\n\ttouch more\n")
        window.workspace.model.reload()
        window.workspace.trust.look()
        assert len(rows(await asked(window))) == 1

    play(scenario)


def test_what_was_made_here_is_trusted(nothing_trusted: TrustedFolders, tmp_path: Path) -> None:
    create_workspace(tmp_path / "new")
    assert nothing_trusted.of(tmp_path / "new").standing == "trusted"
    (tmp_path / "brought").mkdir()
    (tmp_path / "brought" / "Makefile").touch()
    create_workspace(tmp_path / "brought")
    assert nothing_trusted.of(tmp_path / "brought").standing == "unknown"
