"""What the status line says of an open workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from workbench.gui.shell.status_line import StatusLine
from workbench.model.credentials import CredentialsReport
from workbench.model.prices import format_usd

if TYPE_CHECKING:  # the status line is there before a workspace is
    from workbench.gui.workspace.workspace_controller import WorkspaceController

PAUSE_MS = 200
"""Figures change five times a second at most: each change lays out the window anew."""


class WorkspaceStatus(QObject):
    """Follows one workspace until `close`: one that is being left says nothing of the next."""

    def __init__(self, line: StatusLine, workspace: WorkspaceController) -> None:
        super().__init__(workspace)
        self._line = line
        self._workspace = workspace
        self._is_outdated = False
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._on_pause_over)
        self._connections = [
            workspace.link.state_changed.connect(self._on_link_state),
            workspace.link.health_changed.connect(line.show_health),
            workspace.link.topics_changed.connect(self._on_topics),
            workspace.trust.changed.connect(line.show_trust),
            workspace.asynchronous.queue.held_changed.connect(line.show_held),
            workspace.panels.refresher.paused.connect(line.live.setVisible),
            workspace.figures.sandbox_used.connect(line.show_used),
            workspace.documents.cursor_moved.connect(line.show_cursor),
        ]
        line.show_used("")
        line.show_trust(None)
        line.show_held(workspace.asynchronous.queue.held)
        line.show_credentials(CredentialsReport())
        line.live.setVisible(workspace.panels.refresher.is_paused)
        editor = workspace.documents.tabs.current_editor()
        if editor is not None:  # the code was there before
            line.show_cursor(*editor.caret())
        self._on_link_state()
        self._on_topics()

    def close(self) -> None:
        """Follow no longer."""
        for connection in self._connections:
            QObject.disconnect(connection)
        self._connections.clear()
        self._pause.stop()

    def _on_link_state(self, *_: object) -> None:
        link = self._workspace.link
        self._line.show_link(link.state, link.client.connection.url if link.is_running else "")

    def _on_topics(self, *_: object) -> None:
        if self._pause.isActive():
            self._is_outdated = True
        else:
            self._show_totals()

    def _on_pause_over(self) -> None:
        if self._is_outdated:
            self._show_totals()

    def _show_totals(self) -> None:
        self._is_outdated = False
        self._pause.start()
        totals = self._workspace.session.totals
        self._line.show_environments(totals.environments, totals.environments_warm, totals.prepared)
        self._line.show_session(totals.invocations, format_usd(totals.usd) if totals.invocations else "", totals.canceled)
