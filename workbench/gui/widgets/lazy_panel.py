"""Panels that are not needed at the start: they are created after the first paint, when nobody waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
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
        self._layout.addWidget(scroller)  # before the panel is in it: Qt styles all that is in a widget anew with another parent
        scroller.setWidget(panel)
        panel.setAutoFillBackground(False)  # QScrollArea has just set it
        self.setFocusProxy(panel)
        scroller.show()
        panel.show()  # Qt would do so only in the next turn of the loop, and a hidden widget takes no focus

    def showEvent(self, event: QShowEvent) -> None:
        """Tell of it."""
        super().showEvent(event)
        self.shown.emit()


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
