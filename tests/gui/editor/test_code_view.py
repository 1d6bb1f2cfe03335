from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.editor.code_view import CodeView
from workbench.editor.colors import LIGHT_COLORS


class _Counting(CodeView):
    """Counts how deeply resizes are nested."""

    depth = deepest = 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        super().resizeEvent(event)
        self.depth -= 1


def test_a_resize_does_not_cause_another(qtbot: QtBot) -> None:
    """Where each brings a scroll bar or takes it away, they would go on until the stack is full."""
    view = _Counting()
    qtbot.addWidget(view)
    view.setPlainText("\n".join(["x" * 20] * 11))
    view.show()
    for width in range(20, 140, 5):
        for height in (1, 16, 30, 60, 100):
            view.resize(width, height)
    assert view.deepest == 1


def test_a_view_that_gets_another_parent_keeps_its_colors(qtbot: QtBot, qapp: QApplication) -> None:
    """Under a style sheet, Qt puts the palette back that it had first."""
    before = qapp.styleSheet()
    qapp.setStyleSheet("QFrame { border: none; }")
    try:
        places, view = (QWidget(), QWidget()), CodeView()
        for place in places:
            qtbot.addWidget(place)
            QVBoxLayout(place).addWidget(view)
            place.show()
            if place is places[0]:
                view.set_colors(LIGHT_COLORS)
        view.color()
        assert {part.palette().base().color().name() for part in (view, view.viewport())} == {LIGHT_COLORS.background}
    finally:
        qapp.setStyleSheet(before)


def test_lines_begin_at_the_left_whatever_language_they_are_in(qtbot: QtBot) -> None:
    view = CodeView()
    qtbot.addWidget(view)
    view.setPlainText("# of Latin\n# שלום עולם\nمرحبا\n")
    view.resize(600, 200)
    view.show()
    places = []
    for line in range(3):
        cursor = view.textCursor()
        cursor.setPosition(view.document().findBlockByNumber(line).position())
        places.append(view.cursorRect(cursor).x())
    assert view.document().defaultTextOption().textDirection() is Qt.LayoutDirection.LeftToRight
    assert max(places[:2]) < 100
    layout = view.document().findBlockByNumber(2).layout()
    assert layout.lineAt(0).naturalTextRect().left() < 100
