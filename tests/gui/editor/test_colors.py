from __future__ import annotations

import pytest

from workbench.editor.colors import DARK_COLORS, GROUNDS, LIGHT_COLORS, SYNTAX_KINDS, EditorColors, contrast

PRESETS = [pytest.param(DARK_COLORS, id="dark"), pytest.param(LIGHT_COLORS, id="light")]


CODE = [(kind, ground) for kind in SYNTAX_KINDS for ground in GROUNDS]
ELSE = [
    ("gutter_text", "gutter"), ("gutter_text", "current_line"), ("gutter_current", "current_line"),
    ("error", "background"), ("warning", "background"),
    ("error", "bar"), ("muted", "bar"), ("text", "bar"), ("muted", "background"),
]


@pytest.mark.parametrize("colors", PRESETS)
@pytest.mark.parametrize("pairs", [pytest.param(CODE, id="code"), pytest.param(ELSE, id="else")])
def test_all_text_is_readable_on_its_ground(colors: EditorColors, pairs: list[tuple[str, str]]) -> None:
    found = {(text, ground): contrast(getattr(colors, text), getattr(colors, ground)) for text, ground in pairs}
    assert not {pair: ratio for pair, ratio in found.items() if ratio < 4.5}


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
