"""Which events of the queue are shown: of which function, and whether those that ended are among them; and to drop all."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QWidget

from workbench.gui.widgets.flat_combo import FlatCombo
from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.state.queue_rows import Shown

ALL_FUNCTIONS = "All functions"
_SHOWN: tuple[tuple[Shown, str], ...] = (("all", "All events"), ("waiting", "In the queue"), ("ended", "Ended"))


class QueueFilter(WrappedRow):
    """Signals: `function_chosen(str name)`, "" for all; `shown_chosen(str)`: all, waiting or ended.

    `drop_all` tells itself that it was pressed.
    """

    function_chosen = Signal(str)
    shown_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.functions, self.shown = _combo("Function whose events are shown", 120), _combo("Events that are shown", 108)
        for key, title in _SHOWN:
            self.shown.addItem(title, key)
        self.functions.activated.connect(self._on_function)
        self.shown.activated.connect(self._on_shown)
        self.show_functions((), "")
        self.drop_all = QPushButton("Drop all…")
        self.drop_all.setToolTip("Remove all events of this list from the queue")
        self.drop_all.setAccessibleName("Drop all")
        self.add(self.functions, self.shown, self.drop_all)

    def show_functions(self, names: Sequence[str], chosen: str) -> None:
        """Show the functions that can be chosen."""
        if [self.functions.itemData(index) for index in range(self.functions.count())] != ["", *names]:
            self.functions.clear()
            self.functions.addItem(ALL_FUNCTIONS, "")
            for name in names:
                self.functions.addItem(name, name)
        self.functions.setCurrentIndex(max(self.functions.findData(chosen), 0))

    def _on_function(self, index: int) -> None:
        self.function_chosen.emit(str(self.functions.itemData(index) or ""))

    def _on_shown(self, index: int) -> None:
        self.shown_chosen.emit(str(self.shown.itemData(index)))


def _combo(name: str, width_px: int) -> QComboBox:
    combo = FlatCombo()
    combo.setAccessibleName(name)
    combo.setToolTip(name)
    combo.setMinimumWidth(width_px)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo
