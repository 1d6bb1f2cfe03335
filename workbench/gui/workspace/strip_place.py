"""Where the strip of figures will be, between the code and the views: as high as it, so that nothing moves when it comes."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.look.scale import figures_px
from workbench.gui.panels.result.headline_places import EDGE_PX

_TOP_PX, _BOTTOM_PX = 5, 4
_LINES_FOR_ALL = 40
"""On a page that is less than that many lines of text high, the strip leaves out the figures of before."""


class Strip(Protocol):
    """What is put here, a widget too: it can do with less height."""

    def set_low(self, is_low: bool) -> None:
        """Do with less height, or take all."""

    def present(self, *, is_on: bool) -> None:
        """Be read from the last row, or as usual."""


class StripPlace(QFrame):
    """Empty until `put`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._strip: Strip | None = None
        self._page_px = self._usual_px = 0
        self._is_presenting = False
        # A layout gives a fixed one no more than its hint, which is about another width while it gets a new one.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, _TOP_PX, 10, _BOTTOM_PX)
        self.fit(0)

    def put(self, strip: QWidget) -> None:
        """Show the strip here."""
        self._column.addWidget(strip)
        strip.show()  # Qt would do so only in the next turn of the loop
        assert hasattr(strip, "set_low")
        assert hasattr(strip, "present")
        self._strip = strip
        self.fit(self._page_px)
        if self._is_presenting:
            self.present(is_on=True)

    def present(self, *, is_on: bool) -> None:
        """Show the strip to an audience, or as usual."""
        self._is_presenting = is_on
        if self._strip is not None:
            self._strip.present(is_on=is_on)

    def fit(self, page_px: int) -> None:
        """Take the height that is right on a page of this height."""
        self._page_px = page_px
        is_low = page_px < _LINES_FOR_ALL * self.fontMetrics().height()
        self._usual_px = figures_px(self.font(), has_note=not is_low) + EDGE_PX + _TOP_PX + _BOTTOM_PX
        self.updateGeometry()
        if self._strip is not None:
            self._strip.set_low(is_low)

    def sizeHint(self) -> QSize:
        """Return the usual height, or that of a strip whose figures stand below its words in the present width."""
        hint = super().sizeHint()
        needed_px = self.heightForWidth(self.width()) if self.hasHeightForWidth() else hint.height()
        return QSize(hint.width(), max(self._usual_px, needed_px))

    def minimumSizeHint(self) -> QSize:
        """Return no less height: words and figures would be laid over each other."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the font."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self.fit(self._page_px)
