"""Which lines of a row are shown: the first one, all of it, wrapped or not."""

from __future__ import annotations

from collections.abc import Callable

from workbench.gui.panels.log.log_card_painter import CardShape
from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.log_painter import LogPainter
from workbench.state.log_rows import LogRow
from workbench.state.log_text import StyledText


class LogRowLines:
    """Keeps what a person opened and closed. `width_px` is how wide the view is now."""

    def __init__(self, model: LogModel, painter: LogPainter, width_px: Callable[[], int]) -> None:
        self._model = model
        self._painter = painter
        self._width_px = width_px
        self._toggled: set[int] = set()
        self.wraps = False

    def shown(self, row: int) -> tuple[StyledText, ...]:
        """Return the lines of a row as they are shown; () while it is not here."""
        found = self._model.row_at(row)
        return () if found is None else self._shown(found)

    def card(self, row: int) -> CardShape:
        """Return the lines of the card below a row; () where there is none."""
        found = self._model.row_at(row)
        return () if found is None else self._card(row, found)

    def count(self, row: int) -> int:
        """Return how many lines a row takes, with its card."""
        found = self._model.row_at(row)
        if found is None:
            return 1
        card = self._card(row, found)
        return max(len(self._shown(found)), 1) + (len(card) + 1 if card else 0)

    def is_open(self, row: int) -> bool:
        """Whether a row is shown with all its lines, or with the entries below it."""
        folds = self._model.folds
        if folds is not None and folds.head_at(row) is not None:
            return folds.is_open(row)
        found = self._model.row_at(row)
        return found is not None and self._is_open(found)

    def toggle(self, row: int) -> bool:
        """Open or close a row of several lines; False for one that has no more."""
        found = self._model.row_at(row)
        if found is None or not found.is_long:
            return False
        self._toggled ^= {found.entry.seq}
        return True

    def _shown(self, found: LogRow) -> tuple[StyledText, ...]:
        lines = found.shown(self._is_open(found))
        return self._painter.wrapped(lines, self._width_px()) if self.wraps else lines

    def _card(self, row: int, found: LogRow) -> CardShape:
        card = self._model.card_of(row, found)
        return () if card is None else self._painter.cards.shape(card, self._width_px())

    def _is_open(self, row: LogRow) -> bool:
        return row.starts_open != (row.entry.seq in self._toggled)
