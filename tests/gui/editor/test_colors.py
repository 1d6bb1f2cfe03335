from __future__ import annotations

import pytest

from workbench.editor.colors import DARK_COLORS, GROUNDS, LIGHT_COLORS, SYNTAX_KINDS, EditorColors, contrast

PRESETS = [pytest.param(DARK_COLORS, id="dark"), pytest.param(LIGHT_COLORS, id="light")]


@pytest.mark.parametrize("colors", PRESETS)
@pytest.mark.parametrize("kind", SYNTAX_KINDS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_code_is_readable_on_every_ground(colors: EditorColors, kind: str, ground: str) -> None:
    assert contrast(getattr(colors, kind), getattr(colors, ground)) >= 4.5


@pytest.mark.parametrize("colors", PRESETS)
@pytest.mark.parametrize(("text", "ground"), [
    ("gutter_text", "gutter"), ("gutter_text", "current_line"), ("gutter_current", "current_line"),
    ("annotation", "background"), ("annotation", "current_line"), ("error", "background"), ("warning", "background"),
    ("error", "bar"), ("muted", "bar"), ("text", "bar"), ("muted", "background"),
])
def test_everything_else_is_readable_on_its_ground(colors: EditorColors, text: str, ground: str) -> None:
    assert contrast(getattr(colors, text), getattr(colors, ground)) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
