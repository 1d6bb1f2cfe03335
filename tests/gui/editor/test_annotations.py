from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from workbench.editor.annotations import Annotations

COLOR = "#ff00ff"


class Annotated(QPlainTextEdit):
    """A plain text area that paints notes."""

    def __init__(self) -> None:
        super().__init__("import os\nimport boto3\n")
        self.notes = Annotations(self.document(), self.viewport())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        block = self.document().findBlockByNumber(1)
        rect = self.blockBoundingGeometry(block).translated(self.contentOffset())
        self.notes.paint([(block, rect)], self.font(), COLOR)

    def painted(self) -> bool:
        image = self.viewport().grab().toImage()
        wanted = QColor(COLOR).rgb()
        return any(image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height()))


@pytest.fixture
def edit(qtbot: QtBot) -> Annotated:
    edit = Annotated()
    qtbot.addWidget(edit)
    edit.resize(600, 200)
    edit.show()
    return edit


def test_notes_follow_their_lines_and_join_where_lines_are_joined(edit: Annotated) -> None:
    edit.notes.set({1: "3 ms", 2: "61 ms", 99: "nowhere"})
    edit.textCursor().insertText("\n")
    assert edit.notes.by_line() == {2: "3 ms", 3: "61 ms"}
    cursor = QTextCursor(edit.document().findBlockByNumber(2))
    cursor.deletePreviousChar()
    assert edit.notes.by_line() == {2: "3 ms   61 ms"}
    edit.notes.clear()
    assert edit.notes.by_line() == {}


def test_a_note_is_painted_on_its_line_alone(edit: Annotated) -> None:
    assert not edit.painted()
    edit.notes.set({1: "MMMM"})
    assert not edit.painted()
    edit.notes.set({2: "MMMM"})
    assert edit.painted()
