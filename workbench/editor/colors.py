"""The colors the editor draws with: one frozen value, passed in by the window, with presets for standalone use."""

from __future__ import annotations

from workbench.model.value import Value

SYNTAX_KINDS = ("text", "keyword", "string", "number", "comment", "function", "type")
"""The kinds of token that have a color of their own; each is a field of `EditorColors`."""

GROUNDS = ("background", "current_line", "selection", "match", "current_match", "bracket")
"""The background fields: every syntax color has to be readable on each of them."""


class EditorColors(Value):
    """Every color of the editor as `#rrggbb`.

    Text must reach a contrast of 4.5:1 on the backgrounds it is drawn on (WCAG 2.2, 1.4.3); tests check this for the presets.
    """

    background: str
    text: str
    gutter: str
    gutter_text: str
    gutter_current: str
    current_line: str
    selection: str
    keyword: str
    string: str
    number: str
    comment: str
    function: str
    type: str
    error: str
    warning: str
    match: str
    current_match: str
    bracket: str
    bar: str
    border: str
    muted: str
    accent: str


DARK_COLORS = EditorColors(
    background="#15171c", text="#e6e8ee", gutter="#15171c", gutter_text="#828a9b", gutter_current="#e6e8ee",
    current_line="#1f2127", selection="#26365a",
    keyword="#b49bff", string="#6fd3a0", number="#f5b94d", comment="#a3abba", function="#7cbaff", type="#53c7d8",
    error="#ff7a7a", warning="#f5b94d",
    match="#41371a", current_match="#503708", bracket="#2f3746",
    bar="#1b1e25", border="#2f3541", muted="#98a0b0", accent="#ff9d3c",
)
"""The dark preset."""

LIGHT_COLORS = EditorColors(
    background="#f4f5f7", text="#1d2330", gutter="#f4f5f7", gutter_text="#606a7e", gutter_current="#1d2330",
    current_line="#e9ebee", selection="#d3e2fc",
    keyword="#6a45cc", string="#0f663d", number="#7a4f00", comment="#535c6f", function="#1755bd", type="#075f6e",
    error="#c22f2f", warning="#8a5a00",
    match="#fbeec0", current_match="#ffdd8a", bracket="#d9dee8",
    bar="#ffffff", border="#d5dae3", muted="#5b6478", accent="#e07b16",
)
"""The light preset."""


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two `#rrggbb` colors, from 1 to 21. Source: WCAG 2.2, "contrast ratio"."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at:at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
