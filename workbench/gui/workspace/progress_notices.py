"""The engine's messages before an answer: progress of a download, and notices that must not be missed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from workbench.gui.workspace.invocation_controller import InvocationController
from workbench.gui.workspace.notice_bar import NoticeBar
from workbench.model.events import StreamEvent


class ProgressNotices(QObject):
    """Shows them in the notice bar: those that this window's invocations caused, and those that no request caused.

    Of the latter, only those since `since_ms` (epoch): the stream begins with events of earlier sessions.
    """

    def __init__(self, bar: NoticeBar, invocations: InvocationController, since_ms: float, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._invocations = invocations
        self._since_ms = since_ms
        self._notices: tuple[str, ...] = ()
        self._notices_of = ""

    def take(self, events: list[StreamEvent]) -> None:
        """Show the messages among these events. Notices go before progress, which comes again."""
        own = [event for event in events if self._invocations.is_own(event.request_id)]
        told = [*own, *(event for event in events if self._is_for_all(event))]
        notices = [event for event in told if event.fields().get("stage") == "notice"]
        if notices:
            self._show_notices(notices)
        elif own and self._invocations.running:
            self._show_progress(own[-1].fields())

    def _show_notices(self, events: list[StreamEvent]) -> None:
        """Show all notices of one request together, in whichever batches they arrive.

        A notice that belongs to no request joins those of the invocation in progress.
        """
        request_id = events[-1].request_id or (self._notices_of if self._invocations.running else "")
        before = self._notices if request_id and request_id == self._notices_of else ()
        self._notices_of = request_id
        self._notices = tuple(dict.fromkeys((*before, *map(_words, events))))
        self._bar.show_message("\n".join(self._notices))

    def _is_for_all(self, event: StreamEvent) -> bool:
        """Whether no request caused it (neither ours nor another client's) and it is not from an earlier session."""
        return not event.request_id and event.time_ms >= self._since_ms

    def _show_progress(self, record: dict[str, Any]) -> None:
        fraction = record.get("fraction")
        if record.get("stage") not in ("pull", "wait") or (fraction is not None and fraction >= 1):
            self._bar.end_progress()
        else:
            self._bar.show_progress(str(record.get("text", "")), fraction)


def _words(event: StreamEvent) -> str:
    """Return the notice with its function: it stays when another one is chosen."""
    return ": ".join(filter(None, (event.function_name, str(event.fields().get("text", "")))))
