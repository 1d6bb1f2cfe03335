"""What stands in the place of an answer while there is no invocation. Without widgets."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from workbench.gui.panels.result.result_text import Piece, Prose
from workbench.gui.panels.result.shown_request import ShownRequest


def absent_pieces(shown: ShownRequest) -> list[Piece]:
    """Return why a request never reached a function, that its event is in the queue, or what to do; [] for one on its way."""
    failure = shown.failure
    if failure is not None:
        return [Piece(failure.message, "muted" if failure.is_canceled else "error")]
    if shown.is_accepted:
        return [Prose(_tr("The event is on disk, and its caller has the answer: status 202, no payload. The function runs when "
                          "the event is due, and its result appears here. The queue (Alt+8) has every step."), "text")]
    if shown.request_id:
        return []
    return [Prose(_tr("Press Invoke: the answer appears here, with everything Lambda would have logged."), "muted")]


def _tr(text: str) -> str:
    return QCoreApplication.translate("ResultPanel", text)
