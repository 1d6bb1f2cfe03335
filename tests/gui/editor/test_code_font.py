from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from workbench.editor.code_font import DEFAULT_SIZE_PT, CodeFont
from workbench.editor.code_view import CodeView


@pytest.fixture
def font(qtbot: QtBot) -> CodeFont:
    view = CodeView()
    qtbot.addWidget(view)
    return CodeFont(view)


@pytest.mark.parametrize(("wanted", "size"), [(12.5, 12.5), (1, 5), (500, 48)])
def test_sizes_are_clamped(font: CodeFont, wanted: float, size: float) -> None:
    font.set_size(wanted)
    assert font.size_pt == size


def test_zooming_is_told_and_setting_is_not(qtbot: QtBot, font: CodeFont) -> None:
    with qtbot.assertNotEmitted(font.zoomed):
        font.set_size(20)
    for zoom, size in ((font.zoom_in, 21), (font.zoom_out, 20), (font.zoom_reset, DEFAULT_SIZE_PT)):
        with qtbot.waitSignal(font.zoomed) as zoomed:
            zoom()
        assert zoomed.args == [size]


def test_the_family_leaves_the_size(font: CodeFont) -> None:
    font.set_size(17)
    font.set_family("DejaVu Sans Mono")
    assert font.size_pt == 17
    assert font.parent().font().families() == ["DejaVu Sans Mono"]
