from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.editor.bar import Bar
from workbench.editor.code_view import CodeView
from workbench.editor.colors import DARK_COLORS, LIGHT_COLORS
from workbench.editor.editor_bars import EditorBars


class Shown(QWidget):
    """A text with bars below."""

    def __init__(self) -> None:
        super().__init__()
        self.view = CodeView(self)
        self.bars = EditorBars(self.view, self)
        column = QVBoxLayout(self)
        column.addWidget(self.view, 1)
        column.addWidget(self.bars)


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    shown = Shown()
    qtbot.addWidget(shown)
    shown.view.setPlainText("one\ntwo\nthree")
    shown.resize(600, 400)
    shown.show()
    shown.activateWindow()
    shown.view.setFocus()
    qtbot.waitUntil(shown.view.hasFocus)
    return shown


def visible(shown: Shown) -> list[Bar]:
    return [bar for bar in shown.bars.findChildren(Bar) if bar.isVisible()]


def test_no_bar_exists_and_takes_room_before_it_is_opened(shown: Shown) -> None:
    assert shown.bars.findChildren(Bar) == []
    assert shown.bars.height() == 0


def test_one_bar_is_open_at_a_time(shown: Shown) -> None:
    shown.bars.open_find()
    assert visible(shown) == [shown.bars.find_bar]
    shown.bars.open_goto()
    assert visible(shown) == [shown.bars.goto_bar]
    shown.bars.open_replace()
    assert visible(shown) == [shown.bars.find_bar]


def test_escape_gives_room_and_focus_back(qtbot: QtBot, shown: Shown) -> None:
    shown.bars.open_find()
    elsewhere = QLineEdit(shown)  # comes next in the tab order, so it would get the focus of a bar that just hides
    elsewhere.show()
    qtbot.waitUntil(lambda: shown.bars.height() > 0)
    qtbot.keyClick(shown.bars.find_bar.find_edit, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: shown.bars.height() == 0)
    assert shown.view.hasFocus()


def test_the_bar_for_lines_begins_with_the_one_of_the_caret_and_tells_the_chosen_one(qtbot: QtBot, shown: Shown) -> None:
    shown.view.select_line(2)
    shown.bars.open_goto()
    assert shown.bars.goto_bar.edit.text() == "2"
    shown.bars.goto_bar.edit.setText("3:2")
    with qtbot.waitSignal(shown.bars.place_chosen) as chosen:
        qtbot.keyClick(shown.bars.goto_bar.edit, Qt.Key.Key_Return)
    assert chosen.args == [3, 2]


def test_bars_have_the_colors_of_the_view_whenever_they_are_made(shown: Shown) -> None:
    shown.bars.open_find()
    assert shown.bars.find_bar.palette().window().color().name() == DARK_COLORS.bar
    shown.view.set_colors(LIGHT_COLORS)
    shown.bars.set_colors(LIGHT_COLORS)
    shown.bars.open_goto()
    for bar in (shown.bars.find_bar, shown.bars.goto_bar):
        assert bar.palette().window().color().name() == LIGHT_COLORS.bar
