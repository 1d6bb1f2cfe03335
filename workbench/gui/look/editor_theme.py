"""The editor's colors for a theme of the window."""

from __future__ import annotations

from workbench.editor.colors import DARK_COLORS, LIGHT_COLORS, EditorColors
from workbench.gui.look.theme import Theme


def editor_colors(theme: Theme) -> EditorColors:
    """Return the editor's dark or light preset, with every color that both define taken from the theme."""
    preset = DARK_COLORS if theme.is_dark else LIGHT_COLORS
    return preset.replace(
        background=theme.code, gutter=theme.code, text=theme.text, gutter_current=theme.text, error=theme.error,
        warning=theme.warning, muted=theme.muted, bar=theme.panel, border=theme.border,
        accent=theme.accent,
    )
