"""After a cold start the editor's margin has what lines took, as it was measured, until the code is another."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.editor.code_editor import CodeEditor
from workbench.gui.widgets.later import Later
from workbench.gui.workspace.cold_start_marks import mark_cold_start, mark_of
from workbench.state.line_times import LineTime

__all__ = ["play"]

CODE = {"app.py": """\
import time
import slow

time.sleep(0.04)
client = time.sleep(0.02)


def handler(event, context):
    import late
    return {}
""", "slow.py": "import time\ntime.sleep(0.05)\n", "late.py": "import time\ntime.sleep(0.01)\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).write()


def editor_of(window: Window, root: Path) -> CodeEditor:
    editor = window.workspace.documents.tabs.editor_of(str(root / "alpha" / "app.py"))
    assert editor is not None
    return editor


def test_lines_have_what_they_took_until_the_code_is_another(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        editor = editor_of(window, root)
        marks = editor.view.line_marks
        assert marks.by_line() == {}
        cold = await window.invoke()
        await until(lambda: bool(marks.by_line()))
        found = marks.by_line()
        assert list(found) == [2, 4]
        assert (found[4].line, found[4].last) == (4, 5)
        took = {line: float(mark.text.removesuffix(" ms")) for line, mark in found.items()}
        assert took[2] >= 50
        assert took[4] >= 60
        assert sum(took.values()) <= cold.startup.init_ms + 1
        assert found[2].tip.startswith("Importing slow took ")
        assert found[4].tip.startswith("Lines 4 to 5 together took ")
        await window.invoke()  # warm: what was measured still is of this code
        assert marks.by_line() == found
        editor.view.textCursor().insertText("#\n")
        assert marks.by_line() == {}
        editor.view.undo()
        assert marks.by_line() == found
        editor.view.redo()
        await window.invoke("invoke.cold")
        await until(lambda: list(marks.by_line()) == [3, 5])

    play(scenario)


def test_what_ran_before_the_file_was_changed_says_nothing_of_it(play: Callable[[Scenario], None], root: Path) -> None:
    later_s = time.time() + 3_600

    async def scenario(window: Window) -> None:
        await window.open(root)
        cold = await window.invoke()
        assert cold.startup.imports
        editor, model = editor_of(window, root), window.workspace.model
        await until(lambda: bool(editor.view.line_marks.by_line()))
        later = Later(editor)
        for changed_s, lines in ((later_s, []), (1_000_000_000.0, [2, 4])):
            os.utime(root / "alpha" / "app.py", (changed_s, changed_s))
            editor.set_line_marks(())
            mark_cold_start(window.workspace.documents.tabs, model.function, cold.startup, later)
            await until(lambda: not later.is_busy)
            assert list(editor.view.line_marks.by_line()) == lines

    play(scenario)


def test_marks_are_short_and_stand_out_by_their_share_of_init() -> None:
    assert [mark_of(LineTime(1, 1, ms), 1_000.0).text for ms in (1.0, 999.4, 1_234.0)] == ["1 ms", "999 ms", "1.2 s"]
    assert [mark_of(LineTime(1, 1, ms), 1_000.0).weight for ms in (99.0, 100.0, 400.0)] == ["light", "medium", "heavy"]
    assert mark_of(LineTime(3, 3, 9.0), None).tip == "Line 3 took 9.0 ms at the last cold start."
    assert mark_of(LineTime(1, 2, 50.0, has_loading=True), 100.0).tip == (
        "Lines 1 to 2 together, with the loading of the file, took 50.0 ms at the last cold start, 50 % of init.")
