"""Words in the margin: beside their lines, with room of their own, and gone once the text is another."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QTextCursor
from pytestqt.qtbot import QtBot

from workbench.editor.code_editor import CodeEditor
from workbench.editor.colors import DARK_COLORS, LIGHT_COLORS, EditorColors, contrast
from workbench.editor.gutter import Gutter
from workbench.editor.line_marks import LineMark, _ground

SOURCE = "import os\nimport boto3\n\ntable = 1\nother = 2\n\n\ndef handler():\n    pass\n"
MARKS = [LineMark(2, 2, "101 ms", "Importing boto3 took 101 ms.", "heavy"), LineMark(4, 5, "61 ms", "Lines 4 to 5 took 61 ms.")]


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    editor = CodeEditor()
    qtbot.addWidget(editor)
    editor.resize(600, 300)
    editor.set_text(SOURCE, "app.py")
    editor.show()
    return editor


def gutter(editor: CodeEditor) -> Gutter:
    found = editor.view.findChild(Gutter)
    assert found is not None
    return found


def reddish(editor: CodeEditor) -> int:
    """How many pixels of the margin are more red than its ground."""
    image = gutter(editor).grab().toImage()
    ground = QColor(DARK_COLORS.gutter).red()
    colors = (image.pixelColor(x, y) for x in range(image.width() // 2) for y in range(image.height()))
    return sum(color.red() - color.blue() > 10 and color.red() > ground + 20 for color in colors)


@pytest.mark.parametrize("colors", [DARK_COLORS, LIGHT_COLORS], ids=["dark", "light"])
def test_slow_is_amber_and_never_the_red_of_a_failure(colors: EditorColors) -> None:
    grounds = [_ground(LineMark(1, 1, "1 ms", "", weight), colors) for weight in ("medium", "heavy")]
    assert {QColor(each.rgb()).name() for each in grounds} == {colors.warning}
    assert grounds[0].alphaF() < grounds[1].alphaF()
    assert colors.warning != colors.error
    for each in grounds:
        assert contrast(colors.text, blended(each, colors.gutter)) >= 4.5


def blended(color: QColor, ground: str) -> str:
    """A color with an alpha on its ground."""
    share, below = color.alphaF(), QColor(ground)
    parts = zip((color.red(), color.green(), color.blue()), (below.red(), below.green(), below.blue()), strict=True)
    return QColor(*(round(share * one + (1 - share) * other) for one, other in parts)).name()


def test_marks_stand_beside_their_lines_and_say_more_when_pointed_at(editor: CodeEditor) -> None:
    narrow, before = gutter(editor).width(), reddish(editor)
    editor.set_line_marks(MARKS)
    assert gutter(editor).width() > narrow
    assert reddish(editor) > before
    tops = {line: top + height / 2 for line, top, height in editor.view.visible_lines()}
    tips = [gutter(editor).tooltip_at(tops[line]) for line in range(1, 7)]
    assert tips == ["", MARKS[0].tip, "", MARKS[1].tip, MARKS[1].tip, ""]


def test_marks_are_about_one_text_and_their_going_moves_nothing(editor: CodeEditor) -> None:
    editor.set_line_marks(MARKS)
    wide = gutter(editor).width()
    editor.set_colors(DARK_COLORS)  # and all that colors text anew
    assert list(editor.view.line_marks.by_line()) == [2, 4]
    editor.view.textCursor().insertText("#")
    assert editor.view.line_marks.by_line() == {}
    assert gutter(editor).tooltip_at(5) == ""
    assert gutter(editor).width() == wide
    editor.view.document().setModified(False)  # saved
    assert editor.view.line_marks.by_line() == {}
    editor.view.undo()
    assert list(editor.view.line_marks.by_line()) == [2, 4], "it is the text that was measured"
    cursor = editor.view.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText("X")
    assert editor.view.line_marks.by_line() == {}, "another text of the same length"
    editor.set_text("", "b.py")
    editor.view.set_line_marks(())
    assert gutter(editor).width() < wide


def test_coloring_leaves_marks(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_line_marks(MARKS)
    qtbot.waitUntil(lambda: editor.view.highlighter.is_finished)
    assert list(editor.view.line_marks.by_line()) == [2, 4]


def test_the_margin_ends_where_the_text_does(qtbot: QtBot, editor: CodeEditor) -> None:
    """Above the horizontal scroll bar, which shows through."""
    assert gutter(editor).height() == editor.view.viewport().height()
    editor.set_text(f"{SOURCE}{'x' * 500}\n", "app.py")
    qtbot.waitUntil(editor.view.horizontalScrollBar().isVisible)
    qtbot.waitUntil(lambda: gutter(editor).height() == editor.view.viewport().height() < editor.view.height() - 5)
