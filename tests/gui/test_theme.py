"""The tokens are readable: contrast is a rule, not a taste."""

from __future__ import annotations

import pytest

from workbench.editor.colors import contrast
from workbench.gui.look.theme import CHART_TOKENS, DARK, LIGHT, TEXT_TOKENS, Theme, blend

THEMES = [pytest.param(DARK, id="dark"), pytest.param(LIGHT, id="light")]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", TEXT_TOKENS)
@pytest.mark.parametrize("ground", ["window", "panel", "surface"])
def test_text_is_readable_on_every_ground(theme: Theme, token: str, ground: str) -> None:
    assert contrast(getattr(theme, token), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("token", CHART_TOKENS)
def test_bars_stand_out_from_the_ground(theme: Theme, token: str) -> None:
    assert contrast(getattr(theme, token), theme.window) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_accent_and_on_the_selected_row_is_readable(theme: Theme) -> None:
    assert contrast(theme.accent_text, theme.accent) >= 4.5
    assert contrast(theme.text, theme.selection) >= 4.5
    assert contrast(theme.text, theme.hover) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


def test_blend_is_between_its_colors() -> None:
    assert blend("#ffffff", "#000000", 0.5) == "#808080"
    assert blend("#ff9d3c", "#1b1e25", 0.0) == "#1b1e25"
