"""A lesson in a real window: each check ticks itself when the stream shows it, and what was reached stays so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.test_window_with_engine import Scenario, Window, play, until
from tests.support.workspaces import WorkspaceBuilder
from workbench.gui.layout.reading_order import tab_stops
from workbench.gui.panels.lesson.check_list import CheckList
from workbench.gui.panels.lesson.lesson_panel import LessonPanel

__all__ = ["play"]

CODE = {"app.py": """
    def handler(event, context):
        if event.get("fail"):
            raise ValueError("on purpose")
        return {"a": 1}
"""}
FIRST = """\
# What INIT costs

## Invoke twice

Where did the **time** go? <b>no HTML</b> ![no picture](file:///etc/hostname) [no link](https://example.com)

- [ ] a cold start was seen `cold`
- [ ] the second one used the same environment `warm and duration < 60 s`
- [ ] nothing is slower `duration > 100 s`

## Fail

- [ ] it failed `failed ValueError for Alpha`
- [ ] the answer is as expected `expect met`
- [ ] you can say why
"""
SECOND = "# Another one\n\n## Alone\n- [ ] cold `cool`\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = WorkspaceBuilder(tmp_path / "app").function("Alpha", CODE).write()
    for folder in ("events", "lessons"):
        (root / folder).mkdir()
    for name, text in (("good.json", "{}"), ("good.expect", '{"a": 1}'), ("fail.json", '{"fail": true}')):
        (root / "events" / name).write_text(text)
    (root / "lessons" / "01-init.md").write_text(FIRST)
    (root / "lessons" / "02-more.md").write_text(SECOND)
    return root


def panel(window: Window) -> LessonPanel:
    made = window.workspace.lessons.panel
    assert made is not None
    return made


def reached(checks: CheckList) -> list[bool]:
    return [row.is_reached for row in checks.rows]


async def teach(window: Window, root: Path) -> None:
    await window.open(root)
    window.window.run("lesson.show")
    await until(lambda: window.workspace.lessons.course.lesson is not None)
    window.window.run("lesson.show")
    await until(lambda: window.workspace.lessons.panel is not None and panel(window).isVisible())


async def press(window: Window, key: Qt.Key, *, alt: bool = False) -> None:
    window.window.activateWindow()  # offscreen, nobody does so after a menu bar was hidden
    await until(window.window.isActiveWindow)
    focused = window.window.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier)


def test_a_lesson_is_done_by_the_keyboard_and_remembered(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await teach(window, root)
        assert window.workspace.page.layouts.name == "teach"
        shown = panel(window)
        assert [shown.lessons.itemText(row) for row in range(2)] == ["What INIT costs", "Another one"]
        assert (shown.buttons.place.text(), shown.title.text()) == ("step 1 of 2", "Invoke twice")
        assert not shown.problems.isVisible()
        assert reached(shown.checks) == [False] * 3
        window.workspace.model.choose_event("good")
        await window.invoke()
        await until(lambda: reached(shown.checks) == [True, False, False])
        await window.invoke()
        await until(lambda: reached(shown.checks) == [True, True, False])
        window.window.run("lesson.reset")
        assert reached(shown.checks) == [False] * 3
        await window.invoke()
        await until(lambda: reached(shown.checks) == [False, True, False])  # what was cold before does not count any more
        await fail_before_an_audience(window)

    play(scenario)
    assert (root / "lessons" / "01-init.md").read_text() == FIRST

    async def again(window: Window) -> None:
        await teach(window, root)
        assert panel(window).buttons.place.text() == "step 2 of 2"
        assert reached(panel(window).checks) == [True, True, True]
        window.window.run("lesson.back")
        assert reached(panel(window).checks) == [False, True, False]

    play(again)


async def fail_before_an_audience(window: Window) -> None:
    lessons, choose = window.workspace.lessons, window.workspace.model.choose_event
    window.window.run("presentation")
    await until(lambda: not window.appearance.is_changing)
    assert lessons.head is not None
    assert lessons.foot is not None
    assert (lessons.head.title.text(), panel(window).isVisible()) == ("Invoke twice", False)
    assert (reached(lessons.foot.checks), lessons.foot.isVisible()) == ([False, True, False], True)
    await press(window, Qt.Key.Key_PageDown, alt=True)
    assert (lessons.head.title.text(), lessons.head.buttons.place.text()) == ("Fail", "step 2 of 2")
    choose("fail")
    await window.invoke()
    await until(lambda: reached(lessons.foot.checks) == [True, False, False])
    choose("good")
    await window.invoke()
    await until(lambda: reached(lessons.foot.checks) == [True, True, False])
    by_hand = lessons.foot.checks.rows[2].box
    by_hand.setFocus()
    await press(window, Qt.Key.Key_Space)
    assert reached(lessons.foot.checks) == [True] * 3
    await press(window, Qt.Key.Key_Escape)
    await until(lambda: not window.appearance.is_changing)
    assert (lessons.head.isVisible(), lessons.foot.isVisible(), panel(window).isVisible()) == (False, False, True)


def test_what_is_wrong_is_said_and_a_mended_file_is_read_again(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await teach(window, root)
        shown, file = panel(window), root / "lessons" / "02-more.md"
        window.workspace.lessons.course.choose("02-more.md")
        assert shown.problems.text().startswith("02-more.md, line 4: “cool” is no condition (is “cold” meant?).")
        written = root / "new"
        written.write_text(SECOND.replace("cool", "cold"))
        written.replace(file)  # as editors do
        await until(lambda: not shown.problems.isVisible())
        assert (shown.title.text(), len(shown.checks.rows)) == ("Alone", 1)
        file.write_text("")
        await until(lambda: shown.problems.text().startswith("02-more.md: it is empty."))
        assert (shown.title.isVisible(), shown.checks.isVisible()) == (False, False)
        assert not window.window.actions_by_id["lesson.next"].isEnabled()
        window.window.run("presentation")  # there is no step to be presented
        await until(lambda: not window.appearance.is_changing)
        assert window.workspace.lessons.head is None
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        for each in (root / "lessons").iterdir():
            each.unlink()
        await until(lambda: not shown.isVisible())

    play(scenario)


def test_every_part_is_reached_by_tab_and_nothing_is_loaded(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await teach(window, root)
        shown = panel(window)
        assert "no HTML" in shown.text.toPlainText()
        assert "<b>" not in shown.text.toHtml()
        stops = [each for each in tab_stops(window.window) if shown.isAncestorOf(each)]
        wanted: list[QWidget] = [shown.lessons, shown.buttons.next, shown.buttons.anew]
        assert stops == wanted
        assert window.window.focusWidget() is shown.lessons
        shown.buttons.next.setFocus()
        await press(window, Qt.Key.Key_Space)
        assert (shown.title.text(), window.window.focusWidget()) == ("Fail", shown.buttons.back)
        await asyncio.sleep(0)
        assert [each.accessibleName() for each in tab_stops(shown) if each is shown.checks.rows[2].box] == ["you can say why"]
        assert shown.width() <= window.window.width()

    play(scenario)


def test_a_workspace_without_lessons_says_what_a_lesson_is(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        for each in (root / "lessons").iterdir():
            each.unlink()
        (root / "lessons").rmdir()
        await window.open(root)
        window.window.run("lesson.show")
        assert "This workspace has no lesson." in window.workspace.page.notice.text
        assert window.workspace.page.layouts.name == "watch"
        watched = window.workspace.lessons.reader._watcher
        await until(lambda: str(root) in watched.directories())
        (root / "lessons").mkdir()
        (root / "lessons" / "a.md").write_text("## A\n")
        await until(lambda: window.workspace.lessons.course.lesson is not None)
        QApplication.processEvents()

    play(scenario)


def test_a_step_that_is_too_much_for_the_window_scrolls_and_leaves_room_for_the_code(
    play: Callable[[Scenario], None], root: Path
) -> None:
    checks = "".join(f"- [ ] {number} {'w' * 70} `cold`\n" for number in range(5)) + "- [ ] by hand\n"
    (root / "lessons" / "01-init.md").write_text("## " + "W" * 100 + "\n" + "words " * 800 + "\n\n" + checks)

    async def scenario(window: Window) -> None:
        window.window.resize(1280, 720)
        await teach(window, root)
        shown, tabs = panel(window), window.workspace.page.documents.tabs
        await until(lambda: shown.body in tab_stops(window.window))
        await until(lambda: 0 < shown.body.height() <= 0.4 * 720 and tabs.height() > 150)
        assert not shown.problems.isVisible()
        window.window.run("presentation")
        await until(lambda: not window.appearance.is_changing)
        foot = window.workspace.lessons.foot
        assert foot is not None
        await until(lambda: all(row.visibleRegion().boundingRect() == row.rect() for row in foot.checks.rows))
        assert window.window.size().toTuple() == (1280, 720)

    play(scenario)
