"""The colors and fonts of the window as tokens: panels, charts and the editor all draw from these.

The colors are data (`resources/themes`): light, dark and high contrast. Every text token reaches a contrast of 4.5:1 on `window`,
`panel` and `surface` (WCAG 2.2, 1.4.3), in high contrast 7:1 (1.4.6); every chart token 3:1 on `window` (1.4.11). A unit test
holds them.
"""

from __future__ import annotations

import json

from workbench.model.value import Value
from workbench.resource_files import resource_path


class Theme(Value):
    """One set of tokens. Colors are `#rrggbb`. Font families only name installed ones after `with_fonts`.

    `code` is the ground of what is edited. `accent` marks the primary action and the focus, and nothing else; `info` is what is
    going on; `selection` is the ground of a selected row, `hover` of what is under the mouse, `marked` of selected text; `faded`
    is text of what is disabled.
    """

    name: str
    is_dark: bool
    window: str
    code: str
    panel: str
    surface: str
    border: str
    text: str
    muted: str
    faded: str
    selection: str
    marked: str
    hover: str
    accent: str
    accent_text: str
    info: str
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

    def with_fonts(self, ui_family: str, mono_family: str) -> Theme:
        """Return the same tokens with font families that are installed on this machine."""
        return self.replace(ui_family=ui_family, mono_family=mono_family)


def _read(name: str) -> Theme:
    read = json.loads(resource_path(f"themes/{name}.json").read_bytes())
    return Theme(name=read["name"], is_dark=read["is_dark"], **read["colors"])


DARK, LIGHT, HIGH_CONTRAST = map(_read, ("dark", "light", "high-contrast"))

TEXT_TOKENS = ("text", "muted", "info", "success", "error", "warning", "syntax_keyword", "syntax_string", "syntax_function",
               "syntax_number")
CHART_TOKENS = ("create", "runtime_init", "function_init", "invoke", "overhead", "error")


def blend(over: str, under: str, share: float) -> str:
    """The opaque color of `over` laid on `under` with an opacity of `share`."""
    mixed = (round(a * share + b * (1 - share)) for a, b in zip(_channels(over), _channels(under), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
