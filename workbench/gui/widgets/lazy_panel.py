"""Panels that are not needed at the start: they are created after the first paint, when nobody waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

Panel = TypeVar("Panel", bound=QWidget)


class PanelPlace(QWidget):
    """Where a panel will be: empty, but laid out, until it is put there.

    Emits `shown()` whenever it comes to be seen.
    A place that is smaller than its panel scrolls, so that nothing is out of reach whatever a person makes of the window.
    """

    shown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def put(self, panel: QWidget) -> None:
        """Show the panel here. From now on it takes the place's focus."""
        scroller = QScrollArea()
        scroller.setFrameShape(QScrollArea.Shape.NoFrame)
        scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroller.setWidgetResizable(True)
        scroller.viewport().setAutoFillBackground(False)
        held = _Held()
        scroller.setWidget(held)
        held.setAutoFillBackground(False)  # QScrollArea has just set it
        self._layout.addWidget(scroller)  # before the panel is in it: Qt styles all that is in a widget anew with another parent
        held.hold(panel)
        self.setFocusProxy(panel)
        scroller.show()
        panel.show()  # Qt would do so only in the next turn of the loop, and a hidden widget takes no focus

    def showEvent(self, event: QShowEvent) -> None:
        """Tell of it."""
        super().showEvent(event)
        self.shown.emit()


class _Held(QWidget):
    """Has the size of a panel, which needs no more height than its least: to one whose height depends on its width, QScrollArea
    would give the height that it likes best, and scroll around what scrolls itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._panel: QWidget | None = None
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hold(self, panel: QWidget) -> None:
        """Take a panel in."""
        self._panel = panel
        panel.setParent(self)
        panel.setGeometry(self.rect())
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return that of the panel."""
        return QSize() if self._panel is None else self._panel.minimumSizeHint().expandedTo(self._panel.minimumSize())

    def heightForWidth(self, width_px: int) -> int:
        """Return the least height of the panel."""
        layout = self._panel.layout() if self._panel is not None else None
        is_wrapping = layout is not None and layout.hasHeightForWidth()
        return layout.minimumHeightForWidth(width_px) if layout is not None and is_wrapping else self.minimumSizeHint().height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give it all to the panel."""
        super().resizeEvent(event)
        if self._panel is not None:
            self._panel.setGeometry(self.rect())

    def event(self, event: QEvent) -> bool:
        """Need another size when the panel does."""
        if event.type() is QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


class LazyPanel(Generic[Panel]):
    """Creates a panel in its place, when it is wanted or when `panel` is read. `made` is the panel, None before."""

    def __init__(self, place: PanelPlace, make: Callable[[], Panel]) -> None:
        self.place = place
        self._make = make
        self._load: Callable[[], None] | None = None
        self._waiting: list[Callable[[], object]] = []
        self.made: Panel | None = None

    @property
    def panel(self) -> Panel:
        """The panel, created now if it does not exist yet."""
        return self.made or self._fill()

    def fill(self) -> None:
        """Create the panel now if it does not exist yet."""
        if self.made is None:
            self._fill()

    def want(self, then: Callable[[], object] = lambda: None) -> None:
        """Create the panel, then call `then`: now, or as soon as what it is made of has been loaded."""
        if self.made is None and self._load is not None:
            self._waiting.append(then)
            self._load()
        else:
            self.fill()
            then()

    def wait_for(self, load: Callable[[], None]) -> None:
        """Let whoever wants the panel wait until `go_on`: what it is made of takes long to load. `load` asks for that."""
        self._load = load

    def go_on(self) -> None:
        """Create the panel now if somebody wants it, and from now on whenever somebody does."""
        self._load = None
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            self.want(then)

    def _fill(self) -> Panel:
        panel = self.made = self._make()
        self.place.put(panel)
        return panel
