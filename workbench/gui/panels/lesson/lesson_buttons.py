"""Where a person is in a lesson, and the ways on: back, next, and the step anew."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.widgets.wrapped_row import WrappedRow


class LessonButtons(WrappedRow):
    """Signals: `moved(int by)`; `reset()`."""

    moved = Signal(int)
    reset = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.place = PlainLabel()
        self.place.setObjectName("muted")
        self.back, self.next, self.anew = QPushButton("Back"), QPushButton("Next"), QPushButton("Reset step")
        self.back.setToolTip("The step before (Alt+Page Up)")
        self.next.setToolTip("The next step (Alt+Page Down)")
        self.anew.setToolTip("Begin this step anew: its checks are open again, and what was invoked until now does not count")
        for button in (self.back, self.next, self.anew):
            button.setObjectName("compact")
        self.add(self.place)
        self.add(self.back, self.next, self.anew)
        self.back.clicked.connect(self._on_back)
        self.next.clicked.connect(self._on_next)
        self.anew.clicked.connect(self.reset)

    def show_place(self, number: int, count: int) -> None:
        """Show the step's number, from 0, among that many."""
        self.place.setText(f"step {number + 1} of {count}" if count else "")
        has_focus = next((each for each in (self.back, self.next) if each.hasFocus()), None)
        self.back.setEnabled(number > 0)
        self.next.setEnabled(number + 1 < count)
        self.anew.setEnabled(count > 0)
        if has_focus is not None and not has_focus.isEnabled():  # a disabled button would keep the keyboard for nobody
            (self.next if has_focus is self.back else self.back).setFocus()
        self.settle()

    def _on_back(self) -> None:
        self.moved.emit(-1)

    def _on_next(self) -> None:
        self.moved.emit(1)
