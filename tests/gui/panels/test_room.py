"""What has little room stays in reach: rows of buttons wrap, and two parts go one below the other."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.beside_or_below import BesideOrBelow
from workbench.gui.widgets.two_groups import TwoGroups
from workbench.gui.widgets.wrapped_row import WrappedRow


@pytest.mark.parametrize("width_px", [600, 250, 90])
def test_buttons_wrap_and_none_is_out_of_reach(qtbot: QtBot, width_px: int) -> None:
    row, buttons = WrappedRow(), [QPushButton(text) for text in ("Hold clock", "Step", "To the end", "Drop")]
    qtbot.addWidget(row)
    row.add(*buttons[:3])
    row.add(buttons[3])
    row.resize(width_px, row.heightForWidth(width_px))
    row.show()
    places = [button.geometry() for button in buttons]
    assert all(row.rect().contains(place) for place in places)
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    assert len({place.top() for place in places}) == (1 if width_px == 600 else len({place.top() for place in places}))
    assert row.minimumSizeHint().width() == max(button.sizeHint().width() for button in buttons)


def test_a_layout_gives_wrapped_buttons_all_their_rows(qtbot: QtBot) -> None:
    panel, row, below = QWidget(), WrappedRow(), QTextEdit()
    qtbot.addWidget(panel)
    buttons = [QPushButton(text) for text in ("Hold clock", "Step", "To the end", "Retry now", "Edit and re-send…", "Drop")]
    row.add(*buttons)
    column, line = QVBoxLayout(panel), QHBoxLayout()
    line.addWidget(row, 1)
    column.addLayout(line)
    column.addWidget(below, 1)
    panel.resize(240, 500)
    panel.show()
    qtbot.waitUntil(lambda: row.height() == row.heightForWidth(row.width()) > 2 * buttons[0].height())
    assert all(row.rect().contains(button.geometry()) for button in buttons)
    assert below.y() > row.geometry().bottom()


def test_a_hidden_button_takes_no_room(qtbot: QtBot) -> None:
    row, first, second = WrappedRow(), QPushButton("first"), QPushButton("second")
    qtbot.addWidget(row)
    row.add(first, second)
    row.resize(400, 40)
    row.show()
    before_px = second.x()
    first.hide()
    qtbot.waitUntil(lambda: second.x() == 0)
    assert before_px > 0


def test_two_groups_come_back_beside_each_other(qtbot: QtBot) -> None:
    """Beside a field that takes all room that they do not ask for."""
    panel, groups = QWidget(), TwoGroups()
    qtbot.addWidget(panel)
    groups.left.add(QPushButton("this invocation"), QPushButton("by invocation"))
    groups.right.add(QPushButton("follow"))
    line = QHBoxLayout(panel)
    line.addWidget(QLineEdit(), 1)
    line.addWidget(groups)
    needed_px = groups.sizeHint().width()
    panel.resize(needed_px // 2, 80)
    panel.show()
    qtbot.waitUntil(lambda: not groups.has_room and groups.right.y() > groups.left.y())
    panel.resize(3 * needed_px, 80)
    qtbot.waitUntil(lambda: groups.has_room and groups.right.x() > groups.left.x())
    assert groups.width() == needed_px


def test_two_parts_turn_with_the_room(qtbot: QtBot) -> None:
    parts = BesideOrBelow(80)
    qtbot.addWidget(parts)
    for _ in range(2):
        parts.addWidget(QWidget())
    letter_px = parts.fontMetrics().averageCharWidth()
    parts.resize(100 * letter_px, 300)
    parts.show()
    assert parts.orientation() is Qt.Orientation.Horizontal
    wide, narrow = parts.sizes()
    assert wide > narrow > 0
    parts.resize(60 * letter_px, 300)
    assert parts.orientation() is Qt.Orientation.Vertical
    assert parts.sizes()[0] > parts.sizes()[1] > 0
