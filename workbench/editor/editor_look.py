"""What the editors of one window look like: the same colors and the same font in every tab."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.editor.bar import bar_palette
from workbench.editor.colors import DARK_COLORS, EditorColors
from workbench.editor.editor_page import EditorPage
from workbench.editor.page_groups import PageGroups


class EditorLook(QObject):
    """Applies colors and font to all pages, and to those opened later. With `is_plain`, texts have no colors until `color`."""

    font_size_changed = Signal(float)
    """The person zoomed one page; all of them have this size now, in points."""

    def __init__(self, tabs: PageGroups, host: QWidget, *, is_plain: bool = False) -> None:
        """`host` is the widget around the tabs; bars and banners inside take its palette."""
        super().__init__(host)
        self._tabs, self._host = tabs, host
        self._colors = DARK_COLORS
        self._font_family = ""
        self._font_size_pt = 0.0
        self._is_plain = is_plain
        self.set_colors(DARK_COLORS)

    @property
    def is_plain(self) -> bool:
        """Whether texts are shown without syntax coloring for now."""
        return self._is_plain

    def dress(self, page: EditorPage) -> None:
        """Give a new page the look of the others; from now on, zooming it zooms all."""
        page.set_colors(self._colors)
        if self._font_family:
            page.editor.code_font.set_family(self._font_family)
        if self._font_size_pt:
            page.editor.code_font.set_size(self._font_size_pt)
        page.editor.font_size_changed.connect(self._zoom_all)

    def set_colors(self, colors: EditorColors) -> None:
        """Draw everything in these colors."""
        self._colors = colors
        self._tabs.set_colors(colors)
        self._host.setPalette(bar_palette(self._host.palette(), colors))
        for page in self._tabs.pages():
            page.set_colors(colors)

    def lexers(self) -> set[str]:
        """Return the Pygments aliases of the lexers that the open texts need."""
        return {page.editor.view.language.lexer for page in self._tabs.pages()}

    def color(self) -> None:
        """Start syntax coloring in all tabs; texts opened later get it from the start."""
        self._is_plain = False
        for page in self._tabs.pages():
            page.editor.view.color()

    def set_font_size(self, size_pt: float) -> None:
        """Set the font size in all tabs, in points."""
        self._font_size_pt = size_pt
        for page in self._tabs.pages():
            page.editor.code_font.set_size(size_pt)

    def set_font_family(self, family: str) -> None:
        """Set the fixed-width font family in all tabs."""
        self._font_family = family
        for page in self._tabs.pages():
            page.editor.code_font.set_family(family)

    def zoom_in(self) -> None:
        """Make the font larger in all tabs."""
        page = self._tabs.current_page()
        if page is not None:
            page.editor.code_font.zoom_in()

    def zoom_out(self) -> None:
        """Make the font smaller in all tabs."""
        page = self._tabs.current_page()
        if page is not None:
            page.editor.code_font.zoom_out()

    def zoom_reset(self) -> None:
        """Restore the default font size in all tabs."""
        page = self._tabs.current_page()
        if page is not None:
            page.editor.code_font.zoom_reset()

    def _zoom_all(self, size_pt: float) -> None:
        self.set_font_size(size_pt)
        self.font_size_changed.emit(size_pt)
