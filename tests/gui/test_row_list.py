"""Lists as in the side bar."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.row import Row
from workbench.gui.widgets.row_list import RowList


@pytest.mark.parametrize("note", ["", "a second line"])
def test_no_row_is_cut_in_half(qtbot: QtBot, note: str) -> None:
    rows = tuple(Row(str(number), f"Function{number:03d}", note=note) for number in range(40))
    shown = RowList("Functions")
    qtbot.addWidget(shown)
    shown.resize(200, 301)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.show_rows(rows, "0")
    for height_px in (301, 317, 350):
        shown.resize(200, height_px)
        for seen in (0, 20, 39):
            shown.scrollTo(shown.model().index(seen, 0))
            places = [shown.visualRect(shown.model().index(number, 0)) for number in range(40)]
            inside = shown.viewport().rect()
            assert not [place for place in places if place.intersects(inside) and not inside.contains(place)]
            assert inside.contains(places[seen])


def test_a_list_that_has_room_for_all_its_rows_uses_all_of_it(qtbot: QtBot) -> None:
    shown = RowList("Functions")
    qtbot.addWidget(shown)
    shown.show_rows(tuple(Row(str(number), f"Function{number}") for number in range(3)), "")
    shown.resize(200, 301)
    with qtbot.waitExposed(shown):
        shown.show()
    assert shown.viewport().height() == shown.contentsRect().height()
