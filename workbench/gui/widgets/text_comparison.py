"""Two texts beside each other as a diff: two results, two events, two of anything that is text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.widgets.diff_view import DiffView
from workbench.gui.widgets.later import Later
from workbench.state.text_comparison import TextDifference, difference

_MOST_DIFF_LINES = 5_000
"""Lines of a diff that are drawn; Qt lays them out in one go."""


class TextComparison(QWidget):
    """Call `compare` with two texts and their names; JSON should be indented (`state.answers.pretty_json`).

    They are compared on a thread, however large they are; `told` says what came of it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.told, self.diff = PlainLabel(), DiffView()
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)  # it has all the room where there is no difference
        self._later = Later(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.told)
        layout.addWidget(self.diff, 1)
        self.setFocusProxy(self.diff)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and monospaced font."""
        self.diff.set_theme(theme)

    def compare(self, left: str, right: str, left_name: str, right_name: str) -> None:
        """Show how the left text became the right one."""
        self.told.setText("Comparing…")
        self._later.do("compare two texts", lambda: difference(left, right, left_name, right_name), self._take)

    def show_none(self, why: str) -> None:
        """Show no comparison, and say why."""
        self._later.forget()
        self._take(TextDifference("", why))

    def _take(self, found: TextDifference) -> None:
        lines = found.diff.split("\n") if found.diff else []
        cut = len(lines) - _MOST_DIFF_LINES
        self.diff.show_diff("\n".join(lines[:_MOST_DIFF_LINES]), "")
        self.diff.setVisible(bool(lines))
        self.told.setText(f"The first {_MOST_DIFF_LINES:,} lines of the diff; {cut:,} more are left out." if cut > 0 else
                          found.told or _counted(lines))


def _counted(lines: list[str]) -> str:
    changed = [line[0] for line in lines[2:] if line[:1] in ("+", "-")]
    return f"Lines: {changed.count('-'):,} removed, {changed.count('+'):,} added"
