"""Cold starts as aligned stacks of one scale, one below the other, with what grew or shrank in words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.editor.plain_label import PlainLabel
from workbench.gui.look.theme import Theme
from workbench.gui.panels.timeline.durations import clock_words
from workbench.gui.panels.timeline.phase_bar import PhaseBar
from workbench.gui.widgets.elided_label import ElidedLabel
from workbench.model.function_version import LATEST
from workbench.model.moments import local_time
from workbench.state.invocation import Invocation
from workbench.state.start_parts import aligned_parts, difference_sentence

_TITLE_PX = 260
MOST = 6
"""More stacks than that are no longer compared at a glance."""


class StartComparison(QWidget):
    """Shows several starts in the order in which they happened; each later one is compared with the first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self.rows = [(ElidedLabel(_TITLE_PX), PhaseBar(theme), PlainLabel(), PlainLabel()) for _ in range(MOST)]
        for number, (title, bar, total, words) in enumerate(self.rows):
            self._grid.addWidget(title, 2 * number, 0)
            self._grid.addWidget(bar, 2 * number, 1)
            self._grid.addWidget(total, 2 * number, 2)
            self._grid.addWidget(words, 2 * number + 1, 1, 1, 2)
            total.setObjectName("mono")
            words.setObjectName("muted")
            words.setWordWrap(True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colors and fonts."""
        self._theme = theme
        for _, bar, _, _ in self.rows:
            bar.set_theme(theme)

    def show_starts(self, invocations: list[Invocation]) -> None:
        """Show these cold starts, none to hide."""
        shown = sorted(invocations, key=lambda each: each.received_ms)[:MOST]
        self.setVisible(len(shown) > 1)
        several = len({each.function_name for each in shown}) > 1
        dated = len({local_time(each.received_ms / 1_000).date() for each in shown}) > 1
        stacks = aligned_parts(shown)
        totals = [sum(part.duration_ms for part in parts) for parts in stacks]
        for number, row in enumerate(self.rows):
            for widget in row:
                widget.setVisible(number < len(shown))
            if number < len(shown):
                title, bar, total, words = row
                name = f" · {shown[number].function_name}" if several else ""
                title.setText(start_title(shown[number], dated=dated) + name)
                bar.show_parts(stacks[number], max(totals))
                total.setText(f"{totals[number]:,.0f} ms")
                words.setText(difference_sentence(stacks[0], stacks[number]))
                words.setVisible(number > 0)


def start_title(invocation: Invocation, *, dated: bool = False) -> str:
    """Return by what a person tells one cold start from another: when, memory, environment, and the version if it has one.

    `dated`: with the day, because another day's stands beside it.
    """
    startup = invocation.startup
    memory = f" · {startup.memory_mb:,} MB" if startup is not None and startup.memory_mb else ""
    version = f" · version {invocation.version}" if invocation.version != LATEST else ""
    day = local_time(invocation.received_ms / 1_000).strftime("%Y-%m-%d ") if dated else ""
    return f"{day}{clock_words(invocation.received_ms)}{memory}{version} · {invocation.environment_id[:4]}"
