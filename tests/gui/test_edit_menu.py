"""The Edit menu acts on what has the keyboard, is disabled where it would do nothing, and takes no key from anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QMainWindow,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.test_window_with_engine import Scenario, Window, play, root, until
from workbench.gui.commands.editing import Editing, key_text
from workbench.gui.panels.configuration.environment_table import EnvironmentTable

__all__ = ["play", "root"]

TEXTS = {"edit.Undo", "edit.Redo", "edit.Cut", "edit.Copy", "edit.Paste", "edit.SelectAll", "edit.Find"}
DEEDS = ("Undo", "Redo", "Cut", "Copy", "Paste", "SelectAll", "Find")


class Places:
    """A window with one of each that can have the keyboard."""

    def __init__(self, qtbot: QtBot) -> None:
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.text, self.line, self.table, self.button = QPlainTextEdit(), QLineEdit(), QTableWidget(2, 1), QPushButton("press")
        self.variables, self.box, self.number = EnvironmentTable(), QComboBox(), QSpinBox()
        self.box.setEditable(True)
        for row in range(2):
            self.table.setItem(row, 0, QTableWidgetItem(f"row {row}"))
        center = QWidget()
        column = QVBoxLayout(center)
        for part in (self.text, self.line, self.table, self.button, self.variables, self.box, self.number):
            column.addWidget(part)
        self.window.setCentralWidget(center)
        self.editing = Editing(self.window)
        self.window.show()

    def possible(self, focused: QWidget) -> set[str]:
        focused.setFocus()
        return {deed for deed in DEEDS if self.editing.can(deed)}


@pytest.fixture
def places(qtbot: QtBot) -> Places:
    QGuiApplication.clipboard().clear()
    return Places(qtbot)


def test_a_text_is_edited_as_with_its_keys(places: Places) -> None:
    text, editing = places.text, places.editing
    assert not places.possible(text)
    QTest.keyClicks(text, "abc")
    assert places.possible(text) == {"Undo", "SelectAll"}
    editing.do("SelectAll")
    assert places.possible(text) == {"Undo", "SelectAll", "Cut", "Copy"}
    editing.do("Cut")
    assert (text.toPlainText(), QGuiApplication.clipboard().text()) == ("", "abc")
    editing.do("Paste")
    editing.do("Paste")
    assert text.toPlainText() == "abcabc"
    editing.do("Undo")
    assert text.toPlainText() == "abc"
    editing.do("Redo")
    assert text.toPlainText() == "abcabc"
    text.setReadOnly(True)
    assert places.possible(text) == {"SelectAll"}


def test_fields_are_edited_as_with_their_keys(places: Places) -> None:
    editing = places.editing
    for field in (places.line, places.box):
        field.setFocus()
        QTest.keyClicks(field, "xyz")
        editing.do("SelectAll")
        editing.do("Copy")
        assert QGuiApplication.clipboard().text() == "xyz"
        editing.do("Undo")
        assert "Redo" in places.possible(field)
        QGuiApplication.clipboard().clear()
    assert "SelectAll" in places.possible(places.number)
    places.line.setText("hunter2")
    places.line.setEchoMode(QLineEdit.EchoMode.Password)
    places.line.selectAll()
    assert not places.possible(places.line) & {"Cut", "Copy"}


def test_lists_copy_and_put_back(places: Places) -> None:
    assert "Copy" not in places.possible(places.button)
    places.table.setCurrentCell(1, 0)
    assert places.possible(places.table) == {"Copy", "SelectAll"}
    places.editing.do("Copy")
    assert QGuiApplication.clipboard().text() == "row 1"
    places.editing.do("SelectAll")
    assert len(places.table.selectedIndexes()) == 2
    variables = places.variables
    variables.show_variables({"TABLE": "orders"}, read_only=False)
    variables.setCurrentIndex(variables.rows.index(0, 0))
    assert "Undo" not in places.possible(variables)
    variables.rows.remove(0)
    assert "Undo" in places.possible(variables)
    places.editing.do("Undo")
    assert variables.rows.variables == {"TABLE": "orders"}


@pytest.mark.parametrize("make", [QAction, QShortcut])
def test_find_is_that_of_what_is_around(places: Places, make: type[QAction | QShortcut]) -> None:
    asked = []
    assert "Find" not in places.possible(places.text)
    center = places.text.parentWidget()
    if make is QShortcut:
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), center)
        find.activated.connect(lambda: asked.append("found"))
    else:
        find = QAction(center)
        find.setShortcut(QKeySequence.StandardKey.Find)
        find.triggered.connect(lambda: asked.append("found"))
        center.addAction(find)
    assert "Find" in places.possible(places.text)
    places.editing.do("Find")
    assert asked == ["found"]
    find.setEnabled(False)
    assert "Find" not in places.possible(places.text)


def test_the_menu_bar_may_have_the_keyboard_itself(places: Places, qtbot: QtBot) -> None:
    """As it has when it is opened by keyboard: what had it before is edited."""
    places.window.activateWindow()
    qtbot.waitUntil(places.window.isActiveWindow)
    bar = places.window.menuBar()
    bar.addMenu("Edit").addAction("Copy")
    bar.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    qtbot.waitUntil(bar.isVisible)
    places.text.setFocus()
    places.text.setPlainText("abc")
    places.text.selectAll()
    bar.setFocus()
    assert places.window.focusWidget() is bar
    places.editing.do("Copy")
    assert QGuiApplication.clipboard().text() == "abc"


def entries(window: Window) -> dict[str, bool]:
    """What the Edit menu offers when it is opened now."""
    menu = next(each.menu() for each in window.window.menuBar().actions() if each.text() == "E&dit")
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return {action.objectName(): action.isEnabled() for action in menu.actions() if action.objectName() in TEXTS}


def test_the_window_edits_what_has_the_keyboard(play: Callable[[Scenario], None], root: Path) -> None:
    async def scenario(window: Window) -> None:
        await window.open(root)
        actions = window.window.actions_by_id
        assert actions["edit.Undo"].text() == f"&Undo\t{key_text('Undo')}"
        assert not any(actions[name].shortcuts() for name in TEXTS)  # each key belongs to what has the focus, and only to that
        editor = window.workspace.documents.tabs.current_editor()
        assert editor is not None
        before = editor.text()
        editor.view.setFocus()
        QTest.keyClicks(editor.view, "x = 1")
        possible = dict.fromkeys(("edit.Undo", "edit.SelectAll", "edit.Find"), True) | {"edit.Paste": editor.view.canPaste()}
        assert entries(window) == dict.fromkeys(TEXTS, False) | possible
        actions["edit.Undo"].trigger()
        assert editor.text() == before
        QTest.keyClick(editor.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert editor.text() != before  # the widget's own key still works
        QTest.keyClick(editor.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert editor.text() == before
        assert entries(window)["edit.Find"]
        actions["edit.Find"].trigger()
        await until(lambda: window.window.focusWidget() is editor.bars.find_bar.find_edit)
        window.window.run("focus.history")
        await until(lambda: entries(window)["edit.Find"])
        window.workspace.page.toolbar.invoke.setFocus()
        assert entries(window) == dict.fromkeys(TEXTS, False)

    play(scenario)
