"""Words of the status line that give way to one another, so that all that is shown of them is whole."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QToolButton


class StatusWords:
    """What a label or a button says, from the longest form to the shortest; "" leaves it out. The tool tip is not its matter."""

    def __init__(self, widget: QLabel | QToolButton) -> None:
        self.widget = widget
        self._forms: tuple[str, ...] = ("",)
        self.step = 0
        """How many times it has given way."""

    @property
    def whole(self) -> str:
        """The longest form."""
        return self._forms[0]

    def say(self, *forms: str) -> None:
        """Say something else, in the form that fitted until now."""
        self._forms = forms
        self.show(self.step)

    def show(self, step: int) -> None:
        """Show the form that it has after so many steps."""
        self.step = step
        if self.widget.text() != self._form(step):
            self.widget.setText(self._form(step))

    def saved_px(self, step: int) -> int:
        """How much less room it needs after so many steps than it needs now."""
        width = self.widget.fontMetrics().horizontalAdvance
        return width(self.widget.text()) - width(self._form(step))

    def _form(self, step: int) -> str:
        return self._forms[min(step, len(self._forms) - 1)]


def fit(order: Sequence[StatusWords], missing_px: int) -> None:
    """Choose the forms. `order` has words once for each time that they give way; they lack `missing_px` as they are now."""
    steps = dict.fromkeys(order, 0)
    waiting = list(order)
    while waiting and missing_px > sum(words.saved_px(step) for words, step in steps.items()):
        steps[waiting.pop(0)] += 1
    for words, step in steps.items():
        words.show(step)
