from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.gui.editor.conftest import kinds
from workbench.editor.colors import LIGHT_COLORS
from workbench.editor.editor_look import EditorLook
from workbench.editor.editor_page import EditorPage, OpenFile
from workbench.editor.page_groups import PageGroups


class Looking:
    """Tabs, and a look that dresses what is opened."""

    def __init__(self, host: QWidget, *, is_plain: bool) -> None:
        self.host = host
        self.tabs = PageGroups(host)
        self.look = EditorLook(self.tabs, host, is_plain=is_plain)

    def open(self, path: str) -> EditorPage:
        page = EditorPage(OpenFile(path=path), "import os\n", self.tabs, is_plain=self.look.is_plain)
        self.look.dress(page)
        self.tabs.add(page)
        return page


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    host = QWidget()
    qtbot.addWidget(host)
    return host


@pytest.fixture
def looking(host: QWidget) -> Looking:
    return Looking(host, is_plain=False)


def sizes(*pages: EditorPage) -> list[float]:
    return [page.editor.code_font.size_pt for page in pages]


def test_what_is_set_reaches_open_tabs_and_later_ones(looking: Looking) -> None:
    first = looking.open("/a.py")
    looking.look.set_colors(LIGHT_COLORS)
    looking.look.set_font_size(17)
    looking.look.set_font_family("DejaVu Sans Mono")
    for page in (first, looking.open("/b.py")):
        assert page.editor.view.colors == LIGHT_COLORS
        assert page.editor.code_font.size_pt == 17
        assert page.editor.view.font().families() == ["DejaVu Sans Mono"]
    assert looking.host.palette().window().color().name() == LIGHT_COLORS.bar


def test_zooming_one_tab_zooms_all_and_is_told(qtbot: QtBot, looking: Looking) -> None:
    first, second = looking.open("/a.py"), looking.open("/b.py")
    looking.look.set_font_size(20)
    with qtbot.waitSignal(looking.look.font_size_changed) as changed:
        looking.look.zoom_in()
    assert changed.args == [21]
    assert sizes(first, second) == [21, 21]
    second.editor.code_font.zoom_out()
    assert sizes(first, second, looking.open("/c.py")) == [20, 20, 20]


def test_setting_the_size_is_not_told_as_zooming(qtbot: QtBot, looking: Looking) -> None:
    looking.open("/a.py")
    with qtbot.assertNotEmitted(looking.look.font_size_changed):
        looking.look.set_font_size(20)


def test_without_tabs_there_is_nothing_to_zoom(qtbot: QtBot, looking: Looking) -> None:
    with qtbot.assertNotEmitted(looking.look.font_size_changed):
        looking.look.zoom_in()
        looking.look.zoom_out()
        looking.look.zoom_reset()


def test_plain_texts_are_colored_when_asked_for(host: QWidget) -> None:
    looking = Looking(host, is_plain=True)
    page = looking.open("/a.py")
    assert kinds(page.editor, 1) == []
    assert looking.look.lexers() == {"python"}
    looking.look.color()
    assert kinds(page.editor, 1) != []
    assert kinds(looking.open("/b.py").editor, 1) != []
