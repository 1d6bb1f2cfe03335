"""Where all unexpected errors arrive: unsaved text is saved first, then the error is shown and can be copied."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from workbench.model.failures import WorkbenchError

if TYPE_CHECKING:
    import asyncio

    from workbench.editor.sheet import MessageSheet

_log = logging.getLogger("workbench.gui")


def _nothing() -> None:
    return


class ErrorReporter(QObject):
    """Shows errors in a dialog that does not block the loop. While it is open, further errors are only logged.

    `save_recovery` is called before anything is shown. `report` may be called from any thread.
    """

    # Qt delivers a signal to the thread of its receiver, so an error from a worker thread is shown on the GUI thread.
    _arrived = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.window: QWidget | None = None
        self.save_recovery: Callable[[], object] = _nothing
        self._open: MessageSheet | None = None
        self._arrived.connect(self._show)

    @property
    def dialog(self) -> MessageSheet | None:
        """The open dialog; None if there is none."""
        return self._open

    def report(self, error: BaseException) -> None:
        """Save unsaved text, then log and show an error, from whichever thread it was caught on."""
        import asyncio  # not at the top: the window is painted before asyncio is imported

        # These say that somebody wants to stop, which is no error.
        if isinstance(error, (KeyboardInterrupt, SystemExit, asyncio.CancelledError)):
            return
        self._arrived.emit(error)

    def install(self) -> None:
        """Receive what Python, its threads and Qt would only print. PySide prints an exception in a slot and goes on."""
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_thread_uncaught
        qInstallMessageHandler(_on_qt_message)

    def on_loop_exception(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handler for `loop.set_exception_handler`."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.report(error)
        else:
            _log.error("asyncio: %s", context.get("message", ""))

    def _on_uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self.report(error)

    def _on_thread_uncaught(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)

    def _show(self, error: BaseException) -> None:
        details = "".join(traceback.format_exception(error))
        if isinstance(error, WorkbenchError):
            _log.warning("%s", error)
        else:
            _log.error("%s", details)
        try:
            self.save_recovery()
        except OSError as failure:
            _log.error("Recovery could not be saved: %s", failure)
        if self._open is None:
            self._open = self._dialog(error, details)
            self._open.open()

    def _dialog(self, error: BaseException, details: str) -> MessageSheet:
        from PySide6.QtWidgets import QDialogButtonBox

        from workbench.editor.sheet import MessageSheet

        sheet = MessageSheet("This did not work", message_of(error), hint_of(error), self.window)
        sheet.add_action("Copy details", _Copy(details, sheet).run)  # it stays open: the person may want to read on
        sheet.offer(QDialogButtonBox.StandardButton.Close)
        sheet.finished.connect(self._on_closed)
        return sheet

    def _on_closed(self, _result: int) -> None:
        if self._open is not None:
            self._open.deleteLater()  # not at once: this slot runs within a signal of the dialog itself
        self._open = None


class _Copy(QObject):
    def __init__(self, text: str, parent: QObject) -> None:
        super().__init__(parent)
        self._text = text

    def run(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


def message_of(error: BaseException) -> str:
    """Return what happened, in one sentence."""
    if isinstance(error, WorkbenchError):
        return error.message
    return f"Something unexpected happened: {type(error).__name__}: {error}"


def hint_of(error: BaseException) -> str:
    """Return what the person can do about it; "" if there is nothing to say."""
    if isinstance(error, WorkbenchError):
        return error.hint
    return "Your unsaved text was put into the recovery folder. You can go on; if it happens again, restart the window."


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    level = {QtMsgType.QtDebugMsg: logging.DEBUG, QtMsgType.QtInfoMsg: logging.INFO,
             QtMsgType.QtWarningMsg: logging.WARNING}.get(kind, logging.ERROR)
    _log.log(level, "Qt: %s", message, extra={"category": context.category})
