"""The colors of a diff: red and green are lines that differ, and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.diff_view import DiffView

LINES = "@@ -1,3 +1,3 @@\n same\n--- a\n+++ b"


@pytest.mark.parametrize("heading", ["", "--- 21:54:56 cold\n+++ 21:54:57 warm\n"])
def test_the_names_of_both_sides_are_no_differences(qtbot: QtBot, heading: str) -> None:
    view = DiffView()
    qtbot.addWidget(view)
    view.show_diff(heading + LINES, "")
    blocks = [view.document().findBlockByNumber(number) for number in range(view.blockCount())]
    grounds = [block.blockFormat().background().style() != Qt.BrushStyle.NoBrush for block in blocks]
    assert grounds == [False] * heading.count("\n") + [False, False, True, True]
