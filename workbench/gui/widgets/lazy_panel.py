"""A place for a panel that is not needed at the start: it is created after the first paint, when nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

Panel = TypeVar("Panel", bound=QWidget)


class LazyPanel(QWidget, Generic[Panel]):
    """Empty, but laid out, until it is filled or `panel` is read. `made` is the panel, None before."""

    def __init__(self, make: Callable[[], Panel], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make = make
        self.made: Panel | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    @property
    def panel(self) -> Panel:
        """The panel, created now if it does not exist yet."""
        return self.made or self._fill()

    def fill(self) -> None:
        """Create the panel now if it does not exist yet."""
        if self.made is None:
            self._fill()

    def _fill(self) -> Panel:
        panel = self.made = self._make()
        self._layout.addWidget(panel)
        self.setFocusProxy(panel)
        panel.show()  # Qt would do so only in the next turn of the loop, and a hidden widget takes no focus
        return panel
