"""What can be done to the chosen execution environment: open its log, open a shell in it, stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from workbench.gui.widgets.wrapped_row import WrappedRow
from workbench.state.environment_words import shell_hint
from workbench.state.environments import Environment


class EnvironmentActions(WrappedRow):
    """A row of buttons, and `stop_action` for the table that shows the environments.

    Signals: `stop_requested(str environment_id)`; `log_requested(str request_id)` for what it logged last; `copied(str)` with a
    sentence after a command was put on the clipboard.
    """

    stop_requested = Signal(str)
    log_requested = Signal(str)
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: Environment | None = None
        self.log_button, self.shell_button = QPushButton(self.tr("Open log")), QPushButton(self.tr("Copy shell command"))
        self.stop_button = QPushButton(self.tr("Stop"))
        self.stop_action = QAction(self.tr("Stop this environment"), self)
        self.stop_action.setShortcut(QKeySequence(Qt.Key.Key_Delete))
        # Only with the focus there: Delete in the editor must not stop an environment.
        self.stop_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.stop_action.triggered.connect(self._on_stop)
        self.stop_button.setToolTip(self.tr("Stop the chosen environment (Delete)"))
        self.stop_button.clicked.connect(self._on_stop)
        self.log_button.setToolTip(self.tr("Show what the chosen environment logged with its last invocation"))
        self.log_button.clicked.connect(self._on_log)
        self.shell_button.clicked.connect(self._on_shell)
        self.add(self.log_button, self.shell_button, self.stop_button)
        self.show_chosen(None)

    def show_chosen(self, chosen: Environment | None) -> None:
        """Offer what can be done to this environment, nothing if none is chosen."""
        self._chosen = chosen
        self.stop_button.setEnabled(chosen is not None)
        self.stop_action.setEnabled(chosen is not None)
        self.log_button.setEnabled(chosen is not None and bool(chosen.last_request_id))
        self.shell_button.setEnabled(chosen is not None and bool(chosen.shell_command))
        self.shell_button.setToolTip(shell_hint(chosen) if chosen is not None else self.tr("Choose an environment first."))

    def _on_stop(self) -> None:
        if self._chosen is not None:
            self.stop_requested.emit(self._chosen.environment_id)

    def _on_log(self) -> None:
        if self._chosen is not None:
            self.log_requested.emit(self._chosen.last_request_id)

    def _on_shell(self) -> None:
        if self._chosen is not None:
            QGuiApplication.clipboard().setText(self._chosen.shell_command)
            self.copied.emit(shell_hint(self._chosen))
