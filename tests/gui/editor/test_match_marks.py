from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from workbench.editor.colors import DARK_COLORS, LIGHT_COLORS
from workbench.editor.match_marks import MatchMarks
from workbench.editor.selection_layers import SelectionLayers

MATCHES = [(at, at + 2) for at in range(0, 100, 10)]


class Shown:
    """A text of which a part is in view."""

    def __init__(self, edit: QPlainTextEdit) -> None:
        self.edit = edit
        self.part = (30, 60)
        self.marks = MatchMarks(edit.document(), SelectionLayers(edit), self.visible, DARK_COLORS)

    def visible(self) -> tuple[int, int]:
        return self.part

    def marked(self) -> dict[int, str]:
        """Start and color of each mark."""
        return {one.cursor.selectionStart(): one.format.background().color().name() for one in self.edit.extraSelections()}


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    edit = QPlainTextEdit("ab345678\n\n" * 10)
    qtbot.addWidget(edit)
    return Shown(edit)


def test_marks_are_made_for_what_is_in_view_and_the_match_that_may_reach_into_it(shown: Shown) -> None:
    shown.marks.show(MATCHES, -1)
    assert list(shown.marked()) == [20, 30, 40, 50]
    shown.part = (0, 10)
    shown.marks.refresh()
    assert list(shown.marked()) == [0]


def test_the_selected_match_has_a_color_of_its_own(shown: Shown) -> None:
    shown.marks.show(MATCHES, 4)
    ordinary, selected = DARK_COLORS.match, DARK_COLORS.current_match
    assert shown.marked() == {20: ordinary, 30: ordinary, 40: selected, 50: ordinary}
    shown.marks.set_colors(LIGHT_COLORS)
    assert shown.marked()[40] == LIGHT_COLORS.current_match


def test_no_matches_leave_no_marks(shown: Shown) -> None:
    shown.marks.show(MATCHES, 4)
    shown.marks.show((), -1)
    assert shown.marked() == {}
