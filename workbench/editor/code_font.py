"""The font of the code: a fixed-width family, and a size that keys and mouse wheel change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont, QFontDatabase

if TYPE_CHECKING:
    from workbench.editor.code_view import CodeView

DEFAULT_SIZE_PT = 10.0
_MIN_SIZE_PT, _MAX_SIZE_PT = 5.0, 48.0


class CodeFont(QObject):
    """Sets the font of one view. Sizes are in points."""

    zoomed = Signal(float)
    """The person zoomed; the new size in points. Not emitted by `set_size`."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view
        view.zoom_requested.connect(self._zoom)

    @property
    def size_pt(self) -> float:
        """The size in points."""
        return self._view.font().pointSizeF()

    def set_size(self, size_pt: float) -> None:
        """Set the size in points, clamped to 5 to 48."""
        font = QFont(self._view.font())
        font.setPointSizeF(min(_MAX_SIZE_PT, max(_MIN_SIZE_PT, size_pt)))
        self._view.set_code_font(font)

    def set_family(self, family: str) -> None:
        """Set the family, which should be fixed-width."""
        font = QFont(self._view.font())
        font.setFamilies([family])
        self._view.set_code_font(font)

    def zoom_in(self) -> None:
        """Make the font one point larger."""
        self._zoom(1)

    def zoom_out(self) -> None:
        """Make the font one point smaller."""
        self._zoom(-1)

    def zoom_reset(self) -> None:
        """Restore the default size."""
        self._zoom(DEFAULT_SIZE_PT - self.size_pt)

    def _zoom(self, points: float) -> None:
        self.set_size(self.size_pt + points)
        self.zoomed.emit(self.size_pt)


def default_font() -> QFont:
    """Return the platform's fixed-width font in the default size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPointSizeF(DEFAULT_SIZE_PT)
    return font
