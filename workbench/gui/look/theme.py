"""The colors and fonts of the window as tokens, in light and dark: panels, charts and the editor all draw from these.

Every text token reaches a contrast of 4.5:1 on `window`, `panel` and `surface` (WCAG 2.2, 1.4.3), every chart token 3:1
on `window` (1.4.11); a unit test holds both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One set of tokens. Colors are `#rrggbb`. Font families only name installed ones after `with_fonts`."""

    name: str
    is_dark: bool
    window: str
    panel: str
    surface: str
    border: str
    text: str
    muted: str
    accent: str
    accent_text: str
    success: str
    error: str
    warning: str
    create: str
    runtime_init: str
    function_init: str
    invoke: str
    overhead: str
    idle: str
    syntax_keyword: str
    syntax_string: str
    syntax_function: str
    syntax_number: str
    mono_family: str = "monospace"
    ui_family: str = ""

    @property
    def selection(self) -> str:
        """The background of a selected row: the accent, thinned over the panel."""
        return blend(self.accent, self.panel, 0.18)

    @property
    def hover(self) -> str:
        """The background of the row or button under the mouse."""
        return blend(self.text, self.panel, 0.07)

    def with_fonts(self, ui_family: str, mono_family: str) -> Theme:
        """Return the same tokens with font families that are installed on this machine."""
        return replace(self, ui_family=ui_family, mono_family=mono_family)


DARK = Theme(
    name="dark", is_dark=True,
    window="#15171c", panel="#1b1e25", surface="#21252e", border="#2f3541", text="#e6e8ee", muted="#98a0b0",
    accent="#ff9d3c", accent_text="#161616", success="#4ec98a", error="#ff7a7a", warning="#f5b94d",
    create="#53c7d8", runtime_init="#a98bff", function_init="#f5b94d", invoke="#4ec98a", overhead="#8d95a5", idle="#3a404d",
    syntax_keyword="#b49bff", syntax_string="#6fd3a0", syntax_function="#6cb2ff", syntax_number="#f5b94d",
)

LIGHT = Theme(
    name="light", is_dark=False,
    window="#f4f5f7", panel="#ffffff", surface="#f7f8fa", border="#d5dae3", text="#1d2330", muted="#5b6478",
    accent="#e07b16", accent_text="#161616", success="#157347", error="#c22f2f", warning="#8a5a00",
    create="#0e8fa3", runtime_init="#7652d6", function_init="#b07400", invoke="#1b8f58", overhead="#6c7487", idle="#cfd5df",
    syntax_keyword="#6a45cc", syntax_string="#157347", syntax_function="#1a5fd0", syntax_number="#8a5a00",
)

TEXT_TOKENS = ("text", "muted", "success", "error", "warning", "syntax_keyword", "syntax_string", "syntax_function",
               "syntax_number")
CHART_TOKENS = ("create", "runtime_init", "function_init", "invoke", "overhead", "error")


def blend(over: str, under: str, share: float) -> str:
    """The opaque color of `over` laid on `under` with an opacity of `share`."""
    mixed = (round(a * share + b * (1 - share)) for a, b in zip(_channels(over), _channels(under), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
