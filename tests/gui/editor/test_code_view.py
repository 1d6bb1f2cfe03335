from __future__ import annotations

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
