"""Where a sheet stands in its window."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMainWindow, QVBoxLayout
from pytestqt.qtbot import QtBot

from workbench.editor.plain_label import PlainLabel
from workbench.editor.sheet import Sheet


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(700, 600)
    with qtbot.waitExposed(window):
        window.show()
    return window


@pytest.fixture
def sheet(qtbot: QtBot, window: QMainWindow) -> Sheet:
    sheet = Sheet(window, is_resizable=True)
    sheet.setModal(False)
    sheet.resize(300, 400)
    QVBoxLayout(sheet).addWidget(PlainLabel("Trust this folder?"))
    with qtbot.waitExposed(sheet):
        sheet.show()
    return sheet


def off_center(sheet: Sheet, window: QMainWindow) -> int:
    return abs(sheet.geometry().center().x() - window.geometry().center().x())


def test_a_sheet_stays_in_the_middle_of_a_window_that_gets_another_size(
    qtbot: QtBot, window: QMainWindow, sheet: Sheet
) -> None:
    assert off_center(sheet, window) <= 1
    window.resize(500, 300)
    qtbot.waitUntil(lambda: off_center(sheet, window) <= 1 and sheet.height() == 250)
    window.resize(780, 590)
    qtbot.waitUntil(lambda: off_center(sheet, window) <= 1 and sheet.height() == 400)
    assert sheet.y() == window.geometry().top() + 590 // 12


def test_a_sheet_that_the_person_has_moved_stays_there(qtbot: QtBot, window: QMainWindow, sheet: Sheet) -> None:
    moved = sheet.pos()
    moved.setX(moved.x() + 40)
    sheet.move(moved)
    window.resize(500, 500)
    qtbot.waitUntil(lambda: window.width() == 500)
    assert sheet.pos() == moved


def test_a_sheet_keeps_the_height_that_the_person_has_given_it(qtbot: QtBot, window: QMainWindow, sheet: Sheet) -> None:
    sheet.resize(300, 350)
    window.resize(560, 590)
    qtbot.waitUntil(lambda: off_center(sheet, window) <= 1)
    assert sheet.height() == 350
