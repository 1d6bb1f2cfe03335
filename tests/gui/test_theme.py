"""The tokens are readable: contrast is a rule, not a taste."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.editor.colors import contrast
from workbench.gui.application.preferences import Preferences
from workbench.gui.look.appearance import Appearance
from workbench.gui.look.fonts import MONO_FAMILY, UI_FAMILY, load_fonts
from workbench.gui.look.scale import SCALE, sized, small, with_tabular_figures
from workbench.gui.look.style_sheet import style_sheet
from workbench.gui.look.theme import CHART_TOKENS, DARK, HIGH_CONTRAST, LIGHT, TEXT_TOKENS, Theme, blend
from workbench.gui.panels.navigation.functions_panel import badge_of
from workbench.gui.widgets.background import fill_background
from workbench.resource_files import resource_path

THEMES = [pytest.param(DARK, id="dark"), pytest.param(LIGHT, id="light"), pytest.param(HIGH_CONTRAST, id="high contrast")]
GROUNDS = ["window", "code", "panel", "surface"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", TEXT_TOKENS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_readable_on_every_ground(theme: Theme, token: str, ground: str) -> None:
    assert contrast(getattr(theme, token), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("token", TEXT_TOKENS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_high_contrast_is_high(token: str, ground: str) -> None:
    assert contrast(getattr(HIGH_CONTRAST, token), getattr(HIGH_CONTRAST, ground)) >= 7


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", CHART_TOKENS)
def test_bars_stand_out_from_the_ground(theme: Theme, token: str) -> None:
    assert contrast(getattr(theme, token), theme.window) >= 3.0


def test_badges_of_runtimes_say_nothing_about_how_they_stand() -> None:
    """Ruby had the red of a failure."""
    runtimes = ("python3.13", "nodejs22.x", "ruby3.4", "java21", "dotnet8", "go1.x", "provided.al2023")
    badges = [badge_of(runtime) for runtime in runtimes]
    assert len({badge for badge, _ in badges}) == len(runtimes)
    assert not {token for _, token in badges} & {"error", "warning", "success", "accent"}
    assert all(hasattr(DARK, token) for _, token in badges)


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_accent_and_on_the_selected_row_is_readable(theme: Theme) -> None:
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    for ground in (theme.selection, theme.hover):
        assert contrast(theme.text, ground) >= 4.5
        assert contrast(theme.muted, ground) >= 4.5
    assert contrast(theme.text, theme.marked) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_selection_is_neutral_and_the_accent_stands_out(theme: Theme) -> None:
    assert contrast(theme.accent, theme.panel) >= 2.5
    red, _, blue = (int(theme.selection[i : i + 2], 16) for i in (1, 3, 5))
    assert red <= blue, "the accent is orange: what is selected does not look like what is to be pressed"


@pytest.mark.parametrize("weight", [SCALE.weights.regular, SCALE.weights.medium, SCALE.weights.strong])
def test_the_fonts_come_with_the_program(qapp: QApplication, weight: int) -> None:
    assert load_fonts() == (UI_FAMILY, MONO_FAMILY)
    font = sized(QFont(UI_FAMILY, 10), SCALE.sizes.body, weight)
    assert (QFontInfo(font).family(), QFontInfo(font).weight()) == (UI_FAMILY, weight)
    mono = QFontMetricsF(sized(QFont(MONO_FAMILY, 10), SCALE.sizes.body, weight))
    assert mono.horizontalAdvance("iii") == mono.horizontalAdvance("MMM")


def test_figures_are_of_one_width(qapp: QApplication) -> None:
    load_fonts()
    font = with_tabular_figures(QFont(UI_FAMILY, 10))
    ones, zeros = (QFontMetricsF(font).horizontalAdvance(text) for text in ("111.1", "000.0"))
    assert ones == zeros


def test_sizes_follow_the_font(qapp: QApplication) -> None:
    for size_pt in (8.0, 10.0, 14.0):
        font = QFont(UI_FAMILY)
        font.setPointSizeF(size_pt)
        assert small(font).pointSizeF() == pytest.approx(size_pt * SCALE.sizes.small)


def test_each_font_has_its_license_beside_it() -> None:
    fonts = {path.name.partition("-")[0] for path in resource_path("fonts").glob("*.ttf")}
    assert fonts == {path.name.partition("-")[0] for path in resource_path("fonts").glob("*-OFL.txt")}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


def test_blend_is_between_its_colors() -> None:
    assert blend("#ffffff", "#000000", 0.5) == "#808080"
    assert blend("#ff9d3c", "#1b1e25", 0.0) == "#1b1e25"


def test_a_view_keeps_the_color_of_the_theme_when_it_is_moved(qapp: QApplication, qtbot: QtBot) -> None:
    """With a style sheet in place, Qt puts back an earlier palette of a widget that gets another parent."""
    places, view = [QWidget(), QWidget()], QWidget()
    for place in places:
        qtbot.addWidget(place)
        place.resize(40, 40)
    before = qapp.styleSheet()
    view.setParent(places[0])
    view.resize(40, 40)
    fill_background(view)
    try:
        for theme, place in ((LIGHT, places[0]), (DARK, places[1])):
            qapp.setStyleSheet(style_sheet(theme))
            view.setParent(place)
            view.show()
            place.show()
            assert view.grab().toImage().pixelColor(5, 5).name() == theme.window
    finally:
        qapp.setStyleSheet(before)


class _Painted(QWidget):
    """Counts how often it was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.times += 1


def test_a_window_that_waited_to_be_painted_is_painted_after_a_change(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """Presentation mode moves everything first, so that all of the window waits when painting is held: it stayed as it was."""
    appearance, window, before = Appearance(qapp, Preferences(tmp_path / "window.ini")), _Painted(), qapp.styleSheet()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.times > 0)
    try:
        for change in (lambda: appearance.enlarge(1.0), lambda: appearance.choose("dark")):
            window.update()
            window.times = 0
            change()
            qtbot.waitUntil(lambda: not appearance.is_changing)
            window.update()
            qtbot.waitUntil(lambda: window.times > 0)
    finally:
        qapp.setStyleSheet(before)
