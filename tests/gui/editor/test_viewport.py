"""The viewport of a scrolling area, found without PySide's search."""

from __future__ import annotations

from PySide6.QtWidgets import QListView, QPlainTextEdit, QScrollArea, QTreeView
from pytestqt.qtbot import QtBot

from workbench.editor.viewport import viewport_of


def test_it_is_the_one_that_qt_names(qtbot: QtBot) -> None:
    for kind in (QPlainTextEdit, QListView, QScrollArea, QTreeView):
        area = kind()
        qtbot.addWidget(area)
        assert viewport_of(area) is area.viewport()


def test_it_is_not_that_of_an_area_inside(qtbot: QtBot) -> None:
    outer, inner = QScrollArea(), QPlainTextEdit()
    qtbot.addWidget(outer)
    outer.setWidget(inner)
    assert viewport_of(outer) is not viewport_of(inner)
    assert viewport_of(outer) is outer.viewport()
