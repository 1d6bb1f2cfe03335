"""What is said where the log shows no rows."""

from __future__ import annotations

from workbench.gui.panels.log.log_model import LogModel
from workbench.gui.panels.log.search_words import words_without_hits


def words_for_nothing(lines: LogModel, *, is_filtered: bool) -> str:
    """Return why there are none."""
    hits = lines.hits
    if hits is not None:
        return words_without_hits(hits)
    if lines.folds is not None:
        return "No invocation matches." if is_filtered else "Nothing has been invoked yet."
    if lines.book.is_cleared:
        return "What there was until now is hidden."
    return "Nothing has been logged yet. Invoke a function, and its lines appear here as they are written."
