"""Buttons in a row, and in several where there is no room for all of them beside each other."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.look.scale import SCALE

_BETWEEN_PX = SCALE.spacing_px.tight
_GAP_PX = SCALE.spacing_px.medium


class WrappedRow(QWidget):
    """Places its widgets itself: none is ever out of reach."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widgets: list[tuple[QWidget, int]] = []
        self._sizes: list[tuple[QWidget, QSize]] = []
        self._known: dict[int, list[tuple[QWidget, QRect]]] = {}  # places by width: Qt asks for them very often
        # A layout gives a fixed one no more than its hint, which is a single row.
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, *widgets: QWidget, is_apart: bool = True) -> None:
        """Add a group of widgets, a little apart from those that are there, or close to them."""
        for number, widget in enumerate(widgets):
            widget.setParent(self)
            self._widgets.append((widget, _GAP_PX if is_apart and self._widgets and not number else _BETWEEN_PX))

    def settle(self) -> None:
        """Place them now, and all around them. Call it when some were shown or hidden: Qt would do so in later turns, one for
        each widget around, and what is below would be painted meanwhile where it does not stay.
        """
        if self.take_in():
            settle_around(self)

    def take_in(self) -> bool:
        """Place them now if one was shown or hidden or has another size, and return whether that is so."""
        if not self.isVisible() or self._shown_sizes() == self._sizes:
            return False
        self._arrange_anew()
        return True

    def hasHeightForWidth(self) -> bool:
        """Return True: the narrower, the higher."""
        return True

    def heightForWidth(self, width_px: int) -> int:
        """Return the height of all rows."""
        return max((place.bottom() + 1 for _, place in self._places(width_px)), default=0)

    def sizeHint(self) -> QSize:
        """Return the size of a single row."""
        places = self._places(1 << 20)
        return QSize(max((place.right() + 1 for _, place in places), default=0), self.heightForWidth(1 << 20))

    def minimumSizeHint(self) -> QSize:
        """Return the width of what needs the most (texts that are cut need little), and the height of a single row."""
        shown = (widget for widget, _ in self._widgets if not widget.isHidden())
        least_px = (max(widget.minimumSizeHint().width(), widget.minimumWidth()) for widget in shown)
        return QSize(max(least_px, default=0), self.heightForWidth(1 << 20))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place them anew."""
        super().resizeEvent(event)
        is_other = event.size().width() != event.oldSize().width()
        if is_other:
            self._known.clear()  # or there would be places for each width that a window is dragged through
        self._arrange()
        if is_other:
            self.updateGeometry()  # it may need another height

    def showEvent(self, event: QShowEvent) -> None:
        """Place them anew: Qt does not tell a hidden row that one of them was hidden or shown."""
        super().showEvent(event)
        self._arrange_anew()

    def event(self, event: QEvent) -> bool:
        """Place them anew when one of them needs more room or less, is hidden or shown."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.take_in()
        return super().event(event)

    def _arrange_anew(self) -> None:
        self._sizes = self._shown_sizes()
        self._known.clear()
        self._arrange()
        self.updateGeometry()

    def _shown_sizes(self) -> list[tuple[QWidget, QSize]]:
        return [(widget, _size(widget, self.width())) for widget, _ in self._widgets if not widget.isHidden()]

    def _arrange(self) -> None:
        above_px = max(0, (self.height() - self.heightForWidth(self.width())) // 2)
        for widget, place in self._places(self.width()):
            widget.setGeometry(place.translated(0, above_px))

    def _places(self, width_px: int) -> list[tuple[QWidget, QRect]]:
        if not self.isVisible():  # nobody says then that one has changed
            return self._placed(width_px)
        if width_px not in self._known:
            self._known[width_px] = self._placed(width_px)
        return self._known[width_px]

    def _placed(self, width_px: int) -> list[tuple[QWidget, QRect]]:
        rows: list[list[tuple[QWidget, QRect]]] = [[]]
        left = top = height = 0
        for widget, before_px in self._widgets:
            if widget.isHidden():
                continue
            size = _size(widget, width_px)
            left += before_px if left else 0
            if left and left + size.width() > width_px:
                left, top, height = 0, top + height + _BETWEEN_PX, 0
                rows.append([])
            rows[-1].append((widget, QRect(left, top, size.width(), size.height())))
            left, height = left + size.width(), max(height, size.height())
        return [place for row in rows for place in _centered(row)]


def settle_around(widget: QWidget) -> None:
    """Let a widget have the room now that it asks for: from its layout, and this from those around."""
    around = widget.parentWidget()
    while around is not None:
        layout = around.layout()
        if layout is None:
            return
        layout.activate()
        around = around.parentWidget()


def _size(widget: QWidget, width_px: int) -> QSize:
    size = widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(QSize(width_px, 1 << 20))
    if widget.hasHeightForWidth():
        size.setHeight(widget.heightForWidth(size.width()))
    return size


def _centered(row: list[tuple[QWidget, QRect]]) -> list[tuple[QWidget, QRect]]:
    """Let what is less high than its row stand in the middle of it."""
    height = max((place.height() for _, place in row), default=0)
    return [(widget, place.translated(0, (height - place.height()) // 2)) for widget, place in row]
